"""Whom a name means, where that is few: what concerns them is then looked for by who they are. What
concerns many is found by day, for it stands everywhere.
"""

from sqlalchemy import Connection, select

from engine.register import named_like
from models.organisations import Organisation
from models.people import Person

_ORGANISATIONS, _PEOPLE = Organisation.__table__, Person.__table__

FEW = 60


def organisations_named(connection: Connection, text: str) -> list[str] | None:
    """The codes of those with such a name or initials; None where they are many."""
    wanted = select(_ORGANISATIONS.c.code).where(named_like(text)).limit(FEW + 1)
    return _few(list(connection.execute(wanted).scalars()))


def people_named(connection: Connection, text: str) -> list[str] | None:
    """The ids of those with such a name; None where they are many."""
    wanted = select(_PEOPLE.c.id).where(_PEOPLE.c.name.contains(text, autoescape=True))
    return _few(list(connection.execute(wanted.limit(FEW + 1)).scalars()))


def _few(found: list[str]) -> list[str] | None:
    return found if len(found) <= FEW else None
