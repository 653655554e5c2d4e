"""单位: the table of organisations, read into what the register is to hold."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from documents.school_profile import FIGURES
from engine.register import ORGANISATION_KINDS, OrganisationEntry, Place, flaws_of
from engine.subtree import within
from models.organisations import Organisation
from portal.import_cells import choice, day, phone, text, whole
from portal.importing import Change, Column, Line
from rules.explanation import full
from rules.indicators import SCHOOL_KINDS

_ORGANISATIONS = Organisation.__table__

SHEET = "单位"

KIND_SYNONYMS = {
    "省": "province",
    "自治区": "province",
    "市": "city",
    "州": "city",
    "县": "county",
    "区": "county",
    "责任区": "zone",
    "督学责任区": "zone",
    "初中": "junior_high",
    "初级中学": "junior_high",
    "九年一贯制": "nine_year",
    "九年制学校": "nine_year",
    "高中": "senior_high",
    "高级中学": "senior_high",
    "普通高中": "senior_high",
    "完全中学": "senior_high",
    "中职": "vocational",
    "职业学校": "vocational",
    "职业高中": "vocational",
    "完全小学": "primary",
    "教学点": "primary",
    "镇": "township",
    "乡": "township",
    "街道": "township",
    "片区": "township",
    "乡镇（街道）": "township",
    "督导机构": "office",
}
TEXTS = {"address": ("地址", 120), "phone": ("电话", 40), "mail": ("电子邮箱", 120)}
OF_SCHOOLS = {"head": ("负责人", 40)}
OF_OFFICES = {"doc_code": ("发文代字", 20)}

COLUMNS = (
    Column(
        "code",
        "单位代码",
        text(40),
        "单位的唯一编号，只用字母、数字、“-”、“_”。已有的代码表示修改，新的代码表示新增。",
        required=True,
        example="S0101",
    ),
    Column("name", "单位名称", text(120), "新增时必填。", example="示例镇中心小学"),
    Column(
        "kind",
        "单位类别",
        choice(ORGANISATION_KINDS, **KIND_SYNONYMS),
        f"新增时必填。可以填：{'、'.join(ORGANISATION_KINDS.values())}。",
        example="小学",
    ),
    Column(
        "parent",
        "上级单位代码",
        text(40),
        "新增时必填。学校一般填所在乡镇，乡镇、部门和责任区填县。可以是本表里的新单位。",
        example="T01",
    ),
    Column("zone", "责任区代码", text(40), "学校所属的督学责任区。", example="Z1"),
    Column("tier", "分层", text(20), "分层视导中的层，例如一层。", example="一层"),
    Column("opened_on", "成立日期", day, "写成2026-09-18这样。", example="2010-09-01"),
    Column("closed_on", "撤销日期", day, "已撤销或合并的学校填写。"),
    Column("successor", "并入单位代码", text(40), "合并到哪一所学校。"),
    *(
        Column(f"facts.{key}", title, phone if key == "phone" else text(most))
        for key, (title, most) in {**TEXTS, **OF_SCHOOLS, **OF_OFFICES}.items()
    ),
    *(
        Column(f"facts.{key}", title, whole(1_000_000), f"整数，单位：{unit}。")
        for key, (title, unit) in FIGURES.items()
    ),
)
TITLES = {column.name: column.title for column in COLUMNS}


class Found(NamedTuple):
    """What the table of organisations would do."""

    changes: list[Change]
    new: list[OrganisationEntry]
    changed: list[OrganisationEntry]
    kinds: dict[str, str]
    names: dict[str, str]


def entry_of(row: Any) -> OrganisationEntry:
    """An organisation's row as an entry."""
    fields = {name: getattr(row, name) for name in OrganisationEntry._fields}
    return OrganisationEntry(**{**fields, "facts": dict(row.facts or {})})


def organisations_of(connection: Connection, top: str) -> dict[str, OrganisationEntry]:
    """The organisations of a subtree, by code."""
    rows = connection.execute(select(_ORGANISATIONS).where(within(top)))
    return {row.code: entry_of(row) for row in rows}


