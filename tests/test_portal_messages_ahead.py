"""今后要发的消息, as the office reads it: the days with their counts, and one day whole."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from engine.shelf import Shelf
from notifications.ahead import Foresight
from rules.explanation import full
from tests.made_up_deadlines import made_up
from tests.portal_people import County, said

TODAY = date(2026, 6, 30)
MONTH = timedelta(30)
OFFICE = "SLX-DD"


@pytest.fixture
def county(county_until: Callable[..., County]) -> County:
    """Eight schools at the end of June: visits are over, what was found is being put right."""
    return county_until(TODAY)


def test_the_office_reads_it_day_by_day(county: County) -> None:
    office = county.browser("O2")
    with county.database.reading() as connection:
        found = Foresight(Shelf())(connection, OFFICE, TODAY, TODAY + MONTH)
        page = office.open("/messages/ahead")
        for day in found.days:
            assert f"{day.on.month}月{day.on.day}日 {day.messages}条" in said(page)
            page = office.open(f"/messages/ahead?on={day.on}")
            assert page.count("<tr><td") == day.messages
            assert f"{full(day.on)} {day.messages}条" in said(page)
        assert len(found.days) > 5
        first = next(found.messages(found.days[0].on))
    page = office.open("/messages/ahead?on=2027-01-01")
    assert f"{full(found.days[0].on)} " in said(page)
    assert first.subject in said(page) and first.names[0] in said(page)
    county.browser("I01").open("/messages/ahead", 403)


def test_a_long_day_has_pages_and_what_is_asked_for_stays(county: County) -> None:
    made_up(county.database, TODAY, 2000)
    kind, office = "issue_list.reminder", county.browser("O2")
    with county.database.reading() as connection:
        days = Foresight(Shelf())(connection, OFFICE, TODAY, TODAY + MONTH, kind).days
    longest = max(days, key=lambda one: one.deadlines)
    page = office.open(f"/messages/ahead?on={longest.on}&kind={kind}")
    assert f"到期提醒{longest.messages}条。" in said(page)
    assert page.count("<tr><td") == 50 and "第1页，共" in said(page)
    further = re.search(r'href="([^"]*page=2[^"]*)"', page)
    assert further
    second = office.open(further[1].replace("&amp;", "&"))
    assert "第2页" in said(second) and f"kind={kind}" in second
    assert "没有符合条件的提醒" in office.open("/messages/ahead?school=没有这所学校")
