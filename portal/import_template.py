"""Workbooks to fill in: a sheet for each table with its head, and one that explains every column.

Everything is written as text or date cells: a code typed into them keeps all its digits.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from portal.importing import Column

EXPLAINED = "填表说明"
MOST_ROWS = 5000  # rows prepared for typing


def workbook(
    sheets: Mapping[str, Sequence[Column]],
    rows: Mapping[str, Sequence[Sequence[Any]]] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    notes: Sequence[str] = (),
) -> bytes:
    """The workbook (.xlsx). ``rows`` fill the sheets; ``choices`` are offered as lists in the
    columns of that title; ``notes`` head the explanations."""
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False})
    styles = {
        "head": book.add_format({"bold": True, "bg_color": "#E8EFF8", "border": 1}),
        "must": book.add_format(
            {"bold": True, "bg_color": "#E8EFF8", "border": 1, "font_color": "#B3261E"}
        ),
        "text": book.add_format({"num_format": "@"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    for name, columns in sheets.items():
        sheet = book.add_worksheet(name)
        _head(sheet, columns, styles, choices or {})
        for number, row in enumerate((rows or {}).get(name, ()), 1):
            for place, value in enumerate(row):
                _cell(sheet, number, place, value, styles)
    _explain(book.add_worksheet(EXPLAINED), sheets, styles, notes)
    book.close()
    return made.getvalue()


def _head(
    sheet: Worksheet,
    columns: Sequence[Column],
    styles: Mapping[str, Any],
    choices: Mapping[str, Sequence[str]],
) -> None:
    sheet.freeze_panes(1, 2)
    for place, column in enumerate(columns):
        title = f"{column.title}*" if column.required else column.title
        sheet.write_string(0, place, title, styles["must" if column.required else "head"])
        sheet.set_column(place, place, max(12, 2 * len(column.title) + 4), styles["text"])
        if column.explains:
            sheet.write_comment(0, place, column.explains, {"x_scale": 2})
        if offered := choices.get(column.title):
            rule = {"validate": "list", "source": list(offered), "error_type": "warning"}
            sheet.data_validation(1, place, MOST_ROWS, place, rule)


def _cell(sheet: Worksheet, row: int, place: int, value: Any, styles: Mapping[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):
        sheet.write_datetime(row, place, value, styles["day"])
    elif isinstance(value, int):
        sheet.write_number(row, place, value)
    else:
        sheet.write_string(row, place, str(value), styles["text"])


def _explain(
    sheet: Worksheet,
    sheets: Mapping[str, Sequence[Column]],
    styles: Mapping[str, Any],
    notes: Sequence[str],
) -> None:
    for place, width in enumerate((14, 20, 8, 70, 24)):
        sheet.set_column(place, place, width)
    row = 0
    for note in notes:
        sheet.write_string(row, 0, note)
        row += 1
    for place, title in enumerate(("工作表", "列", "必填", "怎么填", "例子")):
        sheet.write_string(row, place, title, styles["head"])
    for name, columns in sheets.items():
        for column in columns:
            row += 1
            must = "必填" if column.required else ""
            texts = (name, column.title, must, column.explains, column.example)
            for place, told in enumerate(texts):
                sheet.write_string(row, place, told, styles["wrap"])
