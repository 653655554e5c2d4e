"""Cycles of years, and the rounds in them: one office, one definition, one period."""

from datetime import date

from sqlmodel import Field, SQLModel


class Cycle(SQLModel, table=True):
    """What must happen over years: every subject once from ``first_year`` in ``years``."""

    __tablename__ = "cycles"

    id: str = Field(primary_key=True, max_length=120)
    office: str = Field(foreign_key="organisations.code", index=True)
    process: str = Field(max_length=80)
    first_year: int
    years: int


class Round(SQLModel, table=True):
    """One period of a process in one office; its own case has the same id."""

    __tablename__ = "rounds"

    id: str = Field(primary_key=True, max_length=120)
    cycle: str | None = Field(default=None, foreign_key="cycles.id")
    office: str = Field(foreign_key="organisations.code", index=True)
    process: str = Field(max_length=80)
    definition: str = Field(max_length=64)
    standard: str = Field(default="", max_length=64)
    calendar: str = Field(default="", max_length=64)
    period: str = Field(max_length=20)
    first: date
    last: date
