"""问题台账: filtered, counted, shared problems found across schools, and handed out as a table that
Excel cannot take for anything but what it says."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select, update

from models.deadlines import DeadlineRow
from models.issues import IssueRow
from models.organisations import Organisation
from portal.pages.issues import COMMON, LEDGER
from tests.portal_neighbours import NEIGHBOUR, NEIGHBOURS_MAYOR, settle
from tests.portal_people import Browser, County, county_at, said

ISSUES, DEADLINES = IssueRow.__table__, DeadlineRow.__table__
TODAY = date(2026, 10, 20)


@pytest.fixture(scope="module")
def october(lived_until: Callable[..., Path]) -> Path:
    """Eight schools, reviewed and followed up; some issues are still open."""
    return lived_until(TODAY)


@pytest.fixture(scope="module")
def county(october: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """To read in; nobody changes it."""
    with county_at(october, tmp_path_factory.mktemp("read"), TODAY) as county:
        settle(county)
        yield county


@pytest.fixture
def own(october: Path, tmp_path: Path) -> Iterator[County]:
    """One test's own, to change."""
    with county_at(october, tmp_path / "county", TODAY) as county:
        yield county


def all_issues(county: County) -> list:
    with county.database.reading() as connection:
        return list(connection.execute(select(ISSUES)))


def named(page: str) -> list[str]:
    """The issues of a list, as its links name them."""
    return re.findall(r'<a href="(/issues/[^"?]+/\d+)">', page)


def counted(page: str) -> dict[str, int]:
    """The counts on top."""
    chips = re.findall(r'<a class="chip[^"]*" href="[^"]*"[^>]*>([^<]+?) (\d+)</a>', page)
    return {title: int(count) for title, count in chips}


# -- what stands in it -----------------------------------------------------------------------------


def test_the_office_sees_every_issue_and_the_counts_add_up(county: County) -> None:
    page = county.browser("O2").open("/issues")
    issues = all_issues(county)
    counts = counted(page)
    assert len(named(page)) == counts["全部"] == len(issues) > 10
    assert counts["已销号"] == sum(issue.state == "closed" for issue in issues)
    assert counts["未销号"] + counts["已销号"] == counts["全部"]


def test_an_issue_stands_there_with_all_that_was_written_about_it(county: County) -> None:
    office = county.browser("O2")
    page = said(office.open("/issues?state=closed"))
    assert "A2.1.1 章程与发展规划" in page and "过程指导" in page
    one = said(office.open(named(office.page)[-1]))
    for part in ("责任单位", "责任人", "整改措施", "整改期限", "证据", "核查人", "销号日期"):
        assert part in one, part
    assert "已销号" in one and "（未填写）" not in one


def test_a_measure_of_the_rectification_plan_stands_beside_its_issue(county: County) -> None:
    office = county.browser("O2")
    office.open("/issues")
    found = [said(office.open(path)) for path in named(office.page)]
    measures = [re.search(r"整改措施 (.+?) 整改期限", page) for page in found]
    assert any(m and m.group(1) != "—" for m in measures)
    assert any(re.search(r"核查人 \S+（回访）", page) for page in found)


# -- asked for -------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["state", "severity", "nature", "unit"])
def test_a_filter_leaves_what_it_names_and_nothing_else(county: County, column: str) -> None:
    office, issues = county.browser("O2"), all_issues(county)
    for value in {getattr(issue, column) for issue in issues}:
        expected = sum(getattr(issue, column) == value for issue in issues)
        assert len(named(office.open(f"/issues?{column}={value}"))) == expected, value


def test_several_filters_hold_together(county: County) -> None:
    expected = [i for i in all_issues(county) if i.state == "closed" and i.severity == "dated"]
    page = county.browser("O2").open("/issues?state=closed&severity=dated&basis=A2")
    assert len(named(page)) == sum(i.basis.startswith("A2") for i in expected)


def test_a_school_is_found_by_a_part_of_its_name_or_its_initials(county: County) -> None:
    code = all_issues(county)[0].subject
    with county.database.reading() as connection:
        organisations = Organisation.__table__
        row = connection.execute(select(organisations).where(organisations.c.code == code)).one()
    expected = [issue for issue in all_issues(county) if issue.subject == code]
    office = county.browser("O2")
    for word in (row.name, row.initials, row.initials.upper(), code):
        paths = named(office.open(f"/issues?school={word}"))
        assert {path for path in paths if f"~{code}/" in path} == set(paths)
        assert len(paths) == len(expected), word


def test_what_nobody_is_called_is_found_nowhere_and_said_so(county: County) -> None:
    page = county.browser("O2").open("/issues?school=%25&state=open")
    assert named(page) == [] and "没有符合条件的问题" in page


def test_words_of_an_address_that_mean_nothing_are_passed_over(county: County) -> None:
    page = county.browser("O2").open("/issues?state=everything&severity=%27--&page=-3&unit=")
    assert len(named(page)) == len(all_issues(county))


def test_an_issue_whose_day_has_passed_is_overdue_until_it_is_reported(own: County) -> None:
    open_ = next(issue for issue in all_issues(own) if issue.state == "raised")
    office = own.browser("O2")
    assert counted(office.open("/issues"))["逾期未改"] == 0
    with own.database.writing() as connection:
        due = update(DEADLINES).where(DEADLINES.c.case == open_.case, DEADLINES.c.state == "armed")
        key = f"{open_.stage}/{open_.severity}/{open_.number}"
        connection.execute(due.where(DEADLINES.c.key == key).values(due_on=date(2026, 10, 19)))
    page = office.open("/issues?state=late")
    assert len(named(page)) == counted(page)["逾期未改"] == 1
    assert "逾期" in said(page)


