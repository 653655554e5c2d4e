"""Whom a name means, where that is few: what concerns them is then looked for by who they are. What
concerns many is found by day, for it stands everywhere.
"""

from sqlalchemy import Connection, Select, select

from engine.register import named_like
from models.organisations import Organisation
from models.people import Person

_ORGANISATIONS, _PEOPLE = Organisation.__table__, Person.__table__

FEW_PEOPLE = 500  # what they did or were told is sought by who they are, in an index of that alone
FEW_PLACES = 60


def organisations_named(connection: Connection, text: str) -> list[str] | None:
    """The codes of those with such a name or initials; None where they are many."""
    wanted = select(_ORGANISATIONS.c.code).where(named_like(text))
    return _few(connection, wanted, FEW_PLACES)


def people_named(connection: Connection, text: str) -> list[str] | None:
    """The ids of those with such a name; None where they are many."""
    wanted = select(_PEOPLE.c.id).where(_PEOPLE.c.name.contains(text, autoescape=True))
    return _few(connection, wanted, FEW_PEOPLE)


def _few(connection: Connection, wanted: Select, most: int) -> list[str] | None:
    found = list(connection.execute(wanted.limit(most + 1)).scalars())
    return found if len(found) <= most else None
