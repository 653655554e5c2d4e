"""The post: which of an office's channels a message goes by, and which is next when one fails.

The preferred channel comes first. One that refused a message for good is not asked again; one that
was not there three times waits for the others to be tried, and then once more for its turn.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from engine.receipts import PATH, token_of
from notifications.channel_settings import (
    Channel,
    Channels,
    DingTalkSettings,
    FeishuSettings,
    MailSettings,
    OutboxSettings,
    WebhookSettings,
    WeComSettings,
)
from notifications.chat import Group
from notifications.mail import Mail
from notifications.outbox import Outbox
from notifications.policy import Policy
from notifications.recipients import PUBLIC
from notifications.sender import Outgoing, Paced, Sender, SendResult, Tried
from notifications.webhook import Webhook
from rules.days import Calendar

PATIENCE = 3  # times a channel may be away before another one is preferred
MOST = 6  # times it may be away at all
_SPENT = ("failed", "skipped", "sent", "delivered")


class _Way(Protocol):
    """A channel that can say beforehand whether it reaches somebody."""

    channel: str

    def reaches(self, message: Outgoing) -> bool: ...

    def send(self, message: Outgoing) -> SendResult: ...


_WAYS: dict[type[Channel], Callable[[Any], _Way]] = {
    MailSettings: Mail,
    WeComSettings: Group,
    DingTalkSettings: Group,
    FeishuSettings: Group,
    WebhookSettings: Webhook,
}


class Post:
    """All channels as one sender; the notice board stays in the outbox."""

    channel = "post"
    batch = 20

    def __init__(
        self,
        channels: Channels,
        outbox: Outbox,
        calendar_of: Callable[[str], Calendar] | None = None,
        secret: bytes = b"",
    ) -> None:
        self.channels, self.calendar_of, self.secret = channels, calendar_of, secret
        self.outbox = outbox
        self.ways: list[tuple[Channel, _Way]] = [
            (one, outbox if isinstance(one, OutboxSettings) else _WAYS[type(one)](one))
            for one in channels.channel
        ]

    def route(self, message: Outgoing, tried: Sequence[Tried]) -> Sender | SendResult:
        """The next channel; or *skipped* where none leads to this person, *failed* where all were
        tried."""
        if message.to.id == PUBLIC:
            return self.outbox
        serving = [way for one, way in self.ways if one.serves(_office_role(message.role))]
        reached = [way for way in serving if way.reaches(message)]
        if not reached:
            return SendResult("skipped", "没有可用的渠道：没有登记邮箱，也没有为其角色设置群或平台")
        spent = {one.channel for one in tried if one.state in _SPENT}
        left = [way for way in reached if way.channel not in spent]
        left.sort(key=lambda way: way.channel != message.prefers)  # stable: then as they stand
        away = {way.channel: tried.count(Tried(way.channel, "later")) for way in left}
        for most in (PATIENCE, MOST):
            for way in left:
                if away[way.channel] < most:
                    return way
        return SendResult("failed", "各渠道都没有送出")

    def named(self, channel: str) -> Sender | None:
        """The channel the ledger calls so."""
        if channel == Outbox.channel:
            return self.outbox
        return next((way for _, way in self.ways if way.channel == channel), None)

    def may_go(self, office: str, now: datetime) -> frozenset[str] | None:
        """All kinds, but for quiet hours and days off: then the urgent ones."""
        policy = self._policy(office)
        if self.calendar_of is None or not policy.holds_back(now, self.calendar_of(office)):
            return None
        return policy.urgent_names

    def gathers(self, office: str) -> bool:
        """As the office's policy has it."""
        return self._policy(office).digest

    def once_a_day(self, office: str) -> frozenset[str]:
        """As the office's policy has it."""
        return self._policy(office).daily_names

    def receipt_by(self, office: str, name: str, now: datetime) -> datetime | None:
        """As the office's policy has it."""
        wait = self._policy(office).waits_for_receipt(name)
        return now + wait if wait else None

    @property
    def served(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The channels, each with the roles it serves."""
        return tuple((way.channel, one.roles) for one, way in self.ways)

    def link(self, key: str) -> str:
        """The message's own page at the portal."""
        portal = self.channels.portal
        return f"{portal}{PATH}{token_of(self.secret, key)}" if portal and self.secret else ""

    def _policy(self, office: str) -> Policy:
        return self.channels.offices.get(office, self.channels.policy)

    def send(self, message: Outgoing) -> SendResult:
        """Send by the first channel that reaches the person."""
        way = self.route(message, ())
        return way if isinstance(way, SendResult) else way.send(message)

    def rest(self) -> None:
        """All hang up."""
        for _, way in self.ways:
            if isinstance(way, Paced):
                way.rest()


def _office_role(role: str) -> str:
    """The role a channel knows: ``unit:<code>`` speaks to whoever answers for a unit."""
    return "department" if role.startswith("unit:") else role
