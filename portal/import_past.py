"""以往情况: what a county brings along that begins in mid-cycle - when each school was last
evaluated and how, and the problems still open, which go into the running round's cases.

The last evaluation stands in the register (``facts``: last_grade, last_total, last_note), for it
was no case of ours. An open problem is received by the journal like one of a merged school, in the
clerk's name; its key is made of its own words, so that importing it again changes nothing.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from engine.journal import Entry
from engine.register import OrganisationEntry, put_organisations
from models.cases import Case
from models.cycles import Round
from models.events import StoredEvent
from portal.access import Visitor
from portal.choices import NATURES, OUTCOMES, SEVERITIES
from portal.desk import Desk
from portal.import_cells import choice, day, number, text
from portal.import_organisations import organisations_of
from portal.importing import Change, Column, Line, Plan, Problems, read_table
from portal.sheets import Grid
from rules.case_words import ReceiveIssues
from rules.indicators import SCHOOL_KINDS
from rules.kinds import FURTHEST
from rules.messages import Finding
from rules.values import canonical, digest
from rules.vocabulary import read_state

_CASES, _ROUNDS, _EVENTS = Case.__table__, Round.__table__, StoredEvent.__table__

EVALUATED, OPEN = "以往评估", "未完成问题"
BEFORE = "before"  # the source of such an issue
MOST_ISSUES = 2000  # one transaction
OWN = "本校"

_SCHOOL = (
    Column("code", "单位代码", text(40), "学校的代码，须已登记。", required=True, example="S0101"),
    Column("name", "单位名称", text(120), "只用来核对，可以不填。", example="示例镇中心小学"),
)
SHEETS = {
    EVALUATED: (
        *_SCHOOL,
        Column(
            "last_evaluated_on",
            "上次评估日期",
            day,
            "上一次综合督导评估入校的日期，决定以后几年先评哪些学校。",
            required=True,
            example="2024-10-15",
        ),
        Column("last_grade", "等级", choice({g: g for g in "ABCD"}), "A、B、C、D。", example="B"),
        Column("last_total", "得分", number, "总分，可以有小数。", example="845.5"),
        Column("last_note", "备注", text(200), "例如按哪一轮标准评的。"),
    ),
    OPEN: (
        *_SCHOOL,
        Column("text", "问题", text(2000), "问题的描述。", required=True, example="围墙有裂缝"),
        Column(
            "basis",
            "依据",
            text(80),
            "指标代码或法规条款。",
            required=True,
            example="中小学校安全工作规定第十条",
        ),
        Column(
            "severity",
            "整改类型",
            choice(SEVERITIES),
            f"{'、'.join(SEVERITIES.values())}；不填按限期整改。",
            example="限期整改",
        ),
        Column(
            "outcome",
            "处理方式",
            choice(OUTCOMES, 协商函="consultation"),
            f"{'、'.join(OUTCOMES.values())}；不填按整改通知书。",
        ),
        Column(
            "nature",
            "性质",
            choice(NATURES, 个性="individual", 共性="common"),
            f"{'、'.join(NATURES.values())}；不填按个性问题。",
        ),
        Column(
            "unit",
            "责任单位代码",
            text(40),
            f"由哪个部门或乡镇解决；不填或填“{OWN}”即学校自己。",
        ),
        Column(
            "rectify_by",
            "整改期限",
            day,
            "今天以后的日期；原定日期已过的，请重新约定。不填按流程规定的天数。",
        ),
        Column("found_on", "发现日期", day, "原来发现的日期。", example="2025-10-15"),
        Column("from", "来源", text(80), "哪一次督导发现的。", example="2025年秋季开学督导"),
    ),
}


class Todo(NamedTuple):
    """What is to be written: the register's entries, and for each case the issues it receives."""

    changed: list[OrganisationEntry]
    issues: list[tuple[str, str, ReceiveIssues]]


