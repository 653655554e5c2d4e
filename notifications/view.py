"""What a message's template sees: plain values in the words of the office, no ids, no objects."""

from datetime import date
from typing import Any

from engine.dossier import Dossier
from notifications.cleaning import one_line, shorten
from notifications.happenings import event_at, reckoned
from notifications.said import issue, said_by
from rules.days import Calendar
from rules.explanation import full
from rules.orders import Order
from rules.process import OPENS
from rules.stages import StageFields
from rules.state import Deadline, deadline_key
from rules.values import ROLE_TITLES

NAME_AT_MOST = 30  # characters of a school's or office's name in the middle of a sentence
TERMS = {"spring": "春季学期", "autumn": "秋季学期"}

# A window is a right; this is what its bearer may do.
RIGHTS = {
    "comments": "提出意见",
    "defence": "申辩",
    "review_request": "申请复查",
    "second_review_request": "申请复核",
}


def view_of(
    dossier: Dossier, order: Order, seq: int, on: date, calendar: Calendar
) -> dict[str, Any]:
    """The values of one order's message, the same for everybody; ``reader`` and ``note`` come
    with each recipient. ``seq`` is the event that owes it, ``on`` the day it speaks on."""
    stage = dossier.process.stages[order.stage]
    item = str(order.about.get("item", ""))
    view = {
        "process": one_line(dossier.process.definition.title, 40),
        "period": period_title(dossier),
        "stage": one_line(stage.title, 20),
        **_paper(stage),
        "subject": one_line(dossier.subject.name, NAME_AT_MOST),
        "subject_short": one_line(dossier.subject.name, 14),
        "office": one_line(dossier.office.name, NAME_AT_MOST),
        "phone": one_line((dossier.office.facts or {}).get("phone", ""), 30),
    }
    if "deadline" in order.about:
        return view | {"deadline": _spoken(dossier, order, seq, on, calendar)}
    due = {
        deadline.name: _due(dossier, deadline, deadline.due_on, on, calendar)
        for deadline in dossier.state.deadlines.values()
        if deadline.stage == stage.id and _concerns(dossier, deadline, item)
    }
    return view | {
        "due": due,
        "item_due": [d for d in due.values() if item and d["item"] == item],
        "said": said_by(dossier, event_at(dossier, seq), seq),
    }


def _concerns(dossier: Dossier, deadline: Deadline, item: str) -> bool:
    """Whether a deadline is the stage's own or this item's. OPENS and the like have no rule."""
    if deadline.name == OPENS:
        return False
    rule = dossier.process.rule(deadline.stage, deadline.name)
    return not rule.per_item or deadline.item == item


def reader(stage: StageFields, role: str, name: str) -> dict[str, Any]:
    """Who reads it; ``bears`` where the stage is theirs to do. Nobody by name for the public."""
    return {"name": one_line(name, 20), "role": role, "bears": role == stage.responsible}


def period_title(dossier: Dossier) -> str:
    """2026年度, 2026年春季学期, 2026年3月, or 2026年3月2日当周."""
    first, period = dossier.round.first, dossier.process.definition.period
    if period == "week":
        return f"{first.year}年{first.month}月{first.day}日当周"
    if period == "month":
        return f"{first.year}年{first.month}月"
    year, _, term = dossier.round.period.partition("-")
    return f"{year}年{TERMS[term]}" if term in TERMS else f"{first.year}年度"


def _paper(stage: StageFields) -> dict[str, Any]:
    """What is handed in: a self-assessment by the standard, or an account named by its stage."""
    if stage.kind != "self_assessment":
        return {"paper": "", "account": False, "issued": False}
    account = stage.form == "standard"
    return {
        "paper": "自评报告" if account else one_line(stage.title, 20),
        "account": account,
        "issued": not account and stage.responsible == "office",
    }


def _due(
    dossier: Dossier, deadline: Deadline, day: date, on: date, calendar: Calendar
) -> dict[str, Any]:
    """A date that runs: its duty, the day, how long still, and why it is that day."""
    title = dossier.process.rule(deadline.stage, deadline.name).title
    key = deadline_key(deadline.stage, deadline.name, deadline.item)
    why = [reckoning for _, due_on, reckoning in reckoned(dossier, key) if due_on == day]
    return {
        "title": title,
        "day": full(day),
        "short_day": f"{day.month}月{day.day}日",
        "left": _left(on, day, calendar),
        "late": on > day,
        "why": why[-1].in_chinese() if why else "",
        "item": deadline.item,
    }


def _left(on: date, day: date, calendar: Calendar) -> str:
    if on == day:
        return "今天到期"
    if on > day:
        days = calendar.working_days_between(day, on)
        return f"已超过{days}个工作日" if days else "已经过期"
    days = calendar.working_days_between(on, day)
    return f"还有{days}个工作日" if days else "不足1个工作日"


def _spoken(
    dossier: Dossier, order: Order, seq: int, on: date, calendar: Calendar
) -> dict[str, Any]:
    """The deadline that speaks up, as it stood when it did."""
    name, item = order.about["deadline"], order.about["item"]
    day = date.fromisoformat(order.about["due_on"])
    who = order.to[-1]  # an escalation names its rung first, then whoever owes it
    rule = dossier.process.rule(order.stage, name)
    told = Deadline(
        stage=order.stage,
        name=name,
        item=item,
        who=who,
        due_on=day,
        next_on=day,
        start=day,
        clause="",
    )
    return _due(dossier, told, day, on, calendar) | {
        "role": who,
        "bearer": bearer(dossier, who),
        "right": RIGHTS.get(name, "办理") if rule.window else "",
        "of": _item(dossier, order.stage, item),
        **(_move(dossier, told, seq) if order.name.endswith(".moved") else {}),
    }


def _move(dossier: Dossier, deadline: Deadline, seq: int) -> dict[str, Any]:
    """How a deadline came to its new day: what moved it, and the day before."""
    key = deadline_key(deadline.stage, deadline.name, deadline.item)
    days = [day for number, day, _ in reckoned(dossier, key) if number < seq]
    return {
        "how": getattr(event_at(dossier, seq), "moved", ""),
        "was": full(days[-1]) if days and days[-1] != deadline.due_on else "",
    }


def bearer(dossier: Dossier, who: str) -> str:
    """Whoever owes a deadline, by name where it is one unit: a role, or ``unit:<code>``."""
    if who.startswith("unit:"):
        unit = dossier.organisations.get(who.removeprefix("unit:"))
        return one_line(unit.name, NAME_AT_MOST) if unit else "责任单位"
    if who == "school" and dossier.state.of == "case":
        return one_line(dossier.subject.name, NAME_AT_MOST)
    if who == "office":
        return one_line(dossier.office.name, NAME_AT_MOST)
    return ROLE_TITLES[who]


def _item(dossier: Dossier, stage: str, item: str) -> str:
    """The issue or visit a deadline speaks of; a share of a period has no name."""
    kind = dossier.process.stages[stage].kind
    if kind == "issue_list" and item:
        what = shorten(issue(dossier, stage, item)["what"], 40)
        return f"第{item}号问题" + (f"：{what}" if what else "")
    return f"第{item}次指导" if kind == "process_guidance" and item.isdecimal() else ""
