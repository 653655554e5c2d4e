"""消息: who was told what; and a message that did not arrive is settled by a person, in the
ledger's own terms, so that whoever sends next neither forgets it nor says it twice."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Row, delete, select, update

from models.messages import Attempt, Message
from notifications.delivery import deliver
from portal.ledgers.messages import told_by_hand
from tests.portal_neighbours import NEIGHBOUR, settle
from tests.portal_people import Browser, County, county_at, said
from tests.told_ledger import Channel

MESSAGES, ATTEMPTS = Message.__table__, Attempt.__table__
TODAY = date(2026, 2, 10)
OFFICE = "SLX-DD"


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment; everything was sent."""
    return lived_until(TODAY)


@pytest.fixture(scope="module")
def county(february: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """To read in; nobody changes it."""
    with county_at(february, tmp_path_factory.mktemp("read"), TODAY) as county:
        settle(county)
        yield county


@pytest.fixture
def own(february: Path, tmp_path: Path) -> Iterator[County]:
    """One test's own, to change."""
    with county_at(february, tmp_path / "county", TODAY) as county:
        settle(county)
        yield county


def every(county: County, *conditions) -> list[Row]:
    with county.database.reading() as connection:
        wanted = select(MESSAGES).where(*conditions)
        return list(connection.execute(wanted.order_by(MESSAGES.c.key)))


def one(county: County, key: str) -> Row:
    return every(county, MESSAGES.c.key == key)[0]


def tried(county: County, key: str) -> list[Row]:
    with county.database.reading() as connection:
        wanted = select(ATTEMPTS).where(ATTEMPTS.c.message == key)
        return list(connection.execute(wanted.order_by(ATTEMPTS.c.number)))


def listed(page: str) -> list[str]:
    """The messages of a list, as its links name them."""
    return re.findall(r'<a href="(/messages/one\?key=[^"]+)">', page)


def gone_wrong(county: County, *answers: str) -> list[str]:
    """The last messages once more on their way, over a channel that answers so; their keys."""
    keys = [row.key for row in every(county)][-len(answers) :]
    with county.database.writing() as connection:
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.message.in_(keys)))
        again = update(MESSAGES).where(MESSAGES.c.key.in_(keys))
        connection.execute(again.values(state="open", tries=0))
    deliver(county.database, Channel(*answers), OFFICE, county.now)
    wanted = every(county, MESSAGES.c.key.in_(keys))
    assert sorted(row.state for row in wanted) == sorted(answers)
    return [row.key for row in sorted(wanted, key=lambda row: answers.index(row.state))]


def opened(browser: Browser, key: str) -> str:
    return browser.open(f"/messages/one?key={quote(key, safe='')}")


# -- the list --------------------------------------------------------------------------------------


def test_the_office_sees_what_was_sent_in_the_last_month(county: County) -> None:
    """What is older is asked for by its days."""
    page = county.browser("O2").open("/messages")
    recent = every(county, MESSAGES.c.owed_on >= TODAY - timedelta(30))
    assert len(listed(page)) == len(recent) < len(every(county))
    latest = max(row.owed_on for row in recent)
    assert f"{latest.month}月{latest.day}日" in said(page).split("状态")[-1][:40]


def test_the_list_goes_on_from_page_to_page_and_leaves_nothing_out(county: County) -> None:
    office = county.browser("O2")
    seen = listed(office.open("/messages?first=2026-01-01"))
    while link := re.search(r'href="([^"]+)" rel="next"', office.page):
        seen += listed(office.open(link.group(1).replace("&amp;", "&")))
    assert len(seen) == len(set(seen)) == len(every(county)) > 50


def test_messages_are_found_by_day_person_school_and_kind(county: County) -> None:
    office, everything = county.browser("O2"), "first=2026-01-01"
    pattern = every(county)[0]
    day = str(pattern.owed_on)
    of_day = every(county, MESSAGES.c.owed_on == pattern.owed_on)
    assert len(listed(office.open(f"/messages?first={day}&last={day}"))) == min(50, len(of_day))
    by_person = every(county, MESSAGES.c.person == "H0003")
    assert len(listed(office.open(f"/messages?{everything}&person=民新校长"))) == len(by_person)
    of_school = every(county, MESSAGES.c.case == county.case("S0005"))
    for word in ("洋合", "S0005"):
        assert len(listed(office.open(f"/messages?{everything}&school={word}"))) == len(of_school)
    of_kind = every(county, MESSAGES.c.name == "self_assessment.opened")
    kind = f"/messages?{everything}&kind=self_assessment.opened"
    assert len(listed(office.open(kind))) == len(of_kind)
    assert "没有符合条件" in office.open("/messages?person=nobody")


def test_one_message_shows_its_words_and_every_try(county: County) -> None:
    row = every(county)[0]
    page = said(opened(county.browser("O2"), row.key))
    assert row.subject in page and row.text.split("\n")[0] in page
    assert "第1次" in page and "已送出" in page
    assert "登记已告知" not in page  # it arrived: there is nothing to settle


# -- what did not arrive ---------------------------------------------------------------------------


def test_what_failed_or_is_unclear_waits_for_a_person_of_whatever_day(own: County) -> None:
    gone_wrong(own, "failed", "unknown")
    own.move_to(date(2026, 6, 1))
    office = own.browser("O2")
    page = office.open("/messages?state=trouble")
    assert len(listed(page)) == 2 and "须人工处理 2" in said(page)
    assert "服务器没有应答" in said(page)
    assert len(listed(office.open("/messages?state=failed"))) == 1
    assert len(listed(office.open("/messages?state=unknown"))) == 1


