"""The one Word template all papers are set in, laid out as GB/T 9704-2012 asks: A4, 22 lines of 28
characters, its styles and its tags, built in code.

The tags are docxtpl's dialect ({%p %}, {%tr %}, {%tc %}). What an office downloads and edits has
them in its text alone; `documents.word_sources` makes of it what is rendered.
"""

from collections.abc import Callable
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph
from lxml import etree

from documents.word_chart import INLINE
from documents.word_imprint import IMPRINT
from documents.word_styles import PITCH, RED, STYLES, furnish
from documents.word_view import UPRIGHT

CHART_HERE, IMPRINT_HERE, TITLED_HERE = "CHART", "IMPRINT", "TITLED {}"


def build_template() -> bytes:
    """The template as a .docx file that Word opens and an office edits: its tags stand in its
    text, and what is laid out by rule is one tag a piece (``{{p blocks }}``, `build_pieces`)."""
    document = docx.Document()
    furnish(document)
    _margins_of_a_page(document)
    p = _writer(document)
    p("{{p head }}")
    p("{{ title }}", "PaperTitle")
    _optional(document, "addressee", "PaperAddressee")
    for piece in ("blocks", "listed", "signed", "annexes", "imprint"):
        p(f"{{{{p {piece} }}}}")
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def _margins_of_a_page(document: Document) -> None:
    margins = document.sections[0]._sectPr.find(qn("w:pgMar"))
    for name in ("top", "bottom", "left", "right"):
        margins.set(qn(f"w:{name}"), str(UPRIGHT[name]))


def build_pieces() -> dict[str, list[str]]:
    """What each ``{{p piece }}`` of a template stands for: paragraphs and tables as XML, with tags
    where no hand in Word could put them (widths, styles, charts, the box of the imprint)."""
    document = docx.Document()
    furnish(document)
    body, found = document.element.body, {}
    for name, write in _PIECES.items():
        write(document)
        found[name] = [_put_in(etree.tostring(one, encoding="unicode")) for one in body[:-1]]
        del body[:-1]
    return found


def _put_in(text: str) -> str:
    """What python-docx does not know how to build."""
    titled = TITLED_HERE.format("annex.titled"), title_in_lines("annex.titled")
    for place, what in ((CHART_HERE, INLINE), (IMPRINT_HERE, IMPRINT), titled):
        text = text.replace(f"<w:r><w:t>{place}</w:t></w:r>", what)
    return text


def title_in_lines(name: str) -> str:
    """A title's run that breaks where its meaning allows (`documents.titles`)."""
    return (
        f"<w:r><w:t>{{% for line in {name} %}}{{% if not loop.first %}}</w:t><w:br/><w:t>"
        "{% endif %}{{ line }}{% endfor %}</w:t></w:r>"
    )


def _head(document: Document) -> None:
    p = _writer(document)
    p("{%p if mark %}")
    _condensed(p("{{ mark }}", "PaperMark"))
    _ruled(p("{{ number }}", "PaperMarkNumber"), ("bottom", 12, RED, 5))
    p("{%p endif %}")


def _listed(document: Document) -> None:
    p = _writer(document)
    p("{%p for line in listed %}")
    _first_spaced(p("{{ line }}", "PaperListed"), PITCH)
    p("{%p endfor %}")


def _signature(document: Document) -> None:
    p = _writer(document)
    p("{%p for line in signed %}")
    _signed(_first_spaced(p("{{ line.text }}", "PaperSigned"), 2 * PITCH))
    p("{%p endfor %}")


def _annexes(document: Document) -> None:
    p = _writer(document)
    p("{%p for annex in annexes %}")
    first = p("{{ annex.mark }}", "PaperAnnex")
    first.paragraph_format.page_break_before = True
    p(TITLED_HERE.format("annex.titled"), "PaperTitle")
    _blocks(document, "annex.blocks")
    p("{%p endfor %}")


def _imprint(document: Document) -> None:
    p = _writer(document)
    p("{%p if imprint.lines %}")
    p(IMPRINT_HERE, "PaperEnd")
    p("{%p endif %}")


def _condensed(paragraph: Paragraph) -> None:
    """The red head on one line: its characters are made narrower, in percent."""
    wide = OxmlElement("w:w")
    wide.set(qn("w:val"), "{{ condensed }}")
    paragraph.runs[0]._r.get_or_add_rPr().append(wide)


def _first_spaced(paragraph: Paragraph, before: float) -> Paragraph:
    """Of the lines of a loop the first stands ``before`` points lower; all stay together."""
    form = paragraph.paragraph_format
    form.space_before, form.keep_with_next = Pt(0), True
    twips = round(before * 20)
    spacing = paragraph._p.pPr.find(qn("w:spacing"))
    spacing.set(qn("w:before"), f"{{{{ {twips} if loop.first else 0 }}}}")
    return paragraph


def _signed(paragraph: Paragraph) -> None:
    """Centred over the date, which ends four characters from the right."""
    form = paragraph.paragraph_format
    form.left_indent, form.alignment = Pt(0), ALIGN.CENTER
    indent = paragraph._p.pPr.find(qn("w:ind"))
    indent.set(qn("w:left"), "{{ line.left }}")
    indent.set(qn("w:right"), "{{ line.right }}")
    paragraph._p.pPr.find(qn("w:jc")).set(qn("w:val"), "{{ line.align }}")


