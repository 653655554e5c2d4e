"""Lines of the issue ledger with all that was ever written about each: description, measure,
evidence, who verified it, extensions. Gathered from the log for a hundred cases at once."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, bindparam, or_, select

from documents.payloads import Form
from engine.shelf import Shelf
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from models.organisations import Organisation
from models.people import Assignment, Person
from portal.ledgers.issues import RECTIFY
from rules.explanation import full
from rules.state import parts_of

_EVENTS, _PAYLOADS, _DEADLINES = StoredEvent.__table__, Payload.__table__, DeadlineRow.__table__
_PEOPLE, _ASSIGNED = Person.__table__, Assignment.__table__
_ORGANISATIONS = Organisation.__table__

AT_ONCE = 200  # cases, texts or people asked for by one query
CARRIED_IN = "（由其他案卷转入，原文见原案卷）"

RAISED, CLOSED = "issue_list.issue.raised", "issue_list.issue.closed"
REPORTED, PLANNED = "issue_list.issue.reported", "issue_list.plan.submitted"
VISITED, ARMED = "follow_up_visit.visited", "deadline.armed"


class Line(NamedTuple):
    """One issue in full. ``row`` is `portal.ledgers.issues.listed`'s; ``due`` the latest date for
    rectifying it, ``running`` whether it still counts; texts are empty where nothing was written.
    """

    row: Row
    source: str
    indicator: str
    text: str
    unit: str
    person: str
    cause: str
    measure: str
    due: date | None
    running: bool
    evidence: tuple[str, ...]
    verifier: str
    extensions: tuple[str, ...]


def lines(connection: Connection, shelf: Shelf, rows: Sequence[Row]) -> Iterator[Line]:
    """The lines of issues, in their order."""
    for first in range(0, len(rows), AT_ONCE):
        page = rows[first : first + AT_ONCE]
        told = _Told(connection, sorted({row.case for row in page}))
        people = _People(connection, page, told)
        for row in page:
            yield _line(connection, shelf, row, told, people)


_CASES = bindparam("cases", expanding=True)
# Not the bare column: SQLite would look through all cases' events of these types, not these cases'.
_TYPE = _EVENTS.c.type + ""
_WRITTEN = (
    select(_EVENTS.c.case, _EVENTS.c.type, _EVENTS.c.stage, _EVENTS.c.item, _EVENTS.c.body)
    .where(
        _EVENTS.c.case.in_(_CASES),
        or_(
            _TYPE.in_((RAISED, CLOSED, REPORTED, PLANNED, VISITED)),
            and_(_TYPE == ARMED, _EVENTS.c.body.like('%"moved":"extended"%')),
        ),
    )
    .order_by(_EVENTS.c.case, _EVENTS.c.seq)
)
_DUE = (
    select(_DEADLINES.c.case, _DEADLINES.c.key, _DEADLINES.c.due_on, _DEADLINES.c.state)
    .where(
        _DEADLINES.c.case.in_(_CASES), or_(*(_DEADLINES.c.key.like(f"%/{n}/%") for n in RECTIFY))
    )
    .order_by(_DEADLINES.c.case, _DEADLINES.c.seq)
)
_BODIES = select(_PAYLOADS.c.digest, _PAYLOADS.c.body).where(
    _PAYLOADS.c.digest.in_(bindparam("digests", expanding=True))
)
_NAMES = select(_PEOPLE.c.id, _PEOPLE.c.name).where(
    _PEOPLE.c.id.in_(bindparam("people", expanding=True))
)
_UNITS = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name).where(
    _ORGANISATIONS.c.code.in_(bindparam("codes", expanding=True))
)
_HOLDERS = (
    select(_ASSIGNED.c.organisation, _PEOPLE.c.name)
    .join(_PEOPLE, _PEOPLE.c.id == _ASSIGNED.c.person)
    .where(
        _ASSIGNED.c.organisation.in_(bindparam("codes", expanding=True)),
        _ASSIGNED.c.role.in_(("school", "department", "township")),
        _ASSIGNED.c.until.is_(None),
        _PEOPLE.c.left_on.is_(None),
    )
    .order_by(_ASSIGNED.c.rank.desc(), _ASSIGNED.c.person.desc())  # the first in rank comes last
)


def _asked(connection: Connection, query: Select, name: str, keys: Iterable[str]) -> Iterator[Row]:
    listed = sorted({key for key in keys if key})
    for first in range(0, len(listed), AT_ONCE):
        yield from connection.execute(query, {name: listed[first : first + AT_ONCE]})


class _Told:
    """What the log holds of some cases: the latest event of each type for each issue."""

    def __init__(self, connection: Connection, cases: list[str]) -> None:
        self.events: dict[tuple[str, str, str, str], dict[str, Any]] = {}
        self.moved: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for row in connection.execute(_WRITTEN, {"cases": cases}):
            body = json.loads(row.body)
            if row.type == ARMED:
                self.moved.setdefault((row.case, row.stage, row.item), []).append(body)
            elif row.type == VISITED:
                self.events[row.case, "", "", VISITED] = body
            else:
                self.events[row.case, row.stage, row.item, row.type] = body
        self.due: dict[tuple[str, str, str], tuple[date, bool]] = {}
        for row in connection.execute(_DUE, {"cases": cases}):
            stage, _, item = parts_of(row.key)
            self.due[row.case, stage, item] = row.due_on, row.state == "armed"
        every = [*self.events.values(), *(body for moved in self.moved.values() for body in moved)]
        digests = {body.get("payload") for body in every}
        bodies = _asked(connection, _BODIES, "digests", digests)
        self.forms = {row.digest: json.loads(row.body) if row.body else {} for row in bodies}

    def of(self, row: Row, type_: str, item: str | None = None) -> dict[str, Any]:
        """The latest event of a type for an issue; empty where there is none."""
        return self.events.get(
            (row.case, row.stage, row.number if item is None else item, type_), {}
        )

    def form(self, event: dict[str, Any]) -> Form:
        """What was written with an event."""
        digest = event.get("payload", "")
        content = self.forms.get(digest, {})
        return Form(content, erased=bool(digest) and not content)


class _People:
    """Names: of those who closed issues, of the units that solve them and of who answers there."""

    def __init__(self, connection: Connection, rows: Sequence[Row], told: _Told) -> None:
        closed = {told.of(row, CLOSED).get("by", "") for row in rows}
        visited = {e.get("inspector", "") for key, e in told.events.items() if key[3] == VISITED}
        self.people = {r.id: r.name for r in _asked(connection, _NAMES, "people", closed | visited)}
        codes = {_unit(row) for row in rows}
        self.units = {r.code: r.name for r in _asked(connection, _UNITS, "codes", codes)}
        held = _asked(connection, _HOLDERS, "codes", codes)
        self.first = {row.organisation: row.name for row in held}


def _unit(row: Row) -> str:
    return row.subject if row.unit == "school" else row.unit


def _line(connection: Connection, shelf: Shelf, row: Row, told: _Told, people: _People) -> Line:
    raised, unit = told.of(row, RAISED), _unit(row)
    due, running = told.due.get((row.case, row.stage, row.number), (None, False))
    plan = next(
        (
            part
            for part in told.form(told.of(row, PLANNED, "")).parts("items")
            if part.erased or part.text("issue") == row.number
        ),
        Form({}),
    )
    text = CARRIED_IN
    if raised.get("payload"):
        form = told.form(raised)
        text = form.text("findings") if form.erased else form.part("findings").text(raised["text"])
    return Line(
        row=row,
        source=_source(connection, shelf, row),
        indicator=indicator(connection, shelf, row.standard, row.basis),
        text=text,
        unit=people.units.get(unit, unit),
        person=plan.text("person") or people.first.get(unit, ""),
        cause=plan.text("cause"),
        measure=plan.text("measure"),
        due=due,
        running=running,
        evidence=tuple(told.form(told.of(row, REPORTED)).texts("evidence")),
        verifier=_verifier(row, told, people),
        extensions=tuple(
            _extended(told, body) for body in told.moved.get((row.case, row.stage, row.number), ())
        ),
    )


def _source(connection: Connection, shelf: Shelf, row: Row) -> str:
    stage = shelf.process(connection, row.definition).stages.get(row.source)
    if stage is not None:
        return stage.title
    return "转入" if row.source else "自查登记"


def indicator(connection: Connection, shelf: Shelf, standard: str, basis: str) -> str:
    """What an issue rests on: an indicator's code with its title, or the law's words as given."""
    title = _titles(connection, shelf, standard).get(basis, "")
    return f"{basis} {title}" if title else basis


_known: dict[str, dict[str, str]] = {"": {}}  # standards never change: titles by version


def _titles(connection: Connection, shelf: Shelf, version: str) -> dict[str, str]:
    if version not in _known:
        standard = shelf.standard(connection, version)
        found: dict[str, str] = {}
        for kind in standard.school_kinds if standard else ():
            for area in standard.areas_for(kind):
                found.setdefault(area.code, area.title)
                for leaf in area.indicators:
                    found.setdefault(leaf.code, leaf.title)
        _known[version] = found
    return _known[version]


def _verifier(row: Row, told: _Told, people: _People) -> str:
    if row.state != "closed":
        return ""
    by = told.of(row, CLOSED).get("by", "")
    if by == "follow_up":
        visitor = told.events.get((row.case, "", "", VISITED), {}).get("inspector", "")
        return f"{people.people.get(visitor, visitor)}（回访）"
    return people.people.get(by, by)


def _extended(told: _Told, body: dict[str, Any]) -> str:
    form = told.form(body)
    until = full(date.fromisoformat(body["due_on"]))
    return f"延至{until}：{form.text('reason')}（批准人：{form.text('approver')}）"
