"""A template as Word and WPS leave it when they save it. Neither is to be had here, so what they
are known to write is written: a line in pieces with marks between them, styles under ids of their
own, namespaces that old readers may ignore, and the parts every such file brings along.
"""

import io
import re
import zipfile
from random import Random
from typing import Any

from docx.oxml.ns import qn
from lxml import etree

from documents.word_styles import STYLES

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_TYPE = f"{_OFFICE}wordprocessingml."
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_TEXTS = re.compile(r"word/(document|header\d*|footer\d*)\.xml")

# What a file of that program declares at its root, and which of it an older reader may ignore.
_WORD_NAMES = {
    "w14": _W14,
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml",
    "w16cid": "http://schemas.microsoft.com/office/word/2016/wordml/cid",
    "w16se": "http://schemas.microsoft.com/office/word/2015/wordml/symex",
    "cx": "http://schemas.microsoft.com/office/drawing/2014/chartex",
    "aink": "http://schemas.microsoft.com/office/drawing/2016/ink",
    "am3d": "http://schemas.microsoft.com/office/drawing/2017/model3d",
}
_WPS_NAMES = {
    "w14": _W14,
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "wpsCustomData": "http://www.wps.cn/officeDocument/2013/wpsCustomData",
}
_IGNORED = {"word": "w14 w15 w16se w16cid", "wps": "w14"}


def as_saved(content: bytes, program: str, seed: int = 1) -> bytes:
    """A template after a round through ``program`` ("word" or "wps"); ``seed``: where its lines are
    cut."""
    chance = Random(seed)
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    trees = {name: etree.fromstring(part) for name, part in parts.items() if _is_text(name)}
    names = _WORD_NAMES if program == "word" else _WPS_NAMES
    for name, tree in list(trees.items()):
        if _TEXTS.fullmatch(name):
            trees[name] = tree = _declared(tree, names, _IGNORED[program])
            for number, paragraph in enumerate(list(tree.iter(qn("w:p")))):
                _numbered(paragraph, number)
                for text in list(paragraph.iter(qn("w:t"))):
                    _cut(text, program, chance, number)
    _styles_of_its_own(trees, program)
    parts |= {name: etree.tostring(tree, encoding="UTF-8") for name, tree in trees.items()}
    brought = _WORD_BRINGS if program == "word" else _WPS_BRINGS
    return _zipped(_with(parts, brought))


def _is_text(name: str) -> bool:
    return bool(_TEXTS.fullmatch(name)) or name == "word/styles.xml"


def _declared(tree: Any, names: dict[str, str], ignored: str) -> Any:
    root = etree.Element(tree.tag, attrib=dict(tree.attrib), nsmap={**tree.nsmap, **names})
    root.set(f"{{{_MC}}}Ignorable", ignored)
    root.extend(list(tree))
    return root


def _numbered(paragraph: Any, number: int) -> None:
    paragraph.set(f"{{{_W14}}}paraId", f"{0x1A2B3C4D + number:08X}")
    paragraph.set(f"{{{_W14}}}textId", "77777777")
    for name in ("rsidR", "rsidRDefault", "rsidP"):
        paragraph.set(qn(f"w:{name}"), f"00{0xA10000 + number:06X}")


def _cut(text: Any, program: str, chance: Random, number: int) -> None:
    """A run with a tag becomes two to four, at any place of it, with what stands between them."""
    run, said = text.getparent(), text.text or ""
    if "{" not in said or len(said) < 4:
        return
    cuts = sorted(chance.sample(range(1, len(said)), min(chance.choice((1, 2, 3)), len(said) - 1)))
    pieces = [said[a:b] for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True)]
    parent, at = run.getparent(), run.getparent().index(run)
    parent.remove(run)
    for order, piece in enumerate(pieces):
        for one in (*_between(program, order, number), _run(run, piece, program, order)):
            parent.insert(at, one)
            at += 1
    if program == "word" and len(pieces) > 2:  # a smart tag that begins in a tag and ends behind it
        smart = _made(
            "w:smartTag", uri="urn:schemas-microsoft-com:office:smarttags", element="place"
        )
        last = [one for one in parent if one.tag == qn("w:r")][-2:]
        last[0].addprevious(smart)
        smart.extend([_made("w:smartTagPr"), *last])


