"""Delivery as it goes: once each, whatever breaks, and what became of it stands in the ledger."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import insert, select, update

from models.database import Database
from models.people import Person
from notifications.delivery import JITTER, LEASE, RESTS, deliver
from notifications.outbox import Outbox
from tests.told_ledger import (
    ATTEMPTS,
    MESSAGES,
    NOON,
    SOON,
    Channel,
    DiesAfter,
    DiesButKnows,
    Killed,
    attempts,
    first,
    made,
    message,
    states,
)


@pytest.fixture
def ledger(database_url: str) -> Iterator[Database]:
    """Three messages of one office to three people, and one on the public notice board."""
    database = made(database_url, 3)
    with database.writing() as connection:
        board = message(3) | {"key": "o#3/public", "person": "public", "role": "public"}
        connection.execute(insert(MESSAGES), board)
    yield database
    database.close()


# -- the plain way -------------------------------------------------------------------------------


def test_each_open_message_goes_out_once(ledger):
    channel = Channel()
    assert deliver(ledger, channel, "O", NOON, "run-1") == {"sent": 4}
    assert deliver(ledger, channel, "O", NOON + SOON) == {}
    assert sorted(channel.sent) == ["o#0/p0", "o#1/p1", "o#2/p2", "o#3/public"]
    assert states(ledger) == {"sent": 4}
    with ledger.reading() as connection:
        tried = connection.execute(select(ATTEMPTS)).all()
    assert {(row.number, row.state, row.flow_run) for row in tried} == {(1, "sent", "run-1")}
    assert all(row.begun_at and row.ended_at for row in tried)


def test_another_offices_messages_are_not_ours_to_send(ledger):
    assert deliver(ledger, Channel(), "P", NOON) == {}
    assert states(ledger) == {"open": 4}


def test_no_more_than_asked_for_oldest_first(ledger):
    with ledger.writing() as connection:
        early = {"owed_on": date(2026, 3, 1)}
        connection.execute(update(MESSAGES).where(MESSAGES.c.key == "o#2/p2").values(early))
    channel = Channel()
    assert deliver(ledger, channel, "O", NOON, most=2) == {"sent": 2}
    assert channel.sent == ["o#2/p2", "o#0/p0"]


def test_the_attempt_is_committed_before_anything_leaves_the_house(ledger):
    seen = []

    class Looks(Channel):
        def send(self, message):
            seen.append(attempts(ledger))
            return super().send(message)

    deliver(ledger, Looks(), "O", NOON, most=1)
    assert seen == [[("o#0/p0", 1, "begun")]]


# -- what a channel may meet ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("skipped", "skipped", "服务器没有应答"),
        ("failed", "failed", "服务器没有应答"),
        ("later", "open", "服务器没有应答"),
        ("broken", "unknown", "发送时出错（RuntimeError），无法确认是否送达"),
    ],
)
def test_what_a_channel_says_is_what_the_ledger_says(ledger, answer, state, reason):
    assert deliver(ledger, Channel(answer), "O", NOON, most=1) == {state: 1}
    assert (first(ledger).state, first(ledger).reason) == (state, reason)
    assert "password" not in str(first(ledger))


def test_who_has_left_meanwhile_waits_to_be_handed_on_and_who_is_not_known_is_skipped(ledger):
    with ledger.writing() as connection:
        people = Person.__table__
        gone = update(people).where(people.c.id == "p0").values(left_on=date(2026, 3, 1))
        connection.execute(gone)
        connection.execute(update(MESSAGES).where(MESSAGES.c.key == "o#1/p1").values(person="x"))
    assert deliver(ledger, Channel(), "O", NOON) == {"skipped": 1, "sent": 2}
    with ledger.reading() as connection:
        skipped = select(MESSAGES.c.reason).where(MESSAGES.c.state == "skipped")
        reasons = connection.execute(skipped.order_by(MESSAGES.c.key)).scalars().all()
    assert reasons == ["名册里没有这个人"]
    assert states(ledger) == {"skipped": 1, "sent": 2, "open": 1}


def test_a_temporary_failure_rests_and_is_tried_again(ledger):
    channel = Channel("later")
    deliver(ledger, channel, "O", NOON, most=1)
    assert deliver(ledger, channel, "O", NOON, most=9) == {"sent": 3}  # not twice in one sweep
    assert deliver(ledger, channel, "O", NOON + RESTS[0]) == {}  # still at rest
    assert deliver(ledger, channel, "O", NOON + RESTS[0] + SOON) == {"sent": 1}
    assert attempts(ledger)[:2] == [("o#0/p0", 1, "later"), ("o#0/p0", 2, "sent")]


def test_after_so_many_temporary_failures_it_has_failed(ledger):
    channel, now, seen = Channel(*["later"] * 99), NOON, []
    for _ in range(len(RESTS) + 3):
        seen += deliver(ledger, channel, "O", now, most=1).keys()
        with ledger.writing() as connection:  # the others wait outside
            connection.execute(
                update(MESSAGES).where(MESSAGES.c.key != "o#0/p0").values(office="P")
            )
        now += max(RESTS) * (1 + JITTER) + SOON
    assert seen == ["open"] * len(RESTS) + ["failed"]
    assert first(ledger).reason == "6次都没有送出：服务器没有应答"


# -- a sender that dies --------------------------------------------------------------------------


def test_killed_between_the_attempt_and_its_end_it_is_unknown_and_never_sent_again(ledger):
    channel = Channel()
    with pytest.raises(Killed):
        deliver(ledger, DiesAfter(channel, 1), "O", NOON)
    assert deliver(ledger, channel, "O", NOON + SOON) == {}  # perhaps it still lives
    assert deliver(ledger, channel, "O", NOON + LEASE + SOON) == {"unknown": 4}
    assert deliver(ledger, channel, "O", NOON + 9 * LEASE) == {}
    assert channel.sent == ["o#0/p0"]
    assert first(ledger).reason == "发送中断，无法确认是否送达，请核对后处理"


@pytest.mark.parametrize("in_the_middle", [False, True])
@pytest.mark.parametrize("many", [0, 1, 3])
def test_killed_over_the_outbox_what_lies_there_was_sent_and_the_rest_goes_out(
    ledger, tmp_path, many, in_the_middle
):
    outbox = Outbox(tmp_path / "outbox")
    with pytest.raises(Killed):
        deliver(ledger, DiesAfter(outbox, many, in_the_middle), "O", NOON)
    assert told(outbox) == many + in_the_middle
    assert deliver(ledger, outbox, "O", NOON + LEASE + SOON) == {"sent": 4}
    assert states(ledger) == {"sent": 4}
    assert told(outbox) == 4  # none of them twice


def told(outbox: Outbox) -> int:
    """How many messages lie in an outbox."""
    return sum(page.read_text("utf-8").count("主题：") for page in outbox.folder.rglob("*.txt"))


def test_a_worker_thought_dead_may_still_say_what_it_did(ledger):
    inner = Channel()

    class Slow(Channel):
        def send(self, message):
            result = inner.send(message)
            assert deliver(ledger, Channel(), "O", NOON + LEASE + SOON, most=1)["unknown"] == 1
            return result

    assert deliver(ledger, Slow(), "O", NOON, most=1) == {"sent": 1}
    assert first(ledger).state == "sent"
    assert inner.sent == ["o#0/p0"]


def test_killed_time_and_again_it_fails_in_the_end(ledger, tmp_path):
    outbox, now = Outbox(tmp_path), NOON
    for _ in range(len(RESTS) + 1):
        with pytest.raises(Killed):
            deliver(ledger, DiesButKnows(outbox, 0), "O", now)
        now += LEASE + SOON
    assert deliver(ledger, outbox, "O", now) == {"failed": 4}