def _writer(document: Document) -> Callable[..., Paragraph]:
    """Adds a paragraph in a style of ours by its id; a tag's own paragraph needs none."""
    return lambda text, style="PaperBody": document.add_paragraph(text, STYLES[style][0])


def _optional(document: Document, name: str, style: str) -> None:
    p = _writer(document)
    p(f"{{%p if {name} %}}")
    p(f"{{{{ {name} }}}}", style)
    p("{%p endif %}")


def _blocks(document: Document, name: str) -> None:
    """Each block is lines of one style, a table, or a chart."""
    p = _writer(document)
    p(f"{{%p for block in {name} %}}")
    p("{%p if block.head %}")
    _optional(document, "block.caption", "PaperCaption")
    _table(document)
    p("", "PaperGap")
    p("{%p elif block.number %}")
    _optional(document, "block.caption", "PaperCaption")
    _kept(p(CHART_HERE, "PaperChart"), "block.kept")
    p("{%p else %}")
    p("{%p for line in block.lines %}")
    _styled(p("{{ line }}", "PaperBody"), "{{ block.style }}")
    p("{%p endfor %}")
    p("{%p endif %}")
    p("{%p endfor %}")


def _styled(paragraph: Paragraph, style: str) -> None:
    styled = paragraph._p.pPr.find(qn("w:pStyle"))
    styled.set(qn("w:val"), style)
    _kept(paragraph, "block.kept and loop.last")


def _kept(paragraph: Paragraph, when: str) -> None:
    """Stays on the page of what follows, where that is asked for."""
    styled, keep = paragraph._p.pPr.find(qn("w:pStyle")), OxmlElement("w:keepNext")
    styled.addnext(keep)
    styled.tail, keep.tail = f"{{% if {when} %}}", "{% endif %}"


def _table(document: Document) -> None:
    """Columns, their widths and the rows are all loops; the head row repeats on every page. A row
    that stays with the next stands there twice: to ask once a row is a third of what asking once a
    cell would cost."""
    table = document.add_table(rows=8, cols=3, style="Table Grid")
    table.autofit = False
    grid = table._tbl.tblGrid
    for column in list(grid)[1:]:
        grid.remove(column)
    grid[0].set(qn("w:w"), "{{ twips }}")
    grid.text = "{% for twips, align, lines in block.head %}"
    grid[0].tail = "{% endfor %}"
    _width(table)
    _narrow_margins(table)
    head, start, either, kept, other, row, done, end = table.rows
    repeated = OxmlElement("w:tblHeader")
    head._tr.get_or_add_trPr().append(repeated)
    _cells(head, "{%tc for twips, align, lines in block.head %}", "PaperHead")
    start.cells[0].text = "{%tr for row in block.rows %}"
    either.cells[0].text, other.cells[0].text = "{%tr if row.kept %}", "{%tr else %}"
    for one in (kept, row):
        line = _cells(one, "{%tc for twips, align, lines in row.cells %}", "PaperCell")
        line.paragraph_format.keep_with_next = one is kept or None
        _kept_whole(one)
    done.cells[0].text = "{%tr endif %}"
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


def _cells(row: _Row, loop: str, style: str) -> Paragraph:
    begin, cell, end = row.cells
    begin.text, end.text = loop, "{%tc endfor %}"
    width = cell._tc.get_or_add_tcPr().get_or_add_tcW()
    width.set(qn("w:w"), "{{ twips }}")
    width.set(qn("w:type"), "dxa")
    middle = OxmlElement("w:vAlign")
    middle.set(qn("w:val"), "center")
    cell._tc.tcPr.append(middle)
    cell.paragraphs[0].text = "{%p for line in lines %}"
    line = cell.add_paragraph("{{ line }}", STYLES[style][0])
    align = OxmlElement("w:jc")
    align.set(qn("w:val"), "{{ align }}")
    line._p.get_or_add_pPr().append(align)
    cell.add_paragraph("{%p endfor %}")
    return line


def _kept_whole(row: _Row) -> None:
    """A short row is not broken over two pages; a long one has to be."""
    form = row._tr.get_or_add_trPr()
    form.text = "{% if row.whole %}"
    whole = OxmlElement("w:cantSplit")
    whole.tail = "{% endif %}"
    form.append(whole)


def _ruled(paragraph: Paragraph, *rules: tuple[str, int, object, int]) -> None:
    """Rules beside a paragraph: the side, how thick in eighths of a point, the colour, how far."""
    borders = OxmlElement("w:pBdr")
    for side, thick, colour, far in rules:
        rule = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", thick), ("space", far), ("color", colour)):
            rule.set(qn(f"w:{name}"), str(value))
        borders.append(rule)
    styled = paragraph._p.pPr.find(qn("w:pStyle"))
    styled.addnext(borders)


_PIECES: dict[str, Callable[[Document], None]] = {
    "head": _head,
    "blocks": lambda document: _blocks(document, "blocks"),
    "listed": _listed,
    "signed": _signature,
    "annexes": _annexes,
    "imprint": _imprint,
}
