"""The running deadlines of an office: soonest first, each with why it is that day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from engine.register import named_like
from engine.shelf import Shelf
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from models.organisations import Organisation
from portal.deadlines import NEAR, left_of, of_item
from rules.days import Calendar
from rules.process import Process
from rules.reckoning import Reckoning
from rules.state import parts_of
from rules.values import ROLE_TITLES

_DEADLINES, _CASES, _ROUNDS = DeadlineRow.__table__, Case.__table__, Round.__table__
_ORGANISATIONS = Organisation.__table__

# As text: SQLite takes the index of just these only where it can read the word itself.
_ARMED = _DEADLINES.c.state == literal_column("'armed'")

PAGE = 50
WHICH = {"late": "已逾期", "near": f"{NEAR}个工作日内", "provisional": "暂定"}
UNIT = "unit:"  # before the code of a unit that owes something
OTHER_UNITS = "unit"


class Asked(NamedTuple):
    """What is asked for; empty fields ask for nothing. ``which`` is one of `WHICH`."""

    which: str = ""
    stage: str = ""
    who: str = ""
    school: str = ""


class Running(NamedTuple):
    """One running deadline as a list shows it. ``extendable`` as the definition says."""

    case: str
    school: str
    stage: str
    title: str
    key: str
    who: str
    day: date
    left: str
    late: bool
    near: bool
    provisional: bool
    why: str
    extendable: bool


def processes(connection: Connection, shelf: Shelf, office: str) -> list[Process]:
    """The definitions an office's rounds run on, the latest first."""
    wanted = (
        select(_ROUNDS.c.definition, func.max(_ROUNDS.c.first))
        .where(_ROUNDS.c.office == office)
        .group_by(_ROUNDS.c.definition)
        .order_by(func.max(_ROUNDS.c.first).desc())
    )
    return [shelf.process(connection, row.definition) for row in connection.execute(wanted)]


def stages(found: Sequence[Process]) -> dict[str, str]:
    """The stages of several definitions by id, with their titles."""
    titles: dict[str, str] = {}
    for process in found:
        for stage in process.definition.stages:
            titles.setdefault(stage.id, stage.title)
    return titles


def bearers(found: Sequence[Process]) -> dict[str, str]:
    """Who may owe something in them: roles, and other units taken together."""
    stages_ = [stage for process in found for stage in process.definition.stages]
    roles = {role for stage in stages_ for role in (stage.responsible, stage.reviewer)}
    roles |= {"inspector", "team"} if stages_ else set()
    ordered = {role: title for role, title in ROLE_TITLES.items() if role in roles}
    return {**ordered, OTHER_UNITS: "其他责任单位"}


def _own(office: str) -> list[ColumnElement[bool]]:
    """What people owe; not the days on which stages open and rounds end."""
    return [
        _DEADLINES.c.office == office,
        _ARMED,
        _DEADLINES.c.who != "system",
    ]


def _windows(found: Sequence[Process]) -> ColumnElement[bool]:
    """Rights, not duties: nobody is late with them."""
    keys = {
        f"{stage.id}/{name}"
        for process in found
        for stage in process.definition.stages
        for name in stage.deadlines
        if process.rule(stage.id, name).window
    }
    return or_(
        *(_DEADLINES.c.key == key for key in sorted(keys)),
        *(_DEADLINES.c.key.startswith(f"{key}/", autoescape=True) for key in sorted(keys)),
        False,
    )


def _which(
    asked: str, found: Sequence[Process], today: date, calendar: Calendar
) -> ColumnElement[bool]:
    soon = calendar.add_working_days(today, NEAR + 1) - timedelta(1)
    return {
        "late": and_(_DEADLINES.c.due_on < today, not_(_windows(found))),
        "near": _DEADLINES.c.due_on.between(today, soon),
        "provisional": _DEADLINES.c.provisional.is_(True),
    }[asked]


