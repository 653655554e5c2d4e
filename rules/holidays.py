"""Reads the yearly holiday tables and the school terms that an office keeps as YAML."""

import itertools
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

MAX_CHARACTERS = 64_000
"""A year's table has a few hundred characters; anything much larger is not one."""


class TableError(ValueError):
    """A table that cannot be used; the message says why, in Chinese."""


class Frozen(BaseModel):
    """A value: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Holiday(Frozen):
    """Days off under one name, `first` to `last` inclusive (weekends within them included)."""

    name: str
    first: date
    last: date


class YearTable(Frozen):
    """One year's arrangement: days off, and the make-up workdays (调休上班日) paid for them."""

    year: int
    source: str
    status: Literal["published"]
    holidays: tuple[Holiday, ...]
    workdays: tuple[date, ...]


class Term(Frozen):
    """A teaching term (学期), `first` to `last` inclusive, both days of school."""

    name: str
    first: date
    last: date

    @property
    def key(self) -> str:
        """`2026-spring` or `2026-autumn`: the year in which the term starts."""
        return f"{self.first.year}-{'spring' if self.first.month < 8 else 'autumn'}"


def parse_year(text: str) -> YearTable:
    """A year's table from YAML; raises `TableError` with a Chinese reason."""
    data = _mapping(text)
    _only(data, {"year", "source", "status", "holidays", "workdays"})
    year = data.get("year")
    if not isinstance(year, int) or isinstance(year, bool) or not 1990 <= year <= 2060:
        raise TableError(f"year 应是1990至2060之间的年份，却是：{_shown(year)}")
    if data.get("status") != "published":
        raise TableError(f"{year}年：status 应是 published（只录入已公布的安排）")
    holidays = tuple(_holiday(item) for item in _list(data, "holidays"))
    workdays = tuple(_day(item, "workdays") for item in _list(data, "workdays"))
    _check_year(year, holidays, workdays)
    return YearTable(
        year=year,
        source=_text(data, "source"),
        status="published",
        holidays=tuple(sorted(holidays, key=lambda holiday: holiday.first)),
        workdays=tuple(sorted(workdays)),
    )


def parse_terms(text: str) -> tuple[Term, ...]:
    """The terms of a county from YAML, in order; raises `TableError` with a Chinese reason."""
    data = _mapping(text)
    _only(data, {"name", "terms"})
    terms = []
    for item in _list(data, "terms"):
        span = _holiday(item)
        if not 60 <= (span.last - span.first).days <= 200:
            raise TableError(f"“{span.name}”从{span.first}到{span.last}，不像一个学期（60至200天）")
        terms.append(Term(name=span.name, first=span.first, last=span.last))
    return check_terms(terms)


def check_terms(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms in order; refuses terms that overlap or share a key."""
    ordered = tuple(sorted(terms, key=lambda term: term.first))
    for earlier, later in itertools.pairwise(ordered):
        if later.first <= earlier.last:
            raise TableError(f"学期重叠：“{earlier.name}”与“{later.name}”")
        if later.key == earlier.key:
            raise TableError(f"同一学期出现两次：“{earlier.name}”与“{later.name}”")
    return ordered


def _check_year(year: int, holidays: tuple[Holiday, ...], workdays: tuple[date, ...]) -> None:
    if not holidays:
        raise TableError(f"{year}年：holidays 为空，一年不会没有节假日")
    off: dict[date, str] = {}
    for holiday in holidays:
        _check_reach(year, holiday.name, holiday.first, holiday.last)
        for day in _each_day(holiday.first, holiday.last):
            if day in off:
                raise TableError(f"{year}年：{day}同时属于“{off[day]}”和“{holiday.name}”")
            off[day] = holiday.name
    for workday in workdays:
        _check_reach(year, "调休上班日", workday, workday)
        if workday.weekday() < 5:
            raise TableError(f"{year}年：调休上班日{workday}本来就是工作日，不是周六或周日")
        if workday in off:
            raise TableError(f"{year}年：{workday}既是“{off[workday]}”放假又是调休上班日")
    if len(set(workdays)) < len(workdays):
        raise TableError(f"{year}年：同一个调休上班日写了两次")


def _check_reach(year: int, name: str, first: date, last: date) -> None:
    """Only an arrangement around New Year may touch another year, and only its nearest weeks."""
    if last < first:
        raise TableError(f"{year}年：“{name}”的结束日{last}早于开始日{first}")
    if (last - first).days > 30:
        raise TableError(f"{year}年：“{name}”放假超过30天，请核对{first}至{last}")
    if first < date(year - 1, 12, 25) or last > date(year + 1, 1, 7):
        raise TableError(f"{year}年：“{name}”的日期{first}不在{year}年（跨年只限元旦前后）")


def _each_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days) for days in range((last - first).days + 1)]


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML without anchors (they can explode) and without doubled keys (one would be lost)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent) or getattr(self.peek_event(), "anchor", None):
            raise TableError("节假日表和学期表不使用锚点（& 和 *），请直接写出内容")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                line = node.start_mark.line + 1
                raise TableError(f"第{line}行：“{key}”写了两次")
        return super().construct_mapping(node, deep=deep)


def _mapping(text: str) -> dict[str, Any]:
    if len(text) > MAX_CHARACTERS:
        raise TableError(f"内容太长（{len(text)}字），不像一张节假日表或学期表")
    try:
        data = yaml.load(text, Loader=_StrictLoader)
    except TableError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"第{mark.line + 1}行附近" if mark else "某处"
        raise TableError(f"不是正确的YAML，{place}读不下去") from error
    if not isinstance(data, dict):
        raise TableError("内容应是“键: 值”的形式")
    return data


def _only(data: dict[str, Any], known: set[str]) -> None:
    for key in data:
        if key not in known:
            raise TableError(f"不认识“{key}”；可用的有：{'、'.join(sorted(known))}")


def _list(data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    if not isinstance(value, list):
        raise TableError(f"{key} 应是一个列表（没有就写 []），却是：{_shown(value)}")
    return value


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise TableError(f"{key} 应是文字，却是：{_shown(value)}")
    return value.strip()


def _holiday(item: Any) -> Holiday:
    if not isinstance(item, dict):
        raise TableError(f"应写成 {{name: 名称, from: 日期, to: 日期}}，却是：{_shown(item)}")
    _only(item, {"name", "from", "to"})
    name = _text(item, "name")
    return Holiday(name=name, first=_day(item.get("from"), name), last=_day(item.get("to"), name))


def _day(value: Any, where: str) -> date:
    # A YAML timestamp is a datetime, which is a date in Python but not a day.
    if type(value) is not date:
        raise TableError(f"“{where}”里应是日期（如 2026-02-15），却是：{_shown(value)}")
    return value


def _shown(value: Any) -> str:
    return "（空）" if value is None else str(value)[:40]
