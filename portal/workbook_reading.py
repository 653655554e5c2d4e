"""A self-assessment's workbook as it comes back: what it says, or cell by cell what is wrong."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from portal.answers import plain, read
from portal.cleaning import clean
from portal.drafts import Values
from portal.self_assessment_form import MOST_ROWS, Account, Fields
from portal.sheet_layout import Line
from portal.sheets import Cell, Grid, Unreadable, cell_name, read_sheets
from portal.workbook_layout import (
    ANSWERS_SHEET,
    CODE,
    FIRST,
    NOTHING_TAKEN,
    PART,
    PLAN_COLUMNS,
    PLAN_SHEET,
    REPORT_SHEET,
    TEXT,
    Place,
    places,
    report_parts,
)

MOST_SAID = 50
EXACT = 1e15  # from here on a cell's number has lost its last digits
HEAD_WITHIN = 20  # rows

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,19}")
_DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
_TIMES = re.compile(r"(.+?)\s*[×xX*]\s*(\d+)")


class Came(NamedTuple):
    """What a workbook says: the fields that are filled in, and by cell what is wrong."""

    fields: Fields
    wrong: list[str]


class _Wrong(Exception):
    """Why a cell cannot be read, in Chinese."""


def read_workbook(account: Account, content: bytes) -> Came:
    """The fields of a workbook; Unreadable where the file is none of ours."""
    sheets = read_sheets(content, (ANSWERS_SHEET, REPORT_SHEET, PLAN_SHEET))
    if ANSWERS_SHEET not in sheets:
        raise Unreadable(
            f"没有找到“{ANSWERS_SHEET}”工作表。请用下载的表格填写，不要改工作表的名称。"
        )
    reading = _Reading(account)
    reading.answers(sheets[ANSWERS_SHEET])
    reading.report(sheets.get(REPORT_SHEET, []))
    reading.plan(sheets.get(PLAN_SHEET, []))
    more = len(reading.wrong) - MOST_SAID
    said = reading.wrong[:MOST_SAID] + ([f"……另有{more}处"] if more > 0 else [])
    return Came(reading.fields, said)


class _Reading:
    """One workbook being read."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.fields: Fields = {}
        self.wrong: list[str] = []
        self.sheet = ""

    def says(self, row: int, column: int, why: str) -> None:
        """Note what is wrong with a cell."""
        self.wrong.append(f"{self.sheet}{cell_name(row, column)}：{why}")

    def answers(self, sheet: Grid) -> None:
        """The sheet of answers."""
        top, columns = _heads(sheet, CODE)
        if FIRST not in columns:
            raise Unreadable(f"“{ANSWERS_SHEET}”里没有找到“{CODE}”“{FIRST}”两栏。请不要改动表头。")
        lines = {
            line.code: line
            for block in self.account.blocks
            for group in block.groups
            for line in group.lines
        }
        seen: set[str] = set()
        for row in range(top + 1, len(sheet)):
            code = _text(sheet[row][columns[CODE]])
            if not _CODE.fullmatch(code):  # an area's heading, or nothing
                continue
            if code not in lines:
                self.says(row, columns[CODE], f"本校没有指标“{code}”，请核对编码。")
            elif code in seen:
                self.says(row, columns[CODE], f"指标{code}出现了两次，请删去一行。")
            else:
                self._line(lines[code], sheet, row, columns)
            seen.add(code)

    def _line(self, line: Line, sheet: Grid, row: int, columns: dict[str, int]) -> None:
        before, found = len(self.wrong), Fields()
        for title, place in places(line).items():
            if title not in columns:
                continue
            column = columns[title]
            try:
                found |= dict(_fields(place, sheet[row][column]))
            except _Wrong as why:
                self.says(row, column, str(why))
        for name, why in self.account.too_long(found).items():
            self.says(row, self._column(line, name, columns), why)
        if len(self.wrong) > before:
            return
        if (given := read(line.leaf, Values(found))).wrong:
            self.says(row, columns[FIRST], f"{line.code} {line.leaf.title}：{given.wrong}")
        self.fields |= found

    def _column(self, line: Line, name: str, columns: dict[str, int]) -> int:
        titles = (title for title, place in places(line).items() if place.name == name)
        return columns.get(next(titles, FIRST), columns[FIRST])

    def report(self, sheet: Grid) -> None:
        """The sheet of the report's texts."""
        self.sheet = f"{REPORT_SHEET}!"
        top, columns = _heads(sheet, PART)
        if TEXT not in columns:
            return
        known = dict(report_parts(self.account))
        for row in range(top + 1, len(sheet)):
            name = known.get(_text(sheet[row][columns[PART]]))
            text = _text(sheet[row][columns[TEXT]])
            if name and text:
                self._keep(name, text, row, columns[TEXT])

    def plan(self, sheet: Grid) -> None:
        """The sheet of the plan: its rows, in their order, replace those there were."""
        self.sheet = f"{PLAN_SHEET}!"
        top, columns = _heads(sheet, PLAN_COLUMNS[0][0])
        number = 0
        for row in range(top + 1, len(sheet)) if columns else ():
            cells = {key: columns[title] for title, key in PLAN_COLUMNS if title in columns}
            if not any(_text(sheet[row][column]) for column in cells.values()):
                continue
            if number == MOST_ROWS:
                self.says(row, 0, f"整改计划最多{MOST_ROWS}条。")
                return
            for key, column in cells.items():
                self._planned(f"plan.{number}.{key}", key, sheet[row][column], row, column)
            number += 1

    def _planned(self, name: str, key: str, cell: Cell, row: int, column: int) -> None:
        try:
            text = _day(cell) if key == "date" else _text(cell)
        except _Wrong as why:
            self.says(row, column, str(why))
        else:
            self._keep(name, text, row, column)

    def _keep(self, name: str, text: str, row: int, column: int) -> None:
        if why := self.account.too_long({name: [text]}).get(name):
            self.says(row, column, why)
        elif text:
            self.fields[name] = [text]


