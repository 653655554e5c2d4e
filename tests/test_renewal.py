"""What another calendar moves: exactly the deadlines it should, against a recomputation of its own.

Ten thousand open deadlines of December, drawn at random, are reckoned by the rules before and after
the next year's arrangement; day by day counting, without the calendar's tables, says what is right.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.library import read_definition, shipped, shipped_calendar
from rules.clauses import due, parse_clause
from rules.corrections import by_calendar
from rules.days import Calendar
from rules.holidays import Closure, OwnDays, parse_year
from rules.process import Process
from rules.state import Deadline
from tests.county import _Whatever

DAY = timedelta(1)
TODAY = date(2026, 12, 15)
BEFORE = shipped_calendar()
TABLE = parse_year(
    """
year: 2027
source: 虚构，仅供测试
status: published
holidays:
  - {name: 元旦, from: 2027-01-01, to: 2027-01-05}
  - {name: 春节, from: 2027-02-05, to: 2027-02-13}
  - {name: 清明节, from: 2027-04-03, to: 2027-04-05}
workdays: [2027-01-09, 2027-02-20, 2027-02-21]
"""
)
AFTER = BEFORE.with_own(OwnDays(years={2027: TABLE}))
PROCESS = Process(
    read_definition(shipped("shaanxi_316.yaml"), "shaanxi_316.yaml", _Whatever(), _Whatever())
)
# A duty of each way of counting, with a stage and name of the definition; the second may be
# extended.
WAYS = (
    ("15 working days after visit.ended", "on_site_review", "opinion_letter"),
    ("20 working days after round.opened", "self_assessment", "submit"),
    ("30 days after issue.raised", "issue_list", "dated"),
    ("10 days before visit.starts", "on_site_review", "announcement"),
)


def works(day: date) -> bool:
    """Whether offices work, by the notice for 2027 and the one for 2026 as they read."""
    off = {
        *(date(2026, 10, 1) + n * DAY for n in range(7)),
        *(
            one.first + n * DAY
            for one in TABLE.holidays
            for n in range(15)
            if one.first + n * DAY <= one.last
        ),
        *(date(2027, 5, 1) + n * DAY for n in range(2)),
    }
    made_up = {date(2026, 10, 10), *TABLE.workdays}
    return day in made_up or (day.weekday() < 5 and day not in off)


def counted(clause: str, start: date) -> date:
    """The day by counting on the fingers."""
    amount, unit = int(clause.split()[0]), "working" in clause
    step = -DAY if " before " in clause else DAY
    day = start
    if unit:
        while amount:
            day += step
            amount -= works(day)
        return day
    day = start + amount * step
    while not works(day):
        day += step
    return day


def deadlines(number: int) -> Iterator[Deadline]:
    """Open deadlines as they were armed before 2027 was arranged."""
    chance = Random(2027)
    for item in range(number):
        clause, stage, name = chance.choice(WAYS)
        start = date(2026, 11, 2) + chance.randrange(90) * DAY
        why = due(parse_clause(clause), start, BEFORE)
        if why.due < TODAY or why.due >= date(2027, 4, 1):
            continue
        yield Deadline(
            stage=stage,
            name=name,
            item=str(item),
            who="school",
            due_on=why.due,
            next_on=why.due,
            provisional=why.provisional,
            start=start,
            clause=why.clause,
        )


def test_a_year_moves_exactly_what_it_should_of_ten_thousand() -> None:
    found = list(deadlines(16_000))
    moved = 0
    for deadline in found[:10_000]:
        why = by_calendar(PROCESS, deadline, AFTER, TODAY)
        text = next(
            c for c, stage, name in WAYS if (stage, name) == (deadline.stage, deadline.name)
        )
        right = counted(text, deadline.start)
        if right < min(TODAY, deadline.due_on):
            assert why is None
            continue
        now = deadline.due_on if why is None else why.due
        assert now == right, (text, deadline)
        moved += now != deadline.due_on
    assert len(found) >= 10_000 and moved > 1000


@given(st.dates(date(2026, 1, 5), date(2027, 11, 30)), st.integers(1, 60))
def test_the_same_calendar_moves_nothing(start: date, days: int) -> None:
    why = due(parse_clause(f"{days} working days after visit.ended"), start, AFTER)
    deadline = next(deadlines(50)).model_copy(
        update={
            "due_on": why.due,
            "start": start,
            "clause": why.clause,
            "provisional": why.provisional,
        }
    )
    assert by_calendar(PROCESS, deadline, AFTER, date(2026, 1, 1)) is None


@given(
    st.dates(date(2026, 3, 2), date(2026, 12, 1)),
    st.integers(0, 9),
    st.dates(date(2026, 3, 2), date(2026, 12, 1)),
    st.integers(1, 40),
    st.sampled_from(["schools", "offices"]),
)
def test_a_closure_gives_more_time_never_less_and_stops_no_term_by_law(
    first: date, more: int, start: date, days: int, closes: str
) -> None:
    closure = Closure(name="台风", first=first, last=first + more * DAY, closes=closes)
    calendar = BEFORE.with_own(OwnDays(closures={"1": closure}))
    clause = parse_clause(f"{days} working days after visit.ended")
    plain = due(clause, start, BEFORE).due
    assert due(clause, start, calendar).due >= plain
    by_law = PROCESS.calendar_of("on_site_review", "opinion_letter", calendar)
    assert due(clause, start, by_law).due == plain
    if closes == "schools":
        assert due(clause, start, calendar).due == plain
    for n in range(more + 1):
        assert not calendar.is_teaching_day(first + n * DAY)
        assert not by_law.is_teaching_day(first + n * DAY), "no visit on a day of closure"


def test_a_closure_explains_itself() -> None:
    closure = Closure(
        name="暴雪停工", first=date(2026, 12, 3), last=date(2026, 12, 4), closes="offices"
    )
    calendar = BEFORE.with_own(OwnDays(closures={"1": closure}))
    why = due(parse_clause("5 working days after returned"), date(2026, 12, 1), calendar)
    assert why.due == date(2026, 12, 10)
    assert "暴雪停工（12月3日至4日）" in why.in_chinese()


def test_without_anything_of_ones_own_the_calendar_is_the_same() -> None:
    assert BEFORE.with_own(OwnDays()) is BEFORE
    again = BEFORE.with_own(OwnDays(years={2026: BEFORE.tables[-1]}))
    assert again == BEFORE and again.national is again


@pytest.mark.parametrize("year", [2026, 2027])
def test_whoever_reads_the_version_knows_which_years_are_in_it(year: int) -> None:
    assert (year in AFTER.years) and (AFTER.version != BEFORE.version)
    assert isinstance(AFTER, Calendar)
