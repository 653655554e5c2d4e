"""A paper as Word's template sees it: lists, texts and numbers by name, every text escaped."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import escape

from documents.cleaning import Cleaner
from documents.column_widths import column_widths
from documents.papers import Annex, Block, Chart, Heading, Paper, Table, Text
from documents.titles import MOST, MOST_WIDE, title_lines
from documents.word_chart import chart_view, in_words, tall
from documents.word_imprint import LINE

SHORT = 120  # characters: a table row of shorter texts stays on one page
LAST = 400  # a last paragraph so short that it fits on one page with all that closes a paper
MARK_ROOM, MARK_SIZE = 440, 48  # points: the width of the type area, a character of the red head

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
        return self._fit(super().clean(value))

    def _fit(self, text: str) -> str:
        return str(escape(text)) if self.escaped and _SPECIAL.search(text) else text

    def of(self, paper: Paper, author: str) -> dict[str, Any]:
        """The whole paper: all that a template may see."""
        page = dict(SIDEWAYS if paper.landscape else self.upright)
        self.width = page["text"]
        blocks = self._blocks(paper.blocks)
        # A signature does not stand on a page of its own: what stands before it stays with it. Of
        # more than a page LibreOffice keeps nothing; papers whose last words people write end in a
        # closing line of their own.
        _stay(blocks[-paper.ending :])
        titled = self._titled(paper.title, paper.names)
        return {
            "title": "".join(titled),
            "titled": titled,
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
            "annexes": self._annexes(paper),
            "imprint": self._imprint(paper.imprint),
            "charts": self.charts,
        }

    def _annexes(self, paper: Paper) -> list[dict[str, Any]]:
        """The annexes; the end of the last one stays on the page of the imprint."""
        many = len(paper.annexes) > 1
        found = [
            self._annex(f"附件{number if many else ''}", annex, paper.names)
            for number, annex in enumerate(paper.annexes, 1)
        ]
        for last in found[-1:] if paper.imprint else ():
            _stay(last["blocks"][-1:])
        return found

    def _annex(self, mark: str, annex: Annex, names: tuple[str, ...]) -> dict[str, Any]:
        titled = self._titled(annex.title, names)
        blocks = self._blocks(annex.blocks)
        return {"mark": mark, "title": "".join(titled), "titled": titled, "blocks": blocks}

    def _titled(self, title: str, names: tuple[str, ...]) -> list[str]:
        """A title in lines of its own: see `documents.titles`."""
        most = MOST if self.width < SIDEWAYS["text"] else MOST_WIDE
        return [self._fit(line) for line in title_lines(Cleaner.clean(self, title), names, most)]

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
            case _:
                return self._chart(block)

    def _chart(self, chart: Chart) -> dict[str, Any]:
        self.charts.append(chart_view(chart, self.clean))
        says, caption = _line(self.clean(in_words(chart))), _line(self.clean(chart.caption))
        drawn = {"number": len(self.charts), "tall": tall(chart), "says": says, "caption": caption}
        return _text("PaperChart", []) | drawn

    def _table(self, block: Table) -> dict[str, Any]:
        widths = column_widths(block, self.width)
        shapes = [(w, column.align) for w, column in zip(widths, block.columns, strict=True)]
        kept = len(block.rows) - 1 if block.whole else 0
        return {
            "number": 0,
            "lines": [],
            "kept": False,
            "caption": _line(self.clean(block.caption)),
            "head": [
                (w, "center", _lines(self.clean(column.head)))
                for w, column in zip(widths, block.columns, strict=True)
            ],
            "rows": [
                {
                    "whole": max(map(len, row), default=0) < SHORT,
                    "kept": place < kept,
                    "cells": [
                        (w, align, _lines(self.clean(cell)))
                        for (w, align), cell in zip(shapes, row, strict=True)
                    ],
                }
                for place, row in enumerate(block.rows)
            ],
        }


def _stay(blocks: list[dict[str, Any]]) -> None:
    """They stay on the page of what follows, as far as they fit on one with it."""
    for block in blocks:
        block["kept"] = not block["lines"] or len(block["lines"][-1]) < LAST
        for row in block["rows"][-1:]:
            row["kept"] = True


def _text(style: str, lines: list[str]) -> dict[str, Any]:
    none = {"head": [], "rows": [], "number": 0, "kept": False}
    return {**none, "style": style, "lines": lines}
