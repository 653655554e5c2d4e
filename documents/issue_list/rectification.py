"""整改计划 and 整改报告: what a unit will do about its issues, and what it did about one."""

from documents.case_view import CaseView
from documents.papers import Block, Paper, Text, facts, sections, table
from documents.payloads import Form, form_of
from documents.provenance import joined
from documents.wording import NATURE, SEVERITY, listed, said, sentence, typed_day, weekday
from rules.case_words import DeadlineArmed

PLAN_COLUMNS = [
    ("编号", 9, "center"),
    ("问题", 31),
    ("原因", 23),
    ("整改措施", 31),
    ("责任人", 20, "center"),
    ("完成时间", 34, "center"),
]


def rectification_plan(view: CaseView) -> Paper:
    """Basis; organisation; problem, cause, measure, person, date; safeguards."""
    return Paper(
        title=f"{view.subject.name}整改计划",
        signed_on=view.day,
        addressee=f"{view.office.name}：",
        blocks=(
            *sections(
                ("依据", [Text(_basis(view))]),
                ("组织", [Text(_organised(view))]),
                ("问题、原因、措施、责任人和时间", _plan(view, view.form)),
                ("保障措施", _written(view.form, "safeguards")),
            ),
            Text("特此报告。"),
        ),
        signature=(view.subject.name,),
    )


def rectification_report(view: CaseView) -> Paper:
    """The issue as it was demanded, what was planned, done, shown, and what was not and why."""
    number = view.item
    issue = view.issues[number]
    unit = view.unit_name(issue.unit)
    return Paper(
        title=f"关于{view.subject.name}第{number}号问题整改情况的报告",
        signed_on=view.day,
        addressee=f"{view.office.name}：",
        blocks=(
            *sections(
                ("依据", [Text(_basis(view)), _issue(view, number)]),
                ("组织", [Text(f"由{unit}负责整改{_by(view, issue.unit)}。")]),
                ("整改计划", _planned(view, number)),
                ("整改完成情况", _written(view.form, "done")),
                ("证据", _written(view.form, "evidence")),
                ("未完成事项及原因", _written(view.form, "not_done")),
                ("延期情况", extensions(view, number)),
            ),
            Text("特此报告。"),
        ),
        signature=(unit,),
    )


def _written(form: Form, key: str) -> list[Block]:
    texts = form.texts(key)
    return [Text(listed(texts))] if texts else []


def _basis(view: CaseView) -> str:
    """The letter the rectification answers, where there is one."""
    issued = view.last("on_site_review.opinion_letter.issued")
    basis = joined(view.basis())
    if issued is None:
        return f"根据{basis}和问题清单，开展整改。"
    day, by = said(issued.event.happened_on), weekday(issued.event.rectify_by)
    return (
        f"根据{basis}和{view.office.name}{day}印发的《关于{view.subject.name}的督评意见书》，"
        f"开展整改。意见书要求，限期整改的问题在{by}前完成整改。"
    )


def _by(view: CaseView, unit: str) -> str:
    person = view.person_of(unit)
    return f"，{person}牵头" if person else ""


def _organised(view: CaseView) -> str:
    open_ = view.counted(sum(issue.state != "closed" for issue in view.issues.values()))
    return (
        f"由{view.subject.name}负责整改{_by(view, 'school')}。"
        f"问题清单现有{view.counted(len(view.issues))}个问题，其中{open_}个尚未销号。"
    )


def _plan(view: CaseView, form: Form, only: str = "") -> list[Block]:
    rows = [
        [
            row.text("issue"),
            view.issue_text(row.text("issue")) or "（未填写）",
            *(row.text(key) for key in ("cause", "measure", "person")),
            typed_day(row.text("date")),
        ]
        for row in form.parts("items")
        if only in ("", row.text("issue")) or row.erased
    ]
    return [table(PLAN_COLUMNS, rows, "整改计划表")] if rows else []


def _planned(view: CaseView, number: str) -> list[Block]:
    """What the plan said of this issue."""
    return _plan(view, form_of(view.own("plan.submitted")), number)


def plan_row(view: CaseView, number: str) -> Form:
    """The plan's row for an issue; empty where it has none."""
    planned = form_of(view.last("issue_list.plan.submitted", view.issue_stage))
    rows = [row for row in planned.parts("items") if row.text("issue") == number]
    return rows[0] if rows else Form({})


def _issue(view: CaseView, number: str) -> Block:
    issue, armed = view.issues[number], view.issue_due(number)
    return facts(
        [
            ("编号", f"第{number}号"),
            ("问题", view.issue_text(number)),
            ("依据", view.basis_text(issue.basis)),
            ("性质和程度", f"{NATURE[issue.nature]}，{SEVERITY[issue.severity]}"),
            ("登记日期", said(issue.raised_on)),
            ("整改期限", weekday(armed.due_on) if armed else ""),
            ("重新整改次数", str(issue.reopened) if issue.reopened else ""),
        ]
    )


def extensions(view: CaseView, number: str) -> list[Block]:
    """Every time the date was moved: to when, why, who approved."""
    lines = extended(view, number)
    return [Text(listed(lines))] if lines else []


def extended(view: CaseView, number: str) -> list[str]:
    """The extensions of an issue as sentences without their full stop."""
    lines = []
    for told in view.every("deadline.armed", number):
        event: DeadlineArmed = told.event
        if event.moved == "extended" and event.stage == view.issue_stage:
            form = form_of(told)
            why = sentence(form.text("reason"), "")
            lines.append(f"延至{said(event.due_on)}：{why}（批准人：{form.text('approver')}）")
    return lines
