"""Issues assigned to a unit: what is asked of it in which school, until when, and what it said.

For a department (and a township) this is all there is to see of a school's case.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, distinct, literal_column, select

from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from models.issues import IssueRow
from portal.deadlines import NEAR, Due, left_of
from portal.desk import Desk
from portal.ledgers.issue_rows import Line, lines
from portal.ledgers.issues import Asked, listed
from portal.rendering import key_of
from rules.issue_list import STATES
from rules.reckoning import Reckoning
from rules.state import parts_of

_ISSUES, _DEADLINES = IssueRow.__table__, DeadlineRow.__table__
_EVENTS, _PAYLOADS = StoredEvent.__table__, Payload.__table__

MOST = 1000  # open issues of one unit that are put in the order of their days
PAGE = 50
TO_DO = ("raised", "refused", "reopened")

_OFFICES = select(distinct(_ISSUES.c.office)).where(_ISSUES.c.unit == bindparam("code"))
_ARMED = select(
    _DEADLINES.c.case,
    _DEADLINES.c.key,
    _DEADLINES.c.office,
    _DEADLINES.c.due_on,
    _DEADLINES.c.provisional,
    _DEADLINES.c.reckoning,
).where(
    _DEADLINES.c.case.in_(bindparam("cases", expanding=True)),
    _DEADLINES.c.who == bindparam("who"),
    _DEADLINES.c.state == literal_column("'armed'"),
)
_SAID = (
    select(
        _EVENTS.c.case,
        _EVENTS.c.stage,
        _EVENTS.c.item,
        _EVENTS.c.type,
        _EVENTS.c.happened_on,
        _EVENTS.c.body,
    )
    .where(
        _EVENTS.c.case.in_(bindparam("cases", expanding=True)),
        _EVENTS.c.type.in_(("issue_list.issue.reported", "issue_list.issue.refused")),
    )
    .order_by(_EVENTS.c.case, _EVENTS.c.seq)
)
_BODIES = select(_PAYLOADS.c.digest, _PAYLOADS.c.body).where(
    _PAYLOADS.c.digest.in_(bindparam("digests", expanding=True))
)

_Key = tuple[str, str, str]


class Said(NamedTuple):
    """What was written with the latest report or refusal, and on which day."""

    day: date | None
    text: str


NOTHING = Said(None, "")


class Assigned(NamedTuple):
    """One issue as its unit sees it. ``due`` is None once it is reported or closed; ``answered``
    what the unit reported, ``refused`` why that was not enough."""

    line: Line
    state: str
    due: Due | None
    answered: Said
    refused: Said
    address: str

    @property
    def to_do(self) -> bool:
        """Whether the unit has to act now."""
        return self.line.row.state in TO_DO


class Assignments(NamedTuple):
    """A unit's issues: those to solve by their days (one page), how many in all and how many of
    them late; those answered, the latest first."""

    to_do: list[Assigned]
    count: int
    late: int
    answered: list[Assigned]


def assignments(desk: Desk, connection: Connection, unit: str, page: int = 1) -> Assignments:
    """What a unit was asked to solve."""
    today = desk.today()
    offices = list(connection.execute(_OFFICES, {"code": unit}).scalars())
    rows = listed(connection, Asked(unit=unit, state="open"), offices, today, 0, MOST)
    armed = _armed(connection, unit, rows)
    open_rows = [row for row in rows if row.state in TO_DO]
    open_rows.sort(key=lambda row: (_day(armed, row), row.case, row.stage, row.number))
    asked = Asked(unit=unit)
    rest = [
        row for row in listed(connection, asked, offices, today, 0, MOST) if row.state not in TO_DO
    ][:PAGE]
    shown = open_rows[(page - 1) * PAGE : page * PAGE]
    seen = _seen(desk, connection, [*shown, *rest], armed)
    return Assignments(
        seen[: len(shown)],
        len(open_rows),
        sum(_day(armed, row) < today for row in open_rows),
        seen[len(shown) :],
    )


def _key(row: Any) -> _Key:
    return row.case, row.stage, row.number


def _day(armed: dict[_Key, Row], row: Row) -> date:
    found = armed.get(_key(row))
    return found.due_on if found is not None else date.max


def _armed(connection: Connection, unit: str, rows: Iterable[Row]) -> dict[_Key, Row]:
    """The running deadline of each issue."""
    values = {"cases": sorted({row.case for row in rows}), "who": f"unit:{unit}"}
    found = {}
    for row in connection.execute(_ARMED, values):
        stage, _, item = parts_of(row.key)
        found[row.case, stage, item] = row
    return found


def _seen(
    desk: Desk, connection: Connection, rows: list[Row], armed: dict[_Key, Row]
) -> list[Assigned]:
    said = _said(connection, rows)
    return [
        Assigned(
            line,
            STATES[line.row.state],
            _due(desk, connection, line.row, armed.get(_key(line.row))),
            said.get((*_key(line.row), "reported"), NOTHING),
            said.get((*_key(line.row), "refused"), NOTHING),
            f"/cases/{key_of(line.row.case)}/{line.row.stage}",
        )
        for line in lines(connection, desk.journal.shelf, rows)
    ]


def _due(desk: Desk, connection: Connection, row: Row, armed: Row | None) -> Due | None:
    if armed is None:
        return None
    today, day = desk.today(), armed.due_on
    calendar = desk.journal.shelf.calendar(connection, armed.office)
    process = desk.journal.shelf.process(connection, row.definition)
    stage, name, item = parts_of(armed.key)
    days = calendar.working_days_between(*sorted((day, today)))
    return Due(
        armed.key,
        stage,
        process.rule(stage, name).title,
        "",
        day,
        left_of(day, today, calendar),
        day < today,
        today <= day and days <= NEAR,
        bool(armed.provisional),
        False,
        Reckoning.model_validate_json(armed.reckoning).in_chinese(),
        item,
    )


def _said(connection: Connection, rows: list[Row]) -> dict[tuple[str, str, str, str], Said]:
    """What was last reported and refused about these issues."""
    mine = {_key(row) for row in rows}
    events = [
        (row, json.loads(row.body))
        for row in connection.execute(_SAID, {"cases": sorted({row.case for row in rows})})
        if (row.case, row.stage, row.item) in mine
    ]
    digests = sorted({body.get("payload", "") for _, body in events} - {""})
    bodies = connection.execute(_BODIES, {"digests": digests})
    forms = {row.digest: json.loads(row.body) if row.body else {} for row in bodies}
    found = {}
    for row, body in events:
        form = forms.get(body.get("payload", ""), {})
        word = row.type.rpartition(".")[2]
        text = form.get("done" if word == "reported" else "reason")
        found[row.case, row.stage, row.item, word] = Said(
            row.happened_on, text if isinstance(text, str) else ""
        )
    return found
