"""督导室 at the portal: its board, what waits for it, the calendar of visits, scores and grades,
and the figures of the round."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from documents.wording import percent
from models.messages import Message
from models.orders import OrderRow
from models.organisations import Organisation
from portal.glances import DONE, Glance
from portal.overview import overview_of
from portal.round_view import Overview
from portal.visit_calendar import clashes, visits, weeks_of
from tests.portal_people import Browser, County, county_at, said
from tests.test_portal_overview import many

ROUND = "SLX-DD/shaanxi-316/2026"
TODAY = date(2026, 5, 13)
_MESSAGES, _ORDERS, _ORGANISATIONS = (
    Message.__table__,
    OrderRow.__table__,
    Organisation.__table__,
)


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in May: the first review is scored, its preliminary opinion not yet given."""
    return lived_until(date(2026, 5, 12))


@pytest.fixture
def county(may: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(may, tmp_path / "county", TODAY) as county:
        yield county


@pytest.fixture
def office(county: County) -> Browser:
    return county.browser("O2")


def seen(county: County) -> Overview:
    with county.database.reading() as connection:
        return overview_of(county.desk, connection, ROUND)


def schools_listed(page: str) -> list[str]:
    """The cases linked in the board's table of schools, in its order."""
    table = page.partition('id="schools"')[2]
    return re.findall(r'<a class="strong" href="/cases/([^"/]+)"', table)


def reviewed(county: County) -> Glance:
    """The school whose visit is over and scored, and which has not been told yet."""
    return next(g for g in seen(county).cases if g.review and g.review.phase == "visited")


# -- the board -------------------------------------------------------------------------------------


def test_the_board_puts_late_schools_first(county: County) -> None:
    county.move_to(date(2026, 6, 3))
    office = county.browser("O2")
    late = [glance.case.replace("/", "~") for glance in seen(county).late(county.desk.today())]
    listed = schools_listed(office.open("/"))
    assert late and listed[: len(late)] == late and len(listed) == 8
    only = office.open("/?late=1")
    assert schools_listed(only) == late
    assert "逾期" in said(only)


def test_schools_are_found_by_stage_and_phase(county: County, office: Browser) -> None:
    overview = seen(county)
    for (stage, phase), count in overview.counts.items():
        assert len(schools_listed(office.open(f"/?at={stage}/{phase}"))) == count
    page = office.open("/")
    assert f"?at=self_assessment%2F{DONE}" in page
    assert "没有符合条件的学校" in office.open("/?at=on_site_review/nothing")


def test_schools_are_found_by_name_and_by_initials(county: County, office: Browser) -> None:
    with county.database.writing() as connection:
        changed = {"name": "石榴镇中心小学", "initials": "slzzxxx"}
        where = _ORGANISATIONS.c.code == "S0003"
        connection.execute(update(_ORGANISATIONS).where(where).values(changed))
    for words in ("石榴镇", "slz", "SLZZX", "S0003"):
        assert schools_listed(office.open(f"/?q={words}")) == [county.key("S0003")]


def test_the_board_tells_how_far_the_round_and_the_cycle_have_come(
    county: County, office: Browser
) -> None:
    with county.database.reading() as connection:
        progress = seen(county).progress(connection)
    page = said(office.open("/"))
    assert f"{progress.visited} 所已完成入校，计划{progress.planned}所，共8所" in page
    assert "每年至少评估1/3，本轮至少3所 计划已达到" in page
    assert "2026年至2028年，每所学校评估一次" in page


def test_many_schools_are_turned_page_by_page(county: County, office: Browser) -> None:
    many(county, 60)
    first, second = office.open("/"), office.open("/?page=2")
    assert "第1页，共2页" in first
    listed = schools_listed(first) + schools_listed(second)
    assert len(listed) == len(set(listed)) == 60


# -- what waits ------------------------------------------------------------------------------------


def test_what_is_due_for_the_office_leads_to_its_form(county: County, office: Browser) -> None:
    """A preliminary opinion is given from the board in two taps."""
    page = office.open("/")
    address = next(a for a in tasks(page) if a.endswith("/GivePreliminaryOpinion"))
    office.open(address)
    office.send(address, overall="总体良好。")
    assert address not in tasks(office.open("/"))


def tasks(page: str) -> list[str]:
    return re.findall(r'class="task[^"]*" href="([^"]+)"', page)


def test_whatever_failed_is_a_task(county: County, office: Browser) -> None:
    order = {"case": county.case("S0002"), "seq": 1, "office": "SLX-DD", "flow": "on_site_review"}
    order |= {"body": "{}", "owed_on": TODAY, "claim": 1, "leased_until": "", "flow_run": ""}
    message = {"case": order["case"], "office": "SLX-DD", "name": "opened", "person": "H0002"}
    message |= {"role": "school", "organisation": "S0002", "owed_on": TODAY, "order": "x1"}
    texts = {"subject": "", "text": "", "reason": "", "tries": 1, "not_before": ""}
    with county.database.writing() as connection:
        for number, state in enumerate(("failed", "unknown"), 1):
            row = order | {"id": f"x{number}", "state": state, "done_at": ""}
            connection.execute(insert(_ORDERS).values(row | {"outcome": "磁盘已满"}))
            connection.execute(
                insert(_MESSAGES).values(message | texts | {"key": f"m{number}", "state": state})
            )
    page = said(office.open("/"))
    assert "发送失败1条，结果不明1条，请改用其他方式告知" in page
    assert "后台工作没有办成" in page and "磁盘已满" in page
    assert "消息没有送到" not in county.browser("U1").open("/")


def test_what_waits_for_review_stands_by_day(county: County, office: Browser) -> None:
    page = office.open("/reviews")
    days = [date(*map(int, d)) for d in re.findall(r"<h2>(\d+)年(\d+)月(\d+)日", page)]
    assert days == sorted(days)
    assert f"/cases/{county.key(reviewed(county).subject)}/on_site_review" in page
    assert len(tasks(page)) == 2 and len(tasks(office.open("/reviews?sort=letter"))) == 1
    assert "这一类现在没有待审核的" in office.open("/reviews?sort=review")


def test_a_duty_leads_to_the_form_only_when_that_is_open(county: County, office: Browser) -> None:
    """A letter cannot be issued before the school was heard: its duty leads to the stage's page."""
    stage = f"/cases/{county.key(reviewed(county).subject)}/on_site_review"
    assert tasks(office.open("/reviews?sort=letter")).count(stage) == 1
    assert f"{stage}/GivePreliminaryOpinion" in tasks(office.open("/reviews?sort=opinion"))


def test_the_opinion_letter_begins_with_what_is_known(county: County, office: Browser) -> None:
    school = reviewed(county).subject
    stage = f"/cases/{county.key(school)}/on_site_review"
    office.open(f"{stage}/GivePreliminaryOpinion")
    words = {"overall": "管理有序，质量稳步提升。", "problems": "实验室使用记录不完整"}
    office.send(f"{stage}/GivePreliminaryOpinion", **words)
    head = county.browser(f"H{school[1:]}")
    head.open(f"{stage}/WaiveDefence")
    head.send(f"{stage}/WaiveDefence")
    office.open(f"{stage}/IssueOpinionLetter")
    letter = office.form(f"{stage}/IssueOpinionLetter")
    assert letter["overall"] == ["管理有序，质量稳步提升。"]
    assert letter["findings.0.text"] == ["实验室使用记录不完整"]
    assert letter["rectify_by"] == ["2026-06-12"]  # thirty days, as for a dated issue
    office.send(f"{stage}/IssueOpinionLetter", findings__0__basis="A6.1.1", findings__1__text="")
    assert seen(county).by_subject[school].lettered


# -- the calendar ----------------------------------------------------------------------------------


def test_visits_stand_on_their_days(county: County, office: Browser) -> None:
    visited = reviewed(county).review
    page = said(office.open(f"/calendar?month={visited.starts:%Y-%m}"))
    assert "劳动节" in page and "调休上班" in page
    assert f"{visited.starts.year}年{visited.starts.month}月{visited.starts.day}日" in page
    empty = office.open("/calendar?month=2026-02")
    assert "春节" in empty and "这个月没有入校安排" in empty
    assert "2026年5月" in office.open("/calendar?month=nonsense")


def test_a_week_that_is_only_planned_stands_as_such(county: County) -> None:
    overview = seen(county)
    found = visits([overview], date.min, date.max)
    planned = {glance.subject for glance in overview.cases if glance.selected}
    assert {visit.glance.subject for visit in found} == planned
    for visit in found:
        fixed = visit.glance.review is not None and visit.glance.review.starts is not None
        assert visit.fixed == fixed
        if not fixed:
            assert visit.first == visit.glance.week and visit.last - visit.first == timedelta(6)


def test_one_inspectors_visits_are_shown_alone(county: County, office: Browser) -> None:
    visit = next(v for v in visits([seen(county)], date.min, date.max) if v.fixed)
    other = next(one for one in ("I01", "I09", "I10", "I03") if one not in visit.people)
    month = f"{visit.first:%Y-%m}"
    link = f"/cases/{visit.glance.case.replace('/', '~')}/"
    assert link in office.open(f"/calendar?month={month}&person={visit.people[0]}")
    assert link not in office.open(f"/calendar?month={month}&person={other}")


def test_days_are_marked_by_the_counties_calendar(county: County) -> None:
    weeks = weeks_of(date(2026, 9, 1), [], county.journal.shelf.usual_calendar)
    days = {day.day: day for week in weeks for day in week.days}
    assert weeks[0].monday == date(2026, 8, 31)
    assert days[date(2026, 9, 20)].name == "调休上班" and days[date(2026, 9, 20)].teaching
    assert days[date(2026, 9, 25)].name == "中秋节" and not days[date(2026, 9, 25)].working
    assert weeks[3].off == ["9月25日至9月27日中秋节"]


def test_who_is_in_two_schools_on_one_day_is_named(county: County) -> None:
    found = [v for v in visits([seen(county)], date.min, date.max) if v.fixed and not v.done]
    one = found[0]
    other = one._replace(first=one.last, last=one.last + timedelta(1), glance=found[1].glance)
    assert {pair[0] for pair in clashes([one, other])} == set(one.people)
    later = other._replace(first=one.last + timedelta(1))
    assert clashes([one, later]) == []


# -- scores and figures ----------------------------------------------------------------------------


def test_scores_stand_side_by_side_with_how_they_came_about(
    county: County, office: Browser
) -> None:
    glance = reviewed(county)
    page = said(office.open("/grades"))
    assert f"{glance.self_total} {glance.self_grade}等" in page
    assert f"{glance.total} {glance.grade}等" in page and "未印发" in page
    assert f"按分数评为 {glance.grade} 等" in page
    assert "已定等" in page
    assert glance.total not in said(office.open("/grades?grade=D"))


def test_a_review_is_for_the_office_alone_until_its_letter_is_out(county: County) -> None:
    glance = reviewed(county)
    page = said(county.browser("U1").open("/grades"))
    assert glance.self_total in page and f"{glance.total} {glance.grade}等" not in page


def test_a_school_sees_its_areas_once_it_was_told(county: County, office: Browser) -> None:
    glance = reviewed(county)
    address = f"/cases/{glance.case.replace('/', '~')}/scores-view"
    head = county.browser(f"H{glance.subject[1:]}")
    before = said(head.open(address))
    assert glance.self_total in before and glance.total not in before
    assert "督导组正在评分" in before
    page = office.open(address)
    assert glance.total in page and '<svg class="chart" role="img"' in page
    assert "增值" in said(page) and "单列，不计入总分" in said(page)
    opinion = address.replace("scores-view", "on_site_review/GivePreliminaryOpinion")
    office.open(opinion)
    office.send(opinion, overall="总体良好。")
    assert glance.total in said(head.open(address))
    county.browser("H0001" if glance.subject != "S0001" else "H0002").open(address, 403)


def test_the_bulletins_figures_are_those_of_now(county: County, office: Browser) -> None:
    overview = seen(county)
    with county.database.reading() as connection:
        progress = overview.progress(connection)
    page = said(office.open(f"/bulletin/{ROUND.replace('/', '~')}"))
    planned = percent(progress.planned, 8)
    assert f"共8所学校，提交自评8所；列入实地督导计划{progress.planned}所，占{planned}" in page
    assert f"已完成入校{progress.visited}所，已印发督评意见书{progress.lettered}所" in page
    assert "整改完成率" in page
    county.browser("H0001").open(f"/bulletin/{ROUND.replace('/', '~')}", 403)
    office.open(f"/bulletin/{county.key('S0001')}", 403)


@pytest.mark.parametrize("path", ["/reviews", "/calendar", "/grades"])
def test_a_school_has_no_business_on_the_offices_pages(county: County, path: str) -> None:
    county.browser("H0001").open(path, 403)
