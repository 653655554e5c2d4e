"""`dudao letter`: a letter in somebody's hands against the log, as an office meets it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.document import Document
from sqlalchemy import Row, insert, select, update

from documents import pdf_reading
from documents.catalogue import LETTERS, write_pdf
from documents.faces import Faces
from documents.letter_comparing import compare
from engine.dossier import read_dossier
from engine.shelf import Shelf
from models.database import Database
from models.events import StoredEvent
from models.evidence import Evidence, EvidenceUse
from models.letters import Letter
from models.orders import OrderRow
from rules.orders import Order
from tests.test_commands import run

_LETTERS, _EVENTS, _ORDERS = Letter.__table__, StoredEvent.__table__, OrderRow.__table__
END = date(2026, 12, 31)


@pytest.fixture(scope="module")
def home(lived_until: Callable[..., Path]) -> Path:
    """Six schools and their whole year, with its letters."""
    return lived_until(END, schools=6)


@pytest.fixture(scope="module")
def letters(home: Path) -> dict[str, Path]:
    """A letter of each kind there is, by its kind."""
    database = Database(str(home / "dudao.db"))
    with database.reading() as connection:
        rows = connection.execute(select(_LETTERS.c.kind, _LETTERS.c.path)).all()
    database.close()
    return {row.kind: home / "letters" / row.path for row in rows}


@pytest.fixture
def ask(home: Path) -> Callable[[str, object], tuple[int, str]]:
    return lambda what, file: run("letter", what, file, "--home", home)


@pytest.fixture
def edited(letters: dict[str, Path], tmp_path: Path) -> Callable[[Callable], Path]:
    """The opinion letter, changed in Word."""

    def edit(change: Callable[[Document], None]) -> Path:
        document = docx.Document(BytesIO(letters["opinion_letter"].read_bytes()))
        change(document)
        file = tmp_path / "改过.docx"
        document.save(file)
        return file

    return edit


def reword(document: Document, was: str, now: str) -> None:
    """Change words in the first paragraph that has them, outside tables."""
    paragraph = next(p for p in document.paragraphs if was in p.text)
    paragraph.text = paragraph.text.replace(was, now)


# -- verify --------------------------------------------------------------------------------------


def test_every_letter_as_it_was_drafted_is_the_same(ask, letters: dict[str, Path]) -> None:
    assert len(letters) >= len(LETTERS) - 1  # 视导通报 belongs to another process
    for kind, file in letters.items():
        code, said = ask("verify", file)
        assert (code, "文书与日志一致，文件与登记的指纹相同。" in said) == (0, True), (kind, said)


def test_its_path_in_the_folder_of_letters_will_do(ask, home: Path, letters) -> None:
    inside = letters["opinion_letter"].relative_to(home / "letters")
    assert ask("verify", inside)[0] == 0


def test_saved_again_by_word_it_is_the_same_text(ask, edited) -> None:
    code, said = ask("verify", edited(lambda document: None))
    assert code == 0 and "文字相同，文件另存过" in said


def test_a_changed_figure_is_named_with_where_it_comes_from(ask, edited) -> None:
    def change(document: Document) -> None:
        table = next(t for t in document.tables if t.rows[0].cells[-1].text == "督评")
        table.rows[1].cells[-1].paragraphs[0].text = "12.5"

    code, said = ask("verify", edited(change))
    assert code == 1 and "不一致，共1处" in said
    assert "表“各领域得分”第1行“督评”：应为“" in said and "实为“12.5”" in said
    assert "“实地督导”" in said.partition("的来源：")[2]


def test_a_changed_sentence_is_named(ask, edited) -> None:
    code, said = ask("verify", edited(lambda d: reword(d, "现提出以下意见", "现印发以下意见")))
    assert code == 1 and "第1段：应为“" in said and "现印发以下意见。”" in said
    assert "的来源：文书固定用语" in said


def test_a_removed_row_and_an_added_sentence_are_named(ask, edited) -> None:
    def change(document: Document) -> None:
        table = next(t for t in document.tables if t.rows[0].cells[-1].text == "督评")
        table._tbl.remove(table.rows[2]._tr)
        last = next(p for p in document.paragraphs if p.text.startswith("五、"))
        last.insert_paragraph_before("经研究，同意免于整改。")

    code, said = ask("verify", edited(change))
    assert code == 1 and "共2处" in said
    assert "表“各领域得分”第2行：缺少“A2｜" in said
    assert "多出“经研究，同意免于整改。”" in said


@pytest.fixture
def copied(home: Path, tmp_path: Path) -> Iterator[tuple[Path, Database]]:
    """A county of its own, to be meddled with."""
    shutil.copytree(home, tmp_path / "copy")
    database = Database(str(tmp_path / "copy" / "dudao.db"))
    yield tmp_path / "copy", database
    database.close()


def entry(database: Database, kind: str) -> Row:
    """A letter of a kind in the office's list, with the event that called for it."""
    wanted = select(_LETTERS.c.path, _ORDERS.c.case, _ORDERS.c.seq, _ORDERS.c.body)
    wanted = wanted.join(_LETTERS, _LETTERS.c.order == _ORDERS.c.id)
    with database.reading() as connection:
        return connection.execute(wanted.where(_LETTERS.c.kind == kind)).first()


