"""A letter as a reader meets it: its paragraphs and its tables, from the Word file itself."""

from io import BytesIO
from typing import NamedTuple

import docx
from docx.document import Document

from documents.catalogue import Written


class Letter(NamedTuple):
    """``paragraphs`` outside tables, ``tables`` as rows of cell texts, the head row first;
    ``imprint`` the lines at the foot of the last page, the parts of a line apart by a tab."""

    document: Document
    paragraphs: list[str]
    tables: list[list[list[str]]]
    imprint: list[str]

    @property
    def text(self) -> str:
        """Everything there is to read."""
        cells = [cell for table in self.tables for row in table for cell in row]
        return "\n".join([*self.paragraphs, *cells, *self.imprint])

    @property
    def title(self) -> str:
        """What the paper is called, under the red head where it has one."""
        return next(p.text for p in self.document.paragraphs if p.style.name == "公文标题")

    @property
    def sections(self) -> list[str]:
        """The titles of its sections, without their numbers."""
        headings = [p.text for p in self.document.paragraphs if p.style.name == "公文一级标题"]
        return [text.partition("、")[2] for text in headings]

    def table(self, *heads: str) -> list[list[str]]:
        """The rows under the first table whose head holds these words."""
        for table in self.tables:
            if set(heads) <= set(table[0]):
                return table[1:]
        raise AssertionError(f"no table with {heads} in {[t[0] for t in self.tables]}")

    def fact(self, title: str) -> str:
        """What a table of facts says of something."""
        for table in self.tables:
            for row in table:
                if row[0] == title and len(row) == 2:
                    return row[1]
        raise AssertionError(f"no fact {title}")


def read(written: Written | bytes) -> Letter:
    """A letter opened again with python-docx."""
    content = written if isinstance(written, bytes) else written.content
    document = docx.Document(BytesIO(content))
    tables = [
        [[_cell(tc) for tc in tr.tc_lst] for tr in table._tbl.tr_lst] for table in document.tables
    ]
    texts = [p.text for p in document.paragraphs if not p._p.xpath(".//w:txbxContent")]
    foot = document.element.body.xpath(".//w:txbxContent//w:tr")
    return Letter(document, texts, tables, [_row(tr) for tr in foot])


def _row(tr) -> str:
    return "\t".join(t.text or "" for t in tr.xpath(".//w:t"))


def _cell(tc) -> str:
    return "\n".join("".join(t.text or "" for t in p.xpath(".//w:t")) for p in tc.p_lst)
