"""The desk: what every page works with - the journal, the folders, the clock, the secret."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from engine.journal import SHANGHAI, Journal
from models.database import Database


def _nobody_there(*asked: Any, **wanted: Any) -> Any:
    """A desk made for papers alone has nobody to ask about messages, and says so."""
    raise NotImplementedError("nobody at this desk knows of messages")


@dataclass
class Desk:
    """``home`` holds letters, evidence and secrets; ``clock`` answers the time, aware of its zone;
    ``secret`` signs hidden fields. ``secure``: cookies travel over HTTPS only. ``outside``: this is
    the listener for phones and the public. ``wake`` is called after a command was recorded: a hint
    that there is work, and no more. ``messages`` are the names of the messages there are, against
    which a definition is checked. ``public_url`` is our address as people outside reach it, for QR
    codes. ``channels``: the channels messages go by, each with the roles it serves (all, where none
    are named). ``ahead`` tells what will be sent of an office between two days, ``previews`` how
    an office's latest messages of a kind would read in other words (`notifications.ahead` and
    `previewing`, which no page may ask for itself)."""

    journal: Journal
    home: Path
    clock: Callable[[], datetime]
    secret: bytes
    secure: bool = False
    outside: bool = False
    wake: Callable[[], None] = lambda: None
    messages: frozenset[str] = frozenset()
    public_url: str = ""
    channels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ahead: Callable[..., Any] = _nobody_there
    previews: Callable[..., Any] = _nobody_there
    database: Database = field(init=False)

    def __post_init__(self) -> None:
        self.database = self.journal.database

    @property
    def letters(self) -> Path:
        """Where the flows put letters."""
        return self.home / "letters"

    @property
    def evidence(self) -> Path:
        """Where uploads lie, by their content's hash."""
        return self.home / "evidence"

    def now(self) -> datetime:
        """The time, UTC."""
        return self.clock()

    def today(self) -> date:
        """The day in Shanghai."""
        return (self.clock() + SHANGHAI).date()
