"""Reads the yearly holiday tables and the school terms that an office keeps as YAML."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from rules.mistakes import Mistakes, Path, shown
from rules.positioned import read_yaml, validate
from rules.values import Frozen

Wrong = Iterator[tuple[Path, str]]
"""What is wrong with a table: where (path of keys), and why (Chinese)."""


class TableError(ValueError):
    """Tables or terms that contradict each other; the message says why, in Chinese."""


def _written_as_day(value: Any) -> Any:
    """Pydantic would take a number for seconds since 1970: 2026 is not a day."""
    if isinstance(value, (int, float)):
        raise ValueError(f"这里要写日期，如 2026-02-15，写的却是{shown(value)}")
    return value


Day = Annotated[date, BeforeValidator(_written_as_day)]


class Holiday(Frozen):
    """Days off under one name, `first` to `last` inclusive (weekends within them included)."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str = Field(min_length=1, max_length=40)
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")


class YearTable(Frozen):
    """One year's arrangement: days off, and the make-up workdays (调休上班日) paid for them."""

    year: int = Field(ge=1990, le=2060, strict=True)
    source: str = Field(min_length=1)
    status: Literal["published"]
    holidays: tuple[Holiday, ...] = Field(min_length=1)
    workdays: tuple[Day, ...]

    @property
    def earliest(self) -> date:
        """The first day it can say anything of: around New Year it reaches into the year before."""
        return date(self.year - 1, 12, 25)


class Term(Holiday):
    """A teaching term (学期), `first` to `last` inclusive, both days of school."""

    @property
    def key(self) -> str:
        """`2026-spring` or `2026-autumn`: the year in which the term starts."""
        return f"{self.first.year}-{'spring' if self.first.month < 8 else 'autumn'}"


class Closure(Holiday):
    """Days on which a place is closed by an order of its own (台风, 停电, 疫情), both inclusive.
    ``schools``: only lessons fall out. ``offices``: nobody works, and nobody teaches either."""

    closes: Literal["schools", "offices"]


class OwnDays(Frozen):
    """What an office entered into its calendar: arrangements by year, its terms (none: those that
    were there before), and closures by their number."""

    years: dict[int, YearTable] = {}
    terms: tuple[Term, ...] = ()
    closures: dict[str, Closure] = {}
    closed: int = 0  # the highest number a closure ever had


class TermTable(Frozen):
    """The terms of one county."""

    name: str = Field(min_length=1)
    terms: tuple[Term, ...]


def parse_year(text: str, name: str = "节假日表") -> YearTable:
    """A year's table from YAML, in order of days; raises `Mistakes` with lines, in Chinese.

    `name` is the file's name in the messages.
    """
    positioned = read_yaml(text, name)
    table = validate(YearTable, positioned)
    if wrong := [positioned.mistake(path, why) for path, why in wrong_in_year(table)]:
        raise Mistakes(name, wrong)
    holidays = sorted(table.holidays, key=lambda holiday: holiday.first)
    update = {"holidays": tuple(holidays), "workdays": tuple(sorted(table.workdays))}
    return table.model_copy(update=update)


def parse_terms(text: str, name: str = "学期表") -> tuple[Term, ...]:
    """The terms of a county from YAML, in order; raises `Mistakes` with lines, in Chinese."""
    positioned = read_yaml(text, name)
    terms = validate(TermTable, positioned).terms
    if wrong := [positioned.mistake(path, why) for path, why in wrong_in_terms(terms)]:
        raise Mistakes(name, wrong)
    return in_order(terms)


def in_order(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms by their days; `TableError` if two overlap or are the same semester."""
    ordered = tuple(sorted(terms, key=lambda term: term.first))
    for _, why in wrong_in_terms(ordered):
        raise TableError(why)
    return ordered


def wrong_in_terms(terms: tuple[Term, ...]) -> Wrong:
    """Terms of an absurd length, overlapping terms, the same semester twice."""
    for place, term in enumerate(terms):
        if not 60 <= (term.last - term.first).days <= 200:
            why = f"“{term.name}”从{term.first}到{term.last}，不像一个学期（60至200天）"
            yield ("terms", place), why
    by_day = sorted(enumerate(terms), key=lambda item: item[1].first)
    for (_, earlier), (place, later) in pairwise(by_day):
        if later.first <= earlier.last:
            yield ("terms", place), f"学期重叠：“{earlier.name}”与“{later.name}”"
        elif later.key == earlier.key:
            yield ("terms", place), f"同一学期写了两次：“{earlier.name}”与“{later.name}”"


def wrong_in_year(table: YearTable) -> Wrong:
    """Days outside the year, days in two holidays, make-up days that cannot be such."""
    off: dict[date, str] = {}
    for place, holiday in enumerate(table.holidays):
        path = ("holidays", place)
        if why := _out_of_reach(table.year, holiday.name, holiday.first, holiday.last):
            yield path, why
            continue
        for step in range((holiday.last - holiday.first).days + 1):
            day = holiday.first + timedelta(step)
            if other := off.get(day):
                yield path, f"{day}同时属于“{other}”和“{holiday.name}”"
                break
            off[day] = holiday.name
    seen: set[date] = set()
    for place, workday in enumerate(table.workdays):
        if why := _not_a_makeup_day(table.year, workday, off, seen):
            yield ("workdays", place), why
        seen.add(workday)


def _not_a_makeup_day(year: int, day: date, off: dict[date, str], seen: set[date]) -> str:
    if day.weekday() < 5:
        return f"{day}不是周六或周日，本来就是工作日，不能作调休上班日"
    if day in off:
        return f"{day}既是“{off[day]}”放假，又是调休上班日"
    if day in seen:
        return f"调休上班日{day}写了两次"
    return _out_of_reach(year, "调休上班日", day, day)


def _out_of_reach(year: int, name: str, first: date, last: date) -> str:
    """Only an arrangement around New Year may touch another year, and only its nearest days."""
    if last < first:
        return f"“{name}”的结束日{last}早于开始日{first}"
    if (last - first).days > 30:
        return f"“{name}”放假超过一个月，请核对{first}至{last}"
    if first < date(year - 1, 12, 25) or last > date(year + 1, 1, 7):
        return f"“{name}”{first}不在{year}年内（只有元旦前后的安排可以跨年）"
    return ""
