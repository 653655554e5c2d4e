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
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from engine.register import named_like
from engine.subtree import unsought
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from models.issues import IssueRow
from models.organisations import Organisation
from portal.deadlines import period_title
from portal.ledgers.naming import organisations_named
from rules.issue_list import OPEN, STATES

_ISSUES, _DEADLINES, _CASES = IssueRow.__table__, DeadlineRow.__table__, Case.__table__
_ORGANISATIONS, _ROUNDS = Organisation.__table__, Round.__table__

RECTIFY = ("at_once", "dated", "long_term", "redo", "reopened")  # the deadlines of rectifying
PAGE = 50
_KEY = ("case", "stage", "number")
_IN_ORDER = ("raised_on", *_KEY)  # all of them backwards, as the index runs
# Not the bare columns: the ledger's own indexes hold all of them, and SQLite shall not prefer one
# by which it would have to look up or put in order what is found.
_EQUAL = {name: unsought(_ISSUES.c[name]) for name in ("state", "severity", "nature", "unit")}
MOST_UNITS, MOST_COMMON = 200, 100
STATE_CHOICES = {"open": "未销号", "late": "逾期未改", **STATES}


class Asked(NamedTuple):
    """What is asked for; empty fields ask for nothing. ``state`` is one of `STATE_CHOICES`;
    ``subjects`` are those that ``school`` names, where they are few, and ``rounds`` those of the
    ``period`` (`looked_up`)."""

    state: str = ""
    severity: str = ""
    nature: str = ""
    unit: str = ""
    basis: str = ""
    school: str = ""
    period: str = ""
    subjects: tuple[str, ...] | None = None
    rounds: tuple[str, ...] = ()


class SharedProblem(NamedTuple):
    """A problem counted across schools by what it rests on; ``declared``: marked as common."""

    basis: str
    schools: int
    issues: int
    open: int
    declared: int


def wanted(asked: Asked, offices: Sequence[str], today: date) -> list[ColumnElement[bool]]:
    """The conditions on issues that a question means."""
    few = asked.subjects is not None or asked.state == "late"
    found = [(unsought(_ISSUES.c.office) if few else _ISSUES.c.office).in_(offices)]
    if asked.state in ("open", "late"):
        found.append(_ISSUES.c.state.in_(OPEN))
    for name, column in _EQUAL.items():
        value = getattr(asked, name)
        if value and value not in ("open", "late"):
            found.append(column == value)
    if asked.basis:
        found.append(_ISSUES.c.basis.startswith(asked.basis, autoescape=True))
    if asked.subjects is not None:
        found.append(_ISSUES.c.subject.in_(asked.subjects))
    elif asked.school:
        named = select(_ORGANISATIONS.c.code).where(named_like(asked.school))
        found.append(_ISSUES.c.subject.in_(named))
    if asked.period:
        found.append(or_(*(of_round(key) for key in asked.rounds), false()))
    if asked.state == "late":
        found.append(_overdue(offices, today))
    return found


_OWED = _ISSUES.alias("owed")


def _overdue(offices: Sequence[str], today: date) -> ColumnElement[bool]:
    """Rectification that is owed still, its day over: begun with what is late, which is little."""
    keys = [_OWED.c.stage + f"/{name}/" + _OWED.c.number for name in RECTIFY]
    late = (
        select(*(_OWED.c[name] for name in _KEY))
        .join(_DEADLINES, _DEADLINES.c.case == _OWED.c.case)
        .where(
            _DEADLINES.c.office.in_(offices),
            _DEADLINES.c.state == literal_column("'armed'"),  # as text: so SQLite takes its index
            _DEADLINES.c.due_on < today,
            or_(*(_DEADLINES.c.key == key for key in keys)),
        )
    )
    return tuple_(*(_ISSUES.c[name] for name in _KEY)).in_(late)


def looked_up(connection: Connection, asked: Asked, offices: Sequence[str]) -> Asked:
    """The same with what its name and period mean, looked up once for several queries."""
    if asked.school:
        named = organisations_named(connection, asked.school)
        asked = asked._replace(subjects=None if named is None else tuple(named))
    if asked.period:
        rounds = select(_ROUNDS.c.id).where(
            _ROUNDS.c.office.in_(offices), _ROUNDS.c.period == asked.period
        )
        asked = asked._replace(rounds=tuple(connection.execute(rounds).scalars()))
    return asked


def of_round(key: str) -> ColumnElement[bool]:
    """A condition on issues: those of a round's cases, whose ids begin with its own. So an index
    alone can tell."""
    return func.substr(_ISSUES.c.case, 1, len(key) + 1) == f"{key}/"


def listed(
    connection: Connection, asked: Asked, offices: Sequence[str], today: date, first: int, most: int
) -> list[Row]:
    """The issues asked for, the latest raised first, from the ``first`` (0) on; with ``school``,
    ``definition``, ``standard`` and ``round`` of their case."""
    keys = (
        select(*map(_ISSUES.c.get, _IN_ORDER))
        .where(*wanted(asked, offices, today))
        .order_by(*(column.desc() for column in map(_ISSUES.c.get, _IN_ORDER)))
        .limit(most)
        .offset(first)
        .subquery()
    )
    same = and_(*(_ISSUES.c[name] == keys.c[name] for name in _KEY))
    return _with_case(connection, select(_ISSUES).join(keys, same).subquery())


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


def _every_unit() -> Any:
    """The units that issues name, each found behind the one before: a few among many issues."""
    first = select(func.min(_ISSUES.c.unit).label("unit"))
    named = first.cte("named", recursive=True)
    after = select(func.min(_ISSUES.c.unit)).where(_ISSUES.c.unit > named.c.unit)
    following = select(after.scalar_subquery()).where(named.c.unit.is_not(None))
    return named.union_all(following)


_NAMED = _every_unit()


def units(connection: Connection, offices: Sequence[str]) -> dict[str, str]:
    """The departments and townships that have issues to solve, by code."""
    asked = select(_ISSUES.c.case).where(
        _ISSUES.c.unit == _ORGANISATIONS.c.code, unsought(_ISSUES.c.office).in_(offices)
    )
    found = (
        select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name)
        .where(_ORGANISATIONS.c.code.in_(select(_NAMED.c.unit)), asked.exists())
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
