"""How papers say days, periods, points, units and the words of a case in office Chinese."""

from datetime import date

from documents.provenance import alike, bare, unmarked_end
from rules.clauses import parse_clause
from rules.explanation import UNITS, full
from rules.follow_up_visit import VERDICTS as _VERDICTS
from rules.issue_list import STATES as _STATES
from rules.ways import Deductions, FreePoints, Levels, Measure


class Words(dict[str, str]):
    """What the words of the log are called on paper; a word comes from where its key comes from."""

    def __getitem__(self, key: str) -> str:
        return alike(key, super().__getitem__(key))


SEVERITY = Words({"at_once": "即知即改", "dated": "限期整改", "long_term": "长期整改"})
OUTCOME = Words({"advice": "当面建议", "notice": "整改通知书", "consultation": "协商函"})
NATURE = Words({"common": "共性", "individual": "个性"})
STATES, VERDICTS = Words(_STATES), Words(_VERDICTS)
ASKED = {"teachers": "教师", "parents": "家长", "students": "学生（幼儿）"}
UNOFFICIAL = "示例，非官方"
NO_SEAT = ("片区", "学区", "园区", "开发区")  # districts that have no people's government


def said(day: date | None) -> str:
    """2026年4月3日, without leading zeros; empty for no day."""
    return alike(day, f"{day.year}年{day.month}月{day.day}日") if day else ""


def weekday(day: date | None) -> str:
    """2026年4月3日（周五）"""
    return alike(day, full(day)) if day else ""


def typed_day(text: str) -> str:
    """A day as people type it (2026-04-03) as papers say it; any other text as it is."""
    try:
        return alike(text, said(date.fromisoformat(text.strip())))
    except ValueError:
        return text


def days(first: date | None, last: date | None) -> str:
    """From the first day to the last, both with their weekday."""
    if first is None or last is None or first == last:
        return weekday(first or last)
    return f"{weekday(first)}至{weekday(last)}"


def semester(day: date) -> str:
    """The semester a day counts to: spring from February to July, autumn from August on."""
    if 2 <= day.month <= 7:
        return alike(day, f"{day.year}年春季学期")
    return alike(day, f"{day.year if day.month > 7 else day.year - 1}年秋季学期")


def length(clause: str) -> str:
    """How long a clause gives: “15个工作日”; empty where it does not count anything."""
    found = parse_clause(clause) if clause else None
    if not hasattr(found, "n") or not hasattr(found, "unit"):
        return ""
    return alike(clause, f"{found.n}{UNITS[found.unit]}")


def listed(texts: list[str], end: str = "。") -> str:
    """Texts as numbered paragraphs, each ending as a sentence does; the last one with a stop."""
    if len(texts) == 1:
        return sentence(texts[0])
    last = len(texts)
    return "\n".join(
        f"{n}．{sentence(text, '。' if n == last else end)}" for n, text in enumerate(texts, 1)
    )


def sentence(text: str, end: str = "。") -> str:
    """A text that ends like a sentence."""
    return text if not text or unmarked_end(text) in "。！？；…!?" else text + end


def government(name: str, kind: str) -> str:
    """What a county's or township's government is called in an address line."""
    if kind not in ("city", "county", "township") or name.endswith(NO_SEAT):
        return name
    if name.endswith("街道"):
        return f"{name}办事处"
    return f"{name}人民政府" if name[-1:] in "省市县区乡镇" else name


def percent(part: int, whole: int) -> str:
    """Part of whole, rounded to one decimal, “—” where there is no whole. Only nothing is 0.0%, and
    only the whole is 100.0%."""
    if not whole:
        return "—"
    tenths = (2000 * part + whole) // (2 * whole)
    if 0 < part < whole:
        tenths = min(max(tenths, 1), 999)
    return alike(part, f"{tenths / 10:.1f}%")


def way(scoring: FreePoints | Deductions | Levels | Measure) -> str:
    """How an indicator scores, for those who have to score it."""
    match scoring:
        case FreePoints():
            return "在分值内直接赋分"
        case Deductions():
            return "扣分，扣完为止：" + "；".join(_ground(item) for item in scoring.items)
        case Levels():
            return "按等级：" + "、".join(
                f"{name}×{plain_number(scoring.levels[name])}" for name in scoring.choices
            )
        case Measure():
            return _measure(scoring)
    return ""


def _ground(item) -> str:
    times = f"，最多{item.times}次" if item.times > 1 else ""
    if item.each is not None:
        return f"{item.text}，每次扣{plain_number(item.each)}分{times}"
    low, high = item.between
    return f"{item.text}，扣{plain_number(low)}至{plain_number(high)}分{times}"


def _measure(scoring: Measure) -> str:
    side = "不低于" if scoring.direction == "at_least" else "不高于"
    text = f"量化：{side}{plain_number(scoring.full)}{scoring.unit}得满分"
    if scoring.zero is not None:
        return f"{text}，到{plain_number(scoring.zero)}{scoring.unit}得0分，其间按比例"
    steps = "；".join(
        f"{side}{plain_number(step.value)}{scoring.unit}得{plain_number(step.share * 100)}%"
        for step in scoring.steps
    )
    return f"{text}；{steps}；否则不得分" if steps else f"{text}，否则不得分"


def plain_number(value) -> str:
    """A decimal as people write it."""
    text = format(bare(value), "f")
    return alike(value, text.rstrip("0").rstrip(".") if "." in text else text)
