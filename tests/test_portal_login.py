"""The door: passwords as people use them, and as others try them."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models.logins import Login
from portal import passwords
from portal.passwords import check, hashed, one_time_password, set_password
from portal.sessions import COOKIE
from tests.portal_people import Browser, County, county_at, said

HEAD, GOOD, ANOTHER = "H0001", "corridor-green-7", "window-yellow-8"
_LOGINS = Login.__table__


@pytest.fixture(scope="module")
def january(lived_until: Callable[..., Path]) -> Path:
    """Two schools at the beginning of the year."""
    return lived_until(date(2026, 1, 6), 2)


@pytest.fixture(scope="module")
def stored() -> str:
    """The good password's hash: made once, hashing takes its time."""
    return hashed(GOOD)


@pytest.fixture
def county(january: Path, tmp_path: Path, stored: str) -> Iterator[County]:
    with county_at(january, tmp_path / "county", date(2026, 1, 7)) as county:
        with county.database.writing() as connection:
            set_password(connection, HEAD, "Ma.Xiao", stored, county.now)
        yield county


def login_of(county: County, person: str = HEAD):
    with county.database.reading() as connection:
        return connection.execute(select(_LOGINS).where(_LOGINS.c.person == person)).one()


def tries(county: County, password: str, status: int = 422, name: str = "ma.xiao") -> Browser:
    browser = county.browser()
    browser.open("/login")
    browser.send("/login", status, username=name, password=password)
    return browser


# -- passwords -----------------------------------------------------------------------------------


def test_a_head_comes_in_with_name_and_password(county: County) -> None:
    browser = tries(county, GOOD, 303)
    assert "校长" in said(browser.page)


def test_full_width_letters_and_capitals_are_no_mistake(county: County) -> None:
    tries(county, "ｃorridor-green-7", 303, name="ＭＡ.xiao ")


def test_a_wrong_password_an_unknown_name_and_a_lock_are_told_alike(county: County) -> None:
    wrong = said(tries(county, "wrong-password-1").page)
    nobody = said(tries(county, "wrong-password-1", name="nobody").page)
    for _ in range(4):
        tries(county, "wrong-password-1")
    locked = said(tries(county, GOOD).page)
    assert wrong == nobody.replace("nobody", "ma.xiao") == locked
    assert "暂停登录" in wrong


def test_after_five_wrong_tries_one_waits_and_each_further_one_costs_more(county: County) -> None:
    def locked_for() -> timedelta:
        for _ in range(5):
            answer = check(county.database, "ma.xiao", "wrong-password-1", county.now)
            assert not answer.person
            until = login_of(county).locked_until
            if until:
                return datetime.fromisoformat(until) - county.now
        raise AssertionError("never locked")

    waits = []
    for _ in range(5):
        waits.append(locked_for())
        assert not check(county.database, "ma.xiao", GOOD, county.now).person  # not even the right
        county.now += waits[-1]
    assert waits == [timedelta(minutes=m) for m in (1, 5, 15, 60, 60)]
    assert check(county.database, "ma.xiao", GOOD, county.now).person == HEAD
    assert login_of(county).failed == 0


