"""Reading workbooks: whatever is sent, the portal goes on, and says what to do."""

import io
import zipfile
from datetime import date

import pytest

from portal import import_cells
from portal.import_cells import Wrong
from portal.sheets import (
    MOST_OF_A_FILE,
    MOST_PARTS,
    MOST_ROWS,
    Unreadable,
    cell_name,
    read_sheets,
)
from tests.excel_files import (
    book,
    with_a_far_cell,
    with_a_lying_directory,
    with_a_word_repeated,
    with_entities,
    with_sheet,
    with_zeros,
)


def test_cells_are_read_where_they_stand() -> None:
    rows = [[], ["", "代码"], ["", "S1", 12.0, date(2026, 9, 18), True]]
    grid = read_sheets(book({"单位": rows, "别的": [["不读"]]}), ["单位"])
    assert list(grid) == ["单位"]
    assert grid["单位"][2] == ["", "S1", 12.0, {"day": "2026-09-18"}, True]
    assert cell_name(2, 1) == "B3" and cell_name(11, 27) == "AB12"


def zipped(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "不是Excel工作簿"),
        (b"a,b,c\n1,2,3\n", "不是Excel工作簿"),
        (b"%PDF-1.7", "不是Excel工作簿"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "旧版.xls"),
        (zipped("word/document.xml"), "不是Excel工作簿"),
        (zipped("xl/workbook.xml"), "打不开"),
        (book({"单位": [["x"]]})[:900], "不是Excel工作簿"),
        (b"PK" + bytes(MOST_OF_A_FILE), "超过5兆字节"),
        (book({"单位": [["x"]] * (MOST_ROWS + 1)}), f"最多{MOST_ROWS}行"),
    ],
    ids=["empty", "csv", "pdf", "xls", "word", "hollow", "torn", "large", "long"],
)
def test_what_is_no_workbook_for_us_is_refused_with_what_to_do(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_sheets(content, ["单位"])


@pytest.mark.parametrize(
    "bomb",
    [with_a_word_repeated, with_a_far_cell, with_zeros, with_a_lying_directory, with_entities],
)
def test_a_workbook_made_to_do_harm_harms_nobody(bomb) -> None:
    content = bomb()
    try:
        grid = read_sheets(content, ["单位"])
    except Unreadable as refused:
        assert "。" in str(refused)
    else:  # read as what it says, and no more
        assert sum(len(str(cell)) for row in grid["单位"] for cell in row) < 100_000


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
        '<row r="20001"><c><v>1</v></c></row>',
        "<row>" + "<c/>" * 100 + "<c><v>1</v></c></row>",
        "<row/>" * MOST_ROWS + "<row><c><v>1</v></c></row>",
    ],
    ids=["far", "small letters", "row alone", "columns counted", "rows counted"],
)
def test_a_cell_far_out_is_not_made_into_a_table(far: str) -> None:
    first = '<row r="1"><c r="A1"><v>1</v></c></row>'
    with pytest.raises(Unreadable, match=r"远处的空白格|大得不合常理"):
        read_sheets(with_sheet(f"<sheetData>{first}{far}</sheetData>"), ["单位"])


def test_rows_that_are_only_coloured_do_no_harm() -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="90000"><c r="A90000" s="3"/></row>'
    assert read_sheets(with_sheet(f"<sheetData>{cells}</sheetData>"), ["单位"])["单位"][0] == [1.0]


def test_more_parts_than_a_workbook_has_are_not_looked_at() -> None:
    content = book({"单位": [["x"]]})
    many = io.BytesIO(content)
    with zipfile.ZipFile(many, "a") as archive:
        for number in range(MOST_PARTS):
            archive.writestr(f"xl/{number}.xml", "<a/>")
    with pytest.raises(Unreadable, match="展开后太大"):
        read_sheets(many.getvalue(), ["单位"])
    with pytest.raises(Unreadable, match="展开后太大"):
        read_sheets(with_zeros(), ["单位"])


# -- one cell ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        {"day": "2026-09-18"},
        "2026-09-18",
        "2026-9-18",
        "2026/9/18",
        "2026.9.18",
        "2026年9月18日",
        "2026 年 9 月 18 日",
        "20260918",
        20260918.0,
        46283.0,
    ],
    ids=str,
)
def test_a_day_is_understood_however_it_is_written(cell) -> None:
    assert import_cells.day(cell) == date(2026, 9, 18)


@pytest.mark.parametrize("cell", ["2026-13-01", "9月18日", "去年", "2026", 0.5, True, -5.0])
def test_what_is_no_day_is_refused(cell) -> None:
    with pytest.raises(Wrong, match="2026-09-18"):
        import_cells.day(cell)


def test_long_numbers_that_lost_their_end_are_never_guessed() -> None:
    with pytest.raises(Wrong, match=r"只保留前15位.*设为“文本”"):
        import_cells.text(40)(610123201001011234.0)
    assert import_cells.text(40)(61012320100101.0) == "61012320100101"
    assert import_cells.text(40)("610123201001011234") == "610123201001011234"


@pytest.mark.parametrize("cell", ["12人", "-3", "3.5", 3.5, "十", "9" * 13])
def test_what_is_no_whole_number_is_refused(cell) -> None:
    with pytest.raises(Wrong):
        import_cells.whole(10_000)(cell)
    assert import_cells.whole(10_000)("1,200") == 1200
