"""What each event has to say for itself: its own figures, names and reasons, in plain values.

Of free text only what the office wrote for the school to act on is quoted, and the description of
a problem; never a defence, a comment, a reason for recusal or the evidence of a veto.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import select

from engine.dossier import Dossier
from engine.letter_facts import order_of
from models.letters import Letter
from notifications.cleaning import one_line
from notifications.happenings import form_of, latest_before
from rules.explanation import full
from rules.messages import Event

Said = dict[str, Any]

_LETTERS = Letter.__table__

REASON_AT_MOST = 100
PROBLEM_AT_MOST = 60
SEVERITIES = {"at_once": "即知即改", "dated": "限期整改", "long_term": "长期整改"}
UNNAMED = "督学"


def said_by(dossier: Dossier, event: Event, seq: int) -> Said:
    """The values of one event, all of them plain; empty for those that say nothing more."""
    found = _SAID.get(event.type.partition(".")[0])
    return found(dossier, event, seq) if found else {}


def names(dossier: Dossier, people: Iterable[str]) -> str:
    """People by name, six at most; who is not known any more is not named."""
    known = [one_line(dossier.people[p], 10) for p in people if p in dossier.people]
    return "、".join(known[:6]) + (f"等{len(known)}人" if len(known) > 6 else "")


def _reason(dossier: Dossier, event: Event) -> str:
    text = form_of(dossier, getattr(event, "payload", "")).get("reason", "")
    return one_line(text, REASON_AT_MOST) if isinstance(text, str) else ""


def _self_assessment(dossier: Dossier, event: Event, seq: int) -> Said:
    quoted = event.type in ("self_assessment.returned", "self_assessment.excused")
    return {
        "total": getattr(event, "total", ""),
        "grade": getattr(event, "grade", ""),
        "indicators": len(getattr(event, "indicators", ())),
        "reason": _reason(dossier, event) if quoted else "",
    }


def _planning(dossier: Dossier, event: Event, seq: int) -> Said:
    stage = dossier.state.stages.get(event.stage)
    week: date | None = getattr(event, "week", None)
    amended = event.type == "planning.amended"
    return {
        "of": stage.data.of if stage else 0,
        "count": len(stage.data.selected) if stage else 0,
        "added": len(getattr(event, "add", ())),
        "removed": len(getattr(event, "remove", ())),
        "reason": _reason(dossier, event) if amended else "",
        "week": full(week) if week else "",
        "inspectors": names(dossier, getattr(event, "inspectors", ())),
    }


def _guidance(dossier: Dossier, event: Event, seq: int) -> Said:
    visited = event
    if event.type == "process_guidance.reported":
        visited = latest_before(dossier, seq, "process_guidance.visited", event.stage, event.item)
    return {
        "inspector": names(dossier, [getattr(visited, "inspector", "")]) or UNNAMED,
        "day": full(visited.happened_on) if visited else "",
        "count": len(getattr(visited, "findings", ())),
    }


def _review(dossier: Dossier, event: Event, seq: int) -> Said:
    """A review's days and team as they stand, and the event's own result."""
    data = dossier.state.stages[event.stage].data
    scored = getattr(event, "scored", None) or data.scored
    starts = getattr(event, "starts", data.starts)
    ends = getattr(event, "ends", data.ends)
    lead = getattr(event, "lead", data.lead)
    members = getattr(event, "members", data.team)
    rectify_by = getattr(event, "rectify_by", data.rectify_by)
    quoted = event.name in ("defence.considered", "review.answered", "second_review.decided")
    return {
        "day": full(event.happened_on),
        "starts": full(starts) if starts else "日期待定",
        "starts_short": f"{starts.month}月{starts.day}日" if starts else "近期",
        "ends": full(ends) if ends else "日期待定",
        "lead": names(dossier, [lead]) or "待定",
        "members": names(dossier, [m for m in members if m != lead]),
        "inspector": names(dossier, [getattr(event, "inspector", "")]) or UNNAMED,
        "total": getattr(event, "total", "") or (scored.total if scored else ""),
        "grade": getattr(event, "grade", "") or (scored.grade if scored else ""),
        "veto": _veto(dossier, event) if event.name == "veto.confirmed" else "",
        "indicators": len(getattr(event, "indicators", ())),
        "upheld": getattr(event, "upheld", False),
        "reason": _reason(dossier, event) if quoted else "",
        "count": len(getattr(event, "findings", ())),
        "rectify_by": full(rectify_by) if rectify_by else "",
    }


def _veto(dossier: Dossier, event: Event) -> str:
    vetoes = dossier.standard.vetoes if dossier.standard else ()
    return next((one_line(veto.title, 30) for veto in vetoes if veto.code == event.item), "")


def _issues(dossier: Dossier, event: Event, seq: int) -> Said:
    if not event.item:
        return {}
    return issue(dossier, event.stage, event.item) | {
        "reason": _reason(dossier, event) if event.name == "issue.refused" else "",
        "to": _goes_to(dossier, getattr(event, "to", "")),
    }


def issue(dossier: Dossier, stage: str, number: str) -> Said:
    """One line of the issue list; ``by_school`` where the subject itself must solve it."""
    line = dossier.state.stages[stage].data.issues[number]
    texts = form_of(dossier, line.payload).get("findings", {})
    what = texts.get(line.text, "") if isinstance(texts, dict) else ""
    unit = dossier.subject if line.unit == "school" else dossier.organisations.get(line.unit)
    return {
        "number": number,
        "severity": SEVERITIES[line.severity],
        "unit": one_line(unit.name, 30) if unit else "另行确定",
        "by_school": line.unit == "school",
        "what": one_line(what, PROBLEM_AT_MOST).rstrip("。；;.") if isinstance(what, str) else "",
    }


def _goes_to(dossier: Dossier, to: str) -> str:
    """The next round, or the school whose case takes it (a case's id ends with its subject)."""
    if to in ("", "next round"):
        return "下一轮"
    successor = dossier.organisations.get(to.rpartition("/")[2])
    return one_line(successor.name, 30) if successor else "并入的学校"


def _follow_up(dossier: Dossier, event: Event, seq: int) -> Said:
    data = dossier.state.stages[event.stage].data
    verdicts = Counter(getattr(event, "verdicts", data.verdicts).values())
    return {
        "inspector": names(dossier, [getattr(event, "inspector", "")]) or UNNAMED,
        "day": full(event.happened_on),
        "done": verdicts["done"],
        "mostly": verdicts["mostly"],
        "undone": verdicts["not"],
        "count": len(getattr(event, "findings", ())),
        "complete": getattr(event, "complete", False),
    }


def _letter(dossier: Dossier, event: Event, seq: int) -> Said:
    """A letter that holds no longer, and what took its place as far as that is issued."""
    now = dossier.state.letters
    new = now.get(getattr(event, "by", ""))
    issued = new is not None and new.phase == "issued"
    return {
        "day": full(event.happened_on),
        "title": _titled(dossier, event.item, 60),
        "short": _titled(dossier, event.item, 20),
        "number": now[event.item].number,
        "reason": _reason(dossier, event),
        "new": _titled(dossier, event.by, 60) if issued else "",
        "new_number": new.number if issued else "",
    }


def _titled(dossier: Dossier, letter: str, most: int) -> str:
    wanted = select(_LETTERS.c.title).where(_LETTERS.c.order == order_of(dossier.id, letter))
    return one_line(dossier.connection.execute(wanted).scalar() or "文书", most)


_SAID: dict[str, Callable[[Dossier, Any, int], Said]] = {
    "self_assessment": _self_assessment,
    "planning": _planning,
    "process_guidance": _guidance,
    "on_site_review": _review,
    "issue_list": _issues,
    "follow_up_visit": _follow_up,
    "letter": _letter,
}
