"""工作日历: a year's arrangement, the terms and closures of a county are entered at the portal, and
what moves by them is recorded and told, on both databases."""

import asyncio
import json
from collections.abc import Callable
from datetime import date, time

import pytest
from sqlalchemy import select

from dudao.demo.year import instant, sweep_plainly
from engine.replaying import replay
from engine.verification import verify
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.messages import Message
from notifications.outbox import Outbox
from rules.office_affairs import own_case
from tasks.house import House, live_in
from tests.next_year import NEXT_YEAR
from tests.portal_people import Browser, County, said

_DEADLINES, _EVENTS = DeadlineRow.__table__, StoredEvent.__table__
_MESSAGES = Message.__table__
OFFICE, TODAY = "SLX-DD", date(2026, 12, 22)


@pytest.fixture
def county(county_until: Callable[..., County]) -> County:
    """Eight schools at the year's end: what is owed reaches into a year not arranged yet."""
    return county_until(TODAY)


def sweep(county: County) -> None:
    """What the keeper of time does within seconds of a command."""
    home = county.desk.home
    with live_in(House(county.journal, home, Outbox(home / "outbox"))):
        asyncio.run(sweep_plainly(instant(TODAY, time(12, 1))))


def running(county: County) -> dict[tuple[str, str], DeadlineRow]:
    armed = select(_DEADLINES).where(_DEADLINES.c.state == "armed")
    with county.database.reading() as connection:
        return {(row.case, row.key): row for row in connection.execute(armed)}


def moves(county: County) -> list[tuple[str, str, date, str]]:
    """Whatever was armed anew because a calendar changed: case, key, day, why."""
    wanted = select(_EVENTS).where(_EVENTS.c.type == "deadline.armed").order_by(_EVENTS.c.case)
    with county.database.reading() as connection:
        rows = [(row, json.loads(row.body)) for row in connection.execute(wanted)]
    return [
        (row.case, "/".join(filter(None, (row.stage, body["deadline"], row.item))), body, row.actor)
        for row, body in rows
        if body["moved"] in ("calendar", "terms", "closure")
    ]


def told(county: County) -> list[tuple[str, str]]:
    """To whom a moved deadline was told, and the text."""
    wanted = select(_MESSAGES).where(_MESSAGES.c.name.like("%.moved"))
    with county.database.reading() as connection:
        return [(row.person, row.text) for row in connection.execute(wanted)]


def sound(county: County) -> None:
    with county.database.reading() as connection:
        assert replay(connection, county.journal.shelf).found == []
        assert verify(connection).found == []


def own_log(county: County) -> list[str]:
    wanted = select(_EVENTS.c.type).where(_EVENTS.c.case == own_case(OFFICE))
    with county.database.reading() as connection:
        return list(connection.execute(wanted.order_by(_EVENTS.c.seq)).scalars())


def entered(county: County) -> Browser:
    """The office looks what 2027 would move, and enters it."""
    office = county.browser("O2")
    office.open("/deadlines/provisional")
    office.send("/deadlines/provisional", 200, table=NEXT_YEAR, files={"file": ("", b"")})
    office.send("/deadlines/days/year")
    return office


def test_a_year_that_is_entered_moves_what_was_provisional_and_tells_it(county: County) -> None:
    before = running(county)
    office = entered(county)
    assert "正在逐项重算" in said(office.page) and "2027年" in said(office.page)
    assert running(county) == before  # the page records; the flow reckons
    sweep(county)
    after = running(county)
    fourth = [key for key, row in before.items() if row.due_on == date(2027, 1, 4)]
    assert fourth and all(after[key].due_on == date(2027, 1, 6) for key in fourth)
    assert not any(after[key].provisional for key in fourth)
    moved = {key for key in before if key in after and before[key].due_on != after[key].due_on}
    said_to_move = {(case, key) for case, key, body, _ in moves(county) if body["stage"] != "round"}
    assert said_to_move == {key for key in moved if not key[1].startswith("round/")}
    people = {person for person, _ in told(county)}
    assert people and all("公布了新的放假安排" in text for _, text in told(county))
    assert own_log(county) == ["calendar.year_entered"]
    sound(county)


def test_entering_it_again_or_pressing_twice_changes_nothing(county: County) -> None:
    office = entered(county)
    sweep(county)
    after, log = running(county), own_log(county)
    office.open("/deadlines/provisional")
    office.send("/deadlines/provisional", 200, table=NEXT_YEAR, files={"file": ("", b"")})
    assert "已经录入" in said(office.page)
    sweep(county)
    assert (running(county), own_log(county)) == (after, log)