def test_a_log_that_was_tampered_with_is_named(copied: tuple[Path, Database]) -> None:
    home, database = copied
    letter = entry(database, "opinion_letter")
    with database.writing() as connection:
        own = update(_EVENTS).where(_EVENTS.c.case == letter.case, _EVENTS.c.seq == 2)
        connection.execute(own.values(actor="O9"))
    code, said = run("letter", "verify", home / "letters" / letter.path, "--home", home)
    assert code == 1 and "文书与日志一致" in said
    assert "日志：" in said and "第2条" in said and "指纹不符" in said


def test_evidence_that_is_gone_or_another_file_is_named(copied: tuple[Path, Database]) -> None:
    """The report names 整改照片; the school uploaded it for that issue."""
    home, database = copied
    letter = entry(database, "rectification_report")
    item, school = Order.model_validate_json(letter.body).about["item"], letter.case.split("/")[-1]
    content = b"a photograph"
    hashed = sha256(content).hexdigest()
    file = {"sha256": hashed, "organisation": school, "name": "整改照片", "size": len(content)}
    file |= {"media_type": "image/jpeg", "added_at": "2026-06-20T00:00:00Z"}
    use = {"sha256": hashed, "case": letter.case, "indicator": f"issue-{item}"}
    with database.writing() as connection:
        connection.execute(insert(Evidence.__table__), [file])
        connection.execute(insert(EvidenceUse.__table__), [use])
    asked = ("letter", "verify", home / "letters" / letter.path, "--home", home)
    code, said = run(*asked)
    assert code == 1 and f"佐证文件［{hashed}］打不开：没有这个文件" in said
    place = home / "evidence" / hashed[:2] / hashed[2:4] / hashed
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    assert run(*asked)[0] == 0
    place.write_bytes(b"another photograph")
    code, said = run(*asked)
    assert code == 1 and "被改动过" in said


def test_an_issued_letter_bears_the_number_of_the_register(
    copied: tuple[Path, Database], edited: Callable[[Callable], Path]
) -> None:
    home, database = copied
    own = update(_LETTERS).where(_LETTERS.c.kind == "opinion_letter")
    with database.writing() as connection:
        connection.execute(own.values(number="示教督〔2026〕5号", issued_on=date(2026, 6, 15)))
    blank, right, wrong = "〔2026〕　　号", "〔2026〕5号", "〔2026〕6号"

    def issue(document: Document) -> None:
        reword(document, blank, right)
        imprint = document.element.body.xpath(".//w:txbxContent//w:t")
        assert imprint[-1].text.endswith("日印发")
        imprint[-1].text = "2026年6月15日印发"

    file = edited(issue)
    assert run("letter", "verify", file, "--home", home)[0] == 0
    code, said = run("letter", "trace", file, "--home", home)
    assert code == 0 and "“示教督〔2026〕5号” ← 发文登记簿" in said
    file = edited(lambda document: reword(document, blank, wrong))
    code, said = run("letter", "verify", file, "--home", home)
    assert code == 1 and "发文字号：应为“示教督〔2026〕5号”" in said
    assert "版记：应为“2026年6月15日印发”" in said


