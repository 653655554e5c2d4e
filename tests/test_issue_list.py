"""问题清单: every problem is rectified and verified, or goes on elsewhere, or is accounted for."""

import pytest

from rules.messages import Finding
from tests.reviews import announced, finding, lettered
from tests.story import Story, compiled

STAGE = "issue_list"
BUREAU = "510100FIN"  # 财政局: the department that can solve it


def raised(on: str = "2026-04-14", **fields) -> Story:
    """One issue, entered by hand."""
    story = Story(names={BUREAU: "县财政局"})
    story.on(on).school.raises(finding=finding("A6.1.1", **fields))
    return story


def state(story: Story, number: str = "1") -> str:
    return story.data(STAGE).issues[number].state


def due(story: Story, name: str, number: str = "1") -> str | None:
    return story.due(f"{STAGE}/{name}/{number}")


# -- the normal way --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "deadline", "by"),
    [
        ("at_once", "at_once", "2026-04-17"),  # 即知即改: three working days
        ("dated", "dated", "2026-05-14"),  # 限期整改: thirty days
        ("long_term", "long_term", "2026-10-14"),  # 长期整改: six months
    ],
)
def test_an_issue_is_due_by_its_severity(severity: str, deadline: str, by: str):
    story = raised(severity=severity)
    armed = [key for key in story.state.deadlines if key.startswith(STAGE)]
    assert armed == [f"{STAGE}/{deadline}/1"]
    assert due(story, deadline) == by


def test_rectified_verified_closed():
    story = raised()
    story.on("2026-04-28").school.rectifies(item="1")
    assert state(story) == "reported" and due(story, "dated") is None
    assert due(story, "verify") == "2026-05-14"  # ten working days, across 劳动节
    story.on("2026-05-08").inspector.verifies(item="1")
    assert state(story) == "closed"
    assert not [key for key in story.state.deadlines if key.startswith(STAGE)]
    assert story.drafted()[-2:] == ["issue_demand", "rectification_report"]


def test_a_refused_rectification_is_done_again():
    story = raised()
    story.on("2026-04-28").school.rectifies(item="1")
    story.on("2026-05-08").inspector.rejects(item="1")
    assert state(story) == "refused" and due(story, "redo") == "2026-05-25"
    story.on("2026-05-20").school.rectifies(item="1")
    assert due(story, "redo") is None and due(story, "verify")
    story.on("2026-05-21").office.verifies(item="1")
    assert state(story) == "closed"


def test_the_letter_fixes_a_date_of_its_own_for_a_finding():
    story = lettered(finding(rectify_by="2026-12-04"), finding("A5.1.1"))
    assert due(story, "dated", "1") == "2026-12-04"
    assert story.why(f"{STAGE}/dated/1") == "以文书载明的日期为准，截止日为2026年12月4日（周五）"
    assert due(story, "dated", "2") == "2026-10-28"
    assert story.due(f"{STAGE}/plan") == "2026-10-16"
    story.on("2026-10-14").school.plans_rectification()
    assert story.due(f"{STAGE}/plan") is None
    assert story.drafted()[-1] == "rectification_plan"


def test_numbers_are_never_used_twice():
    story = raised()
    story.on("2026-04-15").inspector.raises(finding=finding())
    story.on("2026-04-16").office.raises(finding=finding())
    assert list(story.data(STAGE).issues) == ["1", "2", "3"]


# -- whoever can solve it --------------------------------------------------------------------------


def test_an_issue_of_a_department_is_owed_and_reported_by_the_department():
    story = raised(unit=BUREAU, outcome="consultation")
    assert story.state.deadlines[f"{STAGE}/dated/1"].who == f"unit:{BUREAU}"
    story.until("2026-05-14")
    assert story.heard("issue_list.reminder")[-1] == ("05-14", (f"unit:{BUREAU}",))
    day = story.refuses("2026-05-14")
    assert day.school.rectifies(item="1") == "第1号问题由县财政局整改，应由整改单位报告。"
    assert "由县财政局整改" in day.department.of("510100EDU").rectifies(item="1")
    story.on("2026-05-14").department.of(BUREAU).rectifies(item="1")
    assert state(story) == "reported"


