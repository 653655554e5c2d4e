"""A definition told to people: its stages, deadlines and who is told; and its diagram."""

from collections.abc import Iterator

from rules.clauses import parse_clause
from rules.definition import KINDS, PERIOD_TITLES, SUBJECT_TITLES, Definition
from rules.process import OPENS, Process
from rules.stages import StageFields
from rules.values import ROLE_TITLES

UNITS = {
    "day": "日",
    "working day": "个工作日",
    "teaching day": "个教学日",
    "week": "周",
    "month": "个月",
}
PERIODS = {"week": "每周", "month": "每月", "semester": "每学期", "year": "每年"}


def in_words(process: Process, stage: StageFields, text: str) -> str:
    """A clause in Chinese, its event by the stage's own title."""
    clause = parse_clause(text)
    event = getattr(clause, "event", None)
    after = _event(process, stage, event) if event else "本环节开始"
    match clause.kind:
        case "count":
            way = "后" if clause.direction == "after" else "前"
            return f"{after}{way}{clause.n}{UNITS[clause.unit]}"
        case "repeat":
            return f"{PERIODS[clause.period]}{clause.times}次"
        case "fixed":
            return f"{clause.month}月{clause.day}日"
        case _:
            return f"{after}所定日期"


def _event(process: Process, stage: StageFields, text: str) -> str:
    reference, field, _ = process.anchor(stage, text)
    owner, _, name = reference.partition(".")
    if owner == "round":
        return "本轮开始" if name == "opened" else "本轮结束"
    place = "" if owner == stage.id else f"“{process.stages[owner].title}”"
    kind = process.kinds[owner]
    words = EVENT_TITLES.get(f"{kind.name}.{name}" + (f".{field}" if field else ""))
    return place + (words or EVENT_TITLES.get(name, text))


def stages_in_words(definition: Definition) -> Iterator[str]:
    """Line by line: the process, and of each stage its opening, deadlines, messages, letters."""
    process = Process(definition)
    yield f"{definition.title}（{definition.process} {definition.version}）"
    subjects = "、".join(SUBJECT_TITLES[kind] for kind in definition.subjects)
    yield f"对象：{subjects}；周期：{PERIOD_TITLES[definition.period]}"
    for number, stage in enumerate(definition.stages, 1):
        scope = "整轮一次" if stage.of == "round" else "每个单位"
        yield ""
        title = KINDS[stage.kind].title
        yield f"{number}. {stage.title}（{title}，{scope}，责任：{ROLE_TITLES[stage.responsible]}）"
        yield f"   开始：{opening_in_words(process, stage)}"
        for name, text in stage.deadlines.items():
            rule = process.rule(stage.id, name)
            who = ROLE_TITLES.get(bearer_in(stage, rule.who), "责任单位")
            kind = "（权利期限）" if rule.window else "（须事前完成）" if rule.guard else ""
            yield f"   期限：{rule.title}，{in_words(process, stage, text)}，{who}{kind}"
        for told in told_in_words(process, stage):
            yield f"   通知：{told}"


def bearer_in(stage: StageFields, who: str) -> str:
    """The role that bears a duty in a stage: its responsible or reviewer by the role they are."""
    meant: dict[str, str] = {"responsible": stage.responsible, "reviewer": stage.reviewer}
    return meant.get(who, who)


def told_in_words(process: Process, stage: StageFields) -> Iterator[str]:
    """Who is told of what, an event a line."""
    for event, roles in stage.tell.items():
        told = "、".join(ROLE_TITLES[role] for role in roles)
        yield f"{_event(process, stage, event)}时告知{told}"


def opening_in_words(process: Process, stage: StageFields) -> str:
    """When a stage begins, in Chinese."""
    if stage.opens == "with the round":
        return "随本轮开始"
    if stage.opens.startswith("when "):
        texts = stage.opens.removeprefix("when ").split(" or ")
        return "或".join(_event(process, stage, text.strip()) for text in texts) + "时"
    return in_words(process, stage, stage.opens)


def mermaid(definition: Definition) -> Iterator[str]:
    """The stages as a Mermaid flowchart, an arrow for each opening."""
    process = Process(definition)
    yield "flowchart TD"
    yield f"  round([{_quoted('本轮开始')}])"
    for stage in definition.stages:
        yield f"  {_node(stage.id)}[{_quoted(stage.title)}]"
    for stage in definition.stages:
        for origin, label in _arrows(process, stage):
            source = origin if origin == "round" else _node(origin)
            yield f"  {source} -->|{_quoted(label)}| {_node(stage.id)}"


def _node(stage: str) -> str:
    """Ids of ours may be words of Mermaid ("end", "graph")."""
    return f"stage_{stage}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "#quot;") + '"'


def _arrows(process: Process, stage: StageFields) -> Iterator[tuple[str, str]]:
    origins = [reference for reference, opened in process.opens.items() if stage.id in opened]
    for owner in dict.fromkeys(reference.partition(".")[0] for reference in origins):
        yield owner, opening_in_words(process, stage)
    for reference, arms in process.dated_openings.items():
        if any(arm.stage == stage.id and arm.name == OPENS for arm in arms):
            yield reference.partition(".")[0], opening_in_words(process, stage)


EVENT_TITLES = {
    "opened": "本环节开始",
    "self_assessment.submitted": "提交",
    "self_assessment.returned": "退回",
    "self_assessment.accepted": "通过",
    "self_assessment.excused": "免交",
    "planning.proposed": "拟定",
    "planning.published": "公示",
    "planning.commented": "收到意见",
    "planning.comments.closed": "公示期满",
    "planning.adopted": "确定计划",
    "planning.amended": "调整计划",
    "planning.selected": "列入计划",
    "planning.deferred": "暂不列入计划",
    "process_guidance.visited": "到校指导",
    "process_guidance.reported": "提交指导报告",
    "on_site_review.team.appointed": "组建督导组",
    "on_site_review.recusal.declared": "申报回避",
    "on_site_review.visit.scheduled": "确定入校日期",
    "on_site_review.visit.scheduled.starts": "入校之日",
    "on_site_review.visit.scheduled.ends": "离校之日",
    "on_site_review.visit.announced": "发布督导公告",
    "on_site_review.visit.noticed": "送达通知书",
    "on_site_review.visit.started": "入校",
    "on_site_review.visit.ended": "离校",
    "on_site_review.scores.entered": "录入得分",
    "on_site_review.veto.confirmed": "确认一票否决",
    "on_site_review.preliminary_opinion.given": "反馈初步意见",
    "on_site_review.defence.stated": "学校申辩",
    "on_site_review.defence.waived": "学校无异议",
    "on_site_review.defence.considered": "答复申辩",
    "on_site_review.opinion_letter.issued": "印发督评意见书",
    "on_site_review.opinion_letter.issued.rectify_by": "意见书所定整改期限",
    "on_site_review.review.requested": "申请复查",
    "on_site_review.review.answered": "答复复查",
    "on_site_review.second_review.requested": "申请复核",
    "on_site_review.second_review.decided": "复核决定",
    "issue_list.issue.raised": "列入清单",
    "issue_list.plan.submitted": "提交整改计划",
    "issue_list.issue.reported": "报告整改",
    "issue_list.issue.closed": "销号",
    "issue_list.issue.refused": "核查不通过",
    "issue_list.issue.reopened": "重新整改",
    "issue_list.issue.accountable": "转入问责",
    "issue_list.issue.carried": "转出",
    "follow_up_visit.visited": "回访",
    "follow_up_visit.reported": "提交回访报告",
    "follow_up_visit.failed": "回访未通过",
    "follow_up_visit.finished": "回访结束",
}
