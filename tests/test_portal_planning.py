"""制定计划 at the portal: the office changes the fair proposal by hand, is told at once what the
rules do not allow, proposes, publishes, hears comments, adopts, and amends."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from engine.dossier import read_dossier
from engine.journal import Entry, Recorded
from engine.rounds import CLOCK
from portal.plan_form import people_named, titled
from rules.case_words import KeepTime
from rules.planning import PlanningData
from tests.portal_people import Browser, County, county_at, said

ROUND = "SLX-DD/shaanxi-316/2026"
STAGE = f"/cases/{ROUND.replace('/', '~')}/planning"
PLAN = f"{STAGE}/plan"


@pytest.fixture(scope="module")
def march(lived_until: Callable[..., Path]) -> Path:
    """Nine schools in March: the machine has proposed a plan, the office has not published it."""
    return lived_until(date(2026, 3, 4), schools=9)


@pytest.fixture
def county(march: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(march, tmp_path / "county", date(2026, 3, 5)) as county:
        yield county


@pytest.fixture
def office(county: County) -> Browser:
    browser = county.browser("O2")
    browser.open(PLAN)
    return browser


def plan(county: County) -> PlanningData:
    with county.database.reading() as connection:
        return read_dossier(connection, county.journal.shelf, ROUND).state.stages["planning"].data


def chosen(county: County) -> list[str]:
    return [one.subject for one in plan(county).selected]


def left_out(county: County) -> list[str]:
    return [f"S000{n}" for n in range(1, 10) if f"S000{n}" not in chosen(county)]


def checked(page: str) -> str:
    """What stands in the box that holds the plan against the rules."""
    return said(re.search(r'aria-labelledby="checked".*?</section>', page, re.S)[0])


# -- proposing -------------------------------------------------------------------------------------


def test_the_office_finds_the_fair_proposal_with_its_reasons(
    county: County, office: Browser
) -> None:
    page = said(office.page)
    assert "已拟定，待公示" in page and "符合规定，可以提出" in page
    assert "从未评估" in office.page or "周期将满" in office.page
    values = office.form(PLAN)
    assert sorted(values["pick"]) == sorted(chosen(county))
    for one in plan(county).selected:
        assert values[f"week.{one.subject}"] == [one.week.isoformat()]
        assert tuple(values.get(f"inspectors.{one.subject}", ())) == one.inspectors
        assert values[f"why.{one.subject}"] == [one.why]


def test_checking_records_nothing_and_keeps_what_was_typed(county: County, office: Browser) -> None:
    before, new = plan(county), left_out(county)[0]
    office.send(PLAN, 200, do="check", pick=[*chosen(county), new])
    assert plan(county) == before
    again = county.browser("O2")
    again.open(PLAN)
    values = again.form(PLAN)
    assert new in values["pick"]
    assert values[f"week.{new}"] and values[f"inspectors.{new}"]  # filled in for whoever is new


def test_the_office_changes_the_proposal_and_proposes_it(county: County, office: Browser) -> None:
    first, *others = chosen(county)
    new = left_out(county)[0]
    office.send(PLAN, 200, do="check", pick=[*others, new])
    week = {f"week__{new}": "2026-09-14", f"why__{new}": "校舍新建，应及早评估"}
    office.send(PLAN, 303, do="give", **week)
    assert "已办理" in said(office.page)
    found = {one.subject: one for one in plan(county).selected}
    assert set(found) == {*others, new} and first not in found
    assert found[new].week == date(2026, 9, 14)
    assert found[new].why == "校舍新建，应及早评估"
    assert county.woken == 1


def test_who_is_added_by_name_goes_along(county: County, office: Browser) -> None:
    code = chosen(county)[0]
    own = plan(county).selected[0].inspectors
    name, person = next((name, person) for name, person in inspectors(county) if person not in own)
    office.send(PLAN, 303, do="give", **{f"more__{code}": name})
    assert next(p for p in plan(county).selected if p.subject == code).inspectors == (*own, person)


def inspectors(county: County) -> list[tuple[str, str]]:
    """Names and ids of those who need not recuse anywhere."""
    with county.database.reading() as connection:
        dossier = read_dossier(connection, county.journal.shelf, ROUND)
    held = {row.person for row in dossier.assigned if row.role == "inspector"}
    return sorted((dossier.name(one), one) for one in held - {"I05", "I07", "I12", "I04", "I08"})


# -- what the rules do not allow -------------------------------------------------------------------


def test_too_small_a_plan_is_named_and_not_recorded(county: County, office: Browser) -> None:
    before = plan(county)
    office.send(PLAN, 200, do="check", pick=chosen(county)[:1])
    assert "还差2所" in checked(office.page)
    assert "每年至少评估1/3的学校：本轮9个，至少3个，计划只有1个" in checked(office.page)
    office.send(PLAN, 422, do="give")
    assert "每年至少评估1/3的学校" in said(office.page)
    assert plan(county) == before and county.woken == 0


def test_an_inspector_who_must_recuse_is_named(county: County, office: Browser) -> None:
    """I05 is a near relative at S0001 and S0007."""
    picks = sorted({*chosen(county), "S0001"})
    office.send(PLAN, 200, do="check", pick=picks)
    office.send(PLAN, 422, do="give", inspectors__S0001="I05")
    page = said(office.page)
    assert "与该校有利害关系，应当回避，请另选" in page and "应回避" in page
    assert "S0001" not in chosen(county) or "I05" not in plan(county).selected[0].inspectors


def test_a_week_without_lessons_or_outside_the_round_is_not_taken(
    county: County, office: Browser
) -> None:
    code = chosen(county)[0]
    for week in ("2026-07-27", "2027-03-01", "tomorrow"):
        office.open(PLAN)
        office.send(PLAN, 422, do="give", **{f"week__{code}": week})
        assert "请从列表中选择一周" in office.page


def test_a_name_that_is_no_inspectors_is_said(county: County, office: Browser) -> None:
    code = chosen(county)[0]
    office.send(PLAN, 422, do="give", **{f"more__{code}": "查无此人"})
    assert "督学名单中没有：查无此人" in said(office.page)
    assert "查无此人" not in str(plan(county))


def test_what_is_allowed_and_yet_doubtful_is_pointed_out(county: County, office: Browser) -> None:
    code = chosen(county)[0]
    near = {f"week__{code}": "2026-03-16", f"inspectors__{code}": []}
    office.send(PLAN, 200, do="check", **near)
    assert "公示、组队和通知可能来不及" in checked(office.page)
    assert "还没有安排督学" in checked(office.page)
    assert "符合规定，可以提出" in checked(office.page)


def test_two_at_the_same_plan_do_not_overwrite_each_other(county: County) -> None:
    one, other = county.browser("O2"), county.browser("O1")
    one.open(PLAN), other.open(PLAN)
    one.send(PLAN, 200, do="check")
    other.send(PLAN, 422, do="check", pick=chosen(county)[1:])
    assert "刚才也在修改并已保存" in said(other.page)


def test_throwing_a_draft_away_brings_back_what_stands(county: County, office: Browser) -> None:
    office.send(PLAN, 200, do="check", pick=[*chosen(county), left_out(county)[0]])
    office.send(PLAN, 303, do="afresh")
    assert sorted(office.form(PLAN)["pick"]) == sorted(chosen(county))


# -- publishing, hearing, adopting, amending -------------------------------------------------------


def test_a_plan_goes_its_whole_way_through_pages(county: County, office: Browser) -> None:
    office.send(PLAN, 303, do="give")
    office.open(f"{STAGE}/PublishPlan")
    office.send(f"{STAGE}/PublishPlan", contact="督导室，电话000-0000000")
    assert plan(county).phase == "published"

    office.open(f"{STAGE}/CommentOnPlan")
    words = {"name": "家长代表", "contact": "000-1111111", "text": "建议提前安排新建学校。"}
    office.send(f"{STAGE}/CommentOnPlan", **words)
    page = said(office.open(PLAN))
    assert "建议提前安排新建学校" in page and "000-1111111" in page
    assert "000-1111111" not in county.browser("U1").open(PLAN)

    assert comments_close(county)
    office = county.browser("O2")
    office.open(f"{STAGE}/AdoptPlan")
    office.send(f"{STAGE}/AdoptPlan")
    assert plan(county).phase == "adopted"

    page = said(office.open(PLAN))
    assert "调整评估计划" in page and "还没有改动" in page
    gone, new = chosen(county)[0], left_out(county)[0]
    office.send(PLAN, 200, do="check", pick=[*chosen(county)[1:], new])
    assert "新增" in checked(office.page) and "移出" in checked(office.page)
    assert "须写明理由" in checked(office.page)
    office.send(PLAN, 303, do="give", reason="该校今年迁建，改在明年评估。")
    assert gone not in chosen(county) and new in chosen(county)
    assert plan(county).number == 2


def comments_close(county: County) -> bool:
    """The clock passes the last day for comments."""
    county.move_to(date(2026, 3, 16))
    command = KeepTime(deadline="planning/comments")
    found = county.journal.record(Entry(command, ROUND, CLOCK, county.now, "time"))
    return isinstance(found, Recorded) and plan(county).phase == "commented"


def test_another_week_alone_is_an_amendment_too(county: County, office: Browser) -> None:
    office.open(f"{STAGE}/PublishPlan")
    office.send(f"{STAGE}/PublishPlan", contact="督导室")
    code = chosen(county)[0]
    office.open(PLAN)
    week = {f"week__{code}": "2026-09-21", "reason": "与中考时间冲突。"}
    office.send(PLAN, 303, do="give", **week)
    assert {p.subject: p.week for p in plan(county).selected}[code] == date(2026, 9, 21)
    assert len(set(chosen(county))) == len(chosen(county))


# -- who may ---------------------------------------------------------------------------------------


def test_others_read_the_plan_and_change_nothing(county: County) -> None:
    superior = county.browser("U1")
    page = superior.open(PLAN)
    assert "列入" in said(page) and "<select" not in page
    county.browser("H0001").open(PLAN, 403)


def test_pressing_twice_proposes_once(county: County, office: Browser) -> None:
    values = {**office.form(PLAN), "do": ["give"]}
    said = [office.client.post(PLAN, data=values).headers["location"] for _ in range(2)]
    assert [where.rpartition("said=")[2] for where in said] == ["done", "already"]


def test_inspectors_of_the_same_name_are_told_apart_by_number() -> None:
    known = {"I01": "督学甲", "I02": "督学乙", "I03": "督学乙"}
    assert titled(known) == ["督学甲", "督学乙（I02）", "督学乙（I03）"]
    assert people_named("督学甲、督学乙（I03）", known) == (["I01", "I03"], [])
    assert people_named("督学乙，督学丙", known) == ([], ["督学乙", "督学丙"])