def test_many_guesses_at_once_are_no_more_than_one_after_another(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    verified = passwords._verified

    def counted(stored: str, password: str) -> bool:
        looked.append(stored)
        return verified(stored, password)

    monkeypatch.setattr(passwords, "_verified", counted)
    at_once(lambda: _guess(county), 12)
    real = login_of(county).password
    assert looked.count(real) <= passwords.FREE_TRIES
    assert login_of(county).locked_until > ""


def _guess(county: County) -> None:
    check(county.database, "ma.xiao", "wrong-password-1", county.now)


def at_once(act: Callable[[], None], times: int) -> list[BaseException]:
    """Do it in so many threads; what they raised."""
    raised: list[BaseException] = []

    def one() -> None:
        try:
            act()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_crowd_at_the_door_is_asked_to_come_back(county: County) -> None:
    raised = at_once(lambda: _guess(county), 40)
    assert raised and {type(error) for error in raised} == {passwords.Busy}
    for _ in range(12):  # as many as may wait
        assert passwords._AT_THE_DOOR.acquire(blocking=False)
    try:
        assert "请稍候再试" in said(tries(county, GOOD).page)
    finally:
        for _ in range(12):
            passwords._AT_THE_DOOR.release()


def test_whoever_finds_no_place_at_the_door_has_not_tried(county: County) -> None:
    at_once(lambda: _guess(county), 40)
    with county.database.writing() as connection:
        passwords.lift_lock(connection, HEAD)
    for _ in range(12):
        passwords._AT_THE_DOOR.acquire(blocking=False)
    try:
        at_once(lambda: _guess(county), 3)
    finally:
        for _ in range(12):
            passwords._AT_THE_DOOR.release()
    assert login_of(county).failed == 0


def test_nobody_waits_for_the_database_while_a_password_is_hashed(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified, free = passwords._verified, []

    def watched(stored: str, password: str) -> bool:
        assert county.database._writer is not None
        free.append(not county.database._writer.locked())
        return verified(stored, password)

    monkeypatch.setattr(passwords, "_verified", watched)
    tries(county, GOOD, 303)
    assert free == [True]


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short-1", "至少10个字符"),
        ("13912345678", "不能全是数字"),
        ("１３９１２３４５６７８", "不能全是数字"),
        ("aaaaaaaaab", "重复的字符太多"),
        ("my-MA.XIAO-password", "登录名"),
        ("x" * 250, "最多200个字符"),
    ],
)
def test_a_password_that_is_easily_guessed_is_not_taken(password: str, why: str) -> None:
    assert why in passwords.flaw_of(password, "ma.xiao")


def test_a_password_is_changed_and_all_other_devices_are_out(county: County) -> None:
    elsewhere, here = county.browser(HEAD), county.browser(HEAD)
    here.open("/account")
    here.send("/account", 422, old="wrong-password-1", new=ANOTHER, again=ANOTHER)
    assert "原密码不对" in said(here.page)
    here.send("/account", 422, old=GOOD, new=ANOTHER, again="something-else")
    assert "不一样" in said(here.page)
    here.send("/account", old=GOOD, new=ANOTHER, again=ANOTHER)
    assert "密码已修改" in said(here.page)
    assert "登录名" in said(elsewhere.open("/account"))  # led to the door
    tries(county, GOOD)
    tries(county, ANOTHER, 303)


# -- the first password --------------------------------------------------------------------------


@pytest.fixture
def given(county: County) -> str:
    """A one-time password, as the office gave it."""
    word = one_time_password()
    stored = hashed(word)
    with county.database.writing() as connection:
        set_password(connection, HEAD, "ma.xiao", stored, county.now, must_change=True)
    return word


def test_a_one_time_password_opens_nothing_but_the_choice_of_an_own(
    county: County, given: str
) -> None:
    browser = tries(county, given, 200)
    assert "设置您自己的密码" in said(browser.page)
    assert COOKIE not in browser.client.cookies
    browser.send("/login/first", 422, new=given, again=given)
    assert "不能与一次性密码相同" in said(browser.page)
    browser.send("/login/first", new=ANOTHER, again=ANOTHER)
    assert "校长" in said(browser.page)
    tries(county, given)


def test_the_ticket_for_the_choice_is_good_for_one_browser_and_a_quarter_of_an_hour(
    county: County, given: str
) -> None:
    browser, stranger = tries(county, given, 200), county.browser()
    ticket = browser.form("/login/first")["ticket"][0]
    stranger.open("/login")
    form = stranger.form("/login") | {"ticket": [ticket], "username": ["ma.xiao"]}
    form |= {"new": [ANOTHER], "again": [ANOTHER]}
    answer = stranger.client.post("/login/first", data=form)
    assert answer.status_code == 422 and "页面已失效" in answer.text
    county.now += timedelta(minutes=16)
    browser.send("/login/first", 422, new=ANOTHER, again=ANOTHER)
    assert login_of(county).must_change


def test_a_ticket_is_void_once_the_password_was_changed(county: County, given: str) -> None:
    first, second = tries(county, given, 200), tries(county, given, 200)
    first.send("/login/first", new=ANOTHER, again=ANOTHER)
    second.send("/login/first", 422, new="mine-instead-9", again="mine-instead-9")
    tries(county, ANOTHER, 303)


def test_a_one_time_password_waits_a_week(county: County, given: str) -> None:
    county.now += timedelta(days=7, minutes=1)
    assert "已过期" in said(tries(county, given).page)
