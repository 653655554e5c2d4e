"""问题清单: every issue of a case in one table, as it stands."""

from documents.case_view import CaseView
from documents.issue_list.rectification import extended, plan_row
from documents.papers import Block, Paper, Text, table
from documents.payloads import form_of
from documents.provenance import joined
from documents.wording import NATURE, OUTCOME, SEVERITY, STATES, percent, said
from rules.issue_list import Issue

COLUMNS = [
    ("编号", 10, "center"),
    ("来源", 14, "center"),
    ("指标（依据）", 34),
    ("问题描述", 50),
    ("性质", 20, "center"),
    ("责任单位\n责任人", 24, "center"),
    ("整改措施", 36),
    ("期限", 20, "center"),
    ("状态", 18, "center"),
    ("证据", 22),
    ("核查人\n销号日期", 20, "center"),
    ("延期", 18),
]


def issue_ledger(view: CaseView) -> Paper:
    """No., source, indicator, description, basis, nature, unit and person, measure, deadline,
    state, evidence, verifier, closing date, extensions; the school stands above the table."""
    rows = [_row(view, number, issue) for number, issue in view.issues.items()]
    return Paper(
        title=f"{view.subject.name}问题清单",
        signed_on=view.day,
        blocks=(Text(_summary(view), "flush"), *_listed(rows)),
        signature=(view.office.name,),
        landscape=True,
    )


def _listed(rows: list[list[str]]) -> list[Block]:
    """The list, and under it how to read it: a table never ends a paper that is signed."""
    note = Text("注：整改完成率为已销号问题数占问题总数的比例；未填写的栏目以“—”表示。", "note")
    return [table(COLUMNS, rows), note] if rows else [Text("没有登记的问题。")]


def _summary(view: CaseView) -> str:
    issues = list(view.issues.values())
    counts = {s: view.counted(sum(i.state == s for i in issues)) for s in STATES}
    told = "，".join(f"{STATES[state]}{count}个" for state, count in counts.items() if count)
    rate = percent(counts["closed"], len(issues))
    return (
        f"学校：{view.subject.name}　　截至{said(view.day)}　　"
        f"共{view.counted(len(issues))}个问题{f'：{told}' if told else ''}。整改完成率{rate}。"
    )


def _row(view: CaseView, number: str, issue: Issue) -> list[str]:
    plan, armed = plan_row(view, number), view.issue_due(number)
    reported = view.last("issue_list.issue.reported", view.issue_stage, number)
    again = f"\n（第{issue.reopened}次重新整改）" if issue.reopened else ""
    return [
        number,
        source_title(view, issue.source),
        view.basis_text(issue.basis),
        view.issue_text(number),
        f"{NATURE[issue.nature]}\n{SEVERITY[issue.severity]}\n{OUTCOME[issue.outcome]}",
        f"{view.unit_name(issue.unit)}\n{plan.text('person') or view.person_of(issue.unit)}",
        plan.text("measure") or "—",
        said(armed.due_on) if armed else "—",
        f"{STATES[issue.state]}{again}",
        joined(form_of(reported).texts("evidence"), "\n") or "—",
        _verified(view, number, issue),
        "\n".join(extended(view, number)) or "—",
    ]


def source_title(view: CaseView, source: str) -> str:
    """Where an issue came from: the stage's title, the school itself, or another case."""
    stage = view.dossier.process.stages.get(source)
    if stage is not None:
        return stage.title
    return "转入" if source else "自查登记"


def _verified(view: CaseView, number: str, issue: Issue) -> str:
    if issue.closed_on is None:
        return "—"
    closed = view.last("issue_list.issue.closed", view.issue_stage, number)
    by = closed.event.by if closed and issue.state == "closed" else ""
    if by == "follow_up":
        visited = view.last("follow_up_visit.visited")
        name = view.name(visited.event.inspector) if visited else ""
        by = f"{name}（回访）"
    else:
        by = view.name(by) if by else "—"
    return f"{by}\n{said(issue.closed_on)}"
