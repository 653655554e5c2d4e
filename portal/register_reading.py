"""The register as the office's pages show it: searched page by page, one organisation, one person.

Whatever is asked for is looked for within the subtree of the seat, and nowhere else.
"""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from sqlalchemy import Column, Connection, Row, Select, func, or_, select

from engine.register import BRANCHES, like, named_like
from engine.subtree import unsought, within
from models.cases import Case
from models.cycles import Round
from models.organisations import Organisation
from models.people import Assignment, Person, Recusal
from portal.access import Visitor, may_see_organisation, top_of
from portal.gate import NotAllowed

_ORGANISATIONS, _ASSIGNED, _PEOPLE = Organisation.__table__, Assignment.__table__, Person.__table__
_RECUSALS, _CASES, _ROUNDS = Recusal.__table__, Case.__table__, Round.__table__

PAGE = 50
NOT_YOURS = "没有这个单位或人员，或不在您负责的范围内。"


class Listed(NamedTuple):
    """One page of a list: its rows, which page it is, whether more follow; ``total`` is how many
    there are in all, None where nobody counted."""

    rows: Sequence[Row]
    page: int
    more: bool
    total: int | None = None

    @property
    def pages(self) -> int:
        """How many pages there are, where they were counted."""
        return max(1, ceil((self.total or 0) / PAGE))


def _paged(connection: Connection, keys: Select, rows: Select, key: Column, page: int) -> Listed:
    """``keys`` finds them in order, with a number behind each where it counts them all; ``rows``
    tells of those on the page, by their ``key``."""
    page = max(1, min(page, 10_000))
    found = connection.execute(keys.limit(PAGE + 1).offset((page - 1) * PAGE)).all()
    if not found and page > 1:
        return _paged(connection, keys, rows, key, 1)
    codes = [row[0] for row in found[:PAGE]]
    by_code = {row[0]: row for row in connection.execute(rows.where(key.in_(codes)))}
    counted = len(keys.selected_columns) > 1
    total = (found[0][1] if found else 0) if counted else None
    return Listed([by_code[code] for code in codes], page, len(found) > PAGE, total)


def organisations(
    connection: Connection, visitor: Visitor, search: str, kind: str, page: int
) -> Listed:
    """Organisations of the subtree, by a part of the name or its initials, by kind."""
    above, code = _ORGANISATIONS.alias("above"), _ORGANISATIONS.c.code
    wanted = select(code, func.count().over()).where(within(top_of(visitor.seat))).order_by(code)
    if search:
        wanted = wanted.where(named_like(search))
    if kind:
        wanted = wanted.where(unsought(_ORGANISATIONS.c.kind) == kind)
    rows = select(
        code,
        _ORGANISATIONS.c.name,
        _ORGANISATIONS.c.kind,
        _ORGANISATIONS.c.closed_on,
        above.c.name.label("parent_name"),
    ).join(above, above.c.code == _ORGANISATIONS.c.parent, isouter=True)
    return _paged(connection, wanted, rows, code, page)


def people(connection: Connection, visitor: Visitor, search: str, page: int) -> Listed:
    """People who hold or held something in the subtree, by a part of the name or the telephone.
    They are not counted: that would take longer than all the rest."""
    held = (
        select(_ASSIGNED.c.id)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _ASSIGNED.c.organisation)
        .where(_ASSIGNED.c.person == _PEOPLE.c.id, within(top_of(visitor.seat)))
    )
    wanted = select(_PEOPLE.c.id).where(held.exists()).order_by(_PEOPLE.c.name, _PEOPLE.c.id)
    if search:
        part = f"%{like(search)}%"
        number = _PEOPLE.c.phone.like(f"{like(search)}%", escape="\\")
        wanted = wanted.where(or_(_PEOPLE.c.name.like(part, escape="\\"), number))
    return _paged(connection, wanted, select(_PEOPLE), _PEOPLE.c.id, page)


def posts_of_these(connection: Connection, visitor: Visitor, ids: list[str]) -> dict[str, list]:
    """What some people hold now in the subtree: role and organisation's name, by person."""
    there = within(top_of(visitor.seat))
    wanted = (
        select(_ASSIGNED.c.person, _ASSIGNED.c.role, _ORGANISATIONS.c.code, _ORGANISATIONS.c.name)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _ASSIGNED.c.organisation)
        .where(_ASSIGNED.c.person.in_(ids), _ASSIGNED.c.until.is_(None), there)
        .order_by(_ASSIGNED.c.rank, _ASSIGNED.c.id)
    )
    found: dict[str, list] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.person, []).append(row)
    return found


def organisation(connection: Connection, visitor: Visitor, code: str) -> Row:
    """One organisation; NotAllowed where there is none or it is not the office's to see."""
    row = connection.execute(select(_ORGANISATIONS).where(_ORGANISATIONS.c.code == code)).first()
    if row is None or not may_see_organisation(connection, visitor, code):
        raise NotAllowed(NOT_YOURS)
    return row


def names(connection: Connection, codes: set[str | None]) -> dict[str, str]:
    """What organisations are called."""
    wanted = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name)
    rows = connection.execute(wanted.where(_ORGANISATIONS.c.code.in_([c for c in codes if c])))
    return {row.code: row.name for row in rows}


