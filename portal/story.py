"""What has happened in a case, as sentences: who did what, when, and when it was entered."""

from typing import NamedTuple

from documents.happenings import TITLES, doer_of, title_of
from engine.dossier import Dossier, Told
from portal.deadlines import of_item
from portal.rendering import moment
from rules.case_words import DateCorrected
from rules.explanation import full
from rules.issue_list.words import Raised
from rules.process import Process


class Line(NamedTuple):
    """One thing that happened. ``entered`` is said where it was entered on another day;
    ``corrects``: a day was corrected, and a page of its own says what that has moved."""

    seq: int
    day: str
    stage: str
    title: str
    who: str
    entered: str
    details: tuple[str, ...]
    corrects: bool = False


def told(dossier: Dossier, stage: str = "") -> list[Line]:
    """The story of a case, latest first (of one stage, where one is named)."""
    lines = [
        _line(dossier, one)
        for one in dossier.story
        if one.event.type in TITLES and (not stage or one.event.stage == stage)
    ]
    return lines[::-1]


def _line(dossier: Dossier, one: Told) -> Line:
    event = one.event
    stage = dossier.process.stages.get(event.stage)
    recorded = moment(one.at)
    same = recorded.startswith(
        f"{event.happened_on.year}年{event.happened_on.month}月{event.happened_on.day}日"
    )
    return Line(
        one.seq,
        full(event.happened_on),
        stage.title if stage else "",
        title_of(dossier, one),
        doer_of(dossier, one),
        "" if same else f"{recorded}录入",
        tuple(_details(dossier, one)),
        isinstance(event, DateCorrected),
    )


def happening_title(process: Process, reference: str, item: str = "") -> str:
    """What happened, by its stage: 实地督导：督导组离校; "" for what no stage knows."""
    stage, _, event = reference.partition(".")
    kind = process.kinds.get(stage)
    if kind is None or event not in kind.event_names:
        return ""
    title = TITLES["stage.opened" if event == "opened" else f"{kind.name}.{event}"]
    return f"{process.stages[stage].title}：{title}{of_item(kind.name, item)}"


def _details(dossier: Dossier, one: Told) -> list[str]:
    event, found = one.event, []
    if isinstance(event, Raised):  # what else its command said is told where it was said
        texts = one.form.get("findings")
        text = texts.get(event.text) if isinstance(texts, dict) else ""
        return [_short(str(text))] if text else []
    if isinstance(event, DateCorrected):
        what = happening_title(dossier.process, event.event, event.item)
        found.append(f"{what or '本轮开始'}，原登记为{full(event.was)}")
    if getattr(event, "total", ""):
        grade = f"，{event.grade}等" if getattr(event, "grade", "") else ""
        found.append(f"总分{event.total}{grade}")
    if getattr(event, "starts", None):
        found.append(f"{full(event.starts)}至{full(event.ends)}")
    if getattr(event, "line", ""):
        found.append(event.line)
    for key, title in (
        ("reason", "理由"),
        ("overall", "总体评价"),
        ("text", "内容"),
        ("summary", "小结"),
    ):
        text = one.form.get(key)
        if isinstance(text, str) and text:
            found.append(f"{title}：{_short(text)}")
    return found


def _short(text: str) -> str:
    return text[:300] + ("…" if len(text) > 300 else "")
