"""Other systems: tokens for speaking to us, webhooks for speaking to them, and calendar feeds."""

from sqlalchemy import Text
from sqlmodel import Column, Field, SQLModel


class ApiToken(SQLModel, table=True):
    """A token of one office. ``id`` is the SHA-256 of the token; ``person`` acts through it."""

    __tablename__ = "api_tokens"

    id: str = Field(primary_key=True, max_length=64)
    office: str = Field(foreign_key="organisations.code", index=True, max_length=40)
    person: str = Field(foreign_key="people.id", max_length=40)
    name: str = Field(max_length=80)
    may_write: bool = False
    made_at: str = Field(max_length=32)
    used_at: str = Field(default="", max_length=32)
    revoked_at: str = Field(default="", max_length=32)


class Webhook(SQLModel, table=True):
    """An address of another system. ``direction``: out (we call it about ``events``, a comma list
    of event types or *) or in (it calls us). The secret that signs the calls is not kept: it
    follows from ``id`` and the house's own (`engine.calls`)."""

    __tablename__ = "webhooks"

    id: str = Field(primary_key=True, max_length=32)
    office: str = Field(foreign_key="organisations.code", index=True, max_length=40)
    direction: str = Field(max_length=3)
    name: str = Field(max_length=80)
    url: str = Field(default="", max_length=400)
    events: str = Field(default="*", max_length=1000)
    last_seq: int = 0
    active: bool = True


class WebhookCall(SQLModel, table=True):
    """One call owed to another system: which event, how often tried, what came of it."""

    __tablename__ = "webhook_calls"

    webhook: str = Field(primary_key=True, foreign_key="webhooks.id", max_length=32)
    case: str = Field(primary_key=True, max_length=160)
    seq: int = Field(primary_key=True)
    body: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(default="open", index=True, max_length=10)
    tries: int = 0
    not_before: str = Field(default="", max_length=32)
    detail: str = Field(default="", max_length=300)


class FeedLink(SQLModel, table=True):
    """A secret address of a calendar feed. ``id`` is the SHA-256 of the token; ``whose`` a person
    or an organisation."""

    __tablename__ = "feed_links"

    id: str = Field(primary_key=True, max_length=64)
    of: str = Field(max_length=12)
    whose: str = Field(index=True, max_length=40)
    made_at: str = Field(max_length=32)
    revoked_at: str = Field(default="", max_length=32)
