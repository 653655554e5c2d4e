"""一校一档: the whole file of a school, as an archive takes it over at the end of the year."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import insert, select

from documents.archive.bundle import pack
from documents.archive.volume import Shelfmark, Volume, bind
from documents.faces import Faces
from documents.happenings import MACHINERY, TITLES
from engine.dossier import read_dossier
from engine.shelf import Shelf
from models.cases import Case
from models.database import Database
from models.evidence import Evidence, EvidenceUse
from models.letters import Letter
from rules.vocabulary import EVENTS
from tests.filed_cases import END, Filed, evaluated, pages, unpacked
from tests.portal_letters import edited, file, issued, upload
from tests.portal_papers import letter
from tests.portal_people import county_at, poured

_LETTERS, _CASES = Letter.__table__, Case.__table__
DIGEST = Path(__file__).parents[1] / "tools" / "digest.py"
PHOTO = {
    "sha256": "ab" * 32,
    "name": "功能室使用记录.jpg",
    "media_type": "image/jpeg",
    "size": 48213,
}


@pytest.fixture(scope="module")
def lived(lived_until: Callable[..., Path]) -> Path:
    return lived_until(END, schools=6)


@pytest.fixture(scope="module")
def filed(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filed]:
    """The opinion letter was issued, the notice of the visit changed in Word and issued, a photo
    uploaded for two indicators; everything else is as the flows drafted it."""
    with county_at(lived, tmp_path_factory.mktemp("county"), END) as county:
        filed = evaluated(county)
        issued(county, letter(county, "opinion_letter", filed.school))
        clerk, notice = county.browser("O2"), letter(county, "visit_notice", filed.school)
        upload(clerk, notice, edited(file(clerk, notice)))
        issued(county, notice)
        photo = {**PHOTO, "organisation": filed.school, "added_at": "2026-02-03T02:30:00+00:00"}
        uses = {"sha256": PHOTO["sha256"], "case": filed.case}
        with county.database.writing() as connection:
            connection.execute(insert(Evidence.__table__), [photo])
            codes = ("A1.1.1", "issue-1")
            connection.execute(
                insert(EvidenceUse.__table__), [{**uses, "indicator": code} for code in codes]
            )
        yield filed


@pytest.fixture(scope="module")
def made(filed: Filed) -> tuple[Volume, bytes]:
    return filed.bound()


# -- the volume ----------------------------------------------------------------------------------


def test_it_is_a_pdf_for_the_archive_with_its_title_and_its_case(filed: Filed, made) -> None:
    """PDF/A-2b says so in its metadata (ISO 19005-2)."""
    pdf = made[0].pdf
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    about = pypdfium2.PdfDocument(pdf).get_metadata_dict()
    assert about["Title"] == made[0].title and about["Title"].endswith("案卷")
    assert about["Keywords"] == filed.case


def test_the_cover_says_whose_it_is_and_how_long_it_is_kept(filed: Filed, made) -> None:
    """An opinion letter is kept for good, and the file with it."""
    cover = pages(made[0].pdf)[0]
    for words in ("全宗名称示例县人民政府教育督导室", "年度2026", "保管期限永久（Y）"):
        assert words in cover
    assert made[0].term == "permanent"
    mark = Shelfmark("0123", "7", "45", "30")
    cover = pages(filed.bound(mark=mark)[0].pdf)[0]
    for words in ("全宗号0123", "目录号7", "案卷号45", "保管期限30年（D30）"):
        assert words in cover


def test_every_line_of_the_index_leads_to_its_page(made) -> None:
    """The number in the index stands in the outer corner of the page where the item begins."""
    found, marks = pages(made[0].pdf), list(pypdfium2.PdfDocument(made[0].pdf).get_toc())
    begins = {mark.get_title(): mark.get_dest().get_index() for mark in marks}
    first = min(begins.values())
    index = "".join(found[1:first])
    assert index.startswith("卷内文件目录")
    sheets = ["得分情况及其由来", "问题清单", "佐证材料清单", "办理过程（事件日志摘录）"]
    assert [mark.get_title() for mark in marks] == [one.title for one in made[0].letters] + sheets
    for mark in marks:
        title, page = mark.get_title(), mark.get_dest().get_index()
        number = str(page - first + 1)
        assert re.search(rf"{re.escape(title)}20\d{{6}}{number}", index), title
        assert title in found[page] and number in (found[page][: len(number)]), title
    assert "卷内备考表" in found[-1] and f"全卷正文共{len(found) - first - 1}页" in found[-1]


def test_a_letter_that_was_issued_stands_there_as_it_went_out(filed: Filed, made) -> None:
    opinion = next(one for one in made[0].letters if one.kind == "opinion_letter")
    assert (opinion.number, opinion.remark) == ("示教督〔2026〕1号", "")
    found = pages(made[0].pdf)
    assert "示教督〔2026〕1号示例县人民政府教育督导室" in "".join(found[1:4])
    page = next(text for text in found[4:] if "示教督〔2026〕1号" in text)
    assert opinion.title in page and "现提出以下意见" in page
    assert "2026年12月31日印发" in "".join(found)


def test_a_letter_that_was_changed_is_quoted_and_says_so(made) -> None:
    notice = next(one for one in made[0].letters if one.kind == "visit_notice")
    assert notice.number == "示教督〔2026〕2号"
    page = next(text for text in pages(made[0].pdf) if "本件文本经过修改" in text)
    assert notice.title in page and "版式以所附文件为准" in page
    assert "另请于开学前补报校园安全台账。" in "".join(pages(made[0].pdf))


def test_scores_are_told_with_how_they_came_about(made) -> None:
    text = "".join(pages(made[0].pdf))
    sheet = text[text.rindex("得分情况及其由来") :]
    for words in ("一、得分的形成过程", "提交自评报告", "录入督评得分", "印发督评意见书"):
        assert words in sheet
    assert "各领域得分" in sheet and "扣分说明" in sheet and "A1.1.1" in sheet


def test_evidence_is_listed_once_with_all_it_supports_its_size_and_its_hash(made) -> None:
    text = "".join(pages(made[0].pdf))
    sheet = text[text.rindex("佐证材料清单") :]
    for words in (PHOTO["name"], "A1.1.1", "第1号问题", "48,213", "2026-02-0310:30", "ab" * 16):
        assert words in sheet
    assert "共1个文件" in sheet


def test_everything_that_was_recorded_is_in_the_log_with_the_head_of_the_chain(
    filed: Filed, made
) -> None:
    text = "".join(pages(made[0].pdf))
    sheet = text[text.rindex("办理过程（事件日志摘录）") :]
    wanted = select(_CASES.c.head, _CASES.c.seq)
    with filed.county.database.reading() as connection:
        case = filed.case
        head, seq = connection.execute(wanted.where(_CASES.c.id == case)).one()
    assert head in sheet and f"事件数：{seq}" in sheet and f"{seq}2026-12-31" in sheet
    assert "印发文书" in sheet and "督导室干事（督导室）" in sheet


def test_of_every_event_it_is_known_what_it_is_called() -> None:
    assert {event.model_fields["type"].default for event in EVENTS} <= {*TITLES, *MACHINERY}


# -- the bundle ----------------------------------------------------------------------------------


def test_the_files_as_issued_lie_beside_it_each_with_its_hash(filed: Filed, made, tmp_path) -> None:
    files = unpacked(made[1])
    sums = dict(line.split("  ", 1)[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert sums == {name: hashed for name, hashed in hashes.items() if name != "SHA256SUMS"}
    listed = json.loads(files["清单.json"])
    assert listed["保管期限"] == "永久" and listed["案卷标识"] == filed.case
    assert {one["路径"]: one["SHA-256"] for one in listed["文件"]}.items() <= hashes.items()
    row = letter(filed.county, "opinion_letter", filed.school)
    word, pdf = (n for n in files if n.endswith((".docx", ".pdf")) and "督评意见书" in n)
    assert (hashes[word], hashes[pdf]) == (row.text, row.pdf)
    log = tmp_path / "log.jsonl"
    log.write_bytes(files["日志.jsonl"])
    assert subprocess.run([sys.executable, DIGEST, log], capture_output=True).returncode == 0


def test_the_same_case_gives_the_same_bytes_on_every_database(
    lived: Path, filed: Filed, database_url: str
) -> None:
    """Whoever opens it, whenever: once from the county's own file, once from a copy elsewhere."""
    copied = poured(lived, database_url)
    with copied.reading() as connection:
        dossier = read_dossier(connection, Shelf(), filed.case)
        one = bind(dossier, lived / "letters", Faces(), Shelfmark())
        packed = pack(dossier, one)
    copied.close()
    own = Database(str(lived / "dudao.db"))
    with own.reading() as connection:
        dossier = read_dossier(connection, Shelf(), dossier.id)
        other = bind(dossier, lived / "letters", Faces(), Shelfmark())
        assert (one.pdf, packed) == (other.pdf, pack(dossier, other))
    own.close()
