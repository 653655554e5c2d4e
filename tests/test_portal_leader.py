"""Leaders at the portal - township, government, superior: they look, and do not act."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert

from models.deadlines import DeadlineRow
from models.letters import Letter
from models.organisations import Organisation
from models.people import Assignment
from tests.portal_people import County, county_at, said

MAY = date(2026, 5, 12)


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """Eleven schools: ten of one township, one of another."""
    return lived_until(MAY, schools=11)


@pytest.fixture
def county(may: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(may, tmp_path / "county", MAY) as county:
        yield county


@pytest.mark.parametrize("person", ["V1", "U1"])
def test_a_leader_sees_the_round_in_figures(county: County, person: str) -> None:
    page = said(county.browser(person).open("/"))
    assert "学校 11" in page and "今年应评4所（每年不少于三分之一）" in page
    assert "实地督导" in page and "筹备中" in page and "即知即改" in page
    assert "还没有印发通报或专项报告" in page


def test_a_township_sees_its_own_schools(county: County) -> None:
    browser = county.browser("WT1")
    page = said(browser.open("/"))
    assert "学校 10" in page and "应评" not in page
    page = said(browser.open("/schools"))
    assert "马小" in page and "万善小学" not in page
    browser.open(f"/cases/{county.key('S0001')}")
    browser.open(f"/cases/{county.key('S0011')}", 403)
    assert "没有找到" in said(browser.open("/schools?q=wsxx"))


def test_schools_are_searched_with_grade_and_what_is_open(county: County) -> None:
    browser = county.browser("V1")
    page = said(browser.open("/schools?q=wsxx"))
    assert "万善小学" in page and "马小" not in page
    assert "分" in said(browser.open("/schools")) and "上限5次" in page


def test_what_is_late_is_named(county: County) -> None:
    county.move_to(date(2026, 7, 20))
    page = said(county.browser("V1").open("/"))
    assert "到校过程指导" in page and "责任督学" in page and "各项工作都在期限内" not in page


@pytest.mark.parametrize("person", ["WT1", "V1", "U1"])
def test_a_leader_looks_and_may_not_act(county: County, person: str) -> None:
    browser, at = county.browser(person), f"/cases/{county.key('S0002')}"
    page = said(browser.open(at))
    assert "现在可以办理" not in page
    seal = browser.form("/logout")["seal"]
    for path in (
        "/on_site_review/StartVisit",
        "/on_site_review/GivePreliminaryOpinion",
        "/on_site_review/scores",
        "/process_guidance/RecordGuidance",
        "/issue_list/RaiseIssue",
    ):
        assert browser.client.get(f"{at}{path}").status_code == 403, path
        given = {"seal": seal, "content": "x", "overall": "x"}
        assert browser.client.post(f"{at}{path}", data=given).status_code == 403, path
    assert county.woken == 0


def test_reports_of_offices_below_are_found_by_the_superior(county: County) -> None:
    row = {"case": "SLX-DD/shaanxi-316/2026", "state": "drafted", "path": "x", "sha256": "0" * 64}
    row |= {"office": "SLX-DD", "kind": "annual_bulletin", "title": "2026年度督导评估通报"}
    with county.database.writing() as connection:
        order = {"order": "SLX-DD/shaanxi-316/2026#00042.1", "drafted_on": MAY}
        connection.execute(insert(Letter.__table__).values(**row, **order))
    for person in ("U1", "V1", "WT1"):
        assert "2026年度督导评估通报 示例县人民政府教育督导室" in said(
            county.browser(person).open("/")
        )


def test_a_leader_of_elsewhere_sees_nothing_of_here(county: County) -> None:
    """A county next door: no round, none of our schools, and a sentence that says so."""
    there = {"code": "LX", "name": "邻县", "kind": "county", "parent": None, "facts": {}}
    place = Organisation.__table__
    with county.database.writing() as connection:
        connection.execute(insert(place).values(**there, invented=True, tier="", initials="lx"))
        moved = Assignment.__table__.update().where(Assignment.__table__.c.person == "V1")
        connection.execute(moved.values(organisation="LX"))
    browser = county.browser("V1")
    assert "本辖区还没有开展督导评估" in said(browser.open("/"))
    assert "本辖区还没有登记学校" in said(browser.open("/schools"))
    browser.open(f"/cases/{county.key('S0001')}", 403)


def test_a_second_review_is_the_superiors_to_decide(county: County) -> None:
    """What is theirs to do stands on top of their first page."""
    assert "请您办理" not in said(county.browser("U1").open("/"))
    row = {"case": county.case("S0002"), "seq": 9000, "office": "SLX-DD", "who": "superior"}
    row |= {"key": "on_site_review/second_review_decision", "reckoning": "{}", "state": "armed"}
    row |= {"due_on": date(2026, 5, 15), "next_on": date(2026, 5, 15), "missed": False, "level": 0}
    with county.database.writing() as connection:
        connection.execute(insert(DeadlineRow.__table__).values(**row, provisional=False))
    page = said(county.browser("U1").open("/"))
    assert "请您办理 本周内（1） 八一 作出复核决定 2026年5月15日（周五）" in page
    assert "请您办理" not in said(county.browser("V1").open("/"))
