"""The self-assessment as an Excel workbook, to be filled in away from the portal.

One row for each indicator, with what it asks and where to write; then the report's texts, then the
rectification plan. What is drafted already stands in it. Read again by `portal.workbook_reading`.
"""

import re
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from portal.drafts import Values
from portal.self_assessment_form import LONGEST_TEXT, Account, rows
from portal.sheet_layout import Block, Line
from portal.workbook_layout import (
    ANSWERS_SHEET,
    CODE,
    EVIDENCE,
    FULL,
    HOW,
    NOTHING_TAKEN,
    PART,
    PLAN_COLUMNS,
    PLAN_ROWS,
    PLAN_SHEET,
    REASON,
    REPORT_SHEET,
    TEXT,
    TITLE,
    Place,
    columns,
    how_to_fill,
    places,
    report_parts,
)

WIDTHS = {CODE: 9, TITLE: 26, FULL: 6, HOW: 52, REASON: 36, EVIDENCE: 26}
NARROW = 11
MOST_OF_A_LIST = 255  # characters Excel takes for a list to choose from
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,4})?")  # what survives as a number in a cell

HINT = (
    "白色的格子可以填写，灰色的不用填。填好后在“自查自评”页面上传，上传后先成为草稿，核对后再提交。"
    "请不要改动编码和表头。"
)


def workbook(account: Account, value: Values, title: str, made: datetime) -> bytes:
    """The workbook, with what stands in the draft. ``title`` names school and round; ``made`` is
    written into the file's properties."""
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "created": made.replace(tzinfo=None)})
    look = _Look(book)
    _answers(book, look, account, value, title)
    _report(book, look, account, value)
    _plan(book, look, value)
    book.close()
    return out.getvalue()


class _Look:
    """How cells look; what may be filled in is unlocked."""

    def __init__(self, book: Any) -> None:
        cell = {"border": 1, "valign": "top", "text_wrap": True, "font_size": 10}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.plain = book.add_format({"text_wrap": True, "valign": "top", "font_size": 10})
        self.head = book.add_format({**cell, "bold": True, "bg_color": "#DCE6F1"})
        self.area = book.add_format({**cell, "bold": True, "bg_color": "#F2F2F2"})
        self.fixed = book.add_format(cell)
        self.shut = book.add_format({**cell, "bg_color": "#E4E4E4"})
        self.open = book.add_format({**cell, "locked": False, "num_format": "General"})
        self.text = book.add_format({**cell, "locked": False, "num_format": "@"})
        self.day = book.add_format({**cell, "locked": False, "num_format": "yyyy-mm-dd"})


def _sheet(book: Any, name: str, landscape: bool) -> Any:
    sheet = book.add_worksheet(name)
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    # Against slips of the hand only: there is no password.
    sheet.protect("", {"format_cells": True, "format_rows": True, "format_columns": True})
    return sheet


def _answers(book: Any, look: _Look, account: Account, value: Values, title: str) -> None:
    sheet = _sheet(book, ANSWERS_SHEET, landscape=True)
    heads = columns(account)
    sheet.write_string(0, 0, title, look.title)
    sheet.merge_range(1, 0, 1, len(heads) - 1, HINT, look.plain)
    sheet.set_row(1, 30)
    for place, head in enumerate(heads):
        sheet.set_column(place, place, WIDTHS.get(head, NARROW))
        sheet.write_string(2, place, head, look.head)
    sheet.freeze_panes(3, 2)
    sheet.repeat_rows(2)
    row = 3
    for block in account.blocks:
        _area(sheet, look, row, block, len(heads))
        row += 1
        for group in block.groups:
            for line in group.lines:
                _line(sheet, look, row, line, heads, value)
                row += 1


def _area(sheet: Any, look: _Look, row: int, block: Block, width: int) -> None:
    apart = "，单列，不计入总分" if block.apart else ""
    sheet.merge_range(row, 0, row, width - 1, "", look.area)
    words = f"{block.area.code} {block.area.title}（{block.full}分{apart}）"
    sheet.write_string(row, 0, words, look.area)


