"""Ways in that an office gives: logins and one-time passwords, and an end to them."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from models.logins import Login
from models.people import Assignment
from tests.portal_people import Browser, County, county_at, said

_ASSIGNED, _LOGINS = Assignment.__table__, Login.__table__
CLERK, CHIEF, HEAD = "O2", "O1", "H0001"


@pytest.fixture(scope="module")
def january(lived_until: Callable[..., Path]) -> Path:
    """Four schools at the beginning of the year."""
    return lived_until(date(2026, 1, 6), 4)


@pytest.fixture
def county(january: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(january, tmp_path / "county", date(2026, 1, 7)) as county:
        yield county


def row(county: County, table, *where):
    with county.database.reading() as connection:
        return connection.execute(select(table).where(*where)).first()


def page_of(county: County, person: str, clerk: str = CLERK) -> Browser:
    browser = county.browser(clerk)
    browser.open(f"/people/persons/{person}")
    return browser


def word_on(page: str) -> str:
    found = re.search(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}", said(page))
    assert found
    return found[0]


def test_a_login_is_given_once_and_used_by_its_owner(county: County) -> None:
    clerk = page_of(county, HEAD)
    clerk.send(f"/people/persons/{HEAD}/login", 200, username="Ma.Xiao")
    word = word_on(clerk.page)
    assert word not in clerk.open(f"/people/persons/{HEAD}")  # shown once
    stored = row(county, _LOGINS, _LOGINS.c.person == HEAD)
    assert stored.username == "ma.xiao" and stored.must_change and word not in stored.password
    head = county.browser()
    head.open("/login")
    head.send("/login", 200, username="ma.xiao", password=word)
    head.send("/login/first", new="corridor-green-7", again="corridor-green-7")
    assert "校长" in said(head.page)


def test_a_reset_password_ends_every_session_and_lifts_the_lock(county: County) -> None:
    working = county.browser(HEAD)
    clerk = page_of(county, HEAD)
    clerk.send(f"/people/persons/{HEAD}/login", 200, username="ma.xiao")
    working.open("/")
    assert working.at.startswith("/login")
    with county.database.writing() as connection:
        locked = update(_LOGINS).values(failed=9, locked_until="2027-01-01T00:00:00Z")
        connection.execute(locked)
    assert "暂停中" in said(clerk.open(f"/people/persons/{HEAD}"))
    clerk.send(f"/people/persons/{HEAD}/lock")
    assert row(county, _LOGINS).locked_until == ""


def test_sessions_are_ended_by_the_office(county: County) -> None:
    working, clerk = county.browser(HEAD), page_of(county, HEAD)
    assert "正在1台设备上登录" in said(clerk.page)
    clerk.send(f"/people/persons/{HEAD}/sessions")
    working.open("/")
    assert working.at.startswith("/login")


@pytest.mark.parametrize("name", ["", "a", "<b>", "with space/", "x" * 70])
def test_a_login_name_is_plain(county: County, name: str) -> None:
    clerk = page_of(county, HEAD)
    clerk.send(f"/people/persons/{HEAD}/login", 422, username=name)


def test_a_login_name_is_had_by_one_person(county: County) -> None:
    page_of(county, HEAD).send(f"/people/persons/{HEAD}/login", 200, username="teacher")
    clerk = page_of(county, "H0002")
    clerk.send("/people/persons/H0002/login", 422, username="TEACHER")
    assert "已被别人使用" in said(clerk.page)


def test_no_clerk_makes_themselves_a_way_into_the_office_above(county: County) -> None:
    """A person of the city's office is given a small post in the county by its clerk."""
    with county.database.writing() as connection:
        small = {"person": "U1", "role": "inspector", "organisation": "S0001", "rank": 0}
        connection.execute(insert(_ASSIGNED).values(small))
    clerk = page_of(county, "U1")
    assert "负责范围以外" in said(clerk.page)
    seal = county.browser(CLERK)
    seal.open("/account")
    for action in ("login", "link", "lock", "sessions", "leave", "link/withdraw", ""):
        path = f"/people/persons/U1/{action}".rstrip("/")
        form = clerk.form("/people/persons/U1/posts") | {"username": ["u"], "name": ["x"]}
        assert clerk.client.post(path, data=form).status_code == 403, action


def test_ones_own_password_is_not_reset_here(county: County) -> None:
    clerk = page_of(county, CLERK)
    form = clerk.form(f"/people/persons/{CLERK}") | {"username": ["me"]}
    assert clerk.client.post(f"/people/persons/{CLERK}/login", data=form).status_code == 403


def test_a_form_of_another_session_changes_nothing(county: County) -> None:
    mine, other = page_of(county, HEAD), page_of(county, HEAD, CHIEF)
    form = mine.form(f"/people/persons/{HEAD}/login") | {"username": ["x1"]}
    assert other.client.post(f"/people/persons/{HEAD}/login", data=form).status_code == 403
    assert row(county, _LOGINS) is None
