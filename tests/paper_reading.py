"""A letter as a reader meets it: its paragraphs and its tables, from the Word file itself."""

from io import BytesIO
from typing import NamedTuple

import docx
from docx.document import Document

from documents.catalogue import Written


class Letter(NamedTuple):
    """``paragraphs`` outside tables, ``tables`` as rows of cell texts, the head row first."""

    document: Document
    paragraphs: list[str]
    tables: list[list[list[str]]]

    @property
    def text(self) -> str:
        """Everything there is to read."""
        cells = [cell for table in self.tables for row in table for cell in row]
        return "\n".join([*self.paragraphs, *cells])

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
    return Letter(document, [p.text for p in document.paragraphs], tables)


def _cell(tc) -> str:
    return "\n".join("".join(t.text or "" for t in p.xpath(".//w:t")) for p in tc.p_lst)
