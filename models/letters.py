"""Letters written: which paper of which case, from what, and where the file lies."""

from datetime import date

from sqlalchemy import Index, false, text
from sqlmodel import Field, SQLModel


class Letter(SQLModel, table=True):
    """One paper. ``sha256`` is that of the file; ``sources`` the events its figures come from;
    ``numbered``: it goes out under the office's red head and bears a number once issued;
    ``received_at`` when somebody of the addressee opened it first, and who. Of one received on
    paper ``received_note`` says so in Chinese, and ``received_by`` who in the office entered it.

    What became of it follows from its events: ``state``; ``text``, the file that holds now (empty:
    as drafted), with its ``pdf`` where there is one, both kept by their hash; ``number`` and
    ``issued_on``; ``replaced_by``, the order of the letter that took its place. ``called_by`` is
    the order that called for it: its own, or that of the letter whose place it took."""

    __tablename__ = "letters"
    # A list and its filters are answered from the index alone.
    __table_args__ = (
        Index("letters_by_day", "office", "drafted_on", "order", "kind", "received_at"),
        Index("letters_by_state", "office", "state", "drafted_on", "order", "kind"),
        Index(
            "letters_numbered",
            "office",
            "state",
            postgresql_where=text("numbered IS true"),
            sqlite_where=text("numbered IS 1"),
        ),
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
    numbered: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    state: str = Field(default="drafted", max_length=10)
    received_at: str = Field(default="", max_length=32, sa_column_kwargs={"server_default": ""})
    received_by: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    received_note: str = Field(default="", max_length=120, sa_column_kwargs={"server_default": ""})
    called_by: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    text: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    pdf: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    number: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    issued_on: date | None = None
    replaced_by: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})


class LetterNumber(SQLModel, table=True):
    """发文登记簿: a number of an office, code and year, and the letter that bears it for good."""

    __tablename__ = "letter_numbers"

    office: str = Field(primary_key=True, max_length=40)
    code: str = Field(primary_key=True, max_length=20)
    year: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    case: str = Field(max_length=160, index=True)
    letter: str = Field(max_length=60)
    issued_on: date
