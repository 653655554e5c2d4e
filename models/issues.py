"""The issue ledger (问题台账) as rows, for searching across schools."""

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class IssueRow(SQLModel, table=True):
    """One issue of one case; ``state`` as in the issue list's rules."""

    __tablename__ = "issues"
    # The ledger is listed, counted and searched for what is shared from these alone.
    __table_args__ = (
        Index(
            "issues_by_day",
            *("office", "raised_on", "case", "stage", "number"),
            *("state", "severity", "nature", "unit", "basis", "subject"),
        ),
        Index(
            "issues_counted",
            *("office", "state", "severity", "nature", "unit", "basis", "subject"),
            *("case", "stage", "number", "raised_on"),
        ),
        Index(
            "issues_shared",
            *("office", "basis", "subject", "state", "severity", "nature", "unit", "case"),
        ),
        Index("issues_of_unit", "unit", "case"),
    )

    case: str = Field(primary_key=True, max_length=160)
    stage: str = Field(primary_key=True, max_length=41)
    number: str = Field(primary_key=True, max_length=20)
    office: str = Field(max_length=40)
    subject: str = Field(max_length=40, index=True)
    severity: str = Field(max_length=12)
    outcome: str = Field(max_length=20)
    nature: str = Field(max_length=12)
    basis: str = Field(max_length=80)
    unit: str = Field(max_length=40)
    source: str = Field(max_length=160)
    state: str = Field(max_length=12)
    raised_on: date
    closed_on: date | None = None
    reopened: int = 0
