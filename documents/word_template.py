"""The one Word template all papers are set in: A4, its styles and its tags, built in code.

The tags are docxtpl's dialect ({%p %}, {%tr %}, {%tc %}), so that an office may one day edit it.
"""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph

FANG, HEI, KAI, XIAOBIAO = "仿宋", "黑体", "楷体", "方正小标宋简体"
UNDATED = datetime(2000, 1, 1)  # stands in the core properties until a paper's day is set

# id: name shown in Word, font, size in points, alignment, first-line indent in characters,
# outline level, space before and after in points, exact line pitch
_STYLES = {
    "PaperTitle": ("公文标题", XIAOBIAO, 22, ALIGN.CENTER, 0, None, (0, 14), 35),
    "PaperNumber": ("发文字号", FANG, 16, ALIGN.CENTER, 0, None, (0, 14), 29),
    "PaperAddressee": ("主送机关", FANG, 16, ALIGN.LEFT, 0, None, (0, 0), 29),
    "PaperBody": ("公文正文", FANG, 16, ALIGN.JUSTIFY, 2, None, (0, 0), 29),
    "PaperFlush": ("公文顶格", FANG, 16, ALIGN.LEFT, 0, None, (0, 0), 29),
    "PaperNote": ("公文附注", FANG, 12, ALIGN.LEFT, 0, None, (3, 3), 18),
    "PaperHeading1": ("公文一级标题", HEI, 16, ALIGN.LEFT, 2, 0, (0, 0), 29),
    "PaperHeading2": ("公文二级标题", KAI, 16, ALIGN.LEFT, 2, 1, (0, 0), 29),
    "PaperSigned": ("公文落款", FANG, 16, ALIGN.RIGHT, 0, None, (0, 0), 29),
    "PaperCaption": ("公文表题", HEI, 12, ALIGN.CENTER, 0, None, (8, 4), 20),
    "PaperHead": ("公文表头", HEI, 10.5, ALIGN.CENTER, 0, None, (2, 2), 15),
    "PaperCell": ("公文表格", FANG, 10.5, ALIGN.LEFT, 0, None, (1, 1), 15),
    "PaperImprint": ("公文版记", FANG, 14, ALIGN.LEFT, 0, None, (0, 0), 24),
}


def build_template() -> bytes:
    """The template as a .docx file."""
    document = docx.Document()
    _page(document)
    _speaks_chinese(document)
    for identity, style in _STYLES.items():
        _style(document, identity, *style)
    _body(document)
    _any_side_up(document)
    _core(document)
    _without_the_rest(document)
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def _page(document: Document) -> None:
    """A4, “— 1 —” at the foot; which side up, and the margins, a paper says itself."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.header_distance, section.footer_distance = Mm(15), Mm(18)
    foot = section.footer.paragraphs[0]
    foot.alignment = ALIGN.CENTER
    _field(foot, "PAGE")


def _speaks_chinese(document: Document) -> None:
    """Without a language, Chinese punctuation is set the Japanese or the Taiwan way; Latin letters
    and digits called Chinese, a line might end in the middle of a number."""
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "zh-CN")


def _any_side_up(document: Document) -> None:
    """The page's size becomes a tag, last of all: python-docx reads it while it builds."""
    size = document.sections[0]._sectPr.find(qn("w:pgSz"))
    for name in ("w", "h", "orient"):
        size.set(qn(f"w:{name}"), f"{{{{ page.{name} }}}}")
    margins = document.sections[0]._sectPr.find(qn("w:pgMar"))
    for name in ("top", "bottom", "left", "right"):
        margins.set(qn(f"w:{name}"), f"{{{{ page.{name} }}}}")


def _field(paragraph: Paragraph, code: str) -> None:
    paragraph.add_run("— ").font.size = Pt(14)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run = paragraph.add_run("1")
    run.font.size = Pt(14)
    field.append(run._r)
    paragraph._p.append(field)
    paragraph.add_run(" —").font.size = Pt(14)


def _style(
    document: Document,
    identity: str,
    name: str,
    font: str,
    size: float,
    align: ALIGN,
    indent: int,
    outline: int | None,
    space: tuple[int, int],
    pitch: int,
) -> None:
    style: ParagraphStyle = document.styles.add_style(identity, WD_STYLE_TYPE.PARAGRAPH)
    style.element.find(qn("w:name")).set(qn("w:val"), name)
    style.font.size, style.font.name = Pt(size), "Times New Roman"
    style.element.rPr.rFonts.set(qn("w:eastAsia"), font)
    form = style.paragraph_format
    form.alignment, form.first_line_indent = align, Pt(size * indent)
    form.space_before, form.space_after = Pt(space[0]), Pt(space[1])
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
    form.widow_control = False
    form.keep_with_next = outline is not None or identity in ("PaperCaption", "PaperHead")
    if outline is not None:
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(outline))
        style.element.pPr.append(level)


def _body(document: Document) -> None:
    """Title, number, addressee, blocks, annexes listed, signature, annexes in full, imprint."""
    p = _writer(document)
    p("{{ title }}", "PaperTitle")
    _optional(document, "number", "PaperNumber")
    _optional(document, "addressee", "PaperAddressee")
    _blocks(document, "blocks")
    p("{%p if listed %}")
    p("{%p for line in listed %}")
    p("{{ line }}", "PaperBody").paragraph_format.keep_with_next = True
    p("{%p endfor %}")
    p("{%p endif %}")
    p("{%p for line in signed %}")
    p("{{ line }}", "PaperSigned").paragraph_format.keep_with_next = True
    p("{%p endfor %}")
    p("{%p for annex in annexes %}")
    first = p("{{ annex.mark }}", "PaperFlush")
    first.paragraph_format.page_break_before = True
    p("{{ annex.title }}", "PaperTitle")
    _blocks(document, "annex.blocks")
    p("{%p endfor %}")
    p("{%p for line in imprint %}")
    _ruled(p("{{ line }}", "PaperImprint"))
    p("{%p endfor %}")


