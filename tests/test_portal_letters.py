"""Letters: each role finds its own and nobody else's; opening one signs for it, once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from documents.catalogue import LETTERS
from engine.journal import Journal
from engine.library import shipped_calendar
from models.letters import Letter
from portal import letters
from portal.access import Visitor, seats_of
from portal.desk import Desk
from portal.letters import Asked
from rules import letter_addressees
from tests.portal_papers import address, consultation, letter
from tests.portal_people import County, county_at, poured, said

_LETTERS = Letter.__table__
NEW_YEARS_EVE = date(2026, 12, 31)
PEOPLE = ("H0001", "H0012", "I06", "O2", "DCZ", "DJY", "WT1", "WT2", "V1", "U1")


@pytest.fixture(scope="module")
def archive(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The county's letters, to be read."""
    with county_at(lived, tmp_path_factory.mktemp("archive"), NEW_YEARS_EVE) as county:
        yield county


# -- whose they are ------------------------------------------------------------------------------


def test_of_every_kind_it_is_said_to_whom_it_goes() -> None:
    groups = (
        *(letter_addressees.TO_SUBJECT, letter_addressees.TO_UNIT, letter_addressees.FROM_UNIT),
        *(letter_addressees.FROM_SUBJECT, letter_addressees.ON_FILE, letter_addressees.TO_TOWNSHIP),
        *(letter_addressees.TO_ALL, letter_addressees.TO_ABOVE),
    )
    assert sorted(kind for group in groups for kind in group) == sorted(LETTERS)


@pytest.fixture
def desk(lived: Path, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """The same county on either database."""
    database = poured(lived, database_url)
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
            addressed = [row for row in whole if row.kind in letter_addressees.ADDRESSED]
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


@pytest.mark.parametrize(
    ("person", "own", "others"), [("WT1", "S0001", "S0012"), ("I06", "S0004", "S0011")]
)
def test_a_township_and_an_inspector_open_those_of_their_schools(
    archive: County, person: str, own: str, others: str
) -> None:
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
