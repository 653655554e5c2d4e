"""Receipts of messages: who opened a message's own link and pressed the button has read it, and
whatever else came with it in one message; and the channel a person asked to be told by."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from engine.writing import iso
from models.database import Database
from models.messages import Attempt, Message, Preference
from models.people import Person

_MESSAGES, _ATTEMPTS, _PEOPLE = Message.__table__, Attempt.__table__, Person.__table__
_PREFERENCES = Preference.__table__

LINK = "link"
SAID = "收件人点开链接确认已阅"

_PARCEL = (
    select(_ATTEMPTS.c.parcel)
    .where(_ATTEMPTS.c.message == bindparam("key"), _ATTEMPTS.c.parcel != "")
    .order_by(_ATTEMPTS.c.number.desc())
    .limit(1)
)
_TOGETHER = select(_ATTEMPTS.c.message).where(
    _ATTEMPTS.c.parcel != "", _ATTEMPTS.c.parcel == bindparam("parcel")
)
_SHOWN = (
    select(_MESSAGES, _PEOPLE.c.name.label("known_as"))
    .outerjoin(_PEOPLE, _PEOPLE.c.id == _MESSAGES.c.person)
    .order_by(_MESSAGES.c.owed_on, _MESSAGES.c.key)
)


def came_with(connection: Connection, key: str) -> Sequence[Row]:
    """A message and those that went out together with it to the same person, in order; none where
    there is no such message, or it never went out."""
    parcel = connection.execute(_PARCEL, {"key": key}).scalar()
    keys = {key}
    if parcel:
        keys |= set(connection.execute(_TOGETHER, {"parcel": parcel}).scalars())
    went_out = _SHOWN.where(_MESSAGES.c.key.in_(keys), _MESSAGES.c.tries > 0)
    return connection.execute(went_out).all()


def read_by_link(database: Database, key: str, now: datetime) -> int:
    """Note that a message was read, with all that came with it; how many were not yet. It is a try
    like any other, begun and ended at once, so that none under way may speak for it any more."""
    with database.writing() as connection:
        unread = [row for row in came_with(connection, key) if row.state != "read"]
        for row in sorted(unread, key=lambda row: row.key):  # as a delivery does: no deadlock
            read = update(_MESSAGES).where(_MESSAGES.c.key == row.key)
            number = _MESSAGES.c.tries + 1
            connection.execute(read.values(state="read", reason="", tries=number, not_before=""))
            tried = {
                "message": row.key,
                "number": select(_MESSAGES.c.tries)
                .where(_MESSAGES.c.key == row.key)
                .scalar_subquery(),
                "channel": LINK,
                "begun_at": iso(now),
                "ended_at": iso(now),
                "state": "read",
                "detail": SAID,
                "flow_run": "",
            }
            connection.execute(insert(_ATTEMPTS).values(tried))
    return len(unread)


def preferred(connection: Connection, person: str) -> str:
    """The channel a person asked for; "" where they leave it to the office."""
    asked = select(_PREFERENCES.c.channel).where(_PREFERENCES.c.person == person)
    return connection.execute(asked).scalar() or ""


def prefer(database: Database, person: str, channel: str, now: datetime) -> None:
    """Ask for a channel; "" leaves it to the office."""
    with database.writing() as connection:
        connection.execute(delete(_PREFERENCES).where(_PREFERENCES.c.person == person))
        if channel:
            row = {"person": person, "channel": channel, "changed_at": iso(now)}
            connection.execute(insert(_PREFERENCES).values(row))
