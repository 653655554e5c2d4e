"""`dudao letter` and an office's own template: what a letter set in it says is traced and verified
as any other's, by the template it remembers, whatever the office has adopted since."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.text.paragraph import Paragraph
from sqlalchemy import Row, select, update

from documents.converted import converter, to_pdfs
from documents.template_store import keep, place_of
from documents.word import built_in_hash
from engine.journal import Entry, Journal
from engine.library import shipped_calendar
from models.database import Database
from models.letter_templates import ALL_KINDS
from models.letters import Letter
from rules.letter_templates import AdoptTemplate
from rules.office_affairs import own_case
from rules.values import Actor
from tasks.house import random_salt
from tests.portal_people import live_until
from tests.template_files import edited
from tests.test_commands import run

OFFICE, END = "SLX-DD", date(2026, 12, 31)
_LETTERS = Letter.__table__


def _own(document: Document) -> None:
    """Everything an office may do: a header with the number and its own words, a footer, a
    paragraph of its own before the text, a loop, a condition, a table with fields."""
    section = document.sections[0]
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        header.paragraphs[0].text = "示例县教育督导　{{ number }}"
    section.footer.paragraphs[0].insert_paragraph_before("地址：示例县文化路1号")
    title = next(p for p in document.paragraphs if p.text == "{{ title }}")
    title.insert_paragraph_before("（{{ title }}）")
    signed = next(p for p in document.paragraphs if p.text == "{{p signed }}")
    for line in ("{%p if addressee %}", "请{{ addressee }}按期办理。", "{%p endif %}"):
        signed.insert_paragraph_before(line)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "发文字号", "{{ number }}"


OWN = edited(_own)


def adopt(home: Path, content: bytes, at: datetime) -> str:
    """The office takes a template for all kinds; its hash."""
    database = Database(str(home / "dudao.db"))
    hashed = keep(home, content)
    command = AdoptTemplate(office=OFFICE, kind=ALL_KINDS, sha256=hashed)
    entry = Entry(command, own_case(OFFICE), Actor("O2", "office"), at, f"adopt {hashed}")
    Journal(database, shipped_calendar(), random_salt).record(entry)
    database.close()
    return hashed


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six schools: until February by the built-in template, the rest of the year by the office's
    own; on the last day it adopts another one yet."""
    folder = live_until(tmp_path_factory.mktemp("lived"), date(2026, 2, 5), schools=6)
    adopt(folder, OWN, datetime(2026, 2, 6, 4, tzinfo=UTC))
    live_until(folder, END, schools=6)
    another = edited(lambda document: document.add_paragraph("另一个模板"))
    adopt(folder, another, datetime(2026, 12, 31, 4, tzinfo=UTC))
    return folder


@pytest.fixture(scope="module")
def letters(home: Path) -> dict[str, Row]:
    """The latest letter of each kind, by its kind."""
    database = Database(str(home / "dudao.db"))
    with database.reading() as connection:
        rows = connection.execute(select(_LETTERS).order_by(_LETTERS.c.drafted_on)).all()
    database.close()
    return {row.kind: row for row in rows}


@pytest.fixture
def ask(home: Path) -> Callable[[str, object], tuple[int, str]]:
    return lambda what, file: run("letter", what, file, "--home", home)


@pytest.fixture
def changed(home: Path, letters: dict[str, Row], tmp_path: Path) -> Callable[..., Path]:
    """A letter of a kind, changed in Word."""

    def change(kind: str, how: Callable[[Document], None]) -> Path:
        content = (home / "letters" / letters[kind].path).read_bytes()
        document = docx.Document(io.BytesIO(content))
        how(document)
        file = tmp_path / "改过.docx"
        document.save(str(file))
        return file

    return change


def test_a_letter_keeps_the_template_that_was_in_force_when_it_was_drafted(
    home: Path, letters: dict[str, Row]
) -> None:
    database = Database(str(home / "dudao.db"))
    with database.reading() as connection:
        wanted = select(_LETTERS.c.drafted_on, _LETTERS.c.template)
        rows = connection.execute(wanted).all()
    database.close()
    before = {row.template for row in rows if row.drafted_on <= date(2026, 2, 5)}
    since = {row.template for row in rows if row.drafted_on > date(2026, 2, 6)}
    assert before == {built_in_hash()} and since == {sha256(OWN).hexdigest()}
    assert {row.template for row in letters.values()} == before | since


