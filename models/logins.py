"""How people get in: their passwords, the sessions that are open, and links that open one."""

from sqlmodel import Field, SQLModel


class Login(SQLModel, table=True):
    """A person's password (argon2) and how often it was mistyped. Times are UTC, ISO 8601."""

    __tablename__ = "logins"

    person: str = Field(primary_key=True, foreign_key="people.id")
    username: str = Field(max_length=60, unique=True)
    password: str = Field(default="", max_length=200)
    must_change: bool = True
    failed: int = 0
    locked_until: str = Field(default="", max_length=32)
    changed_at: str = Field(default="", max_length=32)


class Session(SQLModel, table=True):
    """An open session. ``id`` is the SHA-256 of the cookie's token, ``seat`` the assignment in
    which the person acts; ``device`` tells the person which one it is."""

    __tablename__ = "sessions"

    id: str = Field(primary_key=True, max_length=64)
    person: str = Field(foreign_key="people.id", index=True)
    seat: int | None = None
    began_at: str = Field(max_length=32)
    seen_at: str = Field(max_length=32)
    ends_at: str = Field(max_length=32)
    revoked_at: str = Field(default="", max_length=32)
    device: str = Field(default="", max_length=120)


class EntryLink(SQLModel, table=True):
    """A link that opens one session, once. ``id`` is the SHA-256 of its token."""

    __tablename__ = "entry_links"

    id: str = Field(primary_key=True, max_length=64)
    person: str = Field(foreign_key="people.id", index=True)
    made_by: str = Field(max_length=40)
    made_at: str = Field(max_length=32)
    ends_at: str = Field(max_length=32)
    used_at: str = Field(default="", max_length=32)
