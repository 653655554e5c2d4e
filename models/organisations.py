"""Organisations: one tree of province, city, county, zone, township, department and school."""

from datetime import date

from sqlalchemy import Index
from sqlmodel import JSON, Column, Field, SQLModel


class Organisation(SQLModel, table=True):
    """A unit by its code. ``kind`` is province, city, county, zone, township, department, office,
    or a school kind; ``tier`` its size class where a process visits by tier; ``facts`` the figures
    its papers quote (classes, pupils, staff); ``initials`` those of the name's pinyin, for the
    search. A merged school keeps its row and names its successor."""

    __tablename__ = "organisations"
    __table_args__ = (
        Index("organisations_evaluated", "last_evaluated_on", "code"),
        Index("organisations_listed", "code", "name", "initials", "kind", "parent", "closed_on"),
    )

    code: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=120)
    initials: str = Field(default="", max_length=120, sa_column_kwargs={"server_default": ""})
    kind: str = Field(max_length=20, index=True)
    parent: str | None = Field(default=None, foreign_key="organisations.code", index=True)
    zone: str | None = Field(default=None, max_length=40, index=True)
    tier: str = Field(default="", max_length=20)
    invented: bool = False
    opened_on: date | None = None
    closed_on: date | None = None
    successor: str | None = Field(default=None, max_length=40)
    last_evaluated_on: date | None = None
    facts: dict = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
