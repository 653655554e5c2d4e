"""How wide the columns of a table are: as its paper asks, but a number, a day, a short name or a
short head is not broken where a long text beside it can give way."""

import re

from documents.papers import Table

CHARACTER, BESIDE = 210, 140  # twentieths of a point: a character of 10.5 pt, a cell's margins
LATIN = 0.62  # of a character: how wide a letter or a digit is
MIXED = 0.6  # characters: LibreOffice leaves gaps between digits and Chinese, whatever it is told
# Of so many characters a text stays on one line if it can, one with digits in it and any other;
# given up one after the other: a name may be broken rather than a day or a number, and rather than
# a long text beside it is pressed.
SHORT = ((12, 12), (9, 9), (12, 5), (9, 5), (6, 5), (6, 4), (4, 4))
PRESSED, LONG = 2, 30  # where to begin in a table that has texts of so many characters
HEAD = 4  # a head of so many
_PLAIN = re.compile("[ -~、-】（），．：；？！一-鿿〇“”—…★]*")  # none of these is wider than an em
_NARROW = dict.fromkeys(map(ord, "0123456789.,:-+/ "))  # in any font less than NARROW of it
NARROW = 0.65
KEPT = 0.6  # of its share a column of long texts keeps


def column_widths(table: Table, width: int) -> list[int]:
    """The width of each column; together they are ``width`` (both in twentieths of a point)."""
    whole = sum(column.width for column in table.columns)
    shares = [column.width * width // whole for column in table.columns]
    shares[-1] += width - sum(shares)
    texts = list(zip(*table.rows, strict=True)) or [()] * len(shares)
    long = any(len(cell) > LONG for cells in texts for cell in cells)
    for short in SHORT[PRESSED if long else 0 :]:
        least = [
            _least(column.head, cells, share, short)
            for column, cells, share in zip(table.columns, texts, shares, strict=True)
        ]
        if sum(least) <= width:
            break
    spare = [max(share - need, 0) for share, need in zip(shares, least, strict=True)]
    lack = sum(max(need - share, 0) for share, need in zip(shares, least, strict=True))
    if 0 < lack <= sum(spare):
        shares = [
            max(share, need) - lack * extra // sum(spare)
            for share, need, extra in zip(shares, least, spare, strict=True)
        ]
    shares[-1] += width - sum(shares)
    return shares


def on_one_line(table: Table, widths: list[int]) -> list[bool]:
    """Of each row whether all its texts surely stand on one line, in any font: such a row's height
    is known beforehand."""
    rooms = [(width - BESIDE) / CHARACTER for width in widths]
    return [
        _PLAIN.fullmatch("".join(row)) is not None
        and all(_fits(cell, room) for cell, room in zip(row, rooms, strict=True))
        for row in table.rows
    ]


def _fits(cell: str, room: float) -> bool:
    if len(cell) <= room:
        return True
    other = len(cell.translate(_NARROW))
    return other + (len(cell) - other) * NARROW <= room


def _least(head: str, cells: tuple[str, ...], share: int, short: tuple[int, int]) -> int:
    """What a column needs: its longest text that is short, and where it has long ones, most of
    its share."""
    room = (share - BESIDE) // CHARACTER
    longest = max(map(len, cells), default=0)
    need: float = min(max(map(len, head.split("\n"))), HEAD)
    if longest <= min(room, *short):  # the usual case: nothing there can be broken
        return max(_room(need), min(share, _room(longest)))
    found = [_wide(cell, short) for cell in cells]
    need = max([need, *(wide for wide, _ in found)])
    kept = int(share * KEPT) if any(long for _, long in found) else 0
    return max(_room(need), kept)


def _room(characters: float) -> int:
    return int(characters * CHARACTER) + BESIDE


def _wide(text: str, short: tuple[int, int]) -> tuple[float, bool]:
    """How wide the widest of its short lines is, in characters, and whether there are long ones."""
    widest, long = 0.0, False
    for line in text.split("\n"):
        latin = len(line.encode("ascii", "ignore"))
        mixed = 0 < latin < len(line)
        wide = len(line) - latin + latin * LATIN + (MIXED if mixed else 0)
        if wide <= short[0 if latin else 1]:
            widest = max(widest, wide)
        else:
            long = True
    return widest, long
