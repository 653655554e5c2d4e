"""督评打分 at the portal: the team's one sheet beside the school's account, a reason for every
point lost, two who type at once, and all of it handed in as one."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from models.drafts import Draft
from models.scores import Score
from tests.portal_people import County, county_at, said
from tests.portal_scoring import AREAS, fill, review

BEGINS = date(2026, 5, 25)


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """Eight schools; 洋合 is about to be visited by I11, I10 and I12."""
    return lived_until(date(2026, 5, 22))


@pytest.fixture
def county(may: Path, tmp_path: Path) -> Iterator[County]:
    """The morning of the visit: the team is in the school."""
    with county_at(may, tmp_path / "county", BEGINS) as county:
        lead = county.browser("I11")
        start = f"{review(county)}/StartVisit"
        lead.open(start)
        lead.send(start)
        yield county


def test_the_team_puts_one_sheet_together_and_hands_it_in(county: County) -> None:
    lead, colleague, sheet = (
        county.browser("I11"),
        county.browser("I10"),
        f"{review(county)}/scores",
    )
    page = said(lead.open(sheet))
    assert "洋合" in page and "满分1000，" in page and "评完后给出" in page
    fill(lead, sheet, *AREAS[:4])
    fill(colleague, sheet, *AREAS[4:])
    page = said(lead.open(sheet))
    assert "督评得分 1000.0" in page and "拟定等级 A" in page
    lead.send(sheet)
    assert "录入督评得分" in said(lead.page)
    rows = Score.__table__
    with county.database.reading() as connection:
        wanted = select(rows.c.total, rows.c.grade).where(
            rows.c.subject == "S0005", rows.c.side == "review"
        )
        assert connection.execute(wanted).all() == [("1000.0", "A")]
        assert connection.execute(select(Draft.__table__)).all() == []
    assert "之后没有改动" in said(lead.open(sheet))


def test_the_schools_own_answer_stands_beside(county: County) -> None:
    lead = county.browser("I11")
    page = said(lead.open(f"{review(county)}/scores/A1"))
    assert "自评" in page and "扣分说明（扣了分必填）" in page


def test_a_point_lost_without_a_reason_is_refused(county: County) -> None:
    lead, sheet = county.browser("I11"), f"{review(county)}/scores"
    fill(lead, sheet, *AREAS)
    area = f"{sheet}/A1"
    lead.open(area)
    lead.send(area, a__A1__1__3__points="7.5", next="here")
    assert "扣了 2.5 分，请填写扣分说明" in said(lead.page)
    assert "须修改的1处" in said(lead.open(sheet))
    lead.send(sheet, status=422)
    assert "请填写扣分说明" in said(lead.page)
    lead.open(area)
    lead.send(area, a__A1__1__3__reason="活动记录不全")
    lead.open(sheet)
    lead.send(sheet)
    assert "督评得分 997.5" in said(lead.open(sheet))


def test_an_unfinished_sheet_says_what_is_missing(county: County) -> None:
    lead, sheet = county.browser("I11"), f"{review(county)}/scores"
    fill(lead, sheet, "A1")
    page = said(lead.open(sheet))
    assert "已评8/8项" in page and "还没有评的" in page
    lead.send(sheet, status=422)
    assert "项指标没有填写" in said(lead.page)


def test_two_who_type_at_once_lose_nothing(county: County) -> None:
    """Different indicators of one area are both kept; of the same one the second is told."""
    mine, theirs = county.browser("I11"), county.browser("I10")
    area = f"{review(county)}/scores/A1"
    mine.open(area)
    theirs.open(area)
    theirs.send(area, a__A1__1__1__level="良", a__A1__1__1__reason="会议记录不全", next="here")
    mine.send(area, a__A1__1__3__points="10", next="here")
    assert mine.form(area)["a.A1.1.1.level"] == ["良"]
    assert mine.form(area)["a.A1.1.3.points"] == ["10"]
    theirs.open(area)
    theirs.send(area, a__A1__1__3__points="8", a__A1__1__3__reason="记录少", next="here")
    mine.send(area, status=409, a__A1__1__3__points="9", a__A1__1__3__reason="缺一次")
    page = said(mine.page)
    assert "督学癸" in page and "已改为：8分，记录少" in page
    assert mine.form(area)["a.A1.1.3.points"] == ["9"]  # what was typed is still there
    mine.send(area, next="here")  # looked at, and meant
    assert mine.form(area)["a.A1.1.3.points"] == ["9"]


def test_an_old_page_undoes_nothing(county: County) -> None:
    mine, theirs = county.browser("I11"), county.browser("I10")
    area = f"{review(county)}/scores/A1"
    mine.open(area)
    theirs.open(area)
    theirs.send(area, a__A1__1__3__points="10", next="here")
    mine.send(area, next="here")  # its empty fields were never touched
    assert mine.form(area)["a.A1.1.3.points"] == ["10"]


def test_a_page_that_saves_itself_is_told_what_stands(county: County) -> None:
    lead, area = county.browser("I11"), f"{review(county)}/scores/A1"
    lead.open(area)
    typed = lead.form(area)
    typed["a.A1.1.3.points"] = ["6"]
    told = lead.client.post(f"{area}/draft", data=typed).json()
    assert told["said"] == "已保存" and "请填写扣分说明" in told["texts"]["wrong.A1.1.3"]
    assert told["texts"]["total"] == "总分 6.0/1000"
    colleague = county.browser("I10")
    colleague.open(area)
    colleague.send(area, a__A1__1__3__points="7", a__A1__1__3__reason="一次", next="here")
    typed |= {name: [value] for name, value in told["fields"].items()}
    typed["a.A1.1.3.points"] = ["5"]
    met = lead.client.post(f"{area}/draft", data=typed)
    assert met.status_code == 409 and "督学癸刚才也改了" in met.json()["said"]
    typed["a.A1.1.3.reason"] = ["长" * 2001]
    assert lead.client.post(f"{area}/draft", data=typed).status_code == 422


def test_areas_are_given_to_people_by_the_lead(county: County) -> None:
    lead, colleague, visit = county.browser("I11"), county.browser("I10"), f"{review(county)}/visit"
    lead.open(visit)
    lead.send(f"{visit}/groups", area__A3="I10")
    assert "教育质量 督学癸" in said(lead.page)
    page = colleague.open(f"{review(county)}/scores")
    assert said(page).index("A3 教育质量 我负责") < said(page).index("A1 办学方向")
    colleague.open(visit)
    typed = {"seal": lead.form(f"{visit}/groups")["seal"]}
    assert colleague.client.post(f"{visit}/groups", data=typed).status_code == 403


def test_a_sheet_is_the_teams_and_the_offices(county: County) -> None:
    sheet = f"{review(county)}/scores"
    county.browser("O2").open(sheet)
    for person in ("H0005", "I06", "I03", "WT1", "U1", "DCZ"):
        county.browser(person).open(sheet, 403)
        county.browser(person).open(f"{sheet}/A1", 403)
    lead = county.browser("I11")
    lead.open(f"{sheet}/A9", 403)


def test_after_the_opinion_nothing_is_changed(county: County) -> None:
    """八一 was visited early in May and has heard the opinion."""
    office = county.browser("O2")
    page = said(office.open(f"{review(county, 'S0002')}/scores"))
    assert "现在只能查看" in page
    area = f"{review(county, 'S0002')}/scores/A1"
    office.open(area)
    assert "disabled" in office.page
    assert office.client.post(area, data=office.form(area)).status_code == 403
    assert office.client.post(f"{area}/draft", data=office.form(area)).status_code == 409


def test_problems_noted_in_the_school_stand_in_the_papers(county: County) -> None:
    """Two note, the lead writes: what was seen is typed once."""
    lead, colleague, visit = county.browser("I11"), county.browser("I10"), f"{review(county)}/visit"
    for browser, text in ((lead, "图书更新慢。"), (colleague, "大课间组织松散。")):
        browser.open(visit)
        browser.send(
            visit,
            findings__0__text=text,
            findings__0__basis="A6.1.1",
            lessons__0__seen="讲练结合",
            talks__0__whom="家长",
            talks__0__count="6",
            strengths="班子团结",
        )
    assert "督学癸的记录" in said(lead.open(visit))
    county.move_to(date(2026, 5, 26))
    lead = county.browser("I11")
    ending = f"{review(county)}/EndVisit"
    lead.open(ending)
    assert lead.form(ending)["samples.lessons"] == ["2"]
    assert lead.form(ending)["samples.parents"] == ["12"]
    lead.send(ending)
    fill(lead, f"{review(county)}/scores", *AREAS)
    lead.open(f"{review(county)}/scores")
    lead.send(f"{review(county)}/scores")
    opinion = f"{review(county)}/GivePreliminaryOpinion"
    lead.open(opinion)
    assert lead.form(opinion)["strengths"] == ["班子团结"]
    assert "图书更新慢。" in lead.form(opinion)["problems"][0]
    lead.send(opinion, overall="办学规范。")
    head, office = county.browser("H0005"), county.browser("O1")
    head.open(f"{review(county)}/WaiveDefence")
    head.send(f"{review(county)}/WaiveDefence")
    letter = f"{review(county)}/IssueOpinionLetter"
    office.open(letter)
    begun = office.form(letter)
    assert begun["overall"] == ["办学规范。"] and begun["achievements"] == ["班子团结"]
    texts = [begun[f"findings.{n}.text"][0] for n in (0, 1)]
    assert sorted(texts) == ["图书更新慢。", "大课间组织松散。"]
    office.send(letter, rectify_by="2026-07-20")
    assert "登记问题" in said(office.open(f"/cases/{county.key('S0005')}/issue_list"))
