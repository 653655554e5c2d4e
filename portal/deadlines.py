"""A deadline as a page shows it: the duty, the day, how long still, and why it is that day."""

from datetime import date
from typing import NamedTuple

from engine.dossier import Dossier
from rules.days import Calendar
from rules.process import OPENS
from rules.state import Deadline, deadline_key
from rules.values import ROLE_TITLES

NEAR = 3  # working days: from here on it is soon


class Due(NamedTuple):
    """``left`` says how long still; ``late`` and ``near`` colour it; ``why`` explains the day."""

    key: str
    stage: str
    title: str
    who: str
    day: date
    left: str
    late: bool
    near: bool
    provisional: bool
    window: bool
    why: str
    item: str = ""


def left_of(day: date, today: date, calendar: Calendar) -> str:
    """还有3个工作日, 今天到期, 已超过2个工作日."""
    if day == today:
        return "今天到期"
    days = calendar.working_days_between(*sorted((day, today)))
    if day < today:
        return f"已超过{days}个工作日" if days else "已经过期"
    return f"还有{days}个工作日" if days else "不足1个工作日"


def is_near(day: date, today: date, calendar: Calendar) -> bool:
    """Whether it is soon, and not over."""
    return today <= day and calendar.working_days_between(today, day) <= NEAR


def due_of(dossier: Dossier, deadline: Deadline, today: date, calendar: Calendar) -> Due:
    """One armed deadline of a case."""
    rule = dossier.process.rule(deadline.stage, deadline.name)
    stage = dossier.process.stages[deadline.stage]
    item = of_item(stage.kind, deadline.item)
    return Due(
        deadline_key(deadline.stage, deadline.name, deadline.item),
        deadline.stage,
        rule.title + item,
        _bearer(dossier, deadline.who),
        deadline.due_on,
        left_of(deadline.due_on, today, calendar),
        deadline.due_on < today and not deadline.window,
        is_near(deadline.due_on, today, calendar),
        deadline.provisional,
        deadline.window,
        dossier.explained(deadline_key(deadline.stage, deadline.name, deadline.item)),
        deadline.item,
    )


def dues(dossier: Dossier, today: date, calendar: Calendar, stage: str = "") -> list[Due]:
    """The armed deadlines of a case, soonest first; without the days on which stages open."""
    found = [
        due_of(dossier, deadline, today, calendar)
        for deadline in dossier.state.deadlines.values()
        if deadline.name != OPENS
        and deadline.stage in dossier.process.stages
        and (not stage or deadline.stage == stage)
    ]
    return sorted(found, key=lambda due: (due.day, due.key))


def item_title(kind: str, item: str) -> str:
    """第3号问题 (an issue), 第2次 (a visit), 2026年春季学期第2次 (one owed so often a period)."""
    if kind == "issue_list":
        return f"第{item}号问题"
    period, _, number = item.rpartition("-")
    return f"{period_title(period)}第{number}次" if number.isdecimal() else item


def of_item(kind: str, item: str) -> str:
    """Which issue or visit a duty is about, to stand after it; "" where there is but one."""
    return f"（{item_title(kind, item)}）" if item else ""


def period_title(key: str) -> str:
    """A period by its key (`rules.periods`): 2026年春季学期, 2026年3月, 2026年第12周, 2026年."""
    year, _, part = key.partition("-")
    if not year:
        return ""
    if part in _TERMS:
        return f"{year}年{_TERMS[part]}"
    if part.startswith("W"):
        return f"{year}年第{int(part[1:])}周"
    return f"{year}年{int(part)}月" if part else f"{year}年"


_TERMS = {"spring": "春季学期", "autumn": "秋季学期"}


def _bearer(dossier: Dossier, who: str) -> str:
    if who.startswith("unit:"):
        unit = dossier.organisations.get(who.removeprefix("unit:"))
        return unit.name if unit else "责任单位"
    return ROLE_TITLES.get(who, who)
