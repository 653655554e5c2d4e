"""Single-use links: opening one changes nothing, one press of its button lets one person in."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from models.logins import EntryLink
from models.organisations import Organisation
from models.people import Assignment, Person
from portal.sessions import COOKIE
from portal.signing import fingerprint
from tests.portal_people import Browser, County, county_at, said
from tests.test_portal_login import at_once

_LINKS, _ASSIGNED, _PEOPLE = EntryLink.__table__, Assignment.__table__, Person.__table__
CLERK, HEAD = "O2", "H0001"


@pytest.fixture(scope="module")
def january(lived_until: Callable[..., Path]) -> Path:
    """Four schools at the beginning of the year."""
    return lived_until(date(2026, 1, 6), 4)


@pytest.fixture
def county(january: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(january, tmp_path / "county", date(2026, 1, 7)) as county:
        yield county


def link_for(county: County, person: str = HEAD) -> str:
    """The path of a link, as the office's page shows it once."""
    clerk = county.browser(CLERK)
    clerk.open(f"/people/persons/{person}")
    clerk.send(f"/people/persons/{person}/link", 200)
    return paths_on(clerk.page)[0]


def paths_on(page: str) -> list[str]:
    return re.findall(r"http://testserver(/enter/[\w-]+)", said(page))


def link_of(county: County, path: str):
    with county.database.reading() as connection:
        token = path.removeprefix("/enter/")
        wanted = select(_LINKS).where(_LINKS.c.id == fingerprint(token))
        return connection.execute(wanted).one()


def test_a_head_opens_the_link_presses_the_button_and_is_in(county: County) -> None:
    path = link_for(county)
    head = county.browser()
    page = said(head.open(path))
    assert "马小校长" in page and "进入" in page and "72" not in page
    head.send(path)
    assert head.at == "/" and "马小校长" in said(head.page)


def test_chat_programs_open_links_by_themselves_and_use_nothing(county: County) -> None:
    path = link_for(county)
    for _ in range(3):
        program = county.browser()
        assert program.client.get(path, headers={"user-agent": "MicroMessenger"}).status_code == 200
        assert program.client.head(path).status_code == 200
        assert COOKIE not in program.client.cookies
    assert link_of(county, path).used_at == ""
    head = county.browser()
    head.open(path)
    head.send(path)
    assert COOKIE in head.client.cookies


def test_a_link_is_good_once(county: County) -> None:
    path = link_for(county)
    first, second = county.browser(), county.browser()
    first.open(path)
    second.open(path)
    first.send(path)
    second.send(path, 410)
    assert "已经用过了" in said(second.page) and COOKIE not in second.client.cookies
    assert "已经用过了" in said(county.browser().open(path, 410))


def test_pressed_in_many_places_at_once_it_lets_in_one(county: County) -> None:
    path = link_for(county)
    browsers = [county.browser() for _ in range(6)]
    for browser in browsers:
        browser.open(path)
    queue = list(browsers)

    def press() -> None:
        browser = queue.pop()
        browser.client.post(path, data=browser.form(path))

    assert at_once(press, 6) == []
    assert sum(COOKIE in browser.client.cookies for browser in browsers) == 1


def test_a_link_ends_after_three_days(county: County) -> None:
    path = link_for(county)
    county.now += timedelta(hours=71, minutes=59)
    waiting = county.browser()
    waiting.open(path)
    county.now += timedelta(minutes=2)
    assert "已过期" in said(county.browser().open(path, 410))
    waiting.send(path, 410)
    assert "已过期" in said(waiting.page)


def test_a_new_link_and_the_office_withdraw_the_old_one(county: County) -> None:
    first = link_for(county)
    county.now += timedelta(minutes=1)
    second = link_for(county)
    assert "已被督导室作废" in said(county.browser().open(first, 410))
    clerk = county.browser(CLERK)
    clerk.open(f"/people/persons/{HEAD}")
    clerk.send(f"/people/persons/{HEAD}/link/withdraw")
    assert "已被督导室作废" in said(county.browser().open(second, 410))


@pytest.mark.parametrize("path", ["/enter/guess", "/enter/" + "a" * 500, "/enter/%00", "/enter/马"])
def test_what_is_no_link_is_told_so(county: County, path: str) -> None:
    assert "链接无效" in said(county.browser().open(path, 410))


def test_the_database_holds_no_link_anybody_could_use(county: County) -> None:
    token = link_for(county).removeprefix("/enter/")
    with county.database.reading() as connection:
        row = connection.execute(select(_LINKS)).one()
    assert token not in str(row) and len(token) >= 43 and row.made_by == CLERK


