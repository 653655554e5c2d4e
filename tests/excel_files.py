"""Workbooks as people send them: filled in well, badly, or made to do harm."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def book(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook whose sheets hold these rows."""
    made = io.BytesIO()
    workbook = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_numbers": False})
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = workbook.add_worksheet(name)
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if isinstance(value, date | datetime):
                    sheet.write_datetime(row, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif value is not None:
                    sheet.write(row, column, value)
    workbook.close()
    return made.getvalue()


def altered(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same workbook with some of its parts changed."""
    made = io.BytesIO()
    fast = zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with zipfile.ZipFile(io.BytesIO(content)) as old, fast as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return made.getvalue()


def with_sheet(xml: str) -> bytes:
    """A workbook whose first sheet has this XML between its root's tags."""
    whole = f'<worksheet xmlns="{NAMESPACE}">{xml}</worksheet>'.encode()
    place = "xl/worksheets/sheet1.xml"
    return altered(book({"单位": [["x"]]}), lambda n, part: whole if n == place else part)


def with_a_word_repeated() -> bytes:
    """One word of five million letters, and a sheet that says it four hundred thousand times."""
    word = f'<sst xmlns="{NAMESPACE}"><si><t>{"A" * 5_000_000}</t></si></sst>'.encode()
    cell = '<c t="s"><v>0</v></c>'
    rows = "".join(f'<row r="{r}">{cell * 26}</row>' for r in range(1, 15_001))
    made = with_sheet(f"<sheetData>{rows}</sheetData>")
    return altered(made, lambda n, part: word if n == "xl/sharedStrings.xml" else part)


def with_a_far_cell() -> bytes:
    """One cell in the last row and column there is."""
    cells = '<row r="1"><c r="A1"><v>1</v></c></row>'
    cells += '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return with_sheet(f"<sheetData>{cells}</sheetData>")


def with_zeros() -> bytes:
    """Small, and large once unpacked."""
    return with_sheet(f"<sheetData/>{' ' * 130_000_000}")


def with_a_lying_directory() -> bytes:
    """Large once unpacked, while the zip's directory says it is small."""
    content = bytearray(with_sheet(f"<sheetData/>{' ' * 50_000_000}"))
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 24 : at + 28] = (1000).to_bytes(4, "little")
        at += 4
    return bytes(content)


def with_entities() -> bytes:
    """Definitions that unfold."""
    made = with_sheet(
        '<sheetData><row r="1"><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData>'
    )
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
    return altered(made, lambda n, part: bomb + part if n == "xl/worksheets/sheet1.xml" else part)
