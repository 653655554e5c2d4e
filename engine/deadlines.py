"""Deadlines whose day has come: what the clock must look at, found page by page."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, literal_column, select, tuple_

from engine.statements import Prepared
from models.database import Database
from models.deadlines import DeadlineRow

_DEADLINES = DeadlineRow.__table__
_COLUMNS = (
    _DEADLINES.c.case,
    _DEADLINES.c.key,
    _DEADLINES.c.next_on,
    _DEADLINES.c.office,
    _DEADLINES.c.seq,
)
# The order of the index of armed rows. Within a case by number: texts sort differently on the two
# databases, and the order in which a case's deadlines are looked at stands in its log.
_ORDER = (_DEADLINES.c.next_on, _DEADLINES.c.case, _DEADLINES.c.seq)

PAGE = 1000


class Due(NamedTuple):
    """One armed deadline to look at: the command is ``KeepTime(deadline=key)`` to the case.
    ``seq`` is the event that armed it."""

    case: str
    key: str
    next_on: date
    office: str
    seq: int


# The state is written out: bound as a value, PostgreSQL could not prove that the partial index
# of armed rows fits, and would read the whole table.
_ARMED = (
    select(*_COLUMNS)
    .where(_DEADLINES.c.state == literal_column("'armed'"))
    .where(_DEADLINES.c.next_on <= bindparam("today"))
    .order_by(*_ORDER)
    .limit(bindparam("most"))
    .offset(literal_column("0"))
)
_DUE = Prepared(_ARMED)
_DUE_AFTER = Prepared(
    _ARMED.where(
        tuple_(*_ORDER) > tuple_(bindparam("next_on"), bindparam("case"), bindparam("seq"))
    )
)


def due_deadlines(
    connection: Connection, today: date, after: Due | None = None, most: int = PAGE
) -> list[Due]:
    """Up to ``most`` armed deadlines to look at by ``today``, the longest waiting first (then by
    case, and as they were armed), following ``after``."""
    values = {"today": today, "most": most}
    if after is None:
        rows = _DUE.fetch(connection, values)
    else:
        values |= {"next_on": after.next_on, "case": after.case, "seq": after.seq}
        rows = _DUE_AFTER.fetch(connection, values)
    # Plain tuples with names: rows made by SQLAlchemy would double the time of the whole sweep.
    new, day = tuple.__new__, date.fromisoformat
    if connection.dialect.name == "sqlite":
        return [new(Due, (case, key, day(on), office, seq)) for case, key, on, office, seq in rows]
    return [new(Due, row) for row in rows]


def due_pages(database: Database, today: date, most: int = PAGE) -> Iterator[list[Due]]:
    """Every deadline due by ``today``, a page at a time, each read on its own: between pages the
    clock may have moved what it was given, and what it could not move does not come twice."""
    after: Due | None = None
    while True:
        with database.reading() as connection:
            found = due_deadlines(connection, today, after, most + 1)  # one more: is there any?
        if page := found[:most]:
            yield page
        if len(found) <= most:
            return
        after = page[-1]