def posts_at(connection: Connection, code: str) -> Sequence[Row]:
    """Who holds or held what at an organisation, those who hold it first."""
    wanted = (
        select(_ASSIGNED, _PEOPLE.c.name, _PEOPLE.c.phone, _PEOPLE.c.left_on)
        .join(_PEOPLE, _PEOPLE.c.id == _ASSIGNED.c.person)
        .where(_ASSIGNED.c.organisation == code)
        .order_by(_ASSIGNED.c.until.is_not(None), _ASSIGNED.c.role, _ASSIGNED.c.rank)
    )
    return connection.execute(wanted).all()


def cases_of(connection: Connection, code: str) -> Sequence[Row]:
    """The cases about an organisation, the latest first."""
    wanted = (
        select(_CASES.c.id, _CASES.c.status, _ROUNDS.c.period)
        .join(_ROUNDS, _ROUNDS.c.id == _CASES.c.round)
        .where(_CASES.c.subject == code, _CASES.c.of == "case")
        .order_by(_ROUNDS.c.first.desc(), _CASES.c.id)
    )
    return connection.execute(wanted.limit(20)).all()


def barred_at(connection: Connection, code: str) -> Sequence[Row]:
    """Who must not judge an organisation, and why."""
    wanted = (
        select(_RECUSALS, _PEOPLE.c.name)
        .join(_PEOPLE, _PEOPLE.c.id == _RECUSALS.c.person)
        .where(_RECUSALS.c.organisation == code)
        .order_by(_PEOPLE.c.name)
    )
    return connection.execute(wanted).all()


def person(connection: Connection, visitor: Visitor, id_: str) -> Row:
    """One person who holds or held something in the subtree; NotAllowed otherwise."""
    row = connection.execute(select(_PEOPLE).where(_PEOPLE.c.id == id_)).first()
    held = select(_ASSIGNED.c.organisation).where(_ASSIGNED.c.person == id_).distinct()
    places = connection.execute(held).scalars().all()
    if row is None or not any(may_see_organisation(connection, visitor, p) for p in places):
        raise NotAllowed(NOT_YOURS)
    return row


def posts_of(connection: Connection, visitor: Visitor, id_: str) -> Sequence[Row]:
    """What a person holds or held within the subtree, what they hold first."""
    wanted = (
        select(_ASSIGNED, _ORGANISATIONS.c.name, _ORGANISATIONS.c.kind)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _ASSIGNED.c.organisation)
        .where(_ASSIGNED.c.person == id_, within(top_of(visitor.seat)))
        .order_by(_ASSIGNED.c.until.is_not(None), _ASSIGNED.c.rank, _ASSIGNED.c.id)
    )
    return connection.execute(wanted).all()


def holds(connection: Connection, person_id: str, role: str, code: str) -> bool:
    """Whether a person holds a role for an organisation and has not given it up."""
    wanted = select(_ASSIGNED.c.id).where(
        _ASSIGNED.c.person == person_id,
        _ASSIGNED.c.role == role,
        _ASSIGNED.c.organisation == code,
        _ASSIGNED.c.until.is_(None),
    )
    return connection.execute(wanted).first() is not None


def barred_from(connection: Connection, visitor: Visitor, id_: str) -> Sequence[Row]:
    """Which organisations of the subtree a person must not judge, and why."""
    wanted = (
        select(_RECUSALS, _ORGANISATIONS.c.name)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _RECUSALS.c.organisation)
        .where(_RECUSALS.c.person == id_, within(top_of(visitor.seat)))
        .order_by(_ORGANISATIONS.c.code)
    )
    return connection.execute(wanted).all()


def namesakes(connection: Connection, visitor: Visitor, name: str) -> Sequence[Row]:
    """People of that name in the subtree who have not left."""
    there = select(_ORGANISATIONS.c.code).where(within(top_of(visitor.seat)))
    held = select(_ASSIGNED.c.person).where(_ASSIGNED.c.organisation.in_(there))
    wanted = select(_PEOPLE).where(
        _PEOPLE.c.name == name, _PEOPLE.c.left_on.is_(None), _PEOPLE.c.id.in_(held)
    )
    return connection.execute(wanted.order_by(_PEOPLE.c.id).limit(20)).all()


def called(connection: Connection, visitor: Visitor, text: str) -> Row | None:
    """The one organisation of the subtree with that code or that very name."""
    wanted = select(_ORGANISATIONS).where(
        within(top_of(visitor.seat)),
        or_(_ORGANISATIONS.c.code == text, _ORGANISATIONS.c.name == text),
    )
    found = connection.execute(wanted.limit(2)).all()
    return found[0] if len(found) == 1 else None


def branches(connection: Connection, visitor: Visitor) -> dict[str, str]:
    """What others can belong to in the subtree: code → name."""
    return _of_kinds(connection, visitor, BRANCHES)


def zones(connection: Connection, visitor: Visitor) -> dict[str, str]:
    """The zones of the subtree: code → name."""
    return _of_kinds(connection, visitor, ("zone",))


def _of_kinds(connection: Connection, visitor: Visitor, kinds: tuple[str, ...]) -> dict[str, str]:
    wanted = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name).where(
        within(top_of(visitor.seat)), _ORGANISATIONS.c.kind.in_(kinds)
    )
    return {row.code: row.name for row in connection.execute(wanted.order_by("code"))}
