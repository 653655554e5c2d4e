"""Receipts: who confirms has read it; without it, in time, the next channel follows, once. And the
channel somebody asked for comes first."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from engine.receipts import PATH, key_of
from models.messages import Preference
from notifications.channel_settings import Channels
from notifications.delivery import deliver
from notifications.outbox import Outbox
from notifications.post import Post
from portal.ledgers.receipts import read_by_link
from tests.chat_platforms import HOOK, HOOK_SECRET, Platforms, platforms
from tests.mail_server import MailServer, mail_server
from tests.told_ledger import ATTEMPTS, MESSAGES, states
from tests.told_post import SECRET, calendar_of, ledger, live, post, shanghai, text


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def there() -> Iterator[Platforms]:
    with platforms() as there:
        yield there


def confirm(letter) -> str:
    """The message whose link stands in a letter."""
    link = text(letter).rpartition("阅后请点开确认：")[2].strip()
    assert link.startswith(f"https://dudao.test{PATH}")
    return key_of(SECRET, link.rpartition("/")[2])


def test_without_a_receipt_within_the_time_the_next_channel_follows_once(
    database_url, server, there, tmp_path
):
    database = ledger(database_url, 2, 1)
    sender = post(tmp_path, server.port, there.url, receipt_hours=4)
    morning = shanghai("2026-03-23 08:00")
    deliver(database, sender, "O", morning)
    assert len(server.taken) == 2 and there.taken == []
    read = next(one for one in server.taken if "p0@" in str(one["To"]))
    assert read_by_link(database, confirm(read), morning + timedelta(hours=1)) == 1
    live(database, sender, "2026-03-23 09:00", 30)
    assert [told["to"]["id"] for told in there.taken] == ["p1"]
    assert states(database) == {"read": 1, "sent": 1}
    with database.reading() as connection:
        begun = select(ATTEMPTS.c.begun_at).where(ATTEMPTS.c.channel == "webhook")
        at = datetime.fromisoformat(connection.execute(begun).scalar_one())
    assert at == morning + timedelta(hours=4, minutes=30)
    database.close()


def test_a_receipt_waited_for_over_night_is_asked_for_in_the_morning(
    database_url, server, there, tmp_path
):
    database = ledger(database_url, 1, 1)
    sender = post(tmp_path, server.port, there.url, receipt_hours=4)
    live(database, sender, "2026-03-23 20:00", 11)
    assert len(server.taken) == 1 and there.taken == []
    live(database, sender, "2026-03-24 07:00", 2)
    assert len(there.taken) == 1
    database.close()


def test_one_that_was_sent_stays_sent_though_a_later_channel_fails(
    database_url, server, there, tmp_path
):
    database = ledger(database_url, 1, 1)
    there.answers = [403]
    sender = post(tmp_path, server.port, there.url, receipt_hours=1)
    live(database, sender, "2026-03-23 08:00", 12)
    assert states(database) == {"sent": 1} and len(server.taken) == 1
    with database.reading() as connection:
        reason = connection.execute(select(MESSAGES.c.reason)).scalar_one()
    assert reason.startswith("已送出，没有收到回执；再告知没有成功：对方平台不接受（403）")
    database.close()


def test_only_kinds_whose_receipt_is_wanted_are_waited_for(database_url, server, there, tmp_path):
    database = ledger(database_url, 1, 1)
    sender = post(tmp_path, server.port, there.url, receipt_hours=1, receipts=["*.escalation"])
    live(database, sender, "2026-03-23 08:00", 12)
    assert there.taken == [] and states(database) == {"sent": 1}
    database.close()


def test_a_digest_is_read_whole(database_url, server, tmp_path):
    database = ledger(database_url, 1, 5)
    deliver(database, post(tmp_path, server.port), "O", shanghai("2026-03-23 08:00"))
    (letter,) = server.taken
    assert read_by_link(database, confirm(letter), shanghai("2026-03-23 09:00")) == 5
    assert states(database) == {"read": 5}
    assert read_by_link(database, confirm(letter), shanghai("2026-03-23 09:01")) == 0
    database.close()


def test_a_reader_and_a_delivery_never_wait_for_each_other(database_url, server, tmp_path):
    """Both note what they know of a digest's messages in one order, which is that of their keys."""
    database = ledger(database_url, 1, 5)
    with database.writing() as connection:  # the first by its key is owed last
        late = MESSAGES.update().where(MESSAGES.c.key == "o#00/p0")
        connection.execute(late.values(owed_on=date(2026, 3, 20)))
    deliver(database, post(tmp_path, server.port), "O", shanghai("2026-03-23 08:00"))
    read_by_link(database, "o#03/p0", shanghai("2026-03-23 09:00"))
    with database.reading() as connection:
        noted = select(ATTEMPTS.c.message).where(ATTEMPTS.c.channel == "link")
        keys = connection.execute(noted.order_by(ATTEMPTS.c.id)).scalars().all()
    assert keys == [f"o#0{n}/p0" for n in range(5)]
    database.close()


def test_whoever_asked_for_another_channel_is_told_by_it_first(
    database_url, server, there, tmp_path
):
    database = ledger(database_url, 2, 1)
    with database.writing() as connection:
        wish = {"person": "p1", "channel": "webhook", "changed_at": "2026-03-01"}
        connection.execute(insert(Preference.__table__), wish)
    there.answers = [403]
    live(database, post(tmp_path, server.port, there.url), "2026-03-23 08:00", 4)
    assert states(database) == {"sent": 2} and len(server.taken) == 2
    with database.reading() as connection:
        tried = select(ATTEMPTS.c.channel).where(ATTEMPTS.c.message == "o#00/p1")
        ways = connection.execute(tried.order_by(ATTEMPTS.c.number)).scalars().all()
    assert ways == ["webhook", "mail"]
    database.close()


def test_the_other_system_may_say_that_it_arrived(database_url, there, tmp_path):
    database = ledger(database_url, 1, 1)
    only = {"kind": "webhook", "url": there.url + HOOK, "secret": HOOK_SECRET}
    sender = Post(
        Channels.model_validate({"channel": [only]}), Outbox(tmp_path), calendar_of, SECRET
    )
    there.more = {"state": "delivered"}
    deliver(database, sender, "O", shanghai("2026-03-23 08:00"))
    assert states(database) == {"delivered": 1}
    database.close()
