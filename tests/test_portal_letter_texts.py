"""The texts of a letter at the portal: an edited Word file is the new one, checked by another, and
never beside the PDF of what it was; what is no safe Word file is refused with its reason."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from hashlib import sha256

import pytest

from tasks import letter_prints
from tests.portal_letters import (
    WORD,
    again,
    edited,
    file,
    issued,
    lines,
    pdf_text,
    print_owed,
    step,
    upload,
)
from tests.portal_papers import address, letter, office
from tests.portal_people import County, said

NEW_YEARS_EVE = date(2026, 12, 31)


def test_an_edited_text_is_checked_by_another_and_never_has_the_drafts_pdf(county: County) -> None:
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    text = edited(file(clerk, row))
    upload(clerk, row, text, reason="补一句")
    assert "修改" in said(clerk.page) and "补一句" in said(clerk.page)
    assert file(clerk, row) == text and again(county, row).state == "edited"
    assert "另一位同志核稿" in step(clerk, row, "check", 422)
    assert clerk.client.get(f"{address(row)}/pdf").status_code == 404
    now = issued(county, row)
    assert now.number == "示教督〔2026〕1号" and now.pdf == ""
    word = file(clerk, row)
    assert "另请于开学前补报校园安全台账。" in lines(word) and now.number in lines(word)
    assert clerk.client.get(f"{address(row)}/pdf").status_code == 404
    for version, content in (
        (row.sha256, None),
        (sha256(text).hexdigest(), text),
        (now.text, word),
    ):
        answer = clerk.client.get(f"{address(row)}/versions/{version}")
        assert sha256(answer.content).hexdigest() == version
        assert content is None or answer.content == content
    assert clerk.client.get(f"{address(row)}/versions/{'0' * 64}").status_code == 403


def test_nobody_waits_for_the_print_of_an_edited_text(county: County) -> None:
    """The page answers at once; the flow prints the very file that went out, with its number."""
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    upload(clerk, row, edited(file(clerk, row)))
    woken = county.woken
    assert issued(county, row).pdf == "" and county.woken > woken
    school = county.browser(f"H{row.case[-4:]}")
    assert "PDF正在由印发的Word文件生成" in said(school.open(address(row)))
    answer = school.client.get(f"{address(row)}/pdf")
    assert answer.status_code == 404 and "请稍后再打开" in said(answer.text)
    print_owed(county)
    now, pdf = again(county, row), school.client.get(f"{address(row)}/pdf").content
    assert sha256(pdf).hexdigest() == now.pdf and now.number in pdf_text(pdf).replace(" ", "")
    assert "另请于开学前补报校园安全台账" in pdf_text(pdf)
    assert "PDF正在" not in said(school.open(address(row)))
    assert "生成PDF" in said(clerk.open(address(row))) and "生成PDF" not in said(school.page)


def test_where_libreoffice_is_not_the_page_says_why_there_is_no_pdf(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_prints, "converter", lambda: "")
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    upload(clerk, row, edited(file(clerk, row)))
    issued(county, row)
    print_owed(county)
    assert "没有生成PDF：本机没有安装LibreOffice" in said(clerk.open(address(row)))
    assert clerk.client.get(f"{address(row)}/pdf").status_code == 404


def test_a_text_that_lost_the_place_of_its_number_is_not_issued(county: County) -> None:
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    place = next(line for line in lines(file(clerk, row)) if line.startswith("示教督〔"))
    upload(clerk, row, edited(file(clerk, row), place, "示教督"))
    step(county.browser("O1"), row, "check")
    assert "找不到发文字号的位置“示教督〔2026〕 号”" in step(clerk, row, "issue", 422)
    assert again(county, row).state == "checked"
    other = letter(county, "visit_notice")
    assert issued(county, other).number == "示教督〔2026〕1号"  # nothing was lost


def part(content: bytes, **parts: bytes) -> bytes:
    """The file with parts of it added or replaced."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(kept, "w") as new:
        names = {
            name.replace("__", "/").replace("_DOT_", "."): value for name, value in parts.items()
        }
        for entry in old.infolist():
            if entry.filename not in names:
                new.writestr(entry.filename, old.read(entry))
        for name, value in names.items():
            new.writestr(name, value, zipfile.ZIP_DEFLATED)
    return kept.getvalue()


FETCHES = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/image" Target="http://elsewhere.example/a.png" TargetMode="External"/>'
    b"</Relationships>"
)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda file: b"", "空文件"),
        (lambda file: b"just words", "不能上传"),
        (lambda file: b"%PDF-1.7 a scan", "不是Word文档"),
        (lambda file: b"\xd0\xcf\x11\xe0" + b"0" * 600, "旧版"),
        (lambda file: office("spreadsheetml.sheet"), "不是Word文档"),
        (lambda file: file[: len(file) // 2], "已损坏"),
        (lambda file: part(file, word__vbaProject_DOT_bin=b"macro"), "宏"),
        (lambda file: part(file, word___rels__settings_DOT_xml_DOT_rels=FETCHES), "外部"),
        (lambda file: part(file, word__media__a_DOT_png=b"0" * 300_000_000), "太大"),
    ],
)
def test_what_is_no_safe_word_file_is_refused_with_its_reason(
    county: County, made: Callable, why: str
) -> None:
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    upload(clerk, row, made(file(clerk, row)), 422)
    page = said(clerk.page)
    assert "“修改稿.docx”" in page and why in page
    assert again(county, row).state == "drafted"


def test_what_was_signed_for_is_replaced_and_not_edited(county: County) -> None:
    row, clerk = letter(county, "opinion_letter"), county.browser("O2")
    clerk.open(address(row))
    stale = clerk.page
    county.browser(f"H{row.case[-4:]}").open(address(row))
    assert f"{address(row)}/edit" not in clerk.open(address(row))
    clerk.page = stale
    files = {"file": ("a.docx", edited(file(clerk, row)), WORD)}
    clerk.send(f"{address(row)}/edit", 422, files=files)
    assert again(county, row).state == "drafted"
    assert issued(county, row).number == "示教督〔2026〕1号"
