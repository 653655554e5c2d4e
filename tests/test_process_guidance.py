"""过程指导: the inspector comes by, at least twice a semester by law, and reports each time."""

import pytest

from tests.reviews import finding
from tests.story import Story, compiled

VISIT = "process_guidance/visit"
SPRING = [f"{VISIT}/2026-spring-1", f"{VISIT}/2026-spring-2"]


def guided(*days: str) -> Story:
    story = Story(opened="2026-01-05")
    for number, on in enumerate(days, 1):
        story.on(on).inspector.guides(methods=["看", "谈"])
        story.on(on).inspector.reports_guidance(item=str(number))
    return story


# -- the normal way --------------------------------------------------------------------------------


def test_two_visits_are_owed_each_semester_spread_over_it():
    story = Story(opened="2026-01-05").until("2026-03-02")
    # half of the semester is over on 5 May; within 劳动节 the working day before holds
    assert story.due(SPRING[0]) == "2026-04-30"
    assert "第1次以本学期时间过1/2之日5月5日" in story.why(SPRING[0])
    story.on("2026-04-14").inspector.guides()
    assert story.due(SPRING[0]) is None and story.due(SPRING[1]) == "2026-07-10"
    story.on("2026-06-02").inspector.guides()
    assert story.due(f"{VISIT}/2026-autumn-1") == "2026-11-10"


def test_each_visit_owes_a_report_within_three_working_days():
    story = Story().until("2026-04-02")
    story.on("2026-04-02").inspector.guides()
    story.on("2026-04-03").inspector.guides()
    assert story.due("process_guidance/report/1") == "2026-04-08"  # across 清明节
    assert story.due("process_guidance/report/2") == "2026-04-09"
    story.on("2026-04-07").inspector.reports_guidance(item="2")
    assert story.data("process_guidance").unreported == ("1",)
    assert story.due("process_guidance/report/1") == "2026-04-08"
    assert story.drafted().count("process_guidance_record") == 2


def test_what_is_found_goes_to_the_issue_list():
    story = Story()
    story.on("2026-04-14").inspector.guides(
        findings=[finding("A4.1.2", severity="at_once"), finding("A5.1.1", nature="common")]
    )
    issues = story.data("issue_list").issues
    assert [issue.basis for issue in issues.values()] == ["A4.1.2", "A5.1.1"]
    assert {issue.source for issue in issues.values()} == {"process_guidance"}
    assert story.due("issue_list/at_once/1") == "2026-04-17"
    assert story.due("issue_list/dated/2") == "2026-05-14"


def test_visits_beyond_two_in_spring_are_none_of_those_owed_in_autumn():
    story = guided("2026-03-10", "2026-04-14", "2026-05-12", "2026-06-02")
    assert story.due(f"{VISIT}/2026-autumn-1") == "2026-11-10"
    assert story.data("process_guidance").visits == 4


def test_a_visit_missed_goes_up_the_ladder_and_stays_owed():
    story = Story().until("2026-05-20")
    assert story.state.deadlines[SPRING[0]].missed
    assert story.heard("process_guidance.escalation")[-1] == ("05-18", ("superior", "inspector"))
    story.on("2026-05-21").inspector.guides()
    assert story.due(SPRING[1]) == "2026-07-10"


def test_reminders_are_the_ones_written_for_this_deadline():
    story = Story().until("2026-04-30")
    days = [on for on, _ in story.heard("process_guidance.reminder")]
    assert days == ["04-01", "04-16", "04-27", "04-30"]  # 20, 10, 3 working days before; the day


# -- dates -----------------------------------------------------------------------------------------


def test_a_friday_visit_typed_in_on_monday_counts_from_friday():
    story = Story().until("2026-04-20")
    story.on("2026-04-17", typed="2026-04-20").inspector.guides()
    assert story.data("process_guidance").last_visit.isoformat() == "2026-04-17"
    assert story.due("process_guidance/report/1") == "2026-04-22"


