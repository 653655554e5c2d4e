"""A mark that is another whenever the register is: who keeps organisations and people in memory
sees at once that they are old."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, event, text
from sqlmodel import Field, SQLModel

# What is kept in memory of the register. The day of the last evaluation is not: it changes with
# every review.
KEPT = {
    "organisations": "code, name, initials, kind, parent, zone, tier, invented, opened_on, "
    "closed_on, successor, facts",
    "people": "name, left_on",
    "assignments": 'person, role, organisation, rank, since, "until"',
}
_FRESH = {
    "sqlite": "lower(hex(randomblob(16)))",
    "postgresql": "replace(gen_random_uuid()::text, '-', '')",
}


class RegisterMark(SQLModel, table=True):
    """One row with the mark. The database's own triggers renew it, so nobody can forget to."""

    __tablename__ = "register_marks"

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    mark: str = Field(max_length=32)


def marking(dialect: str) -> Iterator[str]:
    """The statements that put the first mark and the triggers into a database of that dialect."""
    fresh = _FRESH[dialect]
    yield f"INSERT INTO register_marks (id, mark) VALUES (1, {fresh})"
    renew = f"UPDATE register_marks SET mark = {fresh}"
    then = f"BEGIN {renew}; END"
    if dialect == "postgresql":
        yield (
            "CREATE FUNCTION renew_register_mark() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {renew}; RETURN NULL; END $$"
        )
        then = "FOR EACH STATEMENT EXECUTE FUNCTION renew_register_mark()"
    for table, columns in KEPT.items():
        for what in ("INSERT", f"UPDATE OF {columns}", "DELETE"):
            name = f"{table}_{what.split()[0].lower()}_marked"
            yield f"CREATE TRIGGER {name} AFTER {what} ON {table} {then}"


@event.listens_for(SQLModel.metadata, "after_create")
def _mark(_: Any, connection: Connection, tables: list[Any], **__: Any) -> None:
    if RegisterMark.__table__ in tables:
        for statement in marking(connection.dialect.name):
            connection.execute(text(statement))