def _between(program: str, order: int, number: int) -> list[Any]:
    if not order:
        return []
    if program == "wps":
        start = _made("w:bookmarkStart", id="0", name="_GoBack")
        return [start, _made("w:bookmarkEnd", id="0")] if order == 1 and not number else []
    hidden = str(100 + number)
    if order == 1:
        start = _made("w:bookmarkStart", id=hidden, name=f"_Hlk{98765 + number}")
        return [_made("w:proofErr", type="spellStart"), start]
    if order == 2:
        return [_made("w:bookmarkEnd", id=hidden), _made("w:proofErr", type="spellEnd")]
    return [_made("w:proofErr", type="gramStart"), _made("w:proofErr", type="gramEnd")]


def _run(run: Any, said: str, program: str, order: int) -> Any:
    made = etree.Element(qn("w:r"))
    made.set(qn("w:rsidRPr"), f"00B{order}2C3D")
    looks = run.find(qn("w:rPr"))
    looks = etree.fromstring(etree.tostring(looks)) if looks is not None else _made("w:rPr")
    if program == "wps" or order % 2:
        if looks.find(qn("w:rFonts")) is None:
            looks.insert(0, _made("w:rFonts", hint="eastAsia"))
        language = _made("w:lang", val="en-US", eastAsia="zh-CN")
        looks.append(language)
    made.append(looks)
    if program == "word" and order == 1:
        made.append(_made("w:lastRenderedPageBreak"))
    text = etree.SubElement(made, qn("w:t"))
    text.text = said
    if said != said.strip():
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return made


def _made(called: str, /, **attributes: str) -> Any:
    made = etree.Element(qn(called), nsmap={"w": _W})
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _styles_of_its_own(trees: dict[str, Any], program: str) -> None:
    """Chinese Word calls our styles a3, a4…; WPS just numbers them."""
    ours = {name for name, *_ in STYLES.values()} | {"Table Grid", "Normal"}
    renamed: dict[str, str] = {}
    for style in trees["word/styles.xml"].findall(qn("w:style")):
        name = style.find(qn("w:name")).get(qn("w:val"))
        if name in ours:
            letter = "a" if program == "word" else ""
            renamed[style.get(qn("w:styleId"))] = f"{letter}{len(renamed) + 3}"
            style.set(qn("w:styleId"), renamed[style.get(qn("w:styleId"))])
    for tree in trees.values():
        for one in tree.iter(*map(qn, ("w:pStyle", "w:basedOn", "w:next", "w:link", "w:tblStyle"))):
            if one.get(qn("w:val")) in renamed:
                one.set(qn("w:val"), renamed[one.get(qn("w:val"))])


# -- the parts they bring along ------------------------------------------------------------------

_ITEM = '<?xml version="1.0"?>\n<b:Sources SelectedStyle="\\APASixthEditionOfficeOnline.xsl" '
_ITEM += 'xmlns:b="http://schemas.openxmlformats.org/officeDocument/2006/bibliography"/>'
_OF_ITEM = (
    '<ds:datastoreItem ds:itemID="{B1977F7D-205B-4081-913C-38D41E755F92}" '
    'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"/>'
)
_CUSTOM_DATA = (
    '<s:customData xmlns="http://www.wps.cn/officeDocument/2013/wpsCustomData" '
    'xmlns:s="http://www.wps.cn/officeDocument/2013/wpsCustomData"><customSectProps>'
    "<customSectPr/></customSectProps></s:customData>"
)
_PRODUCT = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="KSOProductBuildVer">'
    "<vt:lpwstr>2052-12.1.0.16929</vt:lpwstr></property>"
    '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="3" name="ICV">'
    "<vt:lpwstr>0A1B2C3D4E5F_13</vt:lpwstr></property></Properties>"
)
_PEOPLE = (
    '<w15:people xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml">'
    '<w15:person w15:author="示例干事"><w15:presenceInfo w15:providerId="None" '
    'w15:userId="示例干事"/></w15:person></w15:people>'
)
_NOTES = (
    '<w:{0}s xmlns:w="'
    + _W
    + '"><w:{0} w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r>'
    '</w:p></w:{0}><w:{0} w:type="continuationSeparator" w:id="0"><w:p><w:r>'
    "<w:continuationSeparator/></w:r></w:p></w:{0}></w:{0}s>"
)
_GLOSSARY = (
    f'<w:glossaryDocument xmlns:w="{_W}"><w:docParts><w:docPart><w:docPartPr>'
    '<w:name w:val="DefaultPlaceholder_-1854013440"/><w:category><w:name w:val="常规"/>'
    '<w:gallery w:val="placeholder"/></w:category>'
    '<w:guid w:val="{7B5D1F0E-3A55-4E0F-8C5A-1F2B3C4D5E6F}"/>'
    "</w:docPartPr><w:docPartBody><w:p><w:r><w:t>单击或点击此处输入文字。</w:t></w:r></w:p>"
    "</w:docPartBody></w:docPart></w:docParts></w:glossaryDocument>"
)
_NO_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
)
_PROPERTIES = f'<Relationship Id="rId1" Type="{_RELATED}customXmlProps" Target="itemProps1.xml"/>'
_TO_PROPERTIES = _NO_RELATIONS.replace("/>", f">{_PROPERTIES}</Relationships>")

