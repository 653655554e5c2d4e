"""Whole stories in a real browser, each told with JavaScript and without."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from models.questionnaires import Questionnaire
from portal.entry_links import make
from tests.portal_browser import Served, chromium, served
from tests.portal_people import county_at, live_until
from tests.self_assessing import STANDARD, address, filled, form_of, sent

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
DAYS = {
    "february": date(2026, 2, 5),  # self-assessments under way
    "march": date(2026, 3, 4),  # a plan is proposed
    "may": date(2026, 5, 12),  # one school has been visited
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The county on each of the days, to be copied."""
    return {name: live_until(tmp_path_factory.mktemp(name), day) for name, day in DAYS.items()}


@pytest.fixture(scope="module")
def browser(lived: dict[str, Path]) -> Iterator["Browser"]:
    with chromium() as opened:
        yield opened


@contextmanager
def county_in(lived: dict[str, Path], name: str, folder: Path) -> Iterator[Served]:
    """The county at noon of the day after."""
    day = DAYS[name]
    morning = date.fromordinal(day.toordinal() + 1)
    with county_at(lived[name], folder / "county", morning) as county, served(county) as here:
        yield here


def press(page: "Page", button: str) -> None:
    """Press a button, say yes where it asks, and wait for what follows."""
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).last.click()


def leaf_of(way: str) -> str:
    """The code of an indicator of primary schools that is scored that way."""
    return next(leaf.code for leaf in STANDARD.for_school("primary") if leaf.scoring.way == way)


@SCRIPTS
def test_a_school_fills_in_is_sent_back_and_hands_in_again(
    lived: dict[str, Path], tmp_path: Path, browser: "Browser", scripts: bool
) -> None:
    """The draft was typed on other days; one indicator is still open when the head comes."""
    with county_in(lived, "february", tmp_path) as here:
        where, last = address(here.county), leaf_of("levels")
        rest = {
            name: given
            for name, given in filled(form_of(here.county)).items()
            if not name.startswith(f"a.{last}.")
        }
        clerk = here.county.browser("H0001")
        clerk.open(where)
        sent(clerk, where, rest, 303, save="1")

        head = here.page(browser, "H0001", scripts=scripts)
        head.goto(here.address + where)
        assert "还差1项" in head.inner_text("main")
        head.locator(f'input[name="a.{last}.level"]').first.check()
        press(head, "提交")
        assert "已提交" in head.inner_text("main")

        office = here.page(browser, "O2", scripts=scripts)
        office.goto(f"{here.address}/reviews")
        office.goto(f"{here.address}{where.rpartition('/')[0]}/ReturnSelfAssessment")
        office.get_by_label("退回理由").fill("缺少会议记录，请补充后重新提交。")
        press(office, "退回修改")
        assert "已退回" in office.inner_text("main")

        head.goto(here.address + where)
        assert "缺少会议记录" in head.inner_text("main")
        press(head, "提交")
        assert "已提交" in head.inner_text("main")
        head.context.close()
        office.context.close()


@SCRIPTS
def test_an_inspector_records_a_guidance_visit_on_a_phone(
    lived: dict[str, Path], tmp_path: Path, browser: "Browser", scripts: bool
) -> None:
    with county_in(lived, "may", tmp_path) as here:
        page = here.page(browser, "I06", phone=True, scripts=scripts)
        case = here.county.key("S0004")
        page.goto(f"{here.address}/cases/{case}")
        page.get_by_role("link", name="填写过程指导记录").click()
        page.get_by_label("指导内容").fill("听课两节，检查作业批改。")
        page.get_by_label("问题1").fill("实验室通风设备损坏")
        page.get_by_label("依据").first.fill("A6.1.1 实验室")
        press(page, "保存指导记录")
        assert "到校过程指导" in page.inner_text("main")
        page.goto(f"{here.address}/cases/{case}/issue_list")
        assert "登记问题" in page.inner_text("main")
        page.context.close()


@SCRIPTS
def test_an_office_publishes_its_plan_and_the_public_reads_and_comments(
    lived: dict[str, Path], tmp_path: Path, browser: "Browser", scripts: bool
) -> None:
    with county_in(lived, "march", tmp_path) as here:
        office = here.page(browser, "O2", scripts=scripts)
        office.goto(f"{here.address}/cases/SLX-DD~shaanxi-316~2026/planning/PublishPlan")
        office.get_by_label("意见联系方式").fill("电话0000-0000000")
        press(office, "公示计划")
        assert "公示评估计划" in office.inner_text("main")

        parent = here.page(browser, phone=True, scripts=scripts)
        parent.goto(f"{here.address}/public/plans")
        parent.get_by_role("link", name="计划").first.click()
        parent.get_by_label("姓名或单位").fill("一位家长")
        parent.get_by_label("联系方式", exact=False).last.fill("0000-1234567")
        parent.get_by_label("意见", exact=False).last.fill("建议错开期末考试。")
        press(parent, "提交意见")
        assert "意见" in parent.inner_text("main")

        office.goto(f"{here.address}/cases/SLX-DD~shaanxi-316~2026/planning")
        assert "错开期末考试" in office.inner_text("main")
        parent.context.close()
        office.context.close()