def test_two_visits_typed_in_out_of_order_both_count():
    story = Story()
    story.on("2026-04-20").inspector.guides()
    story.on("2026-04-17", typed="2026-04-21").inspector.guides()
    assert story.due(f"{VISIT}/2026-autumn-1")


def test_the_day_of_one_visit_of_several_is_corrected():
    story = Story()
    story.on("2026-04-20").inspector.guides()
    story.on("2026-04-21").inspector.guides()
    fields = {"stage": "process_guidance", "event": "visited"}
    story.on("2026-04-22").office.corrects(item="1", happened_on="2026-04-16", **fields)
    assert story.due("process_guidance/report/1") == "2026-04-21"
    assert story.due("process_guidance/report/2") == "2026-04-24"
    assert story.state.dates["process_guidance.visited"].isoformat() == "2026-04-21"
    story.on("2026-04-22").inspector.reports_guidance(item="1")
    day = story.refuses("2026-04-22")
    assert day.office.corrects(item="1", happened_on="2026-04-15", **fields) == (
        "这件事已经办结，没有还在计算的期限，不用更正。"
    )


# -- the end ---------------------------------------------------------------------------------------


def test_guidance_ends_with_the_round_once_its_last_report_is_in():
    story = guided("2026-03-10", "2026-06-02", "2026-09-15")
    story.on("2026-12-30").inspector.guides()
    story.on("2027-01-01").system.ends_round()
    assert "process_guidance" in story.open  # its report is still owed
    story.on("2027-01-05").inspector.reports_guidance(item="4")
    assert "process_guidance" not in story.open
    assert not [key for key in story.state.deadlines if key.startswith("process_guidance")]


# -- refused ---------------------------------------------------------------------------------------


def test_refusals():
    story = Story()
    assert story.refuses("2026-02-10").inspector.guides() == (
        "“过程指导”环节还没有开始，不能填写过程指导记录。"
    )
    story.on("2026-04-14").inspector.guides()
    day = story.refuses("2026-04-14")
    assert day.inspector.guides() == "这一天已经有一份过程指导记录，同一天不能重复登记。"
    assert day.school.guides() == ("“填写过程指导记录”应由责任督学、督导室办理，您的身份是学校。")
    assert day.inspector.reports_guidance(item="2") == "第2次过程指导没有待交的报告，请核对次数。"
    story.on("2026-04-15").inspector.reports_guidance(item="1")
    assert "没有待交的报告" in story.refuses("2026-04-15").inspector.reports_guidance(item="1")
    assert story.data("process_guidance").visits == 1


@pytest.mark.parametrize(
    ("rectify_by", "reason"),
    [
        ("2026-04-10", "整改期限是2026年4月10日（周五），应晚于办理当日，请核对。"),
        ("2062-04-10", "整改期限是2062年4月10日（周一），离今天超过三年，请核对。"),
    ],
)
def test_a_date_that_cannot_be_meant_is_refused(rectify_by: str, reason: str):
    story = Story()
    day = story.refuses("2026-04-14")
    assert day.inspector.guides(findings=[finding(rectify_by=rectify_by)]) == reason


def test_the_same_kind_done_once_ends_with_its_report():
    """A visit of the tiered process: not so many times a term, but once after it is called for."""
    text = """\
process: once
title: 一次视导
version: "1"
subjects: [primary]
period: month
remind: [on the day, every 2 working days after]
escalate: [{after: 5 working days, to: office}]
stages:
  - id: visit
    kind: process_guidance
    title: 视导
    deadlines: {visit: 5 working days after opened, report: 2 working days after visited}
"""
    story = Story(compiled(text), opened="2026-03-02", period_ends="2026-03-31")
    assert story.due("visit/visit") == "2026-03-09"
    story.on("2026-03-05").inspector.guides(at="visit")
    story.on("2026-03-06").inspector.reports_guidance(at="visit", item="1")
    assert story.open == []