def _writer(document: Document) -> Callable[..., Paragraph]:
    """Adds a paragraph in a style of ours by its id; a tag's own paragraph needs none."""
    return lambda text, style="PaperBody": document.add_paragraph(text, _STYLES[style][0])


def _optional(document: Document, name: str, style: str) -> None:
    p = _writer(document)
    p(f"{{%p if {name} %}}")
    p(f"{{{{ {name} }}}}", style)
    p("{%p endif %}")


def _blocks(document: Document, name: str) -> None:
    """Each block is either lines of one style or a table."""
    p = _writer(document)
    p(f"{{%p for block in {name} %}}")
    p("{%p if block.head %}")
    _optional(document, "block.caption", "PaperCaption")
    _table(document)
    p("{%p else %}")
    p("{%p for line in block.lines %}")
    _styled(p("{{ line }}", "PaperBody"), "{{ block.style }}")
    p("{%p endfor %}")
    p("{%p endif %}")
    p("{%p endfor %}")


def _styled(paragraph: Paragraph, style: str) -> None:
    styled = paragraph._p.pPr.find(qn("w:pStyle"))
    styled.set(qn("w:val"), style)
    keep = OxmlElement("w:keepNext")
    styled.addnext(keep)
    styled.tail, keep.tail = "{% if block.kept and loop.last %}", "{% endif %}"


def _table(document: Document) -> None:
    """Columns, their widths and the rows are all loops; the head row repeats on every page."""
    table = document.add_table(rows=4, cols=3, style="Table Grid")
    table.autofit = False
    grid = table._tbl.tblGrid
    for column in list(grid)[1:]:
        grid.remove(column)
    grid[0].set(qn("w:w"), "{{ twips }}")
    grid.text = "{% for twips, align, lines in block.head %}"
    grid[0].tail = "{% endfor %}"
    _width(table)
    _narrow_margins(table)
    head, start, row, end = table.rows
    repeated = OxmlElement("w:tblHeader")
    head._tr.get_or_add_trPr().append(repeated)
    _cells(head, "{%tc for twips, align, lines in block.head %}", "PaperHead")
    start.cells[0].text = "{%tr for row in block.rows %}"
    _cells(row, "{%tc for twips, align, lines in row.cells %}", "PaperCell")
    _kept_whole(row)
    end.cells[0].text = "{%tr endfor %}"


def _width(table: Table) -> None:
    width = table._tbl.tblPr.find(qn("w:tblW"))
    width.set(qn("w:type"), "dxa")
    width.set(qn("w:w"), "{{ page.text }}")


def _narrow_margins(table: Table) -> None:
    """One millimetre beside the text of a cell, half of Word's own: office tables are full."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "57")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    look.addprevious(margins)


def _cells(row: _Row, loop: str, style: str) -> None:
    begin, cell, end = row.cells
    begin.text, end.text = loop, "{%tc endfor %}"
    width = cell._tc.get_or_add_tcPr().get_or_add_tcW()
    width.set(qn("w:w"), "{{ twips }}")
    width.set(qn("w:type"), "dxa")
    middle = OxmlElement("w:vAlign")
    middle.set(qn("w:val"), "center")
    cell._tc.tcPr.append(middle)
    cell.paragraphs[0].text = "{%p for line in lines %}"
    line = cell.add_paragraph("{{ line }}", _STYLES[style][0])
    align = OxmlElement("w:jc")
    align.set(qn("w:val"), "{{ align }}")
    line._p.get_or_add_pPr().append(align)
    cell.add_paragraph("{%p endfor %}")


def _kept_whole(row: _Row) -> None:
    """A short row is not broken over two pages; a long one has to be."""
    form = row._tr.get_or_add_trPr()
    form.text = "{% if row.whole %}"
    whole = OxmlElement("w:cantSplit")
    whole.tail = "{% endif %}"
    form.append(whole)


def _ruled(paragraph: Paragraph) -> None:
    """A thin rule over and under each line of the imprint."""
    borders = OxmlElement("w:pBdr")
    for side in ("top", "bottom"):
        rule = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "000000")):
            rule.set(qn(f"w:{name}"), value)
        borders.append(rule)
    paragraph._p.get_or_add_pPr().insert(1, borders)


def _core(document: Document) -> None:
    core = document.core_properties
    core.title, core.author, core.last_modified_by = "{{ title }}", "{{ author }}", ""
    core.comments, core.keywords, core.language = "", "", "zh-CN"
    core.created = core.modified = UNDATED


_KEPT_STYLES = {"Normal", "DefaultParagraphFont", "TableNormal", "NoList", "Footer", "TableGrid"}
_LEFT_OUT = ("/stylesWithEffects", "/customXml", "/thumbnail", "/numbering")


def _without_the_rest(document: Document) -> None:
    """python-docx's own template brings a picture and a hundred styles nobody here uses: without
    them a letter is a third of the size, and an office finds its styles."""
    for styled in document.styles.element.findall(qn("w:style")):
        identity = styled.get(qn("w:styleId"))
        if identity not in _KEPT_STYLES and identity not in _STYLES:
            styled.getparent().remove(styled)
        elif (link := styled.find(qn("w:link"))) is not None:
            styled.remove(link)
    for relations in (document.part.rels, document.part.package.rels):
        for key, relation in list(relations.items()):
            if any(end in relation.reltype for end in _LEFT_OUT):
                del relations[key]
