"""The notice board: what the public may read - plans, announced visits, and results once issued.

Whatever a definition tells ``public`` hangs here, and nothing else does.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from fastapi import Request
from sqlalchemy import Connection, bindparam, exists, func, select, tuple_

from engine.register import named_like
from engine.shelf import Shelf
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.organisations import Organisation
from portal.deadlines import period_title
from portal.rendering import short_day

_CASES, _ROUNDS, _EVENTS = Case.__table__, Round.__table__, StoredEvent.__table__
_DEADLINES, _ORGANISATIONS = DeadlineRow.__table__, Organisation.__table__

PAGE = 50
ROUNDS = 500  # whose results are looked for, the latest: of a province, some years
FURTHEST = 200  # pages; nobody reads on, only machines do
PLANS, VISITS, RESULTS = "plans", "visits", "results"


def page_of(request: Request) -> int:
    """Which page of a list an address asks for; the first where it says nothing sensible."""
    given = request.query_params.get("page", "1")
    return min(max(int(given), 1), FURTHEST) if given.isdecimal() and len(given) < 6 else 1


class Sort(NamedTuple):
    """One sort of notice: by which event of which kind of stage it is hung out."""

    kind: str
    event: str
    title: str
    empty: str

    @property
    def type(self) -> str:
        """The event's type."""
        return f"{self.kind}.{self.event}"


SORTS = {
    PLANS: Sort("planning", "published", "评估计划公示", "现在没有公示的评估计划。"),
    VISITS: Sort("on_site_review", "visit.announced", "实地督导公告", "现在没有实地督导公告。"),
    RESULTS: Sort("self_assessment", "submitted", "督导结果公布", "现在没有公布的督导结果。"),
}


class Notice(NamedTuple):
    """One line of the board. ``state`` is a chip's words, ``now`` whether it can still be acted
    upon."""

    case: str
    stage: str
    title: str
    office: str
    day: date
    state: str
    now: bool


class Hung(NamedTuple):
    """A page of the board, and whether another follows."""

    notices: list[Notice]
    more: bool


def told_to_public(stage: Any, sort: Sort) -> bool:
    """Whether a stage's definition tells the public of this sort's event."""
    ours = stage.kind == sort.kind and (sort.kind != "self_assessment" or stage.of == "round")
    return ours and "public" in stage.tell.get(sort.event, [])


def _places(connection: Connection, shelf: Shelf, sort: Sort) -> list[tuple[str, str]]:
    """The stages that tell the public, as (definition, stage)."""
    return [
        (key, stage.id)
        for key in connection.execute(_DEFINITIONS).scalars()
        for stage in shelf.process(connection, key).definition.stages
        if told_to_public(stage, sort)
    ]


