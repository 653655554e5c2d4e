"""轮次: the rounds of the office and how far they have come; a new one looked at and opened."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import NoResultFound

from documents.catalogue import LETTERS
from engine.library import read_definition, shipped, shipped_names, shipped_standards
from engine.rounds import count_subjects, open_round, round_id
from models.cases import Case
from models.cycles import Round
from models.organisations import Organisation
from portal.access import Visitor, leads
from portal.deadlines import period_title
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.glances import DONE
from portal.ledgers.asking import day, word
from portal.overview import overview_of, rounds_of
from portal.receiving import Typed, typed_form
from portal.rendering import case_of, key_of, render
from portal.sight import reading
from rules.definition import PERIOD_TITLES, SUBJECT_TITLES, Definition
from rules.mistakes import Mistakes
from rules.preview import StageAhead, preview
from rules.process import Process
from rules.values import ROLE_TITLES, Refusal

_CASES, _ROUNDS = Case.__table__, Round.__table__
_ORGANISATIONS = Organisation.__table__

MOST_LATE = 20

pages = Pages()


@pages.page("/rounds", "office")
def rounds_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """Every round of the office, the latest first."""
    desk: Desk = request.app.state.desk
    rows = rounds_of(connection, [visitor.organisation])
    return render(
        request,
        "rounds/list.html",
        rows=rows,
        titles={row.id: _title(desk, connection, row) for row in rows},
        counts=_counts(connection, [row.id for row in rows]),
    )


@pages.page("/rounds/new", "office")
def new_round_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """Which definition, from which day; and what that would ask of whom."""
    desk: Desk = request.app.state.desk
    name = word(request, "process", shipped_names())
    on = day(request, "day") or desk.today()
    return _new(request, desk, visitor, connection, name, on)


@pages.page("/rounds/open", "office", methods=("POST",))
def open_new_round(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Open it, today. The flows open its cases."""
    desk: Desk = request.app.state.desk
    name, today = typed.choice("process", shipped_names()), desk.today()
    definition = _definition(name, desk.messages) if not typed.mistakes else None
    if not isinstance(definition, Definition):
        return _new(request, desk, visitor, connection, name if definition else "", today)
    standard = shipped_standards().get(definition.standard)
    office, actor = visitor.organisation, visitor.actor("office")
    result = open_round(desk.journal, office, definition, standard, today, desk.now(), actor)
    if isinstance(result, Refusal):
        return _new(request, desk, visitor, connection, name, today, result.reason)
    desk.wake()
    said = "already" if result.again else "done"
    return RedirectResponse(f"/rounds/{key_of(result.case)}?said={said}", 303)


@pages.page("/rounds/{key}", "office")
def round_page(
    key: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """How far one round has come, stage by stage."""
    desk: Desk = request.app.state.desk
    try:
        overview = overview_of(desk, connection, case_of(key))
    except NoResultFound:
        overview = None
    if overview is None or not leads(visitor, overview.round.office):
        raise NotAllowed("没有这一轮，或者它不是本督导室的。")
    late = overview.late(desk.today())
    return render(
        request,
        "rounds/one.html",
        overview=overview,
        row=overview.round,
        title=overview.process.definition.title,
        period=period_title(overview.round.period),
        stages=[_standing(overview, stage) for stage in overview.stages],
        late=late[:MOST_LATE],
        many=len(late),
        names=_names(connection, [glance.subject for glance in late[:MOST_LATE]]),
        status=Counter({m[1]: n for m, n in overview.tally.items() if m[0] == "status"}),
    )


class Standing(NamedTuple):
    """One stage over all cases: how many have not begun it, stand in which phase, are through."""

    title: str
    before: int
    phases: list[tuple[str, int]]
    done: int


def _standing(overview, stage) -> Standing:
    counts = {phase: n for (id_, phase), n in overview.counts.items() if id_ == stage.id}
    phases = overview.process.kinds[stage.id].phases
    found = [(title, counts[phase]) for phase, title in phases.items() if counts.get(phase)]
    before = overview.whole - sum(counts.values())
    return Standing(stage.title, before, found, counts.get(DONE, 0))


def _names(connection: Connection, codes: list[str]) -> dict[str, str]:
    named = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name)
    rows = connection.execute(named.where(_ORGANISATIONS.c.code.in_(codes)))
    return {row.code: row.name for row in rows}


def _title(desk: Desk, connection: Connection, row: Row) -> str:
    process = desk.journal.shelf.process(connection, row.definition)
    return f"{process.definition.title}　{period_title(row.period)}"


def _counts(connection: Connection, rounds: list[str]) -> dict[str, Counter[str]]:
    """How many cases of each round have which status."""
    counted = (
        select(_CASES.c.round, _CASES.c.status, func.count())
        .where(_CASES.c.round.in_(rounds), _CASES.c.of == "case")
        .group_by(_CASES.c.round, _CASES.c.status)
    )
    found: dict[str, Counter[str]] = {key: Counter() for key in rounds}
    for key, status, count in connection.execute(counted):
        found[key][status] += count
    return found


@lru_cache(maxsize=64)
def _definition(name: str, messages: frozenset[str]) -> Definition | tuple[str, ...]:
    """A shipped definition, or what is wrong with it, a line each."""
    try:
        return read_definition(shipped(name), name, messages, LETTERS)
    except Mistakes as mistakes:
        return tuple(mistakes.lines(name))


class Ahead(NamedTuple):
    """A definition looked at for a day: its period, what it will ask, of how many. ``kinds`` counts
    the subjects by what they are; ``headless`` are schools where nobody would be told; ``known`` is
    the round's id where it has been opened."""

    definition: Definition
    period: str
    last: date
    stages: list[StageAhead]
    kinds: Mapping[str, int]
    headless: int
    known: str


def _ahead(
    desk: Desk, connection: Connection, office: str, definition: Definition, on: date
) -> Ahead:
    period, stages = preview(
        Process(definition), on, desk.journal.shelf.calendar(connection, office)
    )
    subjects = count_subjects(connection, office, definition.subjects, on)
    units = {"township", "department", "office"}
    key = round_id(office, definition.process, period.key)
    opened = connection.execute(select(_ROUNDS.c.id).where(_ROUNDS.c.id == key)).scalar()
    return Ahead(
        definition,
        period_title(period.key),
        period.last,
        stages,
        Counter({SUBJECT_TITLES[kind]: whole for kind, (whole, _) in sorted(subjects.items())}),
        sum(headless for kind, (_, headless) in subjects.items() if kind not in units),
        opened or "",
    )


def _new(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    connection: Connection,
    name: str,
    on: date,
    refused: str = "",
) -> Response:
    definition = _definition(name, desk.messages) if name else None
    ahead, wrong = None, ()
    if isinstance(definition, Definition):
        ahead = _ahead(desk, connection, visitor.organisation, definition, on)
    elif definition:
        wrong = definition
    return render(
        request,
        "rounds/new.html",
        422 if wrong or refused else 200,
        processes=_processes(desk),
        name=name,
        on=on,
        ahead=ahead,
        wrong=wrong,
        refused=refused,
        roles={**ROLE_TITLES, "unit": "责任单位"},
        periods=PERIOD_TITLES,
    )


def _processes(desk: Desk) -> dict[str, str]:
    """The definitions that come with the product, by file with their titles."""
    found = {}
    for name in shipped_names():
        definition = _definition(name, desk.messages)
        right = isinstance(definition, Definition)
        found[name] = f"{definition.title}（{definition.version}）" if right else name
    return found
