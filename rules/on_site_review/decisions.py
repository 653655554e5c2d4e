"""实地督导: what is allowed when, and what follows."""

from typing import Any

from rules.explanation import full
from rules.kinds import Context, Decided
from rules.messages import Command
from rules.on_site_review import visit
from rules.on_site_review import words as w
from rules.on_site_review.visit import at
from rules.scores import grade_of, score_answers
from rules.values import Refusal


def decide(context: Context, case: Any, data: Any, command: Command) -> Decided:
    """Hand the command to the function that answers for it. Whoever acts for the team is in it: not
    every inspector is, nor one who has stepped back."""
    if context.actor.role == "team" and context.actor.person not in data.team:
        return Refusal(f"您现在不在这所学校的督导组里，不能{command.title}。")
    return _DECISIONS[type(command)](context, case, data, command)


def _rescored(context: Context, data: Any, answers: dict) -> w.Scored | Refusal:
    if context.standard is None:
        return Refusal("这个流程没有评估标准，不能评分。")
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
    return [w.ScoresEntered(**at(context), scored=scored, payload=context.payload)]


def _veto(context: Context, case: Any, data: Any, command: w.ConfirmVeto) -> Decided:
    if context.standard is None:
        return Refusal("这个流程没有评估标准，没有一票否决事项。")
    if command.item not in {veto.code for veto in context.standard.vetoes}:
        return Refusal(f"标准里没有编号为{command.item}的一票否决事项。")
    if command.item in data.vetoes:
        return Refusal("这一事项已经确认过了。")
    if not command.form.get("evidence"):
        return Refusal("确认一票否决须写明证据。")
    grade = _capped(context, data.scored.grade, command.item) if data.scored else ""
    return [w.VetoConfirmed(**at(context), item=command.item, grade=grade, payload=context.payload)]


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
        w.PreliminaryOpinionGiven(**at(context), total=total, grade=grade, payload=context.payload)
    ]


def _result(data: Any) -> tuple[str, str]:
    """Total and grade as they stand now, empty where nothing is scored."""
    return (data.scored.total, data.scored.grade) if data.scored else ("", "")


def _defend(context: Context, case: Any, data: Any, command: w.StateDefence) -> Decided:
    if data.phase == "ready" and data.defence != "lapsed":
        return Refusal("学校已确认无异议或申辩已答复，不能再提出申辩。")
    if not command.form.get("text"):
        return Refusal("申辩须写明理由。")
    return [w.DefenceStated(**at(context), indicators=command.indicators, payload=context.payload)]


def _waive(context: Context, case: Any, data: Any, command: w.WaiveDefence) -> Decided:
    if data.phase == "ready" and data.defence != "lapsed":
        return Refusal("学校已确认无异议或申辩已答复，不用再确认。")
    return [w.DefenceWaived(**at(context))]


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
            **at(context), upheld=command.upheld, scored=scored, payload=context.payload
        )
    ]


def _issue(context: Context, case: Any, data: Any, command: w.IssueOpinionLetter) -> Decided:
    """Fifteen working days after the visit (regulation); a late one is issued and says why."""
    if refusal := context.doubtful(command.rectify_by, "整改期限"):
        return refusal
    if refusal := context.doubtful_findings(command.findings):
        return refusal
    latest = case.due_on(context.stage.id, "opinion_letter")
    if latest and context.happened_on > latest and not command.form.get("late_reason"):
        return Refusal(f"督评意见书应于{full(latest)}前印发，现已逾期，须写明逾期原因。")
    total, grade = _result(data)
    return [
        w.OpinionLetterIssued(
            **at(context),
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
    what = "复核" if second else "复查"
    if data.review != ("answered" if second else "open"):
        return Refusal(f"现在不能申请{what}：期限已过，或已经申请过。")
    if not command.form.get("text"):
        return Refusal("申请须写明理由。")
    event = w.SecondReviewRequested if second else w.ReviewRequested
    return [event(**at(context), payload=context.payload)]


def _answer(context: Context, case: Any, data: Any, command: Any) -> Decided:
    second = isinstance(command, w.DecideSecondReview)
    if data.review != ("second" if second else "requested"):
        return Refusal("没有待答复的申请。")
    if not command.form.get("reason"):
        return Refusal("答复须写明理由。")
    fields = {**at(context), "upheld": command.upheld, "payload": context.payload}
    if second:
        return [w.SecondReviewDecided(**fields)]
    return [
        w.ReviewAnswered(**fields, second_open="second_review_request" in context.stage.deadlines)
    ]


_DECISIONS = {
    w.AppointTeam: visit.appoint,
    w.DeclareRecusal: visit.recuse,
    w.ScheduleVisit: visit.schedule,
    w.AnnounceVisit: visit.served(w.VisitAnnounced, "announced", "announcement"),
    w.ServeNotice: visit.served(w.VisitNoticed, "noticed", "notice"),
    w.StartVisit: visit.start,
    w.EndVisit: visit.end,
    w.EnterScores: _enter,
    w.ConfirmVeto: _veto,
    w.GivePreliminaryOpinion: _opine,
    w.StateDefence: _defend,
    w.WaiveDefence: _waive,
    w.ConsiderDefence: _consider,
    w.IssueOpinionLetter: _issue,
    w.RequestReview: _request,
    w.AnswerReview: _answer,
    w.RequestSecondReview: _request,
    w.DecideSecondReview: _answer,
}
