"""制定计划: the office fixes who is evaluated when, publishes it, hears comments, adopts it."""

from datetime import date

import pytest

from rules.selection import Candidate, choose_share
from tests.story import CALENDAR, Story

SCHOOLS = [f"S{n}" for n in range(1, 10)]
MONDAY = "2026-04-20"


def planned(*codes: str, week: str = MONDAY) -> list[dict]:
    return [{"subject": code, "week": week} for code in codes]


def year(visits: dict[str, int] | None = None, **more) -> Story:
    """The round of a county with nine schools; ``visits`` they had this year."""
    subjects = {code: {"visits": (visits or {}).get(code, 0)} for code in SCHOOLS}
    names = {code: f"第{code[1:]}小学" for code in SCHOOLS}
    return Story(
        of="round",
        subject="510101",
        subject_kind="office",
        subjects=subjects,
        names=names,
        **more,
    )


def published(story: Story) -> Story:
    story.on("2026-03-05").office.proposes(selected=planned("S1", "S2", "S3"))
    story.on("2026-03-06").office.publishes()
    return story


def adopted(story: Story) -> Story:
    published(story).on("2026-03-16").office.adopts()
    return story


def work(story: Story) -> list[str]:
    return [order.name for order in story.orders if order.kind == "work"]


# -- the normal way --------------------------------------------------------------------------------


def test_a_round_opens_its_cases_and_its_plan_opens_on_a_working_day():
    story = year()
    assert work(story) == ["open_cases"] and story.open == []
    story.until("2026-03-01")  # 1 March 2026 is a Sunday: nobody is asked for anything
    assert story.open == []
    story.until("2026-03-02")
    assert story.open == ["planning"]
    assert work(story)[-1] == "propose_plan"
    assert story.due("planning/propose") == "2026-03-09"


def test_a_round_opened_late_begins_its_plan_at_once():
    story = year(opened="2026-03-18").until("2026-03-18")
    assert story.open == ["planning"]
    assert story.why("planning/opens") == "自该事项发生之日起，即2026年3月18日（周三）"


def test_the_plan_is_proposed_published_commented_adopted():
    story = year()
    story.on("2026-03-05").system.proposes(selected=planned("S1", "S2", "S3"))
    assert story.due("planning/publish") == "2026-03-12"
    story.on("2026-03-05").office.proposes(selected=planned("S1", "S2", "S4"))  # as people see fit
    story.on("2026-03-06").office.publishes()
    assert work(story)[-1] == "answer_cases" and story.drafted() == ["annual_plan_notice"]
    assert story.due("planning/comments") == "2026-03-13"
    story.on("2026-03-10").public.comments()
    story.on("2026-03-11").school.comments()
    story.until("2026-03-14")  # the day after the last for comments
    assert story.types()[-2:] == ["planning.comments.closed", "deadline.armed"]
    assert story.due("planning/adopt") == "2026-03-20"
    story.on("2026-03-16").office.adopts()
    data = story.data("planning")
    assert (data.phase, data.comments, data.number) == ("adopted", 2, 1)
    assert story.due("planning/adopt") is None


def test_an_adopted_plan_can_be_amended_until_the_round_ends():
    story = adopted(year())
    story.on("2026-05-11").office.amends(remove=["S3"], add=planned("S4"))
    assert [p.subject for p in story.data("planning").selected] == ["S1", "S2", "S4"]
    assert story.data("planning").number == 2
    assert work(story)[-1] == "answer_cases"
    assert story.heard("planning.amended") == [("05-11", ("school", "inspector"))]
    story.until("2027-01-01")
    assert "planning" not in story.open


def test_a_plan_nobody_makes_goes_to_the_top():
    story = year().until("2026-04-10")
    assert story.state.status == "escalated"
    assert story.heard("planning.escalation") == [
        ("03-16", ("office",)),
        ("03-23", ("superior", "office")),
    ]


def test_a_plan_not_adopted_when_the_year_ends_is_still_owed():
    story = published(year()).until("2027-01-05")
    assert "planning" in story.open and story.due("planning/adopt")
    story.on("2027-01-06").office.adopts()
    assert "planning" not in story.open


