"""自查自评: a school gives its account by a day, the office takes it or sends it back."""

import pytest

from tests.people import answers
from tests.story import SPOKEN, Story, compiled, process

STAGE = "self_assessment"


def reminded(story: Story, since: str) -> list[str]:
    return [on for on, _ in story.heard("self_assessment.reminder", since)]


# -- the normal way --------------------------------------------------------------------------------


def test_the_account_is_asked_for_scored_and_taken():
    story = Story(opened="2026-01-05")
    assert story.due(f"{STAGE}/submit") == "2026-02-14"  # a Saturday, worked for 春节
    assert "计入调休上班日2月14日" in story.why(f"{STAGE}/submit")
    assert story.drafted() == ["self_assessment_handbook"]

    story.on("2026-02-10").school.submits()
    assert story.data(STAGE).total == "1000.0" and story.data(STAGE).grade == "A"
    assert story.due(f"{STAGE}/submit") is None
    assert story.due(f"{STAGE}/review") == "2026-02-24"  # five working days across 春节
    assert story.drafted()[-1] == "self_assessment_report"
    assert story.heard("self_assessment.submitted") == [("02-10", ("inspector", "office"))]

    story.on("2026-02-12").office.accepts()
    assert STAGE not in story.open
    assert not [key for key in story.state.deadlines if key.startswith(STAGE)]


def test_what_points_were_lost_is_in_the_total():
    story = Story()
    story.on("2026-02-10").school.submits(form={"answers": answers(lost="A1.1.3")})
    assert story.data(STAGE).total == "990.0"


def test_reminders_come_before_on_and_after_the_day_and_then_the_ladder():
    story = Story(opened="2026-01-05").until("2026-03-13")
    # 10 and 3 working days before 02-14, on the day, then every second working day after
    assert reminded(story, "2026-01-05") == [
        *("02-02", "02-11", "02-14"),
        *("02-25", "02-27", "03-02", "03-04", "03-10", "03-12"),  # 03-06: the ladder spoke
    ]
    assert story.heard("self_assessment.overdue") == [("02-15", ("school",))]
    # five working days late the office hears, ten days late the superior: the top
    assert story.heard("self_assessment.escalation") == [
        ("02-28", ("office", "school")),
        ("03-06", ("superior", "school")),
    ]
    assert story.state.status == "escalated"


def test_whoever_comes_late_at_last_ends_the_nagging():
    story = Story(opened="2026-01-05").until("2026-03-13")
    story.on("2026-03-13").school.submits()
    met = story.events[-2]
    assert met.type == "deadline.met" and met.late
    assert story.state.status == "open"


def test_an_excused_school_owes_nothing():
    story = Story()
    story.on("2026-01-20").office.excuses()
    assert STAGE not in story.open
    assert "deadline.cancelled" in story.types()


# -- returned --------------------------------------------------------------------------------------


def test_a_return_arms_reminders_of_its_own():
    """Law 4: also after a return, and never on a day that has passed."""
    story = Story()
    story.on("2026-02-10").school.submits()
    story.on("2026-02-11").office.returns(indicators=["A1.1.1"])
    assert story.due(f"{STAGE}/resubmit") == "2026-02-25"
    assert story.due(f"{STAGE}/review") is None
    story.until("2026-03-04")
    assert reminded(story, "2026-02-11") == ["02-24", "02-25", "02-27", "03-02", "03-04"]

    story.on("2026-03-04").school.submits()
    story.on("2026-03-05").inspector.accepts()
    assert reminded(story.until("2026-12-31"), "2026-03-05") == []


def test_nothing_speaks_for_a_stage_that_was_left():
    story = Story()
    story.on("2026-02-10").school.submits()
    story.on("2026-02-11").office.accepts()
    said = {f"self_assessment.{word}" for word in SPOKEN}
    before = len(story.told)
    story.until("2026-12-31")
    assert not [order for _, order in story.told[before:] if order.name in said]


def test_an_account_comes_back_twice_at_most():
    story = Story()
    story.on("2026-02-10").school.submits()
    for month_day in ("02-11", "02-12"):
        story.on(f"2026-{month_day}").office.returns()
        story.on(f"2026-{month_day}").school.submits()
    assert story.refuses("2026-02-13").office.returns() == (
        "这份自评报告已退回2次，达到上限，请直接审核通过或当面指导。"
    )
    story.on("2026-02-13").office.accepts()


