"""What the tables of the years, the terms and the closures amount to: day by day."""

import hashlib
import itertools
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from rules.holidays import Closure, TableError, Term, YearTable
from rules.periods import Semester
from rules.statutory import LAW, LUNAR_DAYS, Holiday, statutory_holidays

FIRST_YEAR, LAST_YEAR = 1990, 2060
"""Days outside these years are refused: a date there is a slip of the keyboard."""


class Off(NamedTuple):
    """Days skipped: first, last (inclusive), and what they are called."""

    first: date
    last: date
    name: str


class Days(NamedTuple):
    """Days as sorted ordinals, for counting by position, and as a set, for asking about one."""

    ordered: tuple[int, ...]
    known: frozenset[int]


def arrangements(tables: tuple[YearTable, ...]) -> tuple[tuple[Off, ...], tuple[int, ...]]:
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


def working_days(holidays: tuple[Off, ...], makeup: tuple[int, ...]) -> tuple[int, ...]:
    first, last = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
    # Ordinal 1 was a Monday, so an ordinal's remainder by 7 is 1..5 on weekdays.
    days = {ordinal for ordinal in range(first, last + 1) if 1 <= ordinal % 7 <= 5}
    for off in holidays:
        days.difference_update(range(off.first.toordinal(), off.last.toordinal() + 1))
    return tuple(sorted(days.union(makeup)))


def without(working: tuple[int, ...], closed: tuple[Off, ...]) -> tuple[int, ...]:
    shut = {day for off in closed for day in range(off.first.toordinal(), off.last.toordinal() + 1)}
    return tuple(day for day in working if day not in shut) if shut else working


def cut(offs: Iterable[Off], first: date, last: date) -> tuple[Off, ...]:
    """Those that touch the days from `first` to `last`, cut to them."""
    return tuple(
        Off(max(off.first, first), min(off.last, last), off.name)
        for off in offs
        if off.first <= last and off.last >= first
    )


def teaching_days(working: tuple[int, ...], semesters: tuple[Semester, ...]) -> Days:
    days: list[int] = []
    for term in semesters:
        begin = bisect_left(working, term.first.toordinal())
        days += working[begin : bisect_right(working, term.last.toordinal())]
    return Days(tuple(days), frozenset(days))


def version_of(
    tables: tuple[YearTable, ...], terms: tuple[Term, ...], closures: tuple[Closure, ...]
) -> str:
    """The content's fingerprint: whatever can change an answer goes in, the source text does not.

    The fallback law goes in too, since days beyond the tables follow from it.
    """
    content: dict[str, Any] = {
        "law": [LAW, LUNAR_DAYS],
        "years": [table.model_dump(mode="json", exclude={"source"}) for table in tables],
        "terms": [term.model_dump(mode="json") for term in terms],
    }
    if closures:
        content["closures"] = [closure.model_dump(mode="json") for closure in closures]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