def wanted(
    asked: Asked, office: str, found: Sequence[Process], today: date, calendar: Calendar
) -> list[ColumnElement[bool]]:
    """The conditions on deadlines that a question means."""
    conditions = _own(office)
    if asked.which:
        conditions.append(_which(asked.which, found, today, calendar))
    if asked.stage:
        conditions.append(_DEADLINES.c.key.startswith(f"{asked.stage}/", autoescape=True))
    if asked.who == OTHER_UNITS:
        conditions.append(_DEADLINES.c.who.startswith(UNIT))
    elif asked.who:
        conditions.append(_DEADLINES.c.who == asked.who)
    if asked.school:
        named = select(_ORGANISATIONS.c.code).where(named_like(asked.school))
        cases = select(_CASES.c.id).where(_CASES.c.office == office, _CASES.c.subject.in_(named))
        conditions.append(_DEADLINES.c.case.in_(cases))
    return conditions


def counts(
    connection: Connection,
    asked: Asked,
    office: str,
    found: Sequence[Process],
    today: date,
    calendar: Calendar,
) -> dict[str, int]:
    """How many of each of `WHICH`, and in all (""), whichever was asked for."""
    conditions = wanted(asked._replace(which=""), office, found, today, calendar)
    sums = [
        func.coalesce(func.sum(case((_which(which, found, today, calendar), 1), else_=0)), 0)
        for which in WHICH
    ]
    row = connection.execute(select(func.count(), *sums).where(*conditions)).one()
    return dict(zip(("", *WHICH), row, strict=True))


_IN_ORDER = (_DEADLINES.c.due_on, _DEADLINES.c.case, _DEADLINES.c.seq)
_ROWS: Select = (
    select(
        _DEADLINES,
        _CASES.c.definition,
        _ORGANISATIONS.c.name.label("school"),
    )
    .join(_CASES, _CASES.c.id == _DEADLINES.c.case)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .order_by(*_IN_ORDER)
)


def listed(
    connection: Connection,
    shelf: Shelf,
    conditions: list[ColumnElement[bool]],
    today: date,
    calendar: Calendar,
    first: int,
    most: int,
) -> list[Running]:
    """The deadlines asked for, soonest first, from the ``first`` (0) on."""
    keys = select(_DEADLINES.c.case, _DEADLINES.c.seq).where(*conditions).order_by(*_IN_ORDER)
    page = keys.limit(most).offset(first).subquery()
    same = and_(_DEADLINES.c.case == page.c.case, _DEADLINES.c.seq == page.c.seq)
    rows = connection.execute(_ROWS.join(page, same)).all()
    units = _units(connection, rows)
    return [_running(connection, shelf, row, units, today, calendar) for row in rows]


def _units(connection: Connection, rows: Sequence[Row]) -> dict[str, str]:
    codes = {row.who.removeprefix(UNIT) for row in rows if row.who.startswith(UNIT)}
    if not codes:
        return {}
    named = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name)
    found = connection.execute(named.where(_ORGANISATIONS.c.code.in_(sorted(codes))))
    return {row.code: row.name for row in found}


def _running(
    connection: Connection,
    shelf: Shelf,
    row: Any,
    units: dict[str, str],
    today: date,
    calendar: Calendar,
) -> Running:
    process = shelf.process(connection, row.definition)
    stage_id, name, item = parts_of(row.key)
    stage, rule = process.stages[stage_id], process.rule(stage_id, name)
    days = calendar.working_days_between(*sorted((row.due_on, today)))
    unit = row.who.removeprefix(UNIT)
    return Running(
        case=row.case,
        school=row.school,
        stage=stage.title,
        title=rule.title + of_item(stage.kind, item),
        key=row.key,
        who=units.get(unit, "责任单位") if unit != row.who else ROLE_TITLES.get(unit, unit),
        day=row.due_on,
        left=left_of(row.due_on, today, calendar),
        late=row.due_on < today and not rule.window,
        near=today <= row.due_on and days <= NEAR,
        provisional=row.provisional,
        why=Reckoning.model_validate_json(row.reckoning).in_chinese(),
        extendable=name in stage.extendable,
    )
