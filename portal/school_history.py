"""A school's history: its rounds side by side, with both scores, grades, issues and visits."""

import json
from datetime import date
from typing import NamedTuple

from markupsafe import Markup
from sqlalchemy import Connection, Row, bindparam, func, select

from models.cases import Case
from models.cycles import Round
from models.issues import IssueRow
from models.organisations import Organisation
from models.scores import Score
from models.visits import Visit
from portal.charts import Series, areas
from portal.deadlines import period_title
from portal.desk import Desk
from rules.issue_list import OPEN
from rules.state import CaseState

_CASES, _ROUNDS, _SCORES = Case.__table__, Round.__table__, Score.__table__
_ISSUES, _VISITS, _ORGANISATIONS = IssueRow.__table__, Visit.__table__, Organisation.__table__

PAGE = 50
VISITS = {
    "on_site_review": "实地督导",
    "process_guidance": "过程指导",
    "follow_up_visit": "回访督导",
}
STATUS = {"closed": "已结束", "merged": "已并入其他学校", "escalated": "进行中", "open": "进行中"}

_WANTED = bindparam("cases", expanding=True)
_OWN = (
    select(_CASES, _ROUNDS.c.period, _ROUNDS.c.first)
    .join(_ROUNDS, _ROUNDS.c.id == _CASES.c.round)
    .where(_CASES.c.subject == bindparam("code"), _CASES.c.of == "case")
    .order_by(_ROUNDS.c.first.desc(), _CASES.c.id)
    .limit(PAGE + 1)
    .offset(bindparam("skipped"))
)
_SCORED = select(_SCORES).where(_SCORES.c.case.in_(_WANTED)).order_by(_SCORES.c.case, _SCORES.c.seq)
_COUNTED = (
    select(_ISSUES.c.case, _ISSUES.c.state, func.count().label("count"))
    .where(_ISSUES.c.case.in_(_WANTED))
    .group_by(_ISSUES.c.case, _ISSUES.c.state)
)
_BEEN = (
    select(_VISITS.c.case, _VISITS.c.kind, _VISITS.c.happened_on)
    .where(_VISITS.c.case.in_(_WANTED))
    .order_by(_VISITS.c.happened_on.desc(), _VISITS.c.seq.desc())
)
_NAME = select(_ORGANISATIONS.c.name).where(_ORGANISATIONS.c.code == bindparam("code"))


class Said(NamedTuple):
    """One side's latest score; "" where there is none."""

    total: str = ""
    grade: str = ""
    added: str = ""
    on: date | None = None
    areas: dict[str, str] = {}


class Moment(NamedTuple):
    """One thing that happened, for the timeline."""

    day: date
    what: str


class Year(NamedTuple):
    """One case of the school: a round of a process. ``issues`` were raised, ``undone`` are open;
    ``chart`` compares the areas where both sides have scored."""

    case: str
    process: str
    period: str
    status: str
    own: Said
    review: Said
    issues: int
    undone: int
    moments: list[Moment]
    chart: Markup | None


def name_of(connection: Connection, code: str) -> str:
    """What a unit is called."""
    return connection.execute(_NAME, {"code": code}).scalar() or code


def history_of(desk: Desk, connection: Connection, code: str, page: int) -> list[Year]:
    """The cases of a unit, the latest round first; one more than a page where there are more."""
    rows = connection.execute(_OWN, {"code": code, "skipped": (page - 1) * PAGE}).all()
    cases = {"cases": [row.id for row in rows]}
    if not rows:
        return []
    said: dict[tuple[str, str], Said] = {}
    for row in connection.execute(_SCORED, cases):
        own = json.loads(row.areas) if row.areas else {}
        said[row.case, row.side] = Said(row.total, row.grade, row.value_added, row.scored_on, own)
    counted: dict[str, dict[str, int]] = {}
    for row in connection.execute(_COUNTED, cases):
        counted.setdefault(row.case, {})[row.state] = row.count
    been: dict[str, list[Row]] = {}
    for row in connection.execute(_BEEN, cases):
        been.setdefault(row.case, []).append(row)
    return [
        _year(desk, connection, row, said, counted.get(row.id, {}), been.get(row.id, []))
        for row in rows
    ]


def _year(
    desk: Desk,
    connection: Connection,
    row: Row,
    said: dict[tuple[str, str], Said],
    counted: dict[str, int],
    been: list[Row],
) -> Year:
    state = desk.journal.shelf.memory.state(row.id, row.seq, row.head, row.state)
    own = said.get((row.id, "self"), Said())
    review = _final(said.get((row.id, "review"), Said()), state)
    moments = [Moment(one.happened_on, VISITS.get(one.kind, "到校")) for one in been]
    if own.on:
        moments.append(Moment(own.on, f"自评{own.total}分{_graded(own.grade)}"))
    if review.on:
        moments.append(Moment(review.on, f"督评{review.total}分{_graded(review.grade)}"))
    process = desk.journal.shelf.process(connection, row.definition)
    return Year(
        row.id,
        process.definition.title,
        period_title(row.period),
        STATUS.get(state.status, ""),
        own,
        review,
        sum(counted.values()),
        sum(count for name, count in counted.items() if name in OPEN),
        sorted(moments, key=lambda one: one.day, reverse=True),
        _chart(desk, connection, row, own, review),
    )


def _graded(grade: str) -> str:
    return f"，{grade}等" if grade else ""


def _final(review: Said, state: CaseState) -> Said:
    """A veto confirmed after the scoring lowers the grade: where the review stands says so."""
    for standing in state.stages.values():
        if standing.kind == "on_site_review" and standing.data.grade:
            return review._replace(grade=standing.data.grade)
    return review


def _chart(desk: Desk, connection: Connection, row: Row, own: Said, review: Said) -> Markup | None:
    standard = desk.journal.shelf.standard(connection, row.standard)
    kind = desk.journal.shelf.memory.state(row.id, row.seq, row.head, row.state).subject_kind
    if standard is None or kind not in standard.school_kinds or not (own.areas and review.areas):
        return None
    compared = [area for area in standard.areas_for(kind) if area.owner != "value_added"]
    full = {area.code: float(area.points) for area in compared}

    def shares(said: Said) -> list[float | None]:
        return [float(said.areas[c]) / full[c] if c in said.areas else None for c in full]

    series = [Series("自评", "own", shares(own)), Series("督评", "review", shares(review))]
    return areas("各领域得分率", [area.title for area in compared], series)
