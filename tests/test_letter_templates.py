"""An office's own templates: changed in Word, checked, in use from then on, and gone back from."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlalchemy import select

from documents import converted
from documents.catalogue import LETTERS
from documents.converted import NotConverted, to_pdfs
from documents.template_rendering import TemplateFailed
from documents.template_specimen import bare
from documents.template_store import chosen, content_of, keep, place_of, versions
from documents.word import built_in, built_in_hash, to_word
from documents.word_fields import described
from engine.journal import Entry, Journal, Recorded
from engine.library import shipped_calendar
from models.creation import create
from models.database import Database
from models.letter_templates import ALL_KINDS
from models.letters import Letter
from models.orders import OrderRow
from rules.letter_templates import AdoptTemplate, GiveUpTemplate
from rules.office_affairs import OfficeCommand, own_case
from rules.values import Actor
from tasks.house import random_salt
from tests.portal_papers import address
from tests.portal_people import Browser, County, county_at, live_until, said
from tests.template_files import with_header, with_paragraph

AT = datetime(2026, 2, 6, 4, tzinfo=UTC)
OFFICE, CLERK = "SLX-DD", "O2"
_LETTERS, _ORDERS = Letter.__table__, OrderRow.__table__
HEADED = with_header("示例县教育督导　{{ number }}")


# -- kept ----------------------------------------------------------------------------------------


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    create(database_url)
    database = Database(database_url)
    yield database
    database.close()


def entered(database: Database, hashed: str, kind: str = ALL_KINDS, office: str = OFFICE) -> None:
    command: OfficeCommand = GiveUpTemplate(office=office, kind=kind)
    if hashed:
        command = AdoptTemplate(office=office, kind=kind, sha256=hashed, form={"file": "模板.docx"})
    journal = Journal(database, shipped_calendar(), random_salt)
    entry = Entry(command, own_case(office), Actor(CLERK, "office"), AT, f"{kind} {hashed}")
    assert isinstance(journal.record(entry), Recorded)


def held(database: Database, kind: str, office: str = OFFICE) -> str:
    with database.reading() as connection:
        return chosen(connection, office, kind)


def test_a_kind_s_own_template_comes_before_the_office_s_and_that_before_ours(
    database: Database,
) -> None:
    assert held(database, "opinion_letter") == ""
    entered(database, "a" * 64)
    entered(database, "b" * 64, "opinion_letter")
    entered(database, "c" * 64)
    assert held(database, "opinion_letter") == "b" * 64
    assert held(database, "visit_notice") == "c" * 64
    assert held(database, "visit_notice", "SL-DD") == ""
    entered(database, "", "opinion_letter")
    assert held(database, "opinion_letter") == "c" * 64
    with database.reading() as connection:
        assert [row.version for row in versions(connection, OFFICE)[ALL_KINDS]] == [2, 1]


def test_a_file_is_what_its_hash_says_or_is_not_used(tmp_path: Path) -> None:
    hashed = keep(tmp_path, HEADED)
    assert keep(tmp_path, HEADED) == hashed and content_of(tmp_path, hashed) == HEADED
    place_of(tmp_path, hashed).write_bytes(built_in())
    with pytest.raises(TemplateFailed, match="与登记的不一致"):
        content_of(tmp_path, hashed)
    with pytest.raises(TemplateFailed, match="找不到模板文件"):
        content_of(tmp_path, "0" * 64)


# -- a county's letters --------------------------------------------------------------------------


def put(folder: Path, content: bytes, kind: str = ALL_KINDS) -> str:
    hashed, database = keep(folder, content), Database(str(folder / "dudao.db"))
    entered(database, hashed, kind)
    database.close()
    return hashed


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    return lived_until(date(2026, 2, 5), 4)


def test_from_the_day_it_is_accepted_letters_are_set_in_it(february: Path, tmp_path: Path) -> None:
    with county_at(february, tmp_path / "county", date(2026, 2, 5)) as county:
        assert {row.template for row in letters(county)} <= {built_in_hash()}
        before = {row.order for row in letters(county)}
    hashed = put(tmp_path / "county", HEADED)
    live_until(tmp_path / "county", date(2026, 3, 20), 4)
    with county_at(tmp_path / "county", tmp_path / "march", date(2026, 3, 20)) as county:
        new = [row for row in letters(county) if row.order not in before]
        assert new and {row.template for row in new} == {hashed}
        for row in new:
            document = docx.Document(str(county.desk.letters / row.path))
            assert document.sections[0].header.paragraphs[0].text.startswith("示例县教育督导")
        clerk = county.browser(CLERK)  # another layout is not shown as if it were the letter
        assert "预览PDF" not in clerk.open(address(new[0]))
        answer = clerk.client.get(f"{address(new[0])}/pdf")
        assert answer.status_code == 404 and "按本室模板排版" in said(answer.text)


def letters(county: County) -> list[Any]:
    with county.database.reading() as connection:
        return list(connection.execute(select(_LETTERS)))


def test_a_template_that_fails_makes_a_task_and_no_letter_in_another_layout(
    february: Path, tmp_path: Path
) -> None:
    with county_at(february, tmp_path / "county", date(2026, 2, 5)) as county:
        before = {row.order for row in letters(county)}
    put(tmp_path / "county", with_paragraph("{{ lipsum.__globals__ }}"))
    live_until(tmp_path / "county", date(2026, 3, 20), 4)
    with county_at(tmp_path / "county", tmp_path / "march", date(2026, 3, 20)) as county:
        assert {row.order for row in letters(county)} == before
        with county.database.reading() as connection:
            failed = select(_ORDERS.c.outcome).where(_ORDERS.c.state == "failed")
            reasons = set(connection.execute(failed).scalars())
    assert reasons and all(one.startswith("文书未能生成：正文：") for one in reasons)


# -- the portal ----------------------------------------------------------------------------------


@pytest.fixture
def county(february: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6)) as county:
        yield county


def uploaded(clerk: Browser, content: bytes, status: int = 303, kind: str = "all") -> str:
    clerk.open(f"/templates/{kind}")
    files = {"file": ("本室模板.docx", content, "application/octet-stream")}
    clerk.send(f"/uploads/templates/{kind}", status, files=files, note="加页眉")
    return said(clerk.page)


def test_an_office_downloads_edits_uploads_and_goes_back(county: County) -> None:
    clerk = county.browser(CLERK)
    assert clerk.client.get("/templates/all/file").content == built_in()
    page = uploaded(clerk, with_paragraph("{{ titel }}"), 422)
    assert "没有采用，有1处问题" in page and "没有“titel”这个字段，是不是“title”" in page
    assert held(county.database, "opinion_letter") == ""
    uploaded(clerk, HEADED)
    assert "第1版 现用 加页眉" in said(clerk.open("/templates/all"))
    assert "本室通用模板" in said(clerk.open("/templates"))
    assert clerk.client.get("/templates/opinion_letter/file").content == HEADED
    shown = clerk.client.get("/templates/opinion_letter/specimen/file").content
    assert docx.Document(io.BytesIO(shown)).sections[0].header.paragraphs[0].text
    clerk.open("/templates/all")
    clerk.send("/templates/all/use", version="0")
    assert clerk.client.get("/templates/all/file").content == built_in()
    clerk.open("/templates/all")
    clerk.send("/templates/all/use", version="1")
    assert "第3版 现用 恢复第1版" in said(clerk.open("/templates/all"))
    assert clerk.client.get("/templates/all/file?version=1").content == HEADED
    log = said(clerk.open("/log?type=template.adopted"))
    assert log.count("采用文书模板（各类文书通用） 第") == 2 and "督导室干事" in log
    event = said(clerk.open("/log/SLX-DD~own/1"))
    assert "本室事务" in event and sha256(HEADED).hexdigest() in event and "加页眉" in event
    assert "停用文书模板（各类文书通用）" in said(clerk.open("/log/SLX-DD~own/2"))
    assert clerk.client.get("/cases/SLX-DD~own").status_code == 403
    assert county.browser("DCZ").client.get("/log/SLX-DD~own/1").status_code == 403
    clerk.open("/log/verify")
    clerk.send("/log/verify", 200)
    assert "没有发现" in said(clerk.page)


def test_templates_are_their_own_office_s(county: County) -> None:
    entered(county.database, keep(county.desk.home, HEADED), office="SL-DD")
    clerk = county.browser(CLERK)
    assert clerk.client.get("/templates/all/file").content == built_in()
    assert clerk.client.get("/templates/all/file?version=1").status_code == 403
    assert clerk.client.get("/templates/nothing").status_code == 403
    for person in ("H0001", "I06", "DCZ", "V1"):
        assert county.browser(person).client.get("/templates/all").status_code == 403


def test_every_kind_and_every_tag_is_on_the_pages(county: County) -> None:
    clerk = county.browser(CLERK)
    listed = said(clerk.open("/templates"))
    assert all(letter.title in listed for letter in LETTERS.values())
    tags = said(clerk.open("/templates/tags"))
    assert all(name in tags for name, _ in described()) and "{{p blocks }}" in tags


def test_a_template_s_own_pdf_is_printed_or_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    word = to_word(bare("督评意见书"))[0]
    printed = to_pdfs({"甲": word, "乙": word})
    assert all(content.startswith(b"%PDF") for content in printed.values()) and len(printed) == 2
    monkeypatch.setattr(converted.shutil, "which", lambda name: "/bin/true")
    with pytest.raises(NotConverted, match="没有生成甲、乙的PDF"):
        to_pdfs({"甲": word, "乙": word})
    monkeypatch.setattr(converted.shutil, "which", lambda name: None)
    with pytest.raises(NotConverted, match="没有安装LibreOffice"):
        to_pdfs({"甲": word})
