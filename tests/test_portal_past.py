"""以往情况: a county that begins in mid-cycle brings along its last evaluations and open issues."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.replaying import replay
from engine.verification import verify
from models.events import StoredEvent
from models.issues import IssueRow
from models.organisations import Organisation
from rules.vocabulary import read_state
from tests.excel_files import book
from tests.portal_people import Browser, County, county_at, said

_ORGANISATIONS, _ISSUES, _EVENTS = Organisation.__table__, IssueRow.__table__, StoredEvent.__table__
CLERK = "O2"
EVALUATED = ["单位代码", "单位名称", "上次评估日期", "等级", "得分"]
OPEN = ["单位代码", "问题", "依据", "整改类型", "责任单位代码", "整改期限", "发现日期", "来源"]
WALL = ["S0001", "围墙有裂缝", "A6.1.1", None, None, date(2026, 4, 1), "2025-10-15", "秋季督导"]
STAFF = ["S0002", "缺两名体育教师", "A4.1.1", "长期整改", "BB", None, None, None]


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Four schools in the middle of their self-assessment."""
    return lived_until(date(2026, 2, 5), 4)


@pytest.fixture(scope="module")
def unchanged(february: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The same county for all tests in which nothing is written."""
    folder = tmp_path_factory.mktemp("unchanged")
    with county_at(february, folder, date(2026, 2, 6)) as county:
        yield county


@pytest.fixture
def county(february: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6)) as county:
        yield county


def evaluated(*rows: list[Any]) -> dict[str, list]:
    return {"以往评估": [EVALUATED, *rows]}


def issues(*rows: list[Any]) -> dict[str, list]:
    return {"未完成问题": [OPEN, *rows]}


def checked(county: County, sheets: dict, status: int = 200, **typed: str) -> Browser:
    browser = county.browser(CLERK)
    browser.open("/people/imports")
    browser.send("/people/imports/past", status, files={"file": ("表.xlsx", book(sheets))}, **typed)
    return browser


def imported(county: County, sheets: dict) -> Browser:
    browser = checked(county, sheets)
    browser.send("/people/imports/past/write")
    assert "已保存" in said(browser.page)
    return browser


def listed(county: County) -> list:
    with county.database.reading() as connection:
        return connection.execute(select(_ISSUES).order_by(_ISSUES.c.subject)).all()


def test_the_last_evaluation_stands_in_the_register(county: County) -> None:
    row = ["S0001", "马小", date(2025, 5, 20), "B", 845.5]
    imported(county, evaluated(row))
    with county.database.reading() as connection:
        wanted = select(_ORGANISATIONS).where(_ORGANISATIONS.c.code == "S0001")
        school = connection.execute(wanted).one()
    assert school.last_evaluated_on == date(2025, 5, 20)
    assert (school.facts["last_grade"], school.facts["last_total"]) == ("B", "845.5")
    assert school.facts["pupils"]  # the rest stays
    page = said(county.browser(CLERK).open("/people/organisations/S0001"))
    assert "上次评估等级 B" in page and "2025年5月20日" in page
    assert "完全一致" in said(checked(county, evaluated(row)).page)


def test_open_issues_go_into_the_running_rounds_cases(county: County) -> None:
    assert listed(county) == []
    clerk = checked(county, issues(WALL, STAFF))
    assert "新增2" in said(clerk.page) and listed(county) == []
    clerk.send("/people/imports/past/write")
    wall, staff = listed(county)
    assert (wall.subject, wall.severity, wall.unit, wall.basis) == (
        "S0001",
        "dated",
        "school",
        "A6.1.1",
    )
    assert (staff.subject, staff.severity, staff.unit) == ("S0002", "long_term", "BB")
    with county.database.reading() as connection:
        events = select(_EVENTS).where(_EVENTS.c.type == "case.received")
        event = connection.execute(events).first()
        case = connection.exec_driver_sql(f"SELECT state FROM cases WHERE id = '{wall.case}'")
        state = read_state(case.scalar_one())
    assert (event.actor, event.role) == (CLERK, "office")
    assert state.due_on(wall.stage, "dated", wall.number) == date(2026, 4, 1)
    head = county.browser("H0001")
    assert "围墙有裂缝" in head.open(f"/cases/{county.key('S0001')}/{wall.stage}")
    assert county.woken


def test_importing_again_adds_only_what_is_new(county: County) -> None:
    imported(county, issues(WALL))
    assert "完全一致" in said(checked(county, issues(WALL)).page)
    clerk = imported(county, issues(WALL, STAFF))
    assert len(listed(county)) == 2
    assert clerk.at


def test_the_log_stays_whole_and_every_case_follows_from_it(county: County) -> None:
    imported(county, issues(WALL, STAFF))
    with county.database.reading() as connection:
        assert verify(connection).in_chinese()[:-1] == []
        assert replay(connection, county.journal.shelf).clean


@pytest.mark.parametrize(
    ("row", "cell", "why"),
    [
        (["S9", *WALL[1:]], "A2", "没有这个代码的学校"),
        (["T1", *WALL[1:]], "A2", "没有这个代码的学校"),
        (["S0001", None, *WALL[2:]], "B2", "请填写问题"),
        ([*WALL[:2], None, *WALL[3:]], "C2", "请填写依据"),
        ([*WALL[:3], "马上", *WALL[4:]], "D2", "没有“马上”这一项"),
        ([*WALL[:4], "S0002", *WALL[5:]], "E2", "没有这个代码的部门"),
        ([*WALL[:5], date(2026, 2, 6), *WALL[6:]], "F2", "已经过了"),
        ([*WALL[:5], date(2036, 2, 6), *WALL[6:]], "F2", "超过三年"),
        ([*WALL[:6], date(2026, 3, 1), None], "G2", "还没有到"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_each_problem_with_an_issue_is_named_by_its_cell(
    unchanged: County, row: list, cell: str, why: str
) -> None:
    text = said(checked(unchanged, issues(row), 422).page)
    assert f"{cell}：" in text and why in text.partition(f"{cell}：")[2]
    assert listed(unchanged) == []


@pytest.mark.parametrize(
    ("row", "cell", "why"),
    [
        (["S0001", "八一", date(2025, 5, 20)], "B2", "登记的是“马小”"),
        (["S0001", None, None], "C2", "请填写上次评估日期"),
        (["S0001", None, date(2026, 5, 20)], "C2", "还没有到"),
        (["S0001", None, date(1990, 5, 20)], "C2", "更晚"),
        (["S0001", None, date(2025, 5, 20), "E"], "D2", "没有“E”这一项"),
        (["S0001", None, date(2025, 5, 20), "B", "高"], "E2", "请填写数字"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_each_problem_with_an_evaluation_is_named_by_its_cell(
    unchanged: County, row: list, cell: str, why: str
) -> None:
    text = said(checked(unchanged, evaluated(row), 422).page)
    assert f"{cell}：" in text and why in text.partition(f"{cell}：")[2]


def test_the_same_school_or_issue_twice_is_a_problem(unchanged: County) -> None:
    assert "同一个问题" in said(checked(unchanged, issues(WALL, WALL), 422).page)
    row = ["S0001", None, date(2025, 5, 20)]
    assert "同一所学校" in said(checked(unchanged, evaluated(row, row), 422).page)


def test_issues_go_into_no_round_of_others(unchanged: County) -> None:
    checked(unchanged, issues(WALL), 422, round="SLS-DD/shaanxi-316/2026")
    assert listed(unchanged) == []


def test_a_closed_list_takes_no_issues(county: County) -> None:
    with county.database.writing() as connection:
        closed = f"UPDATE cases SET status = 'closed' WHERE id = '{county.case('S0001')}'"
        connection.exec_driver_sql(closed)
    text = said(checked(county, issues(WALL), 422).page)
    assert "A2：“马小”在所选的这一轮没有进行中的问题清单" in text
