"""Secret addresses of calendar feeds: made and revoked by whose calendar it is."""

from datetime import date

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update

from engine.writing import iso
from models.connections import FeedLink
from models.organisations import Organisation
from portal.access import Seat, Visitor, person_of, seats_of
from portal.calendar_entries import Owner
from portal.desk import Desk
from portal.signing import fingerprint, new_token

_LINKS, _ORGANISATIONS = FeedLink.__table__, Organisation.__table__

PERSON, SCHOOL = "person", "school"
MOST = 5  # addresses of one owner that hold

_ONE = select(_LINKS).where(_LINKS.c.id == bindparam("wanted"), _LINKS.c.revoked_at == "")
_PLACE = select(_ORGANISATIONS).where(_ORGANISATIONS.c.code == bindparam("wanted"))


def _mine(visitor: Visitor):
    """The links a visitor looks after: their own, and their school's."""
    own = (_LINKS.c.of == PERSON) & (_LINKS.c.whose == visitor.person)
    if visitor.role != "school":
        return own
    return or_(own, (_LINKS.c.of == SCHOOL) & (_LINKS.c.whose == visitor.organisation))


def links_of(connection: Connection, visitor: Visitor) -> list[Row]:
    """The addresses that hold, the latest first."""
    wanted = select(_LINKS).where(_mine(visitor), _LINKS.c.revoked_at == "")
    return list(connection.execute(wanted.order_by(_LINKS.c.made_at.desc(), _LINKS.c.id)))


def make_link(desk: Desk, visitor: Visitor, of: str) -> str:
    """A new secret, kept nowhere else; empty where there are as many as there may be."""
    whose = visitor.organisation if of == SCHOOL else visitor.person
    token = new_token()
    row = {
        "id": fingerprint(token),
        "of": of,
        "whose": whose,
        "made_at": iso(desk.now()),
        "revoked_at": "",
    }
    held = _LINKS.c.of == of, _LINKS.c.whose == whose, _LINKS.c.revoked_at == ""
    with desk.database.writing() as connection:
        if connection.execute(select(func.count()).where(*held)).scalar_one() >= MOST:
            return ""
        connection.execute(insert(_LINKS).values(row | {"made_at": iso(desk.now())}))
    return token


def revoke_link(desk: Desk, visitor: Visitor, link: str) -> bool:
    """Revoke an address, by its fingerprint; whether it held until now."""
    which = _LINKS.c.id == link, _mine(visitor), _LINKS.c.revoked_at == ""
    with desk.database.writing() as connection:
        done = update(_LINKS).where(*which).values(revoked_at=iso(desk.now()))
        return connection.execute(done).rowcount == 1


def owner_of(connection: Connection, token: str, today: date) -> Owner | None:
    """Whose calendar a secret opens; None where it opens none any more."""
    row = connection.execute(_ONE, {"wanted": fingerprint(token)}).first()
    if row is None:
        return None
    if row.of == SCHOOL:
        place = connection.execute(_PLACE, {"wanted": row.whose}).first()
        if place is None:
            return None
        seat = Seat(0, "school", place.code, place.name, place.kind, place.parent or "")
        return Owner("", place.name, (seat,))
    person = person_of(connection, row.whose, today)
    if person is None:
        return None
    return Owner(row.whose, person.name, seats_of(connection, row.whose, today))
