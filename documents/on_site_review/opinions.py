"""实地督导, after the visit: the preliminary opinion, and the opinion letter (督评意见书)."""

from documents.addressing import copies_to, from_office
from documents.case_view import CaseView
from documents.on_site_review.results import (
    many,
    overall,
    read_sheets,
    result,
    review_of,
    score_sheet,
    visit_facts,
)
from documents.papers import Block, Heading, Paper, Text, numeral, sections, table
from documents.payloads import form_of
from documents.provenance import joined
from documents.reckoned import notes
from documents.wording import NATURE, OUTCOME, SEVERITY, days, said, sentence, weekday
from rules.messages import Finding


def preliminary_opinion(view: CaseView) -> Paper:
    """What the team found, before the school is heard: it may still defend itself."""
    event, form, sheets = view.told.event, view.form, read_sheets(view)
    return Paper(
        title=f"对{view.subject.name}实地督导的初步意见",
        signed_on=view.day,
        addressee=f"{view.subject.name}：",
        blocks=sections(
            ("基本情况", [visit_facts(view)]),
            ("总体评价", overall(form)),
            ("得分与等级（初步）", result(view, event.total, event.grade, "初步", sheets)),
            ("主要成绩", many(form, "strengths")),
            ("存在的主要问题", many(form, "problems")),
            ("申辩", _may_defend(view)),
        ),
        signature=(view.office.name,),
        annexes=score_sheet(view, sheets),
    )


def _may_defend(view: CaseView) -> list[Block]:
    due = view.due(view.stage.id, "defence")
    if due is None:
        return []
    return [
        Text(
            f"你校对以上意见有异议的，可以在{weekday(due)}前（含当日）提出书面申辩，写明理由，"
            "有争议的指标附上证据；没有异议的请确认。逾期未提出的，视为没有异议。"
        ),
        Text(f"期限推算：{view.why(view.stage.id, 'defence')}。", "note"),
    ]


def opinion_letter(view: CaseView) -> Paper:
    """Basic facts; evaluation, grade, scores; achievements; problems one by one; dated
    rectification; suggestions; the defence; how to ask for review; annexed the scores."""
    event, form, sheets = view.told.event, view.form, read_sheets(view)
    return from_office(
        view,
        copies=copies_to(view),
        title=f"关于{view.subject.name}的督评意见书",
        addressee=f"{view.subject.name}：",
        blocks=(
            Text(_opening(view)),
            *sections(
                ("基本情况", [visit_facts(view)]),
                (
                    "总体评价与等级",
                    [*overall(form), *result(view, event.total, event.grade, "评定", sheets)],
                ),
                ("主要成绩", many(form, "achievements")),
                ("存在的问题", _problems(view)),
                ("整改要求", _demands(view)),
                ("意见建议", many(form, "suggestions")),
                ("申辩及处理", _defence(view)),
                ("权利告知", _review_right(view)),
            ),
            *_late(view),
        ),
        annexes=score_sheet(view, sheets),
    )


def _opening(view: CaseView) -> str:
    review = review_of(view)
    span = days(review.started_on, review.ended_on)
    basis = joined(view.basis())
    return f"根据{basis}，我们于{span}对你校开展了实地督导。经督导组评议，现提出以下意见。"


def _problems(view: CaseView) -> list[Block]:
    """One by one, each with what it rests on and who can solve it."""
    blocks: list[Block] = []
    for number, finding in enumerate(view.told.event.findings, 1):
        text = view.finding_text(view.told, finding.text) or "（未填写）"
        basis = view.basis_text(finding.basis)
        blocks.append(Heading(f"（{numeral(number)}）{basis}", 2))
        blocks.append(
            Text(
                f"{sentence(text)}（{NATURE[finding.nature]}问题，{SEVERITY[finding.severity]}，"
                f"责任单位：{view.unit_name(finding.unit)}）"
            )
        )
    return blocks


