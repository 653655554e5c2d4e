"""Whole stories in a real browser, each told with JavaScript and without."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.portal_browser import Served, chromium, served
from tests.portal_people import county_at, live_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def may(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_until(tmp_path_factory.mktemp("may"), date(2026, 5, 12))


@pytest.fixture
def in_may(may: Path, tmp_path: Path) -> Iterator[Served]:
    with county_at(may, tmp_path / "county", date(2026, 5, 13)) as county, served(county) as here:
        yield here


@SCRIPTS
def test_an_inspector_records_a_guidance_visit_on_a_phone(
    in_may: Served, browser: "Browser", scripts: bool
) -> None:
    page = in_may.page(browser, "I06", phone=True, scripts=scripts)
    case = in_may.county.key("S0004")
    page.goto(f"{in_may.address}/cases/{case}")
    page.get_by_role("link", name="填写过程指导记录").click()
    page.get_by_label("指导内容").fill("听课两节，检查作业批改。")
    page.get_by_label("问题1").fill("实验室通风设备损坏")
    page.get_by_label("依据").first.fill("A6.1.1 实验室")
    page.get_by_role("button", name="保存指导记录").click()
    page.get_by_text("已办理").wait_for()
    assert "到校过程指导" in page.inner_text("main")
    page.goto(f"{in_may.address}/cases/{case}/issue_list")
    assert "登记问题" in page.inner_text("main")
    page.context.close()
