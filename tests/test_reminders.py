"""When a deadline speaks up: before it is due, on the day, and ever again once it is late."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.clauses import ClauseError, next_reminder, parse_reminder
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


REMINDERS = [
    parse_reminder(text)
    for text in ("10 working days before", "3 working days before", "on the day")
]
NAGGING = parse_reminder("every 2 working days after")


def spoken(reminders: list, due_on: str, after: str, most: int = 8) -> str:
    """The days on which the reminders speak after that day, as `09-30`."""
    days, now = [], day(after)
    while len(days) < most and (now := next_reminder(reminders, day(due_on), now, CALENDAR)):
        days.append(f"{now:%m-%d}")
    return " ".join(days)


def test_a_year_of_reminders_told_once_each() -> None:
    # Due on Thursday 15 October, after the holidays; nobody acts.
    assert spoken([*REMINDERS, NAGGING], "2026-10-15", "2026-09-01") == (
        "09-24 10-12 10-15 10-19 10-21 10-23 10-27 10-29"
    )
    # A stage entered late is not reminded of days gone by.
    assert spoken(REMINDERS, "2026-10-15", "2026-10-12") == "10-15"
    assert spoken(REMINDERS, "2026-10-15", "2026-10-15") == ""


@pytest.mark.parametrize(
    ("reminder", "days"),
    [
        ("1 week before", "10-08"),
        ("10 days before", "09-30"),  # 5 October is off
        ("3 working days after", "10-20"),
        ("every working day after", "10-16 10-19 10-20"),
        ("every 7 days after", "10-22 10-29 11-05"),
        ("every month after", "11-16 12-15 01-15"),  # 15 November is a Sunday
        ("every 5 teaching days after", "10-22 10-29 11-05"),
    ],
)
def test_what_a_reminder_means(reminder: str, days: str) -> None:
    assert spoken([parse_reminder(reminder)], "2026-10-15", "2026-09-20", 3) == days


@given(
    ANY_DAY,
    st.integers(-30, 400),
    st.integers(1, 30),
    st.sampled_from(["working day", "teaching day", "day", "week", "month"]),
)
def test_nagging_goes_on_for_ever_and_always_later(
    due_on: date, passed: int, n: int, unit: str
) -> None:
    every = parse_reminder(f"every {n} {unit}s after")
    after = due_on + passed * DAY
    found = next_reminder([every], due_on, after, CALENDAR)
    assert found is not None and found > max(after, due_on)
    # Nothing was passed over: seen from the day before it, it is still the next.
    assert next_reminder([every], due_on, found - DAY, CALENDAR) == found
    if after > due_on:
        assert next_reminder([every], due_on, due_on, CALENDAR) <= found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("every 2 workdays after", "every 2 working days after"),
        ("2天前", "2 days before"),
        ("10 working days", "可以写"),
        ("15 working days after visit.ended", "可以写"),
    ],
)
def test_a_reminder_written_otherwise_is_refused(written: str, meant: str) -> None:
    with pytest.raises(ClauseError, match=meant):
        parse_reminder(written)
