"""Deadlines of a case: how an event arms, meets and cancels them, and what the clock then does.

Every change is an event of its own, so that the log says why each date is the day it is.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from rules import case_words as w
from rules.clauses import DateIn, When, due, next_reminder
from rules.days import Calendar
from rules.kinds import Context, DeadlineRule
from rules.messages import Event
from rules.process import OPENS, Arm, Process, reference
from rules.reckoning import Reckoning
from rules.shares import share_of_period
from rules.state import CaseState, Deadline

ROUND_ENDS = ("round", "ends")  # stage and name of the deadline that ends a round


@lru_cache(maxsize=4096)  # the same for every school that day: 2 µs instead of 8
def next_look(
    process: Process,
    calendar: Calendar,
    deadline: Deadline,
    after: date,
) -> date:
    """The next day after ``after`` on which the clock must look at a deadline.

    An opening waits for its day, or the working day after it: nobody is asked for anything on a
    day off. A window waits for the day after; a duty has its reminders, the day after it is due,
    and the rungs of its ladder.
    """
    stage, name, due_on = deadline.stage, deadline.name, deadline.due_on
    looks: list[date | None] = []
    if name == OPENS:
        looks.append(calendar.working_day_from(due_on))
    elif not deadline.missed:
        looks.append(last_day(process, calendar, deadline) + timedelta(1))
    ladder = process.ladder(stage, name)
    if deadline.level < len(ladder):
        looks.append(calendar.add_working_days(due_on, ladder[deadline.level].days))
    days = [max(day, after + timedelta(1)) for day in looks]
    if reminders := process.reminders(stage, name):
        days.append(next_reminder(reminders, due_on, after, calendar))
    return min(day for day in (*days, after + SELDOM) if day is not None)


SELDOM = timedelta(days=3660)  # a duty that nothing speaks for any more


def last_day(process: Process, calendar: Calendar, deadline: Deadline) -> date:
    """The last day on which a deadline can still be met: later than due where typing in takes a
    day of grace."""
    kind = process.kinds.get(deadline.stage)
    rule = kind.deadlines.get(deadline.name) if kind else None
    grace = rule.grace if rule else 0
    return calendar.add_working_days(deadline.due_on, grace)


def armed(
    context: Context,
    process: Process,
    deadline: Deadline,
    reckoning: Reckoning,
    moved: str = "",
    payload: str = "",
    also: tuple[str, ...] = (),
) -> w.DeadlineArmed:
    """The event that arms a deadline (or moves one), with the day the clock first looks at it."""
    return w.DeadlineArmed(
        stage=deadline.stage,
        deadline=deadline.name,
        item=deadline.item,
        happened_on=context.happened_on,
        who=deadline.who,
        window=deadline.window,
        reckoning=reckoning,
        due_on=deadline.due_on,
        next_on=next_look(process, context.calendar, deadline, context.today - timedelta(1)),
        moved=moved,
        payload=payload,
        also=also,
    )


def arm(
    context: Context, process: Process, case: CaseState, found: Arm, start: date, event: Event
) -> w.DeadlineArmed | None:
    """Arm one clause from its start day, unless its kind says it does not apply."""
    rule = rule_of(process, found)
    if rule.applies and not rule.applies(event):
        return None
    fixed = getattr(event, rule.fixed_by, None) if rule.fixed_by else None
    clause = DateIn(event=reference(event)) if fixed else found.clause
    calendar = process.calendar_of(found.stage, found.name, context.calendar)
    reckoning = due(clause, fixed or start, calendar)
    if (
        found.name == OPENS
        and isinstance(event, w.CaseOpened)
        and reckoning.due > event.period_ends
    ):
        # A round opened late: the day of the year this stage begins on has gone by.
        reckoning = due(When(event="round.opened"), start, calendar)
    who = bearer(process, case, found.stage, rule, event)
    item = event.item if rule.per_item else ""
    return armed(context, process, _deadline(found, item, who, rule, reckoning), reckoning)


def _deadline(found: Arm, item: str, who: str, rule: DeadlineRule, why: Reckoning) -> Deadline:
    return Deadline(
        stage=found.stage,
        name=found.name,
        item=item,
        who=who,
        due_on=why.due,
        next_on=why.due,
        window=rule.window,
        provisional=why.provisional,
        start=why.start,
        clause=why.clause,
    )


_OPENING = DeadlineRule("开始", who="system", window=True)
_ROUND_END = DeadlineRule("本轮结束", who="system", window=True)


def rule_of(process: Process, found: Arm) -> DeadlineRule:
    """What is known of the deadline of a clause; an opening is one too."""
    return _OPENING if found.name == OPENS else process.rule(found.stage, found.name)


def bearer(
    process: Process, case: CaseState, stage: str, rule: DeadlineRule, event: Event | None
) -> str:
    """Who owes a deadline: a role, or ``unit:<organisation>`` for an issue another unit solves."""
    if rule.who in ("responsible", "reviewer"):
        bears: str = getattr(process.stages[stage], rule.who)
        return bears
    if rule.who != "unit":
        return rule.who
    unit = getattr(event, "unit", "") or case.stages[stage].data.issues[event.item].unit
    return process.stages[stage].responsible if unit == "school" else f"unit:{unit}"


def touched(context: Context, process: Process, case: CaseState, event: Event) -> Iterator[Event]:
    """The deadlines of its own stage that an event meets or cancels."""
    kind = process.kinds.get(event.stage)
    if kind is None:
        return
    for deadline in case.deadlines.values():
        if deadline.stage != event.stage or deadline.name not in kind.deadlines:
            continue
        rule = kind.deadlines[deadline.name]
        if rule.per_item and deadline.item != event.item:
            continue
        if not _share_begun(context, process, deadline, event.happened_on):
            continue
        named = _named(deadline, event)
        if event.name in rule.met_by:
            yield w.DeadlineMet(**named, late=event.happened_on > deadline.due_on)
        elif event.name in rule.cancelled_by:
            yield w.DeadlineCancelled(**named)


def _share_begun(context: Context, process: Process, deadline: Deadline, on: date) -> bool:
    """A visit in spring is none of those owed in autumn."""
    for found in process.periodic.get(deadline.stage, ()):
        if found.name == deadline.name:
            key = deadline.item.rpartition("-")[0]
            return on >= context.calendar.period_named(key, found.clause.period).first
    return True


def _named(deadline: Deadline, event: Event) -> dict[str, Any]:
    return {
        "stage": deadline.stage,
        "deadline": deadline.name,
        "item": deadline.item,
        "happened_on": event.happened_on,
    }


def cancelled(case: CaseState, event: Event) -> list[Event]:
    """What a stage leaves behind when it is left: nothing armed."""
    return [
        w.DeadlineCancelled(**_named(deadline, event))
        for deadline in case.deadlines.values()
        if deadline.stage == event.stage
    ]


def all_cancelled(case: CaseState, on: date) -> list[Event]:
    """What a case leaves behind when it ends before its time: openings that never come."""
    return [
        w.DeadlineCancelled(
            stage=deadline.stage, deadline=deadline.name, item=deadline.item, happened_on=on
        )
        for deadline in case.deadlines.values()
    ]


def anchored(context: Context, process: Process, case: CaseState, event: Event) -> list:
    """The clauses that run from this event: duties of open stages, and openings to come."""
    name = reference(event)
    found = [
        arm(context, process, case, clause, _start(event, clause), event)
        for clause in process.arms.get(name, ())
        if case.is_open(clause.stage)
        and not (
            name in process.firsts
            and clause.clause.occurrence == "first"
            and case.times.get(name, 0) > 1
        )
    ]
    found += [
        arm(context, process, case, clause, _start(event, clause), event)
        for clause in process.dated_openings.get(name, ())
        if process.stages[clause.stage].of == case.of and not case.is_open(clause.stage)
    ]
    return found


def _start(event: Event, found: Arm) -> date:
    return getattr(event, found.field) if found.field else event.happened_on


def at_opening(context: Context, process: Process, case: CaseState, event: Event) -> list:
    """What a stage's opening arms: clauses whose anchor lies before it, and repeated duties."""
    found = [
        arm(context, process, case, clause, _remembered(case, clause), event)
        for name, clauses in process.arms.items()
        if name in case.dates and not name.startswith(f"{event.stage}.")
        for clause in clauses
        if clause.stage == event.stage and not process.rule(clause.stage, clause.name).per_item
    ]
    shares = process.periodic.get(event.stage, ())
    return found + [arm_share(context, process, case, clause, "") for clause in shares]


