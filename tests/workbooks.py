"""Workbooks of a self-assessment, as tests see them: filled in, changed."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from dudao.demo.answers import answers, report
from dudao.demo.luck import Luck
from engine.library import shipped_standards
from portal.drafts import Values
from portal.self_assessment_form import account
from portal.sheets import read_sheets
from portal.workbook import workbook
from portal.workbook_layout import ANSWERS_SHEET, PLAN_SHEET, REPORT_SHEET

STANDARD = shipped_standards()["example-1000"]
MADE = datetime(2026, 2, 6, 12, tzinfo=UTC)
SHEETS = (ANSWERS_SHEET, REPORT_SHEET, PLAN_SHEET)
FORM = account(STANDARD, "primary")
Change = Callable[[dict[str, list[list[Any]]]], None]


def filled(kind: str, luck: int = 1) -> dict[str, list[str]]:
    whole = {
        "answers": answers(STANDARD, kind, Luck(luck), "S", "self"),
        "report": report(STANDARD, kind, Luck(luck), "S"),
        "plan": [{"problem": "图书更新慢", "cause": "经费", "date": "2026-09-01"}],
    }
    fields = account(STANDARD, kind).fields(whole)
    return {**fields, "a.A1.1.1.evidence": ["党组织会议记录"], "a.A1.1.1.reason": ["缺两次记录"]}


def written(fields: dict[str, list[str]], kind: str = "primary") -> bytes:
    return workbook(account(STANDARD, kind), Values(fields), "马小2026年自查自评表", MADE)


def cells(content: bytes) -> dict[str, list[list[Any]]]:
    return read_sheets(content, SHEETS)


def changed(content: bytes, change: Change) -> bytes:
    """The workbook as somebody else's program would save it, after a change to its cells."""
    sheets = cells(content)
    change(sheets)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, dict):  # as the reader gives a day
                    cell = date.fromisoformat(cell["day"])
                if isinstance(cell, date):
                    day = datetime(cell.year, cell.month, cell.day)
                    sheet.write_datetime(number, column, day, book.add_format({"num_format": 14}))
                elif cell != "":
                    sheet.write(number, column, cell)
    book.close()
    return out.getvalue()
