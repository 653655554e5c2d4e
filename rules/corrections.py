"""Due dates reckoned anew: a day was typed in wrong, or a year's holiday arrangement came out."""

from datetime import date

from rules import case_words as w
from rules.clause_grammar import Share, parse_stored
from rules.clauses import due, share_of_period
from rules.days import Calendar
from rules.kinds import Context
from rules.messages import Event
from rules.process import Process, reference
from rules.reckoning import Reckoning
from rules.state import CaseState, Deadline, deadline_key
from rules.timekeeping import armed, rule_of


def corrects(fix: w.DateCorrected, event: Event) -> bool:
    """Whether it is the day of this event that was corrected; of several, all where none is
    named."""
    return fix.event == reference(event) and fix.item in ("", event.item)


def reckoned_anew(
    context: Context, process: Process, case: CaseState, event: w.DateCorrected
) -> list[w.DeadlineArmed]:
    """What still runs from a day that was corrected: armed again from the right one. Whoever was
    told the old due date is told the new one; where that stays nobody is told anything."""
    found = []
    for clause in (
        *process.arms.get(event.event, ()),
        *process.dated_openings.get(event.event, ()),
    ):
        item = event.item if rule_of(process, clause).per_item else ""
        before = case.deadlines.get(deadline_key(clause.stage, clause.name, item))
        if before is None or clause.field or before.start != event.was:
            continue
        calendar = process.calendar_of(clause.stage, clause.name, context.calendar)
        why = due(clause.clause, event.happened_on, calendar)
        if why.due == before.due_on:
            found.append(_armed_again(context, process, before, why, ""))
        else:
            also = _heard(process, before, event)
            found.append(_armed_again(context, process, before, why, "corrected", also))
    return found


def _heard(process: Process, deadline: Deadline, event: w.DateCorrected) -> tuple[str, ...]:
    """Who knows the old due date beside whoever owes it: those told of what happened, for its
    message names what is due in its stage; and the rungs that were climbed."""
    stage, _, name = event.event.partition(".")
    told = process.stages[stage].tell.get(name, ()) if stage == deadline.stage else ()
    rungs = process.ladder(deadline.stage, deadline.name)[: deadline.level]
    known = dict.fromkeys([*told, *(rung.to for rung in rungs)])
    return tuple(role for role in known if role != deadline.who)


def renewed(
    context: Context, process: Process, case: CaseState, command: w.RenewCalendar
) -> list[w.DeadlineArmed]:
    """Due dates by the calendar as it is now known; who has one that moves is told."""
    found = []
    for before in case.deadlines.values():
        why = by_calendar(process, before, context.calendar, context.today)
        if why is not None:
            moved = command.because if why.due != before.due_on else ""
            found.append(_armed_again(context, process, before, why, moved))
    return found


def by_calendar(
    process: Process, deadline: Deadline, calendar: Calendar, today: date
) -> Reckoning | None:
    """How a running deadline is reckoned by another calendar, where that changes it. What is late
    already stays, and nothing is moved to a day that is over: nobody is late from one day to the
    next."""
    if deadline.missed or deadline.stage not in process.kinds:
        return None
    days = process.calendar_of(deadline.stage, deadline.name, calendar)
    try:
        why = _reckoned(deadline, days)
    except ValueError:  # of a semester that is none any more: the share stays as it is
        return None
    same = (why.due, why.provisional) == (deadline.due_on, deadline.provisional)
    return None if same or why.due < min(today, deadline.due_on) else why


def _reckoned(deadline: Deadline, calendar: Calendar) -> Reckoning:
    clause = parse_stored(deadline.clause)
    if not isinstance(clause, Share) and clause.kind != "repeat":
        return due(clause, deadline.start, calendar)
    repeat = clause.of if isinstance(clause, Share) else clause
    period, _, number = deadline.item.rpartition("-")
    share, _ = share_of_period(repeat, deadline.start, f"{period}-{int(number) - 1}", calendar)
    return share


def _armed_again(
    context: Context,
    process: Process,
    before: Deadline,
    why: Reckoning,
    moved: str,
    also: tuple[str, ...] = (),
) -> w.DeadlineArmed:
    update = {
        "due_on": why.due,
        "start": why.start,
        "provisional": why.provisional,
        "missed": False,
        "level": 0,
    }
    return armed(context, process, before.model_copy(update=update), why, moved=moved, also=also)
