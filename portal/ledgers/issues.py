"""The issue ledger (问题台账) asked by its columns: which issues, how many in which state, and the
problems that several schools share."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    distinct,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from engine.register import named_like
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from models.issues import IssueRow
from models.organisations import Organisation
from portal.deadlines import period_title
from rules.issue_list import OPEN, STATES

_ISSUES, _DEADLINES, _CASES = IssueRow.__table__, DeadlineRow.__table__, Case.__table__
_ORGANISATIONS, _ROUNDS = Organisation.__table__, Round.__table__

RECTIFY = ("at_once", "dated", "long_term", "redo", "reopened")  # the deadlines of rectifying
PAGE = 50
_IN_ORDER = ("raised_on", "case", "stage", "number")  # all of them backwards, as the index runs
MOST_UNITS, MOST_COMMON = 200, 100
STATE_CHOICES = {"open": "未销号", "late": "逾期未改", **STATES}


class Asked(NamedTuple):
    """What is asked for; empty fields ask for nothing. ``state`` is one of `STATE_CHOICES`."""

    state: str = ""
    severity: str = ""
    nature: str = ""
    unit: str = ""
    basis: str = ""
    school: str = ""
    period: str = ""


class SharedProblem(NamedTuple):
    """A problem counted across schools by what it rests on; ``declared``: marked as common."""

    basis: str
    schools: int
    issues: int
    open: int
    declared: int


def wanted(asked: Asked, offices: Sequence[str], today: date) -> list[ColumnElement[bool]]:
    """The conditions on issues that a question means."""
    found = [_ISSUES.c.office.in_(offices)]
    if asked.state in ("open", "late"):
        found.append(_ISSUES.c.state.in_(OPEN))
    elif asked.state:
        found.append(_ISSUES.c.state == asked.state)
    for name in ("severity", "nature", "unit"):
        if value := getattr(asked, name):
            found.append(_ISSUES.c[name] == value)
    if asked.basis:
        quoted = asked.basis.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found.append(_ISSUES.c.basis.like(f"{quoted}%", escape="\\"))
    if asked.school:
        named = select(_ORGANISATIONS.c.code).where(named_like(asked.school))
        found.append(_ISSUES.c.subject.in_(named))
    if asked.period:
        rounds = select(_ROUNDS.c.id).where(
            _ROUNDS.c.office.in_(offices), _ROUNDS.c.period == asked.period
        )
        found.append(_ISSUES.c.case.in_(select(_CASES.c.id).where(_CASES.c.round.in_(rounds))))
    if asked.state == "late":
        found += _overdue(offices, today)
    return found


def _overdue(offices: Sequence[str], today: date) -> list[ColumnElement[bool]]:
    """Rectification that is owed still, its day over. The cases with anything late come first:
    they are few, and the rest is then looked up for them alone."""
    late = and_(
        _DEADLINES.c.office.in_(offices),
        _DEADLINES.c.state == literal_column("'armed'"),  # as text: so SQLite takes its index
        _DEADLINES.c.due_on < today,
    )
    keys = [_ISSUES.c.stage + f"/{name}/" + _ISSUES.c.number for name in RECTIFY]
    own = select(_DEADLINES.c.key).where(
        late, _DEADLINES.c.case == _ISSUES.c.case, or_(*(_DEADLINES.c.key == key for key in keys))
    )
    return [_ISSUES.c.case.in_(select(_DEADLINES.c.case).where(late)), exists(own)]


def listed(
    connection: Connection, asked: Asked, offices: Sequence[str], today: date, first: int, most: int
) -> list[Row]:
    """The issues asked for, the latest raised first, from the ``first`` (0) on; with ``school``,
    ``definition``, ``standard`` and ``round`` of their case."""
    page = (
        select(_ISSUES)
        .where(*wanted(asked, offices, today))
        .order_by(*(column.desc() for column in map(_ISSUES.c.get, _IN_ORDER)))
        .limit(most)
        .offset(first)
        .subquery()
    )
    return _with_case(connection, page)


def one(connection: Connection, case_id: str, stage: str, number: str) -> Row | None:
    """One issue as `listed` gives it; None where there is none."""
    page = select(_ISSUES).where(
        _ISSUES.c.case == case_id, _ISSUES.c.stage == stage, _ISSUES.c.number == number
    )
    return next(iter(_with_case(connection, page.subquery())), None)


def _with_case(connection: Connection, page: Any) -> list[Row]:
    found = (
        select(
            page,
            _ORGANISATIONS.c.name.label("school"),
            _CASES.c.definition,
            _CASES.c.standard,
            _CASES.c.round,
        )
        .join(_CASES, _CASES.c.id == page.c.case)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.code == page.c.subject)
        .order_by(*(column.desc() for column in map(page.c.get, _IN_ORDER)))
    )
    return list(connection.execute(found))


def counts(
    connection: Connection, asked: Asked, offices: Sequence[str], today: date
) -> dict[str, int]:
    """How many issues are in each of `STATE_CHOICES`, and in all (""), whatever state was asked
    for."""
    every = asked._replace(state="")
    by_state = (
        select(_ISSUES.c.state, func.count())
        .where(*wanted(every, offices, today))
        .group_by(_ISSUES.c.state)
    )
    found = {state: count for state, count in connection.execute(by_state)}
    late = (
        select(func.count())
        .select_from(_ISSUES)
        .where(*wanted(every._replace(state="late"), offices, today))
    )
    return {
        **dict.fromkeys(STATES, 0),
        **found,
        "": sum(found.values()),
        "open": sum(found.get(state, 0) for state in OPEN),
        "late": connection.execute(late).scalar_one(),
    }


def common(
    connection: Connection, asked: Asked, offices: Sequence[str], today: date
) -> list[SharedProblem]:
    """What several schools have in common: by indicator or article, the most schools first."""
    schools = func.count(distinct(_ISSUES.c.subject))
    grouped = (
        select(
            _ISSUES.c.basis,
            schools,
            func.count(),
            func.sum(case((_ISSUES.c.state.in_(OPEN), 1), else_=0)),
            func.sum(case((_ISSUES.c.nature == "common", 1), else_=0)),
        )
        .where(*wanted(asked, offices, today))
        .group_by(_ISSUES.c.basis)
        .having(schools > 1)
        .order_by(schools.desc(), func.count().desc(), _ISSUES.c.basis)
        .limit(MOST_COMMON)
    )
    return [SharedProblem(*row) for row in connection.execute(grouped)]


def units(connection: Connection, offices: Sequence[str]) -> dict[str, str]:
    """The departments and townships that have issues to solve, by code."""
    codes = select(distinct(_ISSUES.c.unit)).where(
        _ISSUES.c.office.in_(offices), _ISSUES.c.unit != "school"
    )
    found = (
        select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name)
        .where(_ORGANISATIONS.c.code.in_(codes))
        .order_by(_ORGANISATIONS.c.code)
        .limit(MOST_UNITS)
    )
    return {row.code: row.name for row in connection.execute(found)}


def standards(connection: Connection, offices: Sequence[str]) -> list[str]:
    """The versions of the standards issues may rest on, the latest first."""
    found = (
        select(_ROUNDS.c.standard, func.max(_ROUNDS.c.first))
        .where(_ROUNDS.c.office.in_(offices), _ROUNDS.c.standard != "")
        .group_by(_ROUNDS.c.standard)
        .order_by(func.max(_ROUNDS.c.first).desc())
    )
    return [row.standard for row in connection.execute(found)]


def periods(connection: Connection, offices: Sequence[str]) -> dict[str, str]:
    """The periods there were rounds in, by key with their titles, the latest first."""
    found = (
        select(_ROUNDS.c.period, func.max(_ROUNDS.c.first))
        .where(_ROUNDS.c.office.in_(offices))
        .group_by(_ROUNDS.c.period)
        .order_by(func.max(_ROUNDS.c.first).desc())
    )
    return {row.period: period_title(row.period) for row in connection.execute(found)}
