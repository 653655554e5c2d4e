"""A case as a department sees it: the issues it has to solve, and nothing else of the school's.

The dossier itself is cut down, in this one place, so that no page can show more of it.
"""

from dataclasses import replace

from engine.dossier import Dossier, Told
from rules.messages import Event
from rules.state import CaseState


def only_issues_of(dossier: Dossier, unit: str) -> Dossier:
    """The dossier with nothing in it but a unit's issues: their state, deadlines and story."""
    stages = {}
    for id_, stage in dossier.state.stages.items():
        if stage.kind != "issue_list":
            continue
        own = {no: issue for no, issue in stage.data.issues.items() if issue.unit == unit}
        if own:
            data = stage.data.model_copy(update={"issues": own})
            stages[id_] = stage.model_copy(update={"data": data})
    mine = {(id_, no) for id_, stage in stages.items() for no in stage.data.issues}
    limited = replace(dossier, state=_cut(dossier.state, stages, mine))
    # The story is a cached property: what it would read is put in its place beforehand.
    limited.__dict__["story"] = tuple(told for told in dossier.story if _of(told, mine))
    return limited


def _of(told: Told, mine: set[tuple[str, str]]) -> bool:
    event: Event = told.event
    return (event.stage, event.item) in mine


def _cut(state: CaseState, stages: dict, mine: set[tuple[str, str]]) -> CaseState:
    armed = {
        key: deadline
        for key, deadline in state.deadlines.items()
        if (deadline.stage, deadline.item) in mine
    }
    nothing = {"plan": None, "dates": {}, "times": {}, "letters": {}}
    return state.model_copy(update={"stages": stages, "deadlines": armed, **nothing})
