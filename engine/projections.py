"""Events as rows people search: visits, issues, scores, letters with their numbers and templates,
and when a subject was last evaluated."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, update

from engine.letter_rows import ADD_NUMBER as ADD_NUMBER
from engine.letter_rows import LETTERS_PROJECTED, letter_rows, template_rows
from engine.statements import Prepared, inserting
from models.issues import IssueRow
from models.organisations import Organisation
from models.scores import Score
from models.visits import Visit
from rules.letter_templates import TemplateEvent
from rules.letter_words import LetterEvent
from rules.messages import Event
from rules.state import CaseState
from rules.values import canonical

if TYPE_CHECKING:
    from engine.journal import Entry
    from engine.standing import Standing

_ISSUES, _SCORES, _VISITS = IssueRow.__table__, Score.__table__, Visit.__table__
_ORGANISATIONS = Organisation.__table__

Rows = list[tuple[Prepared, dict]]

_ADD_ISSUE, _ADD_SCORE, _ADD_VISIT = map(inserting, (_ISSUES, _SCORES, _VISITS))
_MOVE_ISSUE = Prepared(
    update(_ISSUES)
    .where(
        _ISSUES.c.case == bindparam("b_case"),
        _ISSUES.c.stage == bindparam("b_stage"),
        _ISSUES.c.number == bindparam("b_number"),
    )
    .values(
        state=bindparam("b_state"),
        closed_on=bindparam("b_closed_on"),
        reopened=bindparam("b_reopened"),
    )
)
_EVALUATED = Prepared(
    update(_ORGANISATIONS)
    .where(_ORGANISATIONS.c.code == bindparam("b_code"))
    .values(last_evaluated_on=bindparam("b_on"))
)

_MERGED = Prepared(
    update(_ORGANISATIONS)
    .where(_ORGANISATIONS.c.code == bindparam("b_code"))
    .values(closed_on=bindparam("b_on"), successor=bindparam("b_successor"))
)

# What a batch writes, in this order: what is moved was added before, maybe in the same batch.
PROJECTED = (
    *(_ADD_ISSUE, _ADD_SCORE, _ADD_VISIT, _MOVE_ISSUE, _EVALUATED, _MERGED),
    *LETTERS_PROJECTED,
)


def rows_of(case: "Standing", entry: "Entry", seq: int, event: Event, state: CaseState) -> Rows:
    """The statements with their values that an event adds to the searchable tables."""
    project = _PROJECT.get(event.type)
    if isinstance(event, LetterEvent):
        return letter_rows(case, event, state)
    if isinstance(event, TemplateEvent):
        return template_rows(case, seq, event)
    if project is None and event.type.startswith("issue_list.issue."):
        project = _issue_moved
    return project(case, entry, seq, event, state) if project else []


def _visit(case: "Standing", entry: "Entry", seq: int, event: Any, state: CaseState) -> Rows:
    row = {
        "case": case.id,
        "seq": seq,
        "stage": event.stage,
        "kind": event.type.partition(".")[0],
        "subject": state.subject,
        "happened_on": event.happened_on,
        "actor": entry.actor.person,
    }
    rows: Rows = [(_ADD_VISIT, row)]
    if event.type == "on_site_review.visit.ended":
        rows.append((_EVALUATED, {"b_code": state.subject, "b_on": event.happened_on}))
    return rows


def _scored(side: str) -> Callable[..., Rows]:
    def rows(case: "Standing", entry: "Entry", seq: int, event: Any, state: CaseState) -> Rows:
        scored = getattr(event, "scored", event)
        if not scored.total:
            return []
        row = {
            "case": case.id,
            "seq": seq,
            "side": side,
            "subject": state.subject,
            "scored_on": event.happened_on,
            "total": scored.total,
            "value_added": scored.value_added,
            "grade": scored.grade,
            "areas": canonical(scored.areas),
        }
        return [(_ADD_SCORE, row)]

    return rows


def _issue_raised(case: "Standing", entry: "Entry", seq: int, event: Any, state: CaseState) -> Rows:
    kept = ("severity", "outcome", "nature", "basis", "unit", "source")
    row = {
        "case": case.id,
        "stage": event.stage,
        "number": event.item,
        "office": case.office,
        "subject": state.subject,
        "state": "raised",
        "raised_on": event.happened_on,
        "closed_on": None,
        "reopened": 0,
        **{name: getattr(event, name) for name in kept},
    }
    return [(_ADD_ISSUE, row)]


def _issue_moved(case: "Standing", entry: "Entry", seq: int, event: Any, state: CaseState) -> Rows:
    issue = state.stages[event.stage].data.issues[event.item]
    row = {
        "b_case": case.id,
        "b_stage": event.stage,
        "b_number": event.item,
        "b_state": issue.state,
        "b_closed_on": issue.closed_on,
        "b_reopened": issue.reopened,
    }
    return [(_MOVE_ISSUE, row)]


def _merged(case: "Standing", entry: "Entry", seq: int, event: Any, state: CaseState) -> Rows:
    """A merged school keeps its row and names its successor; the next round does without it."""
    successor = event.successor.rpartition("/")[2]
    row = {"b_code": state.subject, "b_on": event.happened_on, "b_successor": successor}
    return [(_MERGED, row)]


_PROJECT: dict[str, Callable[..., Rows]] = {
    "process_guidance.visited": _visit,
    "on_site_review.visit.ended": _visit,
    "follow_up_visit.visited": _visit,
    "self_assessment.submitted": _scored("self"),
    "on_site_review.scores.entered": _scored("review"),
    "on_site_review.defence.considered": _scored("review"),
    "issue_list.issue.raised": _issue_raised,
    "case.merged": _merged,
}
