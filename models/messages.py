"""The ledger of messages: owed once, attempted as often as it takes."""

from datetime import date

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Column, Field, SQLModel


class Message(SQLModel, table=True):
    """A message owed to one person, by a stable key (order and person). ``state``: open, sent,
    delivered, read, skipped, failed, unknown; ``reason`` says why where it was not simply sent.
    ``short`` is what a chat group says of it; "" in rows that are older than it.

    ``tries`` counts the attempts begun; ``not_before`` says until when nobody else may take it: a
    sender has it in hand, or it rests after a temporary failure. Of one that was sent it says until
    when a receipt is waited for before the next channel follows ("" where none is).
    """

    # Each that holds few states begins with the state: SQLite takes it before any other.
    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "messages_open",
            "office",
            "state",
            "owed_on",
            "key",
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index("messages_by_day", "office", "owed_on", "key", "person", "case"),
        Index("messages_by_name", "office", "name", "owed_on", "key"),
        Index("messages_of_person", "person", "owed_on", "key", "office"),
        Index(
            "messages_skipped",
            "office",
            "state",
            "owed_on",
            "key",
            postgresql_where=text("state = 'skipped'"),
            sqlite_where=text("state = 'skipped'"),
        ),
        Index(
            "messages_unread",
            "office",
            "not_before",
            postgresql_where=text("state IN ('sent', 'delivered') AND not_before <> ''"),
            sqlite_where=text("state IN ('sent', 'delivered') AND not_before <> ''"),
        ),
        Index(
            "messages_in_trouble",
            "state",
            "owed_on",
            "key",
            "office",
            postgresql_where=text("state IN ('failed', 'unknown')"),
            sqlite_where=text("state IN ('failed', 'unknown')"),
        ),
    )

    key: str = Field(primary_key=True, max_length=260)
    order: str = Field(foreign_key="orders.id", index=True, max_length=200)
    case: str = Field(max_length=160, index=True)
    office: str = Field(max_length=40)
    name: str = Field(max_length=80)
    person: str = Field(max_length=40)
    role: str = Field(max_length=60)
    organisation: str = Field(default="", max_length=40)
    owed_on: date
    subject: str = Field(default="", max_length=300)
    text: str = Field(default="", sa_column=Column(Text, nullable=False))
    short: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    state: str = Field(default="open", max_length=10)
    reason: str = Field(default="", max_length=300)
    tries: int = 0
    not_before: str = Field(default="", max_length=32)


class Attempt(SQLModel, table=True):
    """One try to deliver a message. It is begun before anything leaves the house; one that was
    begun and never ended is *unknown*. ``state``: begun, sent, delivered, read (by its link), later
    (not there; another try may do), skipped, failed, unknown. ``parcel``: what went out together
    has one; "" for a message alone."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("message", "number", name="attempts_number"),
        Index(
            "attempts_of_parcel",
            "parcel",
            postgresql_where=text("parcel <> ''"),
            sqlite_where=text("parcel <> ''"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    message: str = Field(foreign_key="messages.key", max_length=260)
    number: int
    channel: str = Field(max_length=40)
    begun_at: str = Field(max_length=32)
    ended_at: str = Field(default="", max_length=32)
    state: str = Field(default="begun", max_length=10)
    detail: str = Field(default="", max_length=500)
    flow_run: str = Field(default="", max_length=60)
    parcel: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})


class Preference(SQLModel, table=True):
    """The channel a person wants to be told by first; the others follow as the office has them."""

    __tablename__ = "preferences"

    person: str = Field(primary_key=True, foreign_key="people.id", max_length=40)
    channel: str = Field(max_length=40)
    changed_at: str = Field(max_length=32)


class DigestOfTheDay(SQLModel, table=True):
    """When a person had an office's digest of a day last: the instant of that delivery."""

    __tablename__ = "digests_of_the_day"

    person: str = Field(primary_key=True, foreign_key="people.id", max_length=40)
    office: str = Field(primary_key=True, max_length=40)
    at: str = Field(max_length=32)


class Deputy(SQLModel, table=True):
    """Who is told instead of a person from one day to another, both included; ``ended_at`` where
    that was given up before."""

    __tablename__ = "deputies"
    __table_args__ = (Index("deputies_by_day", "last", "first", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key="people.id", index=True, max_length=40)
    deputy: str = Field(foreign_key="people.id", max_length=40)
    first: date
    last: date
    made_by: str = Field(max_length=40)
    made_at: str = Field(max_length=32)
    ended_at: str = Field(default="", max_length=32)
