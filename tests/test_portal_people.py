"""人员机构: the office enters and changes who is who in its own subtree, and nowhere else."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.register import ROLE_PLACES
from models.logins import Login
from models.organisations import Organisation
from models.people import Assignment, Person, Recusal
from tests.portal_people import Browser, County, county_at, said

_ORGANISATIONS, _ASSIGNED, _PEOPLE = Organisation.__table__, Assignment.__table__, Person.__table__
_RECUSALS, _LOGINS = Recusal.__table__, Login.__table__
CLERK, CHIEF, HEAD = "O2", "O1", "H0001"
SCHOOL = "/people/organisations/S0001"


@pytest.fixture(scope="module")
def january(lived_until: Callable[..., Path]) -> Path:
    """Four schools at the beginning of the year."""
    return lived_until(date(2026, 1, 6), 4)


@pytest.fixture(scope="module")
def unchanged(january: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The same county for all tests in which nothing is written."""
    folder = tmp_path_factory.mktemp("unchanged")
    with county_at(january, folder, date(2026, 1, 7)) as county:
        yield county


@pytest.fixture
def county(january: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(january, tmp_path / "county", date(2026, 1, 7)) as county:
        yield county


def row(county: County, table, *where):
    with county.database.reading() as connection:
        return connection.execute(select(table).where(*where)).first()


def page_of(county: County, person: str, clerk: str = CLERK) -> Browser:
    browser = county.browser(clerk)
    browser.open(f"/people/persons/{person}")
    return browser


# -- searching -----------------------------------------------------------------------------------


def test_a_school_is_found_by_part_of_its_name_its_initials_or_its_code(unchanged: County) -> None:
    clerk = unchanged.browser(CLERK)
    for search in ("民新", "新", "mx", "S0003"):
        assert "/people/organisations/S0003" in clerk.open(f"/people?q={search}"), search
    assert "没有找到" in said(clerk.open("/people?q=%25"))  # a per cent sign is no wildcard
    assert "S0003" not in clerk.open("/people?q=mx&kind=township")


def test_a_person_is_found_by_name_or_telephone(unchanged: County) -> None:
    clerk = unchanged.browser(CLERK)
    found = clerk.open("/people/persons?q=督学甲")
    assert "/people/persons/I01" in found and "/people/persons/I02" not in found


def test_what_lies_outside_the_subtree_is_not_there(unchanged: County) -> None:
    clerk = unchanged.browser(CLERK)
    assert "/people/organisations/SLS-DD" not in clerk.open("/people?q=SLS-DD")
    clerk.open("/people/organisations/SLS-DD", 403)
    assert "/people/persons/U1" not in clerk.open("/people/persons?q=市督导室主任")
    clerk.open("/people/persons/U1", 403)


@pytest.mark.parametrize("person", ["H0001", "I01", "DCZ", "WT1", "V1", "U1"])
def test_only_an_office_enters_who_is_who(unchanged: County, person: str) -> None:
    browser = unchanged.browser(person)
    for path in ("/people", SCHOOL, "/people/persons/H0001", "/people/links", "/people/imports"):
        browser.open(path, 403)


# -- organisations -------------------------------------------------------------------------------


def test_a_new_school_is_entered_and_found_by_its_initials(county: County) -> None:
    clerk = county.browser(CLERK)
    clerk.open("/people/new")
    clerk.send("/people/new", code="S0900", name="柳湾新村小学", kind="primary", parent="T1")
    assert "柳湾新村小学" in said(clerk.page)
    assert "S0900" in clerk.open("/people?q=lwxc")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"code": "S0001"}, "已被使用"),
        ({"code": "S~1"}, "只能用字母、数字"),
        ({"code": "../x"}, "只能用字母、数字"),
        ({"name": ""}, "请填写"),
        ({"parent": ""}, "请填写上级单位"),
        ({"parent": "SLS"}, "没有这个代码的上级单位"),
        ({"parent": "S0001"}, "上级单位应是"),
        ({"kind": "city"}, "请从列表中选择"),
        ({"zone": "T1"}, "责任区应是"),
        ({"closed_on": "2010-01-01", "opened_on": "2011-01-01"}, "早于成立日期"),
        ({"successor": "S0001"}, "请填写撤销日期"),
    ],
    ids=lambda value: str(value),
)
def test_an_organisation_that_cannot_be_is_refused_with_the_reason(
    unchanged: County, typed: dict, why: str
) -> None:
    clerk = unchanged.browser(CLERK)
    clerk.open("/people/new")
    right = {"code": "S0900", "name": "新学校", "kind": "primary", "parent": "T1"}
    clerk.send("/people/new", 422, **{**right, **typed})
    assert why in said(clerk.page)


