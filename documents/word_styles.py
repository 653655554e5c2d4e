"""What Word's template is made of before anything stands in it: the page and the styles, as GB/T
9704-2012 asks for them: A4, 22 lines of 28 characters."""

from datetime import datetime

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

FANG, HEI, KAI, XIAOBIAO = "仿宋", "黑体", "楷体", "方正小标宋简体"
UNDATED = datetime(2000, 1, 1)  # stands in the core properties until a paper's day is set

# 22 lines in 225 mm, 28 characters in 156 mm. LibreOffice takes no grid of characters: the lines'
# pitch is exact, and a character of 16 pt is set a quarter point tighter.
PITCH, TIGHTER = 28.95, -5  # points; twentieths of a point
SIZE = 16
RED = RGBColor(0xE6, 0x00, 0x12)
EMPTY = PITCH  # points: an empty line

# id: name shown in Word, font, size in points, alignment, first-line indent in characters,
# outline level, space before and after in points, exact line pitch
STYLES = {
    # 发文机关标志: 35 mm below the top of the type area; the red rule 4 mm under the number.
    "PaperMark": ("发文机关标志", XIAOBIAO, 48, ALIGN.CENTER, 0, None, (99.2, EMPTY), 48),
    "PaperMarkNumber": ("发文字号", FANG, 16, ALIGN.CENTER, 0, None, (EMPTY, 2 * EMPTY), PITCH),
    "PaperTitle": ("公文标题", XIAOBIAO, 22, ALIGN.CENTER, 0, None, (0, EMPTY), 35),
    "PaperAddressee": ("主送机关", FANG, 16, ALIGN.LEFT, 0, None, (0, 0), PITCH),
    "PaperBody": ("公文正文", FANG, 16, ALIGN.JUSTIFY, 2, None, (0, 0), PITCH),
    "PaperFlush": ("公文顶格", FANG, 16, ALIGN.LEFT, 0, None, (0, 0), PITCH),
    "PaperNote": ("公文附注", FANG, 12, ALIGN.LEFT, 0, None, (3, 3), 18),
    "PaperHeading1": ("公文一级标题", HEI, 16, ALIGN.LEFT, 2, 0, (0, 0), PITCH),
    "PaperHeading2": ("公文二级标题", KAI, 16, ALIGN.LEFT, 2, 1, (0, 0), PITCH),
    "PaperSigned": ("公文落款", FANG, 16, ALIGN.CENTER, 0, None, (0, 0), PITCH),
    "PaperCaption": ("公文表题", HEI, 12, ALIGN.CENTER, 0, None, (8, 4), 20),
    "PaperChart": ("公文图", FANG, 12, ALIGN.CENTER, 0, None, (0, 6), None),
    "PaperGap": ("公文表后空", FANG, 6, ALIGN.LEFT, 0, None, (0, 0), 6),
    "PaperHead": ("公文表头", HEI, 10.5, ALIGN.CENTER, 0, None, (2, 2), 15),
    "PaperCell": ("公文表格", FANG, 10.5, ALIGN.LEFT, 0, None, (1, 1), 15),
    "PaperAnnex": ("公文附件标识", HEI, 16, ALIGN.LEFT, 0, None, (0, EMPTY), PITCH),
    "PaperListed": ("公文附件说明", FANG, 16, ALIGN.LEFT, 2, None, (0, 0), PITCH),
    "PaperImprint": ("公文版记", FANG, 14, ALIGN.LEFT, 0, None, (0, 0), 24),
    "PaperEnd": ("公文末行", FANG, 1, ALIGN.LEFT, 0, None, (0, 0), 1),
    "PaperFootOdd": ("公文页码（单页）", FANG, 14, ALIGN.RIGHT, 0, None, (0, 0), 18),
    "PaperFootEven": ("公文页码（双页）", FANG, 14, ALIGN.LEFT, 0, None, (0, 0), 18),
}
_STAY = ("PaperCaption", "PaperGap", "PaperHead")  # on the page of what follows


def furnish(document: Document) -> None:
    """Give an empty document the page and the styles."""
    _speaks_chinese(document)
    _as_word_of_today(document)
    for identity, style in STYLES.items():
        _style(document, identity, *style)
    _page(document)
    _core(document)
    _without_the_rest(document)


