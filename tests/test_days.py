"""Working days and teaching days: counted as the State Council arranges them, and checked twice."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.days import Calendar, DayOutOfRange, TableError, parse_terms, parse_year
from rules.holidays import YearTable

PROCESSES = Path(__file__).parent.parent / "processes"


def read_tables() -> list[YearTable]:
    paths = sorted((PROCESSES / "holidays").glob("*.yaml"))
    return [parse_year(path.read_text(encoding="utf-8"), path.name) for path in paths]


TABLES = read_tables()
TERMS = parse_terms((PROCESSES / "terms" / "example.yaml").read_text(encoding="utf-8"))
CALENDAR = Calendar.of(TABLES, TERMS)

DAY = timedelta(1)
ANY_DAY = st.dates(date(2004, 1, 1), date(2035, 12, 31))
NUMBER = st.integers(1, 400)


def day(text: str) -> date:
    return date.fromisoformat(text)


# The visit ends on the left; the opinion letter is due 15 working days later (domain, section 5).
@pytest.mark.parametrize(
    ("ended", "due"),
    [
        ("2026-02-06", "2026-03-05"),  # over 春节, with 14 and 28 February worked
        ("2026-03-13", "2026-04-03"),  # just before 清明节
        ("2026-04-24", "2026-05-19"),  # over 劳动节, with 9 May worked
        ("2026-06-12", "2026-07-06"),  # over 端午节, nothing worked for it
        ("2026-09-18", "2026-10-15"),  # over 中秋节 and 国庆节, 20 September, 10 October worked
    ],
)
def test_fifteen_working_days_after_a_visit(ended: str, due: str) -> None:
    assert CALENDAR.add_working_days(day(ended), 15) == day(due)
    assert not CALENDAR.any_provisional(day(ended), day(due))


def test_a_deadline_that_reaches_the_next_year_is_provisional_until_its_notice_is_there() -> None:
    ended = day("2026-12-18")
    due = CALENDAR.add_working_days(ended, 15)
    assert due == day("2027-01-11")  # only 1 January is sure to be off
    assert CALENDAR.any_provisional(ended, due)
    # The notice comes: (invented) three days off, paid for with Saturday 9 January.
    notice = parse_year(
        "year: 2027\nsource: 示例，非官方\nstatus: published\n"
        "holidays: [{name: 元旦, from: 2027-01-01, to: 2027-01-04}]\nworkdays: [2027-01-09]\n"
    )
    told = Calendar.of([*TABLES, notice], TERMS)
    assert told.add_working_days(ended, 15) == day("2027-01-11")
    assert told.add_working_days(ended, 10) == day("2027-01-05")
    assert CALENDAR.add_working_days(ended, 10) == day("2027-01-04")
    assert not told.any_provisional(ended, due)
    assert told.version != CALENDAR.version


def test_2026_has_248_working_days() -> None:
    assert CALENDAR.working_days_between(day("2025-12-31"), day("2026-12-31")) == 248


# What is provisional, and why. Tables are there for 2004 to 2026.
@pytest.mark.parametrize(
    ("when", "provisional"),
    [
        ("2003-12-31", True),  # before our tables
        ("2004-01-01", False),
        ("2018-12-31", False),  # moved by the notice for 2019, which is there
        ("2026-12-24", False),
        ("2026-12-25", True),  # the notice for 2027 may move it
        ("2026-12-31", True),
        ("2027-06-01", True),
    ],
)
def test_what_a_notice_to_come_may_change_is_provisional(when: str, provisional: bool) -> None:
    assert CALENDAR.is_provisional(day(when)) is provisional


def test_between_two_sure_days_nothing_is_provisional() -> None:
    assert not CALENDAR.any_provisional(day("2026-01-01"), day("2026-12-24"))
    assert CALENDAR.any_provisional(day("2026-12-24"), day("2026-12-25"))
    assert CALENDAR.any_provisional(day("2003-12-31"), day("2004-01-05"))
    # A missing table in the middle is noticed as well.
    gap = Calendar.of([table for table in TABLES if table.year != 2015])
    assert gap.any_provisional(day("2014-06-01"), day("2016-06-01"))
    assert not gap.any_provisional(day("2016-06-01"), day("2017-06-01"))


def test_before_our_tables_only_weekends_are_off() -> None:
    assert CALENDAR.is_working_day(day("2003-10-01"))  # a Wednesday
    assert not CALENDAR.is_working_day(day("2003-10-04"))


def test_beyond_our_tables_the_law_holds_without_make_up_days() -> None:
    off = [day("2027-02-04") + DAY * step for step in range(6)]
    # 春节 2027: 除夕 is Friday 5 February, 初三 Monday the 8th.
    assert [CALENDAR.is_working_day(one) for one in off] == [True] + [False] * 4 + [True]


# ---- agreement with two libraries ------------------------------------------------------------

STARTS = [
    date(2006, 1, 1) + DAY * step for step in range((date(2026, 12, 24) - date(2006, 1, 1)).days)
]
SURE = date(2026, 12, 25)


@pytest.mark.parametrize("n", [1, 5, 10, 15, 30])
def test_additions_agree_with_a_list_of_working_days(n: int) -> None:
    """chinesecalendar lists the working days; the n-th on its list after the start is the day."""
    listed = chinese_calendar.get_workdays(date(2006, 1, 1), date(2026, 12, 31))
    ours = []
    theirs = []
    passed = 0
    for start in STARTS:
        while listed[passed] <= start:
            passed += 1
        reached = CALENDAR.add_working_days(start, n)
        if reached < SURE:
            ours.append((start, reached))
            theirs.append((start, listed[passed + n - 1]))
    assert ours == theirs
    assert len(ours) > 7600


@pytest.mark.parametrize("n", [1, 5, 10, 15, 30])
def test_additions_agree_with_a_walk_from_day_to_day(n: int) -> None:
    """`holidays` walks from day to day and asks of each whether it is worked."""
    china = holidays.country_holidays("CN", years=range(2005, 2028))
    reached = {start: CALENDAR.add_working_days(start, n) for start in STARTS}
    sure = {start: end for start, end in reached.items() if end < SURE}
    assert sure == {start: china.get_nth_working_day(start, n) for start in sure}


# ---- what holds for every day ----------------------------------------------------------------


@given(ANY_DAY, NUMBER)
def test_there_and_back_again(start: date, n: int) -> None:
    start = CALENDAR.working_day_from(start)
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(start, n), -n) == start


@given(ANY_DAY, NUMBER, NUMBER)
def test_n_and_then_m_days_are_n_plus_m(start: date, n: int, m: int) -> None:
    stepped = CALENDAR.add_working_days(CALENDAR.add_working_days(start, n), m)
    assert stepped == CALENDAR.add_working_days(start, n + m)


@given(ANY_DAY, ANY_DAY, NUMBER)
def test_who_starts_later_is_never_due_earlier(one: date, other: date, n: int) -> None:
    one, other = sorted([one, other])
    assert CALENDAR.add_working_days(one, n) <= CALENDAR.add_working_days(other, n)
    assert CALENDAR.add_working_days(one, -n) <= CALENDAR.add_working_days(other, -n)


@given(ANY_DAY, NUMBER)
def test_the_day_reached_is_a_working_day_and_the_count_is_right(start: date, n: int) -> None:
    reached = CALENDAR.add_working_days(start, n)
    assert CALENDAR.is_working_day(reached)
    assert CALENDAR.working_days_between(start, reached) == n
    back = CALENDAR.add_working_days(start, -n)
    assert CALENDAR.is_working_day(back) and back < start
    assert CALENDAR.working_days_between(back - DAY, start - DAY) == n


@given(ANY_DAY, st.integers(0, 120))
def test_weekends_holidays_and_make_up_days_account_for_every_day(start: date, days: int) -> None:
    """Working days = weekdays - weekdays within holidays + make-up days."""
    last = start + DAY * days
    between = [start + DAY * step for step in range(days + 1)]
    off = {
        found.first + DAY * step
        for found in CALENDAR.holidays_between(start, last)
        for step in range((found.last - found.first).days + 1)
    }
    assert off <= set(between)
    weekdays = [one for one in between if one.weekday() < 5 and one not in off]
    makeup = CALENDAR.makeup_days_between(start, last)
    assert all(CALENDAR.is_makeup_day(one) and one.weekday() >= 5 for one in makeup)
    assert CALENDAR.working_days_between(start - DAY, last) == len(weekdays) + len(makeup)


@given(ANY_DAY)
def test_a_teaching_day_is_a_working_day_within_a_term(one: date) -> None:
    term = CALENDAR.semester_of(one)
    assert CALENDAR.is_teaching_day(one) == (CALENDAR.is_working_day(one) and term is not None)
    in_vacation = bool(CALENDAR.vacations_between(one, one))
    assert in_vacation == (term is None)


# ---- terms and periods -----------------------------------------------------------------------


def test_teaching_days_pause_in_the_vacations() -> None:
    last = day("2026-07-10")
    assert CALENDAR.is_teaching_day(last)
    assert CALENDAR.is_working_day(day("2026-07-13")) and not CALENDAR.is_teaching_day(
        day("2026-07-13")
    )
    assert CALENDAR.add_teaching_days(last, 1) == day("2026-09-01")
    assert CALENDAR.add_teaching_days(day("2026-03-02"), -1) == day("2026-01-23")
    vacations = CALENDAR.vacations_between(day("2026-01-01"), day("2026-12-31"))
    assert [(off.name, str(off.first), str(off.last)) for off in vacations] == [
        ("寒假", "2026-01-24", "2026-03-01"),
        ("暑假", "2026-07-11", "2026-08-31"),
    ]


def test_without_terms_of_its_own_a_county_has_the_customary_ones_provisionally() -> None:
    plain = Calendar.of(TABLES)
    assert plain.semester_of(day("2026-07-10")) == "2026-spring"
    assert plain.semester_of(day("2026-07-11")) is None
    assert plain.semester_of(day("2027-01-20")) == "2026-autumn"
    march = day("2026-03-02"), day("2026-03-09")
    assert plain.any_provisional(*march, teaching=True)
    assert not plain.any_provisional(*march)
    assert not CALENDAR.any_provisional(*march, teaching=True)


@pytest.mark.parametrize(
    ("when", "period", "key", "first", "last"),
    [
        ("2026-03-20", "week", "2026-W12", "2026-03-16", "2026-03-22"),
        ("2027-01-01", "week", "2026-W53", "2026-12-28", "2027-01-03"),
        ("2026-02-05", "month", "2026-02", "2026-02-01", "2026-02-28"),
        ("2026-02-05", "year", "2026", "2026-01-01", "2026-12-31"),
        ("2026-05-05", "semester", "2026-spring", "2026-03-02", "2026-07-10"),
        ("2026-05-05", "term", "2026-spring", "2026-03-02", "2026-07-10"),
        ("2027-01-05", "semester", "2026-autumn", "2026-09-01", "2027-01-20"),
        # In the vacations one prepares the semester that follows.
        ("2026-07-20", "semester", "2026-autumn", "2026-09-01", "2027-01-20"),
    ],
)
def test_the_period_of_a_day(when: str, period: str, key: str, first: str, last: str) -> None:
    found = CALENDAR.period_of(day(when), period)
    assert found == (key, day(first), day(last))
    assert CALENDAR.period_named(key, period) == found


def test_a_period_nobody_knows() -> None:
    with pytest.raises(ValueError, match="没有“quarter”这种周期"):
        CALENDAR.period_of(day("2026-03-20"), "quarter")


# ---- the calendar as a value -----------------------------------------------------------------


def test_the_same_content_is_the_same_calendar() -> None:
    again = Calendar.of(reversed(TABLES), reversed(TERMS))
    assert again == CALENDAR and hash(again) == hash(CALENDAR)
    assert len(CALENDAR.version) == 12 and int(CALENDAR.version, 16) >= 0
    assert Calendar.of(TABLES[:-1], TERMS).version != CALENDAR.version
    assert Calendar.of(TABLES).version != CALENDAR.version
    renamed = TABLES[-1].model_copy(update={"source": "另一份文件"})
    assert Calendar.of([*TABLES[:-1], renamed], TERMS) == CALENDAR


def test_tables_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(TableError, match="两份"):
        Calendar.of([TABLES[0], TABLES[0]])
    crossing = parse_year(
        "year: 2025\nsource: 示例\nstatus: published\n"
        "holidays: [{name: 元旦, from: 2026-01-03, to: 2026-01-04}]\nworkdays: []\n"
    )
    with pytest.raises(TableError, match="重叠"):
        Calendar.of([crossing, TABLES[-1]])
    worked = parse_year(
        "year: 2025\nsource: 示例\nstatus: published\n"
        "holidays: [{name: 元旦, from: 2025-01-01, to: 2025-01-01}]\nworkdays: [2026-01-03]\n"
    )
    with pytest.raises(TableError, match="调休上班日"):
        Calendar.of([worked, TABLES[-1]])


@pytest.mark.parametrize("when", ["1989-12-31", "2061-01-01", "0202-03-04"])
def test_a_year_that_can_only_be_a_slip_is_refused(when: str) -> None:
    with pytest.raises(DayOutOfRange, match="超出可以推算的年份"):
        CALENDAR.add_working_days(day(when), 1)


def test_counting_out_of_the_calendar_is_refused() -> None:
    with pytest.raises(DayOutOfRange, match="起数"):
        CALENDAR.add_working_days(day("2060-12-20"), 30)
