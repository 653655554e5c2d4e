"""What other systems read: organisations, rounds, the cases of a round, one case as it stands."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from sqlalchemy import Connection, Row, bindparam, select

from engine.register import ORGANISATION_KINDS, named_like
from engine.subtree import within
from models.cases import Case
from models.cycles import Round
from models.organisations import Organisation
from models.scores import Score
from portal.access import offices_within, top_of
from portal.api.tokens import READ, Caller, Calls, NotTaken, caller
from portal.api.words import (
    CaseKey,
    CaseLine,
    CaseOut,
    Cases,
    Cursor,
    DeadlineOut,
    IssueOut,
    Limit,
    Line,
    Named,
    OrganisationOut,
    Organisations,
    RoundOut,
    Rounds,
    ScoreOut,
    StageOut,
)
from portal.deadlines import dues
from portal.desk import Desk
from portal.glances import read_glance
from portal.overview import rounds_of
from portal.rendering import case_of, key_of
from portal.schools import stands
from portal.sight import Sight, reading, sight_of
from rules.process import Process

_ORGANISATIONS, _CASES, _ROUNDS = Organisation.__table__, Case.__table__, Round.__table__
_SCORES = Score.__table__

_ONE_ROUND = select(_ROUNDS).where(_ROUNDS.c.id == bindparam("wanted"))
_OF_ROUND = (
    select(_CASES, _ORGANISATIONS.c.name)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .where(
        _CASES.c.round == bindparam("round"),
        _CASES.c.of == "case",
        _CASES.c.id > bindparam("after"),
    )
    .order_by(_CASES.c.id)
    .limit(bindparam("most"))
)
_SCORED = select(_SCORES).where(_SCORES.c.case == bindparam("case")).order_by(_SCORES.c.seq)

calls = Calls(tags=["读取"])

Connected = Annotated[Connection, Depends(reading)]
Calling = Annotated[Caller, Depends(caller)]


def case_at_call(request: Request, case: CaseKey, one: Calling, connection: Connected) -> Sight:
    """Depends: the case named in the address, as the token's person sees it."""
    return sight_of(request.app.state.desk, connection, one.visitor, case_of(case))


AtCall = Annotated[Sight, Depends(case_at_call)]


