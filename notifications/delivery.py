"""Delivery: the ledger's open messages go out, each once, and what came of it stays.

A message in hand has an attempt that was committed before anything left the house. If its sender
dies over it, the channel is asked afterwards whether it went out; where the channel cannot say, the
message is *unknown* and never sent again by itself. Temporary failures are tried again after a
rest, a bounded number of times. Times are given: the same call lives a simulated year.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row

from engine.writing import iso
from models.database import Database
from notifications.in_hand import End, begin, left_in_hand, record, tried, wanted
from notifications.recipients import PUBLIC
from notifications.sender import (
    Addressee,
    Outgoing,
    Paced,
    Router,
    Sender,
    SendResult,
    Tried,
    Witness,
)
from rules.values import digest

BATCH = 100  # attempts begun by one commit and ended by another; what a crash leaves in doubt
LEASE = timedelta(minutes=10)  # for a whole batch in hand
# How long a message rests after each temporary failure; after the last one it has failed.
RESTS = tuple(timedelta(minutes=m) for m in (5, 30, 120, 480, 1440))
JITTER = 0.1  # at most so much longer, that not all come back at once
PUBLIC_NAME = "社会公众（公告栏）"


class _Hand(NamedTuple):
    """A message in hand: its row, what goes out, the channel (or why none), what was tried."""

    row: Row
    outgoing: Outgoing
    via: Sender | SendResult
    tried: Sequence[Tried] = ()


def deliver(
    database: Database,
    sender: Sender,
    office: str,
    now: datetime,
    flow_run: str = "",
    most: int = 500,
) -> Counter[str]:
    """Send up to ``most`` of an office's open messages, oldest first; how many came to which
    state: sent, skipped, failed, unknown, and open for those that wait for another try.

    Any number of workers may do this at once.
    """
    done: Counter[str] = Counter()
    batch = sender.batch if isinstance(sender, Paced) else BATCH
    try:
        done.update(_clear_up(database, sender, office, now, most))
        left = most
        while left > 0 and (
            taken := _take(database, sender, office, now, flow_run, min(left, batch))
        ):
            ends = [_ended(sender, hand, _send(hand), now) for hand in taken]
            record(database, ends, now)
            done.update(end.state for end in ends)
            left = left - len(taken) if len(taken) == batch else 0  # fewer: nothing else is open
    finally:
        if isinstance(sender, Paced):
            sender.rest()
    return done


def _take(
    database: Database, sender: Sender, office: str, now: datetime, flow_run: str, most: int
) -> list[_Hand]:
    """Take messages in hand: their attempts are begun and committed before any is sent."""
    with database.writing() as connection:
        rows = wanted(connection, office, now, most)
        before = tried(connection, rows) if isinstance(sender, Router) else {}
        hands = [_hand(sender, row, before.get(row.key, ()), now) for row in rows]
        by = [
            (one.row, sender.channel if isinstance(one.via, SendResult) else one.via.channel)
            for one in hands
        ]
        begin(connection, by, now, now + LEASE, flow_run)
    return hands


def _hand(sender: Sender, row: Row, before: Sequence[Tried], now: datetime) -> _Hand:
    outgoing = _outgoing(row, now)
    if row.person != PUBLIC and row.known_as is None:
        return _Hand(row, outgoing, SendResult("skipped", "名册里没有这个人"))
    if row.left_on is not None:
        return _Hand(row, outgoing, SendResult("skipped", "收件人已离任"))
    via = sender.route(outgoing, before) if isinstance(sender, Router) else sender
    return _Hand(row, outgoing, via, before)


def _outgoing(row: Row, now: datetime) -> Outgoing:
    name = PUBLIC_NAME if row.person == PUBLIC else row.known_as or ""
    to = Addressee(row.person, name, row.mail or "", row.phone or "")
    return Outgoing(row.key, to, row.subject, row.text, row.owed_on, now, row.role, row.name)


def _send(hand: _Hand) -> SendResult:
    if isinstance(hand.via, SendResult):
        return hand.via
    try:
        return hand.via.send(hand.outgoing)
    except Exception as error:  # whatever broke, it may have gone out; its text may hold secrets
        return SendResult("unknown", f"发送时出错（{type(error).__name__}），无法确认是否送达")


def _ended(sender: Sender, hand: _Hand, result: SendResult, now: datetime) -> End:
    """What a result means for a message just tried."""
    key, number, detail = hand.row.key, hand.row.tries + 1, result.detail
    over = End(key, number, result.state, result.state, detail)
    if result.state not in ("later", "failed") or isinstance(hand.via, SendResult):
        return over
    if isinstance(sender, Router):
        so_far = [*hand.tried, Tried(hand.via.channel, result.state)]
        following = sender.route(hand.outgoing, so_far)
        times = so_far.count(Tried(hand.via.channel, "later"))
        if isinstance(following, SendResult):
            return over._replace(state="failed", detail=f"{detail}；{following.detail}")
        if following.channel != hand.via.channel:
            return over._replace(state="open", not_before=iso(now))
    elif result.state == "failed":
        return over
    else:
        times = number
        if number > len(RESTS):
            return over._replace(state="failed", detail=f"{number}次都没有送出：{detail}")
    return over._replace(state="open", not_before=iso(now + _rest(key, times)))


def _rest(key: str, times: int) -> timedelta:
    """The rest after so many failures, the same for the same message whoever reckons it."""
    more = int(digest(f"{key}\n{times}")[:8], 16) / 0xFFFFFFFF
    return RESTS[min(times, len(RESTS)) - 1] * (1 + JITTER * more)


# -- clearing up ---------------------------------------------------------------------------------


def _clear_up(
    database: Database, sender: Sender, office: str, now: datetime, most: int
) -> Sequence[str]:
    """Look after messages whose sender died over them; the states they came to for good."""
    with database.reading() as connection:
        left = left_in_hand(connection, office, now, most)
    ends = [_cleared(sender, row, now) for row in left]
    record(database, ends, now)
    return [end.state for end in ends if end.state != "open"]


def _cleared(sender: Sender, row: Row, now: datetime) -> End:
    """One of three things: it went out, it did not and is free again, or nobody can say."""
    witness = sender.named(row.via) if isinstance(sender, Router) else sender
    if not isinstance(witness, Witness):
        said = "发送中断，无法确认是否送达，请核对后处理"
        return End(row.key, row.tries, "unknown", "unknown", said)
    if witness.was_sent(_outgoing(row, now)):
        return End(row.key, row.tries, "sent", "sent", "发送中断，事后核实已送达")
    if row.tries > len(RESTS):
        return End(row.key, row.tries, "failed", "failed", f"{row.tries}次都中断或没有送出")
    return End(row.key, row.tries, "later", "open", "发送中断，核实没有送出")
