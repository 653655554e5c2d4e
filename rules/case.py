"""One case, one command: what is decided, what follows from it, and where the case then stands.

``handle`` is the only way in. A command is gated (stage open, role, phase), decided by its kind,
and its events are unfolded: each is folded into the state, and whatever follows from it (a stage
opens, a deadline is met) comes right after it, before its next sibling. ``evolve`` alone rebuilds
a state from stored events.
"""

from collections import deque
from dataclasses import replace
from typing import NamedTuple

from rules import case_words as w
from rules.case_decisions import decide
from rules.case_folding import evolve
from rules.corrections import reckoned_anew
from rules.days import DayOutOfRange
from rules.kinds import Context
from rules.messages import Command, Event
from rules.process import OPENS, Process, reference
from rules.state import CaseState
from rules.timekeeping import (
    ROUND_ENDS,
    all_cancelled,
    anchored,
    at_opening,
    cancelled,
    next_share,
    round_end,
    touched,
)
from rules.values import Refusal

MOST_EVENTS = 5000  # far beyond what a real command causes; a definition that loops ends here


class Decision(NamedTuple):
    """The events a command leads to, in order, with the state after each of them."""

    events: tuple[Event, ...]
    states: tuple[CaseState, ...]

    @property
    def state(self) -> CaseState:
        """Where the case stands after all of them."""
        return self.states[-1]


def handle(
    process: Process, context: Context, case: CaseState, command: Command
) -> Decision | Refusal:
    """Decide a command. A refusal changes nothing; a decision without events neither."""
    try:
        decided = decide(process, context, case, command)
        if isinstance(decided, Refusal):
            return decided
        return unfold(process, context, case, decided)
    except DayOutOfRange as beyond:
        return Refusal(f"日期不对：{beyond}。")


def unfold(process: Process, context: Context, case: CaseState, events: list[Event]) -> Decision:
    """Fold events and all that follows from them, depth first; what is then finished is left."""
    queue = deque(events)
    done: list[Event] = []
    states: list[CaseState] = []
    while queue or (done and (queue := deque(endings(process, context, case)))):
        event = queue.popleft()
        case = evolve(process, case, event)
        done.append(event)
        states.append(case)
        if len(done) > MOST_EVENTS:
            raise RuntimeError(f"{process.definition.process}: events without end at {event.type}")
        queue.extendleft(reversed(follow(process, context, case, event)))
    return Decision(tuple(done), tuple(states) or (case,))


def follow(process: Process, context: Context, case: CaseState, event: Event) -> list[Event]:
    """What follows from one event, in this order: other stages react, deadlines are met or
    cancelled, then armed, then stages open."""
    if isinstance(event, w.StageClosed):
        return cancelled(case, event)
    if not case.live:
        return []
    return [
        *_reactions(process, context, case, event),
        *touched(context, process, case, event),
        *_armings(process, context, case, event),
        *_openings(process, context, case, event),
    ]


def _reactions(process: Process, context: Context, case: CaseState, event: Event) -> list[Event]:
    lapsed = isinstance(event, w.DeadlineLapsed)
    if isinstance(event, w.DeadlineEvent) and not lapsed:
        return []
    if lapsed and (event.stage, event.deadline) == ROUND_ENDS:
        over = "round.ended" in case.dates
        return [] if over else [w.RoundEnded(happened_on=event.happened_on)]
    events: list[Event] = []
    for stage_id, state in case.stages.items():
        react = process.kinds[stage_id].react
        if react and state.open and (stage_id == event.stage or not lapsed):
            own = replace(context, stage=process.stages[stage_id])
            events += react(own, case, state.data, event)
    return events


def _armings(process: Process, context: Context, case: CaseState, event: Event) -> list[Event]:
    """Clauses whose anchor is this event; on a stage's opening also those whose anchor has been."""
    match event:
        case w.DeadlineMet():
            found = next_share(context, process, case, event)
        case w.DeadlineEvent():
            found = []
        case w.DateCorrected():
            found = reckoned_anew(context, process, case, event)
        case w.CaseOpened() if case.of == "round":
            found = [round_end(context, process, event), *anchored(context, process, case, event)]
        case w.StageOpened():
            found = [
                *at_opening(context, process, case, event),
                *anchored(context, process, case, event),
            ]
        case _:
            found = anchored(context, process, case, event)
    return [armed for armed in found if armed is not None]


def _openings(process: Process, context: Context, case: CaseState, event: Event) -> list[Event]:
    """Stages that begin with this event, and the one whose day has come."""
    if isinstance(event, w.DeadlineLapsed) and event.deadline == OPENS:
        stages = [event.stage]
    else:
        stages = process.opens.get(reference(event), ())
    return [
        w.StageOpened(stage=stage, happened_on=event.happened_on)
        for stage in stages
        if process.stages[stage].of == case.of and not case.is_open(stage)
    ]


def endings(process: Process, context: Context, case: CaseState) -> list[Event]:
    """What is finished once nothing more follows: first the stages, then the case."""
    if not case.live:
        return []
    left: list[Event] = [
        w.StageClosed(stage=stage, happened_on=context.happened_on)
        for stage, state in case.stages.items()
        if state.open and (case.successor or _finished(process, case, stage))
    ]
    if left or any(state.open for state in case.stages.values()):
        return left
    if case.successor and case.deadlines:
        return all_cancelled(case, context.happened_on)
    over = case.successor or "round.ended" in case.dates
    if over and not case.deadlines:
        return [w.CaseClosed(happened_on=context.happened_on)]
    return []


def _finished(process: Process, case: CaseState, stage: str) -> bool:
    """An event ended it and nothing in it is owed any more, nor can a stage it takes findings from
    still bring some. After the round whatever waits for nothing is finished too."""
    state = case.stages[stage]
    waits = any(deadline.stage == stage for deadline in case.deadlines.values())
    if not state.ending and (waits or "round.ended" not in case.dates):
        return False
    if any(case.is_open(source) for source in process.feeds[stage]):
        return False
    return process.kinds[stage].settled(state.data)