def test_told_by_phone_is_noted_with_who_and_when(own: County) -> None:
    (key,) = gone_wrong(own, "unknown")
    office = own.browser("O2")
    opened(office, key)
    office.send("/messages/one/told", channel="phone", by="王干事", on="2026-02-10", note="已知悉")
    row, (first, last) = one(own, key), tried(own, key)
    assert (row.state, row.tries) == ("sent", 2)
    assert (first.state, first.number) == ("unknown", 1)  # what was tried stays as it was
    assert (last.state, last.number, last.channel) == ("sent", 2, "phone")
    assert last.begun_at == last.ended_at != ""
    for part in ("2026年2月10日", "王干事", "电话告知", "已知悉", "督导室干事登记"):
        assert part in last.detail
    assert "电话告知" in said(office.page) and "登记已告知" not in office.page


def test_what_was_told_by_hand_is_not_sent_any_more(own: County) -> None:
    (key,) = gone_wrong(own, "unknown")
    office = own.browser("O2")
    opened(office, key)
    office.send("/messages/one/told", channel="paper", by="王干事", on="2026-02-10")
    channel = Channel()
    deliver(own.database, channel, OFFICE, own.now + timedelta(1))
    assert channel.sent == [] and one(own, key).state == "sent"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"channel": "pigeon"}, "请从列表中选择"),
        ({"by": ""}, "请填写"),
        ({"on": "2026-02-11"}, "到今天之间"),
        ({"on": "2025-12-01"}, "到今天之间"),
        ({"on": "昨天"}, "日期应写成"),
        ({"note": "长" * 101}, "最多100个字"),
    ],
)
def test_a_note_that_cannot_be_meant_is_sent_back(own: County, typed: dict, why: str) -> None:
    (key,) = gone_wrong(own, "failed")
    office = own.browser("O2")
    opened(office, key)
    right = {"channel": "phone", "by": "王干事", "on": "2026-02-10"}
    office.send("/messages/one/told", 422, **{**right, **typed})
    assert why in said(office.page)
    assert one(own, key).state == "failed" and len(tried(own, key)) == 1


def test_freed_it_goes_out_once_more_and_who_freed_it_is_kept(own: County) -> None:
    (key,) = gone_wrong(own, "failed")
    office = own.browser("O2")
    opened(office, key)
    office.send("/messages/one/again")
    assert one(own, key).state == "open" and own.woken == 1
    channel = Channel()
    assert deliver(own.database, channel, OFFICE, own.now + timedelta(1)) == {"sent": 1}
    assert channel.sent == [key]
    told = [(row.number, row.channel, row.state) for row in tried(own, key)]
    assert told == [(1, "list", "failed"), (2, "desk", "skipped"), (3, "list", "sent")]
    assert "督导室干事交回重发" in said(opened(office, key))


def test_all_that_failed_is_freed_at_once_and_what_is_unclear_is_not(own: County) -> None:
    keys = gone_wrong(own, "failed", "unknown")
    office = own.browser("O2")
    office.open("/messages?state=failed")
    office.send("/messages/again")
    assert "1条消息已交回重发" in said(office.page)
    assert [one(own, key).state for key in keys] == ["open", "unknown"]


def test_pressed_twice_or_by_two_people_it_is_settled_once(own: County) -> None:
    (key,) = gone_wrong(own, "unknown")
    first, second = own.browser("O1"), own.browser("O2")
    for browser in (first, second):
        opened(browser, key)
    first.send("/messages/one/told", channel="phone", by="甲", on="2026-02-10")
    second.send("/messages/one/again")
    assert "已经办理过" in said(second.page)
    assert one(own, key).state == "sent" and len(tried(own, key)) == 2


def test_the_late_word_of_a_dead_sender_changes_nothing_any_more(own: County) -> None:
    """Only the latest try may speak for its message; a person's is one."""
    (key,) = gone_wrong(own, "unknown")
    row = one(own, key)
    assert told_by_hand(own.database, key, row.tries, "phone", "由王干事告知", own.now)
    assert not told_by_hand(own.database, key, row.tries, "phone", "由李干事告知", own.now)
    with own.database.reading() as connection:
        latest = connection.execute(select(ATTEMPTS).where(ATTEMPTS.c.message == key)).all()
    assert max(latest, key=lambda one: one.number).number == one(own, key).tries


def test_a_message_that_is_being_sent_is_left_alone(own: County) -> None:
    key = every(own)[-1].key
    with own.database.writing() as connection:
        again = update(MESSAGES).where(MESSAGES.c.key == key)
        connection.execute(again.values(state="open"))
    office = own.browser("O2")
    assert "登记已告知" not in opened(office, key)
    assert not told_by_hand(own.database, key, 1, "phone", "由王干事告知", own.now)


# -- for whom --------------------------------------------------------------------------------------


def test_messages_are_for_the_office_that_owes_them(own: County) -> None:
    (key,) = gone_wrong(own, "failed")
    for person in ("H0001", "I01", "V1", "DCZ"):
        own.browser(person).open("/messages", 403)
    neighbour = own.browser(NEIGHBOUR)
    assert listed(neighbour.open("/messages?first=2026-01-01")) == []
    neighbour.open(f"/messages/one?key={quote(key, safe='')}", 403)
    own.browser("U1").open(f"/messages/one?key={quote(key, safe='')}", 403)
    office = own.browser("O2")
    opened(office, key)
    values = office.form("/messages/one/again")
    answer = neighbour.client.post("/messages/one/again", data=values)
    assert answer.status_code == 403 and one(own, key).state == "failed"