def _demands(view: CaseView) -> list[Block]:
    """Every demand has its date: the finding's own, else that of its issue, else the letter's."""
    event, demands = view.told.event, view.form.part("demands")
    raised = [
        r
        for r in view.every("issue_list.issue.raised")
        if r.seq > view.told.seq and r.event.source == event.stage
    ]
    rows, told = [], []
    for number, finding in enumerate(event.findings, 1):
        armed = view.issue_due_of(raised[number - 1]) if number <= len(raised) else None
        due = finding.rectify_by or (armed.due_on if armed else event.rectify_by)
        if armed and finding.rectify_by is None:
            told.append((f"问题{view.counted(number, raised[number - 1])}整改", armed))
        demand = demands.text(finding.text) or _usual(finding)
        rows.append(
            [
                str(number),
                demand,
                view.unit_name(finding.unit),
                OUTCOME[finding.outcome],
                weekday(due),
            ]
        )
    columns = [
        ("问题", 8, "center"),
        ("整改要求", 46),
        ("责任单位", 24, "center"),
        ("处理方式", 18, "center"),
        ("整改期限", 26, "center"),
    ]
    plan = view.armed(view.issue_stage, "plan")
    first = f"请在{weekday(plan.due_on)}前提交整改计划，" if plan else "请"
    last = (
        f"{first}按上表期限逐项整改，限期整改的问题最迟在{weekday(event.rectify_by)}前完成；"
        "期限届满后组织回访督导。"
    )
    why = notes(view, ("提交整改计划", plan), *told)
    return [*([table(columns, rows, "整改要求")] if rows else []), Text(last), *why]


def _usual(finding: Finding) -> str:
    return {
        "at_once": "立即整改并报告结果",
        "dated": "制定措施，限期整改到位并报告结果",
        "long_term": "制定长期措施，按期报告进展",
    }[finding.severity]


def _defence(view: CaseView) -> list[Block]:
    stated, considered = view.own("defence.stated"), view.own("defence.considered")
    if stated is None:
        waived = view.own("defence.waived")
        if waived is not None:
            return [Text(f"你校于{said(waived.event.happened_on)}确认对初步意见没有异议。")]
        due = view.due(view.stage.id, "defence")
        return [Text(f"你校在{said(due)}前没有提出申辩。")] if due else []
    which = joined(view.basis_text(code) for code in stated.event.indicators)
    about = f"（涉及{which}）" if which else ""
    lines = [
        f"你校于{said(stated.event.happened_on)}提出申辩{about}："
        + sentence(form_of(stated).text("text"))
    ]
    if considered is not None:
        upheld = "采纳" if considered.event.upheld else "不予采纳"
        reason = sentence(form_of(considered).text("reason"))
        lines.append(
            f"经{said(considered.event.happened_on)}研究，{upheld}。理由：{reason}{_change(view)}"
        )
    return [Text("\n".join(lines))]


def _change(view: CaseView) -> str:
    """What the defence changed in the scores, in figures."""
    before, after = view.own("preliminary_opinion.given"), view.told.event
    if before is None or not before.event.total:
        return ""
    was, now = before.event, after
    if (was.total, was.grade) == (now.total, now.grade):
        return f"总分{now.total}分、等级{now.grade}等不变。"
    graded = f"等级由{was.grade}等调整为{now.grade}等"
    graded = graded if was.grade != now.grade else f"等级仍为{now.grade}等"
    return f"总分由{was.total}分调整为{now.total}分，{graded}。"


def _review_right(view: CaseView) -> list[Block]:
    due = view.due(view.stage.id, "review_request")
    if due is None:
        return []
    again = "second_review_request" in view.stage.deadlines
    second = "；对复查答复仍不服的，可以向上一级教育督导机构申请复核" if again else ""
    return [
        Text(
            f"你校对本意见书不服的，可以在{weekday(due)}前（含当日）向{view.office.name}"
            f"书面申请复查，写明理由{second}。"
        ),
        Text(f"期限推算：{view.why(view.stage.id, 'review_request')}。", "note"),
    ]


def _late(view: CaseView) -> list[Block]:
    reason = view.form.text("late_reason") if not view.form.erased else ""
    return [Text(f"逾期印发说明：{sentence(reason)}")] if reason else []
