"""实地督导: a team is named, announced, visits, hears the defence, issues its letter in time."""

import pytest

from rules.days import Calendar, parse_terms, parse_year
from tests.people import PROCESSES, answers
from tests.reviews import announced, finding, heard, lettered, selected, visited
from tests.story import Story

STAGE = "on_site_review"


def due(story: Story, name: str) -> str | None:
    return story.due(f"{STAGE}/{name}")


# -- the normal way --------------------------------------------------------------------------------


def test_from_the_plans_answer_to_the_opinion_letter():
    story = selected("2026-08-24")
    assert due(story, "team") == "2026-09-14" and due(story, "schedule") == "2026-09-20"
    story.on("2026-08-25").office.appoints()
    story.on("2026-08-25").office.schedules(starts="2026-09-17", ends="2026-09-18")
    assert due(story, "notice") == "2026-09-02" and due(story, "announcement") == "2026-09-07"
    assert due(story, "record") == "2026-09-22"
    story.on("2026-09-01").office.notifies()
    story.on("2026-09-02").office.announces()
    assert story.heard(f"{STAGE}.visit.announced") == [("09-02", ("school", "public"))]
    story.on("2026-09-17").team.starts()
    story.on("2026-09-18").team.ends()
    assert due(story, "preliminary_opinion") == "2026-09-30"
    story.on("2026-09-20").team.scores(form={"answers": answers(lost="A1.1.3")})
    story.on("2026-09-22").office.opines()
    story.on("2026-09-23").school.waives()
    story.on("2026-09-28").office.issues(findings=[finding()], rectify_by="2026-10-28")
    data = story.data(STAGE)
    assert (data.phase, data.total, data.grade) == ("lettered", "990.0", "A")
    assert story.drafted() == [
        "self_assessment_handbook",
        *("visit_notice", "visit_announcement", "preliminary_opinion"),
        *("opinion_letter", "issue_demand"),
    ]
    assert due(story, "opinion_letter") is None


# Golden dates: the visit ends, the letter is due fifteen working days later (2026).
@pytest.mark.parametrize(
    ("starts", "ended", "letter"),
    [
        ("2026-03-12", "2026-03-13", "2026-04-03"),
        ("2026-04-23", "2026-04-24", "2026-05-19"),
        ("2026-06-11", "2026-06-12", "2026-07-06"),
        ("2026-09-17", "2026-09-18", "2026-10-15"),
    ],
)
def test_the_letter_is_due_fifteen_working_days_after_the_visit(starts, ended, letter):
    story = Story(opened="2026-01-05")
    story.on("2026-01-06").system.answers_plan(answer="selected", number=1, week=starts)
    story.on("2026-01-12").office.appoints()
    story.on("2026-01-12").office.schedules(starts=starts, ends=ended)
    story.on("2026-01-13").office.notifies()
    story.on("2026-01-13").office.announces()
    story.on(starts).team.starts()
    story.on(ended).team.ends()
    assert due(story, "opinion_letter") == letter


def test_a_letter_that_reaches_into_next_year_is_provisional_and_reckoned_anew_when_it_is_known():
    story = announced("2026-12-17", "2026-12-18")
    story.on("2026-12-17").team.starts()
    story.on("2026-12-18").team.ends()
    assert due(story, "opinion_letter") == "2027-01-11"
    assert story.state.deadlines[f"{STAGE}/opinion_letter"].provisional
    assert story.why(f"{STAGE}/opinion_letter").endswith("（暂按法定节假日推算）")
    story.calendar = calendar_with_2027()
    story.on("2026-12-21").system.renews_calendar()
    assert due(story, "opinion_letter") == "2027-01-12"
    assert not story.state.deadlines[f"{STAGE}/opinion_letter"].provisional
    assert story.heard(f"{STAGE}.moved") == [("12-21", ("office",))]
    assert story.on("2026-12-21").system.renews_calendar() == []


def calendar_with_2027():
    invented = """\
year: 2027
source: 虚构，仅供测试
status: published
holidays:
  - {name: 元旦, from: 2027-01-01, to: 2027-01-04}
workdays: []
"""
    years = [parse_year(path.read_text("utf-8")) for path in (PROCESSES / "holidays").iterdir()]
    terms = parse_terms((PROCESSES / "terms" / "example.yaml").read_text("utf-8"))
    return Calendar.of([*years, parse_year(invented)], terms)


# -- opinion and defence ---------------------------------------------------------------------------


