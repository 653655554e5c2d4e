"""A deadline is armed in the same instant in which its office's calendar changes: it is either
reckoned by the new one, or there to be found by whoever reckons anew. On both databases."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, select

from engine.journal import Entry, Journal, Recorded
from engine.library import shipped_calendar
from engine.renewal import renewed
from engine.shelf import Shelf
from models.database import Database
from models.deadlines import DeadlineRow
from rules.days import Calendar
from rules.office_affairs import own_case
from rules.office_days import EnterYear
from rules.self_assessment import ReturnSelfAssessment
from tests.county import CLERK, HEAD, OFFICE, County, case_of, salt, submit
from tests.test_renewal import TABLE

AT = datetime(2026, 12, 29, 1, tzinfo=UTC)
OWN = own_case(OFFICE)


class Waits(Shelf):
    """A shelf at which somebody who has read the calendar is held up before they go on."""

    def __init__(self, calendar: Calendar) -> None:
        super().__init__(calendar)
        self.read, self.go_on = threading.Event(), threading.Event()

    def calendar(self, connection: Connection, office: str) -> Calendar:
        found = super().calendar(connection, office)
        self.read.set()
        assert self.go_on.wait(20)
        return found


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    county = County(database_url)
    county.minute = AT
    county.do("S1", submit(), HEAD)
    yield county
    county.close()


def returned(journal: Journal) -> Recorded:
    """The account is given back: five working days to mend it, over New Year."""
    command = ReturnSelfAssessment(stage="account", form={"reason": "请补充"})
    return journal.record(Entry(command, case_of("S1"), CLERK, AT, "returned"))


def published(journal: Journal) -> Recorded:
    """The arrangement of the new year comes out."""
    return journal.record(Entry(EnterYear(office=OFFICE, table=TABLE), OWN, CLERK, AT, "year"))


def still_wrong(county: County) -> list:
    """What runs and is reckoned by the calendar before."""
    with county.database.reading() as connection:
        calendar = Shelf(shipped_calendar()).calendar(connection, OFFICE)
        asked = connection, county.journal.shelf, OFFICE, calendar, date(2026, 1, 1), AT.date()
        return [one.row.key for one in renewed(*asked)]


def armed(county: County) -> bool:
    rows = DeadlineRow.__table__
    wanted = select(rows.c.key).where(rows.c.key == "account/resubmit", rows.c.state == "armed")
    with county.database.reading() as connection:
        return connection.execute(wanted).scalar() is not None


def test_whoever_changes_the_calendar_waits_for_those_who_count_by_it(county: County) -> None:
    slow = Journal(Database(county.url), shipped_calendar(), salt)
    slow.shelf = shelf = Waits(shipped_calendar())
    with ThreadPoolExecutor(2) as pool:
        arming = pool.submit(returned, slow)
        assert shelf.read.wait(20)
        changing = pool.submit(published, county.journal)
        with pytest.raises(TimeoutError):
            changing.result(0.3)
        shelf.go_on.set()
        assert arming.result(20).events and changing.result(20).events
    slow.database.close()
    # Armed before the change, so whoever reckons anew after it finds it.
    assert armed(county) and "account/resubmit" in still_wrong(county)


def test_whoever_counts_after_the_change_began_counts_by_it(county: County) -> None:
    slow = Journal(Database(county.url), shipped_calendar(), salt)
    slow.shelf = shelf = Waits(shipped_calendar())
    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(published, slow)
        assert shelf.read.wait(20)
        arming = pool.submit(returned, county.journal)
        with pytest.raises(TimeoutError):
            arming.result(0.3)
        shelf.go_on.set()
        assert changing.result(20).events and arming.result(20).events
    slow.database.close()
    assert armed(county) and "account/resubmit" not in still_wrong(county)
