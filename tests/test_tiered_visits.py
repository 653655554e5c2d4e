"""分层视导: ten schools in four tiers, a round a week, and not one line of code of its own.

Tier one monthly, tier two one school a week, tier three two schools a month, tier four one a
month; after every visit a bulletin goes to the whole township.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from rules.selection import Candidate, choose_by_tier, teaching_weeks
from tests.reviews import finding
from tests.story import CALENDAR, Story, process

TIERS = {
    "一层": ("马小",),
    "二层": ("八一", "民新", "新平"),
    "三层": ("洋合", "平海", "沿河", "平坝"),
    "四层": ("茶堰", "阳半"),
}
TIER_OF = {school: tier for tier, schools in TIERS.items() for school in schools}
SPRING = (date(2026, 3, 2), date(2026, 7, 10))
WEEK = timedelta(6)


@cache
def semester() -> dict[date, list[str]]:
    """Who is visited in each week, every week's plan knowing only the weeks before it."""
    quotas = process("tiered_visits").definition.stage("turn").cover.quotas()
    picks: dict[str, list[date]] = {school: [] for school in TIER_OF}
    for monday in teaching_weeks(*SPRING, CALENDAR):
        candidates = [
            Candidate(
                school,
                last=weeks[-1] if weeks else None,
                visits=len(weeks),
                tier=TIER_OF[school],
                picks=tuple(weeks),
            )
            for school, weeks in picks.items()
        ]
        for choice in choose_by_tier(candidates, quotas, 60, monday, monday + WEEK, CALENDAR):
            assert choice.week == monday
            picks[choice.subject].append(monday)
    weeks: dict[date, list[str]] = {m: [] for m in teaching_weeks(*SPRING, CALENDAR)}
    for school, mondays in picks.items():
        for monday in mondays:
            weeks[monday].append(school)
    return weeks


def counted(tier: str) -> Counter[str]:
    """Visits to a tier by month, a week belonging to the month of its Monday."""
    return Counter(
        f"{monday:%m}"
        for monday, schools in semester().items()
        for school in schools
        if TIER_OF[school] == tier
    )


# -- whose turn it is ------------------------------------------------------------------------------


@pytest.mark.parametrize(("tier", "a_month"), [("一层", 1), ("三层", 2), ("四层", 1)])
def test_each_tier_has_its_visits_every_month(tier: str, a_month: int):
    assert counted(tier) == dict.fromkeys(("03", "04", "05", "06", "07"), a_month)


def test_tier_two_has_one_school_in_every_teaching_week():
    assert len(semester()) == 19
    for monday, schools in semester().items():
        assert sum(TIER_OF[school] == "二层" for school in schools) == 1, monday


def test_within_a_tier_everybody_has_a_turn_before_anybody_has_a_second():
    for schools in TIERS.values():
        turns = [s for chosen in semester().values() for s in chosen if s in schools]
        for start in range(0, len(turns) - len(schools) + 1, len(schools)):
            assert set(turns[start : start + len(schools)]) == set(schools)


def test_a_months_visits_are_spread_over_its_weeks():
    """Tier three is not visited twice in one week while the month has several."""
    for monday, schools in semester().items():
        if monday.month != 7:  # one teaching week only
            assert sum(TIER_OF[school] == "三层" for school in schools) <= 1


def test_nobody_is_visited_in_the_holidays():
    for monday in semester():
        days = [monday + timedelta(n) for n in range(5)]
        assert sum(CALENDAR.is_teaching_day(day) for day in days) >= 2


# -- one week of it --------------------------------------------------------------------------------


def weekly(monday: date, of: str, subject: str) -> Story:
    subjects = {school: {"visits": 0} for school in TIER_OF}
    return Story(
        process("tiered_visits"),
        opened=monday.isoformat(),
        period_ends=(monday + WEEK).isoformat(),
        of=of,
        subject=subject,
        subjects=subjects,
    )


def on(monday: date, days: int) -> date:
    return monday + timedelta(days)


def test_every_week_of_the_semester_is_played_to_its_end():
    bulletins: Counter[str] = Counter()
    for monday, chosen in semester().items():
        for story in played(monday, chosen):
            assert story.state.status == "closed", (monday, story.state.subject)
            bulletins[story.state.subject] += story.drafted().count("visit_bulletin")
    assert [sum(bulletins[s] for s in schools) for schools in TIERS.values()] == [5, 19, 10, 5]


def played(monday: date, chosen: list[str]) -> Iterator[Story]:
    """A week in which everybody does what is due: the round first, then its ten cases."""
    first = CALENDAR.working_day_from(monday)
    plan = weekly(monday, "round", "510901")
    plan.on(first).system.proposes(
        at="turn", selected=[{"subject": school, "week": monday} for school in chosen]
    )
    plan.on(first).office.publishes(at="turn")
    plan.until(CALENDAR.add_working_days(first, 1) + timedelta(1))
    plan.on(plan.today).office.adopts(at="turn")
    yield plan.until(on(monday, 7))
    for school in TIER_OF:
        case = weekly(monday, "case", school)
        answer, week = ("selected", monday) if school in chosen else ("deferred", None)
        case.on(first).system.answers_plan(stage="turn", answer=answer, week=week, number=1)
        if school in chosen:
            visited = CALENDAR.add_working_days(first, 1)
            case.on(visited).inspector.guides(at="visit")
            case.on(visited).inspector.reports_guidance(at="visit", item="1")
        case.on(on(monday, 7)).system.ends_round()
        yield case


def test_after_a_visit_the_whole_township_hears_and_problems_are_followed():
    story = weekly(date(2026, 3, 9), "case", "新平")
    assert story.open == ["issues"]
    story.on("2026-03-09").system.answers_plan(
        stage="turn", answer="selected", number=1, week="2026-03-09"
    )
    assert story.due("visit/visit") == "2026-03-16"
    story.on("2026-03-11").inspector.guides(at="visit", findings=[finding(severity="at_once")])
    assert story.due("visit/report/1") == "2026-03-13"
    assert story.due("issues/at_once/1") == "2026-03-16"
    story.on("2026-03-12").inspector.reports_guidance(at="visit", item="1")
    assert story.heard("process_guidance.reported") == [
        ("03-12", ("school", "township", "schools"))
    ]
    assert story.drafted() == ["issue_demand", "visit_bulletin"]
    story.on("2026-03-16").system.ends_round()
    assert story.open == ["issues"]  # the problem is still owed when the week is over
    story.on("2026-03-16").school.rectifies(at="issues", item="1")
    story.on("2026-03-17").inspector.verifies(at="issues", item="1")
    assert story.state.status == "closed"


def test_a_visit_not_made_goes_up_the_ladder_beyond_its_week():
    story = weekly(date(2026, 3, 9), "case", "新平")
    story.on("2026-03-09").system.answers_plan(
        stage="turn", answer="selected", number=1, week="2026-03-09"
    )
    story.on("2026-03-16").system.ends_round()
    story.until("2026-03-25")
    assert [to for _, to in story.heard("process_guidance.escalation")] == [
        ("office", "inspector"),
        ("superior", "inspector"),
    ]
    assert story.state.status == "escalated"
    assert story.open == ["issues", "visit"]  # the list waits for what the visit may find


def test_no_room_knows_which_process_it_carries():
    rooms = Path(__file__).parent.parent
    for room in ("rules", "models", "engine", "documents", "notifications", "tasks", "flows"):
        for path in (rooms / room).rglob("*.py"):
            text = path.read_text("utf-8")
            for name in ("tiered-visits", "tiered_visits", "shaanxi-316", "shaanxi_316"):
                assert name not in text, path
