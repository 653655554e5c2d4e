"""Cases: where each subject stands in each round, beside the log that says how it got there."""

from sqlalchemy import Index, Text
from sqlmodel import Column, Field, SQLModel


class Case(SQLModel, table=True):
    """One stream of events. ``state`` is the canonical text of its fold; ``seq`` and ``head`` the
    number and hash of its last event. A round is a case of its own (``of`` = round)."""

    __tablename__ = "cases"
    # What has changed in a round is asked of the index alone.
    __table_args__ = (Index("cases_by_round", "round", "of", "status", "id", "seq"),)

    id: str = Field(primary_key=True, max_length=160)
    of: str = Field(max_length=5)
    round: str = Field(max_length=120)
    office: str = Field(max_length=40)
    subject: str = Field(max_length=40, index=True)
    definition: str = Field(max_length=64)
    standard: str = Field(default="", max_length=64)
    status: str = Field(default="new", max_length=10)
    seq: int = 0
    head: str = Field(default="", max_length=64)
    state: str = Field(default="", sa_column=Column(Text, nullable=False))
