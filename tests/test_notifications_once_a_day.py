"""The digest of a day: what the clock says comes to each person once a day, whole, in the
morning; what people do is told when it happens."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from engine.journal import Journal
from models.database import Database
from notifications.catalogue import MESSAGES as KINDS
from notifications.delivery import deliver
from notifications.policy import Policy
from tasks.house import House, live_in
from tasks.messages import mail, send_messages
from tests.mail_server import MailServer, mail_server
from tests.told_ledger import MESSAGES, message, states
from tests.told_post import CALENDAR, ledger, live, post, shanghai, text

MONDAY = "2026-03-23 08:00"
REMINDER, SCHEDULED = "self_assessment.reminder", "on_site_review.visit.scheduled"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def placed(database: Database, key: str, name: str, person: int = 0, office: str = "O") -> None:
    """One more message to somebody."""
    row = message(person) | {"key": f"o#{key}/p{person}", "name": name, "subject": f"消息{key}"}
    with database.writing() as connection:
        row |= {"owed_on": date(2026, 3, 23), "office": office}
        connection.execute(insert(MESSAGES), row)


def at(text: str, minutes: int = 0) -> datetime:
    return shanghai(text) + timedelta(minutes=minutes)


def test_what_the_clock_finds_later_that_day_comes_with_the_next_mornings_digest(
    database_url, server, tmp_path
):
    database, sender = ledger(database_url, 1, 20), post(tmp_path, server.port)
    assert deliver(database, sender, "O", at(MONDAY)) == {"sent": 20}
    placed(database, "late", REMINDER)
    assert live(database, sender, "2026-03-23 08:15", 13) == {}
    assert live(database, sender, "2026-03-24 00:00", 7) == {}  # midnight is no hour to tell
    assert live(database, sender, "2026-03-24 07:30", 1) == {"sent": 1}
    assert [str(one["Subject"]) for one in server.taken] == [
        "督导消息20条（截至3月21日）",
        "消息late",
    ]
    database.close()


def test_what_people_do_is_told_at_once_also_after_the_digest(database_url, server, tmp_path):
    database, sender = ledger(database_url, 1, 2), post(tmp_path, server.port)
    deliver(database, sender, "O", at(MONDAY))
    placed(database, "visit", SCHEDULED)
    placed(database, "late", REMINDER)
    assert deliver(database, sender, "O", at(MONDAY, 30)) == {"sent": 1}
    assert str(server.taken[-1]["Subject"]) == "消息visit"
    assert states(database) == {"sent": 3, "open": 1}
    database.close()


def test_until_the_sweep_has_carried_out_everything_no_digest_leaves(
    database_url, server, tmp_path
):
    database, sender = ledger(database_url, 1, 3), post(tmp_path, server.port)
    placed(database, "visit", SCHEDULED)
    journal = Journal(database, CALENDAR, lambda key: "salt")
    with live_in(House(journal, tmp_path, sender)):
        assert mail(at(MONDAY), digests=False) == ["O"]
        assert send_messages.fn("O", at(MONDAY), "", digests=False) == {"sent": 1}
        assert str(server.taken[0]["Subject"]) == "消息visit"
        assert mail(at(MONDAY, 5), digests=False) == [] and mail(at(MONDAY, 5)) == ["O"]
        assert send_messages.fn("O", at(MONDAY, 15), "") == {"sent": 3}  # the sweep's own
    assert len(server.taken) == 2 and "三、学校2" in text(server.taken[1])
    database.close()


def test_whoever_hears_from_two_offices_has_a_digest_of_each(database_url, server, tmp_path):
    """One of them sends a little later than the other, day after day."""
    database, sender = ledger(database_url, 1, 1), post(tmp_path, server.port)
    for day in ("2026-03-24", "2026-03-25", "2026-03-26"):
        placed(database, f"{day} of one", REMINDER)
        placed(database, f"{day} of another", REMINDER, office="P")
        assert deliver(database, sender, "O", at(f"{day} 07:45"))["sent"]
        assert deliver(database, sender, "P", at(f"{day} 08:00")) == {"sent": 1}
        placed(database, f"{day} late", REMINDER, office="P")
        assert deliver(database, sender, "P", at(f"{day} 08:15")) == {}
        lost = MESSAGES.delete().where(MESSAGES.c.state == "open")
        with database.writing() as connection:
            assert connection.execute(lost).rowcount == 1
    database.close()


def test_a_clock_that_was_a_year_ahead_for_a_day_silences_nobody(database_url, server, tmp_path):
    database, sender = ledger(database_url, 1, 2), post(tmp_path, server.port)
    assert deliver(database, sender, "O", at("2027-03-22 08:00")) == {"sent": 2}
    placed(database, "late", REMINDER)
    assert deliver(database, sender, "O", at(MONDAY)) == {"sent": 1}
    placed(database, "later", REMINDER)
    assert deliver(database, sender, "O", at(MONDAY, 15)) == {}
    database.close()


def test_a_digest_that_was_refused_goes_on_that_day(database_url, server, tmp_path):
    database, sender = ledger(database_url, 1, 4), post(tmp_path, server.port)
    server.answers = ["451 later"]
    assert deliver(database, sender, "O", at(MONDAY)) == {"open": 4}
    assert live(database, sender, MONDAY, 1) == {"sent": 4}
    database.close()


def test_a_leader_with_hundreds_after_a_standstill_has_them_in_one_letter(
    database_url, server, tmp_path
):
    database, sender = ledger(database_url, 1, 230), post(tmp_path, server.port)
    assert deliver(database, sender, "O", at("2026-12-01 08:00")) == {"sent": 230}
    [letter] = server.taken
    said = text(letter)
    for number in (
        "九、",
        "十、",
        "十一、",
        "二十、",
        "九十九、",
        "一百、",
        "一百〇一、",
        "二百三十、",
    ):
        assert f"\n{number}学校" in said
    database.close()


def test_twenty_leaders_with_hundreds_each_have_one_letter_each(database_url, server, tmp_path):
    database, sender = ledger(database_url, 20, 120), post(tmp_path, server.port)
    assert deliver(database, sender, "O", at("2026-12-01 08:00"), most=10_000) == {"sent": 2400}
    assert len(server.taken) == 20
    database.close()


def test_more_than_one_turn_of_the_same_delivery_is_one_digest(database_url, server, tmp_path):
    """More messages than one turn takes: the person's day is this delivery's, not the turn's."""
    database, sender = ledger(database_url, 45, 2), post(tmp_path, server.port)
    assert deliver(database, sender, "O", at(MONDAY)) == {"sent": 90}
    assert len(server.taken) == 45
    database.close()


