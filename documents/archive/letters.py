"""The letters of a case as they are filed: each with what the index says of it, the pages that are
set for reading, and the files it was issued as.

Pages are set from the paper only where the letter's text is that paper, byte by byte. A text that
was edited, or set in an office's template, is quoted from its file, and the pages say so: two
layouts never claim to be the same document.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Row, bindparam, func, select

from documents.catalogue import write_paper
from documents.kept_files import kept_at
from documents.numbering import NumberLost, numbered_paper, numbered_word
from documents.papers import Block, Paper, Text, table
from documents.word import to_word
from documents.word_reading import Line, read_word
from documents.word_safety import UnsafeWord
from engine.dossier import Dossier
from models.letters import Letter
from models.orders import OrderRow
from rules.orders import Order

_LETTERS, _ORDERS = Letter.__table__, OrderRow.__table__
_OF_CASE = (
    select(_LETTERS, _ORDERS.c.seq, _ORDERS.c.body)
    .outerjoin(_ORDERS, _ORDERS.c.id == _LETTERS.c.called_by)
    .where(_LETTERS.c.case == bindparam("case"))
    .order_by(func.coalesce(_LETTERS.c.issued_on, _LETTERS.c.drafted_on), _LETTERS.c.order)
)

# What the index notes of a letter that was not issued, or holds no longer.
REMARKS = {
    "drafted": "未核稿",
    "edited": "未核稿",
    "checked": "未印发",
    "withdrawn": "已撤回",
    "superseded": "已被替代",
}
QUOTED = "本件文本经过修改或套用了本单位模板，以下摘录其文字供查阅，版式以所附文件为准。"
GONE = "服务器上找不到本件的文件，未能收入；请从备份中恢复后重新整理。"
UNREADABLE = "本件的文件不能安全打开，文字未能摘录，请查阅所附文件。"


class Filed(NamedTuple):
    """One letter. ``by`` is 责任者; ``remark`` what the index notes of it; ``files`` its files by
    ending (.docx, .pdf), as far as they are there."""

    kind: str
    title: str
    number: str
    by: str
    day: date
    remark: str
    paper: Paper
    files: dict[str, bytes]


def filed_letters(dossier: Dossier, letters: Path) -> Iterator[Filed]:
    """The letters of a case in the order of their days; ``letters`` is the folder they lie in."""
    for row in dossier.connection.execute(_OF_CASE, {"case": dossier.id}):
        yield _filed(dossier, row, letters)


def _filed(dossier: Dossier, row: Row, letters: Path) -> Filed:
    day = row.issued_on or row.drafted_on
    text = _file(letters, row)
    pdf = _kept(letters, row.pdf) if row.pdf else None
    written = _written(dossier, row)
    author = written[1] if written else dossier.office.name
    if written and text is not None and _is(written, row, text):
        paper = written[0] if row.issued_on is None else _issued(written[0], row)
    else:
        paper = _quoted(row, day, text)
    found = {".docx": text, ".pdf": pdf}
    files = {ending: content for ending, content in found.items() if content is not None}
    by = "、".join(written[0].signature) if written else author
    remark = REMARKS.get(row.state, "")
    return Filed(row.kind, row.title, row.number, by or author, day, remark, paper, files)


def _file(letters: Path, row: Row) -> bytes | None:
    if row.path and row.text in ("", row.sha256):
        folder = letters.resolve()
        place = (folder / row.path).resolve()
        return place.read_bytes() if place.is_relative_to(folder) and place.is_file() else None
    return _kept(letters, row.text)


def _kept(letters: Path, hashed: str) -> bytes | None:
    place = kept_at(letters, hashed)
    return place.read_bytes() if place.is_file() else None


def _written(dossier: Dossier, row: Row) -> tuple[Paper, str] | None:
    """The paper as it is written of the case, and its office's name; None where none can be."""
    if row.body is None:
        return None
    try:
        about = Order.model_validate_json(row.body).about
        paper, view = write_paper(dossier, row.kind, about, row.seq)
    except (KeyError, ValueError):
        return None
    return paper, view.office.name


def _is(written: tuple[Paper, str], row: Row, text: bytes) -> bool:
    """Whether a letter's text is that paper, with its number where it bears one."""
    content, _ = to_word(*written)
    if row.number:
        code = row.number.partition("〔")[0]
        try:
            content = numbered_word(content, row.number, code, row.issued_on)
        except NumberLost:
            return False
    return sha256(content).digest() == sha256(text).digest()


def _issued(paper: Paper, row: Row) -> Paper:
    return numbered_paper(paper, row.number, row.issued_on) if row.number else paper


def _quoted(row: Row, day: date, text: bytes | None) -> Paper:
    blocks: list[Block]
    if text is None:
        blocks = [Text(GONE, "note")]
    else:
        try:
            blocks = [Text(QUOTED, "note"), *_quotation(read_word(text))]
        except UnsafeWord:
            blocks = [Text(UNREADABLE, "note")]
    return Paper(title=row.title, signed_on=day, blocks=tuple(blocks))


def _quotation(lines: list[Line]) -> Iterator[Block]:
    """What a file says: paragraphs as they are, the rows of a table together."""
    rows: list[Line] = []
    for line in [*lines, ("",)]:
        if len(line) > 1 and (not rows or len(line) == len(rows[0])):
            rows.append(line)
            continue
        if rows:
            heads, width = rows[0], 1
            yield table([(head, width) for head in heads], rows[1:])
            rows = []
        if len(line) > 1:
            rows.append(line)
        elif line[0]:
            yield Text(line[0], "flush")
