"""What a Word file says, in the order it is read: a tuple of one text for a paragraph, of its cells
for a row of a table."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from documents.word_safety import safe_docx

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_CORE = "docProps/core.xml"
_IDENTIFIER = "{http://purl.org/dc/elements/1.1/}identifier"
_OLDER_SHAPES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BESIDE = re.compile(r"word/(header|footer|footnotes|endnotes)\d*\.xml")
_CHARTS = re.compile(r"word/charts/chart(\d+)\.xml")
_OWN = re.compile(r"[—\s\d]*")  # a page number

Line = tuple[str, ...]


def read_word(content: bytes) -> list[Line]:
    """Everything a Word file says, but for what is empty. UnsafeWord where it is not one, or one
    that must not be opened."""
    safe_docx(content)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = file.namelist()
        body = _parsed(file, "word/document.xml")
        found = [*_lines(body), *_boxes(body)]
        for name in sorted(filter(_CHARTS.fullmatch, names), key=_number):
            found += _chart(_parsed(file, name))
        for name in sorted(filter(_BESIDE.fullmatch, names)):
            lines = _lines(_parsed(file, name))
            found += [line for line in lines if not _OWN.fullmatch("".join(line))]
    return [line for line in found if any(line)]


def identifier_of(content: bytes) -> str:
    """What the file says it is in its core properties; empty where it says nothing."""
    safe_docx(content)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        if _CORE not in file.namelist():
            return ""
        found = next(_parsed(file, _CORE).iter(_IDENTIFIER), None)
    return (found.text or "").strip() if found is not None else ""


def _number(name: str) -> int:
    found = _CHARTS.fullmatch(name)
    return int(found[1]) if found else 0


def _parsed(file: zipfile.ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(file.read(name), parser)


def _lines(element: Any) -> Iterator[Line]:
    """The paragraphs and rows below an element; what stands in a box comes after all."""
    for child in element:
        if child.tag == f"{_W}p":
            yield (_text(child),)
        elif child.tag == f"{_W}tr":
            cells = (c for c in child.iter(f"{_W}tc") if _row_of(c) is child)
            yield tuple("\n".join(_text(p) for p in cell.iter(f"{_W}p")) for cell in cells)
        elif isinstance(child.tag, str):
            yield from _lines(child)


def _row_of(cell: Any) -> Any:
    return next(cell.iterancestors(f"{_W}tr"), None)


def _boxes(body: Any) -> Iterator[Line]:
    for box in body.iter(f"{_W}txbxContent"):
        if next(box.iterancestors(_OLDER_SHAPES), None) is None:
            for paragraph in box.iter(f"{_W}p"):
                yield tuple(_text(paragraph).split("\t"))


def _text(paragraph: Any) -> str:
    parts = []
    for piece in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br"):
        if _within(piece) is not paragraph or piece.getparent().tag == f"{_W}tabs":
            continue
        plain = {f"{_W}tab": "\t", f"{_W}br": "\n"}
        parts.append(plain.get(piece.tag) or piece.text or "")
    return "".join(parts).strip()


def _within(piece: Any) -> Any:
    return next(piece.iterancestors(f"{_W}p"), None)


def _chart(tree: Any) -> Iterator[Line]:
    """What its axes are called, then each series with its figures."""
    first = next(tree.iter(f"{_CHART}cat"), None)
    if first is not None:
        yield tuple(v.text or "" for v in first.iter(f"{_CHART}v"))
    for series in tree.iter(f"{_CHART}ser"):
        name = [v.text or "" for v in series.iterfind(f"{_CHART}tx//{_CHART}v")]
        shares = [v.text or "" for v in series.iterfind(f"{_CHART}val//{_CHART}v")]
        yield (*name, *shares)