def test_two_deliveries_at_once_send_each_person_one_digest(database_url, server, tmp_path):
    database = ledger(database_url, 30, 3)
    senders = [post(tmp_path, server.port) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(deliver, database, sender, "O", at(MONDAY) + timedelta(seconds=second))
            for second, sender in enumerate(senders)
        ]
        done = Counter[str]()
        for run in runs:
            done += run.result()
    to = Counter(str(letter["To"]) for letter in server.taken)
    assert set(to.values()) == {1}
    assert done["sent"] + states(database).get("open", 0) == 90
    database.close()


@pytest.mark.parametrize(
    ("policy", "waits"),
    [
        ({}, True),
        ({"daily": []}, False),
        ({"digest": False}, False),  # one by one: then also as they come
        ({"urgent": [REMINDER]}, False),
        ({"daily": ["*.overdue"]}, False),
    ],
)
def test_an_office_says_what_waits_for_the_digest(database_url, server, tmp_path, policy, waits):
    database, sender = ledger(database_url, 1, 1), post(tmp_path, server.port, **policy)
    deliver(database, sender, "O", at(MONDAY))
    placed(database, "late", REMINDER)
    assert deliver(database, sender, "O", at(MONDAY, 30)) == ({} if waits else {"sent": 1})
    database.close()


def test_unless_the_office_says_so_the_clock_alone_waits():
    daily = Policy().daily_names
    assert daily == {n for n in KINDS if n.endswith((".reminder", ".overdue", ".escalation"))}


def test_whoever_stands_in_no_register_is_skipped_and_has_no_day(database_url, server, tmp_path):
    database, sender = ledger(database_url, 1, 1), post(tmp_path, server.port)
    placed(database, "nobody", REMINDER)
    with database.writing() as connection:
        lost = MESSAGES.update().where(MESSAGES.c.key == "o#nobody/p0")
        connection.execute(lost.values(person="gone"))
    assert deliver(database, sender, "O", at(MONDAY)) == {"sent": 1, "skipped": 1}
    with database.reading() as connection:
        said = select(MESSAGES.c.reason).where(MESSAGES.c.person == "gone")
        assert connection.execute(said).scalar() == "名册里没有这个人"
    database.close()