def rounds_of(desk: Desk, connection: Connection, visitor: Visitor) -> dict[str, str]:
    """The office's rounds that have running cases, as people call them, the latest first."""
    live = select(_CASES.c.id).where(
        _CASES.c.round == _ROUNDS.c.id,
        _CASES.c.of == "case",
        _CASES.c.status.in_(("open", "escalated")),
    )
    own = _ROUNDS.c.office == visitor.organisation
    wanted = select(_ROUNDS).where(own, live.exists()).order_by(_ROUNDS.c.first.desc())
    found = {}
    for row in connection.execute(wanted):
        definition = desk.journal.shelf.process(connection, row.definition).definition
        found[row.id] = f"{definition.title}（{row.period}）"
    return found


def plan(
    connection: Connection, top: str, grids: dict[str, Grid], today: date, round_key: str
) -> Plan:
    """What a workbook would do, or what is wrong with it."""
    made = Plan(Problems())
    lines = {
        sheet: read_table(sheet, grids[sheet], columns, made.problems, made.notes)
        for sheet, columns in SHEETS.items()
        if sheet in grids
    }
    if not any(lines.values()) and not made.problems.count:
        names = "”或“".join(SHEETS)
        made.problems.add("", "", f"没有找到要导入的内容：工作表应叫“{names}”，表头下面要有数据。")
    entries = organisations_of(connection, top)
    evaluated, changed = _evaluated(lines.get(EVALUATED, []), entries, today)
    received, issues = _issues(connection, lines.get(OPEN, []), entries, today, round_key)
    made.tables = {EVALUATED: evaluated, OPEN: received}
    made.todo = Todo(changed, issues)
    return made


def _school(line: Line, entries: dict[str, OrganisationEntry]) -> OrganisationEntry | None:
    entry = entries.get(line.get("code", ""))
    if entry is None or entry.kind not in SCHOOL_KINDS:
        line.wrong("code", "没有这个代码的学校，或不在您负责的范围内。")
        return None
    if line.get("name", entry.name) != entry.name:
        line.wrong("name", f"代码{entry.code}登记的是“{entry.name}”，请核对。")
        return None
    return entry


def _evaluated(
    lines: Iterable[Line], entries: dict[str, OrganisationEntry], today: date
) -> tuple[list[Change], list[OrganisationEntry]]:
    changes, changed, seen = [], [], {}
    for line in lines:
        entry = _school(line, entries) if "code" in line.values else None
        when = line.get("last_evaluated_on")
        if entry is None or when is None:
            continue
        if entry.code in seen:
            line.wrong("code", f"与第{seen[entry.code] + 1}行是同一所学校。")
            continue
        seen[entry.code] = line.row
        if when > today:
            line.wrong("last_evaluated_on", "日期还没有到，请核对。")
        if entry.last_evaluated_on and when < entry.last_evaluated_on:
            line.wrong("last_evaluated_on", "登记的上次评估比这个日期更晚，请核对。")
        told = {n: line.get(n) for n in ("last_grade", "last_total", "last_note") if line.get(n)}
        now = entry._replace(last_evaluated_on=when, facts={**entry.facts, **told})
        shown = [f"{when.isoformat()}", *(str(value) for value in told.values())]
        if now == entry:
            changes.append(Change("same", entry.name))
        else:
            changed.append(now)
            changes.append(Change("changed", entry.name, tuple(shown)))
    return changes, changed