def test_the_ledger_goes_on_over_pages(own: County) -> None:
    pattern = all_issues(own)[0]._asdict()
    with own.database.writing() as connection:
        more = [pattern | {"number": str(number)} for number in range(100, 190)]
        connection.execute(insert(ISSUES), more)
    office = own.browser("O2")
    seen = named(office.open("/issues"))
    while link := re.search(r'href="([^"]+)" rel="next"', office.page):
        seen += named(office.open(link.group(1).replace("&amp;", "&")))
    assert len(seen) == len(set(seen)) == len(all_issues(own))
    assert named(office.open("/issues?page=999")) != []  # beyond the end is the end


# -- shared problems -------------------------------------------------------------------------------


def test_problems_of_several_schools_are_counted_across_them(county: County) -> None:
    office = county.browser("O2")
    page = said(office.open("/issues/common"))
    schools: dict[str, set[str]] = {}
    for issue in all_issues(county):
        schools.setdefault(issue.basis, set()).add(issue.subject)
    most = max(schools, key=lambda basis: len(schools[basis]))
    assert page.index(most) < min(page.index(b) for b in schools if b != most)
    assert f"{len(schools[most])}所" in page
    link = re.search(rf'href="(/issues\?[^"]*basis={re.escape(most)}[^"]*)"', office.page)
    assert link and len(named(office.open(link.group(1).replace("&amp;", "&")))) == sum(
        issue.basis == most for issue in all_issues(county)
    )


# -- handed out ------------------------------------------------------------------------------------


def table(browser: Browser, path: str) -> CalamineWorkbook:
    answer = browser.client.get(path)
    assert answer.status_code == 200
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    return CalamineWorkbook.from_filelike(BytesIO(answer.content))


def test_the_table_has_every_column_of_an_issue_list_and_days_are_days(county: County) -> None:
    book = table(county.browser("O2"), "/issues/table.xlsx?state=closed")
    assert book.sheet_names == ["问题台账", "共性问题", "说明"]
    rows = book.get_sheet_by_name("问题台账").to_python()
    assert rows[0] == [column.title for column in LEDGER]
    closed = [issue for issue in all_issues(county) if issue.state == "closed"]
    assert len(rows) - 1 == len(closed)
    days = {row[rows[0].index("销号日期")] for row in rows[1:]}
    assert days == {issue.closed_on for issue in closed}
    shared = book.get_sheet_by_name("共性问题").to_python()
    assert shared[0] == [column.title for column in COMMON] and len(shared) > 1
    notes = said(str(book.get_sheet_by_name("说明").to_python()))
    assert "已销号" in notes and f"共{len(closed)}个问题" in notes


def test_what_looks_like_a_formula_stays_a_text(own: County) -> None:
    """Whoever reports a problem must not make the office's Excel do anything."""
    texts = ['=HYPERLINK("http://x.example","点这里")', "+1+1", "@SUM(A1)", "http://x.example"]
    office, case = own.browser("O2"), own.key("S0001")
    for text in texts:
        path = f"/cases/{case}/issue_list/RaiseIssue"
        office.open(path)
        filled = {"findings__0__text": text, "findings__0__basis": "=A1"}
        office.send(path, **filled)
    sheet = table(office, "/issues/table.xlsx?school=S0001").get_sheet_by_name("问题台账")
    rows = sheet.to_python()
    described = [row[rows[0].index("问题描述")] for row in rows[1:]]
    assert set(texts) <= set(described)
    assert "=A1" in {row[rows[0].index("依据")] for row in rows[1:]}
    raw = office.client.get("/issues/table.xlsx?school=S0001").content
    assert b"<f>" not in unzipped(raw) and b"hyperlink" not in unzipped(raw)


def unzipped(content: bytes) -> bytes:
    from zipfile import ZipFile

    with ZipFile(BytesIO(content)) as book:
        return b"".join(book.read(name) for name in book.namelist() if "worksheets" in name)


# -- for whom --------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["V1", "U1"])
def test_government_and_superior_read_the_ledger_of_their_subtree(
    county: County, person: str
) -> None:
    leader = county.browser(person)
    page = leader.open("/issues")
    assert len(named(page)) == len(all_issues(county))
    leader.open(named(page)[0])
    assert '<form method="post" action="/issues' not in leader.page
    table(leader, "/issues/table.xlsx")


@pytest.mark.parametrize("person", [NEIGHBOUR, NEIGHBOURS_MAYOR])
def test_the_neighbours_see_nothing_of_it(county: County, person: str) -> None:
    path = named(county.browser("O2").open("/issues"))[0]
    neighbour = county.browser(person)
    page = neighbour.open("/issues")
    assert named(page) == [] and "台账里还没有问题" in page
    neighbour.open(path, 403)
    book = table(neighbour, "/issues/table.xlsx")
    assert len(book.get_sheet_by_name("问题台账").to_python()) == 1


@pytest.mark.parametrize("person", ["H0001", "I01", "DCZ", "WT1"])
def test_others_have_no_ledger(county: County, person: str) -> None:
    browser = county.browser(person)
    for path in ("/issues", "/issues/common", "/issues/table.xlsx"):
        browser.open(path, 403)
