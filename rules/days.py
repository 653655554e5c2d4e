"""The two calendars of an office: working days for letters, teaching days for visits.

A working day is counted by the State Council's yearly arrangement: holidays are skipped, make-up
workdays count. A teaching day is a working day within a school term. Days are Asia/Shanghai.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from rules.arrangement import (
    FIRST_YEAR,
    LAST_YEAR,
    Days,
    Off,
    arrangements,
    cut,
    teaching_days,
    version_of,
    without,
    working_days,
)
from rules.holidays import (
    Closure,
    OwnDays,
    TableError,
    Term,
    YearTable,
    in_order,
    parse_terms,
    parse_year,
)
from rules.periods import Period, Semester, all_semesters, plain_period, plain_period_named

__all__ = [
    "Calendar",
    "DayOutOfRange",
    "Off",
    "Period",
    "TableError",
    "Term",
    "YearTable",
    "parse_terms",
    "parse_year",
]

ONE_DAY = timedelta(1)


class DayOutOfRange(ValueError):
    """A day the calendar does not reach; the message is Chinese."""


@dataclass(frozen=True, eq=False, repr=False)
class Calendar:
    """Working and teaching days from 1990 to 2060; build with `Calendar.of`, then share it.

    Two calendars with the same `version` answer every question alike.
    """

    version: str
    tables: tuple[YearTable, ...]
    terms: tuple[Term, ...]
    closures: tuple[Closure, ...]
    semesters: tuple[Semester, ...]
    _holidays: tuple[Off, ...]
    _makeup: tuple[int, ...]
    _working: Days
    _teaching: Days
    _closed: tuple[Off, ...]
    _no_lessons: tuple[Off, ...]

    @classmethod
    def of(
        cls,
        years: Iterable[YearTable],
        terms: Iterable[Term] = (),
        closures: Iterable[Closure] = (),
    ) -> "Calendar":
        """A calendar from published tables, terms and closures; raises `TableError` where the
        tables or the terms disagree."""
        tables = tuple(sorted(years, key=lambda table: table.year))
        terms = in_order(terms)
        shut = tuple(sorted(closures, key=lambda one: (one.first, one.last, one.name)))
        closed = tuple(Off(c.first, c.last, c.name) for c in shut if c.closes == "offices")
        no_lessons = tuple(Off(c.first, c.last, c.name) for c in shut if c.closes == "schools")
        holidays, makeup = arrangements(tables)
        semesters = all_semesters(terms, FIRST_YEAR, LAST_YEAR)
        working = without(working_days(holidays, makeup), closed)
        return cls(
            version=version_of(tables, terms, shut),
            tables=tables,
            terms=terms,
            closures=shut,
            semesters=semesters,
            _holidays=holidays,
            _makeup=makeup,
            _working=Days(working, frozenset(working)),
            _teaching=teaching_days(without(working, no_lessons), semesters),
            _closed=closed,
            _no_lessons=no_lessons,
        )

    def with_own(self, own: OwnDays) -> "Calendar":
        """The same with what an office entered: its years in place of those, its terms if it has
        any, its closures besides. `TableError` where the tables or the terms disagree."""
        if own == OwnDays():
            return self
        years = {table.year: table for table in self.tables} | own.years
        closures = (*self.closures, *own.closures.values())
        return Calendar.of(years.values(), own.terms or self.terms, closures)

    @cached_property
    def years(self) -> frozenset[int]:
        """The years whose arrangement is published."""
        return frozenset(table.year for table in self.tables)

    @cached_property
    def national(self) -> "Calendar":
        """The same with offices open in spite of local closures: what counts for a term nobody may
        extend. Schools stay closed."""
        if not self._closed:
            return self
        lessons = (one.model_copy(update={"closes": "schools"}) for one in self.closures)
        return Calendar.of(self.tables, self.terms, lessons)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`."""
        return _ordinal(day) in self._working.known

    def is_teaching_day(self, day: date) -> bool:
        """Whether schools teach on `day`: a working day within a term."""
        return _ordinal(day) in self._teaching.known

    def is_makeup_day(self, day: date) -> bool:
        """Whether `day` is a weekend day worked for a holiday (调休上班日)."""
        position = bisect_left(self._makeup, _ordinal(day))
        return position < len(self._makeup) and self._makeup[position] == day.toordinal()

    def is_provisional(self, day: date) -> bool:
        """Whether a notice yet to come may change `day`.

        So is every day of a year without a table, and 25-31 December until the next year's table
        is there: its notice has moved those days in 2006, 2007, 2011 and 2018, among others.
        """
        _ordinal(day)
        late_december = day.month == 12 and day.day >= 25
        return day.year not in self.years or (late_december and day.year + 1 not in self.years)

    def any_provisional(self, first: date, last: date, teaching: bool = False) -> bool:
        """Whether a day from `first` to `last` is provisional, or (teaching) its term assumed."""
        for year in range(first.year, last.year + 1):
            # Within one year the provisional days are all of them or the last ones.
            if self.is_provisional(min(last, date(year, 12, 31))):
                return True
        return teaching and any(
            term.assumed and term.first <= last and first <= term.last for term in self.semesters
        )

    def add_working_days(self, day: date, n: int) -> date:
        """The `n`-th working day after `day`, or before it if `n` is negative; 0 is `day`."""
        return _step(self._working.ordered, day, n)

    def add_teaching_days(self, day: date, n: int) -> date:
        """The `n`-th teaching day after `day`, or before it if `n` is negative; 0 is `day`."""
        return _step(self._teaching.ordered, day, n)

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie after `after`, up to and including `until`."""
        days = self._working.ordered
        return max(0, bisect_right(days, _ordinal(until)) - bisect_right(days, _ordinal(after)))

    def working_day_from(self, day: date) -> date:
        """`day` if it is a working day, else the next one."""
        return day if self.is_working_day(day) else self.add_working_days(day, 1)

    def working_day_until(self, day: date) -> date:
        """`day` if it is a working day, else the one before."""
        return day if self.is_working_day(day) else self.add_working_days(day, -1)

    def holidays_between(self, first: date, last: date) -> tuple[Off, ...]:
        """The named holidays and closures from `first` to `last`, cut to those days; plain weekends
        are not."""
        begin = max(0, bisect_right(self._holidays, (first, date.max, "")) - 1)
        end = bisect_right(self._holidays, (last, date.max, ""))
        found = cut(self._holidays[begin:end], first, last)
        return (*found, *cut(self._closed, first, last)) if self._closed else found

    def makeup_days_between(self, first: date, last: date) -> tuple[date, ...]:
        """The make-up workdays from `first` to `last`."""
        begin = bisect_left(self._makeup, first.toordinal())
        end = bisect_right(self._makeup, last.toordinal())
        return tuple(date.fromordinal(ordinal) for ordinal in self._makeup[begin:end])

    def vacations_between(self, first: date, last: date) -> tuple[Off, ...]:
        """The school vacations (寒假, 暑假) from `first` to `last`, and the days on which lessons
        alone fell out, cut to those days."""
        found = list(cut(self._no_lessons, first, last))
        for before, after in pairwise(self.semesters):
            begin, end = max(before.last + ONE_DAY, first), min(after.first - ONE_DAY, last)
            if begin <= end:
                found.append(Off(begin, end, "寒假" if after.is_spring else "暑假"))
        return tuple(found)

    def semester_of(self, day: date) -> str | None:
        """The key of the term `day` lies in (`2026-spring`); None in the vacations."""
        period = self.period_of(day, "semester")
        return period.key if period.first <= day else None

    def period_of(self, day: date, period: str) -> Period:
        """The week (ISO), month, semester (or term) or year of `day`: key, first and last day.

        A vacation day belongs to the semester that follows, for that is when the work is done.
        """
        _ordinal(day)
        if period not in ("semester", "term"):
            return plain_period(day, period)
        position = bisect_left(self.semesters, day, key=lambda term: term.last)
        if position == len(self.semesters):
            raise DayOutOfRange(f"{day}之后没有学期可查")
        term = self.semesters[position]
        return Period(term.key, term.first, term.last)

    def period_named(self, key: str, period: str) -> Period:
        """The period of that key, as `period_of` gave it; `ValueError` if there is none."""
        if period not in ("semester", "term"):
            return plain_period_named(key, period)
        for term in self.semesters:
            if term.key == key:
                return Period(term.key, term.first, term.last)
        raise ValueError(f"没有“{key}”这个学期")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendar) and self.version == other.version

    def __hash__(self) -> int:
        return hash(self.version)

    def __repr__(self) -> str:
        return f"Calendar({self.version})"


def _ordinal(day: date) -> int:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DayOutOfRange(f"{day}超出可以推算的年份（{FIRST_YEAR}至{LAST_YEAR}年）")
    return day.toordinal()


def _step(days: tuple[int, ...], day: date, n: int) -> date:
    if n == 0:
        return day
    ordinal = _ordinal(day)
    position = bisect_right(days, ordinal) + n - 1 if n > 0 else bisect_left(days, ordinal) + n
    if not 0 <= position < len(days):
        raise DayOutOfRange(f"从{day}起数{n}天，超出可以推算的年份（{FIRST_YEAR}至{LAST_YEAR}年）")
    return date.fromordinal(days[position])
