"""Who may see and do what: role and subtree are checked here and nowhere else.

A person acts from a *seat*: one role for one organisation. What a seat may see follows from the
tree of organisations: a school sees itself; an inspector the schools assigned and those of the
zone, and whatever a review team or plan names them for; an office the subtree it supervises;
a department the cases with issues it must solve; a township, the government and the superior
office their own subtree, to read.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Date,
    Row,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
)

from models.cases import Case
from models.cycles import Round
from models.events import StoredEvent
from models.issues import IssueRow
from models.orders import OrderRow
from models.organisations import Organisation
from models.people import Assignment, Person
from rules.state import CaseState
from rules.values import ROLE_TITLES, Actor

_ORGANISATIONS, _ASSIGNED, _PEOPLE = Organisation.__table__, Assignment.__table__, Person.__table__
_CASES, _ISSUES, _ROUNDS = Case.__table__, IssueRow.__table__, Round.__table__
_EVENTS, _ORDERS = StoredEvent.__table__, OrderRow.__table__

READERS = ("township", "government", "superior")  # they look, and do not act on a school's case
EVERYONE = ("school", "inspector", "office", "department", *READERS)


class Seat(NamedTuple):
    """A role a person holds for an organisation. ``number`` is the assignment's."""

    number: int
    role: str
    organisation: str
    name: str
    kind: str
    parent: str

    @property
    def title(self) -> str:
        """As the person reads it."""
        return f"{self.name}（{ROLE_TITLES.get(self.role, self.role)}）"


class Visitor(NamedTuple):
    """Whoever is at the page: a person in the seat chosen, with the seats to choose from; ``on``
    is the day on which they are."""

    person: str
    name: str
    seat: Seat
    seats: tuple[Seat, ...]
    session: str
    on: date | None = None

    @property
    def role(self) -> str:
        """The role of the seat."""
        return self.seat.role

    @property
    def organisation(self) -> str:
        """The organisation of the seat."""
        return self.seat.organisation

    def actor(self, role: str = "") -> Actor:
        """As the journal knows them."""
        return Actor(self.person, role or self.role, self.organisation)


def _held_on(on: Any):
    """A role held on a day; without one, held at any time."""
    if on is None:
        return true()
    begun = or_(_ASSIGNED.c.since.is_(None), _ASSIGNED.c.since <= on)
    return and_(begun, or_(_ASSIGNED.c.until.is_(None), _ASSIGNED.c.until >= on))


# Every page asks these: they are written once, not for each page anew.
_PERSON = select(_PEOPLE).where(_PEOPLE.c.id == bindparam("wanted"))
_SEATS = (
    select(
        _ASSIGNED.c.id,
        _ASSIGNED.c.role,
        _ORGANISATIONS.c.code,
        _ORGANISATIONS.c.name,
        _ORGANISATIONS.c.kind,
        _ORGANISATIONS.c.parent,
    )
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _ASSIGNED.c.organisation)
    .where(_ASSIGNED.c.person == bindparam("holder"), _held_on(bindparam("today", type_=Date)))
    .order_by(_ASSIGNED.c.rank, _ASSIGNED.c.id)
)


def seats_of(connection: Connection, person: str, on: date) -> tuple[Seat, ...]:
    """The seats a person holds on a day, offices first, each role once for an organisation."""
    rows = [
        Seat(row.id, row.role, row.code, row.name, row.kind, row.parent or "")
        for row in connection.execute(_SEATS, {"holder": person, "today": on})
    ]
    found = sorted(rows, key=lambda seat: EVERYONE.index(seat.role) if seat.role in EVERYONE else 9)
    once: dict[tuple, Seat] = {}
    for seat in found:  # an inspector of a zone and of ten of its schools has one seat
        key = (seat.role,) if seat.role == "inspector" else (seat.role, seat.organisation)
        once.setdefault(key, seat)
    return tuple(once.values())


def person_of(connection: Connection, person: str, on: date) -> Row | None:
    """The person's row, unless they have left."""
    row = connection.execute(_PERSON, {"wanted": person}).first()
    gone = row is not None and row.left_on is not None and row.left_on <= on
    return None if gone else row


def above(connection: Connection, code: str) -> Iterator[str]:
    """An organisation and all it belongs to, from below."""
    at: str | None = code
    while at:
        yield at
        wanted = select(_ORGANISATIONS.c.parent).where(_ORGANISATIONS.c.code == at)
        at = connection.execute(wanted).scalar()


def top_of(seat: Seat) -> str:
    """The root of the subtree a seat looks after: an office looks after its parent's."""
    return seat.parent if seat.kind == "office" and seat.parent else seat.organisation


def below(top: str):
    """The codes of a subtree, as a query: an organisation and all that belongs to it."""
    tree = (
        select(_ORGANISATIONS.c.code)
        .where(_ORGANISATIONS.c.code == top)
        .cte("tree", recursive=True)
    )
    branch = select(_ORGANISATIONS.c.code).join(tree, _ORGANISATIONS.c.parent == tree.c.code)
    return select(tree.union_all(branch).c.code)


def looks_after(connection: Connection, visitor: Visitor, person: str) -> bool:
    """Whether an office may change what a person holds and how they get in: all of it lies in its
    subtree. Else a clerk could give themselves a way into the office above."""
    wanted = select(_ASSIGNED.c.organisation, _ASSIGNED.c.until).where(_ASSIGNED.c.person == person)
    posts = connection.execute(wanted).all()
    mine = {code: may_see_organisation(connection, visitor, code) for code, _ in posts}
    now = [
        mine[code] for code, until in posts if not until or not visitor.on or until >= visitor.on
    ]
    return visitor.role == "office" and any(mine.values()) and all(now)


