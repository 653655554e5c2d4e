"""专项督导报告: the major and the common problems of a round, for party and government."""

from documents.addressing import from_office
from documents.case_view import CaseView
from documents.papers import Annex, Block, Paper, Text, sections, table
from documents.provenance import joined
from documents.round_charts import areas, grade_bars, problem_bars
from documents.round_figures import RoundFigures
from documents.round_tables import (
    by_unit,
    common_problems,
    grades_by_kind,
    indicator,
    overview,
    rectified,
    results,
    where_common,
)
from documents.score_tables import unofficial
from documents.wording import OUTCOME, SEVERITY, government, listed, sentence


def special_report(view: CaseView, figures: RoundFigures) -> Paper:
    """Background; overview; major problems; common problems; causes; suggestions by department;
    tables."""
    counties = [government(found.name, found.kind) for found in view.above("county")]
    everywhere = where_common(view, figures)
    return from_office(
        view,
        title=f"{view.round_title}{view.process_title}专项督导报告",
        addressee=f"{joined(counties)}：" if counties else "",
        blocks=(
            *sections(
                ("背景", written(view, "background") or [Text(listed(view.basis(), "；"))]),
                ("总体情况", _overall(view, figures)),
                ("主要问题", _major(view, figures)),
                ("共性问题", [*common_problems(view, figures), *problem_bars(view, figures)]),
                ("原因分析", [*written(view, "causes"), by_unit(view, figures)]),
                ("分部门建议", _suggestions(view)),
            ),
            Text("特此报告。"),
        ),
        annexes=(
            Annex("督导评估结果", (*results(view, figures), *unofficial(view.measure))),
            Annex("整改情况", (rectified(figures),)),
            *([Annex("共性问题涉及学校名单", everywhere)] if everywhere else []),
        ),
    )


def written(view: CaseView, key: str) -> list[Block]:
    """What the office wrote of it, one paragraph a text."""
    texts = view.form.texts(key)
    return [Text(listed(texts))] if texts else []


def _overall(view: CaseView, figures: RoundFigures) -> list[Block]:
    return [
        Text(overview(view, figures)),
        *written(view, "overall"),
        *grades_by_kind(view, figures),
        *grade_bars(view, figures),
        *areas(view, figures),
    ]


def _major(view: CaseView, figures: RoundFigures) -> list[Block]:
    """Those that need a department or more than a term, and those that ended in accountability."""
    rows = []
    for school, issue in figures.issues:
        heavy = issue.severity == "long_term" or issue.outcome == "consultation"
        if heavy or issue.state == "accountable" or issue.reopened:
            own = issue.unit in ("school", school.code)
            rows.append(
                [
                    str(len(rows) + 1),
                    school.name,
                    indicator(view, issue.basis),
                    f"{SEVERITY[issue.severity]}\n{OUTCOME[issue.outcome]}",
                    "学校" if own else view.unit_name(issue.unit),
                ]
            )
    columns = [
        ("序号", 9, "center"),
        ("学校", 28),
        ("指标（依据）", 50),
        ("程度和处理", 24, "center"),
        ("责任单位", 28, "center"),
    ]
    whole, found = figures.counted(len(figures.issues)), figures.counted(len(rows))
    counted = f"共发现问题{whole}个，其中需要部门协同、长期整改或整改不力的{found}个。"
    return [Text(counted), *([table(columns, rows, "主要问题")] if rows else [])]


def _suggestions(view: CaseView) -> list[Block]:
    suggestions = view.form.part("suggestions")
    if suggestions.erased:
        return written(view, "suggestions")
    rows = [[name, sentence(text)] for name, text in suggestions.items() if text]
    return [table([("部门", 36), ("建议", 90)], rows, "分部门建议")] if rows else []