def test_a_department_does_not_report_for_the_school():
    day = raised().refuses("2026-04-20")
    assert day.department.of(BUREAU).rectifies(item="1") == (
        "第1号问题由学校整改，应由整改单位报告。"
    )


# -- late ------------------------------------------------------------------------------------------


def test_a_late_issue_goes_up_the_ladder():
    story = raised().until("2026-06-05")
    assert story.heard("issue_list.overdue") == [("05-15", ("school",))]
    assert story.heard("issue_list.escalation") == [
        ("05-21", ("office", "school")),
        ("05-28", ("superior", "school")),
    ]
    assert story.state.status == "escalated"


def test_a_dated_issue_may_be_extended():
    story = raised()
    story.on("2026-05-11").office.extends(deadline=f"{STAGE}/dated/1", due_on="2026-06-15")
    assert due(story, "dated") == "2026-06-15"
    assert story.heard("issue_list.moved") == [("05-11", ("school",))]


# -- refused ---------------------------------------------------------------------------------------


def test_refusals():
    story = raised()
    day = story.refuses("2026-04-20")
    assert day.school.rectifies(item="9") == "问题清单里没有第9号问题。"
    assert day.inspector.verifies(item="1") == "第1号问题待整改，还不能核查。"
    assert "应由责任督学、督导室办理" in day.school.verifies(item="1")
    early = story.refuses("2026-04-13", typed="2026-04-28").school.rectifies(item="1")
    assert early == "第1号问题是2026年4月14日（周二）登记的，日期不能比它早。"
    story.on("2026-04-28").school.rectifies(item="1")
    day = story.refuses("2026-04-28")
    assert day.school.rectifies(item="1") == "第1号问题已报整改，待核查，不用再报整改。"
    assert day.inspector.rejects(item="1", form={}) == (
        "核查不通过须写明理由，责任单位才知道还差什么。"
    )
    story.on("2026-04-29").inspector.verifies(item="1")
    assert "已销号，不用再报整改" in story.refuses("2026-04-30").school.rectifies(item="1")


def test_a_day_that_cannot_be_meant_is_refused():
    story = Story()
    day = story.refuses("2026-04-14")
    assert "应晚于办理当日" in day.school.raises(finding=finding(rectify_by="2026-04-14"))


# -- where issues go on ----------------------------------------------------------------------------


def test_at_the_rounds_end_long_term_issues_are_carried_and_dated_ones_stay_owed():
    story = raised(severity="long_term")
    story.on("2026-12-10").inspector.raises(finding=finding("A5.1.1"))
    story.on("2026-12-11").school.submits()
    story.on("2026-12-11").office.accepts()
    story.on("2027-01-01").system.ends_round()
    assert (state(story, "1"), state(story, "2")) == ("carried", "raised")
    assert due(story, "long_term") is None and due(story, "dated", "2") == "2027-01-11"
    assert story.open == [STAGE]
    story.on("2027-01-05").school.rectifies(item="2")
    story.on("2027-01-06").inspector.verifies(item="2")
    assert story.state.status == "closed" and not story.state.deadlines


def test_carried_issues_begin_in_the_next_rounds_case():
    carried = Finding(basis="A6.1.1", severity="long_term", unit=BUREAU)
    story = Story(opened="2027-01-04", period_ends="2027-12-31", carried=(carried,))
    issue = story.data(STAGE).issues["1"]
    assert (issue.basis, issue.unit, issue.source) == ("A6.1.1", BUREAU, "carried")
    assert due(story, "long_term") == "2027-07-05"


def test_the_list_waits_for_a_review_that_may_still_bring_findings():
    """A letter issued after the round's end still finds the list open."""
    story = lettered_after_the_round()
    assert state(story) == "raised" and "follow_up_visit" in story.open
    assert due(story, "dated") == "2027-02-19"
    story.on("2027-01-21").school.rectifies(item="1")
    story.on("2027-01-22").inspector.verifies(item="1")
    assert STAGE in story.open  # the follow-up may find it undone


