"""过程指导: the record of one guidance visit, and the bulletin on a tiered visit."""

from documents.addressing import from_office
from documents.case_view import CaseView
from documents.papers import Block, Paper, Table, Text, facts, sections, table
from documents.payloads import Form, form_of
from documents.provenance import joined
from documents.reckoned import notes
from documents.wording import NATURE, OUTCOME, SEVERITY, listed, semester, sentence, weekday
from engine.dossier import Told

_COLUMNS = [
    ("序号", 9, "center"),
    ("问题", 34),
    ("依据", 24),
    ("性质", 11, "center"),
    ("处理", 24, "center"),
    ("责任单位", 20, "center"),
    ("整改期限", 34, "center"),
]


def process_guidance_record(view: CaseView) -> Paper:
    """Semester, inspector, school, time, methods, content, observations, strengths, problems,
    advice, outcome."""
    told, form = view.told, view.form
    return Paper(
        title=f"{view.subject.name}过程指导记录",
        signed_on=view.day,
        blocks=(
            facts(_header(view, told, form)),
            *sections(
                ("指导内容", _written(form, "content")),
                ("现场情况", _written(form, "observations")),
                ("主要成绩", _written(form, "strengths")),
                ("存在问题", _problems(view, told, form)),
                ("指导建议", _written(form, "advice")),
                ("处理结果", _outcome(view, told, form)),
            ),
        ),
        signature=(f"责任督学：{view.name(told.event.inspector)}",),
    )


def visit_bulletin(view: CaseView) -> Paper:
    """What was seen, what was good, what was found and until when it is mended: for every school
    of the township."""
    visited = view.own("visited", view.item) or view.told
    form = form_of(visited)
    townships = list(view.above("township"))
    return from_office(
        view,
        title=f"关于{view.subject.name}{view.process_title}情况的通报",
        addressee=f"{townships[0].name}各学校：" if townships else "各学校：",
        blocks=(
            Text(f"现将{weekday(visited.event.happened_on)}到校情况通报如下。"),
            *sections(
                ("基本情况", [facts(_header(view, visited, form, view.tier))]),
                ("主要成绩", _written(form, "strengths")),
                ("存在问题", _problems(view, visited, form)),
                ("整改要求", [*_written(form, "advice"), *_outcome(view, visited, form)]),
                ("情况小结", _written(view.form, "summary")),
            ),
            Text("特此通报。"),
        ),
    )


def _header(view: CaseView, told: Told, form: Form, tier: str = "") -> list[tuple[str, str]]:
    day = told.event.happened_on
    within = f"{view.round_title}内" if view.dossier.process.definition.period == "year" else ""
    return [
        ("学期", semester(day)),
        ("学校", f"{view.subject.name}（{tier}）" if tier else view.subject.name),
        ("督学", view.name(told.event.inspector)),
        ("时间", joined(filter(None, (weekday(day), form.text("time"))), " ")),
        ("次数", f"{within}第{told.event.item}次"),
        ("方式", joined(told.event.methods)),
    ]


def _written(form: Form, key: str) -> list[Block]:
    texts = form.texts(key)
    return [Text(listed(texts))] if texts else []


def _problems(view: CaseView, told: Told, form: Form) -> list[Block]:
    return [*_written(form, "problems"), *_findings(view, told)]


def _findings(view: CaseView, told: Told) -> list[Table]:
    """Each finding with the day until which it is mended, once it stands in the issue list."""
    raised = [r for r in view.every("issue_list.issue.raised") if _same(r, told)]
    rows = []
    for number, finding in enumerate(told.event.findings, 1):
        due = finding.rectify_by
        if number <= len(raised):
            armed = view.issue_due_of(raised[number - 1])
            due = armed.due_on if armed else due
        rows.append(
            [
                str(number),
                view.finding_text(told, finding.text),
                view.basis_text(finding.basis),
                NATURE[finding.nature],
                f"{SEVERITY[finding.severity]}\n{OUTCOME[finding.outcome]}",
                view.unit_name(finding.unit),
                weekday(due),
            ]
        )
    return [table(_COLUMNS, rows, "列入问题清单的问题")] if rows else []


def _same(raised: Told, told: Told) -> bool:
    """Whether an issue came from this visit's findings."""
    return bool(told.event.payload) and raised.event.payload == told.event.payload


def _outcome(view: CaseView, told: Told, form: Form) -> list[Block]:
    count = view.counted(len(told.event.findings), told)
    if not count:
        spoken = "存在的问题已当面反馈，没有" if form.texts("problems") else "本次未发现"
        return [Text(f"{spoken}需要列入问题清单的问题。")]
    report = view.armed(told.event.stage, "report", item=told.event.item)
    filed = f"指导报告应于{weekday(report.due_on)}前提交。" if report else ""
    listed_ = sentence(f"本次发现的{count}个问题已列入问题清单，按上表期限整改并核查")
    return [Text(listed_ + filed), *notes(view, ("提交指导报告", report))]
