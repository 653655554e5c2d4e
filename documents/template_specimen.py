"""A template tried before it is accepted: specimen papers, and whether all of them is to be read.

The specimens hold everything a paper can hold, upright and on its side, and then next to nothing:
a template that loses a paragraph, or needs an annex that is not there, is found here and not by a
school.
"""

import zipfile
from datetime import date
from io import BytesIO

import docx

from documents.papers import Annex, Heading, Paper, Radar, Series, Text, table
from documents.template_rendering import OfficeTemplate, TemplateFailed, UnfitTemplate

DAY = date(2026, 9, 18)
_AUTHOR = "示例县人民政府教育督导室"

# What must be to be read in the specimen, and what a template does not show where it is not.
_MUST = {
    "样张标题": "标题（{{ title }}）",
    "示教督样〔2026〕1号": "发文字号（{{p head }}或{{ number }}）",
    "样张主送学校": "主送机关（{{ addressee }}）",
    "样张一级标题": "正文标题（{{p blocks }}）",
    "样张段落甲": "正文段落（{{p blocks }}）",
    "样张段落乙": "正文段落（{{p blocks }}）",
    "样张表头": "表头（{{p blocks }}）",
    "样张单元格": "表格内容（{{p blocks }}）",
    "样张表题": "表题（{{p blocks }}）",
    "附件：样张附件名": "附件说明（{{p listed }}）",
    "样张附件段落": "附件全文（{{p annexes }}）",
    "样张署名": "落款（{{p signed }}）",
    "2026年9月18日": "成文日期（{{p signed }}）",
}


def specimen(title: str, landscape: bool = False) -> Paper:
    """A paper that holds everything a paper can hold."""
    rows = [[f"样张单元格{number}", "内容较长的单元格，用来看换行和行距。"] for number in (1, 2, 3)]
    return Paper(
        title=f"样张标题：{title}",
        signed_on=DAY,
        mark=f"{_AUTHOR}文件",
        number="示教督样〔2026〕1号",
        addressee="样张主送学校：",
        blocks=(
            Heading("一、样张一级标题"),
            Text("样张段落甲。" + "这是样张中的一段文字，用来查看版式。" * 4 + "\n样张段落乙。"),
            Heading("（一）样张二级标题", 2),
            table([("样张表头", 10), ("说明", 20)], rows, "样张表题"),
            Radar(
                ("学校管理", "教师队伍", "教育教学"), (Series("样张", (0.9, 0.7, 0.8)),), "样张图"
            ),
            Text("样张末段。"),
        ),
        annexes=(Annex("样张附件名", (Text("样张附件段落。"),)),),
        signature=("样张署名",),
        imprint=(("抄送：样张抄送单位。",), (_AUTHOR, "2026年9月18日印发")),
        landscape=landscape,
    )


def bare(title: str) -> Paper:
    """A paper that holds next to nothing."""
    return Paper(title=f"样张标题：{title}", signed_on=DAY, blocks=(Text("样张段落甲。"),))


def tried(content: bytes, title: str) -> bytes:
    """The specimen in a template. UnfitTemplate, with every problem, where it is not accepted."""
    with OfficeTemplate(content) as template:
        template.start()
        try:
            shown, _ = template.to_word(specimen(title), _AUTHOR)
            template.to_word(specimen(title, landscape=True), _AUTHOR)
            template.to_word(bare(title), _AUTHOR)
        except TemplateFailed as failed:
            raise UnfitTemplate([f"试排样张没有成功：{failed}"]) from None
    if missing := _missing(shown):
        raise UnfitTemplate([f"样张中没有出现{what}，文书会缺少这部分内容" for what in missing])
    return shown


def _missing(shown: bytes) -> list[str]:
    document = docx.Document(BytesIO(shown))
    with zipfile.ZipFile(BytesIO(shown)) as file:
        parts = [
            name
            for name in file.namelist()
            if name.startswith(("word/header", "word/footer")) and name.endswith(".xml")
        ]
        beside = [docx.oxml.parse_xml(file.read(name)) for name in parts]
        drawn = b"rIdChart1" in file.read("word/document.xml")
    read = "\n".join(
        "".join(text.text or "" for text in paragraph.xpath(".//w:t"))
        for tree in (document.element, *beside)
        for paragraph in tree.xpath(".//w:p")
    )
    found = [what for text, what in _MUST.items() if text not in read]
    return list(dict.fromkeys(found if drawn else [*found, "图（{{p blocks }}）"]))