def test_only_the_page_of_the_link_can_press_its_button(county: County) -> None:
    path = link_for(county)
    stranger = county.browser()
    assert stranger.client.post(path, data={"seal": "x"}).status_code == 403
    other = county.browser()
    other.open(path)
    stranger.open("/login")
    assert stranger.client.post(path, data=other.form(path)).status_code == 403
    assert link_of(county, path).used_at == ""


def test_who_has_left_is_not_let_in_and_the_link_is_not_used(county: County) -> None:
    path = link_for(county)
    head = county.browser()
    head.open(path)
    with county.database.writing() as connection:
        gone = update(_PEOPLE).where(_PEOPLE.c.id == HEAD)
        connection.execute(gone.values(left_on=date(2026, 1, 7)))
    head.send(path, 410)
    assert "已登记离任" in said(head.page)
    assert link_of(county, path).used_at == ""


def test_leaving_withdraws_a_link(county: County) -> None:
    path = link_for(county)
    clerk = county.browser(CLERK)
    clerk.open(f"/people/persons/{HEAD}")
    clerk.send(f"/people/persons/{HEAD}/leave", left_on="2026-01-07")
    assert link_of(county, path).ends_at <= "2026-01-07T04:00:00Z"


def test_whoever_works_in_an_office_gets_no_link_and_comes_in_by_none(county: County) -> None:
    clerk = county.browser(CLERK)
    clerk.open("/people/persons/O1")
    clerk.send("/people/persons/O1/link", 403)
    assert "请使用登录名和密码" in said(clerk.page)
    path = link_for(county)  # and then the head joins the office
    with county.database.writing() as connection:
        post = {"person": HEAD, "role": "office", "organisation": "SLX-DD", "rank": 3}
        connection.execute(insert(_ASSIGNED).values(post))
    assert "请使用登录名和密码" in said(county.browser().open(path, 410))


def test_a_browser_with_somebody_elses_session_is_warned_and_changes_over(county: County) -> None:
    path = link_for(county)
    browser = county.browser("H0002")
    before = browser.client.cookies[COOKIE]
    assert "以“八一校长”的身份登录" in said(browser.open(path))
    answer = browser.client.post(path, data=browser.form(path))
    after = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{COOKIE}="))
    assert before not in after
    left = county.browser()
    left.client.cookies.set(COOKIE, before)
    left.open("/")
    assert left.at.startswith("/login")


def test_links_are_on_the_listener_for_outside(january: Path, tmp_path: Path) -> None:
    with county_at(january, tmp_path / "outside", date(2026, 1, 7), outside=True) as outside:
        assert "链接无效" in said(outside.browser().open("/enter/x", 410))
        outside.browser(CLERK).open("/people", 404)


# -- a sheet for every school --------------------------------------------------------------------


def sheet_of(county: County, **typed: str) -> Browser:
    clerk = county.browser(CLERK)
    clerk.open("/people/links")
    clerk.send("/people/links", 200, **typed)
    return clerk


def test_every_school_gets_a_slip_with_its_link_and_code(county: County) -> None:
    clerk = sheet_of(county)
    paths = paths_on(clerk.page)
    assert len(set(paths)) == 4 and clerk.page.count("<svg") == 4
    for name in ("马小", "八一", "民新", "新平"):
        assert f"{name}校长收" in said(clerk.page)
    head = county.browser()
    assert "马小校长" in said(head.open(paths[0]))
    head.send(paths[0])
    assert COOKIE in head.client.cookies


def test_the_codes_lead_to_the_address_people_outside_can_reach(county: County) -> None:
    county.desk.public_url = "https://dudao.example/"
    assert "https://dudao.example/enter/" in sheet_of(county).page


def test_a_sheet_names_the_schools_that_got_none(county: County) -> None:
    with county.database.writing() as connection:
        mine = update(_ASSIGNED).where(_ASSIGNED.c.person == HEAD)
        connection.execute(mine.values(until=date(2026, 1, 6)))
        post = {"person": "H0002", "role": "office", "organisation": "SLX-DD", "rank": 3}
        connection.execute(insert(_ASSIGNED).values(post))
        closed = update(Organisation.__table__).where(Organisation.__table__.c.code == "S0003")
        connection.execute(closed.values(closed_on=date(2026, 1, 1)))
    page = said(sheet_of(county).page)
    assert "没有发放的学校" in page and page.count("校长收") == 1
    assert "马小、八一" in page and "民新" not in page


def test_a_sheet_is_for_the_offices_own_schools(county: County) -> None:
    clerk = county.browser(CLERK)
    clerk.open("/people/links")
    clerk.send("/people/links", 422, below="SLS")
    assert paths_on(clerk.page) == []
    clerk.open("/people/links")
    clerk.send("/people/links", 200, below="T1")
    assert len(set(paths_on(clerk.page))) == 4
