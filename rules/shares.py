"""A duty owed so many times a period ("2 times a semester"): which share is next, and by when."""

from datetime import date, timedelta
from functools import lru_cache

from rules.clause_grammar import Repeat, Share
from rules.days import Calendar
from rules.periods import Period
from rules.reckoning import Reckoning


def by_end_of_period(clause: Repeat, start: date, calendar: Calendar) -> Reckoning:
    """All times of the period in which `start` lies, by its last working day.

    If no working day is left in it (a week of holidays), by the next one after.
    """
    period = calendar.period_of(start, clause.period)
    return _by(clause, max(start, period.first), period.last, clause, calendar)


@lru_cache(maxsize=4096)  # the same for every school that day, as with `due`
def share_of_period(
    clause: Repeat, on: date, after: str, calendar: Calendar
) -> tuple[Reckoning, str]:
    """The share that follows the share `after`, and its name, such as `2026-spring-1`.

    The k-th of n is due when k/n of the period is over, so that visits spread; on a day off, by
    the working day before. With `after` empty it is the first share of the period of `on` that
    can still be done in time. A later share is never left out: whoever is late has it waiting.
    """
    if after:
        key, _, number = after.rpartition("-")
        period, k = calendar.period_named(key, clause.period), int(number) + 1
        if k > clause.times:
            period, k = calendar.period_of(period.last + timedelta(1), clause.period), 1
        return _share(clause, k, period, on, calendar)
    period = calendar.period_of(on, clause.period)
    for k in range(1, clause.times):
        if _limit(period, k, clause.times) >= on:
            return _share(clause, k, period, on, calendar)
    return _share(clause, clause.times, period, on, calendar)


def _limit(period: Period, k: int, times: int) -> date:
    """The day on which k of `times` equal parts of the period are over."""
    days = (period.last - period.first).days + 1
    return period.first + timedelta(max(1, days * k // times) - 1)


def _share(
    clause: Repeat, k: int, period: Period, on: date, calendar: Calendar
) -> tuple[Reckoning, str]:
    start = on if period.first <= on <= period.last else period.first
    limit = max(start, _limit(period, k, clause.times))
    told = clause if clause.times == 1 else Share(number=k, of=clause)
    return _by(clause, start, limit, told, calendar), f"{period.key}-{k}"


def _by(
    clause: Repeat, start: date, limit: date, told: Repeat | Share, calendar: Calendar
) -> Reckoning:
    """By the last working day up to `limit`; if there is none since `start`, by the next after."""
    day = calendar.working_day_until(limit)
    if day < start:
        day = calendar.working_day_from(limit)
    first, last = min(day, limit), max(day, limit)
    return Reckoning(
        clause=str(told),
        start=start,
        due=day,
        off=tuple(tuple(off) for off in calendar.holidays_between(first, last)),
        makeup=calendar.makeup_days_between(day, day),
        rolled_from=limit if day != limit else None,
        provisional=calendar.any_provisional(first, last, clause.period == "semester"),
        calendar=calendar.version,
    )