# part → its content, its content type ("" for the extension's own), how the text refers to it
_Brought = dict[str, tuple[str, str, str]]
_WORD_BRINGS: _Brought = {
    "word/footnotes.xml": (_NOTES.format("footnote"), f"{_TYPE}footnotes+xml", "footnotes"),
    "word/endnotes.xml": (_NOTES.format("endnote"), f"{_TYPE}endnotes+xml", "endnotes"),
    "word/people.xml": (
        _PEOPLE,
        f"{_TYPE}people+xml",
        "http://schemas.microsoft.com/office/2011/relationships/people",
    ),
    "word/glossary/document.xml": (_GLOSSARY, f"{_TYPE}document.glossary+xml", "glossaryDocument"),
    "word/glossary/_rels/document.xml.rels": (_NO_RELATIONS, "", ""),
    "customXml/item1.xml": (_ITEM, "", "customXml"),
    "customXml/itemProps1.xml": (_OF_ITEM, f"{_OFFICE}customXmlProperties+xml", ""),
    "customXml/_rels/item1.xml.rels": (_TO_PROPERTIES, "", ""),
}
_WPS_BRINGS: _Brought = {
    "docProps/custom.xml": (
        _PRODUCT,
        "application/vnd.openxmlformats-officedocument.custom-properties+xml",
        "",
    ),
    "customXml/item1.xml": (_CUSTOM_DATA, "", "customXml"),
    "customXml/itemProps1.xml": (_OF_ITEM, f"{_OFFICE}customXmlProperties+xml", ""),
    "customXml/_rels/item1.xml.rels": (_TO_PROPERTIES, "", ""),
}


def _with(parts: dict[str, bytes], brought: _Brought) -> dict[str, bytes]:
    types, relations = "", ""
    for number, (name, (_, kind, related)) in enumerate(brought.items()):
        if kind:
            types += f'<Override PartName="/{name}" ContentType="{kind}"/>'
        if related:
            kind = related if related.startswith("http") else f"{_RELATED}{related}"
            target = name.removeprefix("word/") if name.startswith("word/") else f"../{name}"
            relations += f'<Relationship Id="rIdB{number}" Type="{kind}" Target="{target}"/>'
    found = {**parts, **{name: said.encode() for name, (said, *_) in brought.items()}}
    for name, end, more in (
        ("[Content_Types].xml", "</Types>", types),
        ("word/_rels/document.xml.rels", "</Relationships>", relations),
    ):
        found[name] = found[name].replace(end.encode(), f"{more}{end}".encode())
    return found


def _zipped(parts: dict[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return kept.getvalue()


def pieces_of(content: bytes) -> list[int]:
    """In how many pieces each line with a tag stands."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        tree = etree.fromstring(file.read("word/document.xml"))
    counted = [
        [text.text or "" for text in paragraph.iter(qn("w:t"))]
        for paragraph in tree.iter(qn("w:p"))
    ]
    return [len(texts) for texts in counted if "{" in "".join(texts)]


_BOX = (
    f'<w:p xmlns:w="{_W}" xmlns:mc="{_MC}" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><w:r>'
    '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx><w:txbxContent>{0}'
    "</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>"
    "<w:txbxContent>{0}</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
    "</w:r></w:p>"
)
_IN_BOX = (
    '<w:p><w:r><w:t>份号：{{</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:t> number</w:t>'
    '</w:r><w:proofErr w:type="spellEnd"/><w:r><w:t xml:space="preserve"> }}</w:t></w:r></w:p>'
)


def with_box(content: bytes) -> bytes:
    """The template with a text box in front of it, as Word writes one: twice, for new readers and
    for old ones, and what stands in it in pieces."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    tree = etree.fromstring(parts["word/document.xml"])
    tree.find(qn("w:body")).insert(0, etree.fromstring(_BOX.replace("{0}", _IN_BOX)))
    parts["word/document.xml"] = etree.tostring(tree, encoding="UTF-8")
    return _zipped(parts)
