"""Questionnaires of a review: made and printed by the office, its figures for the office and the
team, and marked while too few have answered."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import segno
from sqlalchemy import select

from models.cases import Case
from models.organisations import Organisation
from portal.questionnaire_totals import Figure, samples
from portal.questionnaires import AUDIENCES, STEPS, example
from tests.portal_asking import ENDS, SCHOOL, TODAY, asked, fill_in, place
from tests.portal_people import County, county_at, said


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """The review team is in one school: 25 and 26 May."""
    return lived_until(TODAY)


@pytest.fixture
def county(may: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(may, tmp_path / "county", TODAY) as county:
        yield county


# -- the office makes it ---------------------------------------------------------------------------


def test_the_example_sets_are_marked_as_such() -> None:
    for audience in AUDIENCES:
        sheet = example(audience)
        assert sheet.audience == audience and sheet.note == "示例，非官方"
        assert 8 <= len(sheet.questions) <= 12 and len(sheet.scale) == STEPS and sheet.open


def test_the_office_makes_one_for_parents_and_prints_its_code(county: County) -> None:
    office = county.browser("O2")
    office.open(f"/cases/{county.key(SCHOOL)}/on_site_review")
    assert place(county) in office.page
    assert "还没有问卷" in office.open(place(county))
    new = f"{place(county)}/new/parents"
    assert "示例，非官方" in office.open(new)
    office.send(new, at_least="20")
    assert "收到0份（至少20份）" in office.page and "示例，非官方" in office.page
    poster = office.open(f"{place(county)}/print")
    code = re.search(r"/q/([a-z2-7]{26})<", poster)
    assert code and "<svg" in poster and "设置对外地址" in poster
    assert "您对孩子在学校的安全" in county.browser().open(f"/q/{code[1]}")


def test_the_code_holds_the_address_people_outside_reach_us_at(county: County) -> None:
    code = asked(county)
    county.desk.public_url = "https://dudao.example/"
    poster = county.browser("O2").open(f"{place(county)}/print")
    address = f"https://dudao.example/q/{code}"
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        omitsize=True, light="white", svgclass="qr", lineclass=None
    )
    assert address in poster and drawn in poster and "设置对外地址" not in poster
    assert "style=" not in poster


def test_questions_may_be_rewritten_and_are_then_no_example(county: County) -> None:
    office, new = county.browser("O2"), f"{place(county)}/new/students"
    office.open(new)
    office.send(new, questions="我喜欢上学\n\n<b>饭菜好吃</b>\n", open="")
    assert "示例，非官方" not in office.page
    code = re.search(r"questionnaires/([a-z2-7]{26})", office.page)
    page = county.browser().open(f"/q/{code[1]}")
    assert "我喜欢上学" in page and "&lt;b&gt;饭菜好吃" in page and "<textarea" not in page


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"questions": ""}, "请填写"),
        ({"questions": "长" * 101}, "每题最多100个字"),
        ({"questions": "一题\n" * 31}, "最多30题，现在有31题"),
        ({"closes_on": "2026-05-24"}, "截止日期不能早于开始日期"),
        ({"closes_on": "2027-05-24"}, "问卷最多开放92天"),
        ({"opens_on": ""}, "请填写"),
        ({"at_least": "0"}, "应在1到10000之间"),
        ({"title": ""}, "请填写"),
    ],
)
def test_a_questionnaire_that_cannot_be_is_refused_with_what_was_typed(
    county: County, typed: dict[str, str], complaint: str
) -> None:
    office, new = county.browser("O2"), f"{place(county)}/new/parents"
    office.open(new)
    office.send(new, 422, **{"title": "我校家长问卷", **typed})
    assert complaint in office.page
    assert "title" in typed or "我校家长问卷" in office.page


def test_there_is_one_of_each_however_often_the_button_is_pressed(county: County) -> None:
    assert asked(county) == asked(county) != asked(county, "teachers")


def test_no_new_one_once_the_visit_is_over(county: County) -> None:
    office = county.browser("O2")
    over = f"/cases/{county.key('S0002')}/on_site_review/questionnaires"
    assert "督导已经结束，不能再发新的问卷" in office.open(over)
    office.open(f"{over}/new/parents", 403)
    office.open(f"/cases/{county.key('S0001')}/on_site_review/questionnaires", 403)
    office.open(f"/cases/{county.key(SCHOOL)}/issue_list/questionnaires", 403)
    office.open(f"{place(county)}/new/pets", 403)


def test_only_the_office_and_the_team_see_what_came_in(county: County) -> None:
    code = asked(county)
    with county.database.reading() as connection:
        row = connection.execute(select(Case.__table__).where(Case.id == county.case(SCHOOL))).one()
    team = re.search(r'"team":\[([^\]]+)\]', row.state)[1].replace('"', "").split(",")
    others = [f"I{n:02}" for n in range(1, 16) if f"I{n:02}" not in row.state]
    member = county.browser(team[0])
    assert "收到0份" in member.open(place(county))
    member.open(f"{place(county)}/{code}")
    assert "保存" not in member.page
    member.open(f"{place(county)}/print")
    member.open(f"{place(county)}/new/teachers", 403)
    county.browser(others[0]).open(place(county), 403)
    for person in ("H0005", "V1", "U1", "DCZ"):
        county.browser(person).open(place(county), 403)
    assert county.browser().open(place(county)) and "登录" in county.browser().open(place(county))


def test_days_may_be_moved_and_it_is_withdrawn_only_while_nobody_has_answered(
    county: County,
) -> None:
    code, office = asked(county), county.browser("O2")
    one = f"{place(county)}/{code}"
    office.open(one)
    office.send(one, closes_on="2026-06-05", at_least="5")
    assert "2026年6月5日（周五）" in office.page
    office.send(one, 422, closes_on="")
    office.open(one)
    page = office.page
    fill_in(county.browser(), code, m0="5")
    office.page = page  # opened before somebody answered
    office.send(f"{one}/withdraw", 403)
    assert "已经有人填写，不能撤回" in office.page
    assert "撤回问卷" not in office.open(one)
    empty = asked(county, "teachers")
    office.open(f"{place(county)}/{empty}")
    office.send(f"{place(county)}/{empty}/withdraw")
    assert "没有这份问卷" in county.browser().open(f"/q/{empty}", 404)


# -- what came together ----------------------------------------------------------------------------


def test_figures_of_a_question() -> None:
    figure = Figure("对食堂", (1, 0, 2, 3, 4))
    assert (figure.count, figure.average, figure.share) == (10, "3.9", "70.0%")
    assert (Figure("没人答", (0,) * 5).average, Figure("没人答", (0,) * 5).share) == ("—", "—")


def test_below_the_smallest_sample_the_team_sees_marked_figures(county: County) -> None:
    code = asked(county, at_least=6)
    for mark in ("5", "4", "1"):
        fill_in(county.browser(), code, m0=mark, text="有意见")
    office = county.browser("O2")
    page = said(office.open(f"{place(county)}/{code}"))
    assert "样本不足，仅供参考" in page and "只收到3份，不足6份" in page
    assert "平均 3.3 分 好评 66.7% 3人答" in page
    assert "不足5份时不显示文字意见" in page and "有意见" not in page
    for _ in range(3):
        fill_in(county.browser(), code, m0="5", text="有意见")
    page = said(office.open(f"{place(county)}/{code}"))
    assert "样本不足" not in page and "有意见" in page and "平均 4.2 分" in page
    assert "style=" not in office.page


def test_more_answers_than_the_school_has_people_are_pointed_out(county: County) -> None:
    code = asked(county, "teachers")
    with county.database.writing() as connection:
        few = Organisation.__table__.update().where(Organisation.code == SCHOOL)
        connection.execute(few.values(facts={"staff": 1}))
    for _ in range(2):
        fill_in(county.browser(), code, m0="5")
    page = county.browser("O2").open(f"{place(county)}/{code}")
    assert "超过按学校规模估计的人数（1人）" in page


def test_the_visits_samples_stand_in_the_form_that_ends_it(county: County) -> None:
    code = asked(county)
    for _ in range(4):
        fill_in(county.browser(), code, m0="5")
    asked(county, "teachers")
    with county.database.reading() as connection:
        assert samples(connection, county.case(SCHOOL)) == {"parents": 4}
    end = f"/cases/{county.key(SCHOOL)}/on_site_review/EndVisit"
    county.move_to(ENDS)
    office = county.browser("O2")
    office.open(end)
    shown = office.form(end)
    assert shown["samples.questionnaires_parents"] == ["4"]
    assert shown["samples.questionnaires_teachers"] == [""]
    office.send(end, **{"samples.lessons": "12", "samples.questionnaires_parents": "3"})
    assert "已办理" in office.page