def test_every_kind_set_in_it_is_verified_by_it_and_every_line_traced(
    ask: Callable, home: Path, letters: dict[str, Row]
) -> None:
    own = [row for row in letters.values() if row.template == sha256(OWN).hexdigest()]
    assert len(own) > 10
    for row in own:
        file = home / "letters" / row.path
        code, told = ask("verify", file)
        assert code == 0 and "与日志一致，文件与登记的指纹相同" in told, (row.kind, told)
        code, told = ask("trace", file)
        assert code == 0 and f"“地址：示例县文化路1号” ← 模板文字［{row.template}］" in told, told


def test_what_the_template_sets_again_is_traced_to_where_the_paper_has_it_from(
    ask: Callable, home: Path, letters: dict[str, Row]
) -> None:
    code, told = ask("trace", home / "letters" / letters["opinion_letter"].path)
    line = told.partition("\n模板文字：请")[2]
    assert code == 0 and "“请” ← 模板文字" in line and "← 单位名册（现行）：" in line


def test_saved_again_it_is_the_same_text_and_its_own_wording_is_no_difference(
    ask: Callable, changed: Callable[..., Path]
) -> None:
    code, told = ask("verify", changed("opinion_letter", lambda document: None))
    assert code == 0 and "文字相同，文件另存过" in told


def _first(document: Document, was: str, now: str) -> None:
    _reword(next(p for p in document.paragraphs if was in p.text), was, now)


def _reword(paragraph: Paragraph, was: str, now: str) -> None:
    paragraph.text = paragraph.text.replace(was, now)


# what somebody changes, and what verify then says of it
CHANGES = [
    (
        lambda d: _first(d, "按期办理", "抓紧办理"),
        "模板文字：应为“请",
        "其中“按期办理。”的来源：模板文字［",
    ),
    (lambda d: _first(d, "现提出以下意见", "现印发以下意见"), "第1段：应为“", "文书固定用语"),
    (
        lambda d: _reword(d.sections[0].footer.paragraphs[0], "1号", "2号"),
        "模板文字：应为“地址：示例县文化路1号”",
        "实为“地址：示例县文化路2号”",
    ),
    (
        lambda d: d.tables[-1]._tbl.getparent().remove(d.tables[-1]._tbl),
        "模板文字：缺少“发文字号｜",
        "共1处",
    ),
]


@pytest.mark.parametrize(("how", "where", "what"), CHANGES)
def test_what_was_changed_is_named_in_the_paper_and_in_the_template_s_own_wording(
    ask: Callable, changed: Callable[..., Path], how: Callable, where: str, what: str
) -> None:
    code, told = ask("verify", changed("opinion_letter", how))
    assert code == 1 and where in told and what in told, told


def test_a_pdf_that_libreoffice_printed_is_held_against_its_print_of_the_same_template(
    ask: Callable, home: Path, letters: dict[str, Row], tmp_path: Path
) -> None:
    """Known by its hash, as the log has it of a letter that went out; the template's own header
    stands in it, which typst's layout has not."""
    if not converter():
        pytest.skip("no LibreOffice here (Debian's libreoffice-writer-nogui)")
    row = letters["visit_notice"]
    content = to_pdfs({"a": (home / "letters" / row.path).read_bytes()})["a"]
    (tmp_path / "a.pdf").write_bytes(content)
    assert ask("verify", tmp_path / "a.pdf")[0] == 2
    database, own = Database(str(home / "dudao.db")), _LETTERS.c.order == row.order
    with database.writing() as connection:
        connection.execute(update(_LETTERS).where(own).values(pdf=sha256(content).hexdigest()))
    database.close()
    code, told = ask("verify", tmp_path / "a.pdf")
    assert code == 0 and "文书与日志一致，文件与登记的指纹相同" in told, told


@pytest.fixture
def without(home: Path) -> Iterator[Path]:
    """The template's file, to be meddled with."""
    place = place_of(home, sha256(OWN).hexdigest())
    kept = place.read_bytes()
    yield place
    place.write_bytes(kept)


def test_a_template_that_is_gone_or_another_is_said_and_no_other_takes_its_place(
    ask: Callable, home: Path, letters: dict[str, Row], without: Path
) -> None:
    file = home / "letters" / letters["opinion_letter"].path
    without.write_bytes(b"another")
    code, told = ask("verify", file)
    assert code == 2 and "模板文件与登记的不一致" in told
    without.unlink()
    code, told = ask("verify", file)
    assert code == 2 and "找不到模板文件" in told
