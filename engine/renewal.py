"""What another calendar changes: the running deadlines of an office, reckoned anew.

The page that shows it beforehand and the task that records it read the same rows by the same rule.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, literal_column, select

from engine.shelf import Shelf
from models.cases import Case
from models.deadlines import DeadlineRow
from rules.corrections import by_calendar
from rules.days import Calendar
from rules.reckoning import Reckoning
from rules.state import Deadline, parts_of

_DEADLINES, _CASES = DeadlineRow.__table__, Case.__table__

# The state is written out, so that the index of armed rows serves (see engine.deadlines).
_RUNNING = (
    select(_DEADLINES, _CASES.c.definition)
    .join(_CASES, _CASES.c.id == _DEADLINES.c.case)
    .where(
        _DEADLINES.c.office == bindparam("office"),
        _DEADLINES.c.state == literal_column("'armed'"),
        _DEADLINES.c.due_on >= bindparam("first"),
        _DEADLINES.c.missed.is_(False),
    )
    .order_by(_DEADLINES.c.due_on, _DEADLINES.c.case, _DEADLINES.c.seq)
)
# Backward clauses are due before the day they are counted from: not further than this.
BEFORE = timedelta(60)


class Renewed(NamedTuple):
    """A running deadline (a row of deadlines with its case's definition) and how it is reckoned by
    the other calendar."""

    row: Row
    why: Reckoning


def renewed(
    connection: Connection, shelf: Shelf, office: str, calendar: Calendar, since: date, today: date
) -> Iterator[Renewed]:
    """The running deadlines of an office that another calendar changes, soonest first. ``since`` is
    the first day on which the calendars differ: what is due well before it stays."""
    values = {"office": office, "first": since - BEFORE}
    for row in connection.execute(_RUNNING, values).all():
        process = shelf.process(connection, row.definition)
        why = by_calendar(process, _deadline(row), calendar, today)
        if why is not None:
            yield Renewed(row, why)


def _deadline(row: Row) -> Deadline:
    stage, name, item = parts_of(row.key)
    why = Reckoning.model_validate_json(row.reckoning)
    return Deadline(
        stage=stage,
        name=name,
        item=item,
        who=row.who,
        due_on=row.due_on,
        next_on=row.next_on,
        provisional=row.provisional,
        missed=row.missed,
        start=why.start,
        clause=why.clause,
    )
