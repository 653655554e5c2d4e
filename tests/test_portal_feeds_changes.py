"""Calendars to subscribe to, read strictly: what changes has a higher number, what does not has
not; two reviews of one case are two visits; what is taken away is cancelled."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine.journal import Entry, Recorded
from models.deadlines import DeadlineRow
from models.organisations import Organisation
from notifications.outbox import Outbox
from portal.calendar_feed import BACK
from rules.case_words import AnswerPlan, CorrectDate, ExtendDeadline
from rules.messages import Command
from rules.office_affairs import own_case
from rules.office_days import EnterYear
from rules.on_site_review import words as review
from rules.orders import CASEWORK
from rules.values import Actor
from tasks.carrying import carry_out, plainly
from tasks.house import House, live_in
from tests.calendar_reading import Read, changed, read
from tests.county import CLERK, case_of
from tests.county import County as SmallCounty
from tests.last_days import PROCESS, TEAM
from tests.portal_people import County, county_at
from tests.test_portal_feeds import subscribe
from tests.test_renewal import TABLE

DEADLINES = DeadlineRow.__table__
OFFICE = Actor("O2", "office", "SLX-DD")
ODD = '甲,乙;丙\\丁"戊\x0b己\rA:B\nBEGIN:VEVENT'


def seen(county: County, paths: dict[str, str]) -> dict[str, dict[str, Read]]:
    """What each calendar shows."""
    client, found = county.browser().client, {}
    for name, path in paths.items():
        answer = client.get(path)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        found[name] = read(answer.content)
    return found


# -- what stands in them ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def december(lived_until: Callable[..., Path]) -> Path:
    return lived_until(date(2026, 12, 22))


@pytest.fixture
def may(lived_until: Callable[..., Path], tmp_path: Path, database_url: str) -> Iterator[County]:
    """Visits behind and before: what is owed stands beside what was done."""
    source = lived_until(date(2026, 5, 12))
    with county_at(source, tmp_path / "county", date(2026, 5, 13), database_url) as county:
        yield county


@pytest.fixture
def county(december: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    with county_at(december, tmp_path / "county", date(2026, 12, 22), database_url) as county:
        yield county


def test_every_calendar_is_one_by_the_letter_whatever_a_school_is_called(may: County) -> None:
    county, schools = may, Organisation.__table__
    with county.database.writing() as connection:
        one = update(schools).where(schools.c.code == "S0002")
        connection.execute(one.values(name=ODD))
    people = ("O2", "I01", "I09", "I10", "H0002", "H0003", "DJY")
    paths = {person: subscribe(county.browser(person)) for person in people}
    paths["school"] = subscribe(county.browser("H0002"), "school")
    found = seen(county, paths)
    assert len(found["O2"]) > 20 and all(found[name] for name in ("I10", "H0002", "school"))
    named = [
        one for one in found["O2"].values() if '甲,乙;丙\\丁"戊己 A:B BEGIN:VEVENT' in one.summary
    ]
    assert named
    for one in found["O2"].values():
        assert one.status != "TENTATIVE" or "暂按" in one.description


def dated(county: County) -> tuple[str, str]:
    """A dated issue's deadline of a school that owes it itself: its case and key."""
    wanted = select(DEADLINES.c.case, DEADLINES.c.key).where(
        DEADLINES.c.state == "armed",
        DEADLINES.c.key.like("issue_list/dated/%"),
        DEADLINES.c.who == "school",
    )
    with county.database.reading() as connection:
        return connection.execute(wanted.order_by(DEADLINES.c.case)).first()


def test_an_extension_and_a_new_calendar_move_just_what_they_move(county: County) -> None:
    case, key = dated(county)
    uid, school = f"{case}/{key}@dudao", case.rpartition("/")[2]
    paths = {
        "office": subscribe(county.browser("O2")),
        "school": subscribe(county.browser(school.replace("S", "H")), "school"),
    }
    before = seen(county, paths)
    assert before["school"][uid].status == "TENTATIVE"  # it reaches a year not arranged yet
    county.now += timedelta(minutes=1)
    enter = EnterYear(office="SLX-DD", table=TABLE)
    recorded = county.journal.record(
        Entry(enter, own_case("SLX-DD"), OFFICE, county.now, "year", None)
    )
    assert isinstance(recorded, Recorded), recorded
    with live_in(House(county.journal, county.desk.home, Outbox(county.desk.home / "outbox"))):
        carry_out(CASEWORK, "SLX-DD", county.now, call=plainly)
    arranged = seen(county, paths)
    assert uid in changed(before["school"], arranged["school"])
    assert changed(before["office"], arranged["office"]) == set()  # nothing of its own reaches 2027
    assert arranged["school"][uid].status == "CONFIRMED"
    assert not [one for one in arranged["school"].values() if one.status == "TENTATIVE"]

    county.now += timedelta(minutes=1)
    form = {"reason": "设备采购须重新招标", "approver": "分管副县长"}
    extend = ExtendDeadline(deadline=key, due_on=date(2027, 3, 12), form=form)
    assert isinstance(
        county.journal.record(Entry(extend, case, OFFICE, county.now, "ext")), Recorded
    )
    extended = seen(county, paths)
    assert changed(arranged["school"], extended["school"]) == {uid}
    assert changed(arranged["office"], extended["office"]) == set()
    assert extended["school"][uid].first == date(2027, 3, 12)
    assert extended["school"][uid].changed == county.now


