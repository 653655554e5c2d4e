"""The clock: what happens to a deadline when its day has come."""

from rules import case_words as w
from rules.kinds import Context
from rules.messages import Event
from rules.process import OPENS, Process
from rules.state import CaseState, Deadline, deadline_key
from rules.timekeeping import last_day, next_look


def keep(context: Context, process: Process, case: CaseState, key: str) -> list[Event]:
    """One of four things: nothing is due; a window or an opening has come; a duty is overdue or
    a rung of its ladder is reached; or it is only reminded.

    After a standstill of the engine the rungs passed meanwhile are climbed at once, and the
    reminders passed meanwhile are one.
    """
    deadline = case.deadlines.get(key)
    if deadline is None or context.today < deadline.next_on:
        return []
    named = {
        "stage": deadline.stage,
        "deadline": deadline.name,
        "item": deadline.item,
        "happened_on": context.today,
    }
    opening = deadline.name == OPENS
    closes = last_day(process, context.calendar, deadline) if deadline.window else None
    if opening or (closes and context.today > closes):
        return [w.DeadlineLapsed(**named, due_on=deadline.due_on)]
    return _overdue(context, process, deadline, named)


def _overdue(context: Context, process: Process, deadline: Deadline, named: dict) -> list[Event]:
    today, calendar = context.today, context.calendar
    ladder = process.ladder(deadline.stage, deadline.name)
    missed = deadline.missed or today > deadline.due_on
    level = deadline.level
    while level < len(ladder) and today >= calendar.add_working_days(
        deadline.due_on, ladder[level].days
    ):
        level += 1
    after = deadline.model_copy(update={"missed": missed, "level": level})
    look = {"next_on": next_look(process, calendar, after, today)}
    events: list[Event] = []
    if missed and not deadline.missed:
        events.append(w.DeadlineMissed(**named, **look))
    for rung in range(deadline.level, level):
        events.append(w.DeadlineEscalated(**named, **look, to=ladder[rung].to, level=rung + 1))
    if not events:
        events.append(w.DeadlineReminded(**named, **look))
    elif level == len(ladder) > deadline.level:
        key = deadline_key(deadline.stage, deadline.name, deadline.item)
        events.append(w.CaseEscalated(happened_on=today, deadline=key))
    return events
