"""A template's .docx as what is rendered: parts with tags as Jinja source, the others as they are.

An office's template has been through Word or WPS, which know nothing of ours: styles are found by
their names whatever their ids have become, the tag of a piece (``{{p blocks }}``) becomes its
paragraphs, the page's size a tag, and the core properties are always the paper's own.
"""

import re
import zipfile
from copy import deepcopy
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

import docx
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from lxml import etree

from documents.template_saved import as_written
from documents.word_chart import CONTENT_TYPE, RELATION
from documents.word_styles import STYLES, UNDATED, furnish
from documents.word_template import build_pieces, title_in_lines

STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file knows: no clock is read
BODY, CORE, STYLED = "word/document.xml", "docProps/core.xml", "word/styles.xml"
TEXTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
PIECE = re.compile(r"\{\{\s*p\s+(\w+)\s*\}\}")
TITLE = re.compile(r"\s*\{\{\s*title\s*\}\}\s*")

# What stands for every paper's charts, where relations and types are declared.
_DECLARED = {
    "word/_rels/document.xml.rels": ("</Relationships>", RELATION),
    "[Content_Types].xml": ("</Types>", CONTENT_TYPE),
}
_MARGINS = ("top", "bottom", "left", "right")


class Sources(NamedTuple):
    """``still`` is a zip of the parts without tags; ``parts`` the others' Jinja source, by name;
    ``page`` the upright page in twentieths of a point, ``text`` the width left for text."""

    still: bytes
    parts: dict[str, str]
    page: dict[str, Any]


def sources_of(content: bytes) -> Sources:
    """Make of a template what is rendered. It has been looked at before (`word_safety`)."""
    with zipfile.ZipFile(BytesIO(content)) as file:
        read = {name: file.read(name) for name in file.namelist() if not name.endswith("/")}
    trees = {name: _parse(read[name]) for name in read if TEXTS.fullmatch(name) or name == STYLED}
    for name in filter(TEXTS.fullmatch, trees):
        as_written(trees[name])
    _by_our_ids(trees)
    _expand(trees[BODY])
    page = _bind_page(trees[BODY])
    still, parts = BytesIO(), {}
    with zipfile.ZipFile(still, "w") as kept:
        for name, whole in read.items():
            if name in trees:
                whole = etree.tostring(trees[name], encoding="UTF-8", standalone=True)
            if name == CORE:
                parts[name] = _core()
            elif name in _DECLARED:
                end, what = _DECLARED[name]
                parts[name] = whole.decode("utf-8").replace(end, f"{what}{end}")
            elif TEXTS.fullmatch(name) and (b"{{" in whole or b"{%" in whole or b"{<" in whole):
                parts[name] = _patched(whole.decode("utf-8"))
            else:
                kept.writestr(entry(name), whole)
    return Sources(still.getvalue(), parts, page)


