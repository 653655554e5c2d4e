"""The log as the office reads it: every event, the newest first, whoever or whatever caused it."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    and_,
    func,
    select,
    true,
    tuple_,
    type_coerce,
)

from documents.catalogue import LETTERS
from engine.journal import SHANGHAI
from engine.register import named_like
from engine.shelf import Shelf
from engine.subtree import unsought
from models.cases import Case
from models.events import Payload, StoredEvent
from models.organisations import Organisation
from models.people import Person
from portal.deadlines import of_item
from portal.ledgers.messages import kinds
from portal.ledgers.naming import organisations_named, people_named
from portal.rendering import moment
from portal.story import TITLES
from rules.definition import KINDS
from rules.explanation import full
from rules.values import ROLE_TITLES

_EVENTS, _PAYLOADS, _CASES = StoredEvent.__table__, Payload.__table__, Case.__table__
_ORGANISATIONS, _PEOPLE = Organisation.__table__, Person.__table__

PAGE = 50
BY = {"people": "人员办理", "system": "系统处理"}
MACHINERY = {
    "deadline.armed": "期限起算",
    "deadline.met": "期限内办结",
    "deadline.cancelled": "期限撤销",
    "deadline.reminded": "到期提醒",
    "deadline.lapsed": "期限届满",
}


@cache
def types() -> dict[str, str]:
    """The events there are, by type with their titles."""
    found = {}
    for type_, title in {**TITLES, **MACHINERY}.items():
        kind = KINDS.get(type_.partition(".")[0])
        found[type_] = f"{kind.title}：{title}" if kind else title
    return found


class Asked(NamedTuple):
    """What is asked for; empty fields ask for nothing. The days are those of recording."""

    type: str = ""
    by: str = ""
    person: str = ""
    school: str = ""
    first: date | None = None
    last: date | None = None


class Place(NamedTuple):
    """Where a page ends: the next one goes on before this event."""

    at: str
    case: str
    seq: int


class Line(NamedTuple):
    """One event in words; ``row`` is the event's with its school and who caused it. ``at`` and
    ``day`` are as stored where they are no instant and no day: the log shows what was done to it.
    """

    row: Row
    at: str
    day: str
    title: str
    stage: str
    who: str
    place: Place


def _midnight(day: date) -> str:
    """The beginning of a day in Shanghai as the log writes instants."""
    return (datetime.combine(day, time(), UTC) - SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")


def wanted(asked: Asked, office: str) -> list[ColumnElement[bool]]:
    """The conditions on events that a question means: those of the office's own cases, whose ids
    begin with its code."""
    found = [func.substr(_EVENTS.c.case, 1, len(office) + 1) == f"{office}/"]
    if asked.type:
        found.append(_EVENTS.c.type == asked.type)
    if asked.by:
        system = _EVENTS.c.role == "system"
        found.append(system if asked.by == "system" else ~system)
    if asked.person:
        named = select(_PEOPLE.c.id).where(_PEOPLE.c.name.contains(asked.person, autoescape=True))
        found.append(unsought(_EVENTS.c.actor).in_(named))
    if asked.school:
        codes = select(_ORGANISATIONS.c.code).where(named_like(asked.school))
        cases = select(_CASES.c.id).where(_CASES.c.office == office, _CASES.c.subject.in_(codes))
        found.append(_EVENTS.c.case.in_(cases))
    if asked.first:
        found.append(_EVENTS.c.at >= _midnight(asked.first))
    if asked.last and asked.last < date.max:
        found.append(_EVENTS.c.at < _midnight(asked.last + timedelta(1)))
    return found


_PLACE = (_EVENTS.c.at, _EVENTS.c.case, _EVENTS.c.seq)
# The day as it is stored: one that was tampered with is no date.
_STORED = (
    *(column for column in _EVENTS.c if column.name != "happened_on"),
    type_coerce(_EVENTS.c.happened_on, String).label("day"),
)


def listed(
    connection: Connection, shelf: Shelf, asked: Asked, office: str, before: Place | None
) -> tuple[list[Line], Place | None]:
    """A page of events, the newest first, and where the next one begins; None at the end.

    It goes on from a place and counts nothing: the log has millions."""
    conditions = wanted(asked, office)
    if before:
        conditions.append(tuple_(*_PLACE) < tuple_(*before))
    few = _few(connection, asked)
    at = _EVENTS.c.at if few is None else unsought(_EVENTS.c.at)
    places = (
        select(*_PLACE)
        .where(*conditions, true() if few is None else few)
        .order_by(at.desc(), _EVENTS.c.case.desc(), _EVENTS.c.seq.desc())
        .limit(PAGE + 1)
        .subquery()
    )
    same = and_(_EVENTS.c.case == places.c.case, _EVENTS.c.seq == places.c.seq)
    events = select(*_STORED).join(places, same)
    lines = _lines(connection, shelf, events.subquery())
    more = len(lines) > PAGE
    lines = lines[:PAGE]
    return lines, lines[-1].place if more else None


def _few(connection: Connection, asked: Asked) -> ColumnElement[bool] | None:
    """A condition on the events of those asked for by name, where they are few."""
    people = people_named(connection, asked.person) if asked.person else None
    if people is not None:
        return _EVENTS.c.actor.in_(people)
    schools = organisations_named(connection, asked.school) if asked.school else None
    if schools is not None:
        return _EVENTS.c.case.in_(select(_CASES.c.id).where(_CASES.c.subject.in_(schools)))
    return None


def one(connection: Connection, shelf: Shelf, case: str, seq: int) -> Line | None:
    """One event in words; None where there is none."""
    event = select(*_STORED).where(_EVENTS.c.case == case, _EVENTS.c.seq == seq)
    return next(iter(_lines(connection, shelf, event.subquery())), None)


def last_of(connection: Connection, case: str) -> int:
    """The number of a case's last event; 0 where it has none."""
    highest = select(func.max(_EVENTS.c.seq)).where(_EVENTS.c.case == case)
    return connection.execute(highest).scalar() or 0


