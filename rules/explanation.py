"""A stored reckoning told as one sentence of office Chinese."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from rules.clause_grammar import Count, DateIn, FixedDay, Repeat, Share, Span, When, parse_stored

if TYPE_CHECKING:
    from rules.reckoning import Reckoning

WEEKDAYS = "一二三四五六日"
UNITS = {
    "day": "日",
    "working day": "个工作日",
    "teaching day": "个教学日",
    "week": "周",
    "month": "个月",
}
PERIODS = {"week": "周", "month": "月", "semester": "学期", "year": "年"}


def explain(reckoning: "Reckoning") -> str:
    """Rule, start, days skipped, make-up days counted, rolling, due date, provisional or not."""
    clause = parse_stored(reckoning.clause)
    said = _Days(reckoning)
    if isinstance(clause, Span):
        clause = Count(n=clause.n, unit=clause.unit, direction="after")
    if isinstance(clause, Count) and clause.unit in ("working day", "teaching day"):
        parts = _by_counted_days(reckoning, clause, said)
    elif isinstance(clause, Count):
        parts = _by_natural_days(reckoning, clause, said)
    elif isinstance(clause, (Repeat, Share)):
        parts = _by_period(reckoning, clause, said)
    else:
        parts = [_by_named_date(clause, said, reckoning)]
    last = f"截止日为{full(reckoning.due)}"  # of a duty or a right alike
    if isinstance(clause, (When, FixedDay)):
        last = f"即{full(reckoning.due)}"
    provisional = ""
    if reckoning.provisional:
        teaching = isinstance(clause, Count) and clause.unit == "teaching day"
        provisional = f"（暂按法定节假日{'和通常学期' if teaching else ''}推算）"
    return "，".join([*parts, last]) + provisional


def full(day: date) -> str:
    """2026年4月3日（周五）"""
    return f"{day.year}年{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


class _Days:
    """Says days one after another, and the year only where it is not the one last said."""

    def __init__(self, reckoning: "Reckoning"):
        self.year = reckoning.due.year

    def day(self, day: date, weekday: bool = False) -> str:
        year = "" if day.year == self.year else f"{day.year}年"
        self.year = day.year
        end = f"（周{WEEKDAYS[day.weekday()]}）" if weekday else ""
        return f"{year}{day.month}月{day.day}日{end}"

    def span(self, first: date, last: date) -> str:
        begin = self.day(first)
        if first == last:
            return begin
        if (first.year, first.month) == (last.year, last.month):
            return f"{begin}至{last.day}日"
        return f"{begin}至{self.day(last)}"


def _by_counted_days(reckoning: "Reckoning", clause: Count, said: _Days) -> list[str]:
    back = clause.direction == "before"
    amount = f"{clause.n}{UNITS[clause.unit]}"
    start = said.day(reckoning.start)
    parts = [f"自{start}前一日起倒算{amount}" if back else f"自{start}次日起算{amount}"]
    skipped = ["周末"] if _skips_weekend(reckoning) else []
    skipped += [f"{name}（{said.span(first, last)}）" for first, last, name in reckoning.off]
    if skipped:
        parts.append(f"跳过{_listed(skipped)}")
    if reckoning.makeup:
        parts.append(f"计入调休上班日{'、'.join(said.day(day) for day in reckoning.makeup)}")
    return parts


def _by_natural_days(reckoning: "Reckoning", clause: Count, said: _Days) -> list[str]:
    back = clause.direction == "before"
    amount = f"{clause.n}{UNITS[clause.unit]}"
    start = said.day(reckoning.start)
    if clause.unit == "month":
        begin = f"自{start}起{'倒推' if back else '算'}{amount}"
    else:
        begin = f"自{start}前一日起倒算{amount}" if back else f"自{start}次日起算{amount}"
    reached = f"至{said.day(reckoning.rolled_from or reckoning.due, weekday=True)}"
    parts = [begin, reached if back else f"{reached}届满"]
    if reckoning.rolled_from:
        parts.append(f"适逢{_why_off(reckoning)}")
        parts.append("提前至前一个工作日" if back else "顺延至下一个工作日")
    return [*parts, *_makeup_note(reckoning, said)]


def _by_period(reckoning: "Reckoning", clause: Repeat | Share, said: _Days) -> list[str]:
    repeat = clause.of if isinstance(clause, Share) else clause
    period = PERIODS[repeat.period]
    parts = [f"每{period}{repeat.times}次，自{said.day(reckoning.start)}起"]
    limit = said.day(reckoning.rolled_from or reckoning.due, weekday=True)
    whole = not isinstance(clause, Share) or clause.number == repeat.times
    share = "最后一日" if whole else f"时间过{clause.number}/{repeat.times}之日"
    number = f"第{clause.number}次" if isinstance(clause, Share) else ""
    parts.append(f"{number}以本{period}{share}{limit}为限")
    if reckoning.rolled_from:
        early = reckoning.rolled_from > reckoning.due
        parts.append(f"该日适逢{_why_off(reckoning)}" if early else "其间已无工作日")
        parts.append("提前至前一个工作日" if early else "顺延至下一个工作日")
    return [*parts, *_makeup_note(reckoning, said)]


def _by_named_date(clause: object, said: _Days, reckoning: "Reckoning") -> str:
    if isinstance(clause, FixedDay):
        since = said.day(reckoning.start)
        return f"固定日期，自{since}起的第一个{clause.month}月{clause.day}日"
    if isinstance(clause, DateIn):
        return "以文书载明的日期为准" if clause.event else "期限由经办人指定"
    return "自该事项发生之日起"


def _makeup_note(reckoning: "Reckoning", said: _Days) -> list[str]:
    """A weekend day stands as the due date only because it is worked: that needs saying."""
    return [f"{said.day(day)}为调休上班日" for day in reckoning.makeup]


def _why_off(reckoning: "Reckoning") -> str:
    for first, last, name in reckoning.off:
        if reckoning.rolled_from and first <= reckoning.rolled_from <= last:
            return f"{name}假期"
    return "周末"


def _skips_weekend(reckoning: "Reckoning") -> bool:
    """Whether a plain weekend day, neither in a named holiday nor worked, lies in between."""
    first, last = sorted([reckoning.start, reckoning.due])
    known = reckoning.days_off() | set(reckoning.makeup) | {reckoning.start}
    for step in range((last - first).days + 1):
        day = first + timedelta(step)
        if day.weekday() >= 5 and day not in known:
            return True
    return False


def _listed(items: list[str]) -> str:
    return "、".join(items[:-1]) + "及" + items[-1] if len(items) > 1 else items[0]
