"""Which channel a message goes by, and which is next when there is no address, a refusal, or nobody
there."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.database import Database
from models.people import Person
from notifications.channel_settings import Channels
from notifications.delivery import deliver
from notifications.mail import message_id
from notifications.outbox import Outbox
from notifications.post import Post
from tests.chat_platforms import HOOK, HOOK_SECRET, KEY, platforms
from tests.mail_server import MailServer, mail_server
from tests.told_ledger import ATTEMPTS, MESSAGES, NOON, attempts, first, made, states


@pytest.fixture
def ledger(database_url: str) -> Iterator[Database]:
    """Three messages: p0 has a mail address, p1 has none, p2 has one that cannot be right."""
    database = made(database_url, 3)
    people = Person.__table__
    with database.writing() as connection:
        for person, mail in (("p0", "p0@school.test"), ("p2", "p2")):
            connection.execute(update(people).where(people.c.id == person).values(mail=mail))
    yield database
    database.close()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def post(folder: Path, *channels: dict) -> Post:
    return Post(Channels.model_validate({"channel": list(channels)}), Outbox(folder))


def by_mail(port: int, **more: object) -> dict:
    plain = {"kind": "mail", "host": "127.0.0.1", "port": port, "security": "none"}
    return {**plain, "sender": "dudao@edu.test", "timeout": 0.5, **more}


def by_hook(url: str, **more: object) -> dict:
    return {"kind": "webhook", "url": url + HOOK, "secret": HOOK_SECRET, "timeout": 0.5, **more}


def live(database: Database, sender: Post, days: int = 3) -> None:
    for step in range(72 * days):
        deliver(database, sender, "O", NOON + timedelta(minutes=20) * step)


def test_the_preferred_channel_first_and_the_next_where_there_is_no_or_a_wrong_address(
    ledger, server, tmp_path
):
    with platforms() as there:
        sender = post(tmp_path, by_mail(server.port), by_hook(there.url))
        live(ledger, sender, 1)
        assert states(ledger) == {"sent": 3}
        assert server.ids == {message_id("o#0/p0", "dudao@edu.test"): 1}
        assert [told["to"]["id"] for told in there.taken] == ["p1", "p2"]
    with ledger.reading() as connection:
        tried = select(ATTEMPTS.c.channel, ATTEMPTS.c.state).where(ATTEMPTS.c.message == "o#2/p2")
        ways = connection.execute(tried.order_by(ATTEMPTS.c.number)).all()
    assert [tuple(way) for way in ways] == [("mail", "failed"), ("webhook", "sent")]


def test_a_channel_that_refuses_is_followed_by_the_next_and_is_not_asked_again(
    ledger, server, tmp_path
):
    server.answers = ["rcpt 550 5.1.1 nobody"]
    with platforms() as there:
        live(ledger, post(tmp_path, by_mail(server.port), by_hook(there.url)), 1)
        assert states(ledger) == {"sent": 3}
        assert sorted(told["to"]["id"] for told in there.taken) == ["p0", "p1", "p2"]
    assert server.taken == []


def test_a_channel_that_is_away_three_times_leaves_its_turn_to_the_next(ledger, tmp_path):
    with platforms() as there:
        sender = post(tmp_path, by_mail(9), by_hook(there.url))
        live(ledger, sender, 1)
        assert states(ledger) == {"sent": 3}
    own = [state for key, _, state in attempts(ledger) if key == "o#0/p0"]
    assert own == ["later", "later", "later", "sent"]


def test_where_all_are_away_each_is_tried_six_times_and_then_it_has_failed(ledger, tmp_path):
    sender = post(tmp_path, by_mail(9), by_hook("http://127.0.0.1:9"))
    live(ledger, sender, 12)
    assert states(ledger) == {"failed": 3}
    assert first(ledger).reason == "连接不上对方平台；各渠道都没有送出"
    with ledger.reading() as connection:
        tried = connection.execute(select(ATTEMPTS.c.channel, ATTEMPTS.c.message)).all()
    assert sum(way == ("mail", "o#0/p0") for way in tried) == 6
    assert sum(way == ("webhook", "o#0/p0") for way in tried) == 6


def test_what_is_unknown_is_not_sent_by_another_channel(ledger, server, tmp_path):
    server.answers = ["die"]
    with platforms() as there:
        live(ledger, post(tmp_path, by_mail(server.port), by_hook(there.url)), 1)
        assert states(ledger) == {"sent": 2, "unknown": 1}
        assert sorted(told["to"]["id"] for told in there.taken) == ["p1", "p2"]


def test_a_channel_serves_the_roles_it_names(ledger, tmp_path):
    with ledger.writing() as connection:
        one = update(MESSAGES).where(MESSAGES.c.key == "o#0/p0")
        connection.execute(one.values(role="inspector"))
    with platforms() as there:
        group = {"kind": "wecom", "key": KEY, "server": there.url, "roles": ["inspector"]}
        live(ledger, post(tmp_path, group), 1)
        assert states(ledger) == {"sent": 1, "skipped": 2}
        (told,) = there.taken
        assert told["text"]["content"].startswith("收件人0：")


def test_the_outbox_may_be_the_last_of_them(ledger, server, tmp_path):
    live(ledger, post(tmp_path, by_mail(server.port), {"kind": "outbox"}), 1)
    assert states(ledger) == {"sent": 3}
    assert len(server.taken) == 1 and len(list(tmp_path.rglob("*.txt"))) == 2