def _speaks_chinese(document: Document) -> None:
    """Without a language, Chinese punctuation is set the Japanese or the Taiwan way; Latin letters
    and digits called Chinese, a line might end in the middle of a number."""
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "zh-CN")


def _as_word_of_today(document: Document) -> None:
    """Since Word 2013 a table's rule, not the text in it, stands at the margin."""
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
    for language in document.settings.element.iter(qn("w:themeFontLang")):
        language.set(qn("w:eastAsia"), "zh-CN")


def _page(document: Document) -> None:
    """A4 with the lines' grid; “— 1 —” 7 mm below the type area, odd pages right, even ones left,
    a character from the edge. Which side up, and the margins, a paper says itself."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    # The footer's bottom: 35 mm less 7 mm and a line of 18 pt.
    section.header_distance, section.footer_distance = Mm(15), Mm(35 - 7) - Pt(18)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, style in (
        (section.footer, "PaperFootOdd"),
        (section.even_page_footer, "PaperFootEven"),
    ):
        footer.is_linked_to_previous = False
        foot = footer.paragraphs[0]
        foot.style = document.styles[STYLES[style][0]]
        side = {"PaperFootOdd": "right_indent", "PaperFootEven": "left_indent"}[style]
        setattr(foot.paragraph_format, side, Pt(14))
        _field(foot, "PAGE")
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(PITCH * 20)))
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(grid)


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
    space: tuple[float, float],
    pitch: float | None,
) -> None:
    style: ParagraphStyle = document.styles.add_style(identity, WD_STYLE_TYPE.PARAGRAPH)
    style.element.find(qn("w:name")).set(qn("w:val"), name)
    style.font.size, style.font.name = Pt(size), "Times New Roman"
    style.element.rPr.rFonts.set(qn("w:eastAsia"), font)
    form = style.paragraph_format
    form.alignment, form.first_line_indent = align, Pt(size * indent)
    form.space_before, form.space_after = Pt(space[0]), Pt(space[1])
    if pitch:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
    form.widow_control = False
    # No gap between Chinese and digits: a character keeps its place in the grid.
    for name in ("w:autoSpaceDE", "w:autoSpaceDN", *(["w:snapToGrid"] if size != SIZE else [])):
        style.element.pPr.insert_element_before(_off(name), "w:snapToGrid", "w:spacing")
    if size == SIZE:
        closer = OxmlElement("w:spacing")
        closer.set(qn("w:val"), str(TIGHTER))
        style.element.rPr.insert_element_before(closer, "w:sz")
    if identity == "PaperMark":
        style.font.color.rgb = RED
    form.keep_with_next = outline is not None or identity in (
        "PaperCaption",
        "PaperGap",
        "PaperHead",
    )
    if outline is not None:
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(outline))
        style.element.pPr.append(level)


def _core(document: Document) -> None:
    core = document.core_properties
    core.title, core.author, core.last_modified_by = "{{ title }}", "{{ author }}", ""
    core.identifier = "{{ identifier }}"
    core.comments, core.keywords, core.language = "", "", "zh-CN"
    core.created = core.modified = UNDATED


_KEPT_STYLES = {"Normal", "DefaultParagraphFont", "TableNormal", "NoList", "Footer", "TableGrid"}
_LEFT_OUT = ("/stylesWithEffects", "/customXml", "/thumbnail", "/numbering")


def _off(name: str) -> BaseOxmlElement:
    """A setting of Word's, switched off."""
    setting = OxmlElement(name)
    setting.set(qn("w:val"), "0")
    return setting


def _without_the_rest(document: Document) -> None:
    """python-docx's own template brings a picture and a hundred styles nobody here uses: without
    them a letter is a third of the size, and an office finds its styles."""
    for styled in document.styles.element.findall(qn("w:style")):
        identity = styled.get(qn("w:styleId"))
        if identity not in _KEPT_STYLES and identity not in STYLES:
            styled.getparent().remove(styled)
        elif (link := styled.find(qn("w:link"))) is not None:
            styled.remove(link)
    for relations in (document.part.rels, document.part.package.rels):
        for key, relation in list(relations.items()):
            if any(end in relation.reltype for end in _LEFT_OUT):
                del relations[key]
