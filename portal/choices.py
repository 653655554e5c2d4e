"""What can be chosen in a form: inspectors, units that can solve a problem, indicators, issues."""

from collections.abc import Iterable

from portal.fields import Options
from portal.sight import Sight

SEVERITIES = {"at_once": "即知即改", "dated": "限期整改", "long_term": "长期整改"}
OUTCOMES = {
    "notice": "整改通知书",
    "advice": "当场建议",
    "consultation": "协商函（请有关部门解决）",
}
NATURES = {"individual": "个性问题", "common": "共性问题"}
VERDICTS = {"done": "已完成", "mostly": "基本完成", "not": "未完成"}
METHODS = {"听": "听汇报", "查": "查资料", "看": "看现场、听课", "问": "问卷询问", "谈": "座谈访谈"}


def inspectors(sight: Sight, item: str = "") -> Options:
    """Everyone who serves as an inspector, by name; those who must not judge this subject are
    marked by the rules when they are named."""
    people = {row.person for row in sight.dossier.assigned if row.role == "inspector"}
    named = sorted((sight.dossier.name(person), person) for person in people)
    return {person: name for name, person in named}


def team(sight: Sight, item: str = "") -> Options:
    """The members of the review's team."""
    found = {
        person: sight.dossier.name(person)
        for state in sight.state.stages.values()
        if state.kind == "on_site_review"
        for person in state.data.team
    }
    return found or inspectors(sight)


def units(sight: Sight, item: str = "") -> Options:
    """Who can solve a problem: the school itself, the departments, its township."""
    organisations = sight.dossier.organisations
    top = sight.dossier.office.parent
    found = {
        row.code: row.name
        for row in organisations.values()
        if (row.kind == "department" and row.parent == top) or row.code == sight.subject.parent
        if row.kind in ("department", "township")
    }
    return {"school": f"本校（{sight.subject.name}）", **dict(sorted(found.items()))}


def indicators(sight: Sight, item: str = "") -> Options:
    """The indicators of the subject's kind, by code."""
    standard = sight.dossier.standard
    if standard is None or sight.subject.kind not in standard.school_kinds:
        return {}
    return {leaf.code: leaf.title for leaf in standard.for_school(sight.subject.kind)}


def vetoes(sight: Sight, item: str = "") -> Options:
    """The veto items of the standard."""
    standard = sight.dossier.standard
    return {veto.code: veto.title for veto in standard.vetoes} if standard else {}


def open_issues(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    """The issues of a list still to be rectified: number and description."""
    for number in sight.state.stages[stage].data.open():
        yield number, issue_title(sight, stage, number)


def issue_title(sight: Sight, stage: str, number: str) -> str:
    """An issue in a few words: its description, cut short."""
    line = sight.state.stages[stage].data.issues[number]
    told = sight.form(line.payload).get("findings", {})
    text = told.get(line.text, "") if isinstance(told, dict) else ""
    words = " ".join(str(text or line.basis).split())
    return f"第{number}号：{words[:40]}{'…' if len(words) > 40 else ''}"
