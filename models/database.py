"""The database: SQLite in one file or PostgreSQL, the same code, one place where they differ.

SQLite: WAL, durable commits, one writer per process under a lock with BEGIN IMMEDIATE, readers on
connections of their own (a read snapshot can never become a write). PostgreSQL: plain
transactions; writers meet at a case's sequence number. Nothing is written by opening and reading.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlmodel import SQLModel

from models import (  # noqa: F401  (their tables register themselves)
    cases,
    connections,
    cycles,
    deadlines,
    drafts,
    events,
    evidence,
    issues,
    letter_templates,
    letters,
    logins,
    messages,
    orders,
    organisations,
    people,
    questionnaires,
    register_marks,
    scores,
    standards,
    visits,
)

TABLES = SQLModel.metadata

# Days that go to SQLite's driver past SQLAlchemy: written as SQLAlchemy writes and reads them.
sqlite3.register_adapter(date, date.isoformat)


class Database:
    """An open database. ``writing`` and ``reading`` give connections in a transaction.

    ``to_look`` opens it for reading alone: an SQLite file that is not there is not made, and one
    that is there stays as it is, byte for byte.
    """

    def __init__(self, url: str, to_look: bool = False) -> None:
        self.url = address(url)
        self.sqlite = self.url.startswith("sqlite")
        self.engine = _sqlite(self.url, to_look) if self.sqlite else _postgres(self.url)
        # A page that reads may have to write: were both out of one bounded pool, a few dozen pages
        # at once would each hold the one and wait for the other.
        self._readers = self.engine if self.sqlite else _postgres(self.url)
        self._writer = threading.Lock() if self.sqlite else None

    @contextmanager
    def writing(self, redoable: bool = False) -> Iterator[Connection]:
        """A transaction that may write: committed at the end, rolled back on any error.

        What is ``redoable`` would be done again if a power cut undid it: its commit does not wait
        for the disk. Nothing later can outlast it, and the next commit that waits saves both.
        """
        with self._writer or nullcontext(), self.engine.connect() as connection:
            if self.sqlite:
                connection.execution_options(dudao_writes="NORMAL" if redoable else "FULL")
            with connection.begin():
                if redoable and not self.sqlite:
                    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent snapshot to read from. Nothing that writes waits for one to be free."""
        with self._readers.connect() as connection:
            if not self.sqlite:
                connection = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()
        self._readers.dispose()


def address(url: str) -> str:
    """A database URL; a bare path means an SQLite file, ``postgresql://`` the psycopg 3 driver."""
    if "://" not in url:
        return f"sqlite:///{url}"
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _postgres(url: str) -> Engine:
    return create_engine(url, pool_size=5, max_overflow=15)


def _sqlite(url: str, to_look: bool) -> Engine:
    how = {"timeout": 30, "isolation_level": None, "check_same_thread": False}
    unbounded = {"poolclass": QueuePool, "pool_size": 0}  # a connection is an open file, no more
    if to_look:
        file = f"{Path(make_url(url).database or '').absolute().as_uri()}?mode=ro"
        engine = create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(file, uri=True, **how), **unbounded
        )
    else:
        engine = create_engine(url, connect_args=how, **unbounded)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection, record: ConnectionPoolEntry) -> None:
    for pragma in ("foreign_keys=ON", "cache_size=-65536", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("dudao_writes")
    if writes:  # how far a commit waits for the disk is set for each, outside of any transaction
        driver = connection.connection.driver_connection
        if "journal" not in connection.info:  # written into the file: not before it is written to
            connection.info["journal"] = driver.execute("PRAGMA journal_mode=WAL").fetchone()
        driver.execute(f"PRAGMA synchronous={writes}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
