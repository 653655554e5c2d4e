"""The connection is gone: no typed word is lost, and none comes back that has arrived."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest

from portal.sessions import COOKIE, open_session
from tests.portal_browser import Served, chromium, served
from tests.portal_people import county_at, live_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = live_until(tmp_path_factory.mktemp("may"), date(2026, 5, 12))
    with (
        county_at(folder, tmp_path_factory.mktemp("county"), date(2026, 5, 13)) as county,
        served(county) as running,
    ):
        yield running


def guidance(here: Served, school: str, page: str) -> str:
    return f"{here.address}/cases/{here.county.key(school)}/process_guidance/{page}"


def opened(page: "Page", address: str) -> "Page":
    page.goto(address)
    return page


def test_notes_save_themselves_and_wait_while_there_is_no_connection(
    here: Served, browser: "Browser"
) -> None:
    page = opened(here.page(browser, "I01", phone=True), guidance(here, "S0003", "visit"))
    state = page.locator("[data-state]")
    page.get_by_label("其他记录").fill("大门登记齐全。")
    state.get_by_text("已保存").wait_for()
    page.context.set_offline(True)
    page.get_by_label("其他记录").fill("大门登记齐全。食堂留样规范。")
    state.get_by_text("网络不通").wait_for()
    page.context.set_offline(False)
    state.get_by_text("已保存").wait_for()
    page.reload()
    assert page.get_by_label("其他记录").input_value() == "大门登记齐全。食堂留样规范。"
    assert page.get_by_text("已恢复").count() == 0
    page.context.close()


def test_words_typed_without_a_connection_outlive_the_page(
    here: Served, browser: "Browser"
) -> None:
    """The phone was put away before the connection came back; rows added by hand come back too."""
    page = opened(here.page(browser, "I06", phone=True), guidance(here, "S0001", "visit"))
    lessons = page.locator("#lessons")
    page.context.set_offline(True)
    lessons.get_by_label("看到的情况").fill("第一节")
    lessons.get_by_role("button", name="再加一条").click()
    lessons.get_by_label("看到的情况").nth(1).fill("第二节")
    page.locator("[data-state]").get_by_text("网络不通").wait_for()
    context = page.context
    page.close()
    context.set_offline(False)
    page = opened(context.new_page(), guidance(here, "S0001", "visit"))
    page.get_by_text("已恢复上次没有提交的内容").wait_for()
    assert page.locator("#lessons").get_by_label("看到的情况").nth(1).input_value() == "第二节"
    page.locator("[data-state]").get_by_text("已保存").wait_for()
    page.reload()
    assert page.locator("#lessons").get_by_label("看到的情况").nth(1).input_value() == "第二节"
    context.close()


def test_a_form_waits_until_it_has_arrived_and_then_forgets(
    here: Served, browser: "Browser"
) -> None:
    page = opened(here.page(browser, "I11", phone=True), guidance(here, "S0002", "RecordGuidance"))
    page.get_by_label("指导内容").fill("巡查功能室。")
    page.get_by_label("听汇报").check()
    page.goto(f"{here.address}/")
    opened(page, guidance(here, "S0002", "RecordGuidance"))
    page.get_by_text("已恢复上次没有提交的内容").wait_for()
    assert page.get_by_label("指导内容").input_value() == "巡查功能室。"
    assert page.get_by_label("听汇报").is_checked()
    page.context.set_offline(True)
    page.get_by_role("button", name="保存指导记录").click()
    page.get_by_text("现在没有网络，还没有提交").wait_for()
    page.context.set_offline(False)
    page.get_by_role("button", name="保存指导记录").click()
    page.get_by_text("已办理").wait_for()
    opened(page, guidance(here, "S0002", "RecordGuidance"))
    assert page.get_by_label("指导内容").input_value() == ""
    assert page.get_by_text("已恢复").count() == 0
    page.context.close()


def test_what_one_typed_is_not_shown_to_the_next_at_the_same_computer(
    here: Served, browser: "Browser"
) -> None:
    page = opened(here.page(browser, "I06"), guidance(here, "S0004", "RecordGuidance"))
    page.get_by_label("指导内容").fill("只写给自己看。")
    page.get_by_text("督学己").click()
    page.get_by_role("button", name="退出登录").click()
    page.get_by_text("您已退出登录").wait_for()
    with here.county.database.writing() as connection:
        token = open_session(connection, "I01", here.county.now, "测试").token
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": here.address}])
    opened(page, guidance(here, "S0004", "RecordGuidance"))
    assert page.get_by_label("指导内容").input_value() == ""
    page.context.close()


def test_scores_save_themselves_and_say_what_is_missing(here: Served, browser: "Browser") -> None:
    """A colleague's change of the same indicator meanwhile is told, by name."""
    case = here.county.key("S0002")
    sheet = f"{here.address}/cases/{case}/on_site_review/scores/A1"
    page = opened(here.page(browser, "I11", phone=True), sheet)
    other = opened(here.page(browser, "I10"), sheet)
    field = '[name="a.A1.1.3.points"]'
    page.locator(field).fill("6")
    page.locator('[name="a.A1.1.3.reason"]').fill("")
    page.locator('[data-text="wrong.A1.1.3"]').get_by_text("请填写扣分说明").wait_for()
    page.locator('[name="a.A1.1.3.reason"]').fill("记录少")
    page.locator('[data-text="wrong.A1.1.3"]').wait_for(state="hidden")
    other.locator(field).fill("4")
    other.locator("[data-state]").get_by_text("督学子刚才也改了").wait_for()
    page.context.close()
    other.context.close()