_UPPER = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.parent, _ORGANISATIONS.c.kind).where(
    _ORGANISATIONS.c.kind.in_(("province", "city", "county", "office"))
)


def offices_within(connection: Connection, visitor: Visitor) -> list[str]:
    """The offices whose ledgers a seat may read, by code: those of the subtree it looks after. What
    an office further up runs over the same schools stands in that office's own."""
    rows = {row.code: row for row in connection.execute(_UPPER)}
    top = top_of(visitor.seat)

    def inside(code: str | None) -> bool:
        while code and code != top:
            code = rows[code].parent if code in rows else None
        return code == top

    return sorted(code for code, row in rows.items() if row.kind == "office" and inside(code))


_WITH_ROUNDS = (
    select(_ROUNDS.c.office).where(_ROUNDS.c.office.in_(bindparam("of", expanding=True))).distinct()
)


def ledgers_within(connection: Connection, visitor: Visitor) -> list[str]:
    """Those of `offices_within` that have opened any round: nothing stands in the others' ledgers,
    and a single office's stand in order in the indexes."""
    offices = offices_within(connection, visitor)
    return sorted(connection.execute(_WITH_ROUNDS, {"of": offices}).scalars())


def leads(visitor: Visitor, office: str) -> bool:
    """Whether the visitor sits in that very office: an office above reads, and decides nothing."""
    return visitor.role == "office" and visitor.organisation == office


def schools_of_inspector(person: Any, on: Any = None):
    """The codes of an inspector's schools, as a query: those assigned, and those of the zones.
    ``person`` and ``on`` may be bound later."""
    held = select(_ASSIGNED.c.organisation).where(
        _ASSIGNED.c.person == person, _ASSIGNED.c.role == "inspector", _held_on(on)
    )
    return select(_ORGANISATIONS.c.code).where(
        or_(_ORGANISATIONS.c.code.in_(held), _ORGANISATIONS.c.zone.in_(held))
    )


def in_plan(state: CaseState, person: str) -> bool:
    """Whether the plan names this person for the case: they may look, and are no team yet."""
    return state.plan is not None and person in state.plan.inspectors


def in_team(state: CaseState, person: str) -> bool:
    """Whether a review's team has this person in it now."""
    return any(
        stage.kind == "on_site_review" and person in (stage.data.lead, *stage.data.team)
        for stage in state.stages.values()
    )


def may_see_organisation(connection: Connection, visitor: Visitor, code: str) -> bool:
    """Whether an organisation lies within what the seat looks after."""
    if visitor.role == "school":
        return code == visitor.organisation
    if visitor.role == "inspector":
        mine = schools_of_inspector(visitor.person, visitor.on).where(_ORGANISATIONS.c.code == code)
        return code == visitor.organisation or connection.execute(mine).first() is not None
    if visitor.role == "department":
        return code == visitor.organisation
    return top_of(visitor.seat) in above(connection, code)


def may_see_case(
    connection: Connection, visitor: Visitor, case: Row, state: CaseState | None = None
) -> bool:
    """Whether a seat may open a case (a row with id, of, office, subject). ``state``, where it is
    at hand, lets in those named by a team."""
    if visitor.role == "office" and case.office == visitor.organisation:
        return True
    if visitor.role == "department":
        mine = select(func.count()).where(
            _ISSUES.c.case == case.id, _ISSUES.c.unit == visitor.organisation
        )
        own = case.subject == visitor.organisation
        return own or connection.execute(mine).scalar_one() > 0
    if visitor.role == "inspector" and state is not None:
        person = visitor.person
        if in_team(state, person) or in_plan(state, person):
            return True
    if case.of == "round":  # a round concerns whoever it supervises; its plan is public anyway
        if visitor.role in READERS:
            return top_of(visitor.seat) in above(connection, case.office)
        return False
    return may_see_organisation(connection, visitor, case.subject)


def sees_only_issues(visitor: Visitor, case: Row) -> bool:
    """Whether of a case only the issues of the visitor's own unit are to be seen: a department
    solves one thing in a school, and the rest of the school's case is not its business."""
    return visitor.role == "department" and case.subject != visitor.organisation


def letters_of_unit(code: str):
    """The letters about a unit's own issues, as a query of their orders."""
    return (
        select(_ORDERS.c.id)
        .join(_EVENTS, and_(_EVENTS.c.case == _ORDERS.c.case, _EVENTS.c.seq == _ORDERS.c.seq))
        .join(
            _ISSUES,
            and_(
                _ISSUES.c.case == _EVENTS.c.case,
                _ISSUES.c.stage == _EVENTS.c.stage,
                _ISSUES.c.number == _EVENTS.c.item,
            ),
        )
        .where(_ISSUES.c.unit == code)
    )


def roles_in_case(visitor: Visitor, case: Row, state: CaseState) -> Iterable[str]:
    """The roles in which a visitor who may see a case may act in it, the strongest first."""
    if visitor.role in ("government",):
        return ()
    if visitor.role in ("school", "township") and case.subject != visitor.organisation:
        return ("township",) if visitor.role == "township" else ()
    if visitor.role == "inspector" and in_team(state, visitor.person):
        return ("team", "inspector")
    return (visitor.role,)
