"""Work that follows from a change of an office's calendar: what is due is reckoned anew."""

import json
from datetime import date, datetime, timedelta

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import select

from engine.journal import SHANGHAI, Entry
from engine.orders import Claimed, Outcome
from engine.renewal import renewed
from engine.rounds import CLOCK
from models.events import StoredEvent
from rules.case_words import RenewCalendar
from rules.office_days import DaysClosed, DaysEvent, TermsEntered, YearEntered
from rules.values import Refusal
from rules.vocabulary import read_event
from tasks.house import house

_EVENTS = StoredEvent.__table__
BATCH = 500


@task(cache_policy=NO_CACHE)
def renew_calendar(claimed: Claimed, at: datetime) -> Outcome:
    """Reckon anew whatever the office's new calendar moves, case by case: each moved deadline is an
    event, and whoever owes it is told."""
    home, today = house(), (at + SHANGHAI).date()
    shelf = home.journal.shelf
    with home.database.reading() as connection:
        wanted = select(_EVENTS.c.body).where(
            _EVENTS.c.case == claimed.case, _EVENTS.c.seq == claimed.seq
        )
        event = read_event(json.loads(connection.execute(wanted).scalar_one()))
        assert isinstance(event, DaysEvent)
        calendar = shelf.calendar(connection, claimed.office)
        since = first_affected(event, today)
        found = renewed(connection, shelf, claimed.office, calendar, since, today)
        cases = list(dict.fromkeys(one.row.case for one in found))
    command = RenewCalendar(because=because(event))
    key = f"calendar {claimed.id} {calendar.version}"
    for first in range(0, len(cases), BATCH):
        page = [Entry(command, case, CLOCK, at, key) for case in cases[first : first + BATCH]]
        for result in home.journal.record_batch(page):
            if isinstance(result, Refusal):
                return Outcome(claimed, "failed", result.reason)
    return Outcome(claimed, "done", f"重算{len(cases)}个案卷的期限")


def because(event: DaysEvent) -> str:
    """Why deadlines move, as `RenewCalendar` says it."""
    if isinstance(event, YearEntered):
        return "calendar"
    return "terms" if isinstance(event, TermsEntered) else "closure"


def first_affected(event: DaysEvent, today: date) -> date:
    """The first day on which the calendar differs from the one before."""
    match event:
        case YearEntered():
            return event.table.earliest
        case DaysClosed():
            return event.closure.first
    return today - timedelta(LONGEST)


LONGEST = 120  # days back: of a closure taken back, which lasts 60 at most; of terms, all that runs