_DEFINITIONS = select(_ROUNDS.c.definition).distinct()
_OFFICES = _ORGANISATIONS.alias("offices")
_LATER = _EVENTS.alias("later")
_LATEST = ~exists().where(
    _LATER.c.case == _EVENTS.c.case,
    _LATER.c.type == _EVENTS.c.type,
    _LATER.c.stage == _EVENTS.c.stage,
    _LATER.c.seq > _EVENTS.c.seq,
)
_PLACE = bindparam("places", expanding=True)
_WHAT = (
    _EVENTS.c.case,
    _EVENTS.c.stage,
    _EVENTS.c.seq,
    _EVENTS.c.happened_on,
    _OFFICES.c.name.label("office"),
)
_ORDER = (_EVENTS.c.happened_on.desc(), _EVENTS.c.case)
_BY_CASE = (
    select(*_WHAT, _CASES.c.definition, _ORGANISATIONS.c.name.label("subject"), _ROUNDS.c.period)
    .join(_CASES, _CASES.c.id == _EVENTS.c.case)
    .join(_ROUNDS, _ROUNDS.c.id == _CASES.c.round)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .join(_OFFICES, _OFFICES.c.code == _CASES.c.office)
    .where(_EVENTS.c.type == bindparam("type"), _LATEST)
    .where(tuple_(_CASES.c.definition, _EVENTS.c.stage).in_(_PLACE))
    .order_by(*_ORDER)
)
# Every school submits, few rounds do: looked for round by round, not by the index of types.
_BY_ROUND = (
    select(*_WHAT, _ROUNDS.c.definition, _ROUNDS.c.period)
    .join(_ROUNDS, _ROUNDS.c.id == _EVENTS.c.case)
    .join(_OFFICES, _OFFICES.c.code == _ROUNDS.c.office)
    .where(_EVENTS.c.case.in_(bindparam("rounds", expanding=True)))
    .where(func.coalesce(_EVENTS.c.type, "") == bindparam("type"), _LATEST)
    .where(tuple_(_ROUNDS.c.definition, _EVENTS.c.stage).in_(_PLACE))
    .order_by(*_ORDER)
)
_LATEST_ROUNDS = (
    select(_ROUNDS.c.id)
    .where(_ROUNDS.c.definition.in_(bindparam("definitions", expanding=True)))
    .order_by(_ROUNDS.c.first.desc(), _ROUNDS.c.id)
    .limit(ROUNDS)
)
_PERIODS = (
    select(_DEADLINES.c.case, _DEADLINES.c.key, _DEADLINES.c.due_on)
    .where(_DEADLINES.c.case.in_(bindparam("cases", expanding=True)))
    .where(_DEADLINES.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(_DEADLINES.c.seq)
)
_SCHEDULED = (
    select(_EVENTS.c.case, _EVENTS.c.stage, _EVENTS.c.seq, _EVENTS.c.body)
    .where(_EVENTS.c.case.in_(bindparam("cases", expanding=True)))
    .where(func.coalesce(_EVENTS.c.type, "") == "on_site_review.visit.scheduled")
    .order_by(_EVENTS.c.seq)
)


def hung(
    connection: Connection,
    shelf: Shelf,
    which: str,
    today: date,
    name: str = "",
    page: int = 1,
    most: int = PAGE,
) -> Hung:
    """A page of one sort (PLANS, VISITS, RESULTS), latest first; ``name`` narrows the subjects."""
    sort = SORTS[which]
    places = _places(connection, shelf, sort)
    if not places:
        return Hung([], False)
    wanted, values = _BY_CASE, {"type": sort.type, "places": places}
    if which == RESULTS:
        known = {"definitions": sorted({key for key, _ in places})}
        rounds = connection.execute(_LATEST_ROUNDS, known).scalars().all()
        wanted, values = _BY_ROUND, {**values, "rounds": rounds}
    elif name and which == VISITS:
        wanted = wanted.where(named_like(name))
    wanted = wanted.limit(most + 1).offset((page - 1) * most)
    rows = connection.execute(wanted, values).all()
    shown = rows[:most]
    titles = {
        key: shelf.process(connection, key).definition for key in {row.definition for row in shown}
    }
    made = {PLANS: _plans, VISITS: _visits, RESULTS: _results}[which]
    return Hung(list(made(connection, shown, titles, today)), len(rows) > most)


def _plans(connection: Connection, rows: Sequence, titles: dict, today: date) -> Iterable[Notice]:
    keys = {f"{row.stage}/comments" for row in rows}
    asked = {"cases": [row.case for row in rows], "keys": sorted(keys)}
    until = {(r.case, r.key): r.due_on for r in connection.execute(_PERIODS, asked)}
    for row in rows:
        due = until.get((row.case, f"{row.stage}/comments"))
        now = due is not None and due >= today
        state = f"征求意见至{short_day(due)}" if now else "意见征求已结束"
        title = f"{period_title(row.period)}{titles[row.definition].title}计划"
        yield Notice(row.case, row.stage, title, row.office, row.happened_on, state, now)


def _visits(connection: Connection, rows: Sequence, titles: dict, today: date) -> Iterable[Notice]:
    asked = {"cases": [row.case for row in rows]}
    planned = {(r.case, r.stage): (r.seq, r.body) for r in connection.execute(_SCHEDULED, asked)}
    for row in rows:
        seq, body = planned.get((row.case, row.stage), (0, "{}"))
        days = json.loads(body)
        starts, ends = (date.fromisoformat(days[k]) for k in ("starts", "ends"))
        state, now = visit_state(starts, ends, today, moved=seq > row.seq)
        title = f"对{row.subject}开展实地督导（{short_day(starts)}至{short_day(ends)}）"
        yield Notice(row.case, row.stage, title, row.office, row.happened_on, state, now)


def visit_state(starts: date, ends: date, today: date, moved: bool) -> tuple[str, bool]:
    """Where an announced visit stands, and whether opinions of it are still taken."""
    if moved:
        return "已改期，等待重新公告", False
    if today > ends:
        return "已结束", False
    return ("督导中" if today >= starts else f"{short_day(starts)}入校"), True


def _results(connection: Connection, rows: Sequence, titles: dict, today: date) -> Iterable[Notice]:
    for row in rows:
        definition = titles[row.definition]
        stage = next(stage for stage in definition.stages if stage.id == row.stage)
        title = f"{period_title(row.period)}{definition.title}{stage.title}"
        yield Notice(row.case, row.stage, title, row.office, row.happened_on, "已公布", False)


_ISSUED = (
    select(_EVENTS.c.stage)
    .where(_EVENTS.c.case == bindparam("round"))
    .where(func.coalesce(_EVENTS.c.type, "") == SORTS[RESULTS].type)
)


def results_are_out(connection: Connection, shelf: Shelf, round_: str, definition: str) -> bool:
    """Whether a round's results were made public."""
    stages = shelf.process(connection, definition).definition.stages
    public = {stage.id for stage in stages if told_to_public(stage, SORTS[RESULTS])}
    return bool(public) and not public.isdisjoint(
        connection.execute(_ISSUED, {"round": round_}).scalars()
    )