def test_no_opinion_without_scores_and_no_letter_without_the_defence():
    story = announced()
    story.on("2026-09-17").team.starts()
    story.on("2026-09-18").team.ends()
    assert story.refuses("2026-09-21").office.opines() == "还没有录入督评得分，不能反馈初步意见。"
    why = story.refuses("2026-09-21").office.issues(rectify_by="2026-10-28")
    assert why == "“实地督导”已离校，待反馈初步意见，现在不能印发督评意见书。"
    story.on("2026-09-21").team.scores()
    story.on("2026-09-22").office.opines()
    why = story.refuses("2026-09-23").office.issues(rectify_by="2026-10-28")
    assert why == "“实地督导”已反馈，等待学校申辩，现在不能印发督评意见书。"


def test_points_taken_need_a_reason():
    story = announced()
    story.on("2026-09-17").team.starts()
    silent = answers()
    silent["A1.1.3"] = {"points": "2"}
    why = story.refuses("2026-09-17").team.scores(form={"answers": silent})
    assert why == "A1.1.3 党建带团建队建：扣了 8 分，请填写扣分说明"


def test_a_defence_upheld_changes_the_score():
    story = announced()
    story.on("2026-09-17").team.starts()
    story.on("2026-09-18").team.ends()
    story.on("2026-09-20").team.scores(form={"answers": answers(lost="A1.1.3")})
    story.on("2026-09-22").office.opines()
    assert due(story, "defence") == "2026-09-30"  # across 中秋节
    story.on("2026-09-29").school.defends(indicators=["A1.1.3"])
    assert due(story, "consider") == "2026-09-30" and due(story, "defence") is None
    story.on("2026-09-30").office.considers(
        upheld=True, form={"reason": "材料属实", "answers": answers()}
    )
    assert story.data(STAGE).scored.total == "1000.0"
    story.on("2026-10-08").office.issues(rectify_by="2026-11-09")
    assert story.data(STAGE).total == "1000.0"


def test_a_defence_not_stated_lapses_and_the_letter_may_go():
    story = heard()
    assert due(story, "defence") == "2026-09-30"
    story.until("2026-10-01")
    school = [on for on, to in story.heard(f"{STAGE}.reminder", "2026-09-22") if "school" in to]
    assert school == ["09-28", "09-30"]
    assert story.data(STAGE).phase == "ready" and story.data(STAGE).defence == "lapsed"
    story.on("2026-10-08").office.issues(rectify_by="2026-11-09")


def test_a_defence_on_paper_in_time_counts_though_typed_in_after_its_window():
    story = heard()
    story.on("2026-09-30", typed="2026-10-08").school.defends()
    assert story.data(STAGE).phase == "defended"
    assert due(story, "consider") == "2026-10-08"


def test_a_defence_after_its_window_is_refused():
    story = heard()
    assert story.refuses("2026-10-08").school.defends() == (
        "提出申辩的期限是2026年9月30日（周三），现已超过。"
    )
    for verb, title in (("defends", "提出申辩"), ("waives", "确认无异议")):
        school = heard().refuses_before_the_clock("2026-10-01").school
        assert getattr(school, verb)() == f"{title}的期限是2026年9月30日（周三），现已超过。"
    waived = heard()
    waived.on("2026-09-23").school.waives()
    assert waived.refuses("2026-09-24").school.defends() == (
        "学校已确认无异议或申辩已答复，不能再提出申辩。"
    )
    assert waived.refuses("2026-09-24").school.defends(form={}) != ""


def test_an_opinion_not_given_by_the_eighth_working_day_is_told_upward_on_the_ninth():
    """The ninth is the last on which the defence's five days still fit before the letter."""
    story = visited().until("2026-10-22")  # ended on 09-18; a week of holidays lies between
    assert due(story, "preliminary_opinion") == "2026-09-30"
    told = [(on, to) for on, to in story.heard(f"{STAGE}.escalation") if to[-1] == "office"]
    assert told == [
        ("10-08", ("government", "office")),
        ("10-13", ("superior", "office")),
        ("10-16", ("government", "office")),  # the letter, owed by 10-15
        ("10-22", ("superior", "office")),
    ]


