"""Delivery: the ledger's open messages go out, each once, and what came of it stays.

A message in hand has an attempt that was committed before anything left the house. If its sender
dies over it, the channel is asked afterwards whether it went out; where the channel cannot say, the
message is *unknown* and never sent again by itself. Temporary failures are tried again after a
rest, a bounded number of times. Times are given: the same call lives a simulated year.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row, bindparam, insert, or_, select, update

from engine.writing import iso
from models.database import Database
from models.messages import Attempt, Message
from models.people import Person
from notifications.recipients import PUBLIC
from notifications.sender import Addressee, Outgoing, Sender, SendResult, Witness

_MESSAGES, _ATTEMPTS, _PEOPLE = Message.__table__, Attempt.__table__, Person.__table__

BATCH = 100  # attempts begun by one commit and ended by another; what a crash leaves in doubt
LEASE = timedelta(minutes=10)  # for a whole batch in hand
# How long a message rests after each temporary failure; after the last one it has failed.
RESTS = tuple(timedelta(minutes=m) for m in (5, 30, 120, 480, 1440))
PUBLIC_NAME = "社会公众（公告栏）"


class _End(NamedTuple):
    """An attempt that is over: what the attempt's row and what the message's row say of it."""

    key: str
    number: int
    attempt: str
    state: str
    detail: str = ""
    not_before: str = ""


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
    done.update(_clear_up(database, sender, office, now, most))
    left = most
    while left > 0 and (taken := _take(database, sender, office, now, flow_run, min(left, BATCH))):
        ends = [_ended(row, _send(sender, row), now) for row in taken]
        _record(database, ends, now)
        done.update(end.state for end in ends)
        left = left - len(taken) if len(taken) == BATCH else 0  # fewer: nothing else is open
    return done


# -- taking --------------------------------------------------------------------------------------


# An office's messages that nobody holds, with whoever they are for; oldest first. Built once, like
# all statements here: building one anew costs as much as running it.
_OPEN = (
    select(
        _MESSAGES,
        _PEOPLE.c.name.label("known_as"),
        _PEOPLE.c.mail,
        _PEOPLE.c.phone,
        _PEOPLE.c.left_on,
    )
    .outerjoin(_PEOPLE, _PEOPLE.c.id == _MESSAGES.c.person)
    .where(
        _MESSAGES.c.state == "open",
        _MESSAGES.c.office == bindparam("office"),
        _MESSAGES.c.not_before < bindparam("now"),
    )
    .order_by(_MESSAGES.c.owed_on, _MESSAGES.c.key)
    .limit(bindparam("most"))
)
_UNCLEAR = select(_ATTEMPTS.c.message).where(
    _ATTEMPTS.c.message == _MESSAGES.c.key,
    _ATTEMPTS.c.number == _MESSAGES.c.tries,
    _ATTEMPTS.c.state == "begun",
)
_WANTED = _OPEN.where(or_(_MESSAGES.c.tries == 0, ~_UNCLEAR.exists())).with_for_update(
    skip_locked=True,
    of=_MESSAGES,  # PostgreSQL; SQLite has one writer
)
_LEFT_IN_HAND = _OPEN.join(
    _ATTEMPTS,
    (_ATTEMPTS.c.message == _MESSAGES.c.key) & (_ATTEMPTS.c.number == _MESSAGES.c.tries),
).where(_MESSAGES.c.tries > 0, _ATTEMPTS.c.state == "begun")

_TAKE = (
    update(_MESSAGES)
    .where(_MESSAGES.c.key == bindparam("b_key"))
    .values(tries=_MESSAGES.c.tries + 1, not_before=bindparam("b_until"))
)
_BEGIN_ATTEMPT = insert(_ATTEMPTS)


def _take(
    database: Database, sender: Sender, office: str, now: datetime, flow_run: str, most: int
) -> list[Row]:
    """Take messages in hand: their attempts are begun and committed before any is sent."""
    wanted = {"office": office, "now": iso(now), "most": most}
    with database.writing() as connection:
        rows = connection.execute(_WANTED, wanted).all()
        if rows:
            until = iso(now + LEASE)
            connection.execute(_TAKE, [{"b_key": row.key, "b_until": until} for row in rows])
            begun = {"channel": sender.channel, "begun_at": iso(now), "flow_run": flow_run}
            rest = {"ended_at": "", "state": "begun", "detail": ""}
            attempts = [{"message": r.key, "number": r.tries + 1, **begun, **rest} for r in rows]
            connection.execute(_BEGIN_ATTEMPT, attempts)
    return list(rows)


# -- sending -------------------------------------------------------------------------------------


def _outgoing(row: Row) -> Outgoing:
    name = PUBLIC_NAME if row.person == PUBLIC else row.known_as or ""
    to = Addressee(row.person, name, row.mail or "", row.phone or "")
    return Outgoing(row.key, to, row.subject, row.text, row.owed_on)


def _send(sender: Sender, row: Row) -> SendResult:
    if row.person != PUBLIC and row.known_as is None:
        return SendResult("skipped", "名册里没有这个人")
    if row.left_on is not None:
        return SendResult("skipped", "收件人已离任")
    try:
        return sender.send(_outgoing(row))
    except Exception as error:  # whatever broke, it may have gone out; its text may hold secrets
        return SendResult("unknown", f"发送时出错（{type(error).__name__}），无法确认是否送达")


def _ended(row: Row, result: SendResult, now: datetime) -> _End:
    """What a result means for a message just tried."""
    number, detail = row.tries + 1, result.detail
    if result.state != "later":
        return _End(row.key, number, result.state, result.state, detail)
    if number > len(RESTS):
        return _End(row.key, number, "failed", "failed", f"{number}次都没有送出：{detail}")
    rest = iso(now + RESTS[number - 1])
    return _End(row.key, number, "failed", "open", detail, rest)


# -- recording -----------------------------------------------------------------------------------

# Only the latest attempt may speak for its message. Its word comes late where it was thought dead
# meanwhile, and is still better than not knowing.
_END_ATTEMPT = (
    update(_ATTEMPTS)
    .where(
        _ATTEMPTS.c.message == bindparam("b_key"),
        _ATTEMPTS.c.number == bindparam("b_number"),
        or_(_ATTEMPTS.c.state == "begun", _ATTEMPTS.c.state == "unknown"),
    )
    .values(state=bindparam("b_state"), ended_at=bindparam("b_at"), detail=bindparam("b_detail"))
)
_END_MESSAGE = (
    update(_MESSAGES)
    .where(
        _MESSAGES.c.key == bindparam("b_key"),
        _MESSAGES.c.tries == bindparam("b_number"),
        or_(_MESSAGES.c.state == "open", _MESSAGES.c.state == "unknown"),
    )
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_detail"),
        not_before=bindparam("b_not_before"),
    )
)


def _record(database: Database, ends: Iterable[_End], now: datetime) -> None:
    """Commit how attempts ended, all at once, always in the same order."""
    listed = sorted(ends)
    if not listed:
        return
    with database.writing() as connection:
        connection.execute(
            _END_MESSAGE,
            [
                {
                    "b_key": end.key,
                    "b_number": end.number,
                    "b_state": end.state,
                    "b_detail": end.detail[:300],
                    "b_not_before": end.not_before,
                }
                for end in listed
            ],
        )
        connection.execute(
            _END_ATTEMPT,
            [
                {
                    "b_key": end.key,
                    "b_number": end.number,
                    "b_state": end.attempt,
                    "b_detail": end.detail[:500],
                    "b_at": iso(now),
                }
                for end in listed
            ],
        )


# -- clearing up ---------------------------------------------------------------------------------


def _clear_up(
    database: Database, sender: Sender, office: str, now: datetime, most: int
) -> Sequence[str]:
    """Look after messages whose sender died over them; the states they came to for good."""
    wanted = {"office": office, "now": iso(now), "most": most}
    with database.reading() as connection:
        left = connection.execute(_LEFT_IN_HAND, wanted).all()
    ends = [_cleared(sender, row) for row in left]
    _record(database, ends, now)
    return [end.state for end in ends if end.state != "open"]


def _cleared(sender: Sender, row: Row) -> _End:
    """One of three things: it went out, it did not and is free again, or nobody can say."""
    if not isinstance(sender, Witness):
        said = "发送中断，无法确认是否送达，请核对后处理"
        return _End(row.key, row.tries, "unknown", "unknown", said)
    if sender.was_sent(_outgoing(row)):
        return _End(row.key, row.tries, "sent", "sent", "发送中断，事后核实已送达")
    if row.tries > len(RESTS):
        return _End(row.key, row.tries, "failed", "failed", f"{row.tries}次都中断或没有送出")
    return _End(row.key, row.tries, "failed", "open", "发送中断，核实没有送出")