# -- two reviews of one case -----------------------------------------------------------------------

_LOOK = PROCESS[PROCESS.index("  - id: look") :]
TWICE = PROCESS + _LOOK.replace("id: look", "id: accept").replace("title: 看校", "title: 验收")
CASE = case_of("S1")
FIRST, SECOND = f"{CASE}/visit@dudao", f"{CASE}/accept/visit@dudao"


class Twice:
    """A school that is looked at and then accepted, in the calendars of all whom it concerns."""

    def __init__(self, county: County, small: SmallCounty) -> None:
        self.county, self.small = county, small
        self.paths = {
            "office": subscribe(county.browser("O-1")),
            "school": subscribe(county.browser("S-1"), "school"),
            "inspector": subscribe(county.browser("I-1")),
        }
        self.before = self.look()

    def look(self) -> dict[str, dict[str, Read]]:
        return seen(self.county, self.paths)

    def do(self, command: Command, actor: Actor = CLERK, on: date | None = None) -> dict:
        """Record a command; which visits have changed in whose calendar."""
        if on:
            self.small.until(on)
        self.small.do("S1", command, actor)
        self.county.now = self.small.minute
        after, before = self.look(), self.before
        self.before = after
        since = self.county.desk.today() - BACK
        every = {name: sorted(changed(before[name], of, since)) for name, of in after.items()}
        return {name: [uid for uid in of if uid in (FIRST, SECOND)] for name, of in every.items()}


EVERYBODY = ("office", "school", "inspector")


def alike(uids: list[str]) -> dict[str, list[str]]:
    """The same in everybody's calendar."""
    return {name: uids for name in EVERYBODY}


@pytest.fixture
def twice(database_url: str, tmp_path: Path) -> Iterator[Twice]:
    small = SmallCounty(database_url, ("S1", "S2", "S3"), TWICE)
    county = County(tmp_path, date(2026, 1, 5), database=small.database)
    yield Twice(county, small)
    small.close()


def test_two_reviews_of_one_case_are_two_visits(twice: Twice) -> None:
    for stage in ("look", "accept"):
        nothing = twice.do(review.AppointTeam(stage=stage, lead="I-1", members=("I-1",)))
        assert nothing == alike([]), "no day is known yet"
    days = {"look": (date(2026, 3, 23), date(2026, 3, 24)), "accept": (date(2026, 4, 20),) * 2}
    for stage, uid in (("look", FIRST), ("accept", SECOND)):
        starts, ends = days[stage]
        wish = review.ScheduleVisit(stage=stage, starts=starts, ends=ends)
        assert twice.do(wish, on=date(2026, 3, 2)) == alike([uid])
    for name in EVERYBODY:
        shown = twice.before[name]
        assert [(shown[uid].first, shown[uid].last) for uid in (FIRST, SECOND)] == [
            days["look"],
            days["accept"],
        ]
    later = review.ScheduleVisit(stage="accept", starts=date(2026, 4, 21), ends=date(2026, 4, 22))
    assert twice.do(later) == alike([SECOND])
    assert twice.do(review.AnnounceVisit(stage="look"), on=date(2026, 3, 5)) == alike([])
    start, end = review.StartVisit(stage="look"), review.EndVisit(stage="look")
    assert twice.do(start, TEAM, date(2026, 3, 23)) == alike([FIRST])
    assert twice.do(end, TEAM, date(2026, 3, 24)) == alike([FIRST])
    wrong = CorrectDate(
        stage="look", event="visit.ended", happened_on=date(2026, 3, 23), form={"reason": "笔误"}
    )
    assert twice.do(wrong) == alike([FIRST])
    assert twice.before["school"][FIRST].last == date(2026, 3, 23)


def test_the_plan_means_the_first_and_its_answer_moves_only_that(twice: Twice) -> None:
    plan = {"stage": "plan", "inspectors": ("I-1",)}
    week = AnswerPlan(number=1, answer="selected", week=date(2026, 3, 16), **plan)
    assert set(twice.do(week, Actor("system", "system"))["school"]) == {FIRST}
    twice.do(review.AppointTeam(stage="accept", lead="I-1", members=("I-1",)))
    twice.do(review.AppointTeam(stage="look", lead="I-1", members=("I-1",)))
    starts = {"starts": date(2026, 3, 23), "ends": date(2026, 3, 24)}
    assert FIRST in twice.do(review.ScheduleVisit(stage="look", **starts))["school"]
    # the plan speaks of another week, and the days are fixed: nothing is different
    week = AnswerPlan(number=2, answer="selected", week=date(2026, 3, 30), **plan)
    assert twice.do(week, Actor("system", "system")) == alike([])
    accept = {"starts": date(2026, 4, 20), "ends": date(2026, 4, 20)}
    told = twice.do(review.ScheduleVisit(stage="accept", **accept))
    assert told == alike([SECOND])
    recuse = review.DeclareRecusal(stage="accept", inspector="I-1", form={"reason": "亲属"})
    told = twice.do(recuse, Actor("I-1", "inspector"))
    assert told == alike([SECOND])
    assert twice.before["inspector"][SECOND].status == "CANCELLED"
    assert "不再由您参加" in twice.before["inspector"][SECOND].description
    assert twice.before["school"][SECOND].status == "CONFIRMED"
    assert twice.before["inspector"][FIRST].status == "CONFIRMED"
