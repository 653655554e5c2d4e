"""实地督导 until the team leaves: who goes, announced in time, on days on which schools teach."""

import pytest

from tests.people import TEAM
from tests.reviews import announced, scheduled, selected, visited
from tests.story import NAMES, Story

STAGE = "on_site_review"


def due(story: Story, name: str) -> str | None:
    return story.due(f"{STAGE}/{name}")


# -- announced in time, counted backwards ----------------------------------------------------------


def test_a_visit_on_12_october_is_announced_by_30_september():
    story = scheduled("2026-10-12", "2026-10-13")
    assert due(story, "announcement") == "2026-09-30"  # nobody gets less notice for a holiday
    assert due(story, "notice") == "2026-09-24"
    story.on("2026-09-24").office.notifies()
    story.on("2026-09-30").office.announces()
    story.on("2026-10-12").team.starts()


def test_one_day_late_is_too_late_and_the_visit_must_move():
    story = scheduled("2026-10-12", "2026-10-13")
    story.on("2026-09-24").office.notifies()
    assert story.refuses("2026-10-08").office.announces() == (
        "2026年10月12日（周一）入校，最迟应于2026年9月30日（周三）发布督导公告，"
        "现已超过，请先改期再办理。"
    )
    assert story.refuses("2026-10-12").team.starts() == (
        "还没有发布督导公告，不能入校；请先办理，来不及的请改期。"
    )
    assert story.heard(f"{STAGE}.overdue") == [("10-01", ("office",))]


def test_an_announcement_made_in_time_may_be_typed_in_later():
    story = scheduled("2026-10-12", "2026-10-13")
    story.on("2026-09-30", typed="2026-10-08").office.announces()
    assert due(story, "announcement") is None


def test_moving_the_visit_arms_the_guards_anew():
    story = announced("2026-09-17", "2026-09-18")
    assert due(story, "announcement") is None and due(story, "notice") is None
    story.on("2026-09-08").office.schedules(starts="2026-10-12", ends="2026-10-13")
    assert due(story, "announcement") == "2026-09-30" and due(story, "notice") == "2026-09-24"
    assert due(story, "record") == "2026-10-16"
    assert story.refuses("2026-10-12").team.starts().startswith("还没有发布督导公告、送达通知书")


def test_a_visit_that_never_happens_goes_to_the_top():
    story = announced("2026-09-17", "2026-09-18").until("2026-10-20")
    assert story.state.status == "escalated"
    assert [to for _, to in story.heard(f"{STAGE}.escalation")] == [
        ("office", "team"),
        ("superior", "team"),
    ]
    assert story.refuses("2026-10-20").team.starts() == (
        "原定2026年9月18日（周五）前入校，日期已过，请先改期并重新公告、通知。"
    )


# -- the team --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"members": TEAM[:2]}, "督导组至少3名督学（《教育督导条例》），现在只有2名。"),
        ({"members": [*TEAM, TEAM[0]]}, "督导组成员不能重复，组长须是成员之一。"),
        ({"lead": "inspector_4"}, "督导组成员不能重复，组长须是成员之一。"),
        (
            {"members": [*TEAM, "inspector_5"]},
            f"{NAMES['inspector_5']}与该校有利害关系，应当回避，不能进入督导组。",
        ),
        (
            {"members": [*TEAM, "inspector_6"]},
            f"{NAMES['inspector_6']}不是在任督学，不能进入督导组。",
        ),
    ],
)
def test_a_team_is_refused(fields: dict, reason: str):
    story = selected(recusals=["inspector_5"], inspectors=[*TEAM, "inspector_4", "inspector_5"])
    assert story.refuses("2026-08-25").office.appoints(**fields) == reason
    assert story.data(STAGE).team == ()


def test_an_inspector_who_steps_back_is_replaced_before_the_visit():
    story = announced()
    story.on("2026-09-10").inspector.recuses(inspector="inspector_1")
    assert due(story, "replacement") == "2026-09-17"
    assert story.heard(f"{STAGE}.recusal.declared") == [("09-10", ("office",))]
    assert story.refuses("2026-09-17").team.named("inspector_2").starts() == (
        "督导组须有组长和至少3名督学，现有2名，请先补足。"
    )
    again = story.refuses("2026-09-17").office.appoints()
    assert again == f"{NAMES['inspector_1']}与该校有利害关系，应当回避，不能进入督导组。"
    team = ["inspector_2", "inspector_3", "inspector_4"]
    story.on("2026-09-17").office.appoints(lead="inspector_2", members=team)
    assert due(story, "replacement") is None
    assert story.refuses("2026-09-17").team.named("inspector_1").starts() == (
        "您现在不在这所学校的督导组里，不能开始实地督导。"
    )
    story.on("2026-09-17").team.named("inspector_4").starts()


def test_whoever_is_not_in_the_team_need_not_step_back():
    day = announced().refuses("2026-09-10")
    away = day.inspector.named("inspector_5")
    assert "不用申报回避" in away.recuses(inspector="inspector_5")