def _issues(
    connection: Connection,
    lines: list[Line],
    entries: dict[str, OrganisationEntry],
    today: date,
    round_key: str,
) -> tuple[list[Change], list[tuple[str, str, ReceiveIssues]]]:
    changes, issues, seen = [], [], {}
    if not lines:
        return changes, issues
    if len(lines) > MOST_ISSUES:
        lines[0].problems.add(OPEN, "", f"一次最多导入{MOST_ISSUES}条问题，请分几次导入。")
        return changes, issues
    cases = _cases(connection, round_key, {line.get("code") for line in lines})
    recorded = _recorded(connection, cases.values())
    for line in lines:
        entry = _school(line, entries) if "code" in line.values else None
        if entry is None or not {"text", "basis"} <= line.values.keys():
            continue
        case = cases.get(entry.code)
        if case is None:
            line.wrong("code", f"“{entry.name}”在所选的这一轮没有进行中的问题清单。")
            continue
        unit = _unit(line, entries)
        _check_days(line, today)
        key = f"{BEFORE} {digest(canonical([line.get('text'), line.get('basis'), unit]))[:32]}"
        if (case, key) in seen:
            line.wrong("text", f"与第{seen[case, key] + 1}行是同一个问题。")
            continue
        seen[case, key] = line.row
        title = f"{entry.name}：{line.get('text')[:40]}"
        if (case, key) in recorded:
            changes.append(Change("same", title))
        else:
            changes.append(Change("new", title, (line.get("basis"),)))
            issues.append((case, key, _received(line, unit)))
    return changes, issues


def _received(line: Line, unit: str) -> ReceiveIssues:
    kept = ("severity", "outcome", "nature", "basis", "rectify_by")
    fields: dict[str, Any] = {n: line.get(n) for n in kept if line.get(n) is not None}
    form: dict[str, Any] = {"findings": {"f1": line.get("text")}}
    if found_on := line.get("found_on"):
        form["found_on"] = found_on.isoformat()
    if told := line.get("from"):
        form["from"] = told
    return ReceiveIssues(
        source=BEFORE, findings=(Finding(**fields, unit=unit, text="f1"),), form=form
    )


def _unit(line: Line, entries: dict[str, OrganisationEntry]) -> str:
    code = line.get("unit", "")
    if not code or code in (OWN, line.get("code")):
        return "school"
    if code not in entries or entries[code].kind not in ("department", "township"):
        line.wrong("unit", "没有这个代码的部门或乡镇，或不在您负责的范围内。")
    return code


def _check_days(line: Line, today: date) -> None:
    by, found_on = line.get("rectify_by"), line.get("found_on")
    if by and by <= today:
        line.wrong("rectify_by", "整改期限已经过了，请重新约定今天以后的日期。")
    elif by and by > today + FURTHEST:
        line.wrong("rectify_by", "整改期限离今天超过三年，请核对。")
    if found_on and found_on > today:
        line.wrong("found_on", "日期还没有到，请核对。")


def _cases(connection: Connection, round_key: str, subjects: set[str]) -> dict[str, str]:
    """The round's cases of some subjects that take issues, by subject."""
    wanted = select(_CASES.c.id, _CASES.c.subject, _CASES.c.state).where(
        _CASES.c.round == round_key,
        _CASES.c.of == "case",
        _CASES.c.status.in_(("open", "escalated")),
    )
    rows = connection.execute(wanted)
    return {row.subject: row.id for row in rows if row.subject in subjects and _takes_issues(row)}


def _takes_issues(row: Row) -> bool:
    stages = read_state(row.state).stages.values()
    return any(stage.open and stage.kind == "issue_list" for stage in stages)


def _recorded(connection: Connection, cases: Iterable[str]) -> set[tuple[str, str]]:
    """The issues received before, by case and key."""
    wanted = select(_EVENTS.c.case, _EVENTS.c.key).where(
        _EVENTS.c.case.in_(list(cases)), _EVENTS.c.key.like(f"{BEFORE} %")
    )
    return {(row.case, row.key) for row in connection.execute(wanted)}


def entries_of(todo: Todo, visitor: Visitor, desk: Desk) -> list[Entry]:
    """The commands by which the journal receives the issues."""
    actor, at = visitor.actor("office"), desk.now()
    return [Entry(command, case, actor, at, key) for case, key, command in todo.issues]


def write(connection: Connection, todo: Todo) -> None:
    """The register's part, in the transaction at hand."""
    put_organisations(connection, changed=todo.changed)
