"""What a form is about: the problem, the report, the request - read before it is answered."""

from collections.abc import Callable
from typing import Any, NamedTuple

from portal.choices import SEVERITIES
from portal.offers import Offer
from portal.sight import Sight
from rules.explanation import full
from rules.issue_list import STATES


class Fact(NamedTuple):
    """One line: what it is, and the text (several lines may be)."""

    title: str
    text: str


def about(sight: Sight, offer: Offer) -> list[Fact]:
    """What whoever fills in a form has to know of its matter; nothing for most forms."""
    found = _ABOUT.get(offer.form.command.__name__)
    return [fact for fact in found(sight, offer) if fact.text] if found else []


def _text(form: dict[str, Any], name: str) -> str:
    """A text of a form; a list as its lines."""
    found = form.get(name)
    if isinstance(found, list):
        return "\n".join(str(one) for one in found)
    return found if isinstance(found, str) else ""


def _issue(sight: Sight, offer: Offer) -> list[Fact]:
    """An issue: what was found, by what, who solves it, what was reported and refused so far."""
    issue = sight.state.stages[offer.stage].data.issues[offer.item]
    findings = sight.form(issue.payload).get("findings")
    text = findings.get(issue.text, "") if isinstance(findings, dict) else ""
    unit = sight.dossier.organisations.get(issue.unit)
    due = _due(sight, offer)
    return [
        Fact("问题", str(text)),
        Fact("依据", _basis(sight, issue.basis)),
        Fact("整改类型", SEVERITIES.get(issue.severity, "")),
        Fact("责任单位", unit.name if unit else sight.subject.name),
        Fact("现在", STATES[issue.state] + (f"，期限{due}" if due else "")),
        *_plan(sight, offer),
        *_reported(sight, offer),
    ]


def _basis(sight: Sight, basis: str) -> str:
    standard, kind = sight.dossier.standard, sight.subject.kind
    if standard is not None and kind in standard.school_kinds:
        for leaf in standard.for_school(kind):
            if leaf.code == basis:
                return f"{basis} {leaf.title}"
    return basis


def _due(sight: Sight, offer: Offer) -> str:
    days = [
        deadline.due_on
        for deadline in sight.state.deadlines.values()
        if deadline.stage == offer.stage and deadline.item == offer.item
    ]
    return full(min(days)) if days else ""


def _plan(sight: Sight, offer: Offer) -> list[Fact]:
    """What the rectification plan says of the issue."""
    told = sight.dossier.last("issue_list.plan.submitted")
    items = told.form.get("items") if told else None
    for one in items if isinstance(items, list) else ():
        if isinstance(one, dict) and one.get("issue") == offer.item:
            return [Fact("整改措施", _text(one, "measure")), Fact("责任人", _text(one, "person"))]
    return []


def _reported(sight: Sight, offer: Offer) -> list[Fact]:
    """The last report, and the last refusal where it is what counts now."""
    found = []
    for word, title in (("reported", "整改报告"), ("refused", "上次未通过的理由")):
        told = sight.dossier.last(f"issue_list.issue.{word}", offer.item)
        if told is None:
            continue
        day = f"{full(told.event.happened_on)}："
        text = _text(told.form, "done" if word == "reported" else "reason")
        found.append(Fact(title, day + text))
        if word == "reported":
            found.append(Fact("佐证材料", _text(told.form, "evidence")))
            found.append(Fact("尚未完成", _text(told.form, "not_done")))
    return found


def _guided(sight: Sight, offer: Offer) -> list[Fact]:
    """The guidance visit whose report is owed."""
    told = sight.dossier.last("process_guidance.visited", offer.item)
    if told is None:
        return []
    findings = told.form.get("findings")
    problems = "\n".join(map(str, findings.values())) if isinstance(findings, dict) else ""
    return [
        Fact("到校日期", full(told.event.happened_on)),
        Fact("指导内容", _text(told.form, "content")),
        Fact("登记的问题", problems),
        Fact("建议", _text(told.form, "advice")),
    ]


def _said(type_: str, title: str) -> Callable[[Sight, Offer], list[Fact]]:
    """What was said in the request that is to be answered."""

    def found(sight: Sight, offer: Offer) -> list[Fact]:
        told = sight.dossier.last(type_)
        if told is None:
            return []
        return [Fact(title, f"{full(told.event.happened_on)}：{_text(told.form, 'text')}")]

    return found


_ABOUT: dict[str, Callable[[Sight, Offer], list[Fact]]] = {
    "ReportRectification": _issue,
    "VerifyRectification": _issue,
    "FileGuidanceReport": _guided,
    "ConsiderDefence": _said("on_site_review.defence.stated", "学校的申辩"),
    "AnswerReview": _said("on_site_review.review.requested", "复查申请"),
    "DecideSecondReview": _said("on_site_review.second_review.requested", "复核申请"),
}
