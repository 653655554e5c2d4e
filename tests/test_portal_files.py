"""Evidence: handed up once, checked by its content, kept whole, seen by whom it concerns."""

import io
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import insert, select
from starlette.datastructures import UploadFile

from engine.journal import Journal
from engine.library import shipped_calendar
from models.creation import create
from models.database import Database
from models.evidence import Evidence, EvidenceUse
from models.organisations import Organisation
from portal import uploads
from portal.desk import Desk
from portal.file_types import NotTaken, clean_name
from portal.uploads import keep_all, place_of, remove
from tests.portal_people import Browser, County, county_at, live_until, said

_EVIDENCE, _USES = Evidence.__table__, EvidenceUse.__table__
PDF = b"%PDF-1.7 \n the minutes of a meeting"


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return live_until(tmp_path_factory.mktemp("february"), date(2026, 2, 5))


@pytest.fixture
def county(february: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6)) as county:
        yield county


@pytest.fixture(scope="module")
def quiet(february: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The county for tests after which nothing is kept."""
    with county_at(february, tmp_path_factory.mktemp("quiet"), date(2026, 2, 6)) as county:
        yield county


@pytest.fixture
def head(county: County) -> Browser:
    browser = county.browser("H0001")
    browser.open("/files")
    return browser


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


# -- what is taken -------------------------------------------------------------------------------


def test_a_file_serves_several_indicators_and_lies_by_its_content(
    county: County, head: Browser
) -> None:
    chosen = files(("会议纪要.pdf", PDF))
    head.send("/uploads/files", files=chosen, indicator=["A1.1.1", "A2.1.1"])
    assert "已保存" in said(head.page) and "会议纪要.pdf" in head.page
    (row,) = rows(county)
    assert (row.organisation, row.media_type, row.size) == ("S0001", "application/pdf", len(PDF))
    assert uses(county) == {(county.case("S0001"), code) for code in ("A1.1.1", "A2.1.1")}
    assert place_of(county.desk, row.sha256).read_bytes() == PDF
    assert place_of(county.desk, row.sha256).parent.name == row.sha256[2:4]


KINDS = {
    "一.pdf": (PDF, "一.pdf"),
    "二.docx": (office(), "二.docx"),
    "三.xlsx": (office("spreadsheetml.sheet"), "三.xlsx"),
    "四.pptx": (office("presentationml.presentation"), "四.pptx"),
    "五.jpg": (photo(), "五.jpg"),
    "六.png": (photo("PNG"), "六.png"),
    "七.mp4": (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41", "七.mp4"),
    "看似图片.jpg": (PDF + b"8", "看似图片.pdf"),
    "没有后缀": (photo(size=(30, 30)), "没有后缀.jpg"),
    "照片.JPEG": (photo(size=(20, 30)), "照片.jpg"),
}


def test_the_kind_is_decided_by_the_content(county: County, head: Browser) -> None:
    chosen = files(*((name, content) for name, (content, _) in KINDS.items()))
    head.send("/uploads/files", files=chosen)
    assert {row.name for row in rows(county)} == {kept for _, kept in KINDS.values()}


TEMPLATE = (
    b'<Relationships><Relationship Id="r1" TargetMode="External" Target="%s" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s"/>'
    b"</Relationships>"
)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("照片.jpg", b"MZ\x90\x00 a program", "是程序"),
        ("报告.pdf", b"<html><script>alert(1)</script>", "的内容不能上传"),
        ("画.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "的内容不能上传"),
        ("空.pdf", b"", "是空文件"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为.docx"),
        ("打包.zip", b"PK\x03\x04", "已损坏"),
        ("手机.heic", b"\x00\x00\x00\x18ftypheic\x00\x00", "HEIC"),
        ("宏.docx", office(word__vbaProject_DOT_bin=b"x"), "含有宏"),
        ("宏.xlsm", office("ms-excel.sheet.macroEnabled"), "含有宏"),
        (
            "模板.docx",
            office(
                word___rels__settings_DOT_xml_DOT_rels=TEMPLATE
                % (b"https://example.org/t.dotm", b"attachedTemplate")
            ),
            "会从别处下载",
        ),
        (
            "共享.docx",
            office(
                word___rels__settings_DOT_xml_DOT_rels=TEMPLATE
                % (b"\\\\10.0.0.1\\share\\t.dotm", b"attachedTemplate")
            ),
            "会从别处下载",
        ),
        (
            "实体.docx",
            office(_rels___DOT_rels=b'<!DOCTYPE a [<!ENTITY b "c">]><Relationships/>'),
            "已损坏",
        ),
        ("炸弹.docx", office(word__x=b"\0" * 300 * 1024 * 1024), "解开后的内容过大"),
        ("坏图.jpg", photo()[:200], "已损坏"),
        ("坏图.png", photo("PNG")[:60], "已损坏"),
    ],
)
def test_what_is_not_taken_says_why(quiet: County, name: str, content: bytes, why: str) -> None:
    head = quiet.browser("H0001")
    head.open("/files")
    head.send("/uploads/files", 422, files=files((name, content)))
    assert why in said(head.page) and f"“{name}”" in said(head.page)
    assert rows(quiet) == [] and stored(quiet) == []


def test_a_link_and_a_template_on_ones_own_disk_are_no_harm(county: County, head: Browser) -> None:
    link = TEMPLATE % (b"https://example.org", b"hyperlink")
    own = TEMPLATE % (b"file:///C:\\Users\\a\\Normal.dotm", b"attachedTemplate")
    one = office(word___rels__document_DOT_xml_DOT_rels=link)
    other = office(word___rels__settings_DOT_xml_DOT_rels=own)
    head.send("/uploads/files", files=files(("一.docx", one), ("二.docx", other)))
    assert len(rows(county)) == 2


def test_one_bad_file_does_not_hold_up_the_others(county: County, head: Browser) -> None:
    chosen = files(("好.pdf", PDF), ("坏.exe", b"MZ"))
    head.send("/uploads/files", 422, files=chosen)
    page = said(head.page)
    assert "已保存1个文件：好.pdf" in page and "“坏.exe”的内容是程序" in page
    assert [row.name for row in rows(county)] == ["好.pdf"]


def test_a_picture_that_would_fill_the_memory_is_not_opened(quiet: County) -> None:
    """A hundred bytes that claim to be nine thousand pixels each way."""
    small, head = photo("PNG"), quiet.browser("H0001")
    claims = small[12:16] + struct.pack(">II", 9000, 9000) + small[24:29]
    huge = small[:12] + claims + struct.pack(">I", zlib.crc32(claims)) + small[33:]
    head.open("/files")
    head.send("/uploads/files", 422, files=files(("大.png", huge)))
    assert "图片尺寸过大（超过5000万像素）" in said(head.page)


def test_a_picture_loses_the_place_stands_upright_and_shrinks(
    county: County, head: Browser
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x010F] = "某厂相机"
    exif.get_ifd(0x8825)[2] = (34.0, 15.0, 0.0)  # where it was
    taken = photo(size=(4000, 3000), exif=exif, comment=b"a secret")
    head.send("/uploads/files", files=files(("现场.jpg", taken)))
    (row,) = rows(county)
    place = place_of(county.desk, row.sha256)
    with Image.open(place) as kept:
        assert kept.size == (1920, 2560)
        assert not kept.getexif() and "comment" not in kept.info
    assert b"secret" not in place.read_bytes()


def test_a_transparent_drawing_stays_so(county: County, head: Browser) -> None:
    written = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(written, "PNG")
    head.send("/uploads/files", files=files(("章.png", written.getvalue())))
    with Image.open(place_of(county.desk, rows(county)[0].sha256)) as kept:
        assert kept.mode == "RGBA" and kept.getpixel((1, 1))[3] == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\校长\\报告.pdf", "报告.pdf"),
        ("a\x00b\r\nc\u202egnp.pdf", "a b cgnp.pdf"),
        ("=HYPERLINK(1).pdf", "=HYPERLINK(1).pdf"),
        ("<img src=x>.pdf", "<img src=x>.pdf"),
        ("\u200b.pdf", "未命名.pdf"),
        ("..", "未命名.pdf"),
        ("程序.exe", "程序.exe.pdf"),
        ("长" * 300 + ".pdf", "长" * 80 + ".pdf"),
    ],
)
def test_a_name_is_just_text_without_folders_or_tricks(given: str, kept: str) -> None:
    from portal.file_types import PDF as KIND

    assert clean_name(given, KIND) == kept


def test_html_in_a_name_is_shown_and_not_obeyed(county: County, head: Browser) -> None:
    head.send("/uploads/files", files=files(("<b onclick=x>.pdf", PDF)))
    assert "<b onclick" not in head.page and "&lt;b onclick=x&gt;.pdf" in head.page


# -- limits --------------------------------------------------------------------------------------


def test_each_kind_has_its_limit(county: County, head: Browser) -> None:
    big = PDF + b"0" * (20 * 1024 * 1024)
    head.send("/uploads/files", 422, files=files(("厚.pdf", big)))
    assert "“厚.pdf”有20.0MB，PDF最大20MB" in said(head.page)
    assert stored(county) == []


def test_a_years_room_ends(county: County, head: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FILES_A_YEAR", 2)
    head.send("/uploads/files", files=files(("一.pdf", PDF + b"1"), ("二.pdf", PDF + b"2")))
    head.send("/uploads/files", 422, files=files(("三.pdf", PDF + b"3")))
    assert "今年已上传2个文件，达到上限" in said(head.page)
    assert len(stored(county)) == 2
    county.move_to(date(2026, 2, 7))
    again = county.browser("H0001")
    again.open("/files")
    again.send("/uploads/files", files=files(("一.pdf", PDF + b"1")))  # it is there already
    monkeypatch.setattr(uploads, "FILES_A_YEAR", 500)
    monkeypatch.setattr(uploads, "BYTES_A_YEAR", 100)
    again.send("/uploads/files", 422, files=files(("三.pdf", PDF + b"3")))
    assert "没有存下" in said(again.page)


def test_without_a_file_chosen_it_says_so(quiet: County) -> None:
    head = quiet.browser("H0001")
    head.open("/files")
    head.send("/uploads/files", 422)
    assert "请先选择文件" in said(head.page)


def test_a_school_cannot_read_what_it_may_not_attach(county: County, head: Browser) -> None:
    """Knowing a hash is not having the file."""
    head.send("/uploads/files", files=files(("一.pdf", PDF)))
    (row,) = rows(county)
    other = county.browser("H0002")
    other.open("/files")
    page = f"/files/{row.sha256}"
    other.open(page, 403)
    other.open(f"{page}/file", 403)
    form = {"case": county.key("S0002"), "indicator": "A1.1.1", **seal_of(other)}
    assert other.client.post(f"{page}/uses", data=form).status_code == 403
    assert other.client.post(f"{page}/remove", data=form).status_code == 403
    assert rows(county) == [row] and uses(county) == set()


def seal_of(browser: Browser) -> dict[str, str]:
    """The seal of one's own forms."""
    browser.open("/files")
    return {"seal": browser.form("/uploads/files")["seal"][0], "once": "x"}


# -- who sees it ---------------------------------------------------------------------------------


def test_it_is_handed_out_as_what_it_is_and_never_shown(county: County, head: Browser) -> None:
    head.send("/uploads/files", files=files(("会议纪要.pdf", PDF)))
    (row,) = rows(county)
    answer = head.client.get(f"/files/{row.sha256}/file")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_those_it_concerns_see_it(county: County, head: Browser) -> None:
    head.send("/uploads/files", files=files(("一.pdf", PDF)), indicator="A1.1.1")
    page = f"/files/{rows(county)[0].sha256}"
    for person in ("I06", "O2", "WT1", "V1", "U1"):
        county.browser(person).open(page)
        county.browser(person).open(f"{page}/file")
    for person in ("DCZ", "H0002"):
        county.browser(person).open(page, 403)
        county.browser(person).open(f"{page}/file", 403)


def test_what_is_no_hash_is_no_file(quiet: County) -> None:
    head = quiet.browser("H0001").client
    for name in ("nothing", "..", "%2e%2e%2f", "%00", "0" * 64, "A" * 64, "0" * 63):
        assert head.get(f"/files/{name}/file").status_code in (403, 404), name


def test_a_file_gone_from_the_disk_is_said_to_be_and_comes_back(
    county: County, head: Browser
) -> None:
    head.send("/uploads/files", files=files(("一.pdf", PDF)))
    (row,) = rows(county)
    place_of(county.desk, row.sha256).unlink()
    assert "找不到这个文件" in said(head.open(f"/files/{row.sha256}"))
    assert "重新上传同一个文件即可恢复" in said(head.open(f"/files/{row.sha256}/file", 404))
    head.open("/files")
    head.send("/uploads/files", files=files(("一.pdf", PDF)))
    head.open(f"/files/{row.sha256}/file")


# -- what it supports ----------------------------------------------------------------------------


def test_what_a_file_supports_is_changed_later(county: County, head: Browser) -> None:
    head.send("/uploads/files", files=files(("一.pdf", PDF)), indicator="A1.1.1")
    page = f"/files/{rows(county)[0].sha256}"
    head.open(page)
    assert head.form(f"{page}/uses")["indicator"] == ["A1.1.1"]
    head.send(f"{page}/uses", indicator=["A1.1.2", "不是指标", "A2.1.1"])
    assert {code for _, code in uses(county)} == {"A1.1.2", "A2.1.1"}
    head.send(f"{page}/uses", indicator=[])
    assert uses(county) == set()
    head.send(f"{page}/remove")
    assert rows(county) == [] and stored(county) == []


def settle(county: County) -> None:
    """The school's account is handed in a day later: what the log would then hold."""
    from models.events import StoredEvent

    county.move_to(date(2026, 2, 9))
    with county.database.writing() as connection:
        event = {"case": county.case("S0001"), "seq": 900, "type": "self_assessment.submitted"}
        more = {"stage": "self_assessment", "item": "", "happened_on": date(2026, 2, 9)}
        rest = {"at": "2026-02-09T04:00:00Z", "actor": "H0001", "role": "school", "key": None}
        text = {"on_behalf_of": "", "body": "{}", "prev": "", "hash": ""}
        connection.execute(insert(StoredEvent.__table__).values(event | more | rest | text))


def test_what_was_handed_in_stays(county: County, head: Browser) -> None:
    head.send("/uploads/files", files=files(("一.pdf", PDF)), indicator="A1.1.1")
    page = f"/files/{rows(county)[0].sha256}"
    settle(county)
    head = county.browser("H0001")
    assert "已报送" in said(head.open(page)) and "不能删除" in said(head.page)
    head.send(f"{page}/uses", indicator=["A1.1.2"])
    assert {code for _, code in uses(county)} == {"A1.1.1", "A1.1.2"}
    form = {name: values[0] for name, values in head.form(f"{page}/uses").items()}
    answer = head.client.post(f"{page}/remove", data=form)
    assert answer.status_code == 422 and "须留存备查" in answer.text
    assert len(rows(county)) == 1


def test_a_list_is_searched_and_turned_over(county: County, head: Browser) -> None:
    for first in range(0, 60, 20):
        some = [(f"第{n}份.pdf", PDF + b"%d" % n) for n in range(first, first + 20)]
        head.send("/uploads/files", files=files(*some))
    page = head.open("/files")
    assert page.count(".pdf</a>") == 50 and "下一页" in page
    assert head.open("/files?page=2").count(".pdf</a>") == 10
    assert head.open("/files?name=第7份").count(".pdf</a>") == 1
    assert "没有名称中含有“%”的材料" in said(head.open("/files?name=%25"))
    assert head.open("/files?page=x&case=nothing&indicator=A1.1.1").count(".pdf</a>") == 50


# -- photos, and a case's own files --------------------------------------------------------------


def test_photos_of_a_visit_are_the_offices(county: County) -> None:
    inspector = county.browser("I06")
    case = f"/cases/{county.key('S0001')}"
    page = inspector.open(f"{case}/photos")
    assert 'accept="image/*" capture="environment"' in page
    taken = files(("消防通道.jpg", photo()))
    inspector.send(f"{case}/photos/uploads", files=taken, indicator="A2.2.1")
    assert "消防通道.jpg" in inspector.page
    assert [row.organisation for row in rows(county)] == ["SLX-DD"]
    assert {code for _, code in uses(county)} == {"photo", "A2.2.1"}
    assert "消防通道.jpg" in county.browser("H0001").open(f"{case}/files")
    assert "消防通道.jpg" not in county.browser("H0001").open("/files")
    inspector.send(f"{case}/photos/uploads", 422, files=files(("不是照片.jpg", PDF)))
    assert "这里只收JPG和PNG图片" in said(inspector.page)


def test_an_inspector_keeps_order_among_the_photos(county: County) -> None:
    inspector = county.browser("I06")
    case = f"/cases/{county.key('S0001')}"
    inspector.open(f"{case}/photos")
    inspector.send(f"{case}/photos/uploads", files=files(("一.jpg", photo())))
    page = f"/files/{rows(county)[0].sha256}"
    inspector.open(page)
    inspector.send(f"{page}/uses", 422, indicator=[])
    assert "请至少保留一项用途" in said(inspector.page)
    inspector.send(f"{page}/uses", indicator=["A1.1.1"])
    assert {code for _, code in uses(county)} == {"A1.1.1"}
    head = county.browser("H0001")
    form = head.client.post(f"{page}/remove", data=seal_of(head))
    assert form.status_code == 403
    inspector.open(page)
    inspector.send(f"{page}/remove")
    assert rows(county) == [] and inspector.at.startswith(f"{case}/files")


def test_the_same_content_of_school_and_inspector_has_two_owners_and_one_file(
    county: County, head: Browser
) -> None:
    case = f"/cases/{county.key('S0001')}"
    head.send("/uploads/files", files=files(("学校的.jpg", photo())), indicator="A1.1.1")
    inspector = county.browser("I06")
    inspector.open(f"{case}/photos")
    inspector.send(f"{case}/photos/uploads", files=files(("督学的.jpg", photo())))
    assert len(rows(county)) == 2 and len(stored(county)) == 1
    page = f"/files/{rows(county)[0].sha256}"
    assert "督学的.jpg" in inspector.open(page) and "学校的.jpg" in head.open(page)
    inspector.send(f"{page}/remove")
    assert [row.name for row in rows(county)] == ["学校的.jpg"] and len(stored(county)) == 1


def test_only_who_leads_a_case_adds_to_it(county: County) -> None:
    case = f"/cases/{county.key('S0001')}"
    for reader in ("V1", "U1"):
        assert "enctype" not in county.browser(reader).open(f"{case}/files")
    office = county.browser("O2")
    office.open(f"{case}/files")
    office.send(f"{case}/files/uploads", files=files(("函件.pdf", PDF)))
    assert uses(county) == {(county.case("S0001"), "other")}


def test_a_department_shows_what_it_did_about_its_own_issue_and_sees_no_more(
    county: County, head: Browser
) -> None:
    case, office = f"/cases/{county.key('S0001')}", county.browser("O2")
    office.open(f"{case}/issue_list/RaiseIssue")
    row = {"text": "运动场地不足", "basis": "A6.1.1", "unit": "CZ", "outcome": "consultation"}
    found = {f"findings__0__{name}": value for name, value in row.items()}
    office.send(f"{case}/issue_list/RaiseIssue", **found)
    head.send("/uploads/files", files=files(("自评.pdf", PDF)), indicator="A1.1.1")
    head.send("/uploads/files", files=files(("缺口.pdf", PDF + b"1")), indicator="issue-1")
    finance = county.browser("DCZ")
    page = finance.open(f"{case}/files")
    assert "缺口.pdf" in page and "自评.pdf" not in page and "A1.1.1" not in page
    finance.send(f"{case}/files/uploads", files=files(("拨款.pdf", PDF + b"2")))
    assert "拨款.pdf" in finance.page and "拨款.pdf" in finance.open("/files")
    own = {row.name: f"/files/{row.sha256}" for row in rows(county)}
    finance.open(own["缺口.pdf"])
    finance.open(own["自评.pdf"], 403)
    assert "拨款.pdf" in head.open(f"{case}/files")
    head.open(own["拨款.pdf"])
    county.browser("DJY").open(own["拨款.pdf"], 403)


# -- at once, cut off, too much ------------------------------------------------------------------


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk with two schools, on either database."""
    create(database_url)
    database = Database(database_url)
    names = [{"code": code, "name": code, "kind": "primary"} for code in ("S1", "S2")]
    filled = {"facts": {}, "initials": "", "tier": "", "invented": False}
    with database.writing() as connection:
        connection.execute(insert(Organisation.__table__), [{**row, **filled} for row in names])
    journal = Journal(database, shipped_calendar(), lambda key: "")
    noon = datetime(2026, 5, 12, 4, tzinfo=UTC)
    yield Desk(journal, tmp_path / "home", lambda: noon, b"secret")
    database.close()


def chosen(name: str, content: bytes) -> UploadFile:
    return UploadFile(io.BytesIO(content), filename=name, size=len(content))


def evidence(desk: Desk) -> list[tuple[str, str]]:
    with desk.database.reading() as connection:
        found = select(_EVIDENCE.c.organisation, _EVIDENCE.c.name)
        return sorted(tuple(row) for row in connection.execute(found))


def test_the_same_file_at_the_same_moment_is_there_once(desk: Desk) -> None:
    together = threading.Barrier(6)

    def send(number: int) -> list[Any]:
        together.wait(10)
        return keep_all(desk, "S1", [chosen("同一个.pdf", PDF)], [("C", f"A{number % 2}")])

    with ThreadPoolExecutor(6) as pool:
        kept = [one for found in pool.map(send, range(6)) for one in found]
    assert not any(one.why for one in kept) and sum(not one.again for one in kept) == 1
    assert evidence(desk) == [("S1", "同一个.pdf")]
    assert len([p for p in desk.evidence.rglob("*") if p.is_file()]) == 1


def test_what_one_removes_while_another_sends_it_never_loses_its_file(desk: Desk) -> None:
    sha256 = sha256_of(PDF).hexdigest()
    for _ in range(6):
        keep_all(desk, "S1", [chosen("一.pdf", PDF)])
        together = threading.Barrier(2)

        def send(together: threading.Barrier = together) -> str:
            together.wait(10)
            return keep_all(desk, "S2", [chosen("二.pdf", PDF)])[0].sha256

        def take_away(together: threading.Barrier = together) -> None:
            together.wait(10)
            with desk.database.writing() as connection:
                remove(desk, connection, "S1", sha256)

        with ThreadPoolExecutor(2) as pool:
            sent, gone = pool.submit(send), pool.submit(take_away)
            sent.result(), gone.result()
        assert evidence(desk) == [("S2", "二.pdf")] and place_of(desk, sha256).is_file()
        with desk.database.writing() as connection:
            assert remove(desk, connection, "S2", sha256)
        assert not place_of(desk, sha256).exists()


@pytest.mark.parametrize("step", ["_written", "_enter"])
def test_an_upload_cut_off_leaves_nothing_to_be_seen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    whole: Callable = getattr(uploads, step)

    def cut_off(*given: Any) -> Any:
        whole(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(uploads, step, cut_off)
    with pytest.raises(KeyboardInterrupt):
        keep_all(desk, "S1", [chosen("一.pdf", PDF)])
    assert evidence(desk) == []
    monkeypatch.undo()
    assert keep_all(desk, "S1", [chosen("一.pdf", PDF)])[0].again is False
    assert evidence(desk) == [("S1", "一.pdf")]


def test_leftovers_are_swept_away_after_two_days(desk: Desk) -> None:
    incoming = desk.evidence / "incoming"
    incoming.mkdir(parents=True)
    for name in ("2026-05-09-a", "2026-05-12-b", "strange"):
        (incoming / name).write_bytes(b"half a file")
    keep_all(desk, "S1", [chosen("一.pdf", PDF)])
    assert {path.name for path in incoming.iterdir()} == {"2026-05-12-b", "strange"}


def test_a_full_disk_is_an_error_and_not_a_half_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads.shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        keep_all(desk, "S1", [chosen("一.pdf", PDF)])
    assert evidence(desk) == [] and [p for p in desk.evidence.rglob("*") if p.is_file()] == []


def test_two_hundred_megabytes_are_refused_without_being_held(
    county: County, head: Browser
) -> None:
    """The body comes in pieces; the portal stops listening soon after the limit, and holds next to
    nothing of it."""
    import asyncio
    import tracemalloc

    piece, whole = b"0" * 65536, 200 * 1024 * 1024
    seal = head.form("/uploads/files")["seal"][0]
    cookies = "; ".join(f"{name}={value}" for name, value in head.client.cookies.items())
    start = (
        f'--x\r\nContent-Disposition: form-data; name="seal"\r\n\r\n{seal}\r\n--x\r\n'
        'Content-Disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n'
    ).encode()
    asked, answered = [0], []

    async def receive() -> dict[str, Any]:
        body = start if asked[0] == 0 else piece
        asked[0] += len(body)
        return {"type": "http.request", "body": body, "more_body": asked[0] < whole}

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    headers = {"content-type": "multipart/form-data; boundary=x", "cookie": cookies, "host": "t"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/uploads/files",
        "raw_path": b"/uploads/files",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("t", 80),
    }
    tracemalloc.start()
    asyncio.run(county.app(scope, receive, send))
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answered[0]["status"] == 413
    assert asked[0] < 66 * 1024 * 1024 and held < 12 * 1024 * 1024
    assert stored(county) == []
    page = b"".join(message.get("body", b"") for message in answered).decode()
    assert "一次最多提交64兆字节" in said(page)


def test_a_program_is_no_office_file_whatever_it_claims() -> None:
    from portal.office_files import office_type

    for content in (b"PK\x03\x04" + b"x" * 100, b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04"):
        with pytest.raises(NotTaken):
            office_type(io.BytesIO(content))
