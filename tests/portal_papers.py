"""Files and letters as the tests of the portal handle them."""

import io
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import Row, select

from models.evidence import Evidence, EvidenceUse
from models.issues import IssueRow
from models.letters import Letter
from portal.pages.letters import letter_key
from tests.portal_people import County

_EVIDENCE, _USES = Evidence.__table__, EvidenceUse.__table__
_LETTERS, _ISSUES = Letter.__table__, IssueRow.__table__
PDF = b"%PDF-1.7 \n the minutes of a meeting"


def files(*named: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (name, content, "application/octet-stream")) for name, content in named]


def photo(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **info: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (90, 140, 80)).save(written, kind, **info)
    return written.getvalue()


def office(kind: str = "wordprocessingml.document", **parts: bytes) -> bytes:
    """An office file with the least that makes it one; ``__`` in a name stands for a slash."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        types = f'<Types><Override ContentType="application/vnd.{kind}.main+xml"/></Types>'
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("word/document.xml", "<document/>")
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return written.getvalue()


def rows(county: County) -> list[Any]:
    with county.database.reading() as connection:
        return list(connection.execute(select(_EVIDENCE).order_by(_EVIDENCE.c.name)))


def uses(county: County) -> set[tuple[str, str]]:
    with county.database.reading() as connection:
        return {(row.case, row.indicator) for row in connection.execute(select(_USES))}


def stored(county: County) -> list[Path]:
    return [path for path in county.desk.evidence.rglob("*") if path.is_file()]


def letter(county: County, kind: str, subject: str = "", **more: Any) -> Row:
    """A letter of a kind, of a subject where one is named."""
    wanted = select(_LETTERS).where(_LETTERS.c.kind == kind).order_by(_LETTERS.c.order)
    if subject:
        wanted = wanted.where(_LETTERS.c.case.endswith(f"/{subject}"))
    for name, value in more.items():
        wanted = wanted.where(_LETTERS.c[name].contains(value))
    with county.database.reading() as connection:
        row = connection.execute(wanted).first()
    assert row is not None, (kind, subject)
    return row


def address(row: Row) -> str:
    return f"/letters/{letter_key(row.order)}"


def received(county: County, row: Row) -> tuple[str, str, str]:
    with county.database.reading() as connection:
        found = connection.execute(select(_LETTERS).where(_LETTERS.c.order == row.order)).one()
    return found.received_at, found.received_by, found.received_note


def consultation(county: County) -> tuple[Row, str]:
    """A letter that asks the finance bureau to solve a school's problem, and that school."""
    with county.database.reading() as connection:
        wanted = select(_ISSUES.c.subject).where(_ISSUES.c.unit == "CZ")
        subject = connection.execute(wanted.order_by(_ISSUES.c.case)).scalars().first()
    return letter(county, "issue_demand", subject, title="协商解决"), subject
