"""制定计划: the notice that publishes a round's plan and asks for comments."""

from itertools import groupby

from sqlalchemy import Row

from documents.addressing import contacts, from_office
from documents.case_view import CaseView
from documents.papers import Annex, Block, Paper, Text, facts, sections, table
from documents.provenance import alike
from documents.score_tables import named_standard, unofficial
from documents.wording import listed, percent, plain_number, said, weekday
from rules.definition import SUBJECT_TITLES
from rules.planning import Planned


def annual_plan_notice(view: CaseView) -> Paper:
    """Basis, schools by type, standard version, comment period, how to object, contact; annexed,
    who goes where month by month."""
    planned = view.data
    standard = view.measure
    by = [named_standard(standard)] if standard else []
    return from_office(
        view,
        title=f"关于公示{view.round_title}{view.process_title}计划的公告",
        blocks=(
            *sections(
                ("依据", [Text(listed([*view.basis(), *by], "；"))]),
                ("评估对象", _subjects(view, planned.selected, planned.of)),
                ("评估标准", _standard(view)),
                ("公示时间", _period(view)),
                ("怎样提出意见", [Text(listed(_how()))]),
                ("联系方式", [facts(contacts(view, "contact"))]),
            ),
            Text("特此公告。"),
        ),
        annexes=(Annex("实地督导月度安排表", _by_month(view, planned.selected)),),
    )


def _by_month(view: CaseView, selected: tuple[Planned, ...]) -> tuple[Block, ...]:
    """The schools in the order of their weeks, a table a month, with the team as far as planned."""
    if not selected:
        return (Text("无。", "flush"),)
    columns = [
        ("序号", 9, "center"),
        ("计划时间", 30, "center"),
        ("学校（单位）", 32),
        ("类型", 20, "center"),
        ("拟派督学", 40),
    ]
    ordered = sorted(selected, key=lambda p: (p.week, p.subject))
    tables = []
    for _, found in groupby(ordered, key=lambda p: (p.week.year, p.week.month)):
        month = list(found)
        rows = [
            [
                str(number),
                f"{said(planned.week)}当周",
                (school := _school(view, planned.subject)).name,
                alike(school.name, SUBJECT_TITLES.get(school.kind, school.kind)),
                view.names(planned.inspectors) or "另行组建",
            ]
            for number, planned in enumerate(month, 1)
        ]
        first = month[0].week
        caption = alike(first, f"{first.year}年{first.month}月")
        tables.append(table(columns, rows, f"{caption}（{alike(first, len(month))}所）"))
    return (*tables, Text("注：督导组最终组成以督导评估通知书为准，应当回避的另行调整。", "note"))


def _subjects(view: CaseView, selected: tuple[Planned, ...], whole: int) -> list[Block]:
    """Schools of one kind together (同类别学校同目标评价), in the order of their weeks."""
    least = getattr(view.stage.cover, "each_year", "")
    rule = f"，不少于规定的{least}" if least else ""
    count = alike(whole, len(selected))
    blocks: list[Block] = [
        Text(
            f"{view.round_title}范围内共{whole}所，列入计划{count}所，"
            f"占{percent(count, whole)}{rule}；其余{alike(whole, whole - count)}所"
            "继续接受经常性督导，由以后年度安排。"
        )
    ]
    kinds: dict[str, list[Planned]] = {}
    for planned in sorted(selected, key=lambda p: (p.week, p.subject)):
        kinds.setdefault(_school(view, planned.subject).kind, []).append(planned)
    for kind, title in SUBJECT_TITLES.items():
        found = kinds.get(kind, [])
        rows = [
            [
                str(number),
                _school(view, planned.subject).name,
                _township(view, planned.subject),
                f"{said(planned.week)}当周",
                planned.why or "—",
            ]
            for number, planned in enumerate(found, 1)
        ]
        columns = [
            ("序号", 9, "center"),
            ("学校（单位）", 26),
            ("所在乡镇", 16),
            ("计划时间", 34, "center"),
            ("列入理由", 30),
        ]
        if rows:
            blocks.append(table(columns, rows, f"{title}（{alike(whole, len(rows))}所）"))
    return blocks


def _school(view: CaseView, code: str) -> Row:
    found = view.organisation(code)
    if found is None:
        raise KeyError(code)
    return found


def _township(view: CaseView, code: str) -> str:
    found = view.organisation(_school(view, code).parent)
    return found.name if found else "—"


def _standard(view: CaseView) -> list[Block]:
    standard = view.measure
    if standard is None:
        return [Text("本计划不评分。")]
    return [
        Text(
            f"采用{named_standard(standard)}，总分{plain_number(standard.full)}分；"
            f"计划公布后，{view.round_title}内不再更换。"
        ),
        *unofficial(standard),
    ]


def _period(view: CaseView) -> list[Block]:
    due = view.due(view.stage.id, "comments")
    return [
        Text(f"自{said(view.day)}起至{weekday(due)}止。"),
        Text(f"期限推算：{view.why(view.stage.id, 'comments')}。", "note"),
    ]


def _how() -> list[str]:
    return [
        "单位提出意见的，请出具加盖公章的书面意见",
        "个人提出意见的，请写明真实姓名和联系方式，我们为您保密",
        "逾期未提出的，视为无意见；意见逐件登记，采纳与否都会答复",
    ]
