"""日志: every event is found again by whom, what, where and when; and a tamperer is found out from
the page, as far as law 8 lets anybody be found out."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, Row, delete, func, select, update

from models.cases import Case
from models.events import Payload, StoredEvent
from tests.portal_neighbours import NEIGHBOUR, settle
from tests.portal_people import Browser, County, county_at, said
from tests.tamperings import edit, recompute

CASES, EVENTS, PAYLOADS = Case.__table__, StoredEvent.__table__, Payload.__table__
TODAY = date(2026, 3, 4)
S1 = "SLX-DD/shaanxi-316/2026/S0001"


@pytest.fixture(scope="module")
def march(lived_until: Callable[..., Path]) -> Path:
    """Eight schools, two months of log."""
    return lived_until(TODAY)


@pytest.fixture(scope="module")
def county(march: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """To read in; nobody changes it."""
    with county_at(march, tmp_path_factory.mktemp("read"), TODAY) as county:
        settle(county)
        yield county


@pytest.fixture
def own(march: Path, tmp_path: Path) -> Iterator[County]:
    """One test's own, to tamper with."""
    with county_at(march, tmp_path / "county", TODAY) as county:
        settle(county)
        yield county


def every(county: County, *conditions) -> list[Row]:
    with county.database.reading() as connection:
        return list(connection.execute(select(EVENTS).where(*conditions)))


def listed(page: str) -> list[tuple[str, int]]:
    """The events of a list: case and number, as its links name them."""
    found = re.findall(r'<a href="/log/([^"/]+)/(\d+)">', page)
    return [(case.replace("~", "/"), int(seq)) for case, seq in found]


def walked(browser: Browser, path: str) -> list[tuple[str, int]]:
    """The events of all pages of a list."""
    seen = listed(browser.open(path))
    while link := re.search(r'href="([^"]+)" rel="next"', browser.page):
        seen += listed(browser.open(link.group(1).replace("&amp;", "&")))
    return seen


def keys(rows: list[Row]) -> set[tuple[str, int]]:
    return {(row.case, row.seq) for row in rows}


# -- reading ---------------------------------------------------------------------------------------


def test_the_log_is_read_newest_first_page_by_page_and_nothing_is_left_out(county: County) -> None:
    seen = walked(county.browser("O2"), "/log")
    assert len(seen) == len(set(seen)) and set(seen) == keys(every(county))
    at = {(row.case, row.seq): row.at for row in every(county)}
    assert [at[event] for event in seen] == sorted(at.values(), reverse=True)


def test_events_are_found_by_school_type_person_and_day(county: County) -> None:
    office = county.browser("O2")
    assert set(walked(office, "/log?school=S0001")) == keys(every(county, EVENTS.c.case == S1))
    submitted = every(county, EVENTS.c.type == "self_assessment.submitted")
    assert set(walked(office, "/log?type=self_assessment.submitted")) == keys(submitted)
    assert len(submitted) > 4
    head = every(county, EVENTS.c.actor == "H0001")
    assert set(walked(office, "/log?person=马小校长")) == keys(head)
    people = every(county, EVENTS.c.role != "system")
    assert set(walked(office, "/log?by=people")) == keys(people)
    # the first of January fell on a holiday: what was recorded on the 4th at seven in the morning
    # is the 3rd in Greenwich, and still belongs to the 4th
    day = every(county, EVENTS.c.at.between("2026-01-03T16:00", "2026-01-04T15:59:59Z"))
    assert day and set(walked(office, "/log?first=2026-01-04&last=2026-01-04")) == keys(day)
    assert "没有符合条件的事件" in office.open("/log?person=nobody&first=2026-13-99")


def test_one_event_is_shown_as_it_is_stored_with_what_was_written(county: County) -> None:
    written = every(county, EVENTS.c.type == "self_assessment.submitted", EVENTS.c.case == S1)[0]
    office = county.browser("O2")
    page = said(office.open(f"/log/{S1.replace('/', '~')}/{written.seq}"))
    assert written.hash in page and written.prev in page and "所附文字" in page
    assert "提交自评报告" in page and "马小校长（学校）" in page
    office.open(f"/log/{S1.replace('/', '~')}/99999", 403)
    office.open(f"/log/{S1.replace('/', '~')}/x", 403)


def test_the_log_is_the_offices_own(county: County) -> None:
    neighbour = county.browser(NEIGHBOUR)
    assert listed(neighbour.open("/log")) == []
    neighbour.open(f"/log/{S1.replace('/', '~')}/1", 403)
    checkpoint = json.loads(neighbour.client.get("/log/checkpoint.json").text)
    assert checkpoint["heads"] == []
    for person in ("H0001", "I01", "V1", "WT1"):
        for path in ("/log", "/log/verify", "/log/checkpoint.json"):
            county.browser(person).open(path, 403)