# -- two times: when it happened, and when it was typed in -----------------------------------------


def test_paper_handed_in_on_the_last_day_and_typed_in_later_is_not_late():
    story = Story()
    story.on("2026-02-14", typed="2026-02-24").school.submits()
    met = next(event for event in story.events if event.type == "deadline.met")
    assert not met.late
    assert story.due(f"{STAGE}/review") == "2026-02-28"  # runs from when it was handed in


def test_a_wrong_day_corrected_moves_what_still_runs_from_it():
    story = Story()
    story.on("2026-02-10").school.submits()
    story.on("2026-02-12").office.corrects(stage=STAGE, event="submitted", happened_on="2026-02-11")
    assert story.due(f"{STAGE}/review") == "2026-02-25"
    # the inspector was told of the account, and by when the office would look at it
    assert story.heard("self_assessment.submitted") == [("02-10", ("inspector", "office"))]
    assert story.heard("self_assessment.moved") == [("02-12", ("inspector", "office"))]
    assert story.state.dates[f"{STAGE}.submitted"].isoformat() == "2026-02-11"


def test_a_deadline_is_extended_with_reason_and_approver():
    story = Story()
    key = f"{STAGE}/submit"
    story.until("2026-02-24")
    assert story.state.deadlines[key].missed
    story.on("2026-02-24").office.extends(deadline=key, due_on="2026-03-06")
    assert story.due(key) == "2026-03-06" and not story.state.deadlines[key].missed
    assert story.why(key) == "期限由经办人指定，截止日为2026年3月6日（周五）"
    story.until("2026-03-06")
    assert reminded(story, "2026-02-24") == ["03-03", "03-06"]


# -- refused ---------------------------------------------------------------------------------------


def test_what_is_refused_before_the_account_is_in():
    story = Story()
    day = story.refuses("2026-01-12")
    assert day.office.accepts() == "“自查自评”待提交，现在不能通过自评审核。"
    assert day.office.submits() == "“提交自评报告”应由学校办理，您的身份是督导室。"
    assert day.school.of("510101002").submits() == "这是别的学校的案卷，您不能办理。"
    assert day.school.submits(form={"answers": {}}).startswith("还有")
    assert day.school.submits(at="review") == "这个流程没有这个环节，请核对。"
    assert day.school.submits(at="planning") == "“制定计划”环节不能提交自评报告。"
    assert day.school.opines(at=STAGE) == "“自查自评”环节不能反馈初步意见。"
    assert day.office.excuses(form={}) == "免交自评报告须写明理由。"
    assert story.types()[-1] == "stage.opened"  # nothing was added


def test_what_is_refused_once_it_is_in():
    story = Story()
    story.on("2026-02-10").school.submits()
    day = story.refuses("2026-02-12")
    assert day.school.submits() == "“自查自评”已提交，待审核，现在不能提交自评报告。"
    assert day.school.returns() == ("“退回自评报告”应由督导室、责任督学办理，您的身份是学校。")
    assert day.office.returns(form={}) == "退回自评报告须写明理由，学校才知道改什么。"
    story.on("2026-02-12").office.accepts()
    assert story.refuses("2026-02-13").school.submits() == (
        "“自查自评”环节已经结束，不能提交自评报告。"
    )


@pytest.mark.parametrize(
    ("happened_on", "reason"),
    [
        ("2026-02-13", "发生日期不能晚于今天。"),
        ("2025-12-01", "发生日期早于60天以前，请核对；确需补录请联系督导室。"),
        ("2026-01-02", "上一步是2026年1月5日（周一）办的"),  # before the round was opened
    ],
)
def test_the_day_of_a_fact_must_be_believable(happened_on: str, reason: str):
    story = Story()
    assert reason in story.refuses(happened_on, typed="2026-02-12").school.submits()


