"""A person's right to be forgotten: free text and personal data go, the log stays whole (law 9).

Events hold ids and salted digests only, so nothing of the chain changes: verify, replay and the
log's digest are as before. A name that stands in somebody else's text is found by no program: such
a text is erased by its digest. Old pages of a database live on in backups and, with SQLite, in the
write-ahead file until its next checkpoint: erase those by their own rules.
"""

import json
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from engine.export import stream
from engine.writing import iso
from models.events import Payload, StoredEvent
from models.messages import Attempt, Message
from models.people import Person, Recusal

_EVENTS, _PAYLOADS = StoredEvent.__table__, Payload.__table__
_PEOPLE, _RECUSALS = Person.__table__, Recusal.__table__
_MESSAGES, _ATTEMPTS = Message.__table__, Attempt.__table__

ERASED_NAME = "（已删除）"


def erase_payload(connection: Connection, key: str, at: datetime) -> bool:
    """Empty the free text of that digest, and its salt, noting when; False where there is none or
    it was erased before."""
    _leave_no_trace(connection)
    wanted = update(_PAYLOADS).where(_PAYLOADS.c.digest == key, _PAYLOADS.c.erased_at == "")
    return connection.execute(wanted.values(salt="", body="", erased_at=iso(at))).rowcount == 1


def erase_person(connection: Connection, person: str, at: datetime) -> int:
    """Forget a person: name, mail and phone, why they recused themselves, the messages they were
    sent, and every free text they gave or that was given for them; how many texts were erased.

    The id stays: it stands in the events and says nothing without the name.
    """
    _leave_no_trace(connection)
    forgotten = {"name": ERASED_NAME, "mail": "", "phone": ""}
    connection.execute(update(_PEOPLE).where(_PEOPLE.c.id == person).values(forgotten))
    connection.execute(update(_RECUSALS).where(_RECUSALS.c.person == person).values(reason=""))
    sent = select(_MESSAGES.c.key).where(_MESSAGES.c.person == person)
    connection.execute(update(_ATTEMPTS).where(_ATTEMPTS.c.message.in_(sent)).values(detail=""))
    messages = update(_MESSAGES).where(_MESSAGES.c.person == person)
    connection.execute(messages.values(subject="", text="", short=""))
    given = set(_given(connection, person))
    return sum(erase_payload(connection, key, at) for key in sorted(given))


def _given(connection: Connection, person: str) -> Iterator[str]:
    """The digests of the free texts a person gave, or somebody for them."""
    theirs = or_(_EVENTS.c.actor == person, _EVENTS.c.on_behalf_of == person)
    for row in stream(connection, select(_EVENTS.c.body).where(theirs)):
        if payload := json.loads(row.body).get("payload"):
            yield payload


def _leave_no_trace(connection: Connection) -> None:
    """SQLite leaves deleted text in its file unless told to overwrite it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