# -- verifying -------------------------------------------------------------------------------------


def verified(browser: Browser, checkpoint: str | bytes = b"") -> str:
    browser.open("/log/verify")
    sent = {"checkpoint": ("checkpoint.json" if checkpoint else "", checkpoint)}
    browser.send("/log/verify", 200, files=sent)
    return said(browser.page)


def test_an_untouched_log_is_clean_and_the_page_says_how_far_it_could_look(county: County) -> None:
    page = verified(county.browser("O2"))
    with county.database.reading() as connection:
        events = connection.execute(select(func.count()).select_from(EVENTS)).scalar_one()
    assert f"没有发现改动。共核对9个案卷、{events}条事件" in page
    assert "没有校验点" in page and "看不出来" in page


def reword(connection: Connection) -> None:
    body = connection.execute(
        select(EVENTS.c.body).where(EVENTS.c.case == S1, EVENTS.c.seq == 5)
    ).scalar_one()
    edit(connection, S1, 5, body=body.replace("2026-01-04", "2026-01-05"))


def take_out(connection: Connection) -> None:
    connection.execute(delete(EVENTS).where(EVENTS.c.case == S1, EVENTS.c.seq == 6))


def redate(connection: Connection) -> None:
    edit(connection, S1, 5, happened_on=date(2026, 1, 9))


def rewrite_words(connection: Connection) -> None:
    row = connection.execute(select(PAYLOADS).where(PAYLOADS.c.case == S1)).first()
    changed = update(PAYLOADS).where(PAYLOADS.c.digest == row.digest)
    connection.execute(changed.values(body='{"report":"一切正常"}'))


@pytest.mark.parametrize("tamper", [reword, take_out, redate, rewrite_words])
def test_a_tampered_event_is_found_from_the_page(
    own: County, tamper: Callable[[Connection], None]
) -> None:
    with own.database.writing() as connection:
        tamper(connection)
    office = own.browser("O2")
    page = verified(office)
    assert "发现1处问题" in page or "发现2处问题" in page
    assert f"案卷{S1}" in page and "请保留数据库现状" in page
    own.browser("O2").open("/log")  # and the log itself can still be read
    for link in re.findall(r'<a href="(/log/[^"]+/\d+)">查看', office.page):
        office.open(link)


def test_only_a_checkpoint_kept_elsewhere_shows_what_was_rewritten_to_the_end(own: County) -> None:
    """Law 8: alone the log can only be inconsistent with itself."""
    office = own.browser("O2")
    kept = office.client.get("/log/checkpoint.json")
    assert kept.headers["content-disposition"].startswith("attachment")
    with own.database.writing() as connection:
        edit(connection, S1, 5, actor="O1")
        recompute(connection, S1)
    page = verified(office)
    assert "没有发现改动" in page and "没有校验点" in page
    page = verified(office, kept.content)
    assert "发现1处问题" in page and "与校验点不符" in page and f"案卷{S1}" in page


def test_what_came_after_the_checkpoint_is_said_to_be_less_sure(own: County) -> None:
    office = own.browser("O2")
    kept = office.client.get("/log/checkpoint.json").content
    path = f"/cases/{own.key('S0001')}/issue_list/RaiseIssue"
    office.open(path)
    office.send(path, findings__0__text="楼道灯不亮", findings__0__basis="A6.1.1")
    page = verified(office, kept)
    assert "没有发现改动" in page and "已与" in page and "只能看出是否前后一致" in page


@pytest.mark.parametrize(
    "wrong", [b"{}", b"\xff\xfe", b'{"at":"x","events":1,"root":"","heads":[]}', b"[" * 9999]
)
def test_a_file_that_is_no_checkpoint_is_refused_in_words(county: County, wrong: bytes) -> None:
    office = county.browser("O2")
    office.open("/log/verify")
    office.send("/log/verify", 422, files={"checkpoint": ("x.json", wrong)})
    assert "校验点文件" in said(office.page) and "没有发现改动" not in said(office.page)


def test_the_neighbours_hear_nothing_of_our_cases(own: County) -> None:
    with own.database.writing() as connection:
        reword(connection)
    page = verified(own.browser(NEIGHBOUR))
    assert S1 not in page and "没有发现改动" in page and "本督导室案卷的结果" in page
    assert S1 in verified(own.browser("O2"))
