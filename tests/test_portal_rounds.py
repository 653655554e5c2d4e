"""轮次 and 评估标准: how far a round has come; a new one is looked at, then opened, and the flows
open its cases; a standard is read as a tree, and a wrong one line by line."""

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dudao.demo.year import instant, sweep_plainly
from engine.library import shipped, shipped_standards
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from notifications.catalogue import MESSAGES
from notifications.outbox import Outbox
from tasks.house import House, live_in
from tests.portal_neighbours import NEIGHBOUR, settle
from tests.portal_people import Browser, County, county_at, said

CASES, ROUNDS, DEADLINES = Case.__table__, Round.__table__, DeadlineRow.__table__
TODAY = date(2026, 3, 4)
WEEKLY = "SLX-DD/tiered-visits/2026-W10"


@pytest.fixture(scope="module")
def march(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in March, the year's round open."""
    return lived_until(TODAY)


@pytest.fixture(scope="module")
def county(march: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """To read in; nobody changes it."""
    with county_at(march, tmp_path_factory.mktemp("read"), TODAY) as county:
        county.desk.messages = MESSAGES
        settle(county)
        yield county


@pytest.fixture
def own(march: Path, tmp_path: Path) -> Iterator[County]:
    """One test's own, to change."""
    with county_at(march, tmp_path / "county", TODAY) as county:
        county.desk.messages = MESSAGES
        settle(county)
        yield county


def rounds(county: County) -> list[str]:
    with county.database.reading() as connection:
        return list(connection.execute(select(ROUNDS.c.id)).scalars())


def cases_of(county: County, round_key: str) -> int:
    counted = select(func.count()).where(CASES.c.round == round_key, CASES.c.of == "case")
    with county.database.reading() as connection:
        return connection.execute(counted).scalar_one()


def chosen(browser: Browser, process: str, day: date | str = "") -> str:
    """A definition looked at for a day."""
    return said(browser.open(f"/rounds/new?process={process}&day={day}"))


# -- rounds ----------------------------------------------------------------------------------------


def test_the_office_sees_how_far_its_round_has_come(county: County) -> None:
    office = county.browser("O2")
    page = said(office.open("/rounds"))
    assert "学校督导评估“316工程” 2026年" in page and "0/8" in page
    link = re.search(r'href="(/rounds/SLX-DD[^"]+)"', office.page).group(1)
    page = said(office.open(link))
    done = int(re.search(r"自查自评 0 .+? (\d+) 过程指导", page).group(1))
    late = int(re.search(r"(\d+) 个有逾期事项", page).group(1))
    assert done > 0 and 0 < late <= 8 - done  # who is through owes nothing
    assert "过程指导 0 指导中8 0" in page and "实地督导 8 — 0" in page
    assert "评估标准" in page and shipped_standards()["example-1000"].title in page


def test_a_round_is_its_offices_own(county: County) -> None:
    neighbour = county.browser(NEIGHBOUR)
    assert "还没有开启过任何一轮" in neighbour.open("/rounds")
    neighbour.open("/rounds/SLX-DD~shaanxi-316~2026", 403)
    county.browser("O2").open("/rounds/nothing", 403)
    for person in ("V1", "H0001", "I01"):
        county.browser(person).open("/rounds/new", 403)


# -- looking before opening ------------------------------------------------------------------------


def test_before_a_round_is_opened_it_says_what_will_be_asked_of_whom_and_when(
    county: County,
) -> None:
    office = county.browser("O2")
    page = chosen(office, "shaanxi_316.yaml", "2027-01-04")
    assert "对象 8个" in page and "2027年" in page
    assert "提交自评报告 学校 本轮开始后30个工作日 2027年2月" in page and "暂定" in page
    assert "审核自评报告 督导室 提交后5个工作日 最迟2027年" in page
    assert "印发督评意见书 督导室 离校后15个工作日 届时确定" in page
    assert "本环节开始时告知学校、责任督学" in page
    assert "到那天再开启" in page and "今天开启" not in page


def test_what_is_foretold_is_what_the_round_really_asks(own: County) -> None:
    office = own.browser("O2")
    page = chosen(office, "tiered_visits.yaml", TODAY)
    told = re.search(r"拟定评估计划 督导室 \S+ (\d+)年(\d+)月(\d+)日", page).groups()
    office.send("/rounds/open")
    wanted = select(DEADLINES.c.due_on).where(
        DEADLINES.c.case == WEEKLY, DEADLINES.c.key == "turn/propose"
    )
    with own.database.reading() as connection:
        due_on = connection.execute(wanted).scalar_one()
    assert (due_on.year, due_on.month, due_on.day) == tuple(map(int, told))


def test_a_round_that_is_open_is_not_offered_again(county: County) -> None:
    page = chosen(county.browser("O2"), "shaanxi_316.yaml", TODAY)
    assert "2026年已经开启" in page and "今天开启" not in page


def test_an_office_without_schools_is_told_so(county: County) -> None:
    page = chosen(county.browser(NEIGHBOUR), "shaanxi_316.yaml", TODAY)
    assert "没有这个流程的对象" in page and "今天开启" not in page


def test_a_definition_whose_messages_are_not_there_cannot_be_opened(county: County) -> None:
    county.desk.messages = MESSAGES - {"planning.selected"}
    try:
        office = county.browser("O2")
        office.open("/rounds/new?process=tiered_visits.yaml", 422)
        page = said(office.page if office.page else "")
        assert "tiered_visits.yaml:" in page and "planning.selected" in page
    finally:
        county.desk.messages = MESSAGES


# -- opening ---------------------------------------------------------------------------------------


def sweep(county: County) -> None:
    """What the keeper of time does within seconds of a command."""
    home = county.desk.home
    house = House(county.journal, home, Outbox(home / "outbox"))
    with live_in(house):
        asyncio.run(sweep_plainly(instant(TODAY, time(12, 1))))


def test_a_round_opened_from_the_page_gets_its_cases_from_the_flows(own: County) -> None:
    office = own.browser("O2")
    page = chosen(office, "tiered_visits.yaml", TODAY)
    subjects = int(re.search(r"对象 (\d+)个", page).group(1))
    office.send("/rounds/open")
    assert own.woken == 1 and WEEKLY in rounds(own)
    assert "案卷正在开立" in said(office.page)
    sweep(own)
    assert cases_of(own, WEEKLY) == subjects
    page = said(office.open(f"/rounds/{WEEKLY.replace('/', '~')}"))
    assert f"{subjects} 个案卷" in page and "案卷正在开立" not in page
    assert "分层视导 2026年第10周" in said(office.open("/rounds"))


def test_opened_twice_it_is_one_round(own: County) -> None:
    office, other = own.browser("O2"), own.browser("O1")
    for browser in (office, other):
        chosen(browser, "tiered_visits.yaml", TODAY)
    office.send("/rounds/open")
    other.send("/rounds/open")
    assert "已经办理过" in said(other.page)
    assert rounds(own).count(WEEKLY) == 1


def test_nothing_is_opened_by_a_definition_that_is_not_shipped(own: County) -> None:
    office = own.browser("O2")
    chosen(office, "tiered_visits.yaml", TODAY)
    office.send("/rounds/open", 200, process="../models/database.py")
    assert len(rounds(own)) == 1


# -- standards -------------------------------------------------------------------------------------


def test_a_standard_is_read_as_a_tree_and_names_the_rounds_that_froze_it(county: County) -> None:
    office = county.browser("O2")
    standard = shipped_standards()["example-1000"]
    page = said(office.open("/standards"))
    assert f"版本{standard.version}" in page and "学校督导评估“316工程” 2026年" in page
    page = said(office.open(f"/standards/{standard.version}"))
    for area in standard.areas:
        assert f"{area.code} {area.title}" in page
    assert "A等：总分不低于900分，每个领域不低于80%" in page
    kindergarten = said(office.open(f"/standards/{standard.version}?kind=kindergarten"))
    assert "办园方向" in kindergarten and "办园方向" not in page
    leaves = len(standard.for_school("kindergarten"))
    assert f"指标 {leaves}项" in kindergarten
    office.open("/standards/000000000000", 403)


def test_a_new_standard_is_checked_line_by_line_and_nothing_is_kept(county: County) -> None:
    office = county.browser("O2")
    text = shipped("standards", "example_1000.yaml")
    wrong = text.replace("points: 110", "points: 115", 1).replace("letter: C", "letter: cc", 1)
    office.open("/standards")
    office.send("/standards/check", 422, files={"file": ("新标准.yaml", wrong.encode())})
    page = said(office.page)
    line = wrong.split("\n").index("  - {letter: cc, at_least: 600}") + 1
    assert "新标准.yaml：有" in page and f" {line} " in page and "letter: cc" in page
    office.open("/standards")
    office.send("/standards/check", 200, files={"file": ("好的.yaml", text.encode())})
    assert "没有发现错误" in said(office.page)
    office.open("/standards")
    office.send("/standards/check", 422, files={"file": ("x.yaml", b"\xff\xff")})
    assert "UTF-8" in said(office.page)
    office.send("/standards/check", 422, files={"file": ("", b"")})
    assert "请选择文件" in said(office.page)