def _lines(connection: Connection, shelf: Shelf, events: Any) -> list[Line]:
    told = (
        select(
            events,
            _PEOPLE.c.name.label("known_as"),
            _ORGANISATIONS.c.name.label("school"),
            _CASES.c.definition,
        )
        .outerjoin(_PEOPLE, _PEOPLE.c.id == events.c.actor)
        .outerjoin(_CASES, _CASES.c.id == events.c.case)
        .outerjoin(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
        .order_by(events.c.at.desc(), events.c.case.desc(), events.c.seq.desc())
    )
    return [_line(connection, shelf, row) for row in connection.execute(told)]


def _line(connection: Connection, shelf: Shelf, row: Any) -> Line:
    process = shelf.process(connection, row.definition) if row.definition else None
    stage = process.stages.get(row.stage) if process else None
    title = types().get(row.type, row.type)
    title = stage.says(title) if stage else title
    name = body(row).get("deadline", "") if row.type.startswith("deadline.") else ""
    if process and stage and name in process.kinds[stage.id].deadlines:
        title = f"{process.rule(stage.id, name).title}：{title}"
    if stage:
        title += of_item(stage.kind, row.item)
    if row.type.startswith("wording."):
        title += f"（{kinds().get(row.item, row.item)}）"
    if row.type.startswith("template."):
        title += f"（{LETTERS[row.item].title if row.item in LETTERS else '各类文书通用'}）"
    role = ROLE_TITLES.get(row.role, row.role)
    who = role if row.role == "system" else f"{row.known_as or row.actor}（{role}）"
    if row.on_behalf_of:
        who += f"，代{row.on_behalf_of}办理"
    return Line(
        row,
        _told(moment, row.at),
        _told(lambda day: full(date.fromisoformat(str(day))), row.day),
        title,
        stage.title if stage else "",
        who,
        Place(row.at, row.case, row.seq),
    )


def _told(told: Callable[[Any], str], value: Any) -> str:
    try:
        return told(value)
    except (ValueError, TypeError):
        return str(value)


def body(row: Row) -> dict[str, Any]:
    """What an event says; empty where it cannot be read: the log shows what was done to it."""
    try:
        found = json.loads(row.body)
    except (ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


class Written(NamedTuple):
    """The free text of an event; ``gone`` where it is named and not there, ``erased`` when it was
    taken away by rule."""

    text: str
    gone: bool
    erased: str


def written(connection: Connection, row: Row) -> Written | None:
    """What was written with an event; None where nothing was."""
    digest = body(row).get("payload")
    if not digest:
        return None
    kept = connection.execute(select(_PAYLOADS).where(_PAYLOADS.c.digest == str(digest))).first()
    if kept is None:
        return Written("", True, "")
    return Written(_readable(kept.body), False, kept.erased_at)


def _readable(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text
