"""Whose each letter is: to whom its kind goes, and which letters a seat may open (a part of
`portal.access`, and built of it).

A school opens what is written to it or by it, and what every school gets; not what the office asks
of another unit about it, nor the report to the government. A department opens what concerns its own
issues. An office opens all of its own letters, an inspector those of the cases they may open,
whoever leads a subtree those of the subtree.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from models.cases import Case
from models.cycles import Round
from models.events import StoredEvent
from models.issues import IssueRow
from models.letters import Letter
from models.orders import OrderRow
from models.organisations import Organisation
from portal.access import Visitor, above, below, offices_within, schools_of_inspector

_LETTERS, _CASES, _ISSUES = Letter.__table__, Case.__table__, IssueRow.__table__
_ORDERS, _EVENTS = OrderRow.__table__, StoredEvent.__table__
_ORGANISATIONS, _ROUNDS = Organisation.__table__, Round.__table__

TO_SUBJECT = frozenset(
    {
        "self_assessment_handbook",
        "visit_notice",
        "preliminary_opinion",
        "opinion_letter",
        "follow_up_report",
    }
)
TO_UNIT = frozenset({"issue_demand"})  # whoever can solve the issue: the subject or another unit
FROM_UNIT = frozenset({"rectification_report"})
OF_UNIT = TO_UNIT | FROM_UNIT
FROM_SUBJECT = frozenset({"self_assessment_report", "rectification_plan"})
ON_FILE = frozenset({"process_guidance_record", "visit_announcement", "issue_ledger"})
TO_TOWNSHIP = frozenset({"visit_bulletin"})  # every school of the subject's township
TO_ALL = frozenset({"annual_plan_notice", "annual_bulletin"})
TO_ABOVE = frozenset({"special_report"})  # party and government
OF_ROUND = TO_ALL | TO_ABOVE

ADDRESSED = TO_SUBJECT | TO_UNIT  # one unit gets it, and signs for it
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
    .where(_ORDERS.c.id == _LETTERS.c.order)
    .correlate(_LETTERS)
    .scalar_subquery()
)


def open_to(
    connection: Connection, visitor: Visitor, team: Collection[str] = ()
) -> ColumnElement[bool]:
    """A condition on letters: those a seat may open. ``team`` are the cases that open to an
    inspector because a team or the plan names them."""
    if visitor.role in ("office", "government", "superior"):
        return _LETTERS.c.office.in_(offices_within(connection, visitor))
    everybodys = and_(
        _LETTERS.c.kind.in_(TO_ALL), _LETTERS.c.case.in_(_rounds_over(connection, visitor))
    )
    return or_(everybodys, _OWN[visitor.role](connection, visitor, team))


def _rounds_over(connection: Connection, visitor: Visitor):
    """The rounds of the offices that supervise a seat's organisation, as a query."""
    line = list(above(connection, visitor.organisation))
    offices = select(_ORGANISATIONS.c.code).where(
        _ORGANISATIONS.c.kind == "office", _ORGANISATIONS.c.parent.in_(line)
    )
    return select(_ROUNDS.c.id).where(_ROUNDS.c.office.in_(offices))


def _cases_of(subjects):
    return select(_CASES.c.id).where(_CASES.c.subject.in_(subjects))


def _of_school(connection: Connection, visitor: Visitor, team: Collection[str]):
    own = visitor.organisation
    not_anothers = or_(
        _LETTERS.c.kind.not_in(OF_UNIT), func.coalesce(unit_of, SCHOOL).in_((SCHOOL, own))
    )
    beside = select(_ORGANISATIONS.c.code).where(
        _ORGANISATIONS.c.parent == (visitor.seat.parent or own)
    )
    return or_(
        and_(_LETTERS.c.case.in_(_cases_of([own])), not_anothers),
        and_(_LETTERS.c.kind.in_(TO_TOWNSHIP), _LETTERS.c.case.in_(_cases_of(beside))),
    )


def _of_department(connection: Connection, visitor: Visitor, team: Collection[str]):
    own = visitor.organisation
    concerned = select(_ISSUES.c.case).where(_ISSUES.c.unit == own)
    return or_(
        _LETTERS.c.case.in_(_cases_of([own])),
        and_(_LETTERS.c.kind.in_(OF_UNIT), _LETTERS.c.case.in_(concerned), unit_of == own),
    )


def _of_inspector(connection: Connection, visitor: Visitor, team: Collection[str]):
    mine = schools_of_inspector(visitor.person, visitor.on)
    return or_(_LETTERS.c.case.in_(_cases_of(mine)), _LETTERS.c.case.in_(sorted(team)))


def _of_township(connection: Connection, visitor: Visitor, team: Collection[str]):
    return _LETTERS.c.case.in_(_cases_of(below(visitor.organisation)))


_OWN = {
    "school": _of_school,
    "department": _of_department,
    "inspector": _of_inspector,
    "township": _of_township,
}
