"""Letters written: which paper of which case, from what, and where the file lies."""

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class Letter(SQLModel, table=True):
    """One paper. ``sha256`` is that of the file; ``sources`` the events its figures come from;
    ``received_at`` when somebody of the addressee opened it first, and who. Of one received on
    paper ``received_note`` says so in Chinese, and ``received_by`` who in the office entered it."""

    __tablename__ = "letters"
    # A list and its filters are answered from the index alone.
    __table_args__ = (
        Index("letters_by_day", "office", "drafted_on", "order", "kind", "received_at"),
        Index("letters_of_case", "case", "kind", "drafted_on", "order", "received_at"),
    )

    order: str = Field(primary_key=True, max_length=200)
    case: str = Field(max_length=160)
    office: str = Field(max_length=40)
    kind: str = Field(max_length=60)
    title: str = Field(max_length=200)
    drafted_on: date
    path: str = Field(max_length=400)
    sha256: str = Field(max_length=64)
    template: str = Field(default="", max_length=64)
    sources: str = Field(default="", max_length=4000)
    state: str = Field(default="drafted", max_length=10)
    received_at: str = Field(default="", max_length=32, sa_column_kwargs={"server_default": ""})
    received_by: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    received_note: str = Field(default="", max_length=120, sa_column_kwargs={"server_default": ""})
