"""自评手册: how a school assesses itself, by what standard, until when, and whom it may ask."""

from documents.addressing import contacts
from documents.case_view import CaseView
from documents.papers import Annex, Block, Paper, Table, Text, facts, sections, table
from documents.provenance import alike
from documents.score_tables import (
    grades_table,
    named_standard,
    standard_annex,
    unofficial,
)
from documents.wording import length, listed, plain_number, weekday
from rules.process import OPENS


def self_assessment_handbook(view: CaseView) -> Paper:
    """Basis, how to assess, the standard with methods and evidence, calendar, contacts."""
    standard, kind = view.standard, view.state.subject_kind
    return Paper(
        title=f"{view.process_title}自评手册",
        signed_on=view.day,
        addressee=f"{view.subject.name}：",
        blocks=(
            *sections(
                ("依据", [Text(listed([*view.basis(), named_standard(standard)], "；"))]),
                ("怎样自评", [Text(listed(_how(view)))]),
                ("评估标准", _standard(view)),
                ("日程", _calendar(view)),
                ("联系方式", [_contacts(view)]),
            ),
            Text("自评中有疑问的，请随时与责任督学或督导机构联系。"),
        ),
        signature=(view.office.name,),
        annexes=(Annex("评估标准、方法和材料", standard_annex(standard, kind)),),
    )


def _how(view: CaseView) -> list[str]:
    stage = view.stage
    leaves = view.standard.for_school(view.state.subject_kind)
    count = alike(view.standard.full, len(leaves))
    returns = getattr(stage, "returns_at_most", 0)
    resubmit = length(stage.deadlines.get("resubmit", ""))
    again = f"；退回的请在{resubmit}内改好再交" if resubmit else ""
    return [
        f"对照附件逐项自评，本校适用{count}项指标，每项都要填写得分或等级，扣分的写明原因",
        "只准备附件列明的材料，带*的必备，其余有则提供；不必为评估另造材料，不要求留痕",
        "同一份材料可用于多项指标，只需提交一次；往年已交且没有变化的，可以沿用",
        "按领域写明成绩、问题和原因，自定等级，并列出整改计划：问题、原因、措施、责任人、完成时间",
        f"责任督学全程指导；自评报告不符合要求的，最多退回{returns}次，并写明理由{again}",
        "可以在线填写，也可以交纸质材料，由督导机构代为录入",
    ]


def _standard(view: CaseView) -> list[Block]:
    standard, kind = view.standard, view.state.subject_kind
    rows = [
        [
            area.code,
            area.title,
            str(area.points),
            str(alike(area.points, len(area.indicators))),
            "单列，不计入总分" if area.owner == "value_added" else "计入总分",
        ]
        for area in standard.areas_for(kind)
    ]
    columns = [
        ("编码", 12, "center"),
        ("领域", 40),
        ("分值", 14, "center"),
        ("指标数", 14, "center"),
        ("说明", 30),
    ]
    full, provincial, own = map(
        plain_number, (standard.full, standard.points.provincial, standard.points.local)
    )
    split = f"总分{full}分，其中省定{provincial}分"
    local = f"、地方{own}分" if standard.points.local else ""
    blocks: list[Block] = [
        Text(f"{split}{local}。"),
        table(columns, rows, "各领域分值"),
        grades_table(standard),
    ]
    if standard.vetoes:
        vetoes = [[v.code, v.title, v.at_most] for v in standard.vetoes]
        columns = [("编号", 12, "center"), ("一票否决事项", 70), ("等级不高于", 20, "center")]
        blocks.append(table(columns, vetoes, "一票否决（依据证据，经督导机构确认）"))
    return [*blocks, *unofficial(standard)]


def _calendar(view: CaseView) -> list[Block]:
    """What runs already, with why it is that day; then what starts only with an event."""
    rows = []
    for key, armed in view.running():
        stage_id, name, *_ = key.split("/")
        stage = view.dossier.process.stages.get(stage_id)
        if stage is None:
            continue
        own = stage_id == view.stage.id
        if name == OPENS:
            duty = f"“{stage.title}”开始"
        elif own or stage.responsible == "school":
            duty = view.dossier.process.rule(stage_id, name).title
        else:
            continue
        rows.append((armed.due_on, [duty, weekday(armed.due_on), view.explained(armed)]))
    rows.sort(key=lambda row: row[0])
    later = [
        f"{view.dossier.process.rule(view.stage.id, name).title}：{after}后{length(clause)}内"
        for name, after in (("resubmit", "退回"), ("review", "提交"))
        if (clause := view.stage.deadlines.get(name)) and length(clause)
    ]
    shown: list[Block] = [
        table([("事项", 28), ("日期", 37), ("怎样推算", 55)], [row for _, row in rows], "已定日期")
    ]
    return [*shown, *([Text(listed(later))] if later else [])]


def _contacts(view: CaseView) -> Table:
    return facts([*contacts(view), ("责任督学", view.inspectors())])
