"""Deadlines as rows, for the clock's sweep and for pages; the case's state holds the armed ones."""

from datetime import date

from sqlalchemy import Index, Text, text
from sqlmodel import Column, Field, SQLModel


class DeadlineRow(SQLModel, table=True):
    """One arming of a deadline. ``state``: armed, met, late, cancelled, lapsed, moved. ``seq`` is
    the event that armed it; ``reckoning`` says why it is that day."""

    __tablename__ = "deadlines"
    __table_args__ = (
        Index(
            "deadlines_to_look_at",
            "next_on",
            "case",
            "seq",
            postgresql_where=text("state = 'armed'"),
            sqlite_where=text("state = 'armed'"),
        ),
        Index("deadlines_of_key", "case", "key"),
        Index(
            "deadlines_alike",  # counted by kind from it alone
            *("office", "next_on", "due_on", "key", "who", "missed", "level", "case"),
            postgresql_where=text("state = 'armed'"),
            sqlite_where=text("state = 'armed'"),
        ),
        Index(
            "deadlines_by_day",  # counted and searched from it alone
            *("office", "due_on", "case", "seq", "key", "who", "provisional", "state"),
            postgresql_where=text("state = 'armed'"),
            sqlite_where=text("state = 'armed'"),
        ),
    )

    case: str = Field(primary_key=True, max_length=160)
    seq: int = Field(primary_key=True)
    key: str = Field(max_length=120)
    office: str = Field(max_length=40)
    who: str = Field(max_length=60)
    due_on: date
    next_on: date
    state: str = Field(default="armed", max_length=10)
    missed: bool = False
    level: int = 0
    provisional: bool = False
    reckoning: str = Field(sa_column=Column(Text, nullable=False))
