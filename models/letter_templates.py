"""The Word templates of an office: every version there was, and which holds."""

from sqlmodel import Field, SQLModel

ALL_KINDS = "*"


class LetterTemplate(SQLModel, table=True):
    """One version, never changed afterwards; of an office and kind the highest ``version`` holds.
    ``kind`` is a letter's, or ALL_KINDS for those without one of their own. ``sha256`` names the
    file; empty, this version gave up the office's own. ``case`` and ``seq`` are the event that made
    it so: who, when, and with which words, the log says."""

    __tablename__ = "letter_templates"

    office: str = Field(primary_key=True, max_length=40)
    kind: str = Field(primary_key=True, max_length=60)
    version: int = Field(primary_key=True)
    case: str = Field(max_length=160, index=True)
    seq: int
    sha256: str = Field(default="", max_length=64)