# -- refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selected", "reason"),
    [
        # the least share of the jurisdiction: nine schools, a third is three
        (planned("S1", "S2"), "每年至少评估1/3的学校：本轮9个，至少3个，计划只有2个。"),
        (planned("S1", "S2", "S2"), "计划里有单位重复出现，每个单位只能列一次。"),
        (planned("S1", "S2", "S99"), "S99不在本轮范围内，不能列入计划。"),
        # burden cap: five inspections a year by all processes together
        (planned("S1", "S2", "S5"), "第5小学本年度入校检查已达5次上限，不能再列入计划。"),
        (
            planned("S1", "S2", "S3", week="2062-04-20"),
            "第1小学、第2小学、第3小学安排的周次离今天太远，请核对。",
        ),
    ],
)
def test_a_proposal_is_refused(selected: list[dict], reason: str):
    story = year(visits={"S5": 5})
    assert story.refuses("2026-03-05").office.proposes(selected=selected) == reason
    assert story.data("planning").phase == "awaited"


def test_steps_out_of_order_are_refused():
    story = year()
    day = story.refuses("2026-02-10")
    assert day.office.proposes(selected=planned("S1", "S2", "S3")) == (
        "“制定计划”环节还没有开始，不能提出评估计划。"
    )
    day = story.refuses("2026-03-05")
    assert day.office.publishes() == "“制定计划”待拟定，现在不能公示评估计划。"
    assert day.office.adopts() == "“制定计划”待拟定，现在不能确定评估计划。"
    published(story)
    day = story.refuses("2026-03-09")
    assert day.office.adopts() == "“制定计划”公示中，现在不能确定评估计划。"
    assert day.school.amends() == "“调整评估计划”应由督导室办理，您的身份是学校。"


def test_comments_end_with_their_period():
    story = published(year())
    story.on("2026-03-13").public.comments()
    assert story.refuses("2026-03-14").public.comments() == (
        "对计划提出意见的期限是2026年3月13日（周五），现已超过。"
    )


def test_comments_end_at_midnight_though_the_clock_has_not_looked_yet():
    story = published(year())
    assert story.refuses_before_the_clock("2026-03-14").public.comments() == (
        "对计划提出意见的期限是2026年3月13日（周五），现已超过。"
    )
    assert story.data("planning").comments == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"form": {}}, "调整已公示的计划须写明理由。"),
        ({"remove": ["S7"]}, "计划里没有第7小学，无法移出。"),
        ({"remove": ["S1"]}, "每年至少评估1/3的学校：本轮9个，至少3个，计划只有2个。"),
        ({"add": planned("S1")}, "计划里有单位重复出现，每个单位只能列一次。"),
        ({"add": planned("S5")}, "第5小学本年度入校检查已达5次上限，不能再列入计划。"),
    ],
)
def test_an_amendment_is_refused(fields: dict, reason: str):
    story = adopted(year(visits={"S5": 5}))
    assert story.refuses("2026-05-11").office.amends(**fields) == reason
    assert story.data("planning").number == 1


def test_who_is_in_the_plan_stays_though_visited_often_and_who_left_the_round_can_be_dropped():
    story = adopted(year())
    story.facts["subjects"]["S1"]["visits"] = 5
    del story.facts["subjects"]["S2"]  # merged into another school
    story.on("2026-05-11").office.amends(remove=["S2"], add=planned("S4"))
    assert [p.subject for p in story.data("planning").selected] == ["S1", "S3", "S4"]


# -- the answers in a school's own case ------------------------------------------------------------


def answered(story: Story, on: str, answer: str, number: int, week: str = MONDAY) -> list[str]:
    before = len(story.until(on).events)
    story.on(on).system.answers_plan(
        answer=answer, number=number, week=week if answer == "selected" else None
    )
    return [t for t in story.types(before) if not t.startswith("deadline.")]


def test_selected_opens_the_review_and_deferred_closes_it():
    story = Story()
    assert answered(story, "2026-03-06", "selected", 1) == ["planning.selected", "stage.opened"]
    assert story.due("on_site_review/team") == "2026-03-27"
    assert story.heard("planning.selected") == [("03-06", ("school", "inspector"))]
    assert answered(story, "2026-04-01", "deferred", 2) == ["planning.deferred", "stage.closed"]
    assert not [key for key in story.state.deadlines if key.startswith("on_site_review")]
    assert story.state.plan.answer == "deferred"


