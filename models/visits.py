"""Visits to an organisation, of whatever process: the burden cap counts them."""

from datetime import date

from sqlmodel import Field, SQLModel


class Visit(SQLModel, table=True):
    """One visit, from the event that reports it."""

    __tablename__ = "visits"

    case: str = Field(primary_key=True, max_length=160)
    seq: int = Field(primary_key=True)
    stage: str = Field(max_length=41)
    kind: str = Field(max_length=30)
    subject: str = Field(max_length=40, index=True)
    happened_on: date = Field(index=True)
    actor: str = Field(max_length=40)
