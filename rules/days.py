"""The two calendars of an office: working days for letters, teaching days for visits.

A working day is counted by the State Council's yearly arrangement: holidays are skipped, make-up
workdays count. A teaching day is a working day within a school term. Days are Asia/Shanghai.
"""

import hashlib
import itertools
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from rules.holidays import TableError, Term, YearTable, in_order, parse_terms, parse_year
from rules.periods import Period, Semester, all_semesters, plain_period, plain_period_named
from rules.statutory import LAW, LUNAR_DAYS, Holiday, statutory_holidays

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

FIRST_YEAR, LAST_YEAR = 1990, 2060
"""Days outside these years are refused: a date there is a slip of the keyboard."""

ONE_DAY = timedelta(1)


class DayOutOfRange(ValueError):
    """A day the calendar does not reach; the message is Chinese."""


class Off(NamedTuple):
    """Days skipped: first, last (inclusive), and what they are called."""

    first: date
    last: date
    name: str


class _Days(NamedTuple):
    """Days as sorted ordinals, for counting by position, and as a set, for asking about one."""

    ordered: tuple[int, ...]
    known: frozenset[int]


@dataclass(frozen=True, eq=False, repr=False)
class Calendar:
    """Working and teaching days from 1990 to 2060; build with `Calendar.of`, then share it.

    Two calendars with the same `version` answer every question alike.
    """

    version: str
    years: frozenset[int]
    semesters: tuple[Semester, ...]
    _holidays: tuple[Off, ...]
    _makeup: tuple[int, ...]
    _working: _Days
    _teaching: _Days

    @classmethod
    def of(cls, years: Iterable[YearTable], terms: Iterable[Term] = ()) -> "Calendar":
        """A calendar from published tables and terms; raises `TableError` where they disagree."""
        tables = tuple(sorted(years, key=lambda table: table.year))
        terms = in_order(terms)
        holidays, makeup = _arrangements(tables)
        semesters = all_semesters(terms, FIRST_YEAR, LAST_YEAR)
        working = _working_days(holidays, makeup)
        return cls(
            version=_version(tables, terms),
            years=frozenset(table.year for table in tables),
            semesters=semesters,
            _holidays=holidays,
            _makeup=makeup,
            _working=_Days(working, frozenset(working)),
            _teaching=_teaching_days(working, semesters),
        )

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
        """The named holidays from `first` to `last`, cut to those days; plain weekends are not."""
        begin = max(0, bisect_right(self._holidays, (first, date.max, "")) - 1)
        found = []
        for off in self._holidays[begin:]:
            if off.first > last:
                break
            if off.last >= first:
                found.append(Off(max(off.first, first), min(off.last, last), off.name))
        return tuple(found)

    def makeup_days_between(self, first: date, last: date) -> tuple[date, ...]:
        """The make-up workdays from `first` to `last`."""
        begin = bisect_left(self._makeup, first.toordinal())
        end = bisect_right(self._makeup, last.toordinal())
        return tuple(date.fromordinal(ordinal) for ordinal in self._makeup[begin:end])

    def vacations_between(self, first: date, last: date) -> tuple[Off, ...]:
        """The school vacations (寒假, 暑假) from `first` to `last`, cut to those days."""
        found = []
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


def _arrangements(tables: tuple[YearTable, ...]) -> tuple[tuple[Off, ...], tuple[int, ...]]:
    """All holidays and make-up days: from the tables, and from the law where no table is."""
    published = {table.year for table in tables}
    if len(published) < len(tables):
        raise TableError("同一年的节假日表给了两份")
    named: list[Holiday] = [(h.first, h.last, h.name) for t in tables for h in t.holidays]
    makeup = {day.toordinal() for table in tables for day in table.workdays}
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        if year not in published:
            named += statutory_holidays(year)
    named.sort()
    for earlier, later in itertools.pairwise(named):
        if later[0] <= earlier[1]:
            raise TableError(f"两份节假日表在{later[0]}重叠：“{earlier[2]}”与“{later[2]}”")
    for first, last, name in named:
        if any(day in makeup for day in range(first.toordinal(), last.toordinal() + 1)):
            raise TableError(f"“{name}”（{first}至{last}）里有一天在另一份表中是调休上班日")
    return tuple(Off(*holiday) for holiday in named), tuple(sorted(makeup))


def _working_days(holidays: tuple[Off, ...], makeup: tuple[int, ...]) -> tuple[int, ...]:
    first, last = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
    # Ordinal 1 was a Monday, so an ordinal's remainder by 7 is 1..5 on weekdays.
    days = {ordinal for ordinal in range(first, last + 1) if 1 <= ordinal % 7 <= 5}
    for off in holidays:
        days.difference_update(range(off.first.toordinal(), off.last.toordinal() + 1))
    return tuple(sorted(days.union(makeup)))


def _teaching_days(working: tuple[int, ...], semesters: tuple[Semester, ...]) -> _Days:
    days: list[int] = []
    for term in semesters:
        begin = bisect_left(working, term.first.toordinal())
        days += working[begin : bisect_right(working, term.last.toordinal())]
    return _Days(tuple(days), frozenset(days))


def _version(tables: tuple[YearTable, ...], terms: tuple[Term, ...]) -> str:
    """The content's fingerprint: whatever can change an answer goes in, the source text does not.

    The fallback law goes in too, since days beyond the tables follow from it.
    """
    content = {
        "law": [LAW, LUNAR_DAYS],
        "years": [table.model_dump(mode="json", exclude={"source"}) for table in tables],
        "terms": [term.model_dump(mode="json") for term in terms],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
