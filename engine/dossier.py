"""A case as its papers and messages see it: the facts, who said what when, and where it stands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from engine.library import Shelf
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from models.organisations import Organisation
from models.people import Assignment, Person
from rules.messages import Event
from rules.process import Process
from rules.reckoning import Reckoning
from rules.standard import Standard
from rules.state import CaseState
from rules.vocabulary import read_event, read_state

_CASES, _ROUNDS, _EVENTS, _PAYLOADS = (
    Case.__table__,
    Round.__table__,
    StoredEvent.__table__,
    Payload.__table__,
)
_DEADLINES, _ORGANISATIONS = DeadlineRow.__table__, Organisation.__table__
_PEOPLE, _ASSIGNED = Person.__table__, Assignment.__table__


class Told(NamedTuple):
    """One event as it was recorded, with the free text of its command (empty once erased)."""

    seq: int
    event: Event
    at: str
    actor: str
    role: str
    on_behalf_of: str
    form: dict[str, Any]


class Directory(NamedTuple):
    """Who is who, read once for many dossiers: organisations by code, people's names by id, and
    the roles held today, first in rank first."""

    organisations: dict[str, Row]
    people: dict[str, str]
    assigned: tuple[Row, ...]


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
    def story(self) -> tuple[Told, ...]:
        """Every event with its free text, in order."""
        return tuple(_story(self.connection, self.id))

    @cached_property
    def reckonings(self) -> dict[str, Reckoning]:
        """How each deadline's date came about, the latest of each key."""
        armed = select(_DEADLINES.c.key, _DEADLINES.c.reckoning)
        rows = armed.where(_DEADLINES.c.case == self.id).order_by(_DEADLINES.c.seq)
        return {
            row.key: Reckoning.model_validate_json(row.reckoning)
            for row in self.connection.execute(rows)
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
        return [
            row.person
            for row in self.assigned
            if row.role == role and row.organisation == organisation
        ]

    def explained(self, key: str) -> str:
        """Why a deadline (``stage/name/item``) is that day, in Chinese; empty if never armed."""
        found = self.reckonings.get(key)
        return found.in_chinese() if found else ""


def read_directory(connection: Connection) -> Directory:
    """Who is who, today."""
    assigned = (
        select(_ASSIGNED)
        .join(_PEOPLE, _PEOPLE.c.id == _ASSIGNED.c.person)
        .where(_ASSIGNED.c.until.is_(None), _PEOPLE.c.left_on.is_(None))
        .order_by(_ASSIGNED.c.rank, _ASSIGNED.c.person)
    )
    return Directory(
        {row.code: row for row in connection.execute(select(_ORGANISATIONS))},
        {row.id: row.name for row in connection.execute(select(_PEOPLE.c.id, _PEOPLE.c.name))},
        tuple(connection.execute(assigned)),
    )


def read_dossier(
    connection: Connection, shelf: Shelf, case: str, directory: Directory | None = None
) -> Dossier:
    """The dossier of a case; NoResultFound where there is none."""
    row = connection.execute(select(_CASES).where(_CASES.c.id == case)).one()
    round_ = connection.execute(select(_ROUNDS).where(_ROUNDS.c.id == row.round)).one()
    directory = directory or read_directory(connection)
    return Dossier(
        id=case,
        state=read_state(row.state),
        process=shelf.process(connection, row.definition),
        standard=shelf.standard(connection, row.standard),
        round=round_,
        directory=directory,
        subject=directory.organisations[row.subject],
        office=directory.organisations[row.office],
        connection=connection,
    )


def _story(connection: Connection, case: str) -> Iterator[Told]:
    kept = select(_PAYLOADS.c.digest, _PAYLOADS.c.body).where(_PAYLOADS.c.case == case)
    forms = {row.digest: _form(row.body) for row in connection.execute(kept)}
    rows = select(_EVENTS).where(_EVENTS.c.case == case).order_by(_EVENTS.c.seq)
    for row in connection.execute(rows):
        event = read_event(json.loads(row.body))
        key = getattr(event, "payload", "")
        if key and key not in forms:  # an issue that came over keeps its first case's words
            elsewhere = select(_PAYLOADS.c.body).where(_PAYLOADS.c.digest == key)
            forms[key] = _form(connection.execute(elsewhere).scalar() or "")
        form = forms.get(key, {})
        yield Told(row.seq, event, row.at, row.actor, row.role, row.on_behalf_of, form)


def _form(body: str) -> dict[str, Any]:
    return json.loads(body) if body else {}


def read_cases(connection: Connection, round_key: str) -> list[tuple[Row, CaseState]]:
    """Every subject of a round with its state, in the order of the subjects' codes."""
    wanted = (
        select(_ORGANISATIONS, _CASES.c.state.label("case_state"))
        .join(_CASES, _CASES.c.subject == _ORGANISATIONS.c.code)
        .where(_CASES.c.round == round_key, _CASES.c.of == "case")
        .order_by(_ORGANISATIONS.c.code)
    )
    return [(row, read_state(row.case_state)) for row in connection.execute(wanted)]
