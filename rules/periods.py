"""The periods work repeats in - week, month, semester, year - and the semesters of a county."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from rules.holidays import Term


class Period(NamedTuple):
    """A week `2026-W12`, month `2026-03`, semester `2026-spring` or year `2026`."""

    key: str
    first: date
    last: date


class Semester(NamedTuple):
    """A teaching term, given by the county or, where it gave none, assumed by custom."""

    key: str
    first: date
    last: date
    assumed: bool

    @property
    def is_spring(self) -> bool:
        return self.key.endswith("spring")


def plain_period(day: date, period: str) -> Period:
    """The week (ISO: Monday to Sunday), month or year of `day`; `ValueError` for another word."""
    if period == "week":
        monday = day - timedelta(day.weekday())
        year, week, _ = day.isocalendar()
        return Period(f"{year}-W{week:02}", monday, monday + timedelta(6))
    if period == "month":
        last = monthrange(day.year, day.month)[1]
        return Period(f"{day:%Y-%m}", day.replace(day=1), day.replace(day=last))
    if period == "year":
        return Period(f"{day.year}", date(day.year, 1, 1), date(day.year, 12, 31))
    raise ValueError(f"没有“{period}”这种周期；可用的有：week、month、semester、year")


def plain_period_named(key: str, period: str) -> Period:
    """The week, month or year of that key; `ValueError` if there is none."""
    if period == "week":
        year, _, week = key.partition("-W")
        return plain_period(date.fromisocalendar(int(year), int(week), 1), period)
    year, _, month = key.partition("-")
    return plain_period(date(int(year), int(month or 1), 1), period)


def all_semesters(terms: Iterable[Term], first_year: int, last_year: int) -> tuple[Semester, ...]:
    """Every semester of these years in order: the county's own, gaps filled by custom.

    By custom (varies by a few days from place to place): spring 1 March to 10 July, autumn
    1 September to 20 January. A customary term that would touch a given one is left out.
    """
    given = [Semester(term.key, term.first, term.last, False) for term in terms]
    keys = {term.key for term in given}
    assumed = []
    for year in range(first_year, last_year + 1):
        spring = Semester(f"{year}-spring", date(year, 3, 1), date(year, 7, 10), True)
        autumn = Semester(f"{year}-autumn", date(year, 9, 1), date(year + 1, 1, 20), True)
        for term in (spring, autumn):
            touches = any(t.first <= term.last and term.first <= t.last for t in given)
            if term.key not in keys and not touches:
                assumed.append(term)
    return tuple(sorted(given + assumed, key=lambda term: term.first))
