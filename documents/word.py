"""A paper as a Word file: the same paper gives the same bytes, and nothing in it is ever run.

docxtpl turns the template into Jinja source once, Jinja compiles it once; a paper renders the parts
with tags in them, which are zipped behind the parts that never change.
"""

import re
import zipfile
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from documents.cleaning import Cleaner
from documents.papers import Annex, Block, Column, Heading, Paper, Table, Text
from documents.word_template import UNDATED, build_template

MARKS = (b"{{", b"{%")
STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file knows: no clock is read
SHORT = 120  # characters: a table row of shorter texts stays on one page
HEAD, CHARACTER, BESIDE = 4, 210, 140  # a head of up to 4 characters of 10.5 pt stays on one line

MILLIMETRE = 1440 / 25.4  # in twentieths of a point, Word's own measure


def _page(orient: str, w: int, h: int, **margins: int) -> dict[str, Any]:
    """A page in millimetres as Word wants it; ``text`` is the width left for the text."""
    sizes = {"w": w, "h": h, "text": w - margins["left"] - margins["right"], **margins}
    return {"orient": orient, **{name: round(mm * MILLIMETRE) for name, mm in sizes.items()}}


# Upright the margins of GB/T 9704; on its side less, for wide tables.
UPRIGHT = _page("portrait", 210, 297, top=37, bottom=35, left=28, right=26)
SIDEWAYS = _page("landscape", 297, 210, top=28, bottom=26, left=24, right=24)

_SPECIAL = re.compile("[&<>\"']")

_TEXT_STYLES = {"body": "PaperBody", "flush": "PaperFlush", "note": "PaperNote"}


class _Compiled(NamedTuple):
    """``still`` is a zip of the parts without tags; ``parts`` the others, by name."""

    still: bytes
    parts: dict[str, Template]


@cache
def _compiled() -> _Compiled:
    built = build_template()
    patch = DocxTemplate(BytesIO(built)).patch_xml
    # Texts come escaped (`_Texts`): left to Jinja, every number and alignment of every cell would
    # be escaped too, two thirds of what a handbook's rendering cost.
    environment = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
    still, parts = BytesIO(), {}
    with zipfile.ZipFile(BytesIO(built)) as source, zipfile.ZipFile(still, "w") as kept:
        for name in source.namelist():
            content = source.read(name)
            if any(mark in content for mark in MARKS):
                text = content.decode("utf-8").replace(UNDATED.isoformat(), "{{ day }}T00:00:00")
                parts[name] = environment.from_string(patch(text))
            else:
                kept.writestr(_entry(name), content)
    return _Compiled(still.getvalue(), parts)


def _entry(name: str) -> zipfile.ZipInfo:
    """A zip entry that tells nothing of when and where it was made."""
    entry = zipfile.ZipInfo(name, STAMP)
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0
    return entry


class _Texts(Cleaner):
    """Cleans the texts of a paper, and escapes them for the XML they are set in."""

    def clean(self, value: Any) -> str:
        """A text as it may stand between tags and in an attribute."""
        text = super().clean(value)
        return str(escape(text)) if _SPECIAL.search(text) else text


def to_word(paper: Paper, author: str = "") -> tuple[bytes, tuple[str, ...]]:
    """The .docx file of a paper, and what in its texts had to be mended, in Chinese."""
    cleaner = _Texts()
    view = _view(paper, author, cleaner)
    compiled = _compiled()
    kept = BytesIO(compiled.still)
    with zipfile.ZipFile(kept, "a") as file:
        for name, template in compiled.parts.items():
            file.writestr(_entry(name), template.render(view).encode("utf-8"))
    return kept.getvalue(), cleaner.mended


def _view(paper: Paper, author: str, cleaner: Cleaner) -> dict[str, Any]:
    """The paper as dictionaries, lists, texts and numbers: all that a template may see."""
    clean, page = cleaner.clean, SIDEWAYS if paper.landscape else UPRIGHT
    blocks = _blocks(paper.blocks, page["text"], cleaner)
    if blocks and not blocks[-1]["head"]:
        blocks[-1]["kept"] = True  # a signature does not stand on a page of its own
    day = paper.signed_on
    dated = f"{day.year}年{day.month}月{day.day}日"
    return {
        "title": _line(clean(paper.title)),
        "author": _line(clean(author)),
        "day": day.isoformat(),
        "page": page,
        "number": _line(clean(paper.number)),
        "addressee": _line(clean(paper.addressee)),
        "blocks": blocks,
        "listed": [_line(clean(line)) for line in _listed(paper.annexes)],
        "signed": [_line(clean(line)) for line in ("", *paper.signature, dated)],
        "annexes": [
            {
                "mark": f"附件{number}" if len(paper.annexes) > 1 else "附件",
                "title": _line(clean(annex.title)),
                "blocks": _blocks(annex.blocks, page["text"], cleaner),
            }
            for number, annex in enumerate(paper.annexes, 1)
        ],
        "imprint": [_line(clean(line)) for line in paper.imprint],
    }


def _listed(annexes: tuple[Annex, ...]) -> list[str]:
    """附件：1.… under the text, one a line."""
    if len(annexes) == 1:
        return [f"附件：{annexes[0].title}"]
    return [
        f"{'附件：' if number == 1 else '　　　'}{number}．{annex.title}"
        for number, annex in enumerate(annexes, 1)
    ]


def _line(text: str) -> str:
    return text.replace("\n", " ")


def _lines(text: str) -> list[str]:
    return text.split("\n")


def _blocks(blocks: tuple[Block, ...], width: int, cleaner: Cleaner) -> list[dict[str, Any]]:
    return [_block(block, width, cleaner) for block in blocks]


def _block(block: Block, width: int, cleaner: Cleaner) -> dict[str, Any]:
    match block:
        case Heading():
            style = f"PaperHeading{block.level}"
            return _text(style, [_line(cleaner.clean(block.text))])
        case Text():
            style = _TEXT_STYLES[block.kind]
            return _text(style, _lines(cleaner.clean(block.text)))
        case Table():
            return _table(block, width, cleaner)


def _text(style: str, lines: list[str]) -> dict[str, Any]:
    return {"head": [], "style": style, "lines": lines, "kept": False}


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


def _table(block: Table, width: int, cleaner: Cleaner) -> dict[str, Any]:
    clean = cleaner.clean
    widths = _widths(block.columns, width)
    shapes = [(w, column.align) for w, column in zip(widths, block.columns, strict=True)]
    return {
        "caption": _line(clean(block.caption)),
        "head": [
            (w, "center", _lines(clean(column.head)))
            for w, column in zip(widths, block.columns, strict=True)
        ],
        "rows": [
            {
                "whole": max(map(len, row), default=0) < SHORT,
                "cells": [
                    (w, align, _lines(clean(cell)))
                    for (w, align), cell in zip(shapes, row, strict=True)
                ],
            }
            for row in block.rows
        ],
    }
