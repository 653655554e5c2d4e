"""Deputies: who is told instead of somebody who is away, and for which days."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from engine.statements import Prepared
from engine.writing import iso
from models.database import Database
from models.messages import Deputy
from models.people import Person

_DEPUTIES, _PEOPLE = Deputy.__table__, Person.__table__

LONGEST = 366  # days

_NOW = Prepared(
    select(_DEPUTIES.c.person, _DEPUTIES.c.deputy)
    .join(_PEOPLE, _PEOPLE.c.id == _DEPUTIES.c.deputy)
    .where(_DEPUTIES.c.last >= bindparam("since"), _DEPUTIES.c.first <= bindparam("until"))
    .where(_DEPUTIES.c.ended_at == bindparam("ended"), _PEOPLE.c.left_on.is_(None))
    .order_by(_DEPUTIES.c.id)
)
_LISTED = (
    select(_DEPUTIES, _PEOPLE.c.name.label("known_as"))
    .join(_PEOPLE, _PEOPLE.c.id == _DEPUTIES.c.deputy)
    .order_by(_DEPUTIES.c.first, _DEPUTIES.c.id)
)


def standing_in(connection: Connection, on: date) -> dict[str, str]:
    """Who is told instead of whom on a day. A deputy who is away too is followed to theirs; where
    that comes back to whom it began with, nobody stands in. The one named last counts; a deputy
    who has left is none."""
    named = dict(_NOW.fetch(connection, {"since": on, "until": on, "ended": ""}))
    found = {}
    for person in named:
        seen, deputy = {person}, named[person]
        while deputy in named and deputy not in seen:
            seen.add(deputy)
            deputy = named[deputy]
        if deputy not in seen:
            found[person] = deputy
    return found


def deputies_of(connection: Connection, person: str, on: date) -> Sequence[Row]:
    """A person's deputies from a day on, each with its name as ``known_as``."""
    mine = _DEPUTIES.c.person == person, _DEPUTIES.c.last >= on, _DEPUTIES.c.ended_at == ""
    return connection.execute(_LISTED.where(*mine)).all()


def name_deputy(
    database: Database,
    person: str,
    deputy: str,
    span: tuple[date, date],
    by: str,
    now: datetime,
) -> None:
    """Name a deputy for some days, first and last included."""
    row = {"person": person, "deputy": deputy, "first": span[0], "last": span[1]}
    with database.writing() as connection:
        made = row | {"made_by": by, "made_at": iso(now), "ended_at": ""}
        connection.execute(insert(_DEPUTIES).values(made))


def end_deputy(database: Database, person: str, number: int, now: datetime) -> bool:
    """Give it up before its time; whether there was one."""
    this = _DEPUTIES.c.id == number, _DEPUTIES.c.person == person, _DEPUTIES.c.ended_at == ""
    with database.writing() as connection:
        ended = update(_DEPUTIES).where(*this).values(ended_at=iso(now))
        return connection.execute(ended).rowcount == 1
