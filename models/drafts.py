"""Drafts: what somebody has typed and not yet handed in. No part of the log, and gone with it."""

from sqlalchemy import Text
from sqlmodel import Column, Field, SQLModel


class Draft(SQLModel, table=True):
    """One unfinished form. ``owner`` is an organisation (everyone in a school works at the same
    one) or a person; ``form`` the command it will become, with its item where there is one;
    ``version`` counts the savings, so that two who type at once do not overwrite each other."""

    __tablename__ = "drafts"

    case: str = Field(primary_key=True, max_length=160)
    stage: str = Field(primary_key=True, max_length=41)
    form: str = Field(primary_key=True, max_length=80)
    owner: str = Field(primary_key=True, max_length=40)
    version: int = 1
    body: str = Field(sa_column=Column(Text, nullable=False))
    saved_by: str = Field(max_length=40)
    saved_at: str = Field(max_length=32)
