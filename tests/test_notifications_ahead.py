"""今后要发的: what is foretold of an office is what is said when the days come and nobody acts, on
what day, by which kind of message and to whom."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Row, select

from dudao.demo.year import sweep_plainly
from engine.deputies import name_deputy
from engine.journal import SHANGHAI
from engine.library import shipped_calendar
from engine.shelf import Shelf
from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.messages import Attempt, Message
from models.orders import OrderRow
from notifications.ahead import Ahead, Foresight
from notifications.channel_settings import Channels
from notifications.outbox import Outbox
from notifications.post import Post
from notifications.sender import Sender
from rules.case_folding import evolve
from rules.case_words import DeadlineEvent
from rules.clock import keep
from rules.days import Calendar
from rules.kinds import Context
from rules.orders import Order, owe
from rules.process import OPENS, Process
from rules.state import CaseState, Deadline, deadline_key
from rules.values import Actor
from tasks.house import House, live_in
from tests.made_up_deadlines import made_up
from tests.portal_people import County

TODAY = date(2026, 6, 30)
DAY, MONTH = timedelta(1), timedelta(30)
OFFICE = "SLX-DD"
CALENDAR = shipped_calendar()
_DEADLINES, _CASES, _EVENTS = DeadlineRow.__table__, Case.__table__, StoredEvent.__table__
_MESSAGES, _ATTEMPTS, _ORDERS = Message.__table__, Attempt.__table__, OrderRow.__table__


@pytest.fixture
def county(county_until: Callable[..., County]) -> County:
    """Eight schools at the end of June: visits are over, what was found is being put right."""
    return county_until(TODAY)


Said = tuple[date, str, str, date, str]  # day, case, kind, due on, person


def foretold(county: County, channels: Channels | None = None) -> list[Ahead]:
    """All that is foretold for the next thirty days; today was lived."""
    with county.database.reading() as connection:
        look = Foresight(Shelf(), channels)
        found = look(connection, OFFICE, TODAY + DAY, TODAY + MONTH)
        return [one for day in found.days for one in found.messages(day.on)]


def nobody_acts(county: County, sender: Sender) -> None:
    """The clock alone lives thirty days, noon after noon."""
    with live_in(House(county.journal, county.desk.home, sender)):
        for day in range(1, MONTH.days + 1):
            asyncio.run(sweep_plainly(county.now + day * DAY))


def armed(county: County) -> dict[tuple[str, str], date]:
    """The deadlines armed now, none of which has ended."""
    with county.database.reading() as connection:
        rows = connection.execute(select(_DEADLINES).where(_DEADLINES.c.state == "armed"))
        return {(row.case, row.key): date.max for row in rows}


def ended(county: County, before: dict[tuple[str, str], date]) -> dict[tuple[str, str], date]:
    """The day on which each of these ended by itself or with its stage, for some did."""
    found = dict(before)
    ends = _EVENTS.c.type.in_(f"deadline.{end}" for end in ("lapsed", "cancelled", "met", "armed"))
    wanted = select(_EVENTS).where(ends, _EVENTS.c.happened_on > TODAY)
    with county.database.reading() as connection:
        for row in connection.execute(wanted.order_by(_EVENTS.c.case, _EVENTS.c.seq.desc())):
            name = json.loads(row.body)["deadline"]
            key = deadline_key(row.stage, name, row.item)
            if (row.case, key) in found:
                found[row.case, key] = row.happened_on
    return found


def ledger(county: County, of: dict[tuple[str, str], date]) -> dict[Said, date | None]:
    """What these deadlines said since, by the day it was owed, until the day they ended; and the
    day it went out."""
    wanted = (
        select(_MESSAGES, _ORDERS.c.body, _ORDERS.c.owed_on.label("day"), _ATTEMPTS.c.ended_at)
        .join(_ORDERS, _ORDERS.c.id == _MESSAGES.c.order)
        .outerjoin(_ATTEMPTS, _ATTEMPTS.c.message == _MESSAGES.c.key)
        .where(_ORDERS.c.owed_on > TODAY, _MESSAGES.c.state != "skipped")
    )
    found: dict[Said, date | None] = {}
    with county.database.reading() as connection:
        for row in connection.execute(wanted):
            order = Order.model_validate_json(row.body)
            about = order.about
            key = deadline_key(order.stage, about.get("deadline", ""), about.get("item", ""))
            if row.day < of.get((row.case, key), TODAY) and not order.name.endswith(".moved"):
                due_on = date.fromisoformat(about["due_on"])
                went = datetime.fromisoformat(row.ended_at) + SHANGHAI if row.ended_at else None
                said = (row.day, row.case, row.name, due_on, row.person)
                found[said] = went.date() if went else None
    return found


def expected(messages: list[Ahead], of: dict[tuple[str, str], date]) -> dict[Said, date]:
    return {
        (one.owed_on, one.case, one.name, one.due_on, person): one.on
        for one in messages
        for person in one.people
        if one.owed_on < of[one.case, one.key]
    }


def test_what_is_foretold_is_what_the_ledger_holds_when_nobody_acts(county: County) -> None:
    before, messages = armed(county), foretold(county)
    nobody_acts(county, Outbox(county.desk.home / "outbox"))
    of = ended(county, before)
    said = ledger(county, of)
    assert len(said) > 100 and len({one[2] for one in said}) > 3
    assert sum(day < date.max for day in of.values()) < len(of) / 2
    assert expected(messages, of) == said


def test_it_goes_out_on_the_day_that_is_foretold_where_offices_rest(county: County) -> None:
    """With channels set up, days off are days off; what a review says is urgent here. Whoever is
    away by the time it goes out is told through a deputy."""
    policy = {"days_off": True, "urgent": ["on_site_review.*"]}
    channels = Channels.model_validate({"channel": [{"kind": "outbox"}], "policy": policy})
    one = next(one for one in foretold(county, channels) if one.on > one.owed_on)
    name_deputy(county.database, one.people[0], "V1", (one.on, one.on), "O2", county.now)
    before, messages = armed(county), foretold(county, channels)
    shelf = county.journal.shelf

    def calendar_of(office: str) -> Calendar:
        with county.database.reading() as connection:
            return shelf.calendar(connection, office)

    nobody_acts(county, Post(channels, Outbox(county.desk.home / "outbox"), calendar_of))
    of = ended(county, before)
    said, foreseen = ledger(county, of), expected(messages, of)
    waited = {owed: on for owed, on in foreseen.items() if on > owed[0]}
    assert waited and {owed[4] for owed in waited} >= {"V1"}
    assert {name for _, _, name, _, _ in waited} == {"process_guidance.overdue"}
    assert any(not CALENDAR.is_working_day(on) for on in said.values() if on)  # the urgent ones
    # What would go out after the month is not foretold of it.
    assert foreseen == {owed: on for owed, on in said.items() if on and on <= TODAY + MONTH}


def test_nothing_is_recorded_by_looking_ahead(county: County) -> None:
    with county.database.reading() as connection:
        before = connection.execute(select(_DEADLINES)).all()
    assert foretold(county)
    with county.database.reading() as connection:
        assert connection.execute(select(_DEADLINES)).all() == before


# -- counted -------------------------------------------------------------------------------------


def one_by_one(row: Row, process: Process, until: date) -> Iterator[tuple[date, str]]:
    """What a deadline's row will say, asked of the clock itself: day and kind."""
    stage, name, item = (*row.key.split("/", 2), "")[:3]
    values = {field: getattr(row, field) for field in ("who", "due_on", "next_on", "missed")}
    rule = process.rule(stage, name)
    deadline = Deadline(
        stage=stage,
        name=name,
        item=item,
        window=rule.window,
        level=row.level,
        **values,
        start=row.due_on,
        clause="",
    )
    case = CaseState(deadlines={row.key: deadline})
    on = TODAY
    while (now := case.deadlines.get(row.key)) and now.next_on <= until:
        on = max(on, now.next_on)
        context = Context(process.definition, CALENDAR, Actor("", "system"), on, on)
        for event in keep(context, process, case, row.key):
            case = evolve(process, case, event)
            if isinstance(event, DeadlineEvent) and row.key in case.deadlines:
                yield from ((on, order.name) for order in owe(process, case, event))


