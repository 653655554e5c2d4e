"""What happened in a case, in words: what an event is called there, and who did it."""

from engine.dossier import Dossier, Told
from rules.case_words import DeadlineEvent
from rules.values import ROLE_TITLES

# What people did, and what came of it: a case's story.
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
    "letter.printed": "生成文书PDF",
    "letter.withdrawn": "撤回文书",
    "letter.superseded": "文书以新件替代",
    "template.adopted": "采用文书模板",
    "template.given_up": "停用文书模板",
    "wording.changed": "改写消息",
    "wording.restored": "恢复消息内置的写法",
    "calendar.year_entered": "录入放假安排",
    "calendar.terms_entered": "录入学期安排",
    "calendar.days_closed": "登记停课停工",
    "calendar.days_reopened": "取消停课停工",
}

# What the clock did meanwhile: only the whole log tells of it.
MACHINERY = {
    "deadline.armed": "起算期限",
    "deadline.met": "按期办结",
    "deadline.cancelled": "撤销期限",
    "deadline.reminded": "发出提醒",
    "deadline.lapsed": "期限届满",
}


def title_of(dossier: Dossier, one: Told) -> str:
    """An event as its stage calls it: which deadline, which stage, which issue."""
    event = one.event
    stage = dossier.process.stages.get(event.stage)
    title = TITLES.get(event.type) or MACHINERY.get(event.type) or event.type
    if stage is not None:
        title = stage.says(title)
        if isinstance(event, DeadlineEvent):
            title = f"{_deadline(dossier, event)}：{title}"
        elif event.type.startswith("stage."):
            title = f"“{stage.title}”{title}"
    if event.item and event.type.startswith("issue_list.issue"):
        title += f"（第{event.item}号）"
    return title


def _deadline(dossier: Dossier, event: DeadlineEvent) -> str:
    known = dossier.process.kinds[event.stage].deadlines
    opening = event.deadline not in known  # a stage that opens on a day is no deadline of its kind
    return "开始日" if opening else dossier.process.rule(event.stage, event.deadline).title


def doer_of(dossier: Dossier, one: Told) -> str:
    """Who did it, in which role, and for whom."""
    role = ROLE_TITLES.get(one.role, one.role)
    if one.role == "system":
        return role
    behalf = f"，代{one.on_behalf_of}办理" if one.on_behalf_of else ""
    return f"{dossier.name(one.actor)}（{role}）{behalf}"
