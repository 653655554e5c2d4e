"""Letters: each role finds its own and nobody else's; opening one signs for it, once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, insert, select, update

from documents.catalogue import LETTERS
from engine.journal import Journal
from engine.library import shipped_calendar
from models.creation import create
from models.database import TABLES, Database
from models.issues import IssueRow
from models.letters import Letter
from portal import letter_access, letters
from portal.access import Visitor, seats_of
from portal.desk import Desk
from portal.letters import Asked
from portal.pages.letters import letter_key
from tests.portal_people import Browser, County, county_at, live_until, said

_LETTERS, _ISSUES = Letter.__table__, IssueRow.__table__
NEW_YEARS_EVE = date(2026, 12, 31)
PEOPLE = ("H0001", "H0012", "I06", "O2", "DCZ", "DJY", "WT1", "WT2", "V1", "U1")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve schools, and the whole year behind them."""
    return live_until(tmp_path_factory.mktemp("lived"), NEW_YEARS_EVE, schools=12)


@pytest.fixture(scope="module")
def archive(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The county's letters, to be read."""
    with county_at(lived, tmp_path_factory.mktemp("archive"), NEW_YEARS_EVE) as county:
        yield county


@pytest.fixture
def county(lived: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(lived, tmp_path / "county", NEW_YEARS_EVE) as county:
        yield county


def letter(county: County, kind: str, subject: str = "", **more: Any) -> Row:
    """A letter of a kind, of a subject where one is named."""
    wanted = select(_LETTERS).where(_LETTERS.c.kind == kind).order_by(_LETTERS.c.order)
    if subject:
        wanted = wanted.where(_LETTERS.c.case.endswith(f"/{subject}"))
    for name, value in more.items():
        wanted = wanted.where(_LETTERS.c[name].contains(value))
    with county.database.reading() as connection:
        row = connection.execute(wanted).first()
    assert row is not None, (kind, subject)
    return row


def address(row: Row) -> str:
    return f"/letters/{letter_key(row.order)}"


def received(county: County, row: Row) -> tuple[str, str, str]:
    with county.database.reading() as connection:
        found = connection.execute(select(_LETTERS).where(_LETTERS.c.order == row.order)).one()
    return found.received_at, found.received_by, found.received_note


# -- whose they are ------------------------------------------------------------------------------


def test_of_every_kind_it_is_said_to_whom_it_goes() -> None:
    groups = (
        *(letter_access.TO_SUBJECT, letter_access.TO_UNIT, letter_access.FROM_UNIT),
        *(letter_access.FROM_SUBJECT, letter_access.ON_FILE, letter_access.TO_TOWNSHIP),
        *(letter_access.TO_ALL, letter_access.TO_ABOVE),
    )
    assert sorted(kind for group in groups for kind in group) == sorted(LETTERS)


@pytest.fixture
def desk(lived: Path, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """The same county on either database."""
    create(database_url)
    source, database = Database(str(lived / "dudao.db")), Database(database_url)
    with source.reading() as old, database.writing() as new:
        for table in TABLES.sorted_tables:
            rows = [dict(row._mapping) for row in old.execute(select(table))]
            if rows:
                new.execute(insert(table), rows)
    source.close()
    journal = Journal(database, shipped_calendar(), lambda key: "")
    noon = datetime(2026, 12, 31, 4, tzinfo=UTC)
    yield Desk(journal, lived, lambda: noon, b"secret")
    database.close()


def visitor(connection: Any, person: str) -> Visitor:
    seats = seats_of(connection, person, NEW_YEARS_EVE)
    return Visitor(person, person, seats[0], seats, "", NEW_YEARS_EVE)


def all_listed(desk: Desk, connection: Any, who: Visitor, **asked: Any) -> list[Row]:
    found, page, more = [], 1, True
    while more:
        rows, more = letters.listed(desk, connection, who, Asked(page=page, **asked))
        found, page = [*found, *rows], page + 1
    return found


def test_what_is_listed_is_what_opens(desk: Desk) -> None:
    with desk.database.reading() as connection:
        every = set(connection.execute(select(_LETTERS.c.order)).scalars())
        for person in PEOPLE:
            who = visitor(connection, person)
            listed = [row.order for row in all_listed(desk, connection, who)]
            assert len(listed) == len(set(listed)), person
            opens = {order for order in every if letters.one(desk, connection, who, order)}
            if who.role == "inspector":  # the plan of a year that is over may name them still
                assert set(listed) <= opens, person
            else:
                assert set(listed) == opens, person


def test_a_search_finds_the_same_by_every_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, by kind and by year it is the list narrowed down, whichever way is the shorter."""
    with desk.database.reading() as connection:
        for person in PEOPLE:
            who = visitor(connection, person)
            whole = all_listed(desk, connection, who)
            for few in (400, 0):
                monkeypatch.setattr(letters, "FEW", few)
                named = all_listed(desk, connection, who, name="马小")
                assert named == [row for row in whole if "马小" in row.name], person
            for kind in LETTERS:
                found = all_listed(desk, connection, who, kind=kind)
                assert found == [row for row in whole if row.kind == kind], (person, kind)
            assert all_listed(desk, connection, who, year=2026) == whole
            assert all_listed(desk, connection, who, year=2025) == []
            waiting = all_listed(desk, connection, who, waiting=True)
            addressed = [row for row in whole if row.kind in letter_access.ADDRESSED]
            assert waiting == [row for row in addressed if not row.received_at]


def test_a_school_opens_its_own_and_what_everybody_gets(archive: County) -> None:
    head = archive.browser("H0001")
    for kind in ("self_assessment_handbook", "self_assessment_report", "process_guidance_record"):
        head.open(address(letter(archive, kind, "S0001")))
        head.open(address(letter(archive, kind, "S0002")), 403)
        head.open(f"{address(letter(archive, kind, 'S0002'))}/file", 403)
    for kind in ("annual_plan_notice", "annual_bulletin"):
        head.open(address(letter(archive, kind)))
    head.open(address(letter(archive, "special_report")), 403)
    page = said(head.open("/letters"))
    assert "马小" in page and "八一" not in page


def consultation(county: County) -> tuple[Row, str]:
    """A letter that asks the finance bureau to solve a school's problem, and that school."""
    with county.database.reading() as connection:
        wanted = select(_ISSUES.c.subject).where(_ISSUES.c.unit == "CZ")
        subject = connection.execute(wanted.order_by(_ISSUES.c.case)).scalars().first()
    return letter(county, "issue_demand", subject, title="协商解决"), subject


def test_a_department_opens_what_concerns_its_own_issues(archive: County) -> None:
    row, subject = consultation(archive)
    finance = archive.browser("DCZ")
    assert "协商解决" in finance.open(address(row))
    assert "协商解决" in finance.open("/letters")
    archive.browser("DJY").open(address(row), 403)
    head = archive.browser(subject.replace("S", "H"))
    head.open(address(row), 403)  # it is written to the department
    for kind in ("self_assessment_report", "process_guidance_record", "opinion_letter"):
        finance.open(address(letter(archive, kind, subject)), 403)
    finance.open(address(letter(archive, "annual_plan_notice")))


@pytest.mark.parametrize(("person", "own", "others"), [("WT1", "S0001", "S0012"), ("I06",) * 3])
def test_a_township_and_an_inspector_open_those_of_their_schools(
    archive: County, person: str, own: str, others: str
) -> None:
    if person == "I06":
        own, others = "S0004", "S0011"
    browser = archive.browser(person)
    browser.open(address(letter(archive, "process_guidance_record", own)))
    browser.open(address(letter(archive, "process_guidance_record", others)), 403)
    browser.open(address(letter(archive, "special_report")), 403)


@pytest.mark.parametrize("person", ["O2", "V1", "U1"])
def test_the_office_and_those_above_open_everything(archive: County, person: str) -> None:
    browser = archive.browser(person)
    for kind in ("special_report", "opinion_letter", "self_assessment_handbook"):
        browser.open(address(letter(archive, kind)))


def test_every_school_of_the_township_gets_the_bulletin_of_a_visit(county: County) -> None:
    row = letter(county, "process_guidance_record", "S0002")
    with county.database.writing() as connection:
        changed = update(_LETTERS).where(_LETTERS.c.order == row.order)
        connection.execute(changed.values(kind="visit_bulletin"))
    neighbour, stranger = county.browser("H0001"), county.browser("H0012")
    page = neighbour.open(address(row))
    assert 'href="/cases/' not in page  # the neighbour's file is not for them
    assert row.title in neighbour.open("/letters")
    stranger.open(address(row), 403)


@pytest.mark.parametrize("key", ["nothing", "%2e%2e", "SLX-DD~x@00001.1", "%00", "'", "*"])
def test_what_is_no_letter_does_not_open(archive: County, key: str) -> None:
    office = archive.browser("O2").client
    assert office.get(f"/letters/{key}").status_code in (303, 403, 404)
    assert office.get(f"/letters/{key}/file").status_code in (303, 403, 404)


# -- the file ------------------------------------------------------------------------------------


def test_a_letter_is_handed_out_as_it_was_written(archive: County) -> None:
    row = letter(archive, "opinion_letter")
    office = archive.browser("O2")
    page = said(office.open(address(row)))
    assert "未改动" in page and row.sha256[:12] in page and row.title in page
    answer = office.client.get(f"{address(row)}/file")
    assert answer.content == (archive.desk.letters / row.path).read_bytes()
    assert answer.headers["content-type"].endswith("wordprocessingml.document")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_changed_or_lost_file_is_said_to_be(county: County) -> None:
    row, office = letter(county, "opinion_letter"), county.browser("O2")
    path = county.desk.letters / row.path
    path.write_bytes(path.read_bytes() + b" ")
    assert "已被改动" in said(office.open(address(row)))
    path.unlink()
    assert "找不到文件" in said(office.open(address(row)))
    assert "从备份中恢复" in said(office.open(f"{address(row)}/file", 404))


@pytest.mark.parametrize("path", ["../dudao.db", "../../secret", "/etc/hostname", ".", ""])
def test_no_path_leads_out_of_the_letters(county: County, path: str) -> None:
    row = letter(county, "opinion_letter")
    with county.database.writing() as connection:
        connection.execute(update(_LETTERS).where(_LETTERS.c.order == row.order).values(path=path))
    county.browser("O2").open(f"{address(row)}/file", 404)


# -- receipts ------------------------------------------------------------------------------------


def test_the_first_opening_by_the_school_signs_for_it_once(county: County) -> None:
    row = letter(county, "visit_notice")
    head = county.browser(f"H{row.case[-4:]}")
    for other in ("O2", "V1", "I06"):
        browser = county.browser(other)
        browser.client.get(address(row))
    assert received(county, row) == ("", "", "")
    assert "未签收" in said(county.browser("O2").open(address(row)))
    assert "已签收" in said(head.open(address(row)))
    first = received(county, row)
    assert first[1] == f"H{row.case[-4:]}"
    county.move_to(date(2027, 1, 4))
    later = county.browser(f"H{row.case[-4:]}")
    later.open(address(row))
    later.client.get(f"{address(row)}/file")
    assert received(county, row) == first
    page = said(county.browser("O2").open(address(row)))
    assert "已签收" in page and "2026年12月31日 12:00" in page and "登记纸质签收" not in page


def test_downloading_it_signs_too(county: County) -> None:
    row = letter(county, "self_assessment_handbook", "S0001")
    county.browser("H0001").client.get(f"{address(row)}/file")
    assert received(county, row)[1] == "H0001"


def test_a_department_signs_for_what_is_asked_of_it(county: County) -> None:
    row, _ = consultation(county)
    county.browser("DCZ").open(address(row))
    assert received(county, row)[1] == "DCZ"


@pytest.mark.parametrize("kind", ["self_assessment_report", "annual_plan_notice"])
def test_what_one_wrote_or_everybody_gets_is_not_signed_for(county: County, kind: str) -> None:
    row = letter(county, kind, "S0001" if kind == "self_assessment_report" else "")
    head = county.browser("H0001")
    assert "签收" not in said(head.open(address(row))).split("今天是")[0].split(row.title)[1]
    assert received(county, row) == ("", "", "")


def paper(county: County) -> tuple[Browser, Row, str]:
    row, office = letter(county, "opinion_letter"), county.browser("O2")
    office.open(address(row))
    return office, row, f"{address(row)}/receipt"


def test_the_office_enters_a_receipt_on_paper(county: County) -> None:
    office, row, form = paper(county)
    office.send(form, told_by="办公室李老师", received_on=row.drafted_on.isoformat())
    page = said(office.page)
    assert "签收纸质文书：办公室李老师，2026年" in page and "登记）" in page
    assert received(county, row)[1] == "O2"
    county.browser(f"H{row.case[-4:]}").open(address(row))
    assert received(county, row)[1] == "O2"  # the first receipt stands


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"told_by": "", "received_on": "2026-12-30"}, "请填写"),
        ({"told_by": "李老师", "received_on": ""}, "请填写"),
        ({"told_by": "李老师", "received_on": "昨天"}, "日期应写成"),
        ({"told_by": "李老师", "received_on": "2027-01-01"}, "应在成文日期与今天之间"),
        ({"told_by": "李老师", "received_on": "2026-01-01"}, "应在成文日期与今天之间"),
        ({"told_by": "李" * 31, "received_on": "2026-12-30"}, "最多30个字"),
    ],
)
def test_a_receipt_that_cannot_be_is_refused_with_what_was_typed(
    archive: County, typed: dict[str, str], why: str
) -> None:
    office, row, form = paper(archive)
    office.send(form, 422, **typed)
    assert why in said(office.page) and f'value="{typed["told_by"]}"' in office.page
    assert received(archive, row) == ("", "", "")


