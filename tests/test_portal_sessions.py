"""Sessions: opened at the door, seen by nobody else, ended by time, by leaving, by the office."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from models.logins import Session
from models.people import Assignment, Person
from portal.passwords import set_password
from portal.sessions import COOKIE, IDLE, LASTS
from portal.signing import fingerprint
from tests.portal_people import Browser, County, county_at, said

HEAD, GOOD = "H0001", "corridor-green-7"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_SESSIONS = Session.__table__


@pytest.fixture(scope="module")
def january(lived_until: Callable[..., Path]) -> Path:
    """Two schools at the beginning of the year."""
    return lived_until(date(2026, 1, 6), 2)


@pytest.fixture
def county(january: Path, tmp_path: Path) -> Iterator[County]:
    """The head of the first school has a password, hashed so that it takes no time."""
    with county_at(january, tmp_path / "county", date(2026, 1, 7)) as county:
        with county.database.writing() as connection:
            set_password(connection, HEAD, "Ma.Xiao", QUICK.hash(GOOD), county.now)
        yield county


def comes_in(county: County, status: int = 303) -> Browser:
    browser = county.browser()
    browser.open("/login")
    browser.send("/login", status, username="ma.xiao", password=GOOD)
    return browser


def test_a_planted_session_is_not_taken_over(county: County) -> None:
    browser = county.browser()
    browser.client.cookies.set(COOKIE, "planted-by-somebody", domain="testserver.local", path="/")
    browser.open("/login")
    browser.send("/login", username="ma.xiao", password=GOOD)
    assert browser.client.cookies[COOKIE] != "planted-by-somebody"
    with county.database.reading() as connection:
        known = select(func.count()).where(_SESSIONS.c.id == fingerprint("planted-by-somebody"))
        assert connection.execute(known).scalar_one() == 0


def test_the_cookie_is_not_for_scripts_nor_other_sites_nor_open_lines(county: County) -> None:
    county.desk.secure = True
    browser = Browser(county.app)
    browser.client.base_url = "https://testserver"  # type: ignore[assignment]
    browser.open("/login")
    answer = browser.client.post(
        "/login", data=browser.form("/login") | {"username": "ma.xiao", "password": GOOD}
    )
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{COOKIE}="))
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {
        p.strip() for p in cookie.split(";")
    }
    assert "Domain" not in cookie


def test_a_session_ends_with_idleness_with_its_week_and_with_logging_out(county: County) -> None:
    def led_out(browser: Browser) -> bool:
        browser.open("/account")
        return browser.at.startswith("/login")

    idle = county.browser(HEAD)
    county.now += IDLE + timedelta(minutes=1)
    assert led_out(idle)

    busy, ends = county.browser(HEAD), county.now + LASTS
    while county.now < ends:
        assert not led_out(busy)
        county.now += timedelta(hours=11)
    assert led_out(busy)

    leaving = county.browser(HEAD)
    token = leaving.client.cookies[COOKIE]
    leaving.open("/account")
    leaving.send("/logout")
    leaving.client.cookies.set(COOKIE, token)  # kept by somebody
    assert led_out(leaving)


def test_coming_in_again_ends_the_session_of_this_browser(county: County) -> None:
    browser = county.browser()
    browser.open("/login")
    form = browser.form("/login") | {"username": "ma.xiao", "password": GOOD}
    browser.send("/login", username="ma.xiao", password=GOOD)
    before = browser.client.cookies[COOKIE]
    browser.open("/account")
    again = form | {"seal": browser.form("/account")["seal"]}
    assert browser.client.post("/login", data=again).status_code == 303
    assert browser.client.cookies[COOKIE] != before
    with county.database.reading() as connection:
        wanted = select(_SESSIONS.c.revoked_at).where(_SESSIONS.c.id == fingerprint(before))
        assert connection.execute(wanted).scalar_one()


def test_who_has_left_or_holds_no_post_is_told_so(county: County) -> None:
    with county.database.writing() as connection:
        mine = update(Assignment.__table__).where(Assignment.__table__.c.person == HEAD)
        connection.execute(mine.values(until=date(2026, 1, 6)))
    assert "没有任职" in said(comes_in(county, 422).page)
    with county.database.writing() as connection:
        gone = update(Person.__table__).where(Person.__table__.c.id == HEAD)
        connection.execute(gone.values(left_on=date(2026, 1, 6)))
    assert "已登记离任" in said(comes_in(county, 422).page)


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        "javascript:alert(1)",
        " https://elsewhere.example",
        "/%0d%0aSet-Cookie:x=1\r\nx: y",
        "",
    ],
)
def test_the_door_leads_to_no_other_site(county: County, target: str) -> None:
    browser = county.browser(HEAD)
    answer = browser.client.get("/login", params={"next": target})
    assert answer.headers["location"] == "/"


def test_after_the_door_one_is_where_one_wanted_to_go(county: County) -> None:
    browser = county.browser()
    browser.open("/account")
    browser.send("/login", username="ma.xiao", password=GOOD)
    assert browser.at == "/account"


def test_a_login_form_of_another_browser_is_not_taken(county: County) -> None:
    mine, theirs = county.browser(), county.browser()
    mine.open("/login")
    theirs.open("/login")
    form = mine.form("/login") | {"username": "ma.xiao", "password": GOOD}
    assert theirs.client.post("/login", data=form).status_code == 403
