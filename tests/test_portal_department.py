"""责任部门 at the portal: it sees the issues it has to solve, and nothing else of the school's."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from models.issues import IssueRow
from models.letters import Letter
from models.orders import OrderRow
from portal.access import letters_of_unit
from portal.pages import ROUTERS
from tests.portal_people import County, county_at, said

MAY = date(2026, 5, 12)
SECRET = "校长办公会记录不全"


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    return lived_until(MAY)


@pytest.fixture
def county(may: Path, tmp_path: Path) -> Iterator[County]:
    """民新 has two issues: one that the finance bureau can solve, and one of its own."""
    with county_at(may, tmp_path / "county", MAY) as county:
        inspector, form = county.browser("I01"), f"{case(county)}/process_guidance/RecordGuidance"
        inspector.open(form)
        inspector.send(
            form,
            content="查看校舍和制度",
            findings__0__text="校舍屋面漏水，需要维修经费。",
            findings__0__basis="A6.1.2",
            findings__0__unit="CZ",
            findings__0__severity="long_term",
            findings__0__outcome="consultation",
            findings__1__text=SECRET,
            findings__1__basis="A2.1.1",
            findings__1__unit="school",
        )
        yield county


def case(county: County) -> str:
    return f"/cases/{county.key('S0003')}"


def test_a_department_finds_what_it_has_to_solve(county: County) -> None:
    page = said(county.browser("DCZ").open("/"))
    assert "待整改 1" in page and "校舍屋面漏水，需要维修经费。" in page and "民新" in page
    assert "2026年11月12日（周四）" in page and "为什么是这一天" in page
    assert "现在没有交由本单位整改的问题" in said(county.browser("DRS").open("/"))


def test_a_department_answers_and_the_inspector_checks(county: County) -> None:
    department, inspector = county.browser("DCZ"), county.browser("I01")
    report = f"{case(county)}/issue_list/ReportRectification~1"
    assert f'href="{report}"' in department.open("/")
    department.open(report)
    department.send(report, status=422, done="")
    department.send(report, done="已下达维修经费20万元。", evidence="经费文件")
    page = said(department.open("/"))
    assert "待整改 0" in page and "已报整改，待核查" in page and "已下达维修经费20万元。" in page
    check = f"{case(county)}/issue_list/VerifyRectification~1"
    assert "已下达维修经费20万元。" in inspector.open(check)
    inspector.send(check, passed="no", reason="工程尚未开工。")
    page = said(department.open("/"))
    assert "待整改 1" in page and "上次报告核查未通过：工程尚未开工。" in page


def test_the_rest_of_the_schools_case_is_not_its_business(county: County) -> None:
    department = county.browser("DCZ")
    department.open("/")
    assert SECRET not in department.page
    for path in ("", "/issue_list", "/issue_list/ReportRectification~1"):
        page = department.open(f"{case(county)}{path}")
        assert "校舍屋面漏水" in page
        assert SECRET not in page and "自评" not in said(page) and "到校过程指导" not in page
    for path in ("/process_guidance", "/self_assessment", "/on_site_review", "/planning"):
        department.open(f"{case(county)}{path}", 403)
    for path in (
        "/issue_list/ReportRectification~2",
        "/issue_list/VerifyRectification~1",
        "/issue_list/RaiseIssue",
        "/process_guidance/RecordGuidance",
        "/process_guidance/visit",
        "/on_site_review/scores",
    ):
        department.open(f"{case(county)}{path}", 403)


def test_no_page_of_a_case_tells_a_department_of_others(county: County) -> None:
    """Whatever pages there are about a case, each is asked for."""
    department = county.browser("DCZ")
    paths = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if route.path.startswith("/cases/{case}") and "GET" in route.methods
    }
    assert len(paths) > 5
    for path in sorted(paths):
        for stage in ("issue_list", "process_guidance", "self_assessment"):
            asked = path.replace("{case}", county.key("S0003")).replace("{stage}", stage)
            if "{" in asked:
                asked = asked.split("{")[0].rstrip("/") + "/1"
            response = department.client.get(asked)
            assert SECRET not in response.text, asked
            assert response.status_code < 500, asked


def test_a_departments_letters_are_those_about_its_issues(county: County) -> None:
    """Letters are drafted by the flows; here the two notices stand in for theirs."""
    orders, letters = OrderRow.__table__, Letter.__table__
    with county.database.writing() as connection:
        owed = connection.execute(
            select(orders).where(
                orders.c.case == county.case("S0003"), orders.c.body.like('%"issue_demand"%')
            )
        ).all()
        assert len(owed) == 2
        for order in owed:
            row = {"order": order.id, "called_by": order.id, "case": order.case}
            row |= {"office": "SLX-DD", "state": "drafted"}
            row |= {"kind": "issue_demand", "title": f"函{order.id[-8:]}", "drafted_on": MAY}
            connection.execute(insert(letters).values(**row, path="x", sha256="0" * 64))
        mine = set(connection.execute(letters_of_unit("CZ")).scalars())
    page = county.browser("DCZ").open(case(county))
    shown = {order.id for order in owed if f"函{order.id[-8:]}" in page}
    assert len(shown) == 1 and shown <= mine


def test_another_department_sees_nothing(county: County) -> None:
    county.browser("DRS").open(case(county), 403)


def test_a_department_with_many_issues_turns_pages(county: County) -> None:
    rows = IssueRow.__table__
    with county.database.writing() as connection:
        one = connection.execute(select(rows).where(rows.c.unit == "CZ")).one()._asdict()
        more = [{**one, "number": str(100 + n)} for n in range(60)]
        connection.execute(insert(rows), more)
    department = county.browser("DCZ")
    assert "待整改 61" in said(department.open("/")) and "下一页" in department.page
    assert "第2页" in said(department.open("/?page=2"))
    department.open("/?page=-1")
    department.open("/?page=abc")
