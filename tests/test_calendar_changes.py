"""Whatever an office enters into its calendar, every running deadline that it changes is found: the
way by the days it may touch finds the same as looking at all that runs. On both databases."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.journal import Entry, Recorded
from engine.library import shipped_calendar
from engine.renewal import renewed
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from notifications.outbox import Outbox
from rules.holidays import Closure, OwnDays, Term
from rules.issue_list.words import ReportRectification
from rules.office_affairs import own_case
from rules.office_days import (
    CloseDays,
    DaysClosed,
    DaysCommand,
    DaysEvent,
    DaysReopened,
    EnterTerms,
    TermsEntered,
    YearEntered,
)
from rules.orders import CASEWORK
from rules.process_guidance import RecordGuidance
from tasks.calendars import because, first_affected
from tasks.carrying import carry_out, plainly
from tasks.house import House, live_in
from tests.county import CLERK, HEAD, INSPECTOR, OFFICE, PROCESS, County, raise_issue, sound
from tests.test_renewal import TABLE

DEADLINES, EVENTS = DeadlineRow.__table__, StoredEvent.__table__
TODAY, LONG_AGO = date(2026, 6, 23), date(2000, 1, 1)
# Counted in teaching days, by semesters, in natural days and months: each moves by other changes.
TEACHING = PROCESS.replace(
    "verify: 10 working days after issue.reported", "verify: 10 teaching days after issue.reported"
).replace("dated: 30 days after issue.raised", "dated: 140 working days after issue.raised")
SPRING, AUTUMN = (date(2026, 3, 2), date(2026, 7, 10)), (date(2026, 9, 1), date(2027, 1, 20))


def terms(*days: tuple[date, date]) -> tuple[Term, ...]:
    season = {3: "春季", 9: "秋季"}
    return tuple(
        Term(
            name=f"{first.year}年{season[3 if first.month < 8 else 9]}学期", first=first, last=last
        )
        for first, last in days
    )


def entered(*days: tuple[date, date]) -> TermsEntered:
    return TermsEntered(happened_on=TODAY, office=OFFICE, terms=terms(*days))


SHORTER = (SPRING[0], date(2026, 6, 26))
NEXT_ONLY = (date(2027, 3, 1), date(2027, 7, 9))
STORM = Closure(
    name="暴雨停课停工", first=date(2026, 6, 24), last=date(2026, 6, 26), closes="offices"
)
NAMED = {"happened_on": TODAY, "office": OFFICE}
CLOSED = OwnDays(closures={"1": STORM}, closed=1)
LATER = (SPRING[0], date(2026, 7, 17))
# What is entered, and the calendar that the office has then.
CHANGES: dict[str, tuple[DaysEvent, OwnDays]] = {
    "this term ends sooner": (entered(SHORTER, AUTUMN), OwnDays(terms=terms(SHORTER, AUTUMN))),
    "this term ends later": (entered(LATER, AUTUMN), OwnDays(terms=terms(LATER, AUTUMN))),
    "terms of next year alone": (entered(NEXT_ONLY), OwnDays(terms=terms(NEXT_ONLY))),
    "a closure": (DaysClosed(item="1", closure=STORM, **NAMED), CLOSED),
    "a closure taken back": (DaysReopened(item="1", **NAMED), OwnDays(closed=1)),
    "the arrangement of a year": (
        YearEntered(item="2027", table=TABLE, **NAMED),
        OwnDays(years={2027: TABLE}),
    ),
}


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """Three schools in June: visits owed this semester, issues old and new, reports to verify."""
    county = County(database_url, process=TEACHING)
    county.until(date(2026, 1, 12))
    county.do("S2", visit(), INSPECTOR)
    county.until(date(2026, 2, 27))
    county.do("S1", raise_issue(), CLERK)
    county.until(date(2026, 4, 14))
    county.do("S2", raise_issue(), CLERK)
    county.do("S2", visit(), INSPECTOR)  # the second is owed by the end of the term
    county.until(date(2026, 6, 16))
    county.do("S3", raise_issue(), CLERK)
    county.until(date(2026, 6, 22))
    for school in ("S1", "S2"):
        done = ReportRectification(stage="issues", item="1", form={"done": "已补"})
        county.do(school, done, HEAD)
    county.until(TODAY)
    yield county
    county.close()


def visit() -> RecordGuidance:
    return RecordGuidance(stage="guidance", methods=("听",), form={"content": "听课"})


def changed(county: County, own: OwnDays, since: date) -> dict[tuple[str, str], date]:
    """The running deadlines that a calendar changes, of those that may be touched since a day."""
    calendar = shipped_calendar().with_own(own)
    with county.database.reading() as connection:
        found = renewed(connection, county.journal.shelf, OFFICE, calendar, since, TODAY)
        return {(one.row.case, one.row.key): one.why.due for one in found}


def enter(county: County, command: DaysCommand, folder: Path) -> None:
    """The office enters something; the flow reckons anew what it moves."""
    county.minute += timedelta(minutes=1)
    key = county.minute.isoformat()
    result = county.journal.record(Entry(command, own_case(OFFICE), CLERK, county.minute, key))
    assert isinstance(result, Recorded), result
    with live_in(House(county.journal, folder, Outbox(folder / "outbox"))):
        carry_out(CASEWORK, OFFICE, county.minute, call=plainly)


@pytest.mark.parametrize("change", CHANGES)
def test_no_running_deadline_is_left_unreckoned(
    county: County, change: str, tmp_path: Path
) -> None:
    event, calendar = CHANGES[change]
    if isinstance(event, DaysReopened):
        closing = {**STORM.model_dump(), "form": {"basis": "县政府通知"}}
        enter(county, CloseDays(office=OFFICE, **closing), tmp_path)
    everything = changed(county, calendar, LONG_AGO)
    assert everything
    assert changed(county, calendar, first_affected(event, TODAY)) == everything


def test_terms_of_next_year_alone_are_recorded_told_and_leave_the_log_sound(
    county: County, tmp_path: Path
) -> None:
    """Its teaching days of this year are then guessed: every report to verify is reckoned anew."""
    moved = [key for _, key in changed(county, OwnDays(terms=terms(NEXT_ONLY)), TODAY)]
    assert moved.count("issues/verify/1") == 2
    enter(county, EnterTerms(office=OFFICE, terms=terms(NEXT_ONLY)), tmp_path)
    wanted = select(DEADLINES).where(
        DEADLINES.c.state == "armed", DEADLINES.c.key.like("issues/verify/%")
    )
    with county.database.reading() as connection:
        rows = connection.execute(wanted).all()
        stored = select(EVENTS.c.body).where(EVENTS.c.type == "deadline.armed")
        anew = [b for b in connection.execute(stored).scalars() if '"deadline":"verify"' in b]
    assert len(rows) == 2 and all(row.provisional for row in rows)
    assert len(anew) == 4, "each was armed once, and once more by the new terms"
    assert because(entered(NEXT_ONLY)) == "terms"
    assert sound(county.database)
