"""The notice board: announced visits and results, read by anybody; nothing else hangs there."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from engine.journal import Entry, Journal, Recorded
from engine.library import shipped_calendar
from models.database import Database
from portal.app import build
from portal.desk import Desk
from portal.questionnaires import Given, answer, example, make
from rules.on_site_review.words import ScheduleVisit
from rules.values import Actor
from tasks.house import random_salt
from tests.portal_people import Browser, County, county_at, poured, said

ROUND = "SLX-DD~shaanxi-316~2026"
PLAN = f"/public/plans/{ROUND}/planning"
EVERY_PAGE = (
    "/public",
    "/public/plans",
    "/public/visits?name=yh",
    "/public/results",
    PLAN,
    f"/public/visits/{ROUND}~S0005/on_site_review",
    f"/public/results/{ROUND}/bulletin",
)


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """One visit over, one announced for 25 May."""
    return lived_until(date(2026, 5, 12))


@pytest.fixture(scope="module")
def december(lived_until: Callable[..., Path]) -> Path:
    """The bulletin is out."""
    return lived_until(date(2026, 12, 31))


@pytest.fixture
def in_may(may: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(may, tmp_path / "county", date(2026, 5, 12)) as county:
        yield county


# -- visits ----------------------------------------------------------------------------------------


def test_an_announced_visit_says_what_when_and_where_to_speak(in_may: County) -> None:
    reader = in_may.browser()
    listed = said(reader.open("/public/visits"))
    assert "对洋合开展实地督导（5月25日至5月26日）" in listed and "5月25日入校" in listed
    page = said(reader.open(f"/public/visits/{in_may.key('S0005')}/on_site_review"))
    for section in ("督导对象", "督导时间", "主要内容", "反映渠道", "受理时间"):
        assert section in page
    assert "2026年5月25日（周一）至2026年5月26日（周二）" in page and "0000-0000000" in page


def test_a_parent_finds_the_visit_by_the_schools_name(in_may: County) -> None:
    reader = in_may.browser()
    assert "洋合" in reader.open("/public/visits?name=洋合")
    assert "八一" not in reader.page.split("<ul", 1)[1]
    assert "洋合" in reader.open("/public/visits?name=yh")
    assert "没有找到“%”的督导公告" in said(reader.open("/public/visits?name=%25"))
    assert "没有更多了" in reader.open("/public/visits?page=7")
    assert "洋合" in reader.open("/public/visits?page=-1")


def test_a_visit_that_moved_waits_for_another_announcement(in_may: County) -> None:
    case = in_may.case("S0005")
    later = ScheduleVisit(stage="on_site_review", starts=date(2026, 6, 15), ends=date(2026, 6, 16))
    entry = Entry(later, case, Actor("O1", "office"), in_may.now, "later")
    assert isinstance(in_may.journal.record(entry), Recorded)
    reader = in_may.browser()
    assert "已改期，等待重新公告" in reader.open("/public/visits")
    assert "原公告不再有效" in reader.open(
        f"/public/visits/{case.replace('/', '~')}/on_site_review"
    )


def test_only_what_was_told_to_the_public_is_found(in_may: County) -> None:
    reader = in_may.browser()
    school, planned = in_may.key("S0001"), in_may.key("S0008")
    for path in (
        f"/public/visits/{school}/on_site_review",
        f"/public/visits/{planned}/on_site_review",  # planned, and not announced yet
        f"/public/visits/{in_may.key('S0005')}/issue_list",
        f"/public/plans/{school}/self_assessment",
        f"/public/results/{ROUND}/bulletin",  # not issued yet
        f"/public/results/{school}/self_assessment",
        "/public/plans/nowhere/planning",
        "/public/plans/a%00b/planning",
    ):
        reader.open(path, 404)


# -- results ---------------------------------------------------------------------------------------


def test_results_are_read_once_the_bulletin_is_out(december: Path, tmp_path: Path) -> None:
    with county_at(december, tmp_path / "county", date(2026, 12, 31)) as county:
        reader = county.browser()
        assert "年度通报" in reader.open("/public")
        page = said(reader.open(f"/public/results/{ROUND}/bulletin"))
        assert "等级情况" in page and "督导评估结果名单" in page and "平坝" in page
        assert "问卷结果" not in page  # nobody was asked


def test_what_parents_said_is_public_with_the_results_and_from_enough_of_them(
    december: Path, may: Path, tmp_path: Path
) -> None:
    with county_at(may, tmp_path / "may", date(2026, 6, 1)) as county:
        asked_in(county)
        page = county.browser().open(f"/public/visits/{county.key('S0005')}/on_site_review")
        assert "问卷" not in page  # no results are out yet
    with county_at(december, tmp_path / "december", date(2026, 12, 31)) as county:
        asked_in(county)
        reader = county.browser()
        visit = f"/public/visits/{county.key('S0005')}/on_site_review"
        assert visit in reader.open(f"/public/results/{ROUND}/bulletin")
        page = said(reader.open(visit))
        assert "家长问卷结果" in page and "平均 4.5 分 好评 100.0% 4人答" in page
        assert "收到1份，不足3份，样本太少，不公布统计数字" in page
        assert "食堂" in page and "只给督导组看的话" not in page


def asked_in(county: County) -> None:
    """Four parents and one teacher answered in May; three would have been enough."""
    database, case, may = county.database, county.case("S0005"), date(2026, 5, 25)
    for audience, marks in (("parents", (4, 5, 4, 5)), ("teachers", (1,))):
        sheet = example(audience)
        with database.writing() as connection:
            code = make(connection, case, "on_site_review", sheet, (may, may), 3)
        for number, mark in enumerate(marks):
            given = Given((mark,) * len(sheet.questions), "只给督导组看的话")
            assert answer(database, b"secret", code, given, may, str(number)) == "taken"


def test_the_board_asks_the_database_the_same_however_much_hangs_there(in_may: County) -> None:
    asked: list[str] = []
    event.listen(
        in_may.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2])
    )
    reader = in_may.browser()
    reader.open("/public/visits")
    asked.clear()
    reader.open("/public/visits")
    many = len(asked)
    asked.clear()
    reader.open("/public/visits?name=洋合")
    assert many == len(asked) <= 8


def test_the_pages_read_the_same_on_either_database(
    december: Path, new_database: Callable[[], str], tmp_path: Path
) -> None:
    source, target = Database(str(december / "dudao.db")), poured(december, new_database())
    pages = []
    for database in (source, target):
        journal = Journal(database, shipped_calendar(), random_salt)
        noon = datetime(2026, 12, 31, 4, tzinfo=UTC)
        reader = Browser(build(Desk(journal, tmp_path, lambda at=noon: at, b"secret")))
        found = [reader.open(path) for path in EVERY_PAGE]
        reader.open("/public/plans/a%00b/planning", 404)
        database.close()
        pages.append([re.sub('name="(seal|once)" value="[^"]*"', "", page) for page in found])
    assert pages[0] == pages[1] and "平坝" in pages[1][-1]
