"""What a deadline will say if nobody acts: its reminders, that it is overdue, the rungs of its
ladder - reckoned by the clock itself, day by day, and recorded nowhere."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from rules.case_folding import evolve
from rules.case_words import DeadlineEvent
from rules.clock import keep
from rules.days import Calendar
from rules.kinds import Context
from rules.orders import Order, owe
from rules.process import OPENS, Process
from rules.state import CaseState, Deadline, deadline_key
from rules.values import Actor


class Running(NamedTuple):
    """All that decides when an armed deadline speaks, as it stands in its row: many are alike."""

    stage: str
    name: str
    who: str
    due_on: date
    next_on: date
    missed: bool = False
    level: int = 0


class Spoken(NamedTuple):
    """An order to tell, on the day it will be owed."""

    on: date
    order: Order


def spoken(
    process: Process, calendar: Calendar, running: Running, today: date, until: date
) -> tuple[Spoken, ...]:
    """What an armed deadline says from ``today`` to ``until``, both included. It ends where the
    deadline ends by itself (a window closes); what follows from that is not foretold."""
    if running.name == OPENS or running.stage not in process.stages:
        return ()  # the day on which a stage opens or a round ends: nobody is told of the day
    # Whatever was to be looked at before is looked at today; how long ago makes no difference.
    first = max(running.next_on, today)
    return _spoken(process, calendar, running._replace(next_on=first), until)


@lru_cache(maxsize=4096)  # the next page asks for the same: 15 µs for every time one speaks
def _spoken(
    process: Process, calendar: Calendar, running: Running, until: date
) -> tuple[Spoken, ...]:
    return tuple(_clock(process, calendar, running, until))


def _clock(process: Process, calendar: Calendar, running: Running, until: date) -> Iterator[Spoken]:
    """The clock asks a case for nothing but the deadline it looks at: one with no more will do."""
    key = deadline_key(running.stage, running.name)
    deadline = Deadline(
        **running._asdict(),
        window=process.rule(running.stage, running.name).window,
        start=running.due_on,
        clause="",
    )
    case = CaseState(deadlines={key: deadline})
    told: dict[tuple[str, tuple[str, ...]], Order] = {}  # one reminder is as another
    context = Context(process.definition, calendar, Actor("", "system"), until, until)
    while key in case.deadlines and (on := case.deadlines[key].next_on) <= until:
        context = replace(context, happened_on=on, today=on)
        for event in keep(context, process, case, key):
            if not isinstance(event, DeadlineEvent):
                continue
            case = evolve(process, case, event)
            if key not in case.deadlines:
                return
            tells = (order for order in owe(process, case, event) if order.kind == "tell")
            yield from (Spoken(on, told.setdefault((one.name, one.to), one)) for one in tells)
