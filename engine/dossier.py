"""A case as its papers and messages see it: the facts, who said what when, and where it stands."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select
from sqlalchemy.exc import NoResultFound

from engine.shelf import Shelf
from engine.statements import Prepared
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from models.events import Payload
from models.organisations import Organisation
from models.people import Assignment, Person
from models.register_marks import RegisterMark
from rules.case_words import DateCorrected
from rules.corrections import corrects
from rules.days import Calendar
from rules.messages import Event
from rules.process import Process
from rules.reckoning import Reckoning
from rules.standard import Standard
from rules.state import CaseState, WordingState
from rules.vocabulary import read_state

_CASES, _ROUNDS, _PAYLOADS = (
    Case.__table__,
    Round.__table__,
    Payload.__table__,
)
_DEADLINES, _ORGANISATIONS = DeadlineRow.__table__, Organisation.__table__
_PEOPLE, _ASSIGNED = Person.__table__, Assignment.__table__

# Built once: building a statement anew costs as much as running it.
_CASES_OF = select(_CASES).where(_CASES.c.id.in_(bindparam("ids", expanding=True)))
_ROUNDS_OF = select(_ROUNDS).where(_ROUNDS.c.id.in_(bindparam("ids", expanding=True)))
_PAYLOADS_OF = select(_PAYLOADS.c.digest, _PAYLOADS.c.body).where(
    _PAYLOADS.c.case == bindparam("case")
)
_ONE_PAYLOAD = select(_PAYLOADS.c.body).where(_PAYLOADS.c.digest == bindparam("digest"))
_ARMED = (
    select(_DEADLINES.c.key, _DEADLINES.c.reckoning)
    .where(_DEADLINES.c.case == bindparam("case"))
    .order_by(_DEADLINES.c.seq)
)


class Forms:
    """The free text of one case's commands by digest, decoded when it is asked for."""

    def __init__(self, connection: Connection, case: str) -> None:
        self._connection = connection
        self._case = case
        self._decoded: dict[str, dict[str, Any]] = {}

    def of(self, payload: str) -> dict[str, Any]:
        """What was written; empty where nothing was, or where it was erased."""
        if not payload:
            return {}
        if payload not in self._decoded:
            body = self._bodies.get(payload)
            if body is None:  # an issue that came over keeps its first case's words
                body = self._connection.execute(_ONE_PAYLOAD, {"digest": payload}).scalar()
            self._decoded[payload] = json.loads(body) if body else {}
        return self._decoded[payload]

    @cached_property
    def _bodies(self) -> dict[str, str]:
        rows = self._connection.execute(_PAYLOADS_OF, {"case": self._case})
        return {row.digest: row.body for row in rows}


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it was recorded, with the free text of its command (empty once erased)."""

    seq: int
    event: Event
    at: str
    actor: str
    role: str
    on_behalf_of: str
    forms: Forms

    @property
    def form(self) -> dict[str, Any]:
        """What was written with the command."""
        return self.forms.of(getattr(self.event, "payload", ""))


def as_corrected(story: tuple[Told, ...]) -> tuple[Told, ...]:
    """A story with each day as it was corrected later in it: what a paper tells of it. The log
    itself, and whatever is folded from it, keeps the day that was typed in."""
    right: dict[int, date] = {}
    for n, told in enumerate(story):
        fix = told.event
        if isinstance(fix, DateCorrected):
            meant = (before.seq for before in reversed(story[:n]) if corrects(fix, before.event))
            if wrong := next(meant, 0):
                right[wrong] = fix.happened_on
    if not right:
        return story
    return tuple(
        replace(told, event=told.event.model_copy(update={"happened_on": right[told.seq]}))
        if told.seq in right
        else told
        for told in story
    )


class Directory(NamedTuple):
    """Who is who, read once for many dossiers: organisations by code, people's names by id, and
    the roles held today, first in rank first - all of them, and by role and organisation."""

    organisations: dict[str, Row]
    people: dict[str, str]
    assigned: tuple[Row, ...]
    held: dict[tuple[str, str], list[str]]


@dataclass(frozen=True)
class Dossier:
    """Everything known of one case. ``subject`` and ``office`` are rows of organisations, ``round``
    a row of rounds; a round's own case is a dossier too. The story is read when it is asked for,
    while the connection is open."""

    id: str
    state: CaseState
    process: Process
    standard: Standard | None
    round: Row
    directory: Directory
    subject: Row
    office: Row
    shelf: Shelf
    connection: Connection

    @property
    def organisations(self) -> dict[str, Row]:
        """All organisations by code."""
        return self.directory.organisations

    @property
    def people(self) -> dict[str, str]:
        """Names by person's id."""
        return self.directory.people

    @property
    def assigned(self) -> tuple[Row, ...]:
        """The roles held today."""
        return self.directory.assigned

    @cached_property
    def calendar(self) -> Calendar:
        """The calendar its office has now."""
        return self.shelf.calendar(self.connection, self.office.code)

    @cached_property
    def wordings(self) -> Mapping[str, WordingState]:
        """The wordings its office has now, by the kind of message."""
        return self.shelf.own_affairs(self.connection, self.office.code).wordings

    @cached_property
    def story(self) -> tuple[Told, ...]:
        """Every event with its free text, in order."""
        forms = Forms(self.connection, self.id)
        recorded = self.shelf.memory.events(self.connection, self.id)
        return tuple(Told(*one, forms) for one in recorded)

    @cached_property
    def reckonings(self) -> dict[str, Reckoning]:
        """How each deadline's date came about, the latest of each key."""
        return {
            row.key: Reckoning.model_validate_json(row.reckoning)
            for row in self.connection.execute(_ARMED, {"case": self.id})
        }

    @cached_property
    def by_type(self) -> dict[str, list[Told]]:
        """The story by event type, in order."""
        found: dict[str, list[Told]] = {}
        for told in self.story:
            found.setdefault(told.event.type, []).append(told)
        return found

    def last(self, type_: str, item: str = "") -> Told | None:
        """The latest event of a type (of an item, where one is named)."""
        found = [t for t in self.by_type.get(type_, ()) if not item or t.event.item == item]
        return found[-1] if found else None

    def name(self, person: str) -> str:
        """A person's name; the id itself where they are not known any more."""
        return self.people.get(person, person)

    def holders(self, role: str, organisation: str) -> list[str]:
        """The ids of those who hold a role for an organisation, first in rank first."""
        return list(self.directory.held.get((role, organisation), ()))

    def explained(self, key: str) -> str:
        """Why a deadline (``stage/name/item``) is that day, in Chinese; empty if never armed."""
        found = self.reckonings.get(key)
        return found.in_chinese() if found else ""


