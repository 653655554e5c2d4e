"""自查自评报告: what a school says of itself, area by area, with its scores and its plan."""

from documents.case_view import CaseView
from documents.papers import Annex, Block, Heading, Paper, Text, numeral, sections, table
from documents.payloads import ERASED, Form
from documents.provenance import joined
from documents.school_profile import profile
from documents.score_tables import (
    Sheet,
    area_table,
    named_standard,
    points_of,
    reasons,
    score_annex,
    sheet_of,
    unofficial,
)
from documents.wording import plain_number, sentence, typed_day

PLAN_COLUMNS = [
    ("序号", 8, "center"),
    ("问题", 30),
    ("原因", 23),
    ("整改措施", 30),
    ("责任人", 20, "center"),
    ("完成时间", 34, "center"),
]


def self_assessment_report(view: CaseView) -> Paper:
    """Profile, organisation, areas, value-added, total and grade, problems, improvement; annexed
    the score sheet and the index of evidence."""
    standard, kind = view.standard, view.state.subject_kind
    report = view.form.part("report")
    sheet = sheet_of(standard, kind, view.form, "self")
    return Paper(
        title=f"{view.subject.name}{view.round_title}自查自评报告",
        signed_on=view.day,
        addressee=f"{view.office.name}：",
        blocks=(
            *sections(
                ("学校概况", [profile(view)]),
                ("自评工作的组织", _written(report.text("organised"))),
                ("各领域自评情况", _areas(view, report, sheet)),
                ("增值性评价", _value_added(view)),
                ("自评总分与等级", _total(view, sheet)),
                ("存在的问题与整改计划", _plan(view.form)),
                ("改进打算", _written(report.text("improvement"))),
            ),
            Text("特此报告。"),
        ),
        signature=(view.subject.name,),
        annexes=(
            Annex("自评得分表", score_annex(standard, kind, sheet)),
            Annex("佐证材料目录", _evidence(view)),
        ),
    )


def _written(text: str) -> list[Block]:
    return [Text(sentence(text))] if text else [Text("（未填写）")]


def _areas(view: CaseView, report: Form, sheet: Sheet | None) -> list[Block]:
    texts, points = report.part("areas"), points_of(view.told)
    ratios = {code: f"，得分率{ratio}%" for code, ratio in sheet.ratios.items()} if sheet else {}
    blocks: list[Block] = []
    areas = view.standard.areas_for(view.state.subject_kind)
    for number, area in enumerate((a for a in areas if a.owner != "value_added"), 1):
        own = texts.part(area.code)
        blocks.append(Heading(f"（{numeral(number)}）{area.title}", 2))
        score = points.get(area.code, "—")
        full = plain_number(area.points)
        blocks.append(Text(f"自评{score}分，满分{full}分{ratios.get(area.code, '')}。"))
        said = [
            (title, own.text(key))
            for title, key in (("成绩", "strengths"), ("问题", "problems"), ("原因", "causes"))
        ]
        lines = [f"{title}：{sentence(text)}" for title, text in said if text]
        blocks.append(Text("\n".join(lines) or "（未填写）"))
    return blocks


def _value_added(view: CaseView) -> list[Block]:
    event = view.told.event
    own = (("自评", points_of(view.told)),)
    shown = area_table(view.standard, view.state.subject_kind, own, "增值性评价", added=True)
    if len(shown.rows) < 2:
        return []
    return [Text(f"增值性评价自评{event.value_added}分，单列，不计入总分。"), shown]


def _total(view: CaseView, sheet: Sheet | None) -> list[Block]:
    standard, event = view.standard, view.told.event
    own = (("自评", points_of(view.told)),)
    graded = f"，自定等级{event.grade}等" if event.grade else ""
    return [
        Text(
            f"对照{named_standard(standard)}，自评总分{event.total}分"
            f"（满分{plain_number(standard.full)}分）{graded}。"
        ),
        area_table(standard, view.state.subject_kind, own, "各领域自评得分"),
        *reasons(standard, sheet, ()),
        *unofficial(standard),
    ]


def _plan(form: Form) -> list[Block]:
    keys = ("problem", "cause", "measure", "person")
    rows = [
        [str(number), *(row.text(key) for key in keys), typed_day(row.text("date"))]
        for number, row in enumerate(form.parts("plan"), 1)
    ]
    return [table(PLAN_COLUMNS, rows, "问题清单与整改计划")] if rows else []


def _evidence(view: CaseView) -> tuple[Block, ...]:
    if view.form.erased:
        return (Text(ERASED),)
    answers = view.form.part("answers")
    leaves = view.standard.for_school(view.state.subject_kind)
    rows = [
        [leaf.code, leaf.title, joined(names, "\n")]
        for leaf in leaves
        if (names := answers.part(leaf.code).texts("evidence"))
    ]
    if not rows:
        return (Text("未随报告提交电子材料，材料存校备查。", "flush"),)
    return (table([("编码", 14, "center"), ("指标", 40), ("材料", 60)], rows),)
