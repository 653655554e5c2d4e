"""Letters at the portal as tests handle them: read, edited as Word does it, taken a step on."""

import io

import docx
import pypdfium2
from sqlalchemy import Row, select

from models.letters import Letter
from notifications.outbox import Outbox
from rules.orders import CASEWORK
from tasks.carrying import carry_out, plainly
from tasks.house import House, live_in
from tests.portal_papers import address
from tests.portal_people import Browser, County, said

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LETTERS = Letter.__table__


def again(county: County, row: Row) -> Row:
    """The letter as it stands now."""
    with county.database.reading() as connection:
        return connection.execute(select(_LETTERS).where(_LETTERS.c.order == row.order)).one()


def file(browser: Browser, row: Row) -> bytes:
    answer = browser.client.get(f"{address(row)}/file")
    assert answer.status_code == 200
    return answer.content


def lines(content: bytes) -> list[str]:
    """Every line of a Word file, those in boxes too."""
    document = docx.Document(io.BytesIO(content))
    return [
        "".join(t.text or "" for t in p.iter(f"{{{p.nsmap['w']}}}t"))
        for p in document.element.body.iter("{*}p")
    ]


def edited(content: bytes, old: str = "", new: str = "") -> bytes:
    """As Word saves it again: one more sentence, or a line that reads otherwise."""
    document = docx.Document(io.BytesIO(content))
    if old:
        for paragraph in document.paragraphs:
            if old in paragraph.text:
                paragraph.text = paragraph.text.replace(old, new)
    else:
        document.add_paragraph("另请于开学前补报校园安全台账。")
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def upload(
    browser: Browser, row: Row, content: bytes, status: int = 303, step: str = "edit", **typed
):
    browser.open(address(row))
    files = {"file": ("修改稿.docx", content, WORD)}
    return browser.send(f"{address(row)}/{step}", status, files=files, **typed)


def step(browser: Browser, row: Row, name: str, status: int = 303, **typed: str) -> str:
    browser.open(address(row))
    browser.send(f"{address(row)}/{name}", status, **typed)
    return said(browser.page)


def issued(county: County, row: Row, *, by: str = "O2") -> Row:
    step(county.browser("O1"), row, "check")
    step(county.browser(by), row, "issue")
    return again(county, row)


def print_owed(county: County) -> None:
    """What the flow does a moment after a letter has gone out without a PDF."""
    with live_in(House(county.journal, county.desk.home, Outbox(county.desk.home / "outbox"))):
        carry_out(CASEWORK, "SLX-DD", county.now, call=plainly)


def pdf_text(content: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
