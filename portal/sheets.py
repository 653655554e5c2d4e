"""Workbooks that people send: looked at from outside first, then read in a process of their own.

A workbook is a zip of XML. Its directory says how large it would become, and may lie; what could
still go wrong with a file made to do harm (a word repeated a million times, a cell at the end of
the sheet, a reader that falls over) takes no page with it.
"""

import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from portal.protection import MEGABYTE
from portal.sheet_reader import SECONDS, TOO_MUCH

MOST_OF_A_FILE = 5 * MEGABYTE
MOST_UNPACKED = 120 * MEGABYTE
MOST_PARTS = 500
MOST_ROWS, MOST_COLUMNS = 20_000, 100
MOST_CHARACTERS = 30_000_000

_AT_ONCE = threading.BoundedSemaphore(2)
_READER = Path(__file__).with_name("sheet_reader.py")
_OLDER = b"\xd0\xcf\x11\xe0"  # the container of .xls, and of .xlsx with a password
_SAVE_AGAIN = "请在Excel或WPS中打开，另存为“Excel工作簿（.xlsx）”后再上传。"

Cell = Any  # text, number, bool, or {"day": "2026-09-18"}
Grid = list[list[Cell]]


class Unreadable(Exception):
    """Why a workbook is not read, and what to do, in Chinese."""


def read_sheets(content: bytes, names: Collection[str]) -> dict[str, Grid]:
    """The sheets of those names that a workbook has: rows of cells from A1 on, "" for an empty
    one. Unreadable where it is no workbook, or too large."""
    _look_at(content)
    asked = {
        "sheets": list(names),
        "rows": MOST_ROWS,
        "columns": MOST_COLUMNS,
        "characters": MOST_CHARACTERS,
    }
    with _AT_ONCE:
        try:
            read = subprocess.run(
                [sys.executable, "-I", str(_READER)],
                input=json.dumps(asked).encode() + b"\n" + content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                timeout=2 * SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unreadable("表格太复杂，没有读完。请用下载的模板重新填写。") from None
    if read.returncode == TOO_MUCH:
        raise Unreadable(
            f"表格太大：每张工作表最多{MOST_ROWS}行、{MOST_COLUMNS}列。"
            "请删去多余的行列（包括远处的空白格），或分几次导入。"
        )
    if read.returncode:
        raise Unreadable(f"文件打不开，可能已损坏，或内容大得不合常理。{_SAVE_AGAIN}")
    found: dict[str, Grid] = json.loads(read.stdout)
    return found


def _look_at(content: bytes) -> None:
    """What can be told from outside."""
    if len(content) > MOST_OF_A_FILE:
        raise Unreadable(f"文件超过{MOST_OF_A_FILE // MEGABYTE}兆字节，请删去图片等无关内容。")
    if content.startswith(_OLDER):
        raise Unreadable(f"文件有打开密码，或是旧版.xls格式。请去掉密码。{_SAVE_AGAIN}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Unreadable(f"这不是Excel工作簿（.xlsx）。{_SAVE_AGAIN}") from None
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise Unreadable(f"这不是Excel工作簿（.xlsx）。{_SAVE_AGAIN}")
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable(f"文件有密码，请去掉密码。{_SAVE_AGAIN}")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("文件展开后太大，没有打开。请用下载的模板重新填写。")


def cell_name(row: int, column: int) -> str:
    """A cell as Excel names it, from numbers that begin at 0: B12."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"