def entry(name: str, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """A zip entry that tells nothing of when and where it was made."""
    made = zipfile.ZipInfo(name, STAMP)
    made.compress_type, made.create_system, made.external_attr = method, 3, 0
    return made


def _parse(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(content, parser)


def _patched(text: str) -> str:
    """docxtpl's own reading of its dialect; nothing else of it is ever called."""
    return DocxTemplate(BytesIO()).patch_xml(text)


# -- styles ----------------------------------------------------------------------------------------


def _by_our_ids(trees: dict[str, Any]) -> None:
    """Word gives styles new ids when it saves; names stay. Ours get their own ids again, and one
    that is gone comes back as it is built in."""
    if STYLED not in trees:
        return
    ours = {name: identity for identity, (name, *_) in STYLES.items()} | {"Table Grid": "TableGrid"}
    styles, renamed = trees[STYLED], {}
    for style in styles.findall(qn("w:style")):
        name = style.find(qn("w:name"))
        identity = ours.pop(name.get(qn("w:val"), ""), "") if name is not None else ""
        if identity and style.get(qn("w:styleId")) != identity:
            renamed[style.get(qn("w:styleId"))] = identity
    for other in styles.findall(qn("w:style")):  # a stranger that bears one of our ids gives way
        if (taken := other.get(qn("w:styleId"))) in renamed.values() and taken not in renamed:
            renamed[taken] = f"{taken}0"
    for tree in trees.values() if renamed else ():
        for one in tree.iter(*map(qn, _NAMING)):
            where = qn("w:styleId") if one.tag == qn("w:style") else qn("w:val")
            if one.get(where) in renamed:
                one.set(where, renamed[one.get(where)])
    for identity in ours.values():
        styles.append(deepcopy(_built_in_styles()[identity]))


_NAMING = (
    *("w:style", "w:pStyle", "w:rStyle", "w:tblStyle", "w:basedOn", "w:next", "w:link"),
    *("w:numStyleLink", "w:styleLink"),
)


@cache
def _furnished() -> Any:
    document = docx.Document()
    furnish(document)
    return document


@cache
def _built_in_styles() -> dict[str, Any]:
    found = _furnished().styles.element.findall(qn("w:style"))
    return {style.get(qn("w:styleId")): style for style in found}


# -- body ------------------------------------------------------------------------------------------


@cache
def _pieces() -> dict[str, list[Any]]:
    return {
        name: [etree.fromstring(one) for one in paragraphs]
        for name, paragraphs in build_pieces().items()
    }


def piece_in(paragraph: Any) -> str:
    """The name of the piece that a paragraph of a template stands for, or ""."""
    texts = "".join(text.text or "" for text in paragraph.iter(qn("w:t")))
    found = PIECE.fullmatch(texts.strip())
    return found[1] if found else ""


def piece_names() -> list[str]:
    """The pieces there are."""
    return list(_pieces())


def _expand(document: Any) -> None:
    body = document.find(qn("w:body"))
    for paragraph in body.findall(qn("w:p")):
        _break_title(paragraph)
        name = piece_in(paragraph)
        if name in _pieces():
            for one in _pieces()[name]:
                paragraph.addprevious(deepcopy(one))
            body.remove(paragraph)


def _break_title(paragraph: Any) -> None:
    """Where a line of our title style holds nothing but the title, that breaks by its meaning."""
    styled = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    texts = [text for text in paragraph.iter(qn("w:t")) if text.text]
    whole = TITLE.fullmatch("".join(text.text for text in texts))
    if styled is None or styled.get(qn("w:val")) != "PaperTitle" or not whole:
        return
    run = texts[0].getparent()
    for text in texts[1:]:
        text.text = ""
    lines = etree.fromstring(f'<w:p xmlns:w="{run.nsmap["w"]}">{title_in_lines("titled")}</w:p>')
    for part in list(lines[0]):
        texts[0].addprevious(part)
    run.remove(texts[0])


def _bind_page(document: Any) -> dict[str, Any]:
    """The page's size, and tags in its place, so that a wide paper lies on its side. A template of
    several sections keeps its own."""
    sections = list(document.iter(qn("w:sectPr")))
    size, margins = (sections[-1].find(qn(f"w:{tag}")) for tag in ("pgSz", "pgMar"))
    number = {"w": 11906, "h": 16838, "orient": "portrait"}
    number |= {"top": 1440, "bottom": 1440, "left": 1800, "right": 1800}
    for one in (size, margins):
        for key, value in one.attrib.items() if one is not None else ():
            name = etree.QName(key).localname
            if name in number:
                number[name] = value if name == "orient" else int(value)
    page = {**number, "text": number["w"] - number["left"] - number["right"]}
    if len(sections) == 1 and size is not None and margins is not None:
        for one, names in ((size, ("w", "h", "orient")), (margins, _MARGINS)):
            for name in names:
                one.set(qn(f"w:{name}"), f"{{{{ page.{name} }}}}")
    return page


@cache
def _core() -> str:
    """The core properties of every paper: its title, whose it is, its day."""
    text = etree.tostring(_furnished().core_properties._element, encoding="unicode")
    return text.replace(UNDATED.isoformat(), "{{ day }}T00:00:00")
