"""A right and its window: the days on which it may be used, whether the clock has looked or not.

The clock closes a window some time after its last day. What was handed in on that day counts
though the clock was quicker, and what comes later is refused in the same words before and after.
"""

from datetime import date
from typing import NamedTuple

from rules.clauses import due
from rules.days import Calendar
from rules.process import Process
from rules.state import CaseState, deadline_key


class Window(NamedTuple):
    """From the day it runs from until its last day; ``closed``: the clock has closed it unused."""

    since: date
    until: date
    closed: bool


def window(
    process: Process, case: CaseState, stage: str, name: str, calendar: Calendar
) -> Window | None:
    """The window of a right; None where it has not begun, or was used."""
    running = case.deadlines.get(deadline_key(stage, name))
    if running is not None:
        return Window(running.start, running.due_on, closed=False)
    declared = process.stages[stage].deadlines
    for clauses in process.arms.values() if name in declared else ():
        for found in clauses:
            since = case.dates.get(found.day)
            if (found.stage, found.name) != (stage, name) or since is None:
                continue
            days = process.calendar_of(stage, name, calendar)
            until = due(found.clause, since, days).due
            return None if _used(process, case, stage, name, since) else Window(since, until, True)
    return None


def _used(process: Process, case: CaseState, stage: str, name: str, since: date) -> bool:
    met_by = process.rule(stage, name).met_by
    return any(case.dates.get(f"{stage}.{event}", date.min) >= since for event in met_by)
