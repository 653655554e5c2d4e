"""An office's template before it is accepted: everything that is wrong with it, in Chinese.

Called in the process that renders templates and nowhere else: `documents.template_worker`.
"""

import re
import zipfile
from collections.abc import Iterator
from difflib import get_close_matches
from io import BytesIO
from typing import Any

from docx.oxml.ns import qn
from lxml import etree

from documents.template_saved import own_texts
from documents.template_tags import problems_of_tags
from documents.word_fields import FIELDS, PIECES
from documents.word_sources import BODY, CORE, TEXTS, Sources, piece_in

_MARKS = re.compile(r"\{\{|\{%|\{#|\}\}|%\}|#\}")
_WHOLE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
_OPENED = re.compile(r"\{[{%].{0,38}")
_LAID_OUT = re.compile(r"\{\{\s*(p|tr|tc|r)\s+(\w*)")
_OF_CORE = re.compile(rf"\{{\{{\s*({'|'.join(FIELDS)})\s*\}}\}}")
_WIDE = re.compile("[｛｝]{2}|｛[%％]|[%％]｝|\\{％|％\\}")
_REVISED = (
    *("w:ins", "w:del", "w:moveFrom", "w:moveTo"),
    *("w:rPrChange", "w:pPrChange", "w:sectPrChange", "w:tblPrChange", "w:trPrChange"),
)
_PLACES = {"document": "正文", "header": "页眉", "footer": "页脚", "footnotes": "脚注"}


def problems_of_parts(content: bytes) -> Iterator[str]:
    """What is wrong with a template whatever its tags say: where they stand, what is left over
    from editing it."""
    with zipfile.ZipFile(BytesIO(content)) as file:
        for name in file.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            tree = etree.fromstring(file.read(name), _parser())
            if TEXTS.fullmatch(name):
                yield from _problems_of_text(name, tree)
            else:
                yield from _problems_beside(name, tree)


def problems_of_sources(sources: Sources) -> Iterator[str]:
    """What is wrong with the tags."""
    for name, text in sources.parts.items():
        if TEXTS.fullmatch(name):
            for problem in problems_of_tags(text):
                yield f"{place_of(name)}：{problem}"


def place_of(name: str) -> str:
    """A part as people call it."""
    stem = re.sub(r"word/|\d*\.xml", "", name)
    return _PLACES.get(stem, "尾注")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _problems_of_text(name: str, tree: Any) -> Iterator[str]:
    where = place_of(name)
    for one in tree.iter(etree.Element):
        if _in_attributes(one) or (one.tag != qn("w:t") and _MARKS.search(one.text or "")):
            yield f"{where}：标签只能写在文字里，不能写在域代码、图片说明、超链接等处"
            break
    if next(tree.iter(*map(qn, _REVISED)), None) is not None:
        yield f"{where}：还有修订痕迹，请先接受或拒绝全部修订"
    for paragraph in tree.iter(qn("w:p")):
        text = "".join(t.text or "" for t in own_texts(paragraph)).strip()
        if left := _OPENED.search(_WHOLE.sub("", text)):
            unfinished = f"标签没有写完，缺少“}}}}”或“%}}”：“{left[0]}”"
            yield f"{where}：{unfinished}（所在段落：“{text[:80]}”）"
        if _WIDE.search(text):
            yield f"{where}：标签的花括号和百分号须用半角（所在段落：“{text[:80]}”）"
        if found := _LAID_OUT.search(text):
            yield from _problems_of_piece(name, paragraph, found, text)


def _problems_of_piece(name: str, paragraph: Any, found: re.Match[str], text: str) -> Iterator[str]:
    where, piece = place_of(name), piece_in(paragraph)
    among = "、".join(f"{{{{p {one} }}}}" for one in PIECES)
    if not piece:
        yield f"{where}：“{found[0]}”须独占一段，且只能是{among}（所在段落：“{text[:80]}”）"
    elif piece not in PIECES:
        near = get_close_matches(piece, PIECES, 1)
        meant = f"是不是“{near[0]}”？" if near else ""
        yield f"{where}：没有“{piece}”这个版块，{meant}只能是{among}"
    elif name != BODY or paragraph.getparent().tag != qn("w:body"):
        tag = f"{{{{p {piece} }}}}"
        yield f"{where}：“{tag}”只能放在正文里单独成段，不能放在表格、文本框、页眉页脚中"


def _problems_beside(name: str, tree: Any) -> Iterator[str]:
    """Parts that are never filled in: a tag there would be printed, or worse."""
    if name == "word/comments.xml" and next(tree.iter(qn("w:comment")), None) is not None:
        yield "文件中还有批注，请先删除全部批注"
    for one in tree.iter(etree.Element):
        text = _OF_CORE.sub("", one.text or "") if name == CORE else one.text or ""
        if _MARKS.search(text) or (name != BODY and _in_attributes(one)):
            what = "文档属性（标题、作者等）" if name.startswith("docProps/") else name
            yield f"{what}里有标签“{text.strip()[:60]}”，那里的标签不起作用，请删除"
            return


def _in_attributes(one: Any) -> bool:
    return any(_MARKS.search(v) or (">" in v and "{" in v) for v in one.attrib.values())
