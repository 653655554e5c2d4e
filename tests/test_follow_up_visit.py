"""回访督导: after the rectification date somebody looks whether it was done, issue by issue."""

from tests.reviews import finding, followed_up, lettered
from tests.story import Story

STAGE = "follow_up_visit"


def due(story: Story, name: str) -> str | None:
    return story.due(f"{STAGE}/{name}")


def issue(story: Story, number: str = "1") -> str:
    return story.data("issue_list").issues[number].state


def reported(*findings: dict) -> Story:
    """The letter is out and the school has reported all its issues rectified."""
    story = lettered(*findings)
    for number in story.data("issue_list").issues:
        story.on("2026-10-20").school.rectifies(item=number)
    return story


# -- the normal way --------------------------------------------------------------------------------


def test_it_is_owed_after_the_date_fixed_in_the_letter():
    story = lettered(finding(), rectify_by="2026-11-16")
    assert STAGE in story.open
    assert due(story, "visit") == "2026-12-14"  # twenty working days after 11-16, not the letter
    assert story.heard("follow_up_visit.opened") == [("09-28", ("inspector",))]


def test_all_done_finishes_it():
    story = reported(finding(), finding("A5.1.1"))
    story.on("2026-11-24").inspector.follows_up(verdicts={"1": "done", "2": "mostly"})
    assert (issue(story, "1"), issue(story, "2")) == ("closed", "closed")
    assert due(story, "visit") is None and due(story, "report") == "2026-12-01"
    assert story.drafted()[-1] == "issue_ledger"
    story.on("2026-11-26").inspector.reports_follow_up()
    assert STAGE not in story.open
    finished = next(e for e in story.events if e.type == "follow_up_visit.finished")
    assert finished.complete
    assert story.drafted()[-1] == "follow_up_report"


def test_new_problems_found_there_go_on_the_list():
    story = reported(finding())
    story.on("2026-11-24").inspector.follows_up(
        verdicts={"1": "done"}, findings=[finding("A5.1.1", severity="at_once")]
    )
    assert story.data("issue_list").issues["2"].source == STAGE


def test_a_letter_without_problems_needs_no_follow_up():
    story = lettered()
    assert STAGE not in story.open
    assert "follow_up_visit.finished" in story.types()
    assert not [key for key in story.state.deadlines if key.startswith(STAGE)]


def test_issues_closed_before_it_leave_the_visit_owed_without_verdicts():
    story = reported(finding())
    story.on("2026-10-21").inspector.verifies(item="1")
    followed_up(story, "2026-11-24", {})
    assert STAGE not in story.open


# -- what was not done -----------------------------------------------------------------------------


def test_what_was_not_done_is_reopened_and_looked_at_again():
    story = reported(finding(), finding("A5.1.1"))
    followed_up(story, "2026-11-24", {"1": "done", "2": "not"})
    assert (issue(story, "1"), issue(story, "2")) == ("closed", "reopened")
    assert story.due("issue_list/reopened/2") == "2026-12-09"
    assert story.due("issue_list/verify/2") is None
    assert due(story, "again") == "2026-12-24"
    assert story.heard("follow_up_visit.failed")[-1] == (
        "11-24",
        ("school", "office", "government"),
    )
    story.on("2026-12-08").school.rectifies(item="2")
    followed_up(story, "2026-12-15", {"2": "done"})
    assert issue(story, "2") == "closed" and STAGE not in story.open


def test_an_issue_never_reported_and_not_done_has_one_clock_not_two():
    story = lettered(finding())
    assert story.due("issue_list/dated/1") == "2026-10-28"
    followed_up(story, "2026-10-20", {"1": "not"})
    assert story.due("issue_list/dated/1") is None
    assert story.due("issue_list/reopened/1") == "2026-11-04"


def test_reopening_is_bounded_and_then_somebody_is_held_to_account():
    story = reported(finding())
    followed_up(story, "2026-11-24", {"1": "not"})
    followed_up(story, "2026-12-15", {"1": "not"})
    assert issue(story) == "reopened" and STAGE in story.open
    followed_up(story, "2027-01-05", {"1": "not"})
    assert issue(story) == "accountable" and STAGE not in story.open
    assert story.heard("issue_list.issue.accountable") == [
        ("01-05", ("school", "office", "government", "superior"))
    ]
    assert not [key for key in story.state.deadlines if key.endswith("/1")]


def test_a_closed_issue_found_undone_is_reopened_too():
    story = reported(finding())
    story.on("2026-10-21").inspector.verifies(item="1")
    followed_up(story, "2026-11-24", {"1": "not"})
    assert issue(story) == "reopened"


def test_nobody_comes_and_it_goes_to_the_top():
    story = lettered(finding(), rectify_by="2026-11-16")
    story.until("2027-01-10")
    escalated = [to for _, to in story.heard("follow_up_visit.escalation")]
    assert escalated == [("office", "inspector"), ("superior", "inspector")]


# -- refused ---------------------------------------------------------------------------------------


def test_every_open_issue_needs_its_verdict():
    story = reported(finding(), finding("A5.1.1"))
    day = story.refuses("2026-11-24")
    assert day.inspector.follows_up(verdicts={"1": "done"}) == "第2号问题还没有写回访结论。"
    assert day.inspector.follows_up(verdicts={}) == "第1、2号问题还没有写回访结论。"
    wrong = {"1": "done", "2": "done", "7": "done"}
    assert day.inspector.follows_up(verdicts=wrong) == "问题清单里没有第7号问题。"
    assert "应晚于办理当日" in day.inspector.follows_up(
        verdicts={"1": "done", "2": "done"}, findings=[finding(rectify_by="2026-11-01")]
    )


def test_steps_out_of_order_are_refused():
    story = reported(finding())
    day = story.refuses("2026-11-24")
    assert day.inspector.reports_follow_up() == "“回访督导”待回访，现在不能提交回访督导报告。"
    assert day.school.follows_up() == "“登记回访”应由责任督学、督导室办理，您的身份是学校。"
    story.on("2026-11-24").inspector.follows_up(verdicts={"1": "done"})
    again = story.refuses("2026-11-25").inspector.follows_up(verdicts={"1": "done"})
    assert again == "“回访督导”已回访，待报告，现在不能登记回访。"
    early = story.refuses("2026-11-23", typed="2026-11-25").inspector.reports_follow_up()
    assert early.startswith("发生日期2026年11月23日（周一）不对")
    assert Story().refuses("2026-02-10").inspector.follows_up() == (
        "“回访督导”环节还没有开始，不能登记回访。"
    )
