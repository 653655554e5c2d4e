"""Parcels: what is owed to one person in one delivery by one channel goes out as one message.

A parcel that was tried once stays together and keeps its name, so that a mail program shows it
once however often it comes.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Row

from notifications.cleaning import shorten
from notifications.outbox import Outbox
from notifications.sender import Outgoing, Sender, SendResult, Tried
from rules.values import digest

MOST = 300  # messages in one parcel: as a mail about a megabyte, which every server takes
_NUMBERS = "〇一二三四五六七八九十"


class Hand(NamedTuple):
    """A message in hand: its row, what goes out, the channel (or why none; None while it is not
    chosen yet), what was tried, and what it went out together with before."""

    row: Row
    outgoing: Outgoing
    via: Sender | SendResult | None
    tried: Sequence[Tried] = ()
    parcel: str = ""


class Parcel(NamedTuple):
    """What goes out as one: ``name`` is empty for a message alone."""

    hands: tuple[Hand, ...]
    outgoing: Outgoing
    via: Sender | SendResult
    name: str = ""


def alone(hand: Hand) -> Parcel:
    """A message by itself."""
    return Parcel((hand,), hand.outgoing, hand.via)


def parcels(hands: Sequence[Hand]) -> list[Parcel]:
    """The messages as they go out, in the order of the first of each."""
    groups: dict[tuple[str, ...], list[Hand]] = {}
    for hand in hands:
        groups.setdefault(_together(hand), []).append(hand)
    return [
        _parcel(group[first : first + MOST])
        for group in groups.values()
        for first in range(0, len(group), MOST)
    ]


def _together(hand: Hand) -> tuple[str, ...]:
    """What must be the same for two messages to go out as one."""
    if hand.parcel and not isinstance(hand.via, SendResult):
        return hand.outgoing.to.id, hand.via.channel, hand.parcel
    apart = isinstance(hand.via, SendResult) or hand.via.channel == Outbox.channel
    if apart or hand.row.tries:
        return (hand.row.key,)
    return hand.outgoing.to.id, hand.via.channel, ""


def _parcel(group: Sequence[Hand]) -> Parcel:
    first, name = group[0], group[0].parcel
    if len(group) == 1:
        key = f"parcel/{name}" if name else first.outgoing.key
        return Parcel((first,), first.outgoing._replace(key=key), first.via, name)
    name = name or digest("\n".join(hand.row.key for hand in group))[:32]
    return Parcel(tuple(group), _gathered(group, f"parcel/{name}"), first.via, name)


def _gathered(group: Sequence[Hand], key: str) -> Outgoing:
    """Several messages as one: how many, each with its number, its subject and its text."""
    first = group[0].outgoing
    count, last = len(group), max(hand.outgoing.on for hand in group)
    subject = f"督导消息{count}条（截至{last.month}月{last.day}日）"
    lines = [f"{_number(n)}、{hand.outgoing.subject}" for n, hand in enumerate(group, 1)]
    greeting = f"{first.to.name}，您好！"  # once is enough
    parts = tuple(
        hand.outgoing._replace(subject=line, text=hand.outgoing.text.removeprefix(f"{greeting}\n"))
        for line, hand in zip(lines, group, strict=True)
    )
    opening = f"{greeting}以下{count}条消息请一并办理。"
    text = "\n\n".join([opening, *(f"{one.subject}\n{one.text}" for one in parts)])
    short = "\n".join(shorten(line, 60) for line in lines)
    return first._replace(key=key, subject=subject, text=text, short=short, on=last, parts=parts)


def _number(number: int) -> str:
    """一 to 九百九十九."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{_NUMBERS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{_NUMBERS[tens]}十"
    elif hundreds and ones:
        said += _NUMBERS[0]
    return said + (_NUMBERS[ones] if ones else "")