# Without the day of the last evaluation, which is asked for where it is needed: it changes with
# every review, and the mark does not tell of it.
_EVERY_ORGANISATION = select(*(c for c in _ORGANISATIONS.c if c.name != "last_evaluated_on"))
_NAMES = Prepared(select(_PEOPLE.c.id, _PEOPLE.c.name))
_HELD = (
    select(_ASSIGNED.c.role, _ASSIGNED.c.organisation, _ASSIGNED.c.person)
    .join(_PEOPLE, _PEOPLE.c.id == _ASSIGNED.c.person)
    .where(_ASSIGNED.c.until.is_(None), _PEOPLE.c.left_on.is_(None))
    .order_by(_ASSIGNED.c.rank, _ASSIGNED.c.person)
)
_MARK = Prepared(select(RegisterMark.__table__.c.mark))

# The register as it was last read, by its mark: it is read for every page and every sweep, changes
# on few days, and takes a tenth of a second to read for 15,000 organisations.
_last: list[tuple[str, Directory]] = []


def read_directory(connection: Connection) -> Directory:
    """Who is who, now."""
    [(mark,)] = _MARK.fetch(connection, {})
    kept = _last[:1]
    if not kept or kept[0][0] != mark:
        kept = _last[:] = [(mark, _read_register(connection))]
    return kept[0][1]


def _read_register(connection: Connection) -> Directory:
    assigned = tuple(connection.execute(_HELD))
    held: dict[tuple[str, str], list[str]] = {}
    for row in assigned:
        held.setdefault((row.role, row.organisation), []).append(row.person)
    organisations = {row.code: row for row in connection.execute(_EVERY_ORGANISATION)}
    return Directory(organisations, dict(_NAMES.fetch(connection, {})), assigned, held)


def read_dossier(connection: Connection, shelf: Shelf, case: str) -> Dossier:
    """The dossier of a case; NoResultFound where there is none."""
    found = read_dossiers(connection, shelf, [case])
    if not found:
        raise NoResultFound(case)
    return found[case]


def read_dossiers(
    connection: Connection, shelf: Shelf, cases: Collection[str]
) -> dict[str, Dossier]:
    """The dossiers of these cases, as far as there are any, by id."""
    directory = read_directory(connection)
    rows = connection.execute(_CASES_OF, {"ids": sorted(set(cases))}).all()
    keys = sorted({row.round for row in rows})
    rounds = {row.id: row for row in connection.execute(_ROUNDS_OF, {"ids": keys})}
    return {
        row.id: Dossier(
            id=row.id,
            state=shelf.memory.state(row.id, row.seq, row.head, row.state),
            process=shelf.process(connection, row.definition),
            standard=shelf.standard(connection, row.standard),
            round=rounds[row.round],
            directory=directory,
            subject=directory.organisations[row.subject],
            office=directory.organisations[row.office],
            shelf=shelf,
            connection=connection,
        )
        for row in rows
    }


def read_cases(connection: Connection, round_key: str) -> list[tuple[Row, CaseState]]:
    """Every subject of a round with its state, in the order of the subjects' codes."""
    wanted = (
        select(_ORGANISATIONS, _CASES.c.state.label("case_state"))
        .join(_CASES, _CASES.c.subject == _ORGANISATIONS.c.code)
        .where(_CASES.c.round == round_key, _CASES.c.of == "case")
        .order_by(_ORGANISATIONS.c.code)
    )
    return [(row, read_state(row.case_state)) for row in connection.execute(wanted)]
