"""发文字号 and the day of issue, put into a paper that was drafted without: into the Word file as
it stands, edited or not, and into the paper itself for its PDF. Nothing else in it changes."""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO

from lxml import etree

from documents.papers import Paper
from documents.wording import said

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT, _PARAGRAPH = f"{_W}t", f"{_W}p"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_PARTS = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_PRINTED = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日(?=印发$)")


class NumberLost(Exception):
    """The paper has no place left for its number; the message says in Chinese which it should."""


def numbered_word(content: bytes, line: str, code: str, issued_on: date, before: str = "") -> bytes:
    """A Word file with its number and day of issue. Its place is the 代字 with a year and a blank,
    or ``before``, the number of the paper whose place it takes. The same file, the same bytes."""
    blank = re.escape(code) + r"〔\d{4}〕\s*号"
    place = re.compile(f"{blank}|{re.escape(before)}" if before else blank)

    def changed(text: str) -> str:
        return _PRINTED.sub(said(issued_on), place.sub(line, text))

    found, made = False, BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(made, "w") as target:
        for entry in source.infolist():
            part = source.read(entry)
            if _PARTS.fullmatch(entry.filename):
                tree = etree.fromstring(part, _parser())
                texts = [text for _, text in _paragraphs(tree)]
                found = found or any(place.search(text) for text in texts)
                if _changed(tree, changed):
                    part = etree.tostring(
                        tree, xml_declaration=True, encoding="UTF-8", standalone=True
                    )
            target.writestr(entry, part, entry.compress_type)
    if not found:
        raise NumberLost(
            f"文件里找不到发文字号的位置“{code}〔{issued_on.year}〕　　号”，"
            "请在Word中补上（号前留空）后重新上传。"
        )
    return made.getvalue()


def numbered_paper(paper: Paper, line: str, issued_on: date) -> Paper:
    """The same in the paper, for its PDF."""
    return as_issued(paper, line, said(issued_on))


def as_issued(paper: Paper, line: str, day: str) -> Paper:
    """A paper with its number and, in its imprint, the day it was printed; one without a number
    keeps none. Of texts that know where they come from, so does the paper."""
    imprint = tuple(
        tuple(f"{day}印发" if part.endswith("印发") else part for part in parts)
        for parts in paper.imprint
    )
    return replace(paper, number=line if paper.number else "", imprint=imprint)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _paragraphs(tree: etree._Element) -> Iterator[tuple[list[etree._Element], str]]:
    """Each paragraph's own texts (those of a box within it are the box's), and how they read."""
    for paragraph in tree.iter(_PARAGRAPH):
        own = [
            text
            for text in paragraph.iter(_TEXT)
            if next(text.iterancestors(_PARAGRAPH)) is paragraph
        ]
        if own:
            yield own, "".join(text.text or "" for text in own)


def _changed(tree: etree._Element, changed: Callable[[str], str]) -> bool:
    """Change paragraphs whose text reads otherwise then. Word cuts a line into pieces as it likes:
    what stays at both ends stays in its piece, the rest goes into the piece where it begins."""
    any_changed = False
    for own, before in list(_paragraphs(tree)):
        after = changed(before)
        if after == before:
            continue
        any_changed = True
        start = _same(before, after)
        tail = _same(before[start:][::-1], after[start:][::-1])
        end, put = len(before) - tail, after[start : len(after) - tail]
        at = 0
        for text in own:
            piece = text.text or ""
            low, high = max(start - at, 0), min(end - at, len(piece))
            if low <= len(piece) and high >= low and (put is not None or high > low):
                text.text = piece[:low] + (put or "") + piece[high:]
                text.set(_SPACE, "preserve")
                put = None
            at += len(piece)
    return any_changed


def _same(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
