"""Due dates reckoned anew: a day was typed in wrong, or a year's holiday arrangement came out."""

from rules import case_words as w
from rules.clause_grammar import Share, parse_stored
from rules.clauses import due, share_of_period
from rules.days import Calendar
from rules.kinds import Context
from rules.process import Process
from rules.reckoning import Reckoning
from rules.state import CaseState, Deadline, deadline_key
from rules.timekeeping import armed, rule_of


def reckoned_anew(
    context: Context, process: Process, case: CaseState, event: w.DateCorrected
) -> list[w.DeadlineArmed]:
    """What still runs from a day that was corrected: armed again from the right one."""
    found = []
    for clause in (
        *process.arms.get(event.event, ()),
        *process.dated_openings.get(event.event, ()),
    ):
        item = event.item if rule_of(process, clause).per_item else ""
        before = case.deadlines.get(deadline_key(clause.stage, clause.name, item))
        if before is None or clause.field or before.start != event.was:
            continue
        why = due(clause.clause, event.happened_on, context.calendar)
        found.append(_armed_again(context, process, before, why, "corrected"))
    return found


def renewed(context: Context, process: Process, case: CaseState) -> list[w.DeadlineArmed]:
    """Provisional due dates by the calendar as it is now known; who has one that moves is told."""
    found = []
    for before in case.deadlines.values():
        if before.missed or not before.provisional or before.stage not in process.kinds:
            continue
        why = by_calendar(before, context.calendar)
        if (why.due, why.provisional) != (before.due_on, before.provisional):
            moved = "calendar" if why.due != before.due_on else ""
            found.append(_armed_again(context, process, before, why, moved))
    return found


def by_calendar(deadline: Deadline, calendar: Calendar) -> Reckoning:
    """A deadline that runs, reckoned by another calendar than it was armed by."""
    clause = parse_stored(deadline.clause)
    if not isinstance(clause, Share) and clause.kind != "repeat":
        return due(clause, deadline.start, calendar)
    repeat = clause.of if isinstance(clause, Share) else clause
    period, _, number = deadline.item.rpartition("-")
    share, _ = share_of_period(repeat, deadline.start, f"{period}-{int(number) - 1}", calendar)
    return share


def _armed_again(
    context: Context, process: Process, before: Deadline, why: Reckoning, moved: str
) -> w.DeadlineArmed:
    update = {
        "due_on": why.due,
        "start": why.start,
        "provisional": why.provisional,
        "missed": False,
        "level": 0,
    }
    return armed(context, process, before.model_copy(update=update), why, moved=moved)
