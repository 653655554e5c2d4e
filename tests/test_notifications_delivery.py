"""Delivery as it goes: once each, whatever breaks, and what became of it stands in the ledger."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event as happening
from sqlalchemy import insert, select, update

from engine.writing import order_row
from models.database import TABLES, Database
from models.messages import Attempt, Message
from models.orders import OrderRow
from models.people import Person
from notifications.delivery import BATCH, LEASE, RESTS, deliver
from notifications.outbox import Outbox
from notifications.sender import Outgoing, SendResult
from rules.orders import Order

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
SOON = timedelta(minutes=1)
MESSAGES, ATTEMPTS = Message.__table__, Attempt.__table__


class Channel:
    """A channel of these tests: it sends to a list, and answers as it was told to."""

    channel = "list"

    def __init__(self, *answers: str) -> None:
        self.sent: list[str] = []
        self.answers = list(answers)

    def send(self, message: Outgoing) -> SendResult:
        answer = self.answers.pop(0) if self.answers else "sent"
        if answer == "broken":
            raise RuntimeError("smtp://user:password@host refused")
        if answer == "sent":
            self.sent.append(message.key)
        return SendResult(answer, "" if answer == "sent" else "服务器没有应答")


class Killed(BaseException):
    """The process dies here."""


class DiesAfter:
    """A worker that is killed after so many messages left the house (or before, by one)."""

    def __init__(self, channel, many: int, in_the_middle: bool = False) -> None:
        self.inner, self.left, self.in_the_middle = channel, many, in_the_middle
        self.channel = channel.channel

    def send(self, message: Outgoing) -> SendResult:
        if self.left == 0 and not self.in_the_middle:
            raise Killed
        result = self.inner.send(message)
        if self.left == 0:
            raise Killed
        self.left -= 1
        return result


class DiesButKnows(DiesAfter):
    """The same, over a channel that can say afterwards what it did."""

    def was_sent(self, message: Outgoing) -> bool:
        return self.inner.was_sent(message)


@pytest.fixture
def ledger(database_url: str) -> Iterator[Database]:
    """Three messages of one office to three people, and one on the public notice board."""
    database = made(database_url, 3)
    with database.writing() as connection:
        board = message(3) | {"key": "o#3/public", "person": "public", "role": "public"}
        connection.execute(insert(MESSAGES), board)
    yield database
    database.close()


def made(url: str, many: int) -> Database:
    """A database with so many open messages, each to a person of their own."""
    database = Database(url)
    TABLES.create_all(database.engine)
    order = Order(flow="planning", kind="tell", name="planning.published", to=("school",))
    row = order_row("o", "O", 1, 0, order, date(2026, 3, 2))
    with database.writing() as connection:
        connection.execute(insert(OrderRow.__table__), row)
        people = [
            {"id": f"p{n}", "name": f"收件人{n}", "mail": "", "phone": ""} for n in range(many)
        ]
        connection.execute(insert(Person.__table__), people)
        connection.execute(insert(MESSAGES), [message(n) for n in range(many)])
    return database


def message(number: int) -> dict:
    """One message as it is placed."""
    return {
        "key": f"o#{number}/p{number}",
        "order": "o#00001.0",
        "case": "o",
        "office": "O",
        "name": "planning.published",
        "person": f"p{number}",
        "role": "school",
        "organisation": "S",
        "owed_on": date(2026, 3, 2),
        "subject": "2026年度评估计划公示",
        "text": "收件人，您好！\n计划已公示。",
        "state": "open",
        "reason": "",
        "tries": 0,
        "not_before": "",
    }


def states(database: Database) -> dict[str, int]:
    """How many messages stand in which state."""
    with database.reading() as connection:
        return dict(Counter(connection.execute(select(MESSAGES.c.state)).scalars()))


def attempts(database: Database) -> list[tuple[str, int, str]]:
    """Every attempt: message, number, state."""
    wanted = select(ATTEMPTS.c.message, ATTEMPTS.c.number, ATTEMPTS.c.state)
    with database.reading() as connection:
        found = connection.execute(wanted.order_by(ATTEMPTS.c.message, ATTEMPTS.c.number))
        return [tuple(row) for row in found]


def first(database: Database):
    """The first message's row."""
    with database.reading() as connection:
        return connection.execute(select(MESSAGES).order_by(MESSAGES.c.key)).first()


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


