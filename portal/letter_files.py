"""A letter's files: as drafted where its flow put it; every later text, and the PDFs, by the hash
of their content, whole or not there. What was once kept is never overwritten."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, select
from starlette.datastructures import UploadFile

from documents.catalogue import write_paper
from documents.cleaning import file_name
from documents.faces import Faces
from documents.kept_files import keep_at, kept_at
from documents.numbering import numbered_paper, numbered_word
from documents.papers import Paper
from documents.pdf import to_pdf
from documents.word import to_word
from documents.word_safety import MOST_OF_A_FILE, UnsafeWord, safe_docx
from engine.dossier import read_dossiers
from models.orders import OrderRow
from portal.desk import Desk
from portal.file_types import NotTaken
from rules.orders import Order

_ORDERS = OrderRow.__table__
_CALLED = select(_ORDERS.c.body, _ORDERS.c.seq).where(_ORDERS.c.id == bindparam("wanted"))


class Prepared(NamedTuple):
    """A letter as it would be issued: the hashes of its file and of its PDF, "" where that is still
    to be printed."""

    sha256: str
    pdf_sha256: str


def place_of(desk: Desk, hashed: str) -> Path:
    """Where a file lies that is kept by its hash."""
    return kept_at(desk.letters, hashed)


def keep(desk: Desk, content: bytes) -> str:
    """Keep a file; its hash."""
    hashed = sha256(content).hexdigest()
    keep_at(place_of(desk, hashed), content)
    return hashed


def drafted(desk: Desk, row: Row) -> Path | None:
    """The file its flow wrote; None where it is gone, or would lie outside the letters."""
    folder = desk.letters.resolve()
    path = (folder / row.path).resolve()
    return path if row.path and path.is_relative_to(folder) and path.is_file() else None


def version(desk: Desk, row: Row, hashed: str) -> Path | None:
    """One of a letter's files by its hash; None where it is gone."""
    if hashed == row.sha256 and row.path:
        return drafted(desk, row)
    place = place_of(desk, hashed)
    return place if place.is_file() else None


def text_of(row: Row) -> str:
    """The hash of the file that holds now."""
    return row.text or row.sha256


def name_of_file(row: Row, ending: str = ".docx") -> str:
    """What a letter's file is called when it is handed out."""
    return file_name(row.title).removesuffix(".docx") + ending


def taken(upload: UploadFile) -> bytes:
    """The content of an edited file that came; NotTaken, in Chinese, where it is no Word file, too
    big, or not safe to hand on."""
    content = upload.file.read(MOST_OF_A_FILE + 1)
    if not content:
        raise NotTaken("是空文件，请重新选择")
    try:
        safe_docx(content)
    except UnsafeWord as unsafe:
        raise NotTaken(f"不能上传：{'；'.join(unsafe.problems).rstrip('。')}") from None
    return content


def prepare(
    desk: Desk, connection: Connection, row: Row, number: tuple[str, str], on: date, before: str
) -> Prepared:
    """Make and keep the files a letter would be issued as on a day, under ``number`` (代字 and the
    whole line; empty for what bears none). NumberLost where its text has no place for it.

    The PDF is typst's where the text is the paper's own, to the byte. Any other text has none yet:
    two layouts are not one document, and LibreOffice, which follows the file, is too slow to wait
    for (`tasks.letter_prints`).
    """
    path = version(desk, row, text_of(row))
    if path is None:
        raise FileNotFoundError(row.path)
    code, line = number
    content = path.read_bytes()
    if row.numbered:
        content = numbered_word(content, line, code, on, before)
    kept, found = keep(desk, content), as_drafted(desk, connection, row)
    if found is None:
        return Prepared(kept, "")
    paper, author = found
    pdf = to_pdf(numbered_paper(paper, line, on), author, faces(desk))[0]
    return Prepared(kept, keep(desk, pdf))


def as_drafted(desk: Desk, connection: Connection, row: Row) -> tuple[Paper, str] | None:
    """The paper a letter's text is, byte by byte, with its office's name; None where it was edited,
    set in a template of an office, or would be written otherwise today."""
    called = connection.execute(_CALLED, {"wanted": row.called_by}).first()
    if called is None or text_of(row) != row.sha256 or not row.path:
        return None
    dossier = read_dossiers(connection, desk.journal.shelf, [row.case])[row.case]
    about = Order.model_validate_json(called.body).about
    try:
        paper, view = write_paper(dossier, row.kind, about, called.seq)
    except (KeyError, ValueError):
        return None
    content, _ = to_word(paper, view.office.name)
    same = sha256(content).hexdigest() == row.sha256
    return (paper, view.office.name) if same else None


def preview(desk: Desk, connection: Connection, row: Row) -> bytes | None:
    """The PDF of a letter not issued yet, as far as it is the paper as drafted."""
    found = as_drafted(desk, connection, row)
    return to_pdf(*found, faces(desk))[0] if found else None


def faces(desk: Desk) -> Faces:
    """The fonts of this house."""
    return Faces.at(desk.home)
