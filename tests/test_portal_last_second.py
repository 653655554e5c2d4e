"""What was sent to the portal before midnight was sent in time, however long it waited there, and
though the clock was quicker; a second later it is refused with the day until which it was possible.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.journal import Entry, Recorded
from engine.rounds import CLOCK
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from rules.case_words import KeepTime
from tests.last_days import midnight
from tests.portal_people import County, county_at, said
from tests.portal_scoring import review

DEADLINES, EVENTS = DeadlineRow.__table__, StoredEvent.__table__
SECOND = timedelta(seconds=1)
LAST_DAY = date(2026, 5, 20)


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    return lived_until(date(2026, 5, 12))


@pytest.fixture
def county(may: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    """八一 heard the opinion on 13 May and may state its defence until the 20th."""
    with county_at(may, tmp_path / "county", date(2026, 5, 13), database_url) as county:
        office, at = county.browser("O2"), review(county, "S0002")
        office.open(f"{at}/GivePreliminaryOpinion")
        office.send(f"{at}/GivePreliminaryOpinion", overall="总体良好")
        yield county


def slow(county: County, arrives: datetime) -> None:
    """From now on the house takes three seconds for each look at the clock."""
    instants = (arrives + 3 * SECOND * n for n in range(1000))
    county.desk.clock = lambda: next(instants)


def look(county: County) -> None:
    """The clock's own process looks the moment the day is over."""
    key, at = "on_site_review/defence", midnight(LAST_DAY)
    entry = Entry(KeepTime(deadline=key), county.case("S0002"), CLOCK, at, "clock")
    assert isinstance(recorded := county.journal.record(entry), Recorded) and recorded.events


def stated(county: County) -> list:
    wanted = select(EVENTS.c.happened_on).where(
        EVENTS.c.case == county.case("S0002"), EVENTS.c.type == "on_site_review.defence.stated"
    )
    with county.database.reading() as connection:
        return list(connection.execute(wanted).scalars())


@pytest.mark.parametrize("quicker", [False, True], ids=["before the clock", "after the clock"])
def test_a_defence_sent_in_the_last_second_counts(county: County, quicker: bool) -> None:
    county.now = midnight(LAST_DAY) - 60 * SECOND
    head, path = county.browser("H0002"), f"{review(county, 'S0002')}/StateDefence"
    head.open(path)
    if quicker:
        look(county)
    slow(county, midnight(LAST_DAY) - SECOND)
    head.send(path, 303, text="活动记录已补充。")
    assert stated(county) == [LAST_DAY]


@pytest.mark.parametrize("quicker", [False, True], ids=["before the clock", "after the clock"])
def test_a_defence_sent_at_midnight_is_refused_and_keeps_its_words(
    county: County, quicker: bool
) -> None:
    county.now = midnight(LAST_DAY) - 60 * SECOND
    head, path = county.browser("H0002"), f"{review(county, 'S0002')}/StateDefence"
    head.open(path)
    if quicker:
        look(county)
    slow(county, midnight(LAST_DAY))
    head.send(path, 422, text="活动记录已补充。")
    assert "提出申辩的期限是2026年5月20日（周三），现已超过" in said(head.page)
    assert "活动记录已补充。" in head.page and stated(county) == []