@SCRIPTS
def test_an_opinion_letter_is_issued_and_a_department_answers(
    lived: dict[str, Path], tmp_path: Path, browser: "Browser", scripts: bool
) -> None:
    """From the preliminary opinion to the answer of the finance bureau, in one afternoon."""
    with county_in(lived, "may", tmp_path) as here:
        review = f"{here.address}/cases/{here.county.key('S0002')}/on_site_review"
        office = here.page(browser, "O2", scripts=scripts)
        office.goto(f"{review}/GivePreliminaryOpinion")
        office.get_by_label("总体评价").fill("办学规范，教学常规扎实。")
        press(office, "反馈初步意见")

        head = here.page(browser, "H0002", scripts=scripts)
        head.goto(f"{review}/WaiveDefence")
        press(head, "确认无异议")

        office.goto(f"{review}/IssueOpinionLetter")
        office.get_by_label("总体评价").fill("办学规范，等级评定见得分。")
        office.get_by_label("问题1").fill("校舍屋面漏水，需安排维修经费。")
        office.get_by_label("依据").first.fill("A6.1.1 校舍")
        office.get_by_label("责任单位").first.select_option(label="县财政局")
        office.get_by_label("处理方式").first.select_option("consultation")
        office.locator("#rectify_by").fill("2026-06-30")
        press(office, "印发意见书")
        assert "印发督评意见书" in office.inner_text("main")

        bureau = here.page(browser, "DCZ", scripts=scripts)
        bureau.goto(here.address)
        assert "校舍屋面漏水" in bureau.inner_text("main")
        issues = f"{here.address}/cases/{here.county.key('S0002')}/issue_list"
        bureau.goto(issues)
        bureau.get_by_role("link", name="提交整改报告").first.click()
        bureau.get_by_label("做了什么").fill("已列入预算，资金于6月拨付。")
        press(bureau, "报告已整改")
        assert "已整改" in bureau.inner_text("main")
        for page in (office, head, bureau):
            page.context.close()


@SCRIPTS
def test_a_parent_answers_a_questionnaire(
    lived: dict[str, Path], tmp_path: Path, browser: "Browser", scripts: bool
) -> None:
    with county_in(lived, "may", tmp_path) as here:
        office = here.page(browser, "O2", scripts=scripts)
        where = f"{here.address}/cases/{here.county.key('S0005')}/on_site_review/questionnaires"
        office.goto(f"{where}/new/parents")
        press(office, "发出问卷")
        with here.county.database.reading() as connection:  # what a phone reads from the QR code
            code = connection.execute(select(Questionnaire.__table__.c.code)).scalar_one()

        parent = here.page(browser, phone=True, scripts=scripts)
        parent.goto(f"{here.address}/q/{code}")
        for question in range(10):
            parent.locator(f'input[name="m{question}"][value="5"]').check(force=True)
        press(parent, "提交")
        assert "谢谢" in parent.inner_text("main") or "感谢" in parent.inner_text("main")
        office.goto(where)
        assert "1" in office.inner_text("main")
        parent.context.close()
        office.context.close()


@SCRIPTS
def test_a_head_comes_in_by_a_link_that_a_chat_program_has_opened_before(
    lived: dict[str, Path], tmp_path: Path, browser: "Browser", scripts: bool
) -> None:
    """The chat program shows a preview, and a colleague opens the link too; only pressing the
    button uses it, once."""
    with county_in(lived, "february", tmp_path) as here:
        with here.county.database.writing() as connection:
            token = make(connection, ["H0001"], "O2", here.county.now)["H0001"]
        link = f"{here.address}/enter/{token}"
        for _ in range(2):  # a preview runs what stands on the page, and asks for its head alone
            preview = here.page(browser, scripts=True)
            assert preview.goto(link).status == preview.request.head(link).status == 200
            preview.wait_for_load_state("networkidle")
            preview.context.close()

        colleague = here.page(browser, scripts=scripts)
        colleague.goto(link)
        head = here.page(browser, phone=True, scripts=scripts)
        head.goto(link)
        assert "马小校长" in head.inner_text("main") and "只能用一次" in head.inner_text("main")
        press(head, "进入")
        assert head.url == f"{here.address}/" and "马小" in head.inner_text("main")

        press(colleague, "进入")
        assert "已经用过了" in colleague.inner_text("main")
        assert colleague.goto(f"{here.address}/") and "/login" in colleague.url
        head.goto(link)
        assert "已经用过了" in head.inner_text("main")
        head.goto(here.address)
        assert "马小" in head.inner_text("main")
        head.context.close()
        colleague.context.close()