def look_at(
    connection: Connection, top: str, lines: Iterable[Line], before: dict[str, OrganisationEntry]
) -> Found:
    """What rows would do to the register, with their problems noted."""
    lines = [line for line in lines if "code" in line.values]
    elsewhere = _elsewhere(connection, {line.get("code") for line in lines} - before.keys())
    entries: dict[str, OrganisationEntry] = {}
    rows: dict[str, Line] = {}
    for line in lines:
        code = line.get("code")
        if code in rows:
            line.wrong("code", f"单位代码“{code}”与第{rows[code].row + 1}行重复。")
        elif code in elsewhere:
            line.wrong("code", f"单位代码“{code}”已被您负责范围以外的单位使用。")
        else:
            rows[code] = line
            entries[code] = _filled(line, before.get(code))
    after = {**before, **entries}

    def known(code: str) -> Place | None:
        entry = after.get(code)
        return Place(entry.kind, entry.parent) if entry else None

    changes = []
    for code, entry in entries.items():
        _check(rows[code], entry, before.get(code), known, top)
        changes.append(_change(entry, before.get(code)))
    what = dict(zip(entries, (change.what for change in changes), strict=True))
    return Found(
        changes,
        [entry for code, entry in entries.items() if what[code] == "new"],
        [entry for code, entry in entries.items() if what[code] == "changed"],
        {code: entry.kind for code, entry in after.items()},
        {code: entry.name for code, entry in after.items()},
    )


def _elsewhere(connection: Connection, codes: Iterable[str]) -> set[str]:
    wanted, found = sorted(codes), set()
    for first in range(0, len(wanted), 500):
        some = select(_ORGANISATIONS.c.code).where(
            _ORGANISATIONS.c.code.in_(wanted[first : first + 500])
        )
        found |= set(connection.execute(some).scalars())
    return found


def _filled(line: Line, before: OrganisationEntry | None) -> OrganisationEntry:
    """What the organisation would be: what the row says, else what it was."""
    code = line.get("code")
    was = before or OrganisationEntry(code, "", "")
    columns = {n: v for n, v in line.values.items() if not n.startswith("facts.")}
    facts = {n[6:]: v for n, v in line.values.items() if n.startswith("facts.")}
    return was._replace(**columns, facts={**was.facts, **facts})


def _check(
    line: Line, entry: OrganisationEntry, before: OrganisationEntry | None, known: Any, top: str
) -> None:
    for name, said in flaws_of(entry, known, top):
        if name not in ("name", "kind", "parent") or line.get(name) or before is None:
            line.wrong(name, said)
    if before is None:
        return
    if entry.code == top and entry.parent != before.parent:
        line.wrong("parent", "这是您所在地区本身，不能改它的上级。")
    if flaw := flaw_of_change(before.kind, entry.kind):
        line.wrong("kind", flaw)


def flaw_of_change(before: str, after: str) -> str:
    """Why an organisation cannot become another kind, in Chinese, or ""."""
    if before == after or (before in SCHOOL_KINDS and after in SCHOOL_KINDS):
        return ""
    return f"已登记为{ORGANISATION_KINDS.get(before, before)}，类别不能这样改；登记错了请另建单位。"


def _change(entry: OrganisationEntry, before: OrganisationEntry | None) -> Change:
    title = f"{entry.name}（{entry.code}）"
    if before is None:
        return Change("new", title, (ORGANISATION_KINDS.get(entry.kind, ""),))
    details = differences(before, entry)
    return Change("changed" if details else "same", title, details)


def differences(before: OrganisationEntry, after: OrganisationEntry) -> tuple[str, ...]:
    """What changes, field by field, in Chinese."""
    was, is_ = _flat(before), _flat(after)
    return tuple(
        f"{title}：{_shown(name, was.get(name))} → {_shown(name, is_.get(name))}"
        for name, title in TITLES.items()
        if was.get(name) != is_.get(name)
    )


def _flat(entry: OrganisationEntry) -> dict[str, Any]:
    fields = {n: v or None for n, v in entry._asdict().items() if n != "facts"}
    return {**fields, **{f"facts.{key}": value for key, value in entry.facts.items()}}


def _shown(name: str, value: Any) -> str:
    if value is None or value == "":
        return "（空）"
    if name == "kind":
        return ORGANISATION_KINDS.get(value, value)
    return full(value) if hasattr(value, "isoformat") else str(value)


def rows_for(entries: Iterable[OrganisationEntry]) -> list[list[Any]]:
    """What is entered, as rows of the table."""
    rows = []
    for entry in entries:
        flat = _flat(entry) | {"kind": ORGANISATION_KINDS.get(entry.kind, entry.kind)}
        rows.append([flat.get(column.name) for column in COLUMNS])
    return rows
