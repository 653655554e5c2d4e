"""Frozen texts: definitions, standards and calendars as they were, by content hash.

A running case keeps those it started with, so that it is decided the same for ever.
"""

from sqlmodel import Field, SQLModel


class FrozenText(SQLModel, table=True):
    """One version of a definition, an indicator standard or a calendar."""

    __tablename__ = "frozen_texts"

    hash: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=20)
    name: str = Field(max_length=80)
    text: str