def test_two_thousand_are_counted_as_one_by_one(county: County) -> None:
    made_up(county.database, TODAY, 2000)
    slowly: Counter[tuple[date, str]] = Counter()
    shelf = Shelf()
    with county.database.reading() as connection:
        own = [_DEADLINES.c.office == OFFICE, _DEADLINES.c.state == "armed"]
        wanted = select(_DEADLINES, _CASES.c.definition).join(
            _CASES, _CASES.c.id == _DEADLINES.c.case
        )
        for row in connection.execute(wanted.where(*own)):
            process = shelf.process(connection, row.definition)
            if row.key.split("/")[1] != OPENS and row.key != "round/ends":
                slowly.update(one_by_one(row, process, TODAY + MONTH))
        found = Foresight(shelf)(connection, OFFICE, TODAY, TODAY + MONTH)
        counted = {(day.on, kind): n for day in found.days for kind, n in day.kinds.items()}
        assert counted == slowly and sum(counted.values()) > 3000
        for day in found.days[::6]:
            pages = [[*found.messages(day.on, first, 50)] for first in range(0, day.deadlines, 50)]
            whole = [one for page in pages for one in page]
            assert whole == [*found.messages(day.on)] and len(whole) == day.messages
            assert Counter(one.name for one in whole) == day.kinds
            places = [(one.due_on, one.case) for one in whole]
            assert places == sorted(places)


def test_of_one_kind_or_of_a_school_it_is_the_same_and_less(county: County) -> None:
    made_up(county.database, TODAY, 300)
    with county.database.reading() as connection:
        look = partial(Foresight(Shelf()), connection, OFFICE, TODAY, TODAY + MONTH)
        every = [one for day in look().days for one in look().messages(day.on)]
        some = look(kind="issue_list.reminder")
        assert {name for day in some.days for name in day.kinds} == {"issue_list.reminder"}
        of_kind = [one for day in some.days for one in some.messages(day.on)]
        assert of_kind == [one for one in every if one.name == "issue_list.reminder"]
        school = every[0].subject
        mine = look(school=school)
        of_school = [one for day in mine.days for one in mine.messages(day.on)]
        assert of_school == [one for one in every if one.subject == school]
        assert look(school="没有这所学校").days == []
        other = Foresight(Shelf())(connection, "another", TODAY, TODAY + MONTH)
        assert other.days == [] and [*other.messages(TODAY)] == []
