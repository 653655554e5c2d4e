"""A paper as Word's template sees it: lists, texts and numbers by name, every text escaped."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import escape

from documents.cleaning import Cleaner
from documents.papers import Block, Column, Heading, Paper, Radar, Table, Text
from documents.word_chart import chart_view, in_words
from documents.word_imprint import LINE

SHORT = 120  # characters: a table row of shorter texts stays on one page
MARK_ROOM, MARK_SIZE = 440, 48  # points: the width of the type area, a character of the red head
HEAD, CHARACTER, BESIDE = 4, 210, 140  # a head of up to 4 characters of 10.5 pt stays on one line

STEP = 315  # twentieths of a point: a character of 3号 in the grid
MILLIMETRE = 1440 / 25.4  # in twentieths of a point, Word's own measure


def _page(orient: str, w: int, h: int, **margins: int) -> dict[str, Any]:
    """A page in millimetres as Word wants it; ``text`` is the width left for the text."""
    sizes = {name: round(mm * MILLIMETRE) for name, mm in {"w": w, "h": h, **margins}.items()}
    return {"orient": orient, **sizes, "text": sizes["w"] - sizes["left"] - sizes["right"]}


# Upright the margins of GB/T 9704; on its side less, for wide tables.
UPRIGHT = _page("portrait", 210, 297, top=37, bottom=35, left=28, right=26)
SIDEWAYS = _page("landscape", 297, 210, top=28, bottom=26, left=24, right=24)

_SPECIAL = re.compile("[&<>\"']")

_TEXT_STYLES = {"body": "PaperBody", "flush": "PaperFlush", "note": "PaperNote"}


def _condensed(mark: str) -> int:
    """How wide the characters of the red head may be, in percent, so that it stays on one line."""
    return min(100, int(MARK_ROOM * 100 / (MARK_SIZE * max(1, len(mark)))))


def _line(text: str) -> str:
    return text.replace("\n", " ")


def _lines(text: str) -> list[str]:
    return text.split("\n")


def _long(text: str) -> int:
    """How long a line of 3号 is, in twentieths of a point: Latin letters take half."""
    return sum(STEP if ord(c) > 255 else STEP // 2 for c in text)


class WordView(Cleaner):
    """Turns one paper into values; remembers what in its texts had to be mended, and its charts.

    ``upright`` is the page of the template; not ``escaped``, texts are left to Jinja to escape."""

    def __init__(self, upright: Mapping[str, Any] = UPRIGHT, escaped: bool = True) -> None:
        super().__init__()
        self.upright, self.escaped = upright, escaped
        self.charts: list[dict[str, Any]] = []
        self.width = 0

    def clean(self, value: Any) -> str:
        """A text as it may stand between tags and in an attribute."""
        text = super().clean(value)
        return str(escape(text)) if self.escaped and _SPECIAL.search(text) else text

    def of(self, paper: Paper, author: str) -> dict[str, Any]:
        """The whole paper: all that a template may see."""
        page = dict(SIDEWAYS if paper.landscape else self.upright)
        self.width = page["text"]
        blocks = self._blocks(paper.blocks)
        # A signature does not stand on a page of its own: a short last paragraph stays with it (a
        # long one would be taken along whole, and leave its own page half empty).
        last = blocks[-1] if blocks else {"lines": []}
        if 0 < sum(map(len, last["lines"])) < SHORT:
            last["kept"] = True
        return {
            "title": _line(self.clean(paper.title)),
            "identifier": self.clean(paper.identifier),
            "author": _line(self.clean(author)),
            "day": paper.signed_on.isoformat(),
            "page": page,
            "mark": _line(self.clean(paper.mark)),
            "condensed": _condensed(paper.mark),
            "number": _line(self.clean(paper.number)),
            "addressee": _line(self.clean(paper.addressee)),
            "blocks": blocks,
            "listed": [_line(self.clean(line)) for line in paper.listed],
            "signed": self._signed(paper),
            "annexes": [
                {
                    "mark": f"附件{number}" if len(paper.annexes) > 1 else "附件",
                    "title": _line(self.clean(annex.title)),
                    "blocks": self._blocks(annex.blocks),
                }
                for number, annex in enumerate(paper.annexes, 1)
            ],
            "imprint": self._imprint(paper.imprint),
            "charts": self.charts,
        }

    def _imprint(self, imprint: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
        """The lines at the foot of the last page, and how tall their box is."""
        lines = [[_line(self.clean(part)) for part in (*line, "")[:2]] for line in imprint]
        tall = sum(1 + _long(line[0]) * 14 // 16 // (self.width - 560) for line in imprint)
        return {"lines": lines, "tall": tall * LINE}

    def _signed(self, paper: Paper) -> list[dict[str, Any]]:
        """The lines of the signature: the date ends four characters in, the others are centred
        over it; if they are longer it makes room for them."""
        longs = [_long(line) for line in paper.signed]
        day, longest = longs[-1], max(longs)
        after = max(4 * STEP, (longest - day) // 2)
        right = after - (longest - day) // 2
        # Fonts differ a little: a name is not torn for a hair's breadth.
        left, right = max(0, self.width - right - longest - STEP), right - STEP
        *names, dated = [_line(self.clean(line)) for line in paper.signed]
        above = [{"text": name, "left": left, "right": right, "align": "center"} for name in names]
        return [*above, {"text": dated, "left": 0, "right": after, "align": "right"}]

    def _blocks(self, blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
        return [self._block(block) for block in blocks]

    def _block(self, block: Block) -> dict[str, Any]:
        match block:
            case Heading():
                lines = [_line(self.clean(block.text))]
                return _text(f"PaperHeading{block.level}", lines)
            case Text():
                return _text(_TEXT_STYLES[block.kind], _lines(self.clean(block.text)))
            case Table():
                return self._table(block)
            case Radar():
                self.charts.append(chart_view(block, self.clean))
                says = _line(self.clean(in_words(block)))
                caption = _line(self.clean(block.caption))
                drawn = {"number": len(self.charts), "says": says, "caption": caption}
                return _text("PaperChart", []) | drawn

    def _table(self, block: Table) -> dict[str, Any]:
        widths = _widths(block.columns, self.width)
        shapes = [(w, column.align) for w, column in zip(widths, block.columns, strict=True)]
        return {
            "number": 0,
            "lines": [],
            "caption": _line(self.clean(block.caption)),
            "head": [
                (w, "center", _lines(self.clean(column.head)))
                for w, column in zip(widths, block.columns, strict=True)
            ],
            "rows": [
                {
                    "whole": max(map(len, row), default=0) < SHORT,
                    "cells": [
                        (w, align, _lines(self.clean(cell)))
                        for (w, align), cell in zip(shapes, row, strict=True)
                    ],
                }
                for row in block.rows
            ],
        }


def _text(style: str, lines: list[str]) -> dict[str, Any]:
    return {"head": [], "number": 0, "style": style, "lines": lines, "kept": False}


def _widths(columns: tuple[Column, ...], width: int) -> list[int]:
    """Each column's share of the width, but never so narrow that a short head would break; what
    the narrow ones need more the wide ones give."""
    whole = sum(column.width for column in columns)
    shares = [column.width * width // whole for column in columns]
    least = [
        min(max(map(len, column.head.split("\n"))), HEAD) * CHARACTER + BESIDE for column in columns
    ]
    spare = [max(share - need, 0) for share, need in zip(shares, least, strict=True)]
    lack = sum(max(need - share, 0) for share, need in zip(shares, least, strict=True))
    if 0 < lack <= sum(spare):
        shares = [
            max(share, need) - lack * extra // sum(spare)
            for share, need, extra in zip(shares, least, spare, strict=True)
        ]
    shares[-1] += width - sum(shares)
    return shares
