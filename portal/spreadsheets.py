"""Workbooks that people send: opened only after looking at how large they are inside.

A workbook is a zip of XML. Its directory is looked at before anything is unpacked; what is unpacked
is counted, and only what was counted is handed on, so that a small file cannot unfold into a large
one. A single cell far down would make a table of everything above it: how far the cells reach is
known before the table is built.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Collection
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

import python_calamine

MEGABYTE = 1024 * 1024
MOST_OF_A_FILE = 10 * MEGABYTE
MOST_UNPACKED = 60 * MEGABYTE
MOST_OF_A_SHEET = 20 * MEGABYTE
MOST_PARTS = 1000
MOST_FOLDED = 200  # times: office programs reach some fifty
MOST_ROWS, MOST_COLUMNS = 5000, 200

ENCRYPTED_OR_OLD = b"\xd0\xcf\x11\xe0"  # the older container: .xls, or .xlsx with a password

Rows = list[list[Any]]

_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_STRANGE = "工作表结构异常，没有打开。请用下载的表格重新填写。"


class Unreadable(Exception):
    """Why a workbook is not read, in Chinese."""


def open_workbook(content: bytes, names: Collection[str]) -> dict[str, Rows]:
    """Those sheets of an .xlsx file that are there of some names: lists of rows from A1 on, rows
    of texts, numbers and dates, "" where nothing is. Unreadable where it is none, or too large."""
    if len(content) > MOST_OF_A_FILE:
        raise Unreadable(f"文件超过{MOST_OF_A_FILE // MEGABYTE}兆字节，请删去图片等无关内容。")
    if content.startswith(ENCRYPTED_OR_OLD):
        raise Unreadable("文件有打开密码，或是旧版.xls格式。请去掉密码，另存为.xlsx后再上传。")
    if not content.startswith(b"PK"):
        raise Unreadable("这不是Excel工作簿（.xlsx）。请用下载的表格填写后上传。")
    parts = _unpacked(content)
    if "xl/workbook.xml" not in parts:
        raise Unreadable("这不是Excel工作簿（.xlsx）。请用下载的表格填写后上传。")
    for name, part in parts.items():
        if name.endswith(".xml"):  # any of them may call itself a sheet
            _within_bounds(part)
    return _read(_packed(parts), names)


def _unpacked(content: bytes) -> dict[str, bytes]:
    """The XML parts of the zip, each no longer than its directory says."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _plausible(entries, len(content))
            return {
                entry.filename: archive.read(entry)
                for entry in entries
                if entry.filename.endswith((".xml", ".rels"))
            }
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        raise Unreadable(
            "文件已损坏，打不开。请在Excel或WPS中打开并另存为.xlsx后再上传。"
        ) from None
    except RuntimeError:  # zipfile's word for a password
        raise Unreadable("文件有密码。请去掉密码，另存为.xlsx后再上传。") from None


def _plausible(entries: list[zipfile.ZipInfo], size: int) -> None:
    """By the directory alone: not too many parts, not too much once unpacked."""
    whole = sum(entry.file_size for entry in entries)
    folded = whole > MEGABYTE and whole > size * MOST_FOLDED
    twice = len({entry.filename for entry in entries}) < len(entries)
    if len(entries) > MOST_PARTS or whole > MOST_UNPACKED or folded or twice:
        raise Unreadable("文件展开后太大或结构异常，没有打开。请用下载的表格重新填写。")


def _packed(parts: dict[str, bytes]) -> io.BytesIO:
    """The parts again as a zip that cannot unfold any further."""
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    stored.seek(0)
    return stored


def _within_bounds(part: bytes) -> None:
    """Refuse a sheet whose cells reach too far, or that brings definitions of its own."""
    if len(part) > MOST_OF_A_SHEET:
        raise Unreadable("工作表太大，没有打开。请用下载的表格重新填写。")
    extent = _Extent()
    try:
        extent.parser.Parse(part, True)
    except ExpatError:
        raise Unreadable("工作表已损坏，打不开。请在Excel或WPS中另存为.xlsx后再上传。") from None


class _Extent:
    """Walks through a sheet's XML and stops it where a cell with something in it is too far out.
    Cells and rows without a number of their own follow the one before."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.parser = ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._begins
        self.parser.StartDoctypeDeclHandler = self._defines

    def _defines(self, *declared: Any) -> None:
        raise Unreadable(_STRANGE)

    def _begins(self, name: str, marks: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        if name == "row":
            self._at("A" + marks.get("r", f"{self.row + 1}"))
            self.column = 0
        elif name == "c":
            self._at(marks.get("r", f"{_letters(self.column)}{max(self.row, 1)}"))
        elif name in ("v", "is", "f", "t") and (self.row > MOST_ROWS or self.column > MOST_COLUMNS):
            raise Unreadable(
                f"工作表的内容延伸到了第{self.row}行第{self.column}列，远超表格范围。"
                "请删去多余的行列，或重新下载表格填写。"
            )

    def _at(self, reference: str) -> None:
        found = _REFERENCE.fullmatch(reference.strip())
        if found is None:
            raise Unreadable(_STRANGE)
        self.row, self.column = int(found[2]), 0
        for letter in found[1].upper():
            self.column = self.column * 26 + ord(letter) - ord("A") + 1


def _read(stored: io.BytesIO, names: Collection[str]) -> dict[str, Rows]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(stored)
        return {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in book.sheet_names
            if name in names
        }
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # the reader's own panics are no Exception
        raise Unreadable("文件打不开。请在Excel或WPS中打开并另存为.xlsx后再上传。") from None


def cell_name(row: int, column: int) -> str:
    """A cell as Excel names it, from numbers that begin at 0: C17."""
    return f"{_letters(column)}{row + 1}"


def _letters(column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