def _heads(sheet: Grid, first: str) -> tuple[int, dict[str, int]]:
    """The row of the heads, known by one of them, and their columns by title."""
    for row, cells in enumerate(sheet[:HEAD_WITHIN]):
        titles = {_text(cell): column for column, cell in reversed([*enumerate(cells)])}
        if first in titles:
            return row, titles
    return 0, {}


def _fields(place: Place, cell: Cell) -> Iterator[tuple[str, list[str]]]:
    """The fields one cell fills in; nothing for an empty one."""
    text = _text(cell)
    if not text:
        return
    match place.kind:
        case "choice" | "none":
            if text not in place.choices:
                raise _Wrong(f"请从“{'、'.join(place.choices)}”中选择，写的是“{text[:20]}”。")
            yield place.name, ["1" if text == NOTHING_TAKEN else text]
        case "names":
            yield place.name, [name for name in re.split(r"[；;\n]\s*", text) if name]
        case "text":
            yield place.name, [text]
        case "ranged" if place.times and (several := _TIMES.fullmatch(text)):
            yield place.name, [_number(several[1])]
            yield place.times, [several[2]]
        case _:
            yield place.name, [_number(cell)]


def _number(cell: Cell) -> str:
    """A cell's number as a text without binary dust."""
    if isinstance(cell, bool | dict):
        raise _Wrong("应填数字，这一格却是日期或是非值，请把格式改成常规后重填。")
    if isinstance(cell, int | float):
        if abs(cell) >= EXACT:
            raise _Wrong("数字太长，表格软件已经丢掉末位，请核对。")
        return format(round(float(cell), 6), "f").rstrip("0").rstrip(".")
    text = plain(_text(cell), "分", "次", "%")
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", text, re.ASCII):
        raise _Wrong(f"应填数字，写的是“{text[:20]}”。")
    return text


def _day(cell: Cell) -> str:
    text = _text(cell)
    if not text:
        return ""
    try:
        year, month, day = map(int, _DAY.fullmatch(text).groups())  # type: ignore[union-attr]
        return date(year, month, day).isoformat()
    except (AttributeError, ValueError):
        raise _Wrong(f"日期应写成2026-09-18这样，写的是“{text[:20]}”。") from None


def _text(cell: Cell) -> str:
    """A cell as a text."""
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, dict):
        return str(cell["day"])
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return str(int(cell))
    return "" if cell is None else str(cell)