def lettered_after_the_round() -> Story:
    story = Story()
    story.on("2026-11-02").system.answers_plan(answer="selected", number=1, week="2026-12-21")
    story.on("2026-11-03").office.appoints()
    story.on("2026-11-03").office.schedules(starts="2026-12-29", ends="2026-12-30")
    story.on("2026-11-04").office.announces()
    story.on("2026-11-04").office.notifies()
    story.on("2026-12-29").team.starts()
    story.on("2026-12-30").team.ends()
    story.on("2027-01-01").system.ends_round()
    assert STAGE in story.open
    story.on("2027-01-05").team.scores()
    story.on("2027-01-06").office.opines()
    story.on("2027-01-07").school.waives()
    story.on("2027-01-20").office.issues(rectify_by="2027-03-01", findings=[finding()])
    return story


def test_a_long_term_issue_found_after_the_rounds_end_is_carried_at_once():
    story = lettered(finding())
    story.on("2026-12-11").school.submits()
    story.on("2026-12-11").office.accepts()
    story.on("2027-01-01").system.ends_round()
    story.on("2027-01-05").inspector.raises(finding=finding(severity="long_term"))
    assert state(story, "2") == "carried"


# -- a school merges into another in mid-year ------------------------------------------------------


def test_a_merger_takes_the_open_issues_along_and_ends_the_case():
    story = raised(unit=BUREAU)
    story.on("2026-04-20").inspector.raises(finding=finding("A5.1.1"))
    story.on("2026-04-21").school.rectifies(item="2")
    story.on("2026-04-22").inspector.verifies(item="2")
    story.on("2026-08-24").office.merges(successor="R2026/510101002")
    assert (state(story, "1"), state(story, "2")) == ("carried", "closed")
    assert story.state.status == "merged"
    assert story.open == [] and not story.state.deadlines
    assert [o.name for o in story.orders if o.kind == "work"] == ["move_issues"]
    assert story.refuses("2026-08-25").school.raises(finding=finding()) == (
        "本案已经结束，不能再办理；如需更正请联系督导室。"
    )

    successor = Story(opened="2026-01-05", subject="510101002")
    moved = {"basis": "A6.1.1", "unit": BUREAU}
    successor.on("2026-08-24").system.receives(source="R2026/510101001", findings=[moved])
    assert successor.data(STAGE).issues["1"].unit == BUREAU
    assert due(successor, "dated") == "2026-09-23"


def test_a_merger_before_any_stage_on_a_date_has_opened_leaves_no_clock_behind():
    story = Story()
    assert story.due("process_guidance/opens")
    story.on("2026-02-10").office.merges(successor="R2026/510101002")
    assert story.state.status == "merged" and not story.state.deadlines


def test_a_merger_with_a_review_under_way_ends_it():
    story = announced()
    story.on("2026-09-17").team.starts()
    story.on("2026-09-17").office.merges(successor="R2026/510101002")
    assert story.state.status == "merged" and not story.state.deadlines


def test_a_merger_is_refused_where_nobody_takes_over():
    story = raised()
    day = story.refuses("2026-08-24")
    assert day.office.merges(successor=story.state.subject) == (
        "学校不能并入自己，请核对并入学校。"
    )
    assert "应由督导室办理" in day.school.merges(successor="R2026/510101002")
    story.facts["successor_live"] = False
    assert "没有进行中的案卷" in story.refuses("2026-08-24").office.merges(successor="x")


def test_a_case_without_an_open_list_takes_no_issues():
    story = Story(compiled(ONLY_ACCOUNT))
    day = story.refuses("2026-02-10")
    assert "问题清单已经结束" in day.system.receives(source="R2025/x", findings=[finding()])


ONLY_ACCOUNT = """\
process: account
title: 年终报告
version: "1"
subjects: [primary]
period: year
remind: [on the day, every 2 working days after]
escalate: [{after: 5 working days, to: office}]
stages:
  - {id: account, kind: self_assessment, title: 报告, deadlines: {submit: on 10 December}}
"""