def test_who_has_left_meanwhile_and_who_is_not_known_is_skipped_with_the_reason(ledger):
    with ledger.writing() as connection:
        people = Person.__table__
        gone = update(people).where(people.c.id == "p0").values(left_on=date(2026, 3, 1))
        connection.execute(gone)
        connection.execute(update(MESSAGES).where(MESSAGES.c.key == "o#1/p1").values(person="x"))
    assert deliver(ledger, Channel(), "O", NOON) == {"skipped": 2, "sent": 2}
    with ledger.reading() as connection:
        skipped = select(MESSAGES.c.reason).where(MESSAGES.c.state == "skipped")
        reasons = connection.execute(skipped.order_by(MESSAGES.c.key)).scalars().all()
    assert reasons == ["收件人已离任", "名册里没有这个人"]


def test_a_temporary_failure_rests_and_is_tried_again(ledger):
    channel = Channel("later")
    deliver(ledger, channel, "O", NOON, most=1)
    assert deliver(ledger, channel, "O", NOON, most=9) == {"sent": 3}  # not twice in one sweep
    assert deliver(ledger, channel, "O", NOON + RESTS[0]) == {}  # still at rest
    assert deliver(ledger, channel, "O", NOON + RESTS[0] + SOON) == {"sent": 1}
    assert attempts(ledger)[:2] == [("o#0/p0", 1, "failed"), ("o#0/p0", 2, "sent")]


def test_after_so_many_temporary_failures_it_has_failed(ledger):
    channel, now, seen = Channel(*["later"] * 99), NOON, []
    for _ in range(len(RESTS) + 3):
        seen += deliver(ledger, channel, "O", now, most=1).keys()
        with ledger.writing() as connection:  # the others wait outside
            connection.execute(
                update(MESSAGES).where(MESSAGES.c.key != "o#0/p0").values(office="P")
            )
        now += max(RESTS) + SOON
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
    written = {path: path.stat().st_mtime_ns for path in outbox.folder.rglob("*.txt")}
    assert len(written) == many + in_the_middle
    assert deliver(ledger, outbox, "O", NOON + LEASE + SOON) == {"sent": 4}
    assert states(ledger) == {"sent": 4}
    pages = list(outbox.folder.rglob("*.txt"))
    assert len(pages) == 4
    assert all(path.stat().st_mtime_ns == at for path, at in written.items())  # not written twice


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


# -- several at once -----------------------------------------------------------------------------


def test_two_threads_at_once_send_each_message_once(database_url, tmp_path):
    database, channels = made(database_url, 230), [Channel(), Channel()]
    workers = [
        threading.Thread(target=deliver, args=(database, channel, "O", NOON))
        for channel in channels
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    deliver(database, channels[0], "O", NOON)  # what one had locked while the other looked
    sent = channels[0].sent + channels[1].sent
    assert sorted(sent) == sorted(f"o#{n}/p{n}" for n in range(230))
    assert states(database) == {"sent": 230}
    assert len(attempts(database)) == 230
    database.close()


def test_two_processes_at_once_send_each_message_once(database_url, tmp_path):
    database = made(database_url, 230)
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=in_a_process, args=(database_url, tmp_path / str(n))) for n in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    deliver(database, Outbox(tmp_path / "0"), "O", NOON)
    pages = [path.name for path in tmp_path.rglob("*.txt")]
    assert len(pages) == len(set(pages)) == 230
    assert states(database) == {"sent": 230}
    assert len(attempts(database)) == 230
    database.close()


def in_a_process(url: str, folder: Path) -> None:
    """A worker of its own, as another machine would run it."""
    database = Database(url)
    deliver(database, Outbox(folder), "O", NOON)
    database.close()


def test_many_messages_cost_few_commits(database_url):
    database = made(database_url, 500)
    commits = []
    happening.listen(database.engine, "commit", lambda connection: commits.append(1))
    assert deliver(database, Channel(), "O", NOON) == {"sent": 500}
    assert len(commits) <= 2 * 500 / BATCH + 2
    database.close()
