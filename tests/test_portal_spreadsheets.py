"""Workbooks that people send are opened only when they are what they say, and no larger."""

import io
import zipfile
from typing import Any

import pytest

from portal.spreadsheets import Unreadable, cell_name
from portal.workbook_layout import ANSWERS_SHEET
from portal.workbook_reading import read_workbook
from tests.workbooks import FORM, changed, repacked, written


def refused(content: bytes) -> str:
    with pytest.raises(Unreadable) as why:
        read_workbook(FORM, content)
    return str(why.value)


def test_other_files_are_not_opened() -> None:
    assert "不是Excel工作簿" in refused(b"")
    assert "不是Excel工作簿" in refused("编码,得分\n".encode())
    assert "打开密码，或是旧版" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert "已损坏" in refused(written({})[:2000])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert "不是Excel工作簿" in refused(out.getvalue())
    assert "超过10兆字节" in refused(b"PK" + b"\0" * (10 * 1024 * 1024))


def test_a_workbook_without_our_sheet() -> None:
    def renamed(sheets: dict[str, list[list[Any]]]) -> None:
        sheets["别的"] = sheets.pop(ANSWERS_SHEET)

    assert "没有找到“自评表”工作表" in refused(changed(written({}), renamed))

    def headless(sheets: dict[str, list[list[Any]]]) -> None:
        sheets[ANSWERS_SHEET][2][4] = "得分"

    assert "请不要改动表头" in refused(changed(written({}), headless))


def sheet_with(cells_: str) -> bytes:
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{name}"><sheetData>{cells_}</sheetData></worksheet>'.encode()


FIRST_SHEET = "xl/worksheets/sheet1.xml"
FIRST_ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'


def test_a_bomb_is_not_unpacked() -> None:
    bomb = repacked(written({}), {"xl/media/bomb.xml": b" " * (61 * 1024 * 1024)})
    assert len(bomb) < 200_000 and "展开后太大" in refused(bomb)
    folded = repacked(written({}), {"xl/media/bomb.xml": b" " * (30 * 1024 * 1024)})
    assert "展开后太大" in refused(folded)
    many = repacked(written({}), {f"xl/{n}.xml": b"<a/>" for n in range(1001)})
    assert "展开后太大" in refused(many)


def test_a_directory_that_lies_about_sizes_is_found_out() -> None:
    content = repacked(written({}), {FIRST_SHEET: b"<a>" + b" " * 500_000 + b"</a>"})
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(FIRST_SHEET.encode()))
    lying = bytearray(content)
    lying[at + 24 : at + 28] = (100).to_bytes(4, "little")
    assert "已损坏" in refused(bytes(lying))


@pytest.mark.parametrize(
    "far",
    [
        FIRST_ROW + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        FIRST_ROW + '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
        FIRST_ROW + '<row r="1048576"><c><v>1</v></c></row>',
        "<row>" + "<c/>" * 300 + "<c><v>1</v></c></row>",
        "<row/>" * 5001 + "<row><c><v>1</v></c></row>",
    ],
    ids=["far", "small letters", "row alone", "columns counted", "rows counted"],
)
def test_a_cell_far_out_is_not_made_into_a_table(far: str) -> None:
    assert "远超表格范围" in refused(repacked(written({}), {FIRST_SHEET: sheet_with(far)}))


def test_rows_that_are_only_coloured_do_no_harm() -> None:
    with zipfile.ZipFile(io.BytesIO(written({"a.A1.1.3.points": ["7"]}))) as archive:
        sheet = archive.read(FIRST_SHEET)
    coloured = b'<row r="90000"><c r="A90000" s="3"/></row></sheetData>'
    content = repacked(written({}), {FIRST_SHEET: sheet.replace(b"</sheetData>", coloured)})
    assert read_workbook(FORM, content).wrong == []


def test_strange_sheets_are_refused() -> None:
    entity = b'<!DOCTYPE a [<!ENTITY b "c">]>' + sheet_with("<row><c><v>&b;</v></c></row>")
    assert "结构异常" in refused(repacked(written({}), {FIRST_SHEET: entity}))
    odd = sheet_with('<row r="1"><c r="1A"><v>1</v></c></row>')
    assert "结构异常" in refused(repacked(written({}), {FIRST_SHEET: odd}))
    broken = repacked(written({}), {FIRST_SHEET: b"<worksheet><sheetData>"})
    assert "已损坏" in refused(broken)
    assert "打不开" in refused(repacked(written({}), {"xl/workbook.xml": b"<a/><b/>"}))


def test_cells_are_named_as_excel_names_them() -> None:
    assert [cell_name(16, 2), cell_name(0, 25), cell_name(0, 26), cell_name(9, 701)] == [
        "C17",
        "Z1",
        "AA1",
        "ZZ10",
    ]
