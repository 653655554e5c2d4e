"""A test message to one person by every channel that is there for them. It is owed to nobody and
stands in no ledger."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from engine.journal import SHANGHAI
from notifications.sender import Addressee, Outgoing, Router, Sender, SendResult

SUBJECT = "督导系统测试消息"
TEXT = "{name}，您好！\n这是督导系统发出的测试消息，用来确认渠道畅通，不需要办理。"


class Outcome(NamedTuple):
    """What came of one channel."""

    channel: str
    result: SendResult


def try_channels(
    sender: Sender, to: Addressee, roles: list[str], now: datetime
) -> Iterator[Outcome]:
    """Send one test message by each channel that serves one of the person's roles."""
    key = f"test/{to.id}/{now.isoformat()}"
    text = TEXT.format(name=to.name)
    on = (now + SHANGHAI).date()
    message = Outgoing(key, to, SUBJECT, text, on, now, roles[0] if roles else "", "test")
    if not isinstance(sender, Router):
        yield Outcome(sender.channel, sender.send(message))
        return
    for name, serves in sender.served:
        way = sender.named(name)
        if way is not None and (not serves or set(roles) & set(serves)):
            yield Outcome(name, way.send(message))
