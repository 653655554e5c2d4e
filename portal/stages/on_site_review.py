"""实地督导: its forms, from naming the team to the second review."""

from collections.abc import Iterable

from portal import choices, visit_notes
from portal.commands import CommandForm
from portal.fields import Choice, Day, Line, Lines, Numbers, Paragraphs, Ticks, YesNo
from portal.findings import Findings
from portal.questionnaire_totals import samples
from portal.sight import Sight
from rules.on_site_review import words

SAMPLES = (
    ("lessons", "听课（节）"),
    ("teachers", "访谈教师（人）"),
    ("parents", "访谈家长（人）"),
    ("students", "访谈学生（人）"),
    ("files", "查阅资料（份）"),
    ("questionnaires_teachers", "教师问卷（份）"),
    ("questionnaires_parents", "家长问卷（份）"),
    ("questionnaires_students", "学生问卷（份）"),
)


def _counted(sight: Sight) -> dict[str, int]:
    """What is known of the samples: the answers to each questionnaire, and what the team noted."""
    found = samples(sight.connection, sight.id)
    known = {f"questionnaires_{audience}": count for audience, count in found.items()}
    for stage in [id_ for id_, one in sight.state.stages.items() if one.kind == "on_site_review"]:
        known |= visit_notes.samples(one.value for one in visit_notes.team_notes(sight, stage))
    return known


SCORING = "/cases/{case}/{stage}/scores"


