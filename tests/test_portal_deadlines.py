"""期限: what runs, soonest first and why; moved only where the definition lets it be moved; and
what next year's holiday arrangement would change, before anything is changed."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.issues import IssueRow
from rules.vocabulary import read_state
from tests.portal_neighbours import NEIGHBOUR, settle
from tests.portal_people import County, county_at, said

DEADLINES, EVENTS, CASES = DeadlineRow.__table__, StoredEvent.__table__, Case.__table__
TODAY = date(2026, 12, 22)


@pytest.fixture(scope="module")
def december(lived_until: Callable[..., Path]) -> Path:
    """Eight schools at the year's end: what is owed reaches into a year not arranged yet."""
    return lived_until(TODAY)


@pytest.fixture(scope="module")
def county(december: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """To read in; nobody changes it."""
    with county_at(december, tmp_path_factory.mktemp("read"), TODAY) as county:
        settle(county)
        yield county


@pytest.fixture
def own(december: Path, tmp_path: Path) -> Iterator[County]:
    """One test's own, to change."""
    with county_at(december, tmp_path / "county", TODAY) as county:
        yield county


def running(county: County) -> list:
    """What people owe, soonest first."""
    armed = select(DEADLINES).where(DEADLINES.c.state == "armed", DEADLINES.c.who != "system")
    with county.database.reading() as connection:
        return list(connection.execute(armed.order_by(DEADLINES.c.due_on)))


def days(page: str) -> list[tuple[int, ...]]:
    """The days a list shows, in its order."""
    found = re.findall(r'data-name="期限"><time datetime="(\d+)-(\d+)-(\d+)">', page)
    return [tuple(map(int, day)) for day in found]


# -- the list --------------------------------------------------------------------------------------


def test_what_runs_stands_soonest_first_each_with_its_reason(county: County) -> None:
    page = county.browser("O2").open("/deadlines")
    expected = [(r.due_on.year, r.due_on.month, r.due_on.day) for r in running(county)]
    assert days(page) == expected and len(expected) > 4
    # a date fixed by hand says it otherwise
    assert said(page).count("截止日为") >= len(expected) - 1
    assert "暂按法定节假日" in page


def test_filters_of_deadlines(county: County) -> None:
    office, rows = county.browser("O2"), running(county)
    provisional = sum(row.provisional for row in rows)
    assert len(days(office.open("/deadlines?which=provisional"))) == provisional
    by = {row.who for row in rows if not row.who.startswith("unit:")}
    for who in by:
        assert len(days(office.open(f"/deadlines?who={who}"))) == sum(r.who == who for r in rows)
    stages = {row.key.split("/")[0] for row in rows}
    for stage in stages:
        expected = sum(row.key.startswith(f"{stage}/") for row in rows)
        assert len(days(office.open(f"/deadlines?stage={stage}"))) == expected
    assert "没有符合条件的期限" in office.open("/deadlines?school=nobody")


def test_the_day_after_it_is_overdue_unless_it_was_a_right(own: County) -> None:
    own.move_to(date(2027, 1, 5))
    office = own.browser("O2")
    page = office.open("/deadlines?which=late")
    late = [row for row in running(own) if row.due_on < date(2027, 1, 5)]
    assert len(days(page)) == len(late) > 0
    assert "已超过" in said(page) or "已经过期" in said(page)
    assert days(office.open("/deadlines"))[0] == days(page)[0]  # the longest overdue comes first


def test_the_deadlines_are_handed_out_as_a_table(county: County) -> None:
    answer = county.browser("O2").client.get("/deadlines/table.xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == [row.due_on for row in running(county)]


# -- extending -------------------------------------------------------------------------------------


def extendable(county: County) -> tuple[str, str]:
    """The address of the form and the key of a dated issue's deadline that runs."""
    row = next(row for row in running(county) if "/dated/" in row.key)
    return f"/cases/{row.case.replace('/', '~')}/commands/ExtendDeadline", row.key


def test_a_deadline_is_extended_with_reason_and_approver(own: County) -> None:
    path, key = extendable(own)
    office = own.browser("O2")
    office.open("/deadlines")
    assert f"{path}?deadline=" in office.page
    office.open(f"{path}?deadline={key}")
    assert office.form(path)["deadline"] == [key]  # the one the list led from is chosen
    office.send(path, due_on="2027-03-12", reason="设备采购须重新招标", approver="分管副县长")
    assert "已办理" in said(office.page)
    now = next(row for row in running(own) if row.key == key)
    assert now.due_on == date(2027, 3, 12)
    assert own.woken == 1  # whoever is told of it is told at once
    ledger = said(office.open("/issues?state=open"))
    assert "2027年3月12日（周五）" in ledger
    number, case = key.rpartition("/")[2], path.split("/")[2]
    told = said(office.open(f"/issues/{case}/issue_list/{number}"))
    assert "设备采购须重新招标（批准人：分管副县长）" in told


@pytest.mark.parametrize("missing", ["reason", "approver", "due_on"])
def test_nothing_is_extended_without_reason_and_approver(own: County, missing: str) -> None:
    path, key = extendable(own)
    before = running(own)
    typed = {"due_on": "2027-03-12", "reason": "须重新招标", "approver": "分管副县长"}
    office = own.browser("O2")
    office.open(f"{path}?deadline={key}")
    office.send(path, 422, **{**typed, missing: ""})
    assert "请填写" in said(office.page)
    kept = {name: office.form(path)[name] for name in typed if name != missing}
    assert kept == {name: [typed[name]] for name in kept}
    assert running(own) == before


@pytest.mark.parametrize("day", ["2026-12-23", "2029-01-01"])
def test_an_extension_that_shortens_or_never_ends_is_refused_in_words(
    own: County, day: str
) -> None:
    path, key = extendable(own)
    office = own.browser("O2")
    office.open(f"{path}?deadline={key}")
    office.send(path, 422, due_on=day, reason="须重新招标", approver="分管副县长")
    assert "新的期限" in said(office.page) and "须重新招标" in office.page


def test_what_the_definition_does_not_let_move_is_not_offered(own: County) -> None:
    fixed = next(row for row in running(own) if "/verify/" in row.key)
    case = fixed.case.replace("/", "~")
    office = own.browser("O2")
    page = office.open(f"/cases/{case}/commands/ExtendDeadline")
    assert f'value="{fixed.key}"' not in page
    listed = office.open("/deadlines")
    assert "核查整改" in listed and f"deadline={fixed.key}" not in listed


# -- correcting and merging ------------------------------------------------------------------------


def test_a_day_typed_in_wrong_is_corrected_and_what_runs_from_it_moves(own: County) -> None:
    row = next(row for row in running(own) if "/dated/" in row.key)
    case, number = row.case.replace("/", "~"), row.key.rpartition("/")[2]
    path = f"/cases/{case}/commands/CorrectDate"
    office = own.browser("O2")
    page = office.open(path)
    meant = f"issue_list|issue.raised|{number}"
    assert f'value="{meant}"' in page
    with own.database.reading() as connection:
        issues = IssueRow.__table__
        raised = select(issues.c.raised_on).where(issues.c.case == row.case)
        raised = raised.where(issues.c.number == number)
        was = connection.execute(raised).scalar_one()
    right = str(was.replace(day=was.day - 1))
    office.send(path, 200, happening=meant, happened_on=right, reason="误填")
    office.send(path)  # having seen what moves
    moved = next(r for r in running(own) if r.case == row.case and r.key == row.key)
    assert moved.due_on != row.due_on
    assert "更正日期" in said(office.open(f"/cases/{case}"))


def test_a_correction_that_changes_nothing_is_refused(own: County) -> None:
    path = f"/cases/{own.key('S0001')}/commands/CorrectDate"
    office = own.browser("O2")
    page = office.open(path)
    value, day = re.search(
        r'value="([^"|]+\|submitted\|)">[^<]*登记为(\d+年\d+月\d+日)', page
    ).groups()
    same = "-".join(f"{int(part):02}" for part in re.findall(r"\d+", day))
    office.send(path, 422, happening=value, happened_on=same, reason="核对")
    assert "日期没有变化" in said(office.page)


def test_a_school_merges_into_the_one_that_is_named(own: County) -> None:
    path = f"/cases/{own.key('S0002')}/commands/MergeCase"
    office = own.browser("O2")
    office.open(path)
    office.send(path, 422, successor="yh")
    assert "符合的不止一所" in said(office.page)
    office.send(path, 422, successor="没有这所学校")
    assert "本轮没有这所学校的案卷" in said(office.page)
    office.send(path, successor="S0003")
    with own.database.reading() as connection:
        state = select(CASES.c.state).where(CASES.c.id == own.case("S0002"))
        merged = read_state(connection.execute(state).scalar_one())
    assert merged.status == "merged" and merged.successor == own.case("S0003")
    office.open(path, 403)  # the case has ended


def test_the_office_finds_all_three_from_the_case_and_others_do_not(county: County) -> None:
    path = f"/cases/{county.key('S0003')}"
    page = county.browser("O2").open(path)
    assert f"{path}/commands" in page
    assert f"{path}/commands" not in county.browser("H0003").open(path)
    for person in ("H0003", "V1", NEIGHBOUR):
        browser = county.browser(person)
        for name in ("", "/ExtendDeadline", "/CorrectDate", "/MergeCase"):
            browser.open(f"{path}/commands{name}", 403)
    superior = county.browser("U1")  # reads the case, and decides nothing in it
    superior.open(path)
    superior.open(f"{path}/commands/ExtendDeadline", 403)


def test_the_neighbours_office_has_its_own_deadlines_only(county: County) -> None:
    neighbour = county.browser(NEIGHBOUR)
    assert "现在没有正在计算的期限" in neighbour.open("/deadlines")
    assert "现在没有暂定的期限" in neighbour.open("/deadlines/provisional")
    for person in ("V1", "H0001"):
        county.browser(person).open("/deadlines", 403)
