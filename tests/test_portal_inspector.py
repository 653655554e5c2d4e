"""责任督学 at the portal: what is to be done by day, a visit with its notes, stepping back,
checking a rectification - on a phone, in a corridor, with the connection gone."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event, select

from models.drafts import Draft
from models.issues import IssueRow
from models.people import Assignment
from portal.access import Visitor, seats_of
from portal.work import duties
from tests.portal_people import County, county_at, said

MAY = date(2026, 5, 12)
GUIDANCE = {"content": "查看教学常规，随堂听课2节。", "methods": ["听", "看"]}
FINDING = {
    "findings__0__text": "实验室台账更新不及时。",
    "findings__0__basis": "A2.1.1",
    "findings__0__unit": "school",
}


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """Eight schools of one zone in May: guidance under way, three reviews, one over."""
    return lived_until(MAY)


@pytest.fixture
def county(may: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(may, tmp_path / "county", MAY) as county:
        yield county


def issues_of(county: County, school: str) -> list[tuple[str, str, str]]:
    """The number, unit and state of a school's issues."""
    rows = IssueRow.__table__
    wanted = select(rows.c.number, rows.c.unit, rows.c.state).where(rows.c.subject == school)
    with county.database.reading() as connection:
        return [tuple(row) for row in connection.execute(wanted.order_by(rows.c.number))]


def test_work_stands_by_day_and_one_tap_leads_to_its_form(county: County) -> None:
    county.move_to(date(2026, 7, 8))
    page = said(county.browser("I01").open("/"))
    assert "已逾期 0 今天到期 0 本周内 3" in page
    assert "民新 到校过程指导（2026年春季学期第2次） 2026年7月10日（周五） 还有2个工作日" in page
    county.move_to(date(2026, 7, 10))
    assert "今天到期 3" in said(county.browser("I01").open("/"))
    county.move_to(date(2026, 7, 14))
    inspector = county.browser("I01")
    assert "已逾期 3" in said(inspector.open("/"))
    link = re.search(r'class="task late" href="([^"]+)"', inspector.page)
    assert link is not None
    assert "填写过程指导记录" in inspector.open(link[1])


def test_a_colleagues_school_is_no_work_of_mine_unless_i_ask(county: County) -> None:
    inspector = county.browser("I01")
    assert "马小" not in said(inspector.open("/"))
    page = said(inspector.open("/?all=1"))
    assert "马小" in page and "片区同事负责" in page


def test_whoever_has_no_work_is_told_so(county: County) -> None:
    assert "眼下没有到期的工作" in said(county.browser("I05").open("/"))


def test_my_schools_are_found_by_a_part_of_their_name_or_its_initials(county: County) -> None:
    inspector = county.browser("I01")
    page = said(inspector.open("/schools"))
    assert "马小" in page and "过程指导：1次" not in page and "上限5次" in page
    assert "实地督导（已离校，待反馈初步意见）" in page
    for part in ("民新", "mx"):
        page = said(inspector.open(f"/schools?q={part}"))
        assert "民新" in page and "沿河" not in page
    assert "没有找到" in said(inspector.open("/schools?q=不存在"))
    assert "还没有学校指定给您" in said(county.browser("I05").open("/schools"))


def test_a_guidance_visit_with_a_problem_becomes_an_issue(county: County) -> None:
    inspector, key = county.browser("I01"), county.key("S0003")
    form = f"/cases/{key}/process_guidance/RecordGuidance"
    inspector.open(form)
    inspector.send(form, **GUIDANCE, **FINDING)
    assert "已办理" in said(inspector.page)
    assert issues_of(county, "S0003") == [("1", "school", "raised")]
    head = county.browser("H0003")
    assert "实验室台账更新不及时" in said(head.open(f"/cases/{key}"))
    assert county.woken == 1
    page = said(inspector.open("/"))
    assert "民新 提交过程指导报告（第2次）" in page
    report = f"/cases/{key}/process_guidance/FileGuidanceReport~2"
    assert "随堂听课2节" in said(inspector.open(report))
    inspector.send(report, summary="已当面反馈。")
    assert "提交过程指导报告" not in said(inspector.open("/"))