def test_a_schools_figures_and_names_are_changed(county: County) -> None:
    clerk = county.browser(CLERK)
    clerk.open(f"{SCHOOL}/change")
    clerk.send(f"{SCHOOL}/change", name="马蹄小学", facts__pupils="612", facts__head="校长")
    school = row(county, _ORGANISATIONS, _ORGANISATIONS.c.code == "S0001")
    assert (school.name, school.initials, school.facts["pupils"]) == ("马蹄小学", "mtxx", 612)
    assert school.facts["classes"] == 18  # what was not touched stays
    clerk.open(f"{SCHOOL}/change")
    clerk.send(f"{SCHOOL}/change", 422, facts__pupils="很多")
    assert "请填写整数" in said(clerk.page)


def test_the_tree_cannot_be_bent_into_a_circle_nor_out_of_the_county(county: County) -> None:
    clerk = county.browser(CLERK)
    clerk.open("/people/organisations/T1/change")
    clerk.send("/people/organisations/T1/change", 422, parent="T1")
    assert "绕成了圈" in said(clerk.page)
    clerk.send("/people/organisations/T1/change", 422, parent="SLS")
    clerk.open("/people/organisations/SLX/change")
    clerk.send("/people/organisations/SLX/change", parent="T1")
    assert row(county, _ORGANISATIONS, _ORGANISATIONS.c.code == "SLX").parent == "SLS"


def test_a_merged_school_names_its_successor(county: County) -> None:
    clerk = county.browser(CLERK)
    clerk.open(f"{SCHOOL}/change")
    clerk.send(f"{SCHOOL}/change", 422, successor="马小", closed_on="2026-01-05")
    assert "不能并入自己" in said(clerk.page)
    clerk.send(f"{SCHOOL}/change", successor="八一", closed_on="2026-01-05")
    assert "已撤销" in said(clerk.page) and "八一" in said(clerk.page)
    assert row(county, _ORGANISATIONS, _ORGANISATIONS.c.code == "S0001").successor == "S0002"


# -- people --------------------------------------------------------------------------------------


def test_a_new_head_is_entered_and_the_old_one_leaves(county: County) -> None:
    clerk = county.browser(CLERK)
    clerk.open(SCHOOL)
    clerk.send(f"{SCHOOL}/posts", name="新校长", phone="139 0000 0001", since="2026-01-07")
    assert "马小 （学校）" in said(clerk.page)
    old = page_of(county, HEAD)
    working = county.browser(HEAD)
    old.send(f"/people/persons/{HEAD}/leave", left_on="2026-01-07")
    assert "已于2026年1月7日" in said(old.page)
    working.open("/")
    assert working.at.startswith("/login")
    post = row(county, _ASSIGNED, _ASSIGNED.c.person == HEAD)
    assert post.until == date(2026, 1, 7)


