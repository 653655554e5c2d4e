"""Deadlines of a case that belong to no one stage: first times, dates in papers, new calendars."""

from rules.days import Calendar, parse_terms, parse_year
from tests.people import PROCESSES
from tests.reviews import finding, selected
from tests.story import Story, compiled

LIST = """\
process: ledger
title: 台账
version: "1"
subjects: [primary]
period: year
remind: [on the day, every 2 working days after]
escalate: [{after: 5 working days, to: office}]
stages:
  - id: list
    kind: issue_list
    title: 清单
    deadlines:
      plan: PLAN
      at_once: 3 working days after issue.raised
      dated: 30 days after issue.raised
      long_term: 6 months after issue.raised
      verify: 5 working days after issue.reported
      redo: 10 days after issue.refused
"""


def ledger(plan: str) -> Story:
    return Story(compiled(LIST.replace("PLAN", plan)))


def test_a_clause_may_run_from_the_first_time_or_from_the_latest():
    for plan, expected in (
        ("10 working days after first issue.raised", "2026-04-28"),
        ("10 working days after issue.raised", "2026-05-08"),
    ):
        story = ledger(plan)
        story.on("2026-04-14").school.raises(at="list", finding=finding())
        story.on("2026-04-21").school.raises(at="list", finding=finding())
        assert story.due("list/plan") == expected, plan


def test_a_duty_every_month_runs_on_when_it_is_met():
    story = ledger("once a month")
    assert story.due("list/plan/2026-01-1") == "2026-01-30"
    story.on("2026-01-20").school.plans_rectification(at="list")
    assert story.due("list/plan/2026-02-1") == "2026-02-28"  # a Saturday worked for 春节
    story.until("2026-02-10")
    story.on("2026-01-25", typed="2026-02-10").school.plans_rectification(at="list")
    assert story.due("list/plan/2026-02-1") == "2026-02-28"  # January's twice is not February's


def known_2027() -> Calendar:
    invented = """\
year: 2027
source: 虚构，仅供测试
status: published
holidays:
  - {name: 元旦, from: 2027-01-01, to: 2027-01-03}
  - {name: 地方假, from: 2027-01-18, to: 2027-01-22}
workdays: []
"""
    years = [parse_year(path.read_text("utf-8")) for path in (PROCESSES / "holidays").iterdir()]
    terms = parse_terms((PROCESSES / "terms" / "example.yaml").read_text("utf-8"))
    return Calendar.of([*years, parse_year(invented)], terms)


def test_when_a_year_is_announced_provisional_dates_are_reckoned_anew_and_the_rest_stand():
    story = Story()
    for on in ("2026-03-10", "2026-06-02", "2026-09-15"):
        story.on(on).inspector.guides()
    story.on("2026-12-07").school.raises(finding=finding())
    story.on("2026-12-21").school.raises(finding=finding())
    share, issue = "process_guidance/visit/2026-autumn-2", "issue_list/dated/2"
    assert (story.due(share), story.due(issue)) == ("2027-01-20", "2027-01-20")
    assert story.state.deadlines[share].provisional
    story.calendar = known_2027()
    story.on("2026-12-22").office.renews_calendar()
    assert (story.due(share), story.due(issue)) == ("2027-01-15", "2027-01-25")
    assert not story.state.deadlines[share].provisional
    assert story.due("issue_list/dated/1") == "2027-01-06"
    told = {(o.about["deadline"], o.about["item"]) for _, o in story.told if "moved" in o.name}
    assert told == {("visit", "2026-autumn-2"), ("dated", "2")}


def test_a_correction_leaves_alone_what_was_fixed_or_extended_since():
    story = Story()
    story.on("2026-04-14").school.raises(finding=finding(rectify_by="2026-06-30"))
    story.on("2026-04-14").school.raises(finding=finding())
    story.on("2026-04-15").office.extends(deadline="issue_list/dated/2", due_on="2026-07-31")
    story.on("2026-04-16").office.corrects(
        stage="issue_list", event="issue.raised", happened_on="2026-04-13"
    )
    assert story.due("issue_list/dated/1") == "2026-06-30"
    assert story.due("issue_list/dated/2") == "2026-07-31"


def test_a_correction_tells_whoever_knew_the_old_day_the_rungs_that_were_climbed_too():
    story = Story()
    story.on("2026-02-10").school.submits()
    story.until("2026-03-12")  # nobody has looked at it: the superior has heard of that
    before = len(story.events)
    story.on("2026-03-12").office.corrects(
        stage="self_assessment", event="submitted", happened_on="2026-02-11"
    )
    assert story.heard("self_assessment.moved") == [("03-12", ("inspector", "superior", "office"))]
    assert story.types(before)[:2] == ["case.corrected", "deadline.armed"]


def test_a_correction_that_leaves_the_due_date_where_it_is_tells_nobody():
    """Thirty days from a Friday end on a Sunday, from the Saturday on the Monday after it."""
    story = Story()
    story.on("2026-04-17").school.raises(finding=finding())
    assert story.due("issue_list/dated/1") == "2026-05-18"
    story.on("2026-04-20").office.corrects(
        stage="issue_list", event="issue.raised", item="1", happened_on="2026-04-18"
    )
    assert story.due("issue_list/dated/1") == "2026-05-18"
    assert "自4月18日次日起算30日，至5月18日（周一）届满" in story.why("issue_list/dated/1")
    assert not [order.name for _, order in story.told if "moved" in order.name]


def test_no_calendar_reaches_a_date_that_is_a_slip_and_nobody_sees_an_exception():
    story = selected()
    why = story.refuses("2026-08-25").office.schedules(starts="2200-09-17", ends="2200-09-18")
    assert "离今天超过三年" in why


def test_a_case_that_was_never_opened_takes_nothing():
    story = Story()
    story.state = type(story.state)()
    assert story.refuses("2026-01-06").school.submits() == "还没有立案，请先立案。"
