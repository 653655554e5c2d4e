"""People, what they are responsible for and since when, and whom they must not judge."""

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class Person(SQLModel, table=True):
    """One person, once, whatever roles they hold."""

    __tablename__ = "people"
    __table_args__ = (Index("people_by_name", "name", "id", "phone"),)

    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=60)
    mail: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=30)
    left_on: date | None = None


class Assignment(SQLModel, table=True):
    """A role held for an organisation: head or clerk of a school, inspector of a zone, staff of an
    office. ``rank`` orders those who hold the same one; the first is told first."""

    __tablename__ = "assignments"
    __table_args__ = (Index("assignments_at", "organisation", "role", "until", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key="people.id", index=True)
    role: str = Field(max_length=20)
    organisation: str = Field(foreign_key="organisations.code")
    rank: int = 0
    since: date | None = None
    until: date | None = None


class Recusal(SQLModel, table=True):
    """回避: a person who must not judge an organisation, and why (near relative, interest)."""

    __tablename__ = "recusals"

    person: str = Field(primary_key=True, foreign_key="people.id")
    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    reason: str = Field(default="", max_length=500)