def test_a_namesake_is_asked_about_and_never_taken_for_another(county: County) -> None:
    clerk = county.browser(CLERK)
    clerk.open(SCHOOL)
    clerk.send(f"{SCHOOL}/posts", 422, name="督学甲", role="inspector")
    assert "已有同名人员" in said(clerk.page)
    clerk.send(f"{SCHOOL}/posts", name="督学甲", role="inspector", same="I01")
    assert clerk.at.startswith("/people/persons/I01?")
    clerk.open(SCHOOL)
    clerk.send(f"{SCHOOL}/posts", 422, name="督学甲", role="inspector")
    clerk.send(f"{SCHOOL}/posts", 422, name="督学甲", role="inspector", same="I01")
    assert "已有这个身份" in said(clerk.page)
    clerk.send(f"{SCHOOL}/posts", name="督学甲", role="inspector", same="new")
    assert not clerk.at.startswith("/people/persons/I01?")
    clerk.open(SCHOOL)
    clerk.send(f"{SCHOOL}/posts", 422, name="督学甲", role="inspector", same="U1")


@pytest.mark.parametrize(
    ("organisation", "role", "why"),
    [
        ("SLX", "superior", "应登记在省"),  # else the county would judge itself
        ("SLS", "superior", "没有找到这个单位"),
        ("SLS-DD", "office", "没有找到这个单位"),
        ("S0001", "office", "应登记在督导室"),
        ("SLX-DD", "school", "应登记在学校"),
        ("S0001", "system", "没有这种身份"),
        ("S0001", "public", "没有这种身份"),
    ],
)
def test_nobody_is_given_a_role_where_it_does_not_belong(
    unchanged: County, organisation: str, role: str, why: str
) -> None:
    clerk = page_of(unchanged, CLERK)
    clerk.send(f"/people/persons/{CLERK}/posts", 422, organisation=organisation, role=role)
    assert why in said(clerk.page)


def test_every_role_has_its_places() -> None:
    from portal.access import EVERYONE

    assert set(ROLE_PLACES) == set(EVERYONE)


def test_one_post_ends_and_the_others_go_on(county: County) -> None:
    clerk = page_of(county, "I01")
    posts = re.findall(r'name="post" value="(\d+)"', clerk.page)
    assert len(posts) > 1
    clerk.send("/people/persons/I01/posts/end", 422, post=posts[0], until="2026-02-01")
    assert "日期还没有到" in said(clerk.page)
    clerk.send("/people/persons/I01/posts/end", post=posts[0], until="2026-01-06")
    assert clerk.page.count("登记卸任") == len(posts) - 1
    with county.database.reading() as connection:
        other = select(_ASSIGNED.c.id).where(_ASSIGNED.c.person == "U1")
        foreign = connection.execute(other).scalar_one()
    form = clerk.form("/people/persons/I01/posts/end") | {"post": [str(foreign)]}
    answer = clerk.client.post("/people/persons/I01/posts/end", data=form)
    assert answer.status_code == 403  # a post of somebody else's cannot be named


def test_no_clerk_shuts_themselves_out(county: County) -> None:
    clerk = page_of(county, CLERK)
    mine = re.findall(r'name="post" value="(\d+)"', clerk.page)[0]
    clerk.send(f"/people/persons/{CLERK}/posts/end", 422, post=mine, until="2026-01-07")
    assert "请由同事办理" in said(clerk.page)
    form = clerk.form(f"/people/persons/{CLERK}") | {"left_on": ["2026-01-07"]}
    assert clerk.client.post(f"/people/persons/{CLERK}/leave", data=form).status_code == 422


def test_a_recusal_keeps_an_inspector_from_a_school(county: County) -> None:
    clerk = page_of(county, "I01")
    clerk.send("/people/persons/I01/recusals", 422, barred="马小")
    assert "请填写" in said(clerk.page)
    clerk.send("/people/persons/I01/recusals", barred="马小", reason="校长的近亲属")
    assert row(county, _RECUSALS, _RECUSALS.c.person == "I01").organisation == "S0001"
    assert "校长的近亲属" in said(county.browser(CLERK).open(SCHOOL))
    clerk.send("/people/persons/I01/recusals", 422, barred="S0001", reason="又一次")
    clerk.send("/people/persons/I01/recusals/end")
    assert row(county, _RECUSALS, _RECUSALS.c.person == "I01") is None
