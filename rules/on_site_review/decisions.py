"""实地督导: what is allowed when, and what follows."""

from datetime import date, timedelta
from typing import Any

from rules.clauses import due, parse_clause
from rules.kinds import Context, Decided
from rules.messages import Command
from rules.on_site_review import words as w
from rules.scores import grade_of, score_answers
from rules.values import Refusal

GUARDS = {"announcement": "发布督导公告", "notice": "送达通知书"}


def decide(context: Context, case: Any, data: Any, command: Command) -> Decided:
    """Hand the command to the function that answers for it."""
    return _DECISIONS[type(command)](context, case, data, command)


def _at(context: Context) -> dict:
    return {"stage": context.stage.id, "happened_on": context.happened_on}


def _appoint(context: Context, case: Any, data: Any, command: w.AppointTeam) -> Decided:
    members = command.members
    if len(set(members)) != len(members) or command.lead not in members:
        return Refusal("督导组成员不能重复，组长须是成员之一。")
    least = context.stage.team.at_least
    if len(members) < least:
        return Refusal(f"督导组至少{least}名督学（《教育督导条例》），现在只有{len(members)}名。")
    recusals = {*context.facts["recusals"], *data.recused}
    if recused := sorted(recusals & set(members)):
        return Refusal(f"{'、'.join(recused)}与该校有利害关系，应当回避，不能进入督导组。")
    if strangers := sorted(set(members) - set(context.facts["inspectors"])):
        return Refusal(f"{'、'.join(strangers)}不是在任督学，不能进入督导组。")
    consulted = tuple(sorted(recusals))
    return [
        w.TeamAppointed(**_at(context), lead=command.lead, members=members, consulted=consulted)
    ]


def _recuse(context: Context, case: Any, data: Any, command: w.DeclareRecusal) -> Decided:
    if command.inspector in data.recused:
        return Refusal("这位督学已经申报过回避。")
    if command.inspector not in data.team:
        return Refusal("这位督学不在本校督导组里，不用申报回避。")
    return [w.RecusalDeclared(**_at(context), inspector=command.inspector, payload=context.payload)]


def days_between(context: Context, first: date, last: date) -> int:
    """How many of the days first..last count for a visit: teaching or working days."""
    teaching = "teaching" in context.stage.visit.at_least
    counts = context.calendar.is_teaching_day if teaching else context.calendar.is_working_day
    return sum(counts(first + timedelta(n)) for n in range((last - first).days + 1))


def _long_enough(context: Context, first: date, last: date) -> Refusal | None:
    text = context.stage.visit.at_least
    least, kind = int(text.split()[0]), "教学日" if "teaching" in text else "工作日"
    if last < first:
        return Refusal("结束日期早于开始日期，请核对。")
    if (last - first).days > 60:
        return Refusal("入校时间超过60天，请核对日期。")
    if (counted := days_between(context, first, last)) < least:
        return Refusal(f"实地督导至少{least}个{kind}，{first}至{last}只有{counted}个{kind}。")
    return None


def _schedule(context: Context, case: Any, data: Any, command: w.ScheduleVisit) -> Decided:
    if command.starts <= context.happened_on:
        return Refusal("入校日期须晚于今天。")
    if refusal := _long_enough(context, command.starts, command.ends):
        return refusal
    for name, doing in GUARDS.items():
        if clause := context.stage.deadlines.get(name):
            latest = due(parse_clause(clause), command.starts, context.calendar).due
            if latest < context.happened_on:
                return Refusal(
                    f"{command.starts}入校最迟应于{latest}{doing}，已经来不及，请把入校日期往后安排。"
                )
    return [w.VisitScheduled(**_at(context), starts=command.starts, ends=command.ends)]


def _served(event: type[Any], flag: str, guard: str):
    """A notice given in time for the days as scheduled; too late a one moves the visit instead."""

    def decision(context: Context, case: Any, data: Any, command: Command) -> Decided:
        if data.starts is None:
            return Refusal("还没有确定入校日期，请先安排日期。")
        if getattr(data, flag):
            return Refusal("已经办理过了，不用重复办理。")
        latest = case.due_on(context.stage.id, guard)
        if latest and context.happened_on > latest:
            return Refusal(
                f"{data.starts}入校最迟应于{latest}{GUARDS[guard]}，现已超过，请先改期再办理。"
            )
        return [event(**_at(context))]

    return decision


def _start(context: Context, case: Any, data: Any, command: w.StartVisit) -> Decided:
    """No visit starts unannounced, unnoticed, early, or with too small a team."""
    if data.starts is None:
        return Refusal("还没有确定入校日期，不能开始。")
    if context.happened_on < data.starts:
        return Refusal(f"入校日期定在{data.starts}，不能提前开始；如需提前请改期。")
    missing = [
        doing
        for (name, doing), served in zip(
            GUARDS.items(), (data.announced, data.noticed), strict=True
        )
        if name in context.stage.deadlines and not served
    ]
    if missing:
        return Refusal(f"还没有{'、'.join(missing)}，不能入校；请先办理，来不及的请改期。")
    least = context.stage.team.at_least
    if len(data.team) < least or not data.lead:
        return Refusal(f"督导组须有组长和至少{least}名督学，现有{len(data.team)}名，请先补足。")
    return [w.VisitStarted(**_at(context))]


def _end(context: Context, case: Any, data: Any, command: w.EndVisit) -> Decided:
    if refusal := _long_enough(context, data.started_on, context.happened_on):
        return refusal
    return [w.VisitEnded(**_at(context), payload=context.payload)]


