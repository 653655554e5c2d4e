"""What another calendar would do to an office's running deadlines, before anything is recorded."""

from datetime import date
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, tuple_

from engine.renewal import Renewed, renewed
from engine.shelf import Shelf
from models.deadlines import DeadlineRow
from portal.ledgers.deadlines import Running, listed
from rules.days import Calendar

_DEADLINES = DeadlineRow.__table__

MOST_SHOWN = 200


class Move(NamedTuple):
    """A deadline and the day it would have."""

    running: Running
    day: date


class Outlook(NamedTuple):
    """What a calendar would do: how many deadlines move and the first of them, how many stay and
    are certain then, how many fewer are provisional, and how many of those shown are whose."""

    moved: int
    moves: list[Move]
    settled: int
    fewer: int
    whose: dict[str, int]


def outlook(
    connection: Connection, shelf: Shelf, office: str, then: Calendar, since: date, today: date
) -> Outlook:
    """What happens to an office's deadlines by another calendar, that differs from the one it has
    from the day ``since`` on. What is late already stays, as it will when it is recorded."""
    found = [
        one
        for one in renewed(connection, shelf, office, then, since, today)
        if one.row.who != "system"
    ]
    moving = [one for one in found if one.why.due != one.row.due_on]
    shown = _running(connection, shelf, office, moving[:MOST_SHOWN], today)
    whose: dict[str, int] = {}
    for move in shown:
        whose[move.running.who] = whose.get(move.running.who, 0) + 1
    fewer = sum(one.row.provisional - one.why.provisional for one in found)
    return Outlook(len(moving), shown, len(found) - len(moving), fewer, whose)


def _running(
    connection: Connection, shelf: Shelf, office: str, moving: list[Renewed], today: date
) -> list[Move]:
    days = {(one.row.case, one.row.key): one.why.due for one in moving}
    keys = [(one.row.case, one.row.seq) for one in moving]
    if not keys:
        return []
    wanted = [tuple_(_DEADLINES.c.case, _DEADLINES.c.seq).in_(keys)]
    calendar = shelf.calendar(connection, office)
    rows = listed(connection, shelf, wanted, today, calendar, 0, MOST_SHOWN)
    return [Move(row, days[row.case, row.key]) for row in islice(rows, MOST_SHOWN)]
