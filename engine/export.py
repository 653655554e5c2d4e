"""The log as a file: one line of JSON per event, for whoever keeps or checks it elsewhere."""

import json
from collections.abc import Iterator
from typing import TextIO

from sqlalchemy import Connection, Row, Select, select

from models.events import StoredEvent

_EVENTS = StoredEvent.__table__

# What an event's hash covers, in the order of `engine.chain.link`.
CHAINED = ("case", "seq", "at", "actor", "role", "on_behalf_of", "key", "body")
_COLUMNS = tuple(_EVENTS.c[name] for name in (*CHAINED, "prev", "hash"))

ROWS_AT_ONCE = 1000


def export(connection: Connection, out: TextIO) -> int:
    """Write every event as one JSON object a line, by case and number; how many were written.

    The keys are those of ``CHAINED``, then ``prev`` and ``hash``, in that order, without spaces:
    each line has one way to be written, so that not a byte of it can change unnoticed.
    ``body`` is the text as stored. ``tools/digest.py`` reads this and needs nothing of ours.
    """
    written = 0
    for line in exported(connection):
        out.write(line + "\n")
        written += 1
    return written


def exported(connection: Connection, case: str = "") -> Iterator[str]:
    """The lines, without their ends; of one case, where it is named."""
    wanted = select(*_COLUMNS).order_by(*in_order(connection))
    if case:
        wanted = wanted.where(_EVENTS.c.case == case)
    for row in stream(connection, wanted):
        yield json.dumps(row._asdict(), ensure_ascii=False, separators=(",", ":"))


def stream(connection: Connection, query: Select) -> Iterator[Row]:
    """The rows of a query, a thousand at a time in memory."""
    yield from connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})


def in_order(connection: Connection) -> tuple:
    """By case and number, cases by code point: the same order on every database."""
    case = _EVENTS.c.case
    if connection.dialect.name == "postgresql":
        case = case.collate("C")
    return case, _EVENTS.c.seq
