"""An office's policy: quiet hours and days off hold back and never drop, and what is owed to one
person goes out as one message."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from engine.journal import Journal
from notifications.delivery import LEASE, deliver
from notifications.outbox import Outbox
from notifications.policy import Policy
from notifications.post import Post
from notifications.sender import SendResult
from notifications.waiting import kinds_open, offices
from tasks.house import House, live_in
from tasks.messages import mail
from tests.mail_server import MailServer, mail_server
from tests.told_ledger import ATTEMPTS, MESSAGES, DiesAfter, Killed, message, states
from tests.told_post import CALENDAR, SECRET, calendar_of, ledger, live, post, shanghai, text


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("2026-03-02 07:29", True),  # Monday
        ("2026-03-02 07:30", False),
        ("2026-03-02 21:29", False),
        ("2026-03-02 21:30", True),
        ("2026-03-03 00:00", True),
        ("2026-03-07 10:00", True),  # Saturday
        ("2026-02-14 10:00", False),  # a Saturday worked for the Spring Festival
        ("2026-02-17 10:00", True),  # the Spring Festival
        ("2026-10-10 10:00", False),  # a Saturday worked for the National Day
    ],
)
def test_at_night_and_on_days_off_nobody_is_disturbed(at, held):
    assert Policy().holds_back(shanghai(at), CALENDAR) is held


@pytest.mark.parametrize(
    ("quiet", "days_off", "at", "held"),
    [
        ("12:00-14:00", True, "2026-03-02 13:00", True),
        ("12:00-14:00", True, "2026-03-02 23:00", False),
        ("", True, "2026-03-02 03:00", False),
        ("", False, "2026-03-07 03:00", False),
        ("21:30-07:30", False, "2026-03-07 10:00", False),
    ],
)
def test_an_office_says_when(quiet, days_off, at, held):
    policy = Policy(quiet=quiet, days_off=days_off)
    assert policy.holds_back(shanghai(at), CALENDAR) is held


# -- the ledger ----------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def test_an_inspector_with_twenty_schools_gets_one_message_and_each_row_says_so(
    database_url, server, tmp_path
):
    database = ledger(database_url, 3, 20)
    deliver(database, post(tmp_path, server.port), "O", shanghai("2026-03-23 08:00"))
    assert states(database) == {"sent": 60}
    assert len(server.taken) == 3
    letter = next(one for one in server.taken if "p1@" in str(one["To"]))
    assert str(letter["Subject"]) == "督导消息20条（截至3月21日）"
    said = text(letter)
    places = [said.index(f"、学校{n}：到期提醒") for n in range(20)]
    assert places == sorted(places) and "二十、学校19：到期提醒" in said
    with database.reading() as connection:
        reasons = set(connection.execute(select(MESSAGES.c.reason)).scalars())
        together = select(ATTEMPTS.c.parcel, ATTEMPTS.c.message)
        parcels = Counter(row.parcel for row in connection.execute(together))
    assert reasons == {"与另外19条合为一封"}
    assert sorted(parcels.values()) == [20, 20, 20]
    database.close()


def test_where_the_office_wants_them_one_by_one_they_are(database_url, server, tmp_path):
    database = ledger(database_url, 2, 3)
    deliver(database, post(tmp_path, server.port, digest=False), "O", shanghai("2026-03-23 08:00"))
    assert len(server.taken) == 6
    database.close()


def test_a_digest_that_was_refused_stays_together_under_one_number(database_url, server, tmp_path):
    database = ledger(database_url, 1, 4)
    server.answers = ["451 later", "451 later", "die"]
    live(database, post(tmp_path, server.port), "2026-03-23 08:00", 6)
    assert states(database) == {"unknown": 4}
    assert len(server.taken) == 1 and set(server.ids.values()) == {1}
    with database.reading() as connection:
        assert len(set(connection.execute(select(ATTEMPTS.c.parcel)).scalars())) == 1
    database.close()


def test_what_comes_meanwhile_does_not_change_a_digest_that_was_tried(
    database_url, server, tmp_path
):
    database = ledger(database_url, 1, 2)
    sender = post(tmp_path, server.port)
    server.answers = ["451 later"]
    deliver(database, sender, "O", shanghai("2026-03-23 08:00"))
    with database.writing() as connection:
        connection.execute(insert(MESSAGES), message(0) | {"key": "o#99/p0"})
    live(database, sender, "2026-03-23 08:05", 2)
    assert states(database) == {"sent": 3}
    assert sorted("督导消息2条" in str(one["Subject"]) for one in server.taken) == [False, True]
    database.close()


def test_a_night_holds_back_and_the_morning_tells(database_url, server, tmp_path):
    database = ledger(database_url, 2, 2)
    sender = post(tmp_path, server.port)
    assert live(database, sender, "2026-03-22 22:00", 9) == {}  # a Sunday, until 06:30
    assert states(database) == {"open": 4} and server.calls == 0
    assert live(database, sender, "2026-03-23 07:00", 2) == {"sent": 4}
    database.close()


def test_what_is_urgent_goes_at_night_and_takes_nothing_else_along(database_url, server, tmp_path):
    database = ledger(database_url, 1, 3)
    with database.writing() as connection:
        one = update(MESSAGES).where(MESSAGES.c.key == "o#01/p0")
        connection.execute(one.values(name="on_site_review.veto.confirmed"))
    sender, night = post(tmp_path, server.port, urgent=["*.veto.*"]), shanghai("2026-03-22 23:00")
    with database.reading() as connection:
        assert offices(connection, night) == {"O"}
        assert sender.may_go("O", night) & kinds_open(connection, "O", night)
    assert deliver(database, sender, "O", night) == {"sent": 1}
    assert states(database) == {"sent": 1, "open": 2}
    with database.reading() as connection:
        assert not sender.may_go("O", night) & kinds_open(connection, "O", night)
    database.close()


def test_at_night_no_flow_is_run_for_what_waits_and_in_the_morning_one_is(
    database_url, server, tmp_path
):
    database = ledger(database_url, 1, 1)
    journal = Journal(database, CALENDAR, lambda key: "salt")
    with live_in(House(journal, tmp_path, post(tmp_path, server.port))):
        assert mail(shanghai("2026-03-22 23:00")) == []
        assert mail(shanghai("2026-03-23 08:00")) == ["O"]
    with live_in(House(journal, tmp_path, Outbox(tmp_path))):  # without channels at any hour
        assert mail(shanghai("2026-03-22 23:00")) == ["O"]
    database.close()


def test_ten_days_of_standstill_over_a_holiday_are_told_once_in_order_and_in_one_message(
    database_url, server, tmp_path
):
    """Stopped from 30 September until 10 October 2026; started on the holiday's last evening."""
    database = ledger(database_url, 5, 10, date(2026, 9, 30))
    sender = post(tmp_path, server.port)
    assert live(database, sender, "2026-10-07 18:00", 13) == {}  # the holiday ends on the 7th
    done = live(database, sender, "2026-10-08 07:00", 48)
    assert done == {"sent": 50}
    assert len(server.taken) == 5 and set(server.ids.values()) == {1}
    for letter in server.taken:
        places = [text(letter).index(f"、学校{n}：到期提醒") for n in range(10)]
        assert places == sorted(places)
    database.close()


@pytest.mark.parametrize("many", [0, 2])
def test_killed_over_digests_each_of_them_is_unknown_whole_and_none_comes_again(
    database_url, server, tmp_path, many
):
    database = ledger(database_url, 4, 5)
    killing = [1000] * many + [0]

    class Dies(Post):
        def route(self, message, tried):
            way = super().route(message, tried)
            if isinstance(way, SendResult):
                return way
            return DiesAfter(way, killing[dying.index(message.to.id)], True)

    dying = [f"p{n}" for n in range(4)]
    killing += [1000] * (4 - len(killing))
    sender = post(tmp_path, server.port)
    dies = Dies(sender.channels, Outbox(tmp_path), calendar_of, SECRET)
    with pytest.raises(Killed):
        deliver(database, dies, "O", shanghai("2026-03-23 08:00"))
    after = shanghai("2026-03-23 08:00") + LEASE + timedelta(minutes=1)
    assert deliver(database, sender, "O", after) == {"unknown": 20}
    live(database, sender, "2026-03-23 09:00", 5)
    assert len(server.taken) == many + 1 and set(server.ids.values()) == {1}
    database.close()