def test_what_was_noted_in_the_school_stands_in_the_record(county: County) -> None:
    inspector, key = county.browser("I01"), county.key("S0003")
    visit = f"/cases/{key}/process_guidance/visit"
    inspector.open(visit)
    inspector.send(
        visit,
        lessons__0__subject="数学",
        lessons__0__class="三年级",
        lessons__0__teacher="数学教师",
        lessons__0__seen="练习分层，反馈及时。",
        strengths="课堂常规扎实",
        **FINDING,
    )
    assert "已保存" in said(inspector.page) and "练习分层，反馈及时。" in inspector.page
    form = f"/cases/{key}/process_guidance/RecordGuidance"
    inspector.open(form)
    begun = inspector.form(form)
    assert begun["observations"] == ["听课：数学，三年级，数学教师。练习分层，反馈及时。"]
    assert begun["methods"] == ["听", "看"] and begun["strengths"] == ["课堂常规扎实"]
    assert begun["findings.0.text"] == ["实验室台账更新不及时。"]
    inspector.send(form, content="随堂听课")
    assert issues_of(county, "S0003") == [("1", "school", "raised")]
    inspector.open(visit)
    assert "练习分层" not in inspector.page  # the next visit begins with an empty page


def test_notes_saved_in_another_window_are_not_overwritten(county: County) -> None:
    here, there = county.browser("I01"), county.browser("I01")
    visit = f"/cases/{county.key('S0003')}/process_guidance/visit"
    here.open(visit)
    there.open(visit)
    here.send(visit, other="第一次写")
    there.send(visit, status=422, other="第二次写")
    assert "刚才也在修改" in said(there.page) and "第二次写" in there.page
    there.send(visit)
    assert "第二次写" in here.open(visit)


def test_notes_save_themselves(county: County) -> None:
    inspector = county.browser("I01")
    visit = f"/cases/{county.key('S0003')}/process_guidance/visit"
    inspector.open(visit)
    typed = {**inspector.form(visit), "other": ["边走边记"], "nonsense": ["x"]}
    answer = inspector.client.post(f"{visit}/notes", data=typed)
    assert answer.json() == {"version": 1, "said": "已保存"}
    again = inspector.client.post(f"{visit}/notes", data={**typed, "other": ["又记一句"]})
    assert again.status_code == 409  # the page did not take over the new version
    long = {**typed, "version": ["1"], "strengths": ["长" * 5001]}
    assert inspector.client.post(f"{visit}/notes", data=long).status_code == 422
    with county.database.reading() as connection:
        kept = connection.execute(select(Draft.__table__.c.body)).scalar_one()
    assert "边走边记" in kept and "nonsense" not in kept


def test_an_inspector_steps_back_from_a_team(county: County) -> None:
    inspector, key = county.browser("I01"), county.key("S0008")
    assert "我参加的实地督导 平坝" in said(inspector.open("/"))
    form = f"/cases/{key}/on_site_review/DeclareRecusal"
    inspector.open(form)
    assert inspector.form(form)["inspector"] == ["I01"]
    inspector.send(form, status=422, reason="")
    assert "请填写" in said(inspector.page)
    inspector.send(form, reason="与校长有近亲属关系。")
    assert "申报回避" in said(inspector.page)
    inspector.open(f"/cases/{key}/on_site_review/visit", 403)
    inspector.open(f"/cases/{key}/on_site_review/scores", 403)
    assert "平坝 2026年7月6日" not in said(inspector.open("/"))


