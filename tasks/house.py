"""The house: the database, the journal and the folders that every task of this process works with.

A flow run that starts in a new process opens it from the environment (``DUDAO_…``); whoever wires
parts together by hand (the command, the demo, a test) moves in with ``live_in``.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.journal import Journal
from engine.library import shipped_calendar
from models.database import Database
from notifications.channel_settings import read_channels
from notifications.outbox import Outbox
from notifications.sender import Router, Sender
from rules.days import Calendar

SECRET = "portal.secret"


class Settings(BaseSettings):
    """Where things lie. ``DUDAO_DATABASE_URL``: a path means SQLite; ``DUDAO_HOME``: letters,
    evidence, the local outbox, and what channels are set up (`channels.toml`)."""

    model_config = SettingsConfigDict(env_prefix="DUDAO_")

    home: Path = Path("var")
    database_url: str = ""

    @property
    def url(self) -> str:
        """The database, by default a file in the home."""
        return self.database_url or str(self.home / "dudao.db")


@dataclass
class House:
    """What the tasks share. ``home`` is the folder it all lies in."""

    journal: Journal
    home: Path
    sender: Sender
    database: Database = field(init=False)

    def __post_init__(self) -> None:
        self.database = self.journal.database

    @property
    def channels(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The channels that are set up, each with the roles it serves; none with the outbox
        alone."""
        return self.sender.served if isinstance(self.sender, Router) else ()

    @property
    def letters(self) -> Path:
        """Where letters are put."""
        return self.home / "letters"

    @cached_property
    def secret(self) -> bytes:
        """What calls to other systems are signed by, and the portal's pages sealed."""
        return secret_of(self.home)

    @classmethod
    def at(cls, home: Path, url: str, salt: Callable[[str], str]) -> "House":
        """A house in a folder, on a database. BadChannels where the channels set up there cannot
        be used; without any, messages stay in the local outbox."""
        home.mkdir(parents=True, exist_ok=True)
        journal = Journal(Database(url), shipped_calendar(), salt)
        return cls(journal, home, _sender(home, journal))


def _sender(home: Path, journal: Journal) -> Sender:
    """The channels that are set up, or the outbox alone."""
    outbox, channels = Outbox(home / "outbox"), read_channels(home)
    if channels is None:
        return outbox
    from notifications.post import Post  # a second to read: only where there are channels

    def calendar_of(office: str) -> Calendar:
        with journal.database.reading() as connection:
            return journal.shelf.calendar(connection, office)

    return Post(channels, outbox, calendar_of, secret_of(home))


def secret_of(home: Path) -> bytes:
    """The secret of a house, made once, by whichever process comes first; it lies beside the data
    and never in the database, so that a copy of that alone opens and signs nothing."""
    path = home / SECRET
    if not path.exists():
        whole = home / f"{SECRET}.{secrets.token_hex(6)}"
        with open(os.open(whole, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was quicker: its secret holds
            os.link(whole, path)
        whole.unlink()
    return bytes.fromhex(path.read_text("ascii"))


def random_salt(key: str) -> str:
    """A salt nobody can guess; the command's key does not matter."""
    return secrets.token_hex(16)


_lived_in: list[House] = []


def house() -> House:
    """The house of this process."""
    if not _lived_in:
        settings = Settings()
        _lived_in.append(House.at(settings.home, settings.url, random_salt))
    return _lived_in[-1]


@contextmanager
def live_in(home: House) -> Iterator[House]:
    """Use a house for a while."""
    _lived_in.append(home)
    try:
        yield home
    finally:
        _lived_in.remove(home)
