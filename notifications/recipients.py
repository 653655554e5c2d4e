"""Who is told: the roles an order names, as people.

A school hears through its head and clerks, an inspector through the zone, a township, the county
and the city through the tree of organisations. Where nobody holds a role the office's own people
are told instead, with a note; where there is nobody there either, the order fails and is a person's
task. Nobody is told twice of one order, and nobody who has left.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import Row, select

from engine.dossier import Dossier
from models.cases import Case
from models.people import Person
from notifications.cleaning import one_line
from rules.definition import SUBJECT_TITLES
from rules.orders import Order
from rules.values import ROLE_TITLES

_CASES, _PEOPLE = Case.__table__, Person.__table__

PUBLIC = "public"  # the notice board: told like a person, and no person
SCHOOL_KINDS = frozenset(SUBJECT_TITLES) - {"township", "department", "office"}


class NobodyToTell(Exception):
    """No holder of the role and nobody in the office; the text says so in Chinese."""


@dataclass(frozen=True)
class Recipient:
    """One person told of one order, in the first role that names them. ``note`` is what only they
    must know: for whom else they get it."""

    person: str
    role: str
    organisation: str = ""
    note: str = ""


@dataclass(frozen=True)
class _Place:
    """Where a role is looked for: a role's holders at an organisation. ``missing`` names who
    should be there."""

    role: str
    organisation: str
    missing: str


def recipients(dossier: Dossier, order: Order) -> list[Recipient]:
    """Everybody an order is for, in the order of its roles and of their rank. NobodyToTell where a
    role has no holder and the office has no people."""
    found: dict[str, Recipient] = {}
    missing: list[str] = []
    search = _Search(dossier, order)
    for role in dict.fromkeys(order.to):
        if role == PUBLIC:
            found.setdefault(PUBLIC, Recipient(PUBLIC, PUBLIC))
            continue
        if role == "team":
            team = search.team()
            missing += [] if team else [ROLE_TITLES["team"]]
            for person in team:
                found.setdefault(person, Recipient(person, role, dossier.subject.code))
            continue
        for place in search.places(role):
            holders = search.held.get((place.role, place.organisation), ())
            missing += [] if holders else [place.missing]
            for person in holders:
                found.setdefault(person, Recipient(person, role, place.organisation))
    if missing:
        _tell_the_office(dossier, search, found, list(dict.fromkeys(missing)))
    return list(found.values())


def _tell_the_office(
    dossier: Dossier, search: "_Search", found: dict[str, Recipient], missing: list[str]
) -> None:
    staff = search.held.get(("office", dossier.office.code), ())
    listed = "、".join(missing[:3]) + (f"等{len(missing)}个" if len(missing) > 3 else "")
    if not staff:
        office = one_line(dossier.office.name, 30)
        raise NobodyToTell(
            f"{listed}没有在任人员，{office}也没有工作人员，消息无法送出，请补录人员。"
        )
    note = f"注意：{listed}没有在任人员，本消息转给督导室，请转告并补录人员。"
    for person in staff:
        before = found.get(person) or Recipient(person, "office", dossier.office.code)
        found[person] = replace(before, note=note)


@dataclass(frozen=True)
class _Search:
    """One order's look through the tree of organisations and the roles held there."""

    dossier: Dossier
    order: Order

    @property
    def held(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """People by role and organisation, first in rank first."""
        return self.dossier.directory.held

    def places(self, role: str) -> Iterator[_Place]:
        """Where the holders of a role are looked for."""
        if role.startswith("unit:"):
            yield from self._unit(role.removeprefix("unit:"))
        elif role == "department":
            yield from self._departments()
        elif role == "office":
            yield _Place("office", self.dossier.office.code, "督导室")
        elif role in ("school", "inspector"):
            for subject in self.subjects:
                yield self._school(subject) if role == "school" else self._inspector(subject)
        elif role == "schools":
            yield from self._schools()
        elif role in _ABOVE:
            yield from dict.fromkeys(self._above(role, s) for s in self.subjects)

    @cached_property
    def subjects(self) -> list[Row]:
        """The case's subject; those of every case where the round itself speaks."""
        dossier = self.dossier
        if dossier.state.of == "case":
            return [dossier.subject]
        codes = select(_CASES.c.subject).where(
            _CASES.c.round == dossier.round.id, _CASES.c.of == "case"
        )
        found = dossier.connection.execute(codes.order_by(_CASES.c.subject)).scalars()
        return [dossier.organisations[code] for code in found] or [dossier.subject]

    def team(self) -> list[str]:
        """The review's team as it stands, without those who have left."""
        stages = self.dossier.state.stages
        reviews = [stages.get(self.order.stage), *stages.values()]
        members = next((s.data.team for s in reviews if s and s.kind == "on_site_review"), ())
        serving = select(_PEOPLE.c.id).where(_PEOPLE.c.id.in_(members), _PEOPLE.c.left_on.is_(None))
        left = set(members) - set(self.dossier.connection.execute(serving).scalars())
        return [member for member in members if member not in left]

    def _school(self, subject: Row) -> _Place:
        return _Place("school", subject.code, one_line(subject.name, 20))

    def _inspector(self, subject: Row) -> _Place:
        """The school's own inspector, else its zone's, else of the nearest organisation above."""
        where = [subject.code, subject.zone, *(o.code for o in self._line(subject))]
        code = next((c for c in where if c and ("inspector", c) in self.held), subject.code)
        return _Place("inspector", code, f"{one_line(subject.name, 20)}的责任督学")

    def _above(self, role: str, subject: Row) -> _Place:
        """A township, a county's government or the city over a subject (or the subject itself)."""
        line = (o for o in self._line(subject) if o.kind == _ABOVE[role])
        found = next(line, None)
        if found is None:
            return _Place(role, "", ROLE_TITLES[role])
        return _Place(role, found.code, one_line(found.name, 20))

    def _schools(self) -> Iterator[_Place]:
        """Every school open under the subjects' townships."""
        townships = {self._above("township", subject).organisation for subject in self.subjects}
        for school in self.dossier.organisations.values():
            is_open = school.kind in SCHOOL_KINDS and school.closed_on is None
            if is_open and any(o.code in townships for o in self._line(school)):
                yield self._school(school)

    def _departments(self) -> Iterator[_Place]:
        """The unit that can solve the issue spoken of (without one: any issue of the list); none
        where the school itself can. Where a department is the subject, it is meant."""
        stage = self.dossier.state.stages.get(self.order.stage)
        issues = getattr(stage.data, "issues", {}) if stage else {}
        item = str(self.order.about.get("item", ""))
        listed = [issues[item]] if item in issues else issues.values()
        for unit in dict.fromkeys(issue.unit for issue in listed):
            if unit != "school":
                yield from self._unit(unit)
        if self.dossier.subject.kind == "department":
            yield from self._unit(self.dossier.subject.code)

    def _unit(self, code: str) -> Iterator[_Place]:
        """Whoever answers for a unit, in the role its kind has."""
        unit = self.dossier.organisations.get(code)
        role = _OF_KIND.get(unit.kind, "school") if unit else "department"
        yield _Place(role, code, one_line(unit.name, 20) if unit else "责任单位")

    def _line(self, organisation: Row) -> Iterator[Row]:
        """An organisation and those above it, nearest first."""
        found: Row | None = organisation
        while found is not None:
            yield found
            found = self.dossier.organisations.get(found.parent)


_ABOVE = {"township": "township", "government": "county", "superior": "city"}
_OF_KIND = {
    "department": "department",
    "township": "township",
    "office": "office",
    "county": "government",
    "city": "superior",
}
