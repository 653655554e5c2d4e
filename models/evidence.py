"""Evidence: files by content hash, each stored once, pointed to by every answer that needs it."""

from sqlmodel import Field, SQLModel


class Evidence(SQLModel, table=True):
    """One file of one organisation."""

    __tablename__ = "evidence"

    sha256: str = Field(primary_key=True, max_length=64)
    organisation: str = Field(primary_key=True, max_length=40, index=True)
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size: int
    added_at: str = Field(max_length=32)


class EvidenceUse(SQLModel, table=True):
    """Which answer of which case a file supports."""

    __tablename__ = "evidence_uses"

    sha256: str = Field(primary_key=True, max_length=64)
    case: str = Field(primary_key=True, max_length=160, index=True)
    indicator: str = Field(primary_key=True, max_length=20)
