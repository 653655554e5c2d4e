"""Who waits: offices with a message that may go now, and messages whose receipt did not come."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, literal_column, select, update

from engine.writing import iso
from models.database import Database
from models.messages import Message

_MESSAGES = Message.__table__

_UNREAD = (
    update(_MESSAGES)
    .where(
        _MESSAGES.c.office == bindparam("b_office"),
        _MESSAGES.c.state.in_([literal_column("'sent'"), literal_column("'delivered'")]),
        _MESSAGES.c.not_before != literal_column("''"),
        _MESSAGES.c.not_before < bindparam("b_now"),
    )
    .values(state="open", not_before="", reason="没有收到回执，换一个渠道再告知")
)
_TAKEABLE = (
    select(_MESSAGES.c.office)
    .where(_MESSAGES.c.state == literal_column("'open'"), _MESSAGES.c.not_before < bindparam("now"))
    .distinct()
)
_KINDS = (
    select(_MESSAGES.c.name)
    .where(_MESSAGES.c.state == literal_column("'open'"), _MESSAGES.c.not_before < bindparam("now"))
    .where(_MESSAGES.c.office == bindparam("office"))
    .distinct()
)
_LATE = (
    select(_MESSAGES.c.office)
    .where(
        _MESSAGES.c.state.in_([literal_column("'sent'"), literal_column("'delivered'")]),
        _MESSAGES.c.not_before != literal_column("''"),
        _MESSAGES.c.not_before < bindparam("now"),
    )
    .distinct()
)


def reopen_unread(database: Database, office: str, now: datetime) -> int:
    """Messages whose receipt did not come in time are open again, for the next channel; how
    many."""
    with database.writing() as connection:
        return connection.execute(_UNREAD, {"b_office": office, "b_now": iso(now)}).rowcount


def offices(connection: Connection, now: datetime) -> set[str]:
    """The offices with a message to take or one whose receipt is late."""
    found = set(connection.execute(_TAKEABLE, {"now": iso(now)}).scalars())
    return found | set(connection.execute(_LATE, {"now": iso(now)}).scalars())


def kinds_open(connection: Connection, office: str, now: datetime) -> set[str]:
    """The kinds of an office's messages that might be taken."""
    return set(connection.execute(_KINDS, {"office": office, "now": iso(now)}).scalars())