def test_who_is_in_no_team_neither_scores_nor_starts_a_visit(county: County) -> None:
    """The plan names a school's own inspector, and being named there is no seat in the team."""
    inspector, key = county.browser("I06"), county.key("S0005")
    page = said(inspector.open(f"/cases/{key}/on_site_review"))
    assert "开始实地督导" not in page and "督导现场" not in page
    for name in ("StartVisit", "EnterScores", "GivePreliminaryOpinion", "visit", "scores"):
        inspector.open(f"/cases/{key}/on_site_review/{name}", 403)


def test_a_rectification_is_checked_and_sent_back_or_closed(county: County) -> None:
    inspector, head, key = county.browser("I01"), county.browser("H0003"), county.key("S0003")
    record = f"/cases/{key}/process_guidance/RecordGuidance"
    inspector.open(record)
    inspector.send(record, **GUIDANCE, **FINDING)
    report = f"/cases/{key}/issue_list/ReportRectification~1"
    head.open(report)
    head.send(report, done="台账已补齐。", evidence="台账照片")
    check = f"/cases/{key}/issue_list/VerifyRectification~1"
    assert f'href="{check}"' in inspector.open("/")
    page = said(inspector.open(check))
    assert "台账已补齐。" in page and "台账照片" in page and "A2.1.1" in page
    inspector.send(check, status=422, passed="no")
    assert "核查不通过须写明理由" in said(inspector.page)
    inspector.send(check, passed="no", reason="补记不完整")
    assert issues_of(county, "S0003")[0][2] == "refused"
    assert "补记不完整" in said(head.open(report))
    head.send(report, done="已补全。")
    inspector.open(check)
    inspector.send(check, passed="yes", looked="现场查看")
    assert issues_of(county, "S0003")[0][2] == "closed"


def test_schools_of_others_are_refused(county: County) -> None:
    stranger, key = county.browser("I05"), county.key("S0003")
    for path in ("", "/process_guidance", "/process_guidance/RecordGuidance"):
        stranger.open(f"/cases/{key}{path}", 403)
    stranger.open(f"/cases/{key}/process_guidance/visit", 403)


def test_a_zone_given_up_is_seen_no_more(county: County) -> None:
    given_up = Assignment.__table__.update().where(Assignment.__table__.c.person == "I06")
    with county.database.writing() as connection:
        connection.execute(given_up.values(until=date(2026, 5, 31)))
        zone = {"person": "I06", "role": "inspector", "organisation": "Z2", "rank": 9}
        connection.execute(Assignment.__table__.insert().values(**zone))
    inspector = county.browser("I06")
    inspector.open(f"/cases/{county.key('S0001')}")
    county.move_to(date(2026, 6, 1))
    inspector = county.browser("I06")
    inspector.open(f"/cases/{county.key('S0001')}", 403)
    assert "马小" not in said(inspector.open("/schools"))
    assert "马小" not in said(inspector.open("/?all=1"))


def test_a_page_of_work_asks_little(county: County) -> None:
    """Not a clock's figure, which would vary: what is asked of the database does not grow with
    the county, and no state is read but those of one's own reviews."""
    asked: list[str] = []
    inspector = county.browser("I01")
    inspector.open("/")

    def note(connection, cursor, statement, parameters, context, many) -> None:
        asked.append(statement)

    event.listen(county.database.engine, "before_cursor_execute", note)
    began = time.process_time()
    inspector.open("/")
    assert time.process_time() - began < 1
    assert len([text for text in asked if text.startswith("SELECT")]) <= 8


def test_duties_are_told_to_each_role(county: County) -> None:
    with county.database.reading() as connection:
        seats = seats_of(connection, "H0005", MAY)
        head = Visitor("H0005", "校长", seats[0], seats, "", MAY)
        assert duties(county.desk, connection, head) == []
        seats = seats_of(connection, "O1", MAY)
        office = Visitor("O1", "主任", seats[0], seats, "", MAY)
        owed = duties(county.desk, connection, office)
    assert ("八一", "反馈初步意见") in [(duty.school, duty.title) for duty in owed]
