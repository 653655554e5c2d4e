"""What stands in one cell of an imported table, read as what it is meant to be.

Each reader takes a cell as `portal.sheets` gives it (never an empty one) and answers the value, or
raises Wrong with a sentence in Chinese that says what to do.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from portal.cleaning import one_line
from portal.sheets import Cell

Reader = Callable[[Cell], Any]

# Excel keeps fifteen digits of a number: whatever is longer has lost its end already.
_LOST = 1e15
_EARLIEST, _LATEST = date(1900, 1, 1), date(2100, 1, 1)
_SERIAL = date(1899, 12, 30)  # the day before Excel's first, as its calendar errs
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})"
)
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,24}", re.ASCII)
_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


class Wrong(Exception):
    """Why a cell is not taken, in Chinese."""


def text_of(cell: Cell) -> str:
    """A cell as text. Wrong where digits were lost."""
    if isinstance(cell, dict):
        return str(cell["day"])
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        if abs(cell) >= _LOST:
            raise Wrong(
                "这个号码是按数字保存的，Excel只保留前15位，后面的已经变成0，无法还原。"
                "请把这一列的单元格格式设为“文本”，再重新填写。"
            )
        return str(int(cell)) if float(cell).is_integer() else str(cell)
    return one_line(str(cell))


def text(most: int) -> Reader:
    """A line of text."""

    def read(cell: Cell) -> str:
        found = text_of(cell)
        if len(found) > most:
            raise Wrong(f"最多{most}个字，现在有{len(found)}个字。")
        return found

    return read


def day(cell: Cell) -> date:
    """A day, in any of the ways in which people write one."""
    found = _day(cell)
    if found is None or not _EARLIEST <= found < _LATEST:
        raise Wrong("日期请写成2026-09-18这样。")
    return found


def _day(cell: Cell) -> date | None:
    try:
        if isinstance(cell, float) and cell < 100_000:
            return _SERIAL + timedelta(days=int(cell))
        match = _DAY.fullmatch(text_of(cell))
        return date(*(int(part) for part in match.groups() if part)) if match else None
    except (ValueError, OverflowError):
        return None


def whole(most: int) -> Reader:
    """A whole number that is not negative."""

    def read(cell: Cell) -> int:
        found = text_of(cell).replace(",", "").replace("，", "")
        if not re.fullmatch(r"[0-9]{1,12}", found) or int(found) > most:
            raise Wrong(f"请填写0到{most}之间的整数，不带单位。")
        return int(found)

    return read


def number(cell: Cell) -> str:
    """A decimal number that is not negative, as text."""
    found = text_of(cell)
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,4})?", found):
        raise Wrong("请填写数字，例如845.5。")
    return found


def choice(titles: Mapping[str, str], **others: str) -> Reader:
    """One of a list, by its title: key → title, and other names people use → key."""
    keys = {title: key for key, title in titles.items()} | others

    def read(cell: Cell) -> str:
        found = text_of(cell)
        if found not in keys:
            raise Wrong(f"没有“{found[:20]}”这一项，可以填：{'、'.join(titles.values())}。")
        return keys[found]

    return read


def phone(cell: Cell) -> str:
    """A telephone number."""
    found = text_of(cell)
    if not _PHONE.fullmatch(found):
        raise Wrong("电话号码只能有数字、空格和“-”。")
    return found


def mail(cell: Cell) -> str:
    """An electronic address."""
    found = text(200)(cell)
    if not _MAIL.fullmatch(found):
        raise Wrong("邮箱地址应写成name@example.cn这样。")
    return found
