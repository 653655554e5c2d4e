"""Delivery: the ledger's open messages go out, each once, and what came of it stays.

A message in hand has an attempt that was committed before anything left the house. If its sender
dies over it, the channel is asked afterwards whether it went out; where the channel cannot say, the
message is *unknown* and never sent again by itself. Temporary failures are tried again after a
rest, a bounded number of times. Times are given: the same call lives a simulated year.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row

from engine.writing import iso
from models.database import Database
from notifications.in_hand import (
    NOTHING,
    Begun,
    End,
    begin,
    left_in_hand,
    more_for,
    preferred,
    record,
    tried,
    wanted,
)
from notifications.once_a_day import for_today, kinds_now
from notifications.parcels import Hand, Parcel, alone, parcels
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
from notifications.waiting import reopen_unread
from rules.values import digest

BATCH = 100  # attempts begun by one commit and ended by another; what a crash leaves in doubt
FOR_ONE_BATCH = 6000  # messages to the people of one batch: a whole parcel for each of twenty
LEASE = timedelta(minutes=10)  # for a whole batch in hand
# How long a message rests after each temporary failure; after the last one it has failed.
RESTS = tuple(timedelta(minutes=m) for m in (5, 30, 120, 480, 1440))
JITTER = 0.1  # at most so much longer, that not all come back at once
PUBLIC_NAME = "社会公众（公告栏）"


def deliver(
    database: Database,
    sender: Sender,
    office: str,
    now: datetime,
    flow_run: str = "",
    most: int = 500,
    digests: bool = True,
) -> Counter[str]:
    """Send up to ``most`` of an office's open messages, oldest first; how many came to which
    state: sent, skipped, failed, unknown, and open for those that wait for another try.

    Without ``digests`` what comes once a day stays for the delivery that ends a sweep: before, the
    clock has not said all it has to say that day. Any number of workers may do this at once.
    """
    done: Counter[str] = Counter()
    router = sender if isinstance(sender, Router) else None  # asked once: it takes a while
    batch = sender.batch if isinstance(sender, Paced) else BATCH
    try:
        if router:
            reopen_unread(database, office, now)
        done.update(_clear_up(database, sender, office, now, most))
        left = most
        while left > 0:
            size = min(left, batch)
            kinds = kinds_now(router, office, now, digests) if router else None
            found, taken = _take(database, sender, router, office, now, flow_run, size, kinds)
            ends = [end for one in taken for end in _ends(router, office, one, _send(one), now)]
            record(database, ends, now)
            done.update(end.state for end in ends)
            left = left - len(ends) if found == batch else 0  # fewer: nothing else is open
    finally:
        if isinstance(sender, Paced):
            sender.rest()
    return done


def _take(
    database: Database,
    sender: Sender,
    router: Router | None,
    office: str,
    now: datetime,
    flow_run: str,
    most: int,
    kinds: frozenset[str] | None,
) -> tuple[int, list[Parcel]]:
    """Take messages in hand: their attempts are begun and committed before any is sent. How many
    were the oldest, and what goes out (with more for the same people)."""
    if kinds is not None and not kinds:
        return 0, []
    with database.writing() as connection:
        rows = wanted(connection, office, now, most, kinds)
        if router:
            taken = _parcels(connection, router, office, rows, now, kinds)
        else:
            taken = [alone(_hand(sender, row, now)) for row in rows]
        begun = [
            Begun(hand.row, getattr(one.via, "channel", sender.channel), one.name)
            for one in taken
            for hand in one.hands
        ]
        begin(connection, begun, now, now + LEASE, flow_run)
    return len(rows), taken


def _parcels(
    connection: Connection,
    router: Router,
    office: str,
    rows: Sequence[Row],
    now: datetime,
    kinds: frozenset[str] | None,
) -> list[Parcel]:
    """What goes out of these messages, each by its channel."""
    gathers = router.gathers(office)
    if gathers:
        rows = more_for(connection, rows, office, now, FOR_ONE_BATCH, kinds)
        rows = for_today(connection, office, rows, router.once_a_day(office), now)
    before, wishes = tried(connection, rows), preferred(connection, rows)
    hands = []
    for row in rows:
        hand, so_far = _hand(None, row, now), before.get(row.key, NOTHING)
        if hand.via is None:
            wish = wishes.get(row.person, "")
            outgoing = hand.outgoing._replace(link=router.link(row.key), prefers=wish)
            via = router.route(outgoing, so_far.tried)
            hand = Hand(row, outgoing, via, so_far.tried, so_far.parcel)
        hands.append(hand)
    return parcels(hands) if gathers else [alone(hand) for hand in hands]


def _hand(via: Sender | None, row: Row, now: datetime) -> Hand:
    """A message in hand by a channel; without any where its person cannot be told at all."""
    if row.person != PUBLIC and row.known_as is None:
        return Hand(row, _outgoing(row, now), SendResult("skipped", "名册里没有这个人"))
    if row.left_on is not None:  # told before; what never went out is handed on
        return Hand(row, _outgoing(row, now), SendResult("skipped", "收件人已离任"))
    return Hand(row, _outgoing(row, now), via)


def _outgoing(row: Row, now: datetime) -> Outgoing:
    name = PUBLIC_NAME if row.person == PUBLIC else row.known_as or ""
    to = Addressee(row.person, name, row.mail or "", row.phone or "")
    words = row.subject, row.text
    return Outgoing(row.key, to, *words, row.owed_on, now, row.role, row.name, row.short)


def _send(parcel: Parcel) -> SendResult:
    if isinstance(parcel.via, SendResult):
        return parcel.via
    try:
        return parcel.via.send(parcel.outgoing)
    except Exception as error:  # whatever broke, it may have gone out; its text may hold secrets
        return SendResult("unknown", f"发送时出错（{type(error).__name__}），无法确认是否送达")


def _ends(
    router: Router | None, office: str, parcel: Parcel, result: SendResult, now: datetime
) -> Iterator[End]:
    """What a result means for every message of a parcel."""
    if len(parcel.hands) > 1:
        detail = f"与另外{len(parcel.hands) - 1}条合为一封"
        result = result._replace(detail=f"{result.detail}；{detail}" if result.detail else detail)
    for hand in parcel.hands:
        key = parcel.name or hand.row.key
        if router:
            yield _routed(router, office, hand, result, key, now)
        else:
            yield _ended(hand, result, key, now)


def _ended(hand: Hand, result: SendResult, key: str, now: datetime) -> End:
    """What a result means where there is one channel only."""
    number, detail = hand.row.tries + 1, result.detail
    over = End(hand.row.key, number, result.state, result.state, detail)
    if result.state != "later":
        return over
    if number > len(RESTS):
        return over._replace(state="failed", detail=f"{number}次都没有送出：{detail}")
    return over._replace(state="open", not_before=iso(now + _rest(key, number)))


def _routed(
    router: Router, office: str, hand: Hand, result: SendResult, key: str, now: datetime
) -> End:
    """What a result means where another channel may follow."""
    over = End(hand.row.key, hand.row.tries + 1, result.state, result.state, result.detail)
    if isinstance(hand.via, SendResult):
        return _told_before(hand, over)
    so_far = [*hand.tried, Tried(hand.via.channel, result.state)]
    following = router.route(hand.outgoing, so_far)
    if result.state in ("sent", "delivered"):
        by = router.receipt_by(office, hand.row.name, now)
        waits = by and not isinstance(following, SendResult)
        return over._replace(not_before=iso(by) if by and waits else "")
    if result.state not in ("later", "failed"):
        return _told_before(hand, over)
    if isinstance(following, SendResult):
        detail = f"{result.detail}；{following.detail}"
        return _told_before(hand, over._replace(state="failed", detail=detail))
    if following.channel != hand.via.channel:
        return over._replace(state="open", not_before=iso(now))
    times = so_far.count(Tried(hand.via.channel, "later"))
    return over._replace(state="open", not_before=iso(now + _rest(key, times)))


def _told_before(hand: Hand, end: End) -> End:
    """One that went out by an earlier channel stays sent, whatever became of a later one."""
    if not any(one.state in ("sent", "delivered") for one in hand.tried):
        return end
    return end._replace(state="sent", detail=f"已送出，没有收到回执；再告知没有成功：{end.detail}")


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
