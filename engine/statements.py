"""Statements written a thousand times over: their text made once, their rows given to the driver.

SQLAlchemy builds and checks every row anew: three quarters of what a batch's writing cost. Here it
compiles a statement once for each kind of database, and the rows go straight to ``executemany``.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Executable, Table, insert

# Positional in both drivers: a row is then a plain tuple.
_PARAMSTYLES = {"sqlite": "qmark", "postgresql": "format"}


_Compiled = tuple[str, Callable[[dict[str, Any]], tuple]]


class Prepared:
    """A statement; what it binds comes in dicts that hold a value for each of its names.

    Every value in it must be a bound parameter without a default.
    """

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Execute for every row, in order; nothing at all for no rows."""
        if not rows:
            return
        name = connection.dialect.name
        text, values = self._compiled.get(name) or self._compile(connection, rows[0])
        if len(rows) == 1:
            connection.exec_driver_sql(text, values(rows[0]))
        else:
            connection.exec_driver_sql(text, [values(row) for row in rows])

    def fetch(self, connection: Connection, row: dict[str, Any]) -> list[tuple]:
        """The rows of a query as the driver gives them: on SQLite a day is still a text."""
        text, values = self._compiled.get(connection.dialect.name) or self._compile(connection, row)
        return connection.connection.cursor().execute(text, values(row)).fetchall()

    def _compile(self, connection: Connection, row: dict[str, Any]) -> _Compiled:
        dialect = type(connection.dialect)(paramstyle=_PARAMSTYLES[connection.dialect.name])
        compiled = self.statement.compile(dialect=dialect, column_keys=list(row))
        names = compiled.positiontup or []
        if set(names) != set(row):
            raise ValueError(f"{compiled.string} binds {names}, the row has {list(row)}")
        self._compiled[connection.dialect.name] = compiled.string, _values(names)
        return self._compiled[connection.dialect.name]


def _values(names: Sequence[str]) -> Callable[[dict[str, Any]], tuple]:
    """A row's values in the order they are bound."""
    if len(names) > 1:
        return itemgetter(*names)  # of one name it would give no tuple
    return lambda row: tuple(row[name] for name in names)


def inserting(table: Table) -> Prepared:
    """The insertion of whole rows into a table."""
    return Prepared(insert(table))
