"""The Word templates of an office: every version there was, and which holds."""

from sqlmodel import Field, SQLModel

ALL_KINDS = "*"


class LetterTemplate(SQLModel, table=True):
    """One version, never changed afterwards; of an office and kind the highest ``version`` holds.
    ``kind`` is a letter's, or ALL_KINDS for those without one of their own. ``sha256`` names the
    file; empty, this version gave up the office's own."""

    __tablename__ = "letter_templates"

    office: str = Field(primary_key=True, max_length=40)
    kind: str = Field(primary_key=True, max_length=60)
    version: int = Field(primary_key=True)
    sha256: str = Field(default="", max_length=64)
    file_name: str = Field(default="", max_length=200)
    added_by: str = Field(max_length=40)
    added_at: str = Field(max_length=32)
    note: str = Field(default="", max_length=200)