@calls.answers(
    "GET", "/organisations", READ, response_model=Organisations, summary="查找单位（按代码分页）"
)
def organisations(
    one: Calling,
    connection: Connected,
    name: Annotated[Line, Query(max_length=60, description="名称、拼音首字母或代码。")] = "",
    kind: Annotated[Line, Query(max_length=20, description="单位类别，如 primary。")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Organisations:
    """The organisations of the office's subtree, by code."""
    wanted = select(_ORGANISATIONS).where(within(top_of(one.visitor.seat)))
    if name:
        wanted = wanted.where(named_like(name))
    if kind:
        wanted = wanted.where(_ORGANISATIONS.c.kind == kind)
    if cursor:
        wanted = wanted.where(_ORGANISATIONS.c.code > cursor)
    rows = connection.execute(wanted.order_by(_ORGANISATIONS.c.code).limit(limit + 1)).all()
    known = set(OrganisationOut.model_fields) - {"kind_title"}
    items = [
        OrganisationOut(
            **{name: value for name, value in row._mapping.items() if name in known},
            kind_title=ORGANISATION_KINDS.get(row.kind, row.kind),
        )
        for row in rows[:limit]
    ]
    return Organisations(items=items, next=items[-1].code if len(rows) > limit else "")


@calls.answers("GET", "/rounds", READ, response_model=Rounds, summary="轮次")
def rounds(request: Request, one: Calling, connection: Connected) -> Rounds:
    """The rounds of the office and of those below it."""
    desk: Desk = request.app.state.desk
    rows = rounds_of(connection, offices_within(connection, one.visitor))
    return Rounds(items=[_round(desk, connection, row) for row in rows])


def _round(desk: Desk, connection: Connection, row: Row) -> RoundOut:
    return RoundOut(
        id=row.id,
        key=key_of(row.id),
        title=desk.journal.shelf.process(connection, row.definition).definition.title,
        process=row.process,
        office=row.office,
        period=row.period,
        first=row.first,
        last=row.last,
        standard=row.standard,
    )


@calls.answers(
    "GET", "/rounds/{round}/cases", READ, response_model=Cases, summary="一个轮次的案卷（分页）"
)
def cases(
    request: Request,
    round: Annotated[Line, Path(max_length=120, description="轮次编号，“/”写作“~”。")],
    one: Calling,
    connection: Connected,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Cases:
    """Where each subject of a round stands."""
    desk: Desk = request.app.state.desk
    row = connection.execute(_ONE_ROUND, {"wanted": case_of(round)}).first()
    if row is None or row.office not in offices_within(connection, one.visitor):
        raise NotTaken(403, "没有这个轮次，或者它不在您负责的范围内。")
    asked = {"round": row.id, "after": case_of(cursor), "most": limit + 1}
    found = connection.execute(_OF_ROUND, asked).all()
    process, today = desk.journal.shelf.process(connection, row.definition), desk.today()
    items = [_line(process, each, today) for each in found[:limit]]
    return Cases(items=items, next=items[-1].key if len(found) > limit else "")


def _line(process: Process, row: Row, today: date) -> CaseLine:
    glance = read_glance(row.id, row.state)
    return CaseLine(
        id=row.id,
        key=key_of(row.id),
        subject=Named(code=row.subject, name=row.name),
        status=row.status,
        seq=row.seq,
        stands=stands(process, glance),
        late=len(glance.late(today)),
        self_total=glance.self_total,
        total=glance.total,
        grade=glance.grade,
        open_issues=glance.open_issues,
    )


@calls.answers("GET", "/cases/{case}", READ, response_model=CaseOut, summary="一个案卷的现状")
def case(sight: AtCall) -> CaseOut:
    """Stages, running deadlines with their explanation, issues and scores."""
    wanted = select(_CASES.c.seq).where(_CASES.c.id == sight.id)
    office, subject = sight.dossier.office, sight.subject
    return CaseOut(
        id=sight.id,
        key=key_of(sight.id),
        round=sight.row.round,
        office=Named(code=office.code, name=office.name),
        subject=Named(code=subject.code, name=subject.name),
        status=sight.state.status,
        seq=sight.connection.execute(wanted).scalar_one(),
        stages=list(_stages(sight)),
        deadlines=list(_deadlines(sight)),
        issues=list(_issues(sight)),
        scores=[_score(row) for row in sight.connection.execute(_SCORED, {"case": sight.id}).all()],
    )


def _stages(sight: Sight) -> Iterator[StageOut]:
    for stage in sight.process.definition.stages:
        standing = sight.state.stages.get(stage.id)
        if standing is None:
            continue
        phases = sight.process.kinds[stage.id].phases
        yield StageOut(
            id=stage.id,
            kind=stage.kind,
            title=stage.title,
            open=standing.open,
            phase=standing.data.phase,
            phase_title=phases.get(standing.data.phase, ""),
        )


def _deadlines(sight: Sight) -> Iterable[DeadlineOut]:
    shown = set(DeadlineOut.model_fields) - {"due_on", "explanation"}
    for due in dues(sight.dossier, sight.today, sight.dossier.calendar):
        told = {name: value for name, value in due._asdict().items() if name in shown}
        yield DeadlineOut(**told, due_on=due.day, explanation=due.why)


def _issues(sight: Sight) -> Iterator[IssueOut]:
    shown = set(IssueOut.model_fields) - {"stage", "number", "text"}
    for id_, stage in sight.state.stages.items():
        if stage.kind != "issue_list":
            continue
        for number, issue in stage.data.issues.items():
            told = {name: getattr(issue, name) for name in shown}
            yield IssueOut(stage=id_, number=number, text=_text(sight, issue), **told)


def _text(sight: Sight, issue) -> str:
    texts = sight.form(issue.payload).get("findings")
    found = texts.get(issue.text) if isinstance(texts, dict) else ""
    return found if isinstance(found, str) else ""


def _score(row: Row) -> ScoreOut:
    return ScoreOut(
        seq=row.seq,
        side=row.side,
        scored_on=row.scored_on,
        total=row.total,
        value_added=row.value_added,
        grade=row.grade,
        areas=json.loads(row.areas) if row.areas else {},
    )