def _remembered(case: CaseState, found: Arm) -> date:
    first = getattr(found.clause, "occurrence", "") == "first"
    return case.dates[f"first {found.day}" if first else found.day]


def arm_share(
    context: Context, process: Process, case: CaseState, found: Arm, after: str
) -> w.DeadlineArmed | None:
    """Arm the next share of a repeated duty ("2 times a semester") after the share ``after``.

    None when the next period begins after the round has ended.
    """
    calendar = process.calendar_of(found.stage, found.name, context.calendar)
    reckoning, item = share_of_period(found.clause, context.happened_on, after, calendar)
    if case.period_ends and reckoning.start > case.period_ends:
        return None
    rule = rule_of(process, found)
    who = bearer(process, case, found.stage, rule, None)
    return armed(context, process, _deadline(found, item, who, rule, reckoning), reckoning)


def next_share(context: Context, process: Process, case: CaseState, event: w.DeadlineMet) -> list:
    """A share of a repeated duty was met: the next one runs."""
    return [
        arm_share(context, process, case, found, event.item)
        for found in process.periodic.get(event.stage, ())
        if found.name == event.deadline and case.is_open(event.stage)
    ]


def round_end(context: Context, process: Process, event: w.CaseOpened) -> w.DeadlineArmed:
    """The deadline that ends a round with its period."""
    clause = DateIn(event="round.opened")
    reckoning = due(clause, event.period_ends, context.calendar)
    found = Arm(*ROUND_ENDS, clause)
    return armed(context, process, _deadline(found, "", "system", _ROUND_END, reckoning), reckoning)
