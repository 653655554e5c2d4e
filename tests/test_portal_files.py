"""Evidence: seen by whom it concerns, serving many indicators, fixed once it was handed in."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert

from models.events import StoredEvent
from portal.uploads import place_of
from tests.portal_browser import chromium, served
from tests.portal_papers import PDF, files, photo, rows, stored, uses
from tests.portal_people import Browser, County, county_at, said


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


# -- who sees it ---------------------------------------------------------------------------------


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


def test_html_in_a_name_is_shown_and_not_obeyed(county: County, head: Browser) -> None:
    head.send("/uploads/files", files=files(("<b onclick=x>.pdf", PDF)))
    assert "<b onclick" not in head.page and "&lt;b onclick=x&gt;.pdf" in head.page


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


# -- with scripts --------------------------------------------------------------------------------


def test_with_scripts_it_says_how_far_it_is_and_what_is_too_much(county: County) -> None:
    def one(name: str, content: bytes) -> dict:
        return {"name": name, "mimeType": "application/octet-stream", "buffer": content}

    with served(county) as running, chromium() as browser:
        page = running.page(browser, "H0001")
        page.goto(f"{running.address}/files")
        page.set_input_files("#files", [one(f"{n}.pdf", PDF) for n in range(21)])
        page.click("button:text('上传')")
        page.wait_for_selector("text=一次最多20个文件，现在选了21个")
        page.set_input_files("#files", [one("好.pdf", PDF), one("坏.jpg", b"MZ")])
        page.click("button:text('上传')")
        page.wait_for_selector("text=“坏.jpg”的内容是程序")
        page.set_input_files("#files", [one("又一份.pdf", PDF + b"1")])
        page.click("button:text('上传')")
        page.wait_for_selector("a:text('又一份.pdf')")
    assert {row.name for row in rows(county)} == {"好.pdf", "又一份.pdf"}
