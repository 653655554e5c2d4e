"""Calendars to subscribe to: each entry keeps its identity, and says when it has changed."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar, Event
from sqlalchemy import select

from engine.journal import Entry, Recorded
from engine.rounds import CLOCK
from models.deadlines import DeadlineRow
from portal.signing import fingerprint
from rules.case_words import AnswerPlan, ExtendDeadline, MergeCase
from rules.values import Actor
from tests.portal_people import Browser, County, county_at, live_until

_DEADLINES = DeadlineRow.__table__
SUBMIT = "self_assessment/submit"
OFFICE = Actor("O2", "office", "SLX-DD")


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return lived_until(date(2026, 2, 5))


@pytest.fixture
def county(february: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6), database_url) as county:
        yield county


def awaited(county: County) -> str:
    """A school whose self-assessment is not in yet."""
    with county.database.reading() as connection:
        wanted = select(_DEADLINES.c.case).where(
            _DEADLINES.c.key == SUBMIT, _DEADLINES.c.state == "armed"
        )
        return connection.execute(wanted).scalars().first().rpartition("/")[2]


def head_of(school: str) -> str:
    return school.replace("S", "H")


def subscribe(browser: Browser, of: str = "person") -> str:
    """The path of a new calendar."""
    browser.open("/feeds")
    answer = browser.send("/feeds", 200, of=of)
    found = re.search(r'value="https?://[^/"]+(/feeds/[^"]+\.ics)"', answer.text)
    assert found
    return found[1]


def entries(county: County, path: str) -> dict[str, Event]:
    """A calendar read strictly, its entries by UID."""
    answer = county.browser().client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    calendar = Calendar.from_ical(answer.content)
    assert not calendar.errors and calendar["version"] == "2.0" and calendar["prodid"]
    found: dict[str, Event] = {}
    for event in calendar.walk("VEVENT"):
        assert not event.errors and event["uid"] not in found
        assert type(event.start) is date and event.end > event.start
        assert event.DTSTAMP.utcoffset() == timedelta(0) and county.now >= event.DTSTAMP
        assert event["sequence"] >= 0 and event["summary"] and event["description"]
        found[event["uid"]] = event
    return found


def test_a_school_subscribes_to_its_deadlines(county: County) -> None:
    school = awaited(county)
    found = entries(county, subscribe(county.browser(head_of(school)), "school"))
    assert all(uid.startswith(county.case(school)) for uid in found)
    submit = found[f"{county.case(school)}/{SUBMIT}@dudao"]
    assert submit["summary"] == "提交自评报告" and "截止日为" in submit["description"]
    assert submit.end == submit.start + timedelta(1)


def test_an_inspector_finds_their_visits_with_the_team(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    may = live_until(tmp_path_factory.mktemp("may"), date(2026, 5, 12))
    with county_at(may, may.with_name("copy"), date(2026, 5, 13)) as county:
        with county.database.reading() as connection:
            wanted = "select body from events where type='on_site_review.team.appointed'"
            body = connection.exec_driver_sql(f"{wanted} order by at desc").scalars().first()
        (lead,) = re.findall(r'"lead":"(\w+)"', body)
        found = entries(county, subscribe(county.browser(lead)))
    visits = [event for uid, event in found.items() if uid.endswith("/visit@dudao")]
    assert visits and all("入校督导" in event["summary"] for event in visits)
    assert any("督导组：" in event["description"] for event in visits)


def test_an_entry_keeps_its_uid_and_its_sequence_rises(county: County) -> None:
    school = awaited(county)
    case, path = county.case(school), subscribe(county.browser(head_of(school)))
    uid = f"{case}/{SUBMIT}@dudao"
    was = entries(county, path)[uid]
    later = was.start + timedelta(31)
    form = {"reason": "学校校舍维修", "approver": "局长办公会"}
    command = ExtendDeadline(deadline=SUBMIT, due_on=later, form=form)
    recorded = county.journal.record(Entry(command, case, OFFICE, county.now, "延期"))
    assert isinstance(recorded, Recorded), recorded
    now = entries(county, path)[uid]
    assert now.start == later and now["sequence"] > was["sequence"]
    assert county.now == now.DTSTAMP


def test_a_cancelled_deadline_stays_as_cancelled(county: County) -> None:
    school = awaited(county)
    path = subscribe(county.browser(head_of(school)), "school")
    before = entries(county, path)
    other = "S0001" if school != "S0001" else "S0002"
    merge = MergeCase(successor=county.case(other))
    recorded = county.journal.record(Entry(merge, county.case(school), OFFICE, county.now, "并"))
    assert isinstance(recorded, Recorded), recorded
    after = entries(county, path)
    cancelled = {uid for uid, event in after.items() if event["status"] == "CANCELLED"}
    assert f"{county.case(school)}/{SUBMIT}@dudao" in cancelled
    assert all(after[uid]["sequence"] > before[uid]["sequence"] for uid in cancelled)


WEEK, ANOTHER = date(2026, 5, 18), date(2026, 6, 8)


def test_a_visit_taken_from_the_plan_stays_as_cancelled(county: County) -> None:
    school = "S0003"
    uid = f"{county.case(school)}/visit@dudao"
    watched = {
        name: subscribe(county.browser(person), of)
        for name, person, of in (
            ("school", head_of(school), "school"),
            ("office", "O2", "person"),
            ("I01", "I01", "person"),
            ("I02", "I02", "person"),
        )
    }

    def seen() -> dict[str, tuple[str, date, int]]:
        """What each calendar says of the visit: status, first day, sequence."""
        found = {name: entries(county, path).get(uid) for name, path in watched.items()}
        return {n: (e["status"], e.start, int(e["sequence"])) for n, e in found.items() if e}

    assert seen() == {}
    answered(county, school, 1, WEEK, "I01")
    planned = seen()
    assert planned.keys() == {"school", "office", "I01"}
    assert {status for status, *_ in planned.values()} == {"TENTATIVE"}

    answered(county, school, 2, WEEK, "I02")  # another goes, the school's visit stands
    shifted = seen()
    assert {name: status for name, (status, *_) in shifted.items()} == {
        **dict.fromkeys(("school", "office", "I02"), "TENTATIVE"),
        "I01": "CANCELLED",
    }
    assert "不再由您参加" in entries(county, watched["I01"])[uid]["description"]

    answered(county, school, 3)  # put off
    put_off = seen()
    assert {(status, day) for status, day, _ in put_off.values()} == {("CANCELLED", WEEK)}
    assert "调出本轮评估计划" in entries(county, watched["school"])[uid]["description"]

    answered(county, school, 4, ANOTHER, "I02")  # and chosen once more
    again = seen()
    assert again["school"][:2] == again["I02"][:2] == ("TENTATIVE", ANOTHER)
    assert again["I01"][:2] == ("CANCELLED", WEEK)

    merge = MergeCase(successor=county.case("S0004"))
    recorded = county.journal.record(Entry(merge, county.case(school), OFFICE, county.now, "并"))
    assert isinstance(recorded, Recorded), recorded
    merged = seen()
    assert {status for status, *_ in merged.values()} == {"CANCELLED"}
    told = (planned, shifted, put_off, again, merged)
    for name in ("school", "office"):
        numbers = [one[name][2] for one in told]
        assert numbers == sorted(set(numbers)), (name, "rises with every change")


def answered(county: County, school: str, number: int, week: date | None = None, *who: str) -> None:
    """The plan's answer reaches a school's case, as an amendment sends it there."""
    answer = "selected" if week else "deferred"
    command = AnswerPlan(stage="planning", number=number, answer=answer, week=week, inspectors=who)
    wish = Entry(command, county.case(school), CLOCK, county.now, f"{school}第{number}次")
    assert isinstance(recorded := county.journal.record(wish), Recorded), recorded


def test_a_visit_whose_days_were_fixed_is_cancelled_on_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    may = live_until(tmp_path_factory.mktemp("may"), date(2026, 5, 12))
    with county_at(may, may.with_name("copy"), date(2026, 5, 13)) as county:
        path = subscribe(county.browser("O2"))
        before = {
            uid: event
            for uid, event in entries(county, path).items()
            if uid.endswith("/visit@dudao")
            and event["status"] == "CONFIRMED"
            and event.start > date(2026, 5, 13)
        }
        assert before
        for uid in before:
            answered(county, uid.split("/")[-2], 99)
        after = entries(county, path)
    for uid, event in before.items():
        assert after[uid]["status"] == "CANCELLED" and "已取消" in after[uid]["summary"]
        assert (after[uid].start, after[uid].end) == (event.start, event.end)
        assert after[uid]["sequence"] > event["sequence"]


def test_an_unchanged_calendar_is_not_sent_again(county: County) -> None:
    path = subscribe(county.browser("I06"))
    client = county.browser().client
    mark = client.get(path).headers["etag"]
    assert client.get(path, headers={"if-none-match": mark}).status_code == 304


def test_a_revoked_address_opens_nothing(county: County) -> None:
    head = county.browser("H0001")
    path = subscribe(head)
    head.open("/feeds")
    head.send("/feeds/revoke")
    client = county.browser().client
    assert client.get(path).status_code == client.get("/feeds/x.ics").status_code == 404


def test_nobody_revokes_an_address_of_others(county: County) -> None:
    path = subscribe(county.browser("H0001"), "school")
    other = county.browser("H0002")
    subscribe(other)
    other.open("/feeds")
    token = path.removeprefix("/feeds/").removesuffix(".ics")
    other.send("/feeds/revoke", link=fingerprint(token))
    assert entries(county, path)


def test_who_has_left_has_no_calendar(county: County) -> None:
    path = subscribe(county.browser("I06"))
    with county.database.writing() as connection:
        connection.exec_driver_sql("update people set left_on='2026-02-01' where id='I06'")
    assert county.browser().client.get(path).status_code == 404