def test_only_the_letters_own_office_enters_receipts(archive: County) -> None:
    county = archive
    office, row, form = paper(county)
    sealed = {name: values[0] for name, values in office.form(form).items()}
    typed = {**sealed, "told_by": "李老师", "received_on": "2026-12-30"}
    for other in ("V1", "I06", "H0001"):
        assert county.browser(other).client.post(form, data=typed).status_code == 403
    bulletin = address(letter(county, "annual_bulletin"))
    assert office.client.post(f"{bulletin}/receipt", data=typed).status_code == 403
    assert received(county, row) == ("", "", "")


def test_two_who_open_it_at_once_sign_once(desk: Desk) -> None:
    together = threading.Barrier(4)
    with desk.database.reading() as connection:
        wanted = select(_LETTERS.c.order).where(
            _LETTERS.c.kind == "self_assessment_handbook", _LETTERS.c.case.endswith("/S0001")
        )
        order = connection.execute(wanted).scalar_one()
        head = visitor(connection, "H0001")
        row = letters.one(desk, connection, head, order)

    def open_it(number: int) -> bool:
        together.wait(10)
        return letters.receive(desk, head, row)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(open_it, range(4))) == [False, False, False, True]


# -- the list ------------------------------------------------------------------------------------


def test_the_list_is_searched_and_turned_over(archive: County) -> None:
    office = archive.browser("O2")
    page = office.open("/letters")
    assert page.count("<tr><td><a href=") == 50 and "下一页" in page
    assert "第2页" in said(office.open("/letters?page=2&year=2026")) and "year=2026" in office.page
    assert "马小自评" not in said(office.open("/letters?name=by"))  # 八一, by its initials
    assert "八一" in office.page
    assert said(office.open("/letters?kind=annual_bulletin&year=2026")).count("年度通报") == 2
    for odd in ("name=%25", "kind=nothing", "year=x", "page=-1", "page=99999", "name=%00'\"<b>"):
        office.open(f"/letters?{odd}")
        assert "<b>" not in office.page
    assert "没有符合条件的文书" in said(office.open("/letters?name=没有的学校"))