# -- PDF -----------------------------------------------------------------------------------------


@pytest.fixture
def pdf(home: Path, tmp_path: Path) -> Path:
    database = Database(str(home / "dudao.db"))
    letter = entry(database, "issue_demand")
    order = Order.model_validate_json(letter.body)
    with database.reading() as connection:
        dossier = read_dossier(connection, Shelf(), letter.case)
        written = write_pdf(dossier, order.name, order.about, letter.seq, Faces(home / "fonts"))
    database.close()
    file = tmp_path / "通知书.pdf"
    file.write_bytes(written.content)
    return file


def test_a_pdf_says_which_letter_it_is_and_is_the_same(ask, pdf: Path) -> None:
    code, said = ask("verify", pdf)
    assert code == 0 and "整改通知书（案卷" in said and "一致" in said


def test_of_another_pdf_the_lines_that_differ_are_named(
    ask, pdf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What poppler reads of either stands in for it: not every machine has it."""
    own = pdf.read_bytes()
    pdf.write_bytes(own + b"\n")
    told = {own: [("送达回证",), ("程度限期整改",)], own + b"\n": [("送达回证",), ("程度免",)]}
    monkeypatch.setattr(pdf_reading, "read_pdf", lambda content: told[content])
    code, said = ask("verify", pdf)
    assert code == 1 and "程度" in said and "实为“程度免”" in said


def test_without_a_reader_of_pdfs_it_says_so(ask, pdf: Path, monkeypatch) -> None:
    pdf.write_bytes(pdf.read_bytes() + b"\n")
    monkeypatch.setattr(pdf_reading, "which", lambda name: None)
    code, said = ask("verify", pdf)
    assert code == 2 and "pdftotext" in said


# -- trace ---------------------------------------------------------------------------------------


def test_trace_lists_paragraphs_and_cells_with_their_origins(ask, letters) -> None:
    code, said = ask("trace", letters["opinion_letter"])
    assert code == 0
    assert "← 单位名册（现行）：" in said and "填报内容“overall”" in said
    assert "表“各领域得分”第1行：A1｜" in said and "  督评：“" in said
    assert "文书固定用语" in said


# -- what cannot be asked ------------------------------------------------------------------------


def test_what_is_no_letter_of_ours_cannot_be_asked_about(ask, tmp_path: Path) -> None:
    plain, other, pdf = (tmp_path / name for name in ("a.docx", "b.docx", "c.pdf"))
    plain.write_text("不是文书", encoding="utf-8")
    docx.Document().save(other)
    pdf.write_bytes(b"%PDF-1.7\nnothing")
    for file, why in (
        (plain, "不是Word文档"),
        (other, "无法核对"),
        (pdf, "无法核对"),
        (tmp_path / "none.docx", "没有这个文件"),
        (tmp_path, "文件夹"),
    ):
        for what in ("trace", "verify"):
            code, said = ask(what, file)
            assert code == 2 and why in said, (file.name, said)


def test_a_database_that_is_not_there_cannot_be_asked(letters, tmp_path: Path) -> None:
    code, said = run("letter", "verify", letters["opinion_letter"], "--home", tmp_path)
    assert code == 2 and "没有找到数据库" in said


def test_lines_that_only_moved_are_told_as_gone_and_come() -> None:
    found = compare([("甲",), ("乙",), ("丙",)], [("乙",), ("丙",), ("甲",)], ())
    assert [(d.expected, d.found) for d in found] == [("甲", ""), ("", "甲")]
