"""The floor: the very rows the journal wrote, written again by the bare driver.

A rehearsal of the work on a database of its own notes every writing statement with its rows, and
where each transaction ends. The floor then does only that: begin, execute or executemany, commit.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import event

import engine.journal
from models.database import Database

WRITES = ("INSERT", "UPDATE", "DELETE")


class Statement(NamedTuple):
    """One statement as the driver got it: its text, its rows, and whether by executemany."""

    text: str
    rows: Any
    many: bool


Transaction = list[Statement]


@contextmanager
def noted(database: Database) -> Iterator[list[Transaction]]:
    """The writing statements of every transaction that is committed meanwhile."""
    done: list[Transaction] = []
    now: Transaction = []

    def executed(connection, cursor, text, rows, context, many) -> None:
        if text.lstrip().startswith(WRITES):
            now.append(Statement(text, list(rows) if many else rows, many))

    def committed(connection) -> None:
        done.append(list(now))
        now.clear()

    event.listen(database.engine, "before_cursor_execute", executed)
    event.listen(database.engine, "commit", committed)
    try:
        yield done
    finally:
        event.remove(database.engine, "before_cursor_execute", executed)
        event.remove(database.engine, "commit", committed)


@contextmanager
def decisions_noted() -> Iterator[list[tuple]]:
    """What was put to the decider meanwhile: process, context, case and command."""
    asked: list[tuple] = []
    handle = engine.journal.handle

    def noting(*question):
        asked.append(question)
        return handle(*question)

    engine.journal.handle = noting
    try:
        yield asked
    finally:
        engine.journal.handle = handle


class Floor:
    """A bare connection with the settings of the product's own."""

    def __init__(self, database: Database) -> None:
        self.sqlite = database.sqlite
        if self.sqlite:
            path = database.url.removeprefix("sqlite:///")
            self.connection: Any = sqlite3.connect(path, isolation_level=None)
            for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
                self.connection.execute(f"PRAGMA {pragma}")
        else:
            url = database.url.replace("postgresql+psycopg://", "postgresql://", 1)
            self.connection = psycopg.connect(url)

    def write(self, transactions: Sequence[Transaction]) -> None:
        """Write the transactions one after the other, each durable before the next."""
        for transaction in transactions:
            cursor = self.connection.cursor()
            if self.sqlite:
                cursor.execute("BEGIN IMMEDIATE")
            for text, rows, many in transaction:
                if many:
                    cursor.executemany(text, rows)
                else:
                    cursor.execute(text, rows)
            self.connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
