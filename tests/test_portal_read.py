"""已阅: a message's own link shows it to whoever opens it and records nothing; its button does. And
消息渠道: the channel one wants to be told by."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Row, select, update

from engine.receipts import PATH, key_of, token_of
from models.messages import Attempt, Message, Preference
from tests.portal_people import County, county_at, said

MESSAGES, ATTEMPTS = Message.__table__, Attempt.__table__
TODAY = date(2026, 2, 10)


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment; everything was sent."""
    return lived_until(TODAY)


@pytest.fixture
def county(february: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    with county_at(february, tmp_path / "county", TODAY, database_url) as county:
        county.desk.channels = (("mail", ()), ("督学群", ("inspector",)))
        yield county


def of(county: County, person: str) -> list[Row]:
    with county.database.reading() as connection:
        wanted = select(MESSAGES).where(MESSAGES.c.person == person)
        return list(connection.execute(wanted.order_by(MESSAGES.c.key)))


def link(county: County, key: str) -> str:
    return PATH + token_of(county.desk.secret, key)


def together(county: County, rows: list[Row]) -> None:
    """These went out in one parcel."""
    with county.database.writing() as connection:
        one = update(ATTEMPTS).where(ATTEMPTS.c.message.in_([row.key for row in rows]))
        connection.execute(one.values(parcel="p1"))


def test_opening_shows_the_message_and_records_nothing(county: County) -> None:
    row = of(county, "H0003")[0]
    anybody = county.browser()
    for _ in range(3):  # as mail filters and chat programs do
        page = said(anybody.open(link(county, row.key)))
    assert row.subject in page and row.text.split("\n")[0] in page and "我已阅知" in page
    assert {one.state for one in of(county, "H0003")} == {"sent"}


def test_the_button_records_who_pressed_it_once_and_the_office_sees_it(county: County) -> None:
    row, other = of(county, "H0003")[:2]
    anybody, path = county.browser(), link(county, row.key)
    anybody.open(path)
    anybody.send(path, 303)
    assert "已登记：您已阅知" in said(anybody.open(path))
    assert [one.state for one in of(county, "H0003")[:2]] == ["read", "sent"]
    with county.database.reading() as connection:
        tried = select(ATTEMPTS).where(ATTEMPTS.c.message == row.key)
        ways = connection.execute(tried.order_by(ATTEMPTS.c.number)).all()
    assert [(one.channel, one.state) for one in ways] == [("outbox", "sent"), ("link", "read")]
    office = county.browser("O2")
    assert row.subject in said(office.open("/messages?state=read&first=2026-01-01"))
    assert "点开确认" in said(office.open(f"/messages/one?key={row.key.replace('#', '%23')}"))
    assert other.state == "sent"


def test_what_came_in_one_message_is_read_in_one(county: County) -> None:
    rows = [*of(county, "I01"), of(county, "H0003")[0]]
    together(county, rows)
    anybody, path = county.browser(), link(county, rows[1].key)
    page = said(anybody.open(path))
    assert "督导消息3条" in page and all(row.subject in page for row in rows)
    anybody.send(path, 303)
    assert {row.state for row in of(county, "I01")} == {"read"}
    assert [row.state for row in of(county, "H0003")].count("read") == 1


def test_a_message_that_never_went_out_has_no_page(county: County) -> None:
    row = of(county, "H0003")[0]
    with county.database.writing() as connection:
        connection.execute(update(MESSAGES).where(MESSAGES.c.key == row.key).values(tries=0))
    assert "链接无效" in said(county.browser().open(link(county, row.key), 410))


@pytest.mark.parametrize("token", ["x", "x.y", "a" * 900, "%00", "马.马", ".", "..%2f"])
def test_a_link_that_is_not_ours_opens_nothing(county: County, token: str) -> None:
    status = county.browser().client.get(PATH + token).status_code
    assert status in (404, 410)


def test_a_link_names_its_own_message_alone() -> None:
    token = token_of(b"one house", "o#1/p1")
    assert key_of(b"one house", token) == "o#1/p1"
    assert key_of(b"another", token) is None
    named, seal = token.split(".")
    forged = token_of(b"another", "o#2/p2").split(".")[0]
    assert key_of(b"one house", f"{forged}.{seal}") is None
    assert key_of(b"one house", named) is None


def test_one_asks_for_a_channel_that_serves_ones_role_and_takes_it_back(county: County) -> None:
    inspector, head = county.browser("I01"), county.browser("H0003")
    assert re.findall(r'name="channel" value="([^"]*)"', inspector.open("/preferences")) == [
        *("", "mail", "督学群")
    ]
    assert "督学群" not in head.open("/preferences")
    inspector.send("/preferences", 303, channel="督学群")
    head.send("/preferences", 303, channel="督学群")  # not one of theirs
    with county.database.reading() as connection:
        asked = connection.execute(select(Preference.__table__)).all()
    assert [(row.person, row.channel) for row in asked] == [("I01", "督学群")]
    assert 'value="督学群" checked' in inspector.open("/preferences")
    inspector.send("/preferences", 303, channel="")
    with county.database.reading() as connection:
        assert connection.execute(select(Preference.__table__)).all() == []
