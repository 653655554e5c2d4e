"""年度通报: one bulletin a year, told to schools, townships, government and the public."""

from decimal import Decimal

from documents.addressing import copies_to, from_office
from documents.case_view import CaseView
from documents.papers import Annex, Block, Paper, Text, sections, table
from documents.provenance import alike
from documents.round_charts import areas, grade_bars, problem_bars
from documents.round_figures import RoundFigures, SchoolFigures
from documents.round_tables import (
    common_problems,
    grades_by_kind,
    indicator,
    overview,
    rectified,
    results,
)
from documents.score_tables import named_standard, unofficial
from documents.self_assessment.special_report import written
from documents.wording import listed
from rules.definition import SUBJECT_TITLES


def annual_bulletin(view: CaseView, figures: RoundFigures) -> Paper:
    """Overall; grades; improved; problems; rectification rate; accountability; next year; lists."""
    return from_office(
        view,
        copies=copies_to(view),
        title=f"关于{view.round_title}{view.process_title}情况的通报",
        addressee="各学校，各有关单位：",
        blocks=(
            *sections(
                ("总体情况", [Text(overview(view, figures)), *written(view, "overall")]),
                ("等级情况", _grades(view, figures)),
                ("进步情况", [*_improved(view, figures), *written(view, "improved")]),
                ("主要问题", _problems(view, figures)),
                ("整改情况", [rectified(figures)]),
                ("问责情况", [*_accountable(view, figures), *written(view, "accountability")]),
                ("下一步工作", written(view, "next_year")),
            ),
            Text("特此通报。"),
        ),
        annexes=(
            Annex("督导评估结果名单", (*results(view, figures), *unofficial(view.standard))),
            Annex("未列入本年度实地督导的学校名单", _deferred(figures)),
        ),
    )


def _grades(view: CaseView, figures: RoundFigures) -> list[Block]:
    standard = named_standard(view.standard)
    return [
        Text(f"对照{standard}，已印发督评意见书的学校评定等级如下。"),
        *grades_by_kind(view, figures),
        *grade_bars(view, figures),
        *areas(view, figures),
        *unofficial(view.standard),
    ]


def _improved(view: CaseView, figures: RoundFigures) -> list[Block]:
    """Those whose total rose since their last review, the most first."""
    compared = [s for s in figures.lettered if s.before[0] and s.total]
    if not compared:
        return [Text("已定等学校没有可比的上次督评得分，从下次督评起公布进步情况。")]
    risen = sorted((s for s in compared if _rise(s) > 0), key=lambda s: (-_rise(s), s.code))
    rows = [
        [str(n), s.name, f"{s.before[0]}\n{s.before[1]}", f"{s.total}\n{s.grade}", _more(s)]
        for n, s in enumerate(risen, 1)
    ]
    columns = [
        ("序号", 9, "center"),
        ("学校", 40),
        ("上次督评", 22, "center"),
        ("本次督评", 22, "center"),
        ("提高", 16, "center"),
    ]
    shown, n = [table(columns, rows, "进步学校")] if rows else [], figures.counted
    return [Text(f"与上次督评可比的{n(len(compared))}所，提高的{n(len(risen))}所。"), *shown]


def _more(school: SchoolFigures) -> str:
    return alike(school.total, f"+{_rise(school)}")


def _rise(school: SchoolFigures) -> Decimal:
    return Decimal(school.total) - Decimal(school.before[0])


def _problems(view: CaseView, figures: RoundFigures) -> list[Block]:
    count = figures.counted(len(figures.issues))
    schools = figures.counted(len({school.code for school, _ in figures.issues}))
    return [
        Text(f"问题清单共登记问题{count}个，涉及{schools}所学校。"),
        *common_problems(view, figures),
        *problem_bars(view, figures),
    ]


def _accountable(view: CaseView, figures: RoundFigures) -> list[Block]:
    lines = [
        f"{school.name}第{issue.number}号问题（{indicator(view, issue.basis)}）"
        f"重新整改{figures.counted(issue.reopened)}次仍未完成，已转问责"
        for school, issue in figures.issues
        if issue.state == "accountable"
    ]
    if not lines:
        return [Text("截至目前没有因整改不力转入问责的问题。")]
    return [Text(listed(lines))]


def _deferred(figures: RoundFigures) -> tuple[Block, ...]:
    left = [school for school in figures.schools if school.plan != "selected"]
    rows = [
        [str(n), s.name, SUBJECT_TITLES.get(s.kind, s.kind), s.place, s.self_total or "—"]
        for n, s in enumerate(left, 1)
    ]
    columns = [
        ("序号", 9, "center"),
        ("学校", 40),
        ("类型", 26, "center"),
        ("所在乡镇", 26, "center"),
        ("自评得分", 18, "center"),
    ]
    note = Text("注：未列入的学校继续接受经常性督导，由以后年度安排。", "note")
    return (table(columns, rows), note) if rows else (Text("无。", "flush"),)
