"""How one event changes a case: the fold that replay repeats. It consults nothing but the event."""

from rules import case_words as w
from rules import planning
from rules.letter_life import evolve_letter
from rules.letter_words import LetterEvent
from rules.messages import Event
from rules.office_affairs import OfficeEvent
from rules.office_decisions import evolve_office
from rules.process import Process, reference
from rules.state import CaseState, Deadline, PlanAnswer, StageState, deadline_key


def evolve(process: Process, case: CaseState, event: Event) -> CaseState:
    """The case after an event."""
    if isinstance(event, w.DeadlineEvent):
        return _deadline(process, case, event)
    if isinstance(event, LetterEvent):
        return case.model_copy(update={"letters": evolve_letter(case.letters, event)})
    if isinstance(event, OfficeEvent):
        return evolve_office(case, event)
    changes = _OWN[event.type](process, case, event) if event.type in _OWN else {}
    if event.stage in case.stages and "stages" not in changes:
        changes["stages"] = _stage(process, case, event)
    name = reference(event)
    if ended := [s for s, ends in process.ends.items() if name in ends and case.is_open(s)]:
        stages = dict(changes.get("stages", case.stages))
        for stage in ended:
            stages[stage] = stages[stage].model_copy(update={"ending": True})
        changes["stages"] = stages
    return case.model_copy(update={**changes, **_days(process, case, event, name)})


def _days(process: Process, case: CaseState, event: Event, name: str) -> dict:
    """Remember the day, for clauses that start from it later."""
    if isinstance(event, w.DateCorrected):
        return {}
    days = {name: event.happened_on}
    if event.stage in process.kinds:
        for anchor, (source, field) in process.kinds[event.stage].anchors.items():
            if source == event.name:
                days[f"{event.stage}.{anchor}"] = getattr(event, field)
    if name not in process.firsts:
        return {"dates": {**case.dates, **days}}
    if name not in case.dates:
        days |= {f"first {day}": on for day, on in days.items()}
    times = {**case.times, name: case.times.get(name, 0) + 1}
    return {"dates": {**case.dates, **days}, "times": times}


def _stage(process: Process, case: CaseState, event: Event) -> dict[str, StageState]:
    state = case.stages[event.stage]
    data = process.kinds[event.stage].evolve(state.data, event)
    update: dict = {"data": data}
    if isinstance(event, w.DateCorrected):
        if state.since == event.was:
            update["since"] = event.happened_on
    elif data is state.data:
        return case.stages
    elif data.phase != state.data.phase and not isinstance(event, w.DeadlineEvent):
        update["since"] = event.happened_on
    return {**case.stages, event.stage: state.model_copy(update=update)}


def _opened(process: Process, case: CaseState, event: w.CaseOpened) -> dict:
    return {
        "of": event.of,
        "status": "open",
        "subject": event.subject,
        "subject_kind": event.subject_kind,
        "tier": event.tier,
        "round": event.round,
        "period_ends": event.period_ends,
    }


def _stage_opened(process: Process, case: CaseState, event: w.StageOpened) -> dict:
    kind = process.kinds[event.stage]
    opened = StageState(kind=kind.name, since=event.happened_on, data=kind.data())
    return {"stages": {**case.stages, event.stage: opened}}


def _stage_closed(process: Process, case: CaseState, event: w.StageClosed) -> dict:
    closed = case.stages[event.stage].model_copy(update={"open": False})
    return {"stages": {**case.stages, event.stage: closed}}


def _selected(
    process: Process, case: CaseState, event: planning.Selected | planning.Shifted
) -> dict:
    answer = PlanAnswer(
        number=event.number, answer="selected", week=event.week, inspectors=event.inspectors
    )
    return {"plan": answer}


def _corrected(process: Process, case: CaseState, event: w.DateCorrected) -> dict:
    """Of several of a kind (visits, issues) it is the latest one whose day is remembered."""
    if case.dates.get(event.event) != event.was:
        return {}
    days = {
        name: event.happened_on
        for name in (event.event, f"first {event.event}")
        if case.dates.get(name) == event.was
    }
    return {"dates": {**case.dates, **days}}


# The case's own events: what each changes.
_OWN = {
    "case.opened": _opened,
    "case.corrected": _corrected,
    "case.merged": lambda process, case, event: {"successor": event.successor},
    "case.escalated": lambda process, case, event: {"status": "escalated"},
    "case.closed": lambda process, case, event: {
        "status": "merged" if case.successor else "closed"
    },
    "stage.opened": _stage_opened,
    "stage.closed": _stage_closed,
    "planning.selected": _selected,
    "planning.shifted": _selected,
    "planning.deferred": lambda process, case, event: {
        "plan": PlanAnswer(number=event.number, answer="deferred")
    },
}


def _deadline(process: Process, case: CaseState, event: w.DeadlineEvent) -> CaseState:
    key = deadline_key(event.stage, event.deadline, event.item)
    deadlines = dict(case.deadlines)
    match event:
        case w.DeadlineArmed():
            deadlines[key] = _armed(event)
        case w.DeadlineReminded():
            deadlines[key] = deadlines[key].model_copy(update={"next_on": event.next_on})
        case w.DeadlineMissed():
            update = {"next_on": event.next_on, "missed": True}
            deadlines[key] = deadlines[key].model_copy(update=update)
        case w.DeadlineEscalated():
            update = {"next_on": event.next_on, "level": event.level}
            deadlines[key] = deadlines[key].model_copy(update=update)
        case _:
            del deadlines[key]
    changes: dict = {"deadlines": deadlines}
    if case.status == "escalated" and not any(d.missed for d in deadlines.values()):
        changes["status"] = "open"
    if isinstance(event, w.DeadlineLapsed) and event.stage in case.stages:
        changes["stages"] = _stage(process, case, event)
    return case.model_copy(update=changes)


def _armed(event: w.DeadlineArmed) -> Deadline:
    return Deadline(
        stage=event.stage,
        name=event.deadline,
        item=event.item,
        who=event.who,
        due_on=event.due_on,
        next_on=event.next_on,
        window=event.window,
        provisional=event.reckoning.provisional,
        start=event.reckoning.start,
        clause=event.reckoning.clause,
    )
