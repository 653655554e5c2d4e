"""What Word and WPS make of a template's text when they save it, undone: a tag in pieces stands in
one again, and the marks of editing are gone, which no letter needs and a loop would repeat.

Word cuts a line wherever somebody has typed, where the spelling is doubtful, where the script
changes; between the pieces stand marks of the spelling, bookmarks, smart tags that begin in a tag
and end behind it. Nothing that is to be read changes here.
"""

import re
from collections.abc import Iterator
from typing import Any

from docx.oxml.ns import qn
from lxml import etree

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_MARKS = ("w:proofErr", "w:lastRenderedPageBreak", "w:permStart", "w:permEnd")
_WRAPPERS = ("w:smartTag",)
# Numbers of a paragraph: no two may have the same, and a loop repeats them.
_NUMBERS = (f"{_W14}paraId", f"{_W14}textId")
# Bookmarks that programs set for themselves: where the cursor was, what was copied last.
_PASSING = re.compile(r"_GoBack|_Hlk\d+|OLE_LINK\d+")


def as_written(tree: Any) -> None:
    """Undo what saving did to a part of a template's text, in place."""
    for mark in list(tree.iter(*map(qn, _MARKS))):
        mark.getparent().remove(mark)
    passing = {
        one.get(qn("w:id"))
        for one in tree.iter(qn("w:bookmarkStart"))
        if _PASSING.fullmatch(one.get(qn("w:name"), ""))
    }
    for one in list(tree.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"))):
        if one.get(qn("w:id")) in passing:
            one.getparent().remove(one)
    for wrapper in list(tree.iter(*map(qn, _WRAPPERS))):
        _unwrap(wrapper)
    for paragraph in list(tree.iter(qn("w:p"))):
        for number in _NUMBERS:
            paragraph.attrib.pop(number, None)
        _join_tags(list(own_texts(paragraph)))


def own_texts(paragraph: Any) -> Iterator[Any]:
    """The pieces of a paragraph's text in their order; those of a box within it are the box's."""
    for text in paragraph.iter(qn("w:t")):
        if next(text.iterancestors(qn("w:p")), None) is paragraph:
            yield text


def _unwrap(wrapper: Any) -> None:
    parent, at = wrapper.getparent(), wrapper.getparent().index(wrapper)
    inner = [one for one in wrapper if etree.QName(one).localname != "smartTagPr"]
    parent.remove(wrapper)
    for number, one in enumerate(inner):
        parent.insert(at + number, one)


def _join_tags(pieces: list[Any]) -> None:
    """Each tag into the piece in which it begins, with that piece's looks; what is then empty
    goes."""
    owners = [number for number, piece in enumerate(pieces) for _ in piece.text or ""]
    whole = "".join(piece.text or "" for piece in pieces)
    before = list(owners)
    for tag in _TAG.finditer(whole):
        owners[tag.start() : tag.end()] = [owners[tag.start()]] * len(tag[0])
    if owners == before:
        return
    texts = [""] * len(pieces)
    for owner, character in zip(owners, whole, strict=True):
        texts[owner] += character
    for piece, text in zip(pieces, texts, strict=True):
        piece.text = text
        piece.set(_SPACE, "preserve")
        if not text:
            _remove(piece)


def _remove(piece: Any) -> None:
    """A piece that says nothing any more, and its run where that holds nothing else."""
    run = piece.getparent()
    run.remove(piece)
    if run.tag == qn("w:r") and all(one.tag == qn("w:rPr") for one in run):
        run.getparent().remove(run)