def test_nobody_steps_back_for_another_but_the_office():
    story = announced()
    for role in ("inspector", "team"):
        one = getattr(story.refuses("2026-09-10"), role)
        assert one.recuses(inspector="inspector_2") == (
            "申报回避由本人或督导室办理，不能替别的督学申报。"
        )
    story.on("2026-09-10").office.recuses(inspector="inspector_2")
    assert story.data(STAGE).recused == ("inspector_2",)


def test_only_the_team_or_the_office_starts_ends_scores_and_opines():
    story = announced()
    steps = [
        ("2026-09-17", "starts", "开始实地督导"),
        ("2026-09-18", "ends", "结束实地督导"),
        ("2026-09-20", "scores", "录入督评得分"),
        ("2026-09-22", "opines", "反馈初步意见"),
    ]
    for on, verb, title in steps:
        # the school's own inspector, unless named to the team, and an inspector of another team
        own, other = story.refuses(on).inspector, story.refuses(on).team.named("inspector_6")
        allowed = f"“{title}”应由督导室、督导组办理，您的身份是责任督学。"
        assert getattr(own, verb)() == allowed
        assert getattr(other, verb)() == f"您现在不在这所学校的督导组里，不能{title}。"
        getattr(story.on(on).team.named("inspector_3"), verb)()  # not the lead alone
    typed_in = announced()
    for on, verb, _ in steps:
        getattr(typed_in.on(on).office, verb)()


# -- the days --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "reason"),
    [
        ("2026-09-17", "2026-09-17", "实地督导至少2个教学日，2026年9月17日（周四）只有1个教学日。"),
        ("2026-09-18", "2026-09-19", "2026年9月18日（周五）至2026年9月19日（周六）只有1个教学日"),
        ("2026-10-01", "2026-10-07", "2026年10月7日（周三）只有0个教学日"),
        ("2026-10-06", "2026-10-09", "入校日期2026年10月6日（周二）不是教学日，请另选日期。"),
        ("2026-10-08", "2026-10-11", "离校日期2026年10月11日（周日）不是教学日，请另选日期。"),
        ("2026-09-18", "2026-09-17", "结束日期早于开始日期，请核对。"),
        ("2026-09-17", "2026-12-17", "入校时间超过60天，请核对日期。"),
        ("2026-08-20", "2026-08-21", "应晚于办理当日"),
        ("2062-09-14", "2062-09-15", "离今天超过三年"),
        (
            "2026-09-03",
            "2026-09-04",
            "2026年9月3日（周四）入校，最迟应于2026年8月24日（周一）发布督导公告，"
            "已经来不及，请把入校日期往后安排。",
        ),
    ],
)
def test_days_are_refused(starts: str, ends: str, reason: str):
    story = selected()
    assert reason in story.refuses("2026-08-25").office.schedules(starts=starts, ends=ends)
    assert story.data(STAGE).starts is None


def test_a_make_up_workday_is_a_day_in_the_school():
    story = selected()
    story.on("2026-08-25").office.schedules(starts="2026-10-10", ends="2026-10-12")


def test_no_visit_starts_early_or_ends_after_one_day():
    story = announced()
    assert story.refuses("2026-09-16").team.starts() == (
        "入校日期定在2026年9月17日（周四），不能提前开始；如需提前请改期。"
    )
    story.on("2026-09-17").team.starts()
    assert "只有1个教学日" in story.refuses("2026-09-17").team.ends()
    assert "现在不能确定入校日期" in story.refuses("2026-09-17").office.schedules(
        starts="2026-10-12", ends="2026-10-13"
    )


def test_a_friday_visit_typed_in_on_monday_counts_from_friday():
    story = announced()
    story.on("2026-09-17").team.starts()
    story.on("2026-09-18", typed="2026-09-21").team.ends()
    assert due(story, "opinion_letter") == "2026-10-15"


def test_a_corrected_end_moves_opinion_and_letter_and_tells_the_office():
    story = announced()
    story.on("2026-09-17").team.starts()
    story.on("2026-09-21").team.ends()
    assert due(story, "opinion_letter") == "2026-10-19"
    story.on("2026-09-22").office.corrects(
        stage=STAGE, event="visit.ended", happened_on="2026-09-18"
    )
    assert due(story, "opinion_letter") == "2026-10-15"
    assert due(story, "preliminary_opinion") == "2026-09-30"
    assert story.data(STAGE).ended_on.isoformat() == "2026-09-18"
    assert [order.about["deadline"] for _, order in story.told if order.name.endswith("moved")] == [
        "preliminary_opinion",
        "opinion_letter",
    ]
    # the opinion was given on Saturday the 19th, which the wrong day would have forbidden
    story.on("2026-09-22").team.scores()
    story.on("2026-09-19", typed="2026-09-22").office.opines()


def test_the_letters_fifteen_days_are_never_extended():
    story = visited()
    day = story.refuses("2026-09-21")
    for name in ("opinion_letter", "preliminary_opinion"):
        assert day.office.extends(deadline=f"{STAGE}/{name}", due_on="2026-10-30") == (
            "这个期限依规定不能延长。"
        )
