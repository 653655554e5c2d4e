"""Every page along the tour: it opens, fits a phone, and axe finds no serious fault in it."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from portal.pages import ROUTERS
from tests.portal_browser import Served, chromium, served
from tests.portal_people import county_at, live_until
from tests.portal_tour import DAYS, TOUR, Stop, address

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SERIOUS = ("serious", "critical")
# Files, fragments and pages that the tour cannot reach by an address alone.
NOT_PAGES = (
    ".xlsx",
    ".json",
    ".ics",
    "/file",
    "/pdf",
    "/table",
    "/versions/{sha256}",
    "/workbook",
    "/template",
    "/present",
    "/print",
    "/back",
)
REACHED_ELSEWHERE = {
    "/q/{code}": "tests/test_portal_questionnaires.py",
    "/q/{code}/thanks": "tests/test_portal_questionnaires.py",
    "/cases/{case}/{stage}/questionnaires/{code}": "tests/test_portal_questionnaires.py",
    "/enter/{token}": "tests/test_portal_entry.py",
    "/read/{token}": "tests/test_portal_read.py",
    "/login/first": "tests/test_portal_login.py",
    "/login/single": "tests/test_portal_single_sign_on.py",
    "/files/{sha256}": "tests/test_portal_files.py",
    "/cases/{case}/photos/uploads": "tests/test_portal_files.py",
    "/public/plans/{case}/{stage}": "tests/test_portal_public.py",
    "/public/visits/{case}/{stage}": "tests/test_portal_public.py",
    "/public/results/{case}/{stage}": "tests/test_portal_public.py",
    "/cases/{case}/corrections/{number}": "tests/test_portal_corrections.py",
    "/cases/{case}/{stage}/ConsiderDefence": "tests/test_portal_scores.py",
}


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[date, Served]]:
    """The county on each day of the tour, behind a server of its own."""
    lived: Path | None = None
    open_: list = []
    here: dict[date, Served] = {}
    for day in DAYS:  # each day goes on from the one before
        folder = tmp_path_factory.mktemp(f"lived-{day}")
        if lived is not None:
            shutil.copytree(lived, folder, dirs_exist_ok=True)
        lived = live_until(folder, day, schools=36)
        county = county_at(lived, tmp_path_factory.mktemp(f"at-{day}"), day)
        running = served(county.__enter__())
        open_ += [running, county]
        here[day] = running.__enter__()
    yield here
    for one in open_:
        one.__exit__(None, None, None)


@pytest.fixture(scope="module")
def browser(counties: dict[date, Served]) -> Iterator["Browser"]:
    with chromium() as opened:
        yield opened


def test_the_tour_leaves_no_page_out() -> None:
    pages = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if "GET" in route.methods and not route.path.endswith(NOT_PAGES)
    }
    assert pages - {stop.path for stop in TOUR} - REACHED_ELSEWHERE.keys() == set()
    tests = Path(__file__).parents[1]
    assert [test for test in REACHED_ELSEWHERE.values() if not (tests / test).exists()] == []


def name_of(stop: Stop) -> str:
    return f"{stop.day:%m-%d} {stop.person} {stop.path}"


@pytest.mark.parametrize("stop", TOUR, ids=name_of)
def test_a_page_opens_fits_a_phone_and_can_be_read_by_everyone(
    counties: dict[date, Served], browser: "Browser", stop: Stop
) -> None:
    here = counties[stop.day]
    page = here.page(browser, stop.person, phone=True)
    answer = page.goto(here.address + address(here.county, stop))
    assert answer and answer.status == 200
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    faults = [
        f"{fault['id']}: {fault['nodes'][0]['html'][:160]}"
        for fault in found
        if fault["impact"] in SERIOUS
    ]
    page.context.close()
    assert faults == []
