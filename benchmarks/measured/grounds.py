"""Empty databases to measure on: SQLite files in a folder, PostgreSQL schemas; none is left."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from models.database import TABLES, Database

POSTGRES_URL = os.environ.get(
    "DUDAO_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)


class Ground:
    """Makes empty databases of one kind, ``sqlite`` or ``postgres``."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self._folder = folder
        self._schemas: list[str] = []
        self._open: list[Database] = []

    def database(self) -> Database:
        """Another empty database with every table."""
        name = f"dudao_bench_{secrets.token_hex(6)}"
        if self.kind == "sqlite":
            database = Database(f"sqlite:///{self._folder / name}.db")
        else:
            _on_postgres(f"CREATE SCHEMA {name}")
            self._schemas.append(name)
            joint = "&" if "?" in POSTGRES_URL else "?"
            database = Database(f"{POSTGRES_URL}{joint}options=-csearch_path%3D{name}")
        TABLES.create_all(database.engine)
        self._open.append(database)
        return database

    def clear(self) -> None:
        """Close every database made here and drop the schemas."""
        for database in self._open:
            database.close()
        for name in self._schemas:
            _on_postgres(f"DROP SCHEMA {name} CASCADE")


@contextmanager
def ground(kind: str) -> Iterator[Ground]:
    """A ground that leaves nothing behind."""
    with TemporaryDirectory(prefix="dudao-bench-") as folder:
        made = Ground(kind, Path(folder))
        try:
            yield made
        finally:
            made.clear()


def _on_postgres(statement: str) -> None:
    url = POSTGRES_URL.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(url, autocommit=True, client_encoding="utf8") as connection:
        # PostgreSQL tells of every table it drops with a schema; nobody needs to know.
        connection.execute("SET client_min_messages = warning")
        connection.execute(statement.encode())
