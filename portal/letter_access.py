"""Whose each letter is: to whom its kind goes, and which letters a seat may open (a part of
`portal.access`, and built of it).

A school opens what is written to it or by it, and what every school gets; not what the office asks
of another unit about it, nor the report to the government. A department opens what concerns its own
issues. An office opens all of its own letters, an inspector those of the cases they may open,
whoever leads a subtree those of the subtree.
"""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from models.cases import Case
from models.cycles import Round
from models.events import StoredEvent
from models.issues import IssueRow
from models.letters import Letter
from models.orders import OrderRow
from models.organisations import Organisation
from portal.access import Visitor, above, below, offices_within, schools_of_inspector
from rules.letter_addressees import OF_UNIT, TO_ALL, TO_TOWNSHIP

_LETTERS, _CASES, _ISSUES = Letter.__table__, Case.__table__, IssueRow.__table__
_ORDERS, _EVENTS = OrderRow.__table__, StoredEvent.__table__
_ORGANISATIONS, _ROUNDS = Organisation.__table__, Round.__table__

SCHOOL = "school"  # as an issue names its subject

# The unit an issue's letter is to or from. An order's event is the one that called for the letter.
unit_of = (
    select(_ISSUES.c.unit)
    .join(
        _EVENTS,
        and_(
            _EVENTS.c.case == _ISSUES.c.case,
            _EVENTS.c.stage == _ISSUES.c.stage,
            _EVENTS.c.item == _ISSUES.c.number,
        ),
    )
    .join(_ORDERS, and_(_ORDERS.c.case == _EVENTS.c.case, _ORDERS.c.seq == _EVENTS.c.seq))
    .where(_ORDERS.c.id == _LETTERS.c.called_by)
    .correlate(_LETTERS)
    .scalar_subquery()
)


def open_to(
    connection: Connection, visitor: Visitor, team: Collection[str] = ()
) -> ColumnElement[bool]:
    """A condition on letters: those a seat may open. ``team`` are the cases that open to an
    inspector because a team or the plan names them.

    Where it is not whole offices, the cases are looked up first: letters are then found by their
    case, whatever a database thinks of the rest.
    """
    if visitor.role in ("office", "government", "superior"):
        return _LETTERS.c.office.in_(offices_within(connection, visitor))
    everybodys = _rounds_over(connection, visitor)
    own = {**_OWN[visitor.role](connection, visitor), **dict.fromkeys(team)}
    cases = _LETTERS.c.case.in_(sorted({*everybodys, *own}))
    parts = [and_(_LETTERS.c.kind.in_(TO_ALL), _LETTERS.c.case.in_(everybodys))]
    for limit in dict.fromkeys(own.values()):
        some = _LETTERS.c.case.in_(sorted(case for case, why in own.items() if why == limit))
        parts.append(some if limit is None else and_(some, _limited(limit, visitor)))
    return and_(cases, or_(*parts))


# What of a case's letters may be opened; None for all of them.
NOT_OTHERS, OWN_ISSUES, BULLETINS = "not others'", "own issues'", "bulletins"


def _limited(limit: str, visitor: Visitor) -> ColumnElement[bool]:
    if limit == BULLETINS:
        return _LETTERS.c.kind.in_(TO_TOWNSHIP)
    own = visitor.organisation
    if limit == OWN_ISSUES:
        return and_(_LETTERS.c.kind.in_(OF_UNIT), unit_of == own)
    return or_(_LETTERS.c.kind.not_in(OF_UNIT), func.coalesce(unit_of, SCHOOL).in_((SCHOOL, own)))


_Cases = dict[str, str | None]  # a case, and what of its letters


def _rounds_over(connection: Connection, visitor: Visitor) -> list[str]:
    """The rounds of the offices that supervise a seat's organisation."""
    line = list(above(connection, visitor.organisation))
    offices = select(_ORGANISATIONS.c.code).where(
        _ORGANISATIONS.c.kind == "office", _ORGANISATIONS.c.parent.in_(line)
    )
    wanted = select(_ROUNDS.c.id).where(_ROUNDS.c.office.in_(offices))
    return list(connection.execute(wanted).scalars())


def _cases_of(connection: Connection, subjects: Any) -> list[str]:
    wanted = select(_CASES.c.id).where(_CASES.c.subject.in_(subjects))
    return list(connection.execute(wanted).scalars())


def _of_school(connection: Connection, visitor: Visitor) -> _Cases:
    beside = select(_ORGANISATIONS.c.code).where(
        _ORGANISATIONS.c.parent == (visitor.seat.parent or visitor.organisation)
    )
    neighbours = dict.fromkeys(_cases_of(connection, beside), BULLETINS)
    own = dict.fromkeys(_cases_of(connection, [visitor.organisation]), NOT_OTHERS)
    return {**neighbours, **own}


def _of_department(connection: Connection, visitor: Visitor) -> _Cases:
    concerned = select(_ISSUES.c.case).where(_ISSUES.c.unit == visitor.organisation).distinct()
    found = dict.fromkeys(connection.execute(concerned).scalars(), OWN_ISSUES)
    return {**found, **dict.fromkeys(_cases_of(connection, [visitor.organisation]))}


def _of_inspector(connection: Connection, visitor: Visitor) -> _Cases:
    mine = schools_of_inspector(visitor.person, visitor.on)
    return dict.fromkeys(_cases_of(connection, mine))


def _of_township(connection: Connection, visitor: Visitor) -> _Cases:
    return dict.fromkeys(_cases_of(connection, below(visitor.organisation)))


_OWN: dict[str, Callable[[Connection, Visitor], _Cases]] = {
    "school": _of_school,
    "department": _of_department,
    "inspector": _of_inspector,
    "township": _of_township,
}
