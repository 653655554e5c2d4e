"""What is handed up: told by its content, made harmless, bounded before it is held."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from models.evidence import Evidence
from portal import uploads
from portal.file_types import PDF as PDF_KIND
from portal.file_types import NotTaken, clean_name
from portal.office_files import office_type
from portal.uploads import place_of
from tests.films import PLACE, box, film
from tests.portal_papers import PDF, files, office, photo, rows, stored, uses
from tests.portal_people import Browser, County, county_at, said

_EVIDENCE = Evidence.__table__


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return lived_until(date(2026, 2, 5))


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
    "七.mp4": (film(), "七.mp4"),
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


def test_a_video_loses_the_place_too(county: County, head: Browser) -> None:
    filmed = film(moov=box(b"udta", box(b"\xa9xyz", PLACE)), record=b"meta")
    head.send("/uploads/files", files=files(("操场.mp4", filmed)))
    (row,) = rows(county)
    there = place_of(county.desk, row.sha256).read_bytes()
    assert row.size == len(there) == len(filmed) and b"picture two" in there
    assert PLACE in filmed and PLACE not in there
    cut_off = files(("半截.mp4", filmed[:200]))
    head.send("/uploads/files", 422, files=cut_off)
    assert "“半截.mp4”的视频不完整或已损坏" in said(head.page)


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
    assert clean_name(given, PDF_KIND) == kept


def test_a_program_is_no_office_file_whatever_it_claims() -> None:
    for content in (b"PK\x03\x04" + b"x" * 100, b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04"):
        with pytest.raises(NotTaken):
            office_type(io.BytesIO(content))


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