def _line(sheet: Any, look: _Look, row: int, line: Line, heads: list[str], value: Values) -> None:
    star = "★" if line.leaf.core else ""
    fixed = {
        CODE: line.code,
        TITLE: line.leaf.title + star,
        FULL: line.full,
        HOW: how_to_fill(line),
    }
    open_ = places(line)
    for column, head in enumerate(heads):
        if head in fixed:
            sheet.write_string(row, column, fixed[head], look.fixed)
        elif head in open_:
            _cell(sheet, look, row, column, open_[head], value)
        else:
            sheet.write_blank(row, column, None, look.shut)


def _cell(sheet: Any, look: _Look, row: int, column: int, place: Place, value: Values) -> None:
    text = _text(place, value)
    if place.kind in ("number", "whole", "ranged") and _NUMBER.fullmatch(text):
        sheet.write_number(row, column, float(text), look.open)
    elif text:
        sheet.write_string(row, column, text, look.text)
    else:
        sheet.write_blank(row, column, None, look.text if _is_text(place) else look.open)
    if rule := _validation(place):
        sheet.data_validation(row, column, row, column, rule)


def _is_text(place: Place) -> bool:
    return place.kind in ("text", "names")


def _text(place: Place, value: Values) -> str:
    """What a cell holds, from the draft."""
    if place.kind == "none":
        return NOTHING_TAKEN if value(place.name) else ""
    if place.kind == "names":
        return "；".join(value(place.name, True))
    text = str(value(place.name))
    times = str(value(place.times)) if place.times else ""
    return f"{text}×{times}" if text and times not in ("", "1") else text


def _validation(place: Place) -> dict[str, Any] | None:
    """What Excel itself lets in; a warning where more is possible than it can check."""
    match place.kind:
        case "choice" | "none" if len(",".join(place.choices)) <= MOST_OF_A_LIST:
            return {"validate": "list", "source": list(place.choices)}
        case "whole":
            bounds = {"minimum": 0, "maximum": int(place.most or 0)}
            said = f"请写0至{place.most}的整数。"
            return {"validate": "integer", "criteria": "between", **bounds, **_said(said)}
        case "number" if place.most is not None:
            bounds = {"minimum": 0, "maximum": float(place.most)}
            said = f"请写0至{place.most}的数。"
            return {"validate": "decimal", "criteria": "between", **bounds, **_said(said)}
        case "ranged" if not place.times:
            bounds = {"minimum": 0, "maximum": float(place.most or 0)}
            said = f"请写扣几分，最多{place.most}。"
            return {"validate": "decimal", "criteria": "between", **bounds, **_said(said)}
    return None


def _said(text: str) -> dict[str, str]:
    return {"error_title": "请核对", "error_message": text}


def _report(book: Any, look: _Look, account: Account, value: Values) -> None:
    sheet = _sheet(book, REPORT_SHEET, landscape=False)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 80)
    for column, head in enumerate((PART, TEXT)):
        sheet.write_string(0, column, head, look.head)
    sheet.freeze_panes(1, 0)
    for row, (title, name) in enumerate(report_parts(account), 1):
        sheet.write_string(row, 0, title, look.fixed)
        sheet.write_string(row, 1, str(value(name))[:LONGEST_TEXT], look.text)


def _plan(book: Any, look: _Look, value: Values) -> None:
    sheet = _sheet(book, PLAN_SHEET, landscape=True)
    sheet.freeze_panes(1, 0)
    for column, (head, key) in enumerate(PLAN_COLUMNS):
        sheet.set_column(column, column, 14 if key in ("person", "date") else 40)
        sheet.write_string(0, column, head, look.head)
    planned = [row for _, row in rows(value)]
    for number in range(max(PLAN_ROWS, len(planned))):
        row = planned[number] if number < len(planned) else {}
        for column, (_, key) in enumerate(PLAN_COLUMNS):
            _planned(sheet, look, number + 1, column, key, row.get(key, ""))


def _planned(sheet: Any, look: _Look, row: int, column: int, key: str, text: str) -> None:
    if key != "date":
        sheet.write_string(row, column, text, look.text)
        return
    try:
        day = date.fromisoformat(text)
    except ValueError:
        sheet.write_string(row, column, text, look.day)
    else:
        sheet.write_datetime(row, column, datetime(day.year, day.month, day.day), look.day)
