"""Sessions: opened at the door, found by a cookie, ended by time, the person or the office."""

from datetime import datetime, timedelta
from typing import NamedTuple

from fastapi import Request, Response
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from engine.writing import iso
from models.logins import Session
from portal.access import Visitor, person_of, seats_of
from portal.desk import Desk
from portal.signing import fingerprint, new_token

_SESSIONS = Session.__table__
_ONE = select(_SESSIONS).where(_SESSIONS.c.id == bindparam("wanted"))

COOKIE = "dudao"
LASTS = timedelta(days=7)
IDLE = timedelta(hours=12)  # nobody has been seen for so long: the person went home
SEEN_EVERY = timedelta(minutes=10)  # how often "last seen" is written
KEPT = timedelta(days=90)  # how long an ended session can be looked up


class Opened(NamedTuple):
    """A new session: the token for the cookie, which is kept nowhere else."""

    token: str
    id: str


def open_session(connection: Connection, person: str, now: datetime, device: str) -> Opened:
    """Open a session for a person who has shown who they are: always a new token, so that nobody
    can have planted it before. Their sessions of long ago are forgotten."""
    past = delete(_SESSIONS).where(
        _SESSIONS.c.person == person, _SESSIONS.c.ends_at < iso(now - KEPT)
    )
    connection.execute(past)
    token = new_token()
    row = {
        "id": fingerprint(token),
        "person": person,
        "seat": None,
        "began_at": iso(now),
        "seen_at": iso(now),
        "ends_at": iso(now + LASTS),
        "revoked_at": "",
        "device": device[:120],
    }
    connection.execute(insert(_SESSIONS).values(row))
    return Opened(token, row["id"])


def set_cookie(response: Response, desk: Desk, token: str) -> None:
    """Hand the token to the browser: not for scripts, not for other sites."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=desk.secure,
        path="/",
    )


def visitor_of(request: Request) -> Visitor | None:
    """Who is at this page, or None: no cookie, no such session, ended, or nothing left to do."""
    desk: Desk = request.app.state.desk
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    now, today = desk.now(), desk.today()
    with desk.database.reading() as connection:
        row = connection.execute(_ONE, {"wanted": fingerprint(token)}).first()
        if row is None or row.revoked_at or not _alive(row, now):
            return None
        person = person_of(connection, row.person, today)
        if person is None:
            return None
        seats = seats_of(connection, row.person, today)
    if not seats:
        return None
    if row.seen_at < iso(now - SEEN_EVERY):
        with desk.database.writing(redoable=True) as connection:
            seen = update(_SESSIONS).where(_SESSIONS.c.id == row.id).values(seen_at=iso(now))
            connection.execute(seen)
    chosen = next((seat for seat in seats if seat.number == row.seat), seats[0])
    return Visitor(row.person, person.name, chosen, seats, row.id, today)


def _alive(row: Row, now: datetime) -> bool:
    return row.ends_at > iso(now) and row.seen_at > iso(now - IDLE)


def open_sessions(connection: Connection, person: str, now: datetime) -> list[Row]:
    """The sessions in which a person could go on working now, the latest first."""
    wanted = select(_SESSIONS).where(_SESSIONS.c.person == person, _SESSIONS.c.revoked_at == "")
    rows = connection.execute(wanted.order_by(_SESSIONS.c.seen_at.desc()))
    return [row for row in rows if _alive(row, now)]


def take_seat(connection: Connection, session: str, seat: int) -> None:
    """Act from another seat from now on."""
    connection.execute(update(_SESSIONS).where(_SESSIONS.c.id == session).values(seat=seat))


def revoke(connection: Connection, now: datetime, *, session: str = "", person: str = "") -> int:
    """End one session, or all of a person's; how many were open."""
    which = _SESSIONS.c.id == session if session else _SESSIONS.c.person == person
    ended = update(_SESSIONS).where(which, _SESSIONS.c.revoked_at == "")
    return connection.execute(ended.values(revoked_at=iso(now))).rowcount
