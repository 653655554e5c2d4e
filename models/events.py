"""The log: events chained by hash, and the payloads that may be erased without breaking it."""

from datetime import date

from sqlalchemy import Index, Text
from sqlmodel import Column, Field, SQLModel


class StoredEvent(SQLModel, table=True):
    """One event. ``at`` is when it was recorded (UTC, ISO 8601), ``happened_on`` the day it
    happened. ``hash`` covers everything but the columns repeated from ``body`` for searching, and
    the hash before it. ``key`` is the command's idempotency key, on its first event only."""

    __tablename__ = "events"
    __table_args__ = (
        Index("events_once", "case", "key", unique=True),
        Index("events_by_type", "type", "happened_on"),
        Index("events_by_time", "at", "case", "seq", "actor"),
        Index("events_by_actor", "actor", "at", "case", "seq"),
    )

    case: str = Field(primary_key=True, max_length=160)
    seq: int = Field(primary_key=True)
    type: str = Field(max_length=60)
    stage: str = Field(default="", max_length=41)
    item: str = Field(default="", max_length=60)
    happened_on: date
    at: str = Field(max_length=32)
    actor: str = Field(max_length=40)
    role: str = Field(max_length=20)
    on_behalf_of: str = Field(default="", max_length=40)
    key: str | None = Field(default=None, max_length=200)
    body: str = Field(sa_column=Column(Text, nullable=False))
    prev: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class Payload(SQLModel, table=True):
    """Free text and personal data of one command. ``digest`` = SHA-256 of salt and body, which is
    all the event holds; erasing leaves salt and body empty and says when."""

    __tablename__ = "payloads"

    digest: str = Field(primary_key=True, max_length=64)
    case: str = Field(max_length=160, index=True)
    salt: str = Field(max_length=64)
    body: str = Field(sa_column=Column(Text, nullable=False))
    erased_at: str = Field(default="", max_length=32)
