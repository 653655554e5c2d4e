"""What a clause means in days: the due date of a clause and the days of its reminders.

Rules (domain: 工作日 by the State Council's arrangement; 期间 as in 民法典 articles 200-204): the
start day is not counted; make-up workdays count; a period of natural days, weeks or months that
ends on a day off ends on the next working day; counted backwards it rolls to the working day
before, so that nobody gets less notice. A date that was named as such stands as it is.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from rules.clause_grammar import (
    Clause,
    Count,
    DateIn,
    Every,
    FixedDay,
    OnTheDay,
    Reminder,
    Repeat,
    Span,
    When,
    parse_clause,
    parse_reminder,
    parse_span,
)
from rules.clause_mistakes import ClauseError
from rules.days import Calendar
from rules.reckoning import Reckoning
from rules.shares import by_end_of_period, share_of_period

__all__ = [
    "Clause",
    "ClauseError",
    "Count",
    "DateIn",
    "Every",
    "FixedDay",
    "OnTheDay",
    "Reckoning",
    "Reminder",
    "Repeat",
    "Span",
    "When",
    "due",
    "explain_addition",
    "next_reminder",
    "parse_clause",
    "parse_reminder",
    "parse_span",
    "share_of_period",
]

LONGEST_HOLIDAY = 31
"""No run of days off is longer; bounds how far a date can roll."""


@lru_cache(maxsize=4096)  # the same for every school that day: 0.4 µs instead of 11
def due(clause: Any, start: date, calendar: Calendar) -> Reckoning:
    """When `clause` falls due, counted from `start`.

    `start` is the day of the clause's event; for `on the date in` the date that stands in it; for
    a fixed day or a repetition the day from which it holds. A `Span` counts forward.
    """
    if isinstance(clause, Span):
        return _counted(clause, clause.unit, clause.n, start, calendar)
    if isinstance(clause, Count):
        return _counted(clause, clause.unit, _steps(clause), start, calendar)
    if isinstance(clause, Repeat):
        return by_end_of_period(clause, start, calendar)
    day = _next_such_day(clause, start) if isinstance(clause, FixedDay) else start
    return _reckoning(clause, start, day, calendar, provisional=calendar.is_provisional(day))


def explain_addition(start: date, n: int, calendar: Calendar) -> Reckoning:
    """`n` working days after `start`, before it if `n` is negative; `ClauseError` if `n` is 0."""
    way = "after" if n > 0 else "before"
    return due(parse_reminder(f"{abs(n)} working days {way}"), start, calendar)


def next_reminder(
    reminders: Iterable[Any], due_on: date, after: date, calendar: Calendar
) -> date | None:
    """The first day after `after` on which any of the reminders of `due_on` speaks."""
    days = [_speaks(reminder, due_on, after, calendar) for reminder in reminders]
    return min((day for day in days if day is not None), default=None)


def _speaks(reminder: Any, due_on: date, after: date, calendar: Calendar) -> date | None:
    if isinstance(reminder, Every):
        return _next_repetition(reminder, due_on, after, calendar)
    day = due_on
    if isinstance(reminder, Count):
        day = _landing(reminder.unit, _steps(reminder), due_on, calendar)[1]
    return day if day > after else None


def _next_repetition(every: Every, due_on: date, after: date, calendar: Calendar) -> date:
    times = 1
    if every.unit == "working day":
        times += calendar.working_days_between(due_on, after) // every.n
    else:
        # Never too late a start: no unit is longer than 31 days, no roll than a holiday.
        longest = {"day": 1, "teaching day": 60, "week": 7, "month": 31}[every.unit] * every.n
        times = max(1, ((after - due_on).days - LONGEST_HOLIDAY) // longest)
    while (day := _landing(every.unit, every.n * times, due_on, calendar)[1]) <= after:
        times += 1
    return day


def _steps(count: Count) -> int:
    return count.n if count.direction == "after" else -count.n


def _landing(unit: str, steps: int, start: date, calendar: Calendar) -> tuple[date, date]:
    """Where `steps` units from `start` end, and the day it is due after rolling off a day off."""
    if unit == "working day":
        day = calendar.add_working_days(start, steps)
        return day, day
    if unit == "teaching day":
        day = calendar.add_teaching_days(start, steps)
        return day, day
    if unit == "month":
        day = _months_later(start, steps)
    else:
        day = start + timedelta(steps * (7 if unit == "week" else 1))
    rolled = calendar.working_day_from(day) if steps > 0 else calendar.working_day_until(day)
    return day, rolled


def _counted(clause: Any, unit: str, steps: int, start: date, calendar: Calendar) -> Reckoning:
    day, rolled = _landing(unit, steps, start, calendar)
    counts_days_off = unit not in ("working day", "teaching day")
    teaching = unit == "teaching day"
    if counts_days_off:
        first, last = min(day, rolled), max(day, rolled)
    elif steps > 0:
        first, last = start + timedelta(1), day
    else:
        first, last = day, start - timedelta(1)
    return _reckoning(
        clause,
        start,
        rolled,
        calendar,
        off=_skipped(first, last, calendar, teaching),
        makeup=tuple(
            day
            for day in calendar.makeup_days_between(first, last)
            if not teaching or calendar.is_teaching_day(day)
        ),
        rolled_from=day if rolled != day else None,
        provisional=calendar.any_provisional(first, last, teaching),
    )


def _skipped(first: date, last: date, calendar: Calendar, teaching: bool) -> tuple[Any, ...]:
    """The named days skipped, in order; a holiday within a school vacation goes with it."""
    holidays = calendar.holidays_between(first, last)
    vacations = calendar.vacations_between(first, last) if teaching else ()
    outside = []
    for off in holidays:
        if not any(v.first <= off.first and off.last <= v.last for v in vacations):
            outside.append(off)
    return tuple(tuple(off) for off in sorted([*outside, *vacations]))


def _reckoning(clause: Any, start: date, day: date, calendar: Calendar, **how: Any) -> Reckoning:
    return Reckoning(clause=str(clause), start=start, due=day, calendar=calendar.version, **how)


def _months_later(start: date, months: int) -> date:
    """The same day of the month, or the month's last where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _next_such_day(clause: FixedDay, start: date) -> date:
    """The first such day on or after `start`; 29 February is the 28th in a common year."""
    for year in (start.year, start.year + 1):
        day = date(year, clause.month, min(clause.day, monthrange(year, clause.month)[1]))
        if day >= start:
            return day
    raise AssertionError("every day of a year comes round within two")