def test_a_late_opinion_leaves_the_defence_its_days_and_the_letter_says_why_it_is_late():
    story = visited()
    story.on("2026-10-12").office.opines()  # owed by 09-30
    assert due(story, "defence") == "2026-10-19"
    story.on("2026-10-16").school.waives()
    late = story.refuses("2026-10-19").office.issues(rectify_by="2026-11-20")
    assert late == "督评意见书应于2026年10月15日（周四）前印发，现已逾期，须写明逾期原因。"
    story.on("2026-10-19").office.issues(
        rectify_by="2026-11-20", form={"late_reason": "初步意见反馈延误"}
    )
    met = [e for e in story.events if e.type == "deadline.met" and e.deadline == "opinion_letter"]
    assert met[0].late


def test_a_veto_is_confirmed_by_a_person_on_evidence_and_caps_the_grade():
    story = visited()
    day = story.refuses("2026-09-21")
    assert day.office.vetoes(item="V9") == "标准里没有编号为V9的一票否决事项。"
    assert day.office.vetoes(item="V5", form={}) == "确认一票否决须写明证据。"
    assert "应由督导室办理" in day.team.vetoes(item="V5")
    assert story.data(STAGE).scored.grade == "A"
    story.on("2026-09-21").office.vetoes(item="V5")  # at most C
    assert story.data(STAGE).scored.grade == "C"
    assert story.refuses("2026-09-21").office.vetoes(item="V5") == "这一事项已经确认过了。"
    story.on("2026-09-22").team.scores()  # entered again, the veto holds
    assert story.data(STAGE).scored.grade == "C"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"rectify_by": "2026-09-28"}, "整改期限是2026年9月28日（周一），应晚于办理当日，请核对。"),
        ({"rectify_by": "2036-09-28"}, "离今天超过三年"),
        (
            {"rectify_by": "2026-10-28", "findings": [finding(rectify_by="2026-09-01")]},
            "应晚于办理当日",
        ),
    ],
)
def test_a_letter_is_refused(fields: dict, reason: str):
    story = heard()
    story.on("2026-09-23").school.waives()
    assert reason in story.refuses("2026-09-28").office.issues(**fields)


# -- after the letter ------------------------------------------------------------------------------


def test_without_a_request_the_review_closes_a_day_of_grace_after_its_window():
    story = lettered()
    assert due(story, "review_request") == "2026-10-13"
    story.until("2026-10-14")
    assert STAGE in story.open  # a request on paper may still be typed in
    story.until("2026-10-15")
    assert STAGE not in story.open


def test_a_request_handed_in_on_the_last_day_is_typed_in_on_the_next():
    story = lettered()
    assert story.refuses("2026-10-14").school.asks_review() == (
        "申请复查的期限是2026年10月13日（周二），现已超过。"
    )
    story.on("2026-10-13", typed="2026-10-14").school.asks_review()
    assert due(story, "review_answer") == "2026-11-12"


def test_review_and_second_review():
    story = lettered()
    assert story.refuses("2026-10-09").school.asks_second_review().startswith("现在不能申请复核")
    assert story.refuses("2026-10-09").office.answers_review() == "没有待答复的申请。"
    assert story.refuses("2026-10-09").school.asks_review(form={}) == "申请须写明理由。"
    story.on("2026-10-09").school.asks_review()
    assert STAGE in story.open
    story.on("2026-11-02").office.answers_review(upheld=False)
    assert due(story, "second_review_request") == "2026-11-17"
    story.on("2026-11-12").school.asks_second_review()
    assert due(story, "second_review_decision") == "2026-12-02"
    story.on("2026-11-30").superior.decides_second_review()
    assert STAGE not in story.open


def test_who_may_do_what():
    story = selected()
    day = story.refuses("2026-08-25")
    assert day.school.appoints() == "“组建督导组”应由督导室办理，您的身份是学校。"
    assert day.office.announces() == "还没有确定入校日期，请先安排日期。"
    assert day.office.starts() == "还没有确定入校日期，不能开始。"
    assert day.team.starts() == "您现在不在这所学校的督导组里，不能开始实地督导。"
    assert day.team.ends() == "“实地督导”筹备中，现在不能结束实地督导。"
    story.on("2026-08-25").office.schedules(starts="2026-09-17", ends="2026-09-18")
    story.on("2026-08-26").office.announces()
    assert story.refuses("2026-08-26").office.announces() == "已经办理过了，不用重复办理。"


def test_a_stage_closed_by_the_plan_takes_its_clocks_along():
    story = announced()
    story.on("2026-09-02").system.answers_plan(answer="deferred", number=2)
    assert not [key for key in story.state.deadlines if key.startswith(STAGE)]
    before = len(story.told)
    story.until("2026-12-31")
    assert not [o for _, o in story.told[before:] if o.flow == STAGE]
