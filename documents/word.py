"""A paper as a Word file: the same paper gives the same bytes, and nothing in it is ever run.

docxtpl turns the template into Jinja source once, Jinja compiles it once; a paper renders the parts
with tags in them, which are zipped behind the parts that never change.
"""

import zipfile
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from documents.cleaning import Cleaner
from documents.papers import Annex, Block, Heading, Paper, Table, Text
from documents.word_template import UNDATED, build_template

MARKS = (b"{{", b"{%")
STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file knows: no clock is read
SHORT = 120  # characters: a table row of shorter texts stays on one page

# The page upright and on its side, in twentieths of a point; ``text`` is the width of the text.
UPRIGHT = {"w": 11906, "h": 16838, "orient": "portrait", "text": 8844}
SIDEWAYS = {"w": 16838, "h": 11906, "orient": "landscape", "text": 13776}

_TEXT_STYLES = {"body": "PaperBody", "flush": "PaperFlush", "note": "PaperNote"}


class _Compiled(NamedTuple):
    """``still`` is a zip of the parts without tags; ``parts`` the others, by name."""

    still: bytes
    parts: dict[str, Template]


@cache
def _compiled() -> _Compiled:
    built = build_template()
    patch = DocxTemplate(BytesIO(built)).patch_xml
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
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


def to_word(paper: Paper, author: str = "") -> tuple[bytes, tuple[str, ...]]:
    """The .docx file of a paper, and what in its texts had to be mended, in Chinese."""
    cleaner = Cleaner()
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
    day = paper.signed_on
    dated = f"{day.year}年{day.month}月{day.day}日"
    return {
        "title": _line(clean(paper.title)),
        "author": _line(clean(author)),
        "day": day.isoformat(),
        "page": page,
        "number": _line(clean(paper.number)),
        "addressee": _line(clean(paper.addressee)),
        "blocks": _blocks(paper.blocks, page["text"], cleaner),
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
            return {"head": [], "style": style, "lines": [_line(cleaner.clean(block.text))]}
        case Text():
            style = _TEXT_STYLES[block.kind]
            return {"head": [], "style": style, "lines": _lines(cleaner.clean(block.text))}
        case Table():
            return _table(block, width, cleaner)


def _table(block: Table, width: int, cleaner: Cleaner) -> dict[str, Any]:
    whole = sum(column.width for column in block.columns)
    twips = [column.width * width // whole for column in block.columns]
    twips[-1] += width - sum(twips)
    shapes = [
        {"twips": each, "align": column.align}
        for each, column in zip(twips, block.columns, strict=True)
    ]
    return {
        "caption": _line(cleaner.clean(block.caption)),
        "head": [
            {"twips": shape["twips"], "text": cleaner.clean(column.head)}
            for shape, column in zip(shapes, block.columns, strict=True)
        ],
        "rows": [
            {
                "whole": max(map(len, row), default=0) < SHORT,
                "cells": [
                    {**shape, "lines": _lines(cleaner.clean(cell))}
                    for shape, cell in zip(shapes, row, strict=True)
                ],
            }
            for row in block.rows
        ],
    }
