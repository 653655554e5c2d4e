"""A message in an office's own words: the blanks of its wording are filled from what the built-in
message says and knows. Whatever the office leaves out, no date and no note of it is lost."""

from collections.abc import Iterable, Mapping
from typing import Any

from notifications.catalogue import Rendered, bounded
from rules.state import Wording
from rules.wordings import ORIGINAL, blanks, filled

_DUE, _WHY = ("期限：", "下一步："), "期限说明："
_ABOUT = ("所属工作：", "如有疑问，", "请登录督导评估系统")

# What of a view fills which blank. A view holds what its kind of message knows; nothing else fills.
_OF_DEADLINES = {"事项": "title", "截止日": "day", "余期": "left", "责任单位": "bearer"}
_SAID = {
    "得分": "total",
    "等级": "grade",
    "原因": "reason",
    "数量": "count",
    "督学": "inspector",
    "日期": "day",
    "入校日": "starts",
    "离校日": "ends",
    "组长": "lead",
    "组员": "members",
    "整改期限": "rectify_by",
    "问题号": "number",
    "问题": "what",
    "整改类别": "severity",
    "责任单位": "unit",
    "文书": "title",
    "文号": "number",
}


def reworded(kind: str, wording: Wording, view: Mapping[str, Any], built_in: Rendered) -> Rendered:
    """A message as an office says it. ``view`` is what ``built_in`` was rendered from."""
    values = values_of(kind, view, built_in)

    def said(part: str) -> str:
        words: str = getattr(wording, part)
        return filled(words, values | {ORIGINAL: getattr(built_in, part)})

    subject = said("subject") if wording.subject else built_in.subject
    text = said("text") if wording.text else built_in.text
    short = said("short") if wording.short else built_in.short
    note = view["note"]
    if note and note not in text:
        text = f"{text}\n{note}"
    own = bounded(subject, text, short)
    days = *values["期限"].split("\n"), values.get("截止日", "")
    if _lost(text, own.text, (built_in.text, *days, note)):
        own = own._replace(text=built_in.text)
    if _lost(short, own.short, (built_in.short, *days)):
        own = own._replace(short=built_in.short)
    return Rendered(*(words or as_built for words, as_built in zip(own, built_in, strict=True)))


def _lost(said: str, told: str, pieces: Iterable[str]) -> bool:
    """Whether one of these was said and is cut off: an office's words may be too long, not a
    day."""
    return any(piece in said and piece not in told for piece in pieces)


def values_of(kind: str, view: Mapping[str, Any], built_in: Rendered) -> dict[str, str]:
    """What fills each blank of a kind of message, "" where there is nothing to say."""
    lines = built_in.text.split("\n")
    greeting = lines[0] if lines[0].endswith("您好！") else ""
    pieces = {
        "称呼": greeting,
        "期限": "\n".join(line for line in lines if line.startswith(_DUE)),
        "期限说明": "\n".join(line for line in lines if line.startswith(_WHY)),
        "内容": "\n".join(line for line in lines if line and not _apart(line, greeting)),
        "收件人": view["reader"]["name"],
        "单位": view["subject"],
        "单位简称": view["subject_short"],
        "督导室": view["office"],
        "电话": view["phone"],
        "工作": view["process"],
        "周期": view["period"],
        "环节": view["stage"],
    }
    known = view.get("deadline")
    named = _OF_DEADLINES if known else _SAID
    for name, key in named.items():
        pieces[name] = str((known or view["said"]).get(key, ""))
    if known:
        pieces["期限"] = (
            pieces["期限"] or f"期限：{known['day']}前（含当日）{known['title']}，{known['left']}。"
        )
    wanted = blanks(kind)
    return {name: value for name, value in pieces.items() if name in wanted}


def _apart(line: str, greeting: str) -> bool:
    return line == greeting or line.startswith((*_DUE, _WHY, *_ABOUT))
