"""The print of a letter that only LibreOffice can print: owed by its issue, made afterwards, kept
by its hash in the log; and what becomes of it where LibreOffice is not there, or breaks off.

The letter in these stories was edited, so the portal issued it without a PDF.
"""

import io
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlalchemy import select

from documents.converted import NotConverted
from documents.kept_files import keep_at, kept_at
from engine.letter_facts import order_of
from engine.orders import backlog
from models.orders import OrderRow
from notifications.outbox import Outbox
from rules.letter_words import IssueLetter, PrintLetter
from rules.orders import CASEWORK, PRINT, Order
from rules.values import Actor
from tasks import letter_prints
from tasks.carrying import carry_out, plainly
from tasks.house import House, live_in
from tests.county import CLERK, OFFICE, County, case_of, sound
from tests.drafted_letters import CODE, DRAFT, NAME, OTHER, check, letter, refused, settle, text

_ORDERS = OrderRow.__table__
SYSTEM = Actor("system", "system")


def word(said: str) -> bytes:
    document, kept = docx.Document(), io.BytesIO()
    document.add_paragraph(said)
    document.save(kept)
    return kept.getvalue()


@pytest.fixture
def county(database_url: str, tmp_path: Path) -> Iterator[County]:
    county = County(database_url)
    settle(county)
    with live_in(House(county.journal, tmp_path, Outbox(tmp_path / "outbox"))):
        carry(county)  # what the county owed before
        yield county
    county.close()


def carry(county: County) -> tuple[int, int]:
    return carry_out(CASEWORK, OFFICE, county.minute, call=plainly)


def issued(
    county: County, folder: Path, school: str = "S1", name: str = NAME, number: int = 1
) -> bytes:
    """A letter goes out as a Word file alone; its content."""
    content = word(f"{school} {name}")
    hashed = sha256(content).hexdigest()
    keep_at(kept_at(folder / "letters", hashed), content)
    check(county, school, name)
    wish = IssueLetter(letter=name, text=DRAFT, sha256=hashed, code=CODE, year=2026, number=number)
    county.do(school, wish, CLERK)
    return content


def orders(county: County) -> list[Any]:
    with county.database.reading() as connection:
        rows = connection.execute(select(_ORDERS).order_by(_ORDERS.c.id)).all()
    return [row for row in rows if Order.model_validate_json(row.body).name == PRINT]


Prints = Callable[[dict[str, bytes]], dict[str, bytes]]


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Prints], None]:
    """LibreOffice, as it is told to be: it takes seconds, and not every machine has it."""

    def install(prints: Prints) -> None:
        monkeypatch.setattr(letter_prints, "converter", lambda: "/usr/bin/soffice")
        monkeypatch.setattr(letter_prints, "to_pdfs", prints)

    return install


def as_pdf(content: bytes) -> bytes:
    return b"%PDF-1.7 of " + sha256(content).hexdigest().encode()


def test_the_print_is_owed_by_the_issue_and_its_hash_is_in_the_log(
    county: County, tmp_path: Path, printer: Callable
) -> None:
    asked: list[int] = []

    def prints(files: dict[str, bytes]) -> dict[str, bytes]:
        asked.append(len(files))
        return {name: as_pdf(content) for name, content in files.items()}

    printer(prints)
    content = issued(county, tmp_path)
    issued(county, tmp_path, "S2", number=2)
    assert letter(county).pdf == "" and [one.state for one in orders(county)] == ["open", "open"]
    assert carry(county) == (2, 0) and asked == [2]  # many at once: starting it takes longest
    now = letter(county)
    assert now.pdf == sha256(as_pdf(content)).hexdigest()
    assert kept_at(tmp_path / "letters", now.pdf).read_bytes() == as_pdf(content)
    assert sound(county.database) and carry(county) == (0, 0)


def test_one_that_cannot_be_printed_costs_no_other_its_print(
    county: County, tmp_path: Path, printer: Callable
) -> None:
    bad = issued(county, tmp_path)
    good = issued(county, tmp_path, "S2", number=2)

    def breaks_off(files: dict[str, bytes]) -> dict[str, bytes]:
        if bad in files.values():
            raise NotConverted("LibreOffice用时太长，已停止，没有生成PDF。")
        return {name: as_pdf(content) for name, content in files.items()}

    printer(breaks_off)
    assert carry(county) == (1, 1)
    assert [(one.state, one.outcome[:11]) for one in orders(county)] == [
        ("failed", "LibreOffice"),
        ("done", sha256(as_pdf(good)).hexdigest()[:11]),
    ]
    assert letter(county).pdf == "" and letter(county, school="S2").pdf


def test_without_libreoffice_there_is_none_and_nobody_is_asked_for_it(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued(county, tmp_path)
    monkeypatch.setattr(letter_prints, "converter", lambda: "")
    carry(county)
    [order] = orders(county)
    assert order.state == "skipped" and "没有安装LibreOffice" in order.outcome
    assert letter(county).state == "issued" and sound(county.database)
    with county.database.reading() as connection:
        assert backlog(connection, county.minute) == [] or all(
            one.flow != CASEWORK for one in backlog(connection, county.minute)
        )


def test_a_file_that_is_gone_is_said(county: County, tmp_path: Path, printer: Callable) -> None:
    content = issued(county, tmp_path)
    kept_at(tmp_path / "letters", sha256(content).hexdigest()).unlink()
    printer(lambda files: {name: as_pdf(content) for name, content in files.items()})
    carry(county)
    [order] = orders(county)
    assert order.state == "failed" and "从备份中恢复" in order.outcome


def test_what_went_out_with_its_pdf_owes_none(county: County) -> None:
    check(county)
    files = {"sha256": text("file"), "pdf_sha256": text("pdf")}
    wish = IssueLetter(letter=NAME, text=DRAFT, code=CODE, year=2026, number=1, **files)
    county.do("S1", wish, CLERK)
    assert orders(county) == []


def test_a_print_is_of_the_very_file_that_went_out_and_there_is_one(
    county: County, tmp_path: Path
) -> None:
    content = issued(county, tmp_path)
    hashed = sha256(content).hexdigest()
    wish = PrintLetter(letter=NAME, text=hashed, pdf_sha256=text("pdf"))
    assert "由" in refused(county, wish, CLERK)  # nobody enters a print by hand
    other = PrintLetter(letter=NAME, text=DRAFT, pdf_sha256=text("pdf"))
    assert "刚被改动" in refused(county, other, SYSTEM)
    assert "还没有核稿" in refused(county, wish.model_copy(update={"letter": OTHER}), SYSTEM)
    county.do("S1", wish, SYSTEM)
    again = county.do("S1", wish.model_copy(update={"pdf_sha256": text("another")}), SYSTEM)
    assert again.events == () and letter(county).pdf == text("pdf")
    assert order_of(case_of("S1"), NAME) == letter(county).order and sound(county.database)
