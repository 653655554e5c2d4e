"""What has happened in a case, as sentences: who did what, when, and when it was entered."""

from typing import NamedTuple

from engine.dossier import Dossier, Told
from portal.rendering import moment
from rules.case_words import DeadlineEvent
from rules.explanation import full
from rules.issue_list.words import Raised
from rules.values import ROLE_TITLES

# What an event is called. What is not named here is machinery (deadlines armed and met).
TITLES = {
    "case.opened": "立案",
    "case.received": "接收移交问题",
    "case.merged": "学校合并",
    "case.closed": "本案结束",
    "case.escalated": "已上报到最上一级",
    "case.corrected": "更正日期",
    "round.ended": "本轮结束",
    "stage.opened": "环节开始",
    "stage.closed": "环节结束",
    "deadline.missed": "逾期",
    "deadline.escalated": "逾期上报",
    "self_assessment.submitted": "提交自评报告",
    "self_assessment.returned": "退回自评报告",
    "self_assessment.accepted": "通过自评审核",
    "self_assessment.excused": "免交自评报告",
    "planning.proposed": "提出评估计划",
    "planning.published": "公示评估计划",
    "planning.commented": "收到意见",
    "planning.comments.closed": "公示意见期结束",
    "planning.adopted": "确定评估计划",
    "planning.amended": "调整评估计划",
    "planning.selected": "列入本年度评估",
    "planning.deferred": "本年度不安排评估",
    "planning.shifted": "评估安排调整",
    "process_guidance.visited": "到校过程指导",
    "process_guidance.reported": "提交过程指导报告",
    "on_site_review.team.appointed": "组成督导组",
    "on_site_review.recusal.declared": "申报回避",
    "on_site_review.visit.scheduled": "确定入校日期",
    "on_site_review.visit.announced": "发布督导公告",
    "on_site_review.visit.noticed": "送达督导评估通知书",
    "on_site_review.visit.started": "督导组入校",
    "on_site_review.visit.ended": "督导组离校",
    "on_site_review.scores.entered": "录入督评得分",
    "on_site_review.veto.confirmed": "确认一票否决",
    "on_site_review.preliminary_opinion.given": "反馈初步意见",
    "on_site_review.defence.stated": "提出申辩",
    "on_site_review.defence.waived": "确认无异议",
    "on_site_review.defence.considered": "答复申辩",
    "on_site_review.opinion_letter.issued": "印发督评意见书",
    "on_site_review.review.requested": "申请复查",
    "on_site_review.review.answered": "答复复查申请",
    "on_site_review.second_review.requested": "申请复核",
    "on_site_review.second_review.decided": "作出复核决定",
    "issue_list.issue.raised": "登记问题",
    "issue_list.plan.submitted": "提交整改计划",
    "issue_list.issue.reported": "报告已整改",
    "issue_list.issue.closed": "问题销号",
    "issue_list.issue.refused": "核查未通过，退回整改",
    "issue_list.issue.reopened": "重新整改",
    "issue_list.issue.accountable": "转入问责",
    "issue_list.issue.carried": "转入下一轮或并入的学校",
    "follow_up_visit.visited": "回访",
    "follow_up_visit.reported": "提交回访督导报告",
    "follow_up_visit.failed": "回访未通过，须再次回访",
    "follow_up_visit.finished": "回访结束",
    "letter.edited": "修改文书",
    "letter.checked": "文书核稿",
    "letter.issued": "印发文书",
    "letter.withdrawn": "撤回文书",
    "letter.superseded": "文书以新件替代",
    "template.adopted": "采用文书模板",
    "template.given_up": "停用文书模板",
}


class Line(NamedTuple):
    """One thing that happened. ``entered`` is said where it was entered on another day."""

    seq: int
    day: str
    stage: str
    title: str
    who: str
    entered: str
    details: tuple[str, ...]


def told(dossier: Dossier, stage: str = "") -> list[Line]:
    """The story of a case, latest first (of one stage, where one is named)."""
    lines = [
        _line(dossier, one)
        for one in dossier.story
        if one.event.type in TITLES and (not stage or one.event.stage == stage)
    ]
    return lines[::-1]


def _line(dossier: Dossier, one: Told) -> Line:
    event = one.event
    stage = dossier.process.stages.get(event.stage)
    title = stage.says(TITLES[event.type]) if stage else TITLES[event.type]
    if isinstance(event, DeadlineEvent) and stage is not None:
        title = f"{dossier.process.rule(event.stage, event.deadline).title}：{title}"
    elif event.type.startswith("stage.") and stage is not None:
        title = f"“{stage.title}”{title}"
    if event.item and event.type.startswith("issue_list.issue"):
        title += f"（第{event.item}号）"
    recorded = moment(one.at)
    same = recorded.startswith(
        f"{event.happened_on.year}年{event.happened_on.month}月{event.happened_on.day}日"
    )
    behalf = f"，代{one.on_behalf_of}办理" if one.on_behalf_of else ""
    role = ROLE_TITLES.get(one.role, one.role)
    who = role if one.role == "system" else f"{dossier.name(one.actor)}（{role}）{behalf}"
    return Line(
        one.seq,
        full(event.happened_on),
        stage.title if stage else "",
        title,
        who,
        "" if same else f"{recorded}录入",
        tuple(_details(one)),
    )


def _details(one: Told) -> list[str]:
    event, found = one.event, []
    if isinstance(event, Raised):  # what else its command said is told where it was said
        texts = one.form.get("findings")
        text = texts.get(event.text) if isinstance(texts, dict) else ""
        return [_short(str(text))] if text else []
    if getattr(event, "total", ""):
        grade = f"，{event.grade}等" if getattr(event, "grade", "") else ""
        found.append(f"总分{event.total}{grade}")
    if getattr(event, "starts", None):
        found.append(f"{full(event.starts)}至{full(event.ends)}")
    if getattr(event, "line", ""):
        found.append(event.line)
    for key, title in (
        ("reason", "理由"),
        ("overall", "总体评价"),
        ("text", "内容"),
        ("summary", "小结"),
    ):
        text = one.form.get(key)
        if isinstance(text, str) and text:
            found.append(f"{title}：{_short(text)}")
    return found


def _short(text: str) -> str:
    return text[:300] + ("…" if len(text) > 300 else "")
