"""Scores that stand side by side: the school's own, and the review's."""

from datetime import date

from sqlmodel import Field, SQLModel


class Score(SQLModel, table=True):
    """One scoring of one case. ``side``: self or review; ``total`` a decimal text."""

    __tablename__ = "scores"

    case: str = Field(primary_key=True, max_length=160)
    seq: int = Field(primary_key=True)
    side: str = Field(max_length=10)
    subject: str = Field(max_length=40, index=True)
    scored_on: date
    total: str = Field(max_length=12)
    value_added: str = Field(default="", max_length=12)
    grade: str = Field(default="", max_length=4)
    areas: str = Field(default="", max_length=2000)
