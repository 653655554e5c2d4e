"""Tables as Excel workbooks: a text stays a text whatever it begins with, a day is a day, and a
sheet prints as it reads on the screen."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote

import xlsxwriter
from fastapi import Response

Cell = str | int | date | None

LONGEST = 32_767  # characters of a cell; Excel takes no more
MOST_ROWS = 20_000
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Column(NamedTuple):
    """A column: its head, and its width in characters of Latin script (a Chinese one takes two)."""

    title: str
    width: int = 14


class Sheet(NamedTuple):
    """One sheet; every row has one cell for each column."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


def workbook(title: str, sheets: Sequence[Sheet], notes: Sequence[str], made: datetime) -> bytes:
    """A workbook of these sheets. ``notes`` go to a last one: what was asked for, by whom, when;
    ``made`` is written into the file's properties."""
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
    for sheet in sheets:
        _write(book, sheet, title, look)
    if notes:
        rows = [(note,) for note in notes]
        _write(book, Sheet("说明", [Column("说明", 90)], rows), title, look)
    book.close()
    return out.getvalue()


class _Look:
    """How cells look; made once for a workbook."""

    def __init__(self, book: Any) -> None:
        cell = {"border": 1, "valign": "top", "text_wrap": True, "font_size": 10}
        self.head = book.add_format({**cell, "bold": True, "bg_color": "#DCE6F1"})
        self.text = book.add_format({**cell, "num_format": "@"})
        self.day = book.add_format({**cell, "num_format": "yyyy-mm-dd", "align": "left"})
        self.number = book.add_format({**cell, "num_format": "0"})


def _write(book: Any, sheet: Sheet, title: str, look: _Look) -> None:
    page = book.add_worksheet(sheet.name)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_header(f"&C{title.replace('&', '&&')}")
    page.set_footer("&C第 &P 页，共 &N 页")
    page.freeze_panes(1, 0)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
        page.write_string(0, place, column.title, look.head)
    line = 0
    for line, row in enumerate(sheet.rows, 1):
        for place, cell in enumerate(row):
            _cell(page, line, place, cell, look)
    page.autofilter(0, 0, max(line, 1), len(sheet.columns) - 1)


def _cell(page: Any, line: int, place: int, cell: Cell, look: _Look) -> None:
    if cell is None:
        page.write_blank(line, place, None, look.text)
    elif isinstance(cell, date):
        page.write_datetime(line, place, datetime(cell.year, cell.month, cell.day), look.day)
    elif isinstance(cell, int):
        page.write_number(line, place, cell, look.number)
    else:
        page.write_string(line, place, cell[:LONGEST], look.text)


def attached(content: bytes, name: str, media_type: str = EXCEL) -> Response:
    """A file to keep, under a name that may be Chinese."""
    ending = name.rpartition(".")[2]
    kept = f"attachment; filename=\"dudao.{ending}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=media_type, headers={"content-disposition": kept})
