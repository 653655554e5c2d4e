"""Weeks of standstill over a holiday, told by real mails: everybody gets one letter with all of
it, in order, on the first morning on which offices work - and nobody a second one that day.

    22 January          the county's machine stops; the accounts are due on 13 February, and from
                        the 15th to the 23rd is the Spring Festival
    23 February, 20:00  it is started, on the holiday's last evening
    24 February, 07:45  the first sweep after the quiet hours
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from dudao.demo.year import sweep_plainly
from models.events import StoredEvent
from models.messages import Attempt, Message
from models.people import Person
from tasks.house import House, live_in
from tests.mail_server import MailServer, mail_server
from tests.portal_people import County, county_at
from tests.told_post import post, shanghai, text

STOPPED = date(2026, 1, 22)
_MESSAGES, _ATTEMPTS = Message.__table__, Attempt.__table__
_PEOPLE, _EVENTS = Person.__table__, StoredEvent.__table__


@pytest.fixture(scope="module")
def january(lived_until: Callable[..., Path]) -> Path:
    return lived_until(STOPPED, schools=16)


@pytest.fixture
def county(january: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    with county_at(january, tmp_path / "county", STOPPED, database_url) as county:
        with county.database.writing() as connection:
            connection.execute(update(_PEOPLE).values(mail=_PEOPLE.c.id + "@school.test"))
        yield county


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def sweeps(county: County, server: MailServer, *times: datetime) -> None:
    home = county.desk.home
    with live_in(House(county.journal, home, post(home / "outbox", server.port))):
        for at in times:
            asyncio.run(sweep_plainly(at))


def owed_since(county: County) -> list:
    with county.database.reading() as connection:
        wanted = select(_MESSAGES).where(_MESSAGES.c.owed_on > STOPPED)
        return list(connection.execute(wanted.order_by(_MESSAGES.c.owed_on, _MESSAGES.c.key)))


def test_everything_is_told_once_in_order_in_one_letter_each(county, server):
    sweeps(county, server, shanghai("2026-02-23 20:00"))
    owed = [row for row in owed_since(county) if row.person != "public"]
    each = Counter(row.person for row in owed)
    assert len(owed) > 20 and max(each.values()) > 2 and {row.state for row in owed} == {"open"}
    assert server.calls == 0

    sweeps(county, server, shanghai("2026-02-24 07:45"))
    people = {row.person for row in owed}
    assert Counter(server.to) == {f"{person}@school.test": 1 for person in people}
    told = owed_since(county)
    assert {row.state for row in told if row.person != "public"} == {"sent"}
    for person in people:
        mine = [row.subject for row in told if row.person == person]
        [letter] = [one for one in server.taken if f"{person}@" in str(one["To"])]
        said = text(letter)
        places, start = [], 0
        for subject in mine:  # each, one after the other
            start = said.index(subject, start) + 1 if len(mine) > 1 else 1
            places.append(start)
        assert places == sorted(places)

    day = [shanghai("2026-02-24 08:00") + timedelta(minutes=15) * step for step in range(54)]
    sweeps(county, server, *day)
    assert len(server.taken) == len(people)


def test_what_the_log_says_is_once_for_each_deadline_and_day(county, server):
    """Of the reminders that would have been due day by day, one is left: it speaks of today."""
    sweeps(county, server, shanghai("2026-02-23 20:00"))
    keys = Counter((row.order, row.person) for row in owed_since(county))
    assert set(keys.values()) == {1}
    with county.database.reading() as connection:
        spoken = (
            select(_EVENTS.c.case, _EVENTS.c.stage, _EVENTS.c.item, _EVENTS.c.body, func.count())
            .where(_EVENTS.c.type == "deadline.reminded", _EVENTS.c.happened_on > STOPPED)
            .group_by(_EVENTS.c.case, _EVENTS.c.stage, _EVENTS.c.item, _EVENTS.c.body)
        )
        assert all(row[-1] == 1 for row in connection.execute(spoken))
        before = connection.execute(select(func.count()).select_from(_EVENTS)).scalar()
    sweeps(county, server, shanghai("2026-02-23 20:15"), shanghai("2026-02-23 20:30"))
    with county.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(_EVENTS)).scalar() == before
