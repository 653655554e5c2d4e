"""What delivery asks of a channel: one method to send, and where it can, its word afterwards."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, Protocol, runtime_checkable

# A mail address as it may stand in a letter's head: no dot at an end, no two in a row.
MAIL_ADDRESS = (
    r"^[A-Za-z0-9_%+\-]+(?:\.[A-Za-z0-9_%+\-]+)*"
    r"@[A-Za-z0-9](?:-*[A-Za-z0-9])*(?:\.[A-Za-z0-9](?:-*[A-Za-z0-9])*)*$"
)


class Addressee(NamedTuple):
    """To whom it goes. Mail and phone are empty where none is known; ``id`` is ``public`` for the
    notice board."""

    id: str
    name: str
    mail: str = ""
    phone: str = ""


class Outgoing(NamedTuple):
    """A message on its way out; ``key`` is the same however often it is tried, ``on`` the day it
    is owed, ``at`` when it is sent; ``role`` and ``name`` say to whom and what kind it is.

    ``short`` is what a chat says of it (the text, where there is none); ``link`` where its reader
    confirms it; ``prefers`` the channel its reader asked for; ``parts`` the messages of one that
    was gathered from several.
    """

    key: str
    to: Addressee
    subject: str
    text: str
    on: date
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    role: str = ""
    name: str = ""
    short: str = ""
    link: str = ""
    prefers: str = ""
    parts: tuple["Outgoing", ...] = ()


class SendResult(NamedTuple):
    """What came of one try. ``delivered``: the other side says it reached its reader, which most
    cannot. ``later``: not sent, and another try may do. ``failed``: not sent, and
    no other try will do. ``skipped``: there is no address. ``unknown``: it may have gone out.

    ``detail`` is shown to the office: no address, password or token belongs in it.
    """

    state: Literal["sent", "delivered", "later", "skipped", "failed", "unknown"]
    detail: str = ""


class Tried(NamedTuple):
    """An attempt before this one: by which channel, and how it ended."""

    channel: str
    state: str


class Sender(Protocol):
    """A channel. ``send`` does not raise for what a channel may meet (no network, no such user)."""

    channel: str

    def send(self, message: Outgoing) -> SendResult:
        """Send one message."""
        ...


@runtime_checkable
class Witness(Protocol):
    """A channel that can say whether a message went out after its sender died over it."""

    def was_sent(self, message: Outgoing) -> bool:
        """Whether the message is out, whole; False is as sure as True."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A channel beyond the house, as slow as its network: ``batch`` messages are in hand at once,
    and when nothing more is to be sent it hangs up."""

    batch: int

    def rest(self) -> None:
        """Hang up; whoever was not there is asked again next time."""
        ...


@runtime_checkable
class Router(Protocol):
    """Several channels under an office's policy."""

    def route(self, message: Outgoing, tried: Sequence[Tried]) -> Sender | SendResult:
        """The next channel, after those tried; or why there is none."""
        ...

    def named(self, channel: str) -> Sender | None:
        """The channel of this name; None where it is not set up any more."""
        ...

    def may_go(self, office: str, now: datetime) -> frozenset[str] | None:
        """The kinds that may go out at this hour; None for all of them."""
        ...

    def gathers(self, office: str) -> bool:
        """Whether several messages to one person are one."""
        ...

    def once_a_day(self, office: str) -> frozenset[str]:
        """The kinds that come to a person once a day, in the digest of the day."""
        ...

    def receipt_by(self, office: str, name: str, now: datetime) -> datetime | None:
        """Until when a receipt is waited for before the next channel follows; None: for ever."""
        ...

    @property
    def served(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The channels, each with the roles it serves; all, where none are named."""
        ...

    def link(self, key: str) -> str:
        """Where a message's reader confirms it; "" where there is no such place."""
        ...
