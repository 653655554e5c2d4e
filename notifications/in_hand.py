"""Messages in hand: taken from the ledger, given back, and what became of each try.

Every statement is built once: building one anew costs as much as running it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from engine.writing import iso
from models.database import Database
from models.messages import Attempt, Message, Preference
from models.people import Person
from notifications.sender import Tried

_MESSAGES, _ATTEMPTS, _PEOPLE = Message.__table__, Attempt.__table__, Person.__table__
_PREFERENCES = Preference.__table__

DESK = "desk"  # a person gave it back to be sent once more: what was tried before counts no more


class End(NamedTuple):
    """An attempt that is over: what the attempt's row and what the message's row say of it."""

    key: str
    number: int
    attempt: str
    state: str
    detail: str = ""
    not_before: str = ""


# -- taking --------------------------------------------------------------------------------------


# Somebody holds it, or it went out by a channel before: nobody else is told it anew.
WENT_OUT = (
    select(_ATTEMPTS.c.message)
    .where(
        _ATTEMPTS.c.message == _MESSAGES.c.key,
        _ATTEMPTS.c.state.in_(["begun", "sent", "delivered"]),
    )
    .correlate(_MESSAGES)
    .exists()
)
# An office's messages that nobody holds, with whoever they are for; oldest first. What waits for
# somebody who has left waits to be handed on.
_OPEN = (
    select(
        _MESSAGES,
        _PEOPLE.c.name.label("known_as"),
        _PEOPLE.c.mail,
        _PEOPLE.c.phone,
        _PEOPLE.c.left_on,
    )
    .outerjoin(_PEOPLE, _PEOPLE.c.id == _MESSAGES.c.person)
    .where(
        _MESSAGES.c.state == "open",
        _MESSAGES.c.office == bindparam("office"),
        _MESSAGES.c.not_before < bindparam("now"),
        or_(_PEOPLE.c.left_on.is_(None), WENT_OUT),
    )
    .order_by(_MESSAGES.c.owed_on, _MESSAGES.c.key)
    .limit(bindparam("most"))
)
_OF_KINDS = _MESSAGES.c.name.in_(bindparam("kinds", expanding=True))
_UNCLEAR = select(_ATTEMPTS.c.message).where(
    _ATTEMPTS.c.message == _MESSAGES.c.key,
    _ATTEMPTS.c.number == _MESSAGES.c.tries,
    _ATTEMPTS.c.state == "begun",
)
_WANTED = _OPEN.where(or_(_MESSAGES.c.tries == 0, ~_UNCLEAR.exists())).with_for_update(
    skip_locked=True,
    of=_MESSAGES,  # PostgreSQL; SQLite has one writer
)
_WANTED_OF_KINDS = _WANTED.where(_OF_KINDS)
_SAME_PEOPLE = _MESSAGES.c.person.in_(bindparam("people", expanding=True))
_MORE, _MORE_OF_KINDS = _WANTED.where(_SAME_PEOPLE), _WANTED_OF_KINDS.where(_SAME_PEOPLE)
_LEFT_IN_HAND = (
    _OPEN.join(
        _ATTEMPTS,
        (_ATTEMPTS.c.message == _MESSAGES.c.key) & (_ATTEMPTS.c.number == _MESSAGES.c.tries),
    )
    .add_columns(_ATTEMPTS.c.channel.label("via"))
    .where(_MESSAGES.c.tries > 0, _ATTEMPTS.c.state == "begun")
)
_TRIED = (
    select(_ATTEMPTS.c.message, _ATTEMPTS.c.channel, _ATTEMPTS.c.state, _ATTEMPTS.c.parcel)
    .where(_ATTEMPTS.c.message.in_(bindparam("keys", expanding=True)))
    .order_by(_ATTEMPTS.c.message, _ATTEMPTS.c.number)
)
_PREFERRED = select(_PREFERENCES.c.person, _PREFERENCES.c.channel).where(
    _PREFERENCES.c.person.in_(bindparam("people", expanding=True))
)
_TAKE = (
    update(_MESSAGES)
    .where(_MESSAGES.c.key == bindparam("b_key"))
    .values(tries=_MESSAGES.c.tries + 1, not_before=bindparam("b_until"))
)
_BEGIN_ATTEMPT = insert(_ATTEMPTS)


def wanted(
    connection: Connection,
    office: str,
    now: datetime,
    most: int,
    kinds: Iterable[str] | None = None,
) -> Sequence[Row]:
    """The oldest open messages of an office (of these kinds alone), locked."""
    asked = {"office": office, "now": iso(now), "most": most}
    if kinds is None:
        return connection.execute(_WANTED, asked).all()
    return connection.execute(_WANTED_OF_KINDS, {**asked, "kinds": sorted(kinds)}).all()


def more_for(
    connection: Connection,
    rows: Sequence[Row],
    office: str,
    now: datetime,
    most: int,
    kinds: Iterable[str] | None = None,
) -> list[Row]:
    """These messages with all others open for the same people, locked, in order."""
    if not rows:
        return []
    people = sorted({row.person for row in rows})
    asked = {"office": office, "now": iso(now), "most": most, "people": people}
    if kinds is None:
        more = connection.execute(_MORE, asked).all()
    else:
        more = connection.execute(_MORE_OF_KINDS, {**asked, "kinds": sorted(kinds)}).all()
    found = {row.key: row for row in (*rows, *more)}
    return sorted(found.values(), key=lambda row: (row.owed_on, row.key))


def preferred(connection: Connection, rows: Sequence[Row]) -> dict[str, str]:
    """By person, the channel they asked for."""
    people = sorted({row.person for row in rows})
    found = connection.execute(_PREFERRED, {"people": people}) if people else ()
    return {person: channel for person, channel in found}


def left_in_hand(connection: Connection, office: str, now: datetime, most: int) -> Sequence[Row]:
    """Messages whose sender died over them; ``via`` is the channel it had chosen."""
    asked = {"office": office, "now": iso(now), "most": most}
    return connection.execute(_LEFT_IN_HAND, asked).all()


class Before(NamedTuple):
    """What was tried of a message since it was placed, or given back by a person; and what it went
    out together with."""

    tried: Sequence[Tried] = ()
    parcel: str = ""


NOTHING = Before()


def tried(connection: Connection, rows: Iterable[Row]) -> dict[str, Before]:
    """By message, what was tried before."""
    found: dict[str, Before] = {}
    keys = [row.key for row in rows if row.tries]
    for message, channel, state, parcel in (
        connection.execute(_TRIED, {"keys": keys}) if keys else ()
    ):
        before = found.get(message, NOTHING)
        so_far = [] if channel == DESK else [*before.tried, Tried(channel, state)]
        found[message] = Before(so_far, parcel or before.parcel)
    return found


class Begun(NamedTuple):
    """An attempt to begin: the message, by which channel, together with what."""

    row: Row
    channel: str
    parcel: str = ""


def begin(
    connection: Connection, taken: Sequence[Begun], now: datetime, until: datetime, flow_run: str
) -> None:
    """Begin an attempt for each message; nobody else may take them ``until``."""
    if not taken:
        return
    connection.execute(_TAKE, [{"b_key": one.row.key, "b_until": iso(until)} for one in taken])
    begun = {"begun_at": iso(now), "flow_run": flow_run}
    rest = {"ended_at": "", "state": "begun", "detail": ""}
    attempts = [
        {
            "message": one.row.key,
            "number": one.row.tries + 1,
            "channel": one.channel,
            "parcel": one.parcel,
            **begun,
            **rest,
        }
        for one in taken
    ]
    connection.execute(_BEGIN_ATTEMPT, attempts)


# -- recording -----------------------------------------------------------------------------------

# Only the latest attempt may speak for its message. Its word comes late where it was thought dead
# meanwhile, and is still better than not knowing.
_END_ATTEMPT = (
    update(_ATTEMPTS)
    .where(
        _ATTEMPTS.c.message == bindparam("b_key"),
        _ATTEMPTS.c.number == bindparam("b_number"),
        or_(_ATTEMPTS.c.state == "begun", _ATTEMPTS.c.state == "unknown"),
    )
    .values(state=bindparam("b_state"), ended_at=bindparam("b_at"), detail=bindparam("b_detail"))
)
_END_MESSAGE = (
    update(_MESSAGES)
    .where(
        _MESSAGES.c.key == bindparam("b_key"),
        _MESSAGES.c.tries == bindparam("b_number"),
        or_(_MESSAGES.c.state == "open", _MESSAGES.c.state == "unknown"),
    )
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_detail"),
        not_before=bindparam("b_not_before"),
    )
)


def record(database: Database, ends: Iterable[End], now: datetime) -> None:
    """Commit how attempts ended, all at once, always in the same order."""
    listed = sorted(ends)
    if not listed:
        return
    with database.writing() as connection:
        connection.execute(
            _END_MESSAGE,
            [
                {
                    "b_key": end.key,
                    "b_number": end.number,
                    "b_state": end.state,
                    "b_detail": end.detail[:300],
                    "b_not_before": end.not_before,
                }
                for end in listed
            ],
        )
        connection.execute(
            _END_ATTEMPT,
            [
                {
                    "b_key": end.key,
                    "b_number": end.number,
                    "b_state": end.attempt,
                    "b_detail": end.detail[:500],
                    "b_at": iso(now),
                }
                for end in listed
            ],
        )