def test_deferred_then_selected_then_deferred_again():
    story = Story()
    assert answered(story, "2026-03-06", "deferred", 1) == ["planning.deferred"]
    assert "on_site_review" not in story.state.stages
    assert answered(story, "2026-04-01", "selected", 2)[-1] == "stage.opened"
    story.on("2026-04-02").office.appoints()
    assert answered(story, "2026-04-08", "deferred", 3)[-1] == "stage.closed"
    assert answered(story, "2026-04-20", "selected", 4)[-1] == "stage.opened"
    assert story.data("on_site_review").team == ()  # it begins anew
    assert story.due("on_site_review/team")


def test_an_answer_told_again_or_late_changes_nothing():
    story = Story()
    answered(story, "2026-03-06", "selected", 1)
    assert answered(story, "2026-03-06", "selected", 1) == []
    assert answered(story, "2026-03-09", "selected", 2) == []  # amended, not for this school
    answered(story, "2026-04-01", "deferred", 3)
    assert answered(story, "2026-04-02", "selected", 2) == []  # an older one that came late
    assert story.state.plan.answer == "deferred"


def test_another_week_moves_the_plan_but_does_not_begin_a_second_review():
    story = Story()
    answered(story, "2026-03-06", "selected", 1)
    story.on("2026-03-10").office.appoints()
    assert answered(story, "2026-03-20", "selected", 2, "2026-05-11") == ["planning.shifted"]
    assert story.state.plan.week == date(2026, 5, 11)
    assert len(story.data("on_site_review").team) == 3


def test_a_visit_that_took_place_gets_its_letter_whatever_the_plan_says():
    story = Story()
    answered(story, "2026-03-06", "selected", 1)
    story.on("2026-03-10").office.appoints()
    story.on("2026-03-10").office.schedules(starts=MONDAY, ends="2026-04-21")
    story.on("2026-03-30").office.announces()
    story.on("2026-03-30").office.notifies()
    story.on(MONDAY).team.starts()
    answered(story, MONDAY, "deferred", 2)
    assert "on_site_review" in story.open
    story.on("2026-04-21").team.ends()
    assert story.due("on_site_review/opinion_letter") == "2026-05-14"


def test_the_answer_is_the_systems_and_says_when():
    story = Story()
    day = story.refuses("2026-03-06")
    assert "应由系统办理" in day.office.answers_plan(answer="deferred", number=1)
    assert day.system.answers_plan(answer="selected", number=1) == (
        "选入计划的单位须写明安排在哪一周。"
    )
    assert day.system.answers_plan(stage="issue_list", answer="deferred", number=1) == (
        "这个流程没有这个计划环节，请核对。"
    )


# -- the proposal: a simple fair rule --------------------------------------------------------------

FIRST, LAST = date(2026, 3, 2), date(2026, 12, 31)


def proposal(candidates: list[Candidate], share: str = "1/3", cycle: int = 0) -> list:
    return choose_share(candidates, share, 5, FIRST, LAST, CALENDAR, cycle)


def test_longest_unvisited_first_and_at_least_a_third():
    last = {"S1": date(2023, 5, 4), "S2": date(2022, 5, 4), "S3": None, "S4": date(2024, 1, 8)}
    chosen = proposal([Candidate(code, day) for code, day in last.items()])
    assert [c.subject for c in chosen] == ["S3", "S2"]  # a third of four, rounded up
    assert chosen[0].why == "从未评估" and "2022年" in chosen[1].why


def test_everybody_whose_cycle_runs_out_is_chosen_though_it_is_more_than_the_share():
    candidates = [Candidate(f"S{n}", date(2023, 5, n)) for n in range(1, 7)]
    assert len(proposal(candidates, cycle=3)) == 6
    assert len(proposal(candidates, cycle=4)) == 2


def test_nobody_over_the_cap_no_recused_inspector_and_weeks_in_which_schools_teach():
    heavy = Candidate("S1", visits=5)
    light = Candidate("S2", recused=("inspector_2",), inspectors=("inspector_1", "inspector_2"))
    chosen = proposal([heavy, light, *(Candidate(f"T{n}") for n in range(4))], share="1")
    assert "S1" not in [c.subject for c in chosen]
    assert next(c for c in chosen if c.subject == "S2").inspectors == ("inspector_1",)
    for choice in chosen:
        assert choice.week.weekday() == 0 and date(2026, 4, 13) <= choice.week
        assert not date(2026, 7, 11) < choice.week < date(2026, 8, 31)