def test_nothing_is_reviewed_before_it_was_handed_in():
    story = Story()
    story.on("2026-02-10").school.submits()
    why = story.refuses("2026-02-09", typed="2026-02-11").office.accepts()
    assert why == (
        "发生日期2026年2月9日（周一）不对：“自查自评”上一步是2026年2月10日（周二）办的，"
        "通过自评审核不能比它早。"
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"due_on": "2026-02-10"}, "新的期限须晚于今天，也晚于现在的期限2026年2月14日（周六）。"),
        ({"due_on": "2028-02-10"}, "离今天超过一年"),
        ({"due_on": "2026-03-10", "form": {"reason": "停课"}}, "须写明理由和批准人"),
        ({"due_on": "2026-03-10", "deadline": "planning/adopt"}, "没有这个正在计算的期限"),
        ({"due_on": "2026-03-10", "deadline": "process_guidance/opens"}, "不能延长"),
    ],
)
def test_an_extension_is_refused(fields: dict, reason: str):
    story = Story()
    day = story.refuses("2026-01-12")
    assert reason in day.office.extends(**{"deadline": f"{STAGE}/submit", **fields})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"event": "accepted"}, "案卷里没有这件事，无法更正日期。"),
        ({"event": "submitted", "happened_on": "2026-02-10"}, "日期没有变化，不用更正。"),
        ({"event": "submitted", "happened_on": "2026-02-20"}, "更正后的日期不能晚于今天。"),
        ({"event": "submitted", "happened_on": "2025-02-09"}, "相差超过60天，请核对。"),
        ({"event": "submitted", "form": {}}, "更正日期须写明理由。"),
        (
            {"event": "submitted", "happened_on": "2026-01-04"},
            "更正后的日期早于“自查自评”开始的2026年1月5日（周一），请核对。",
        ),
        (
            {"event": "opened", "happened_on": "2026-01-02"},
            "更正后的日期早于本轮开始的2026年1月5日（周一），请核对。",
        ),
    ],
)
def test_a_correction_is_refused(fields: dict, reason: str):
    story = Story()
    story.on("2026-02-10").school.submits()
    day = story.refuses("2026-02-12")
    wrong = {"stage": STAGE, "happened_on": "2026-02-09", **fields}
    assert day.office.corrects(**wrong).endswith(reason)


# -- the same kind as a plain report ---------------------------------------------------------------


def test_a_report_nobody_reviews_stands_as_submitted():
    """The yearly bulletin: an account of the office, at the round."""
    story = Story(process(), of="round", subject="510101", subject_kind="office")
    story.until("2026-12-01")
    assert story.due("bulletin/submit") == "2026-12-22"
    assert story.refuses("2026-12-01").office.submits(at="bulletin", form={}) == (
        "报告内容是空的，请填写后再提交。"
    )
    story.on("2026-12-15").office.submits(at="bulletin", form={"text": "全县情况"})
    assert "bulletin" not in story.open and "filing" in story.open
    assert story.heard("self_assessment.submitted", "2026-12-15") == [
        ("12-15", ("school", "township", "government", "superior", "public"))
    ]
    assert "annual_bulletin" in story.drafted()


def test_a_report_is_called_what_its_stage_is_called():
    named = process().rule
    assert named("self_assessment", "submit").title == "提交自评报告"
    assert named("special_report", "submit").title == "提交专项督导报告"
    assert named("bulletin", "submit").title == "提交年度通报"
    assert named("filing", "resubmit").title == "重新提交“向上级报告备案”材料"
    story = Story(process(), of="round", subject="510101", subject_kind="office")
    story.until("2026-11-01")
    assert story.refuses("2026-11-02").office.submits(at="bulletin", form={"text": "全县情况"}) == (
        "“年度通报”环节还没有开始，不能提交年度通报。"
    )


def test_a_fixed_day_of_the_year_may_be_the_deadline():
    text = """\
process: duties
title: 履行教育职责
version: "1"
subjects: [township]
period: year
remind: [on the day, every 2 working days after]
escalate: [{after: 5 working days, to: office}]
stages:
  - id: account
    kind: self_assessment
    title: 年终报告
    responsible: township
    deadlines: {submit: on 10 December}
"""
    story = Story(compiled(text), subject="510101", subject_kind="township")
    assert story.due("account/submit") == "2026-12-10"
    story.on("2026-12-01").township.submits(at="account", form={"text": "职责履行情况"})
    assert story.open == []