def test_a_mistake_is_entered_right_afterwards(county: County) -> None:
    """The arrangement was typed in wrong: the right one takes its place, and dates move again."""
    office = entered(county)
    sweep(county)
    office.open("/deadlines/provisional")
    right = NEXT_YEAR.replace("to: 2027-01-05", "to: 2027-01-03").replace("2027-01-09, ", "")
    office.send("/deadlines/provisional", 200, table=right, files={"file": ("", b"")})
    office.send("/deadlines/days/year")
    sweep(county)
    assert date(2027, 1, 4) in {row.due_on for row in running(county).values()}
    assert own_log(county) == ["calendar.year_entered"] * 2
    sound(county)


def test_a_closure_moves_what_may_be_extended_and_nothing_else(county: County) -> None:
    before = running(county)
    office = county.browser("O2")
    office.open("/deadlines/days")
    days = {"first": "2027-01-18", "last": "2027-01-18", "closes": "offices"}
    office.send("/deadlines/days/closures", 422, name="暴雪停工", basis="", **days)
    assert "请把停课停工的各项填写完整" in said(office.page)
    office.send("/deadlines/days/closures", name="暴雪停工", basis="县政府通知", **days)
    assert "暴雪停工" in said(office.page)
    sweep(county)
    after = running(county)
    moved = {key for key in before if before[key].due_on != after[key].due_on}
    extendable = {"submit", "resubmit", "plan", "dated", "long_term", "redo", "reopened"}
    due_then = {key for (_, key), row in before.items() if row.due_on == date(2027, 1, 18)}
    assert due_then > {key for _, key in moved} > set(), "one may be extended, another may not"
    assert {key.split("/")[1] for _, key in moved} <= extendable
    for key in moved:
        assert after[key].due_on > before[key].due_on, "nobody gets less time"
    assert told(county) and all("停课停工" in text for _, text in told(county))
    office.send("/deadlines/days/reopen", 422, reason="")
    office.open("/deadlines/days")
    office.send("/deadlines/days/reopen", reason="没有下雪")
    sweep(county)
    assert {k: r.due_on for k, r in running(county).items()} == {
        k: r.due_on for k, r in before.items()
    }
    assert own_log(county) == ["calendar.days_closed", "calendar.days_reopened"]
    sound(county)


def test_terms_are_the_countys_own(county: County) -> None:
    office = county.browser("O2")
    page = said(office.open("/deadlines/days"))
    assert "推算" in page
    terms = {"name0": "2026年秋季学期", "first0": "2026-09-01", "last0": "2027-01-29"}
    terms |= {"name1": "2027年春季学期", "first1": "2027-03-01", "last1": "2027-07-09"}
    empty = {f"{field}{n}": "" for n in (2, 3) for field in ("name", "first", "last")}
    office.send("/deadlines/days/terms", **terms, **empty)
    assert "2027年1月29日（周五）" in said(office.page)
    sweep(county)
    late = date(2027, 1, 29)
    guidance = [row for (_, key), row in running(county).items() if "/visit/2026-autumn-2" in key]
    assert guidance and all(row.due_on == late for row in guidance)
    overlap = {"name0": "重叠", "first0": "2026-09-01", "last0": "2027-03-02"}
    office.send("/deadlines/days/terms", 422, **overlap)
    assert "重叠" in said(office.page)
    for slip in (("9999-03-01", "9999-07-01"), ("0206-09-01", "0207-01-20")):
        office.send("/deadlines/days/terms", 422, name0="秋季", first0=slip[0], last0=slip[1])
        assert "不在1990年至2060年之间，请核对" in said(office.page)
    sound(county)


@pytest.mark.parametrize(
    ("typed", "said_so"),
    [
        ({"first": "2026-12-26", "last": "2026-12-27"}, "本来就不上班"),
        ({"first": "2026-12-25", "last": "2026-12-24"}, "请核对"),
        ({"first": "2026-01-05", "last": "2026-01-06"}, "不能再登记"),
        ({"first": "2026-12-24", "last": "2027-12-24"}, "不超过60天"),
    ],
)
def test_a_closure_that_cannot_be_meant_is_refused(
    county: County, typed: dict[str, str], said_so: str
) -> None:
    office = county.browser("O2")
    office.open("/deadlines/days")
    more = {"name": "停工", "basis": "通知", "closes": "offices"}
    office.send("/deadlines/days/closures", 422, **typed, **more)
    assert said_so in said(office.page) and own_log(county) == []


def test_the_neighbour_counts_by_its_own_days(county: County) -> None:
    from tests.portal_neighbours import NEIGHBOUR, settle

    settle(county)
    entered(county)
    page = said(county.browser(NEIGHBOUR).open("/deadlines/days"))
    assert "2027年的安排还没有录入" in page
    for person in ("V1", "H0001", "I06"):
        county.browser(person).open("/deadlines/days", 403)