def _rescored(context: Context, data: Any, answers: dict) -> w.Scored | Refusal:
    sheet = score_answers(context.standard, context.facts["school_kind"], answers, "review")
    if isinstance(sheet, Refusal):
        return sheet
    return w.Scored(
        areas=sheet.areas,
        total=sheet.total,
        value_added=sheet.value_added,
        grade=grade_of(context.standard, sheet, data.vetoes),
    )


def _enter(context: Context, case: Any, data: Any, command: w.EnterScores) -> Decided:
    if not context.stage.scored:
        return Refusal("这类督导不评分。")
    scored = _rescored(context, data, command.form.get("answers", {}))
    if isinstance(scored, Refusal):
        return scored
    return [w.ScoresEntered(**_at(context), scored=scored, payload=context.payload)]


def _veto(context: Context, case: Any, data: Any, command: w.ConfirmVeto) -> Decided:
    if command.item not in {veto.code for veto in context.standard.vetoes}:
        return Refusal(f"标准里没有编号为{command.item}的一票否决事项。")
    if command.item in data.vetoes:
        return Refusal("这一事项已经确认过了。")
    if not command.form.get("evidence"):
        return Refusal("确认一票否决须写明证据。")
    grade = _capped(context, data.scored.grade, command.item) if data.scored else ""
    return [
        w.VetoConfirmed(**_at(context), item=command.item, grade=grade, payload=context.payload)
    ]


def _capped(context: Context, grade: str, veto: str) -> str:
    """The grade with a veto confirmed after scoring: no better than the veto allows."""
    letters = [rule.letter for rule in context.standard.grades]
    at_most = next(v.at_most for v in context.standard.vetoes if v.code == veto)
    return max(grade or letters[0], at_most, key=letters.index)


def _opine(context: Context, case: Any, data: Any, command: w.GivePreliminaryOpinion) -> Decided:
    if context.stage.scored and data.scored is None:
        return Refusal("还没有录入督评得分，不能反馈初步意见。")
    total, grade = _result(data)
    return [
        w.PreliminaryOpinionGiven(**_at(context), total=total, grade=grade, payload=context.payload)
    ]


def _result(data: Any) -> tuple[str, str]:
    """Total and grade as they stand now, empty where nothing is scored."""
    return (data.scored.total, data.scored.grade) if data.scored else ("", "")


def _defend(context: Context, case: Any, data: Any, command: w.StateDefence) -> Decided:
    if not command.form.get("text"):
        return Refusal("申辩须写明理由。")
    return [w.DefenceStated(**_at(context), indicators=command.indicators, payload=context.payload)]


def _consider(context: Context, case: Any, data: Any, command: w.ConsiderDefence) -> Decided:
    if not command.form.get("reason"):
        return Refusal("答复申辩须写明处理理由。")
    scored = data.scored or w.Scored()
    if answers := command.form.get("answers"):
        scored = _rescored(context, data, answers)
        if isinstance(scored, Refusal):
            return scored
    return [
        w.DefenceConsidered(
            **_at(context), upheld=command.upheld, scored=scored, payload=context.payload
        )
    ]


def _issue(context: Context, case: Any, data: Any, command: w.IssueOpinionLetter) -> Decided:
    """Fifteen working days after the visit (regulation); a late one is issued and says why."""
    if command.rectify_by <= context.happened_on:
        return Refusal("整改期限须晚于意见书印发日期。")
    latest = case.due_on(context.stage.id, "opinion_letter")
    if latest and context.happened_on > latest and not command.form.get("late_reason"):
        return Refusal(f"督评意见书应于{latest}前印发，现已逾期，须写明逾期原因。")
    total, grade = _result(data)
    return [
        w.OpinionLetterIssued(
            **_at(context),
            total=total,
            grade=grade,
            findings=command.findings,
            rectify_by=command.rectify_by,
            review_open="review_request" in context.stage.deadlines,
            payload=context.payload,
        )
    ]


def _request(context: Context, case: Any, data: Any, command: Command) -> Decided:
    second = isinstance(command, w.RequestSecondReview)
    if data.review != ("answered" if second else "open"):
        what = "复核" if second else "复查"
        return Refusal(f"现在不能申请{what}：期限已过，或已经申请过。")
    if not command.form.get("text"):
        return Refusal("申请须写明理由。")
    event = w.SecondReviewRequested if second else w.ReviewRequested
    return [event(**_at(context), payload=context.payload)]


def _answer(context: Context, case: Any, data: Any, command: Any) -> Decided:
    second = isinstance(command, w.DecideSecondReview)
    if data.review != ("second" if second else "requested"):
        return Refusal("没有待答复的申请。")
    if not command.form.get("reason"):
        return Refusal("答复须写明理由。")
    fields = {**_at(context), "upheld": command.upheld, "payload": context.payload}
    if second:
        return [w.SecondReviewDecided(**fields)]
    return [
        w.ReviewAnswered(**fields, second_open="second_review_request" in context.stage.deadlines)
    ]


_DECISIONS = {
    w.AppointTeam: _appoint,
    w.DeclareRecusal: _recuse,
    w.ScheduleVisit: _schedule,
    w.AnnounceVisit: _served(w.VisitAnnounced, "announced", "announcement"),
    w.ServeNotice: _served(w.VisitNoticed, "noticed", "notice"),
    w.StartVisit: _start,
    w.EndVisit: _end,
    w.EnterScores: _enter,
    w.ConfirmVeto: _veto,
    w.GivePreliminaryOpinion: _opine,
    w.StateDefence: _defend,
    w.WaiveDefence: lambda context, case, data, command: [w.DefenceWaived(**_at(context))],
    w.ConsiderDefence: _consider,
    w.IssueOpinionLetter: _issue,
    w.RequestReview: _request,
    w.AnswerReview: _answer,
    w.RequestSecondReview: _request,
    w.DecideSecondReview: _answer,
}