def _vetoes(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    yield from choices.vetoes(sight).items()


def _scored(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    if getattr(sight.process.stages[stage], "scored", False):
        yield "", ""


def _with_a_team(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    """Only who was named can step back: of the inspectors those in the team."""
    named = sight.visitor.role != "inspector" or "team" in sight.roles
    if named and sight.state.stages[stage].data.team:
        yield "", ""


def _in_time(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    """While it may be stated, and after nothing came: then a late entry of what came in time."""
    data = sight.state.stages[stage].data
    if data.phase == "heard" or data.defence == "lapsed":
        yield "", ""


def _while_asked(name: str):
    """Offered while the data's field says that somebody waits for it."""

    def items(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
        if f"{stage}/{name}" in sight.state.deadlines:
            yield "", ""

    return items


def _myself(sight: Sight, item: str) -> dict[str, str]:
    if sight.visitor.role == "inspector":
        return {sight.visitor.person: sight.visitor.name}
    return dict(choices.inspectors(sight))


FORMS = (
    CommandForm(
        words.AppointTeam,
        (
            Choice("lead", "组长", among=choices.inspectors),
            Ticks("members", "成员（含组长共三人以上）", among=choices.inspectors, required=True),
        ),
        explains="依《教育督导条例》，督导组由三名以上督学组成；须回避的人不能参加。",
        button="确定督导组",
    ),
    CommandForm(
        words.DeclareRecusal,
        (
            Choice("inspector", "回避的督学", among=_myself),
            Paragraphs("reason", "回避原因", "例如：与校长有近亲属关系。", required=True),
        ),
        items=_with_a_team,
        explains="申报后不再参加对该校的督导，由督导室另行安排。",
        button="申报回避",
        weighty=True,
    ),
    CommandForm(
        words.ScheduleVisit,
        (
            Day("starts", "入校日期", "至少两个教学日。"),
            Day("ends", "离校日期"),
        ),
        explains="日期改动后，已发的公告和通知须重新发出。",
        button="确定日期",
    ),
    CommandForm(
        words.AnnounceVisit,
        (
            Paragraphs("content", "督导内容", required=True),
            Line("phone", "公众反映情况的电话", required=True, most=40),
            Line("mail", "邮箱", most=100),
        ),
        explains="入校前十日向社会公告主要内容。",
        button="发布公告",
    ),
    CommandForm(
        words.ServeNotice,
        (
            Line("contact", "联系人", required=True, most=60),
            Line("phone", "电话", required=True, most=40),
            Lines("materials", "需要准备的材料", "一行一条，只列必需的。"),
        ),
        explains="书面通知送达学校。",
        button="送达通知书",
    ),
    CommandForm(words.StartVisit, explains="督导组已经入校。", button="开始督导"),
    CommandForm(
        words.EndVisit,
        (Numbers("samples", "样本", "没有的可以不填。", of=SAMPLES, known=_counted),),
        explains="督导组离校。督评意见书自次日起十五个工作日内印发。",
        button="结束督导",
    ),
    CommandForm(
        words.EnterScores,
        items=_scored,
        explains="逐项评分，扣分须写明理由；自评得分列在旁边。",
        page=SCORING,
        button="保存得分",
    ),
    CommandForm(
        words.ConfirmVeto,
        (Paragraphs("evidence", "认定依据", required=True),),
        items=_vetoes,
        explains="一票否决由人依据证据确认，确认后等级随之受限。",
        button="确认",
        weighty=True,
        fold="一票否决事项",
    ),
    CommandForm(
        words.GivePreliminaryOpinion,
        (
            Paragraphs("overall", "总体评价", required=True),
            Lines("strengths", "主要成绩", "一行一条"),
            Lines("problems", "主要问题", "一行一条"),
        ),
        explains="反馈后学校有五个工作日可以申辩。",
        button="反馈初步意见",
        weighty=True,
    ),
    CommandForm(
        words.StateDefence,
        (
            Paragraphs("text", "申辩理由", required=True, most=10000),
            Ticks("indicators", "有异议的指标", among=choices.indicators),
        ),
        items=_in_time,
        explains="督导室研究后书面答复。",
        button="提出申辩",
        weighty=True,
    ),
    CommandForm(
        words.WaiveDefence,
        items=_in_time,
        explains="确认对初步意见没有异议，不再申辩。",
        button="确认无异议",
        weighty=True,
    ),
    CommandForm(
        words.ConsiderDefence,
        (
            YesNo("upheld", "申辩是否成立", yes="成立（可调整得分）", no="不成立"),
            Paragraphs("reason", "答复理由", required=True),
        ),
        explains="成立而须调整得分的，请用“调整得分并答复”。",
        button="答复申辩",
    ),
    CommandForm(
        words.IssueOpinionLetter,
        (
            Paragraphs("overall", "总体评价", required=True),
            Lines("achievements", "主要成绩", "一行一条"),
            Findings("findings", "问题清单", "每条都会进入问题清单并有整改期限。"),
            Lines("suggestions", "意见建议", "一行一条"),
            Day("rectify_by", "整改期限"),
            Paragraphs("late_reason", "迟发原因", "超过十五个工作日的须写明。"),
        ),
        explains="印发后学校收到意见书，问题进入清单，整改期限开始计算。",
        button="印发意见书",
        weighty=True,
    ),
    CommandForm(
        words.RequestReview,
        (Paragraphs("text", "申请复查的理由", required=True, most=10000),),
        items=_while_asked("review_request"),
        explains="对意见书不服的，可以在期限内申请复查一次。",
        button="申请复查",
        weighty=True,
    ),
    CommandForm(
        words.AnswerReview,
        (
            YesNo("upheld", "申请是否成立", yes="成立", no="维持原意见"),
            Paragraphs("reason", "答复理由", required=True),
        ),
        items=_while_asked("review_answer"),
        explains="答复后学校可以在期限内申请复核。",
        button="答复复查申请",
    ),
    CommandForm(
        words.RequestSecondReview,
        (Paragraphs("text", "申请复核的理由", required=True, most=10000),),
        items=_while_asked("second_review_request"),
        explains="由上级督导机构复核。",
        button="申请复核",
        weighty=True,
    ),
    CommandForm(
        words.DecideSecondReview,
        (
            YesNo("upheld", "申请是否成立", yes="成立", no="维持原意见"),
            Paragraphs("reason", "决定理由", required=True),
        ),
        items=_while_asked("second_review_decision"),
        explains="复核决定为最终决定。",
        button="作出复核决定",
    ),
)
