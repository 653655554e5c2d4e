"""What the clauses of a definition mean in days, and how each date explains itself in Chinese."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.clause_grammar import ClauseValue
from rules.clauses import (
    ClauseError,
    Count,
    Reckoning,
    due,
    parse_clause,
    parse_reminder,
    parse_span,
)
from rules.days import Calendar, parse_terms, parse_year

PROCESSES = Path(__file__).parent.parent / "processes"
CALENDAR = Calendar.of(
    [parse_year(path.read_text("utf-8")) for path in (PROCESSES / "holidays").glob("*.yaml")],
    parse_terms((PROCESSES / "terms" / "example.yaml").read_text("utf-8")),
)
DAY = timedelta(1)
ANY_DAY = st.dates(date(2004, 3, 1), date(2034, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def reckon(clause: str, start: str) -> Reckoning:
    return due(parse_clause(clause), day(start), CALENDAR)


# ---- meaning ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "start", "expected"),
    [
        # Working days: the start day is not counted, make-up workdays are.
        ("15 working days after visit.ended", "2026-09-18", "2026-10-15"),
        ("1 working day after visit.ended", "2026-09-19", "2026-09-20"),  # a Sunday, worked
        ("10 working days before visit.starts", "2026-10-12", "2026-09-21"),
        # Natural days end as they fall on a working day, a worked Saturday included ...
        ("30 days after issue.raised", "2026-03-16", "2026-04-15"),
        ("8 days after issue.raised", "2026-05-01", "2026-05-09"),
        # ... and roll to the next working day from a day off: weekend, holiday.
        ("30 days after issue.raised", "2026-03-13", "2026-04-13"),
        ("30 days after issue.raised", "2026-04-01", "2026-05-06"),
        # Counted backwards they roll to the working day before: nobody gets less notice.
        ("10 days before visit.starts", "2026-10-12", "2026-09-30"),
        ("10 days before visit.starts", "2026-03-05", "2026-02-14"),  # over 春节, a worked Saturday
        ("15 days before visit.starts", "2026-10-12", "2026-09-24"),
        # Weeks, and months: the same day, or the last one where there is none, then rolled.
        ("2 weeks after round.opened", "2026-03-02", "2026-03-16"),
        ("1 month after round.opened", "2026-03-31", "2026-04-30"),
        ("1 month after round.opened", "2026-01-31", "2026-02-28"),  # a worked Saturday
        ("6 months after round.opened", "2025-08-31", "2026-02-28"),
        ("3 months before round.opened", "2026-05-31", "2026-02-28"),
        ("1 month before round.opened", "2026-03-31", "2026-02-28"),
        # Teaching days pause in the vacations.
        ("2 teaching days after visit.starts", "2026-07-09", "2026-09-01"),
        ("2 teaching days before visit.starts", "2026-03-03", "2026-01-23"),
        # A date named as such stands as it is, on a Sunday too.
        ("on 1 March", "2026-01-05", "2026-03-01"),
        ("on 1 March", "2026-03-01", "2026-03-01"),
        ("on 1 March", "2026-03-02", "2027-03-01"),
        ("on 29 February", "2026-01-05", "2026-02-28"),
        ("on 29 February", "2027-06-05", "2028-02-29"),
        ("on the date in opinion_letter.issued", "2026-05-02", "2026-05-02"),
        ("when planning.selected", "2026-05-02", "2026-05-02"),
        # A repetition: by the last working day of its period.
        ("once a week", "2026-03-18", "2026-03-20"),
        ("once a week", "2026-10-05", "2026-10-10"),  # 国庆节, but Saturday is worked
        ("once a week", "2026-02-16", "2026-02-24"),  # all of it 春节: the next working day
        ("once a month", "2026-05-03", "2026-05-29"),
        ("2 times a semester", "2026-04-01", "2026-07-10"),
        ("once a year", "2026-01-05", "2026-12-31"),
    ],
)
def test_when_a_clause_falls_due(clause: str, start: str, expected: str) -> None:
    assert reckon(clause, start).due == day(expected)


def test_only_the_days_that_decide_make_a_date_provisional() -> None:
    # Natural days are counted through 25-31 December whatever the next notice says ...
    assert reckon("20 days after issue.raised", "2026-12-01").provisional is False
    assert reckon("30 days after issue.raised", "2026-12-01").provisional is True
    # ... and what matters is the day they end on.
    assert reckon("15 working days after visit.ended", "2026-12-01").provisional is False
    assert reckon("15 working days after visit.ended", "2026-12-18").provisional is True
    assert reckon("5 working days before visit.starts", "2027-01-04").provisional is True


@given(ANY_DAY, st.integers(1, 120), st.sampled_from(["days", "working days", "weeks", "months"]))
def test_backwards_never_gives_less_notice(start: date, n: int, unit: str) -> None:
    notice = due(parse_clause(f"{n} {unit} before visit.starts"), start, CALENDAR)
    assert CALENDAR.is_working_day(notice.due)
    if unit == "working days":
        assert CALENDAR.working_days_between(notice.due - DAY, start - DAY) >= n
    elif unit == "months":
        assert notice.due <= start - n * 28 * DAY
    else:
        assert (start - notice.due).days >= n * (7 if unit == "weeks" else 1)


@given(ANY_DAY, st.integers(1, 120), st.sampled_from(["days", "weeks", "months"]))
def test_forwards_nobody_gets_less_time_nor_a_day_off(start: date, n: int, unit: str) -> None:
    found = due(parse_clause(f"{n} {unit} after issue.raised"), start, CALENDAR)
    assert CALENDAR.is_working_day(found.due)
    if found.rolled_from:
        assert not CALENDAR.is_working_day(found.rolled_from)
        assert CALENDAR.add_working_days(found.rolled_from, 1) == found.due


# ---- grammar ---------------------------------------------------------------------------------

EVENTS = st.from_regex(r"[a-z][a-z0-9_]{0,8}(\.[a-z][a-z0-9_]{0,8}){0,2}", fullmatch=True)
COUNTS = st.builds(
    Count,
    n=st.integers(1, 120),
    unit=st.sampled_from(["day", "working day", "teaching day", "week", "month"]),
    direction=st.sampled_from(["before", "after"]),
    event=EVENTS.filter(lambda name: name not in ("first", "latest")),
    occurrence=st.sampled_from(["first", "latest"]),
)


@given(COUNTS)
def test_the_text_of_a_clause_is_that_clause(clause: Count) -> None:
    assert parse_clause(str(clause)) == clause
    assert ClauseValue.validate_json(clause.model_dump_json()) == clause


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("1 working days after visit.ended", "1 working day after visit.ended"),
        ("15  Working Days  after visit.ended", "15 working days after visit.ended"),
        ("5 days after latest visit.ended", "5 days after visit.ended"),
        ("5 days after first visit.ended", "5 days after first visit.ended"),
        ("on 1 march", "on 1 March"),
        ("every week", "once a week"),
        ("twice a term", "2 times a semester"),
        ("1 time a month", "once a month"),
    ],
)
def test_one_canonical_text(written: str, canonical: str) -> None:
    assert str(parse_clause(written)) == canonical
    assert parse_clause(canonical) == parse_clause(written)


def test_a_clause_names_its_event_or_none() -> None:
    assert parse_clause("5 days after first visit.ended").event == "visit.ended"
    assert parse_clause("on 1 March").event is None
    assert parse_clause("once a month").event is None
    assert str(parse_span("2 teaching days")) == "2 teaching days"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("15 workdays after visit.ended", "15 working days after visit.ended"),
        ("15 working-days after visit.ended", "15 working days after visit.ended"),
        ("15working days after visit.ended", "15 working days after visit.ended"),
        ("15 wrking dys aftr visit.ended", "15 working days after visit.ended"),
        ("fifteen workdays after visit.ended", None),
        ("five business days from visit.ended", "5 working days after visit.ended"),
        ("15 working days after visit ended", "15 working days after visit.ended"),
        ("10 school days before visit.starts", "10 teaching days before visit.starts"),
        ("15个工作日后", "15 working days after visit.ended"),
        ("10天前", "10 days before visit.ended"),
        ("on March 1", "on 1 March"),
        ("on 1st Mar", "on 1 March"),
        ("weekly", "once a week"),
        ("twice per semester", "2 times a semester"),
    ],
)
def test_a_clause_written_otherwise_is_refused_with_what_was_meant(
    written: str, meant: str | None
) -> None:
    with pytest.raises(ClauseError) as refused:
        parse_clause(written)
    words = f"是否想写“{meant}”？" if meant else "可以写：“15 working days after visit.ended”"
    assert words in str(refused.value)
    assert written in str(refused.value)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("0 days after visit.ended", "数目应在1到3650之间，写的是0"),
        ("3651 days after visit.ended", "数目应在1到3650之间"),
        ("121 months after visit.ended", "数目应在1到120之间"),
        ("9" * 500 + " days after visit.ended", "数目应在1到3650之间"),
        ("on 31 April", "4月没有31日"),
        ("on 0 March", "3月没有0日"),
        (15, "这里要写期限，写的却是15"),
        (None, "这里要写期限，写的却是空"),
        (["on 1 March"], "这里要写期限，写的却是一个列表"),
        ("  ", "期限是空的"),
        ("15 working days", "看不懂期限"),
        ("on the day", "看不懂期限"),
        ("as soon as possible", "看不懂期限"),
        ("x" * 100_000, "看不懂期限"),
    ],
)
def test_a_clause_that_means_nothing_is_refused(written: object, reason: str) -> None:
    with pytest.raises(ClauseError, match=reason):
        parse_clause(written)


@given(st.text(max_size=60))
def test_any_other_text_is_refused_and_nothing_worse(text: str) -> None:
    for parse in (parse_clause, parse_reminder, parse_span):
        try:
            assert parse(str(parse(text))) == parse(text)
        except ClauseError as refused:
            assert str(refused)


def test_a_clause_is_a_value() -> None:
    clause = parse_clause("on 1 March")
    with pytest.raises(ValidationError):
        clause.day = 2
