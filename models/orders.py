"""Orders: what is owed to the world, and what became of it. Nothing owed is ever deleted."""

from datetime import date

from sqlalchemy import Index, Text, text
from sqlmodel import Column, Field, SQLModel


class OrderRow(SQLModel, table=True):
    """One order. ``state``: open, done, skipped, failed, unknown. ``claim`` counts the takers; only
    the latest may say what came of it, and ``leased_until`` says how long it may take. A done
    order names the flow run that did it."""

    __tablename__ = "orders"
    __table_args__ = (
        Index(
            "orders_open",
            "flow",
            "office",
            "id",
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index("orders_by_case", "case", "seq"),
        Index(
            "orders_in_trouble",
            "office",
            "owed_on",
            postgresql_where=text("state IN ('failed', 'unknown')"),
            sqlite_where=text("state IN ('failed', 'unknown')"),
        ),
    )

    id: str = Field(primary_key=True, max_length=200)
    case: str = Field(max_length=160)
    seq: int
    office: str = Field(max_length=40)
    flow: str = Field(max_length=30)
    body: str = Field(sa_column=Column(Text, nullable=False))
    owed_on: date
    state: str = Field(default="open", max_length=10)
    claim: int = 0
    leased_until: str = Field(default="", max_length=32)
    flow_run: str = Field(default="", max_length=60)
    outcome: str = Field(default="", max_length=1000)
    done_at: str = Field(default="", max_length=32)
