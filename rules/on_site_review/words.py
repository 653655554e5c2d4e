"""实地督导: its commands, its events, and what is remembered of one review."""

from datetime import date
from typing import Literal

from rules.messages import Event, Finding, StageCommand
from rules.values import Frozen


class AppointTeam(StageCommand):
    """Name the team. National law: at least three, and nobody who must recuse (督导条例)."""

    title = "组建督导组"
    roles = ("office",)
    phases = ("preparing",)
    type: Literal["AppointTeam"] = "AppointTeam"
    lead: str
    members: tuple[str, ...]


class DeclareRecusal(StageCommand):
    """An inspector steps back: a near relative of the head, or another interest."""

    title = "申报回避"
    roles = ("inspector", "team", "office")
    phases = ("preparing",)
    type: Literal["DeclareRecusal"] = "DeclareRecusal"
    inspector: str


class ScheduleVisit(StageCommand):
    """Fix the days, or fix them anew. Whatever was announced before is announced again."""

    title = "确定入校日期"
    roles = ("office",)
    phases = ("preparing",)
    type: Literal["ScheduleVisit"] = "ScheduleVisit"
    starts: date
    ends: date


class AnnounceVisit(StageCommand):
    title = "发布督导公告"
    roles = ("office",)
    phases = ("preparing",)
    type: Literal["AnnounceVisit"] = "AnnounceVisit"


class ServeNotice(StageCommand):
    title = "送达督导评估通知书"
    roles = ("office",)
    phases = ("preparing",)
    type: Literal["ServeNotice"] = "ServeNotice"


class StartVisit(StageCommand):
    title = "开始实地督导"
    roles = ("office", "team")
    phases = ("preparing",)
    type: Literal["StartVisit"] = "StartVisit"


class EndVisit(StageCommand):
    title = "结束实地督导"
    roles = ("office", "team")
    phases = ("visiting",)
    type: Literal["EndVisit"] = "EndVisit"


class EnterScores(StageCommand):
    """The team's scores. ``form.answers``: by indicator code, a reason for every point lost."""

    title = "录入督评得分"
    roles = ("office", "team")
    phases = ("visiting", "visited")
    type: Literal["EnterScores"] = "EnterScores"


class ConfirmVeto(StageCommand):
    """A person confirms a veto item (一票否决) on evidence; ``item`` is its code."""

    title = "确认一票否决"
    roles = ("office",)
    phases = ("visiting", "visited", "defended")
    type: Literal["ConfirmVeto"] = "ConfirmVeto"
    item: str


class GivePreliminaryOpinion(StageCommand):
    title = "反馈初步意见"
    roles = ("office", "team")
    phases = ("visited",)
    type: Literal["GivePreliminaryOpinion"] = "GivePreliminaryOpinion"


class StateDefence(StageCommand):
    """The school's defence (申辩); ``indicators`` are the codes it disputes."""

    title = "提出申辩"
    roles = ("school",)
    phases = ("heard", "ready")
    within = "defence"
    type: Literal["StateDefence"] = "StateDefence"
    indicators: tuple[str, ...] = ()


class WaiveDefence(StageCommand):
    title = "确认无异议"
    roles = ("school",)
    phases = ("heard", "ready")
    within = "defence"
    type: Literal["WaiveDefence"] = "WaiveDefence"


class ConsiderDefence(StageCommand):
    """The agency considers the defence; changed answers stand in ``form.answers``."""

    title = "答复申辩"
    roles = ("office",)
    phases = ("defended",)
    type: Literal["ConsiderDefence"] = "ConsiderDefence"
    upheld: bool


class IssueOpinionLetter(StageCommand):
    """Sign and issue the opinion letter. A late one says why in ``form.late_reason``."""

    title = "印发督评意见书"
    roles = ("office",)
    phases = ("ready",)
    type: Literal["IssueOpinionLetter"] = "IssueOpinionLetter"
    findings: tuple[Finding, ...] = ()
    rectify_by: date


class RequestReview(StageCommand):
    title = "申请复查"
    roles = ("school",)
    phases = ("lettered",)
    within = "review_request"
    type: Literal["RequestReview"] = "RequestReview"


class AnswerReview(StageCommand):
    title = "答复复查申请"
    roles = ("office",)
    phases = ("lettered",)
    type: Literal["AnswerReview"] = "AnswerReview"
    upheld: bool


class RequestSecondReview(StageCommand):
    title = "申请复核"
    roles = ("school",)
    phases = ("lettered",)
    within = "second_review_request"
    type: Literal["RequestSecondReview"] = "RequestSecondReview"


class DecideSecondReview(StageCommand):
    title = "作出复核决定"
    roles = ("superior", "office")
    phases = ("lettered",)
    type: Literal["DecideSecondReview"] = "DecideSecondReview"
    upheld: bool


COMMANDS = tuple(word for word in StageCommand.__subclasses__() if word.__module__ == __name__)


class Scored(Frozen):
    """Points as decimal texts, and the grade they make with the vetoes confirmed."""

    areas: dict[str, str] = {}
    total: str = ""
    value_added: str = ""
    grade: str = ""


class TeamAppointed(Event):
    """``consulted`` are the recusals known when the team was named."""

    type: Literal["on_site_review.team.appointed"] = "on_site_review.team.appointed"
    lead: str
    members: tuple[str, ...]
    consulted: tuple[str, ...] = ()


class RecusalDeclared(Event):
    type: Literal["on_site_review.recusal.declared"] = "on_site_review.recusal.declared"
    inspector: str
    payload: str = ""


class VisitScheduled(Event):
    type: Literal["on_site_review.visit.scheduled"] = "on_site_review.visit.scheduled"
    starts: date
    ends: date


class VisitAnnounced(Event):
    type: Literal["on_site_review.visit.announced"] = "on_site_review.visit.announced"
    payload: str = ""


class VisitNoticed(Event):
    type: Literal["on_site_review.visit.noticed"] = "on_site_review.visit.noticed"
    payload: str = ""


class VisitStarted(Event):
    type: Literal["on_site_review.visit.started"] = "on_site_review.visit.started"


class VisitEnded(Event):
    type: Literal["on_site_review.visit.ended"] = "on_site_review.visit.ended"
    payload: str = ""


class ScoresEntered(Event):
    type: Literal["on_site_review.scores.entered"] = "on_site_review.scores.entered"
    scored: Scored
    payload: str = ""


class VetoConfirmed(Event):
    type: Literal["on_site_review.veto.confirmed"] = "on_site_review.veto.confirmed"
    grade: str = ""
    payload: str = ""


class PreliminaryOpinionGiven(Event):
    type: Literal["on_site_review.preliminary_opinion.given"] = (
        "on_site_review.preliminary_opinion.given"
    )
    total: str = ""
    grade: str = ""
    payload: str = ""


class DefenceStated(Event):
    type: Literal["on_site_review.defence.stated"] = "on_site_review.defence.stated"
    indicators: tuple[str, ...] = ()
    payload: str = ""


class DefenceWaived(Event):
    type: Literal["on_site_review.defence.waived"] = "on_site_review.defence.waived"


class DefenceConsidered(Event):
    type: Literal["on_site_review.defence.considered"] = "on_site_review.defence.considered"
    upheld: bool
    scored: Scored
    payload: str = ""


class OpinionLetterIssued(Event):
    """``review_open``: whether the school may still ask for a review (复查)."""

    type: Literal["on_site_review.opinion_letter.issued"] = "on_site_review.opinion_letter.issued"
    total: str = ""
    grade: str = ""
    findings: tuple[Finding, ...] = ()
    rectify_by: date
    review_open: bool = False
    payload: str = ""


class ReviewRequested(Event):
    type: Literal["on_site_review.review.requested"] = "on_site_review.review.requested"
    payload: str = ""


class ReviewAnswered(Event):
    type: Literal["on_site_review.review.answered"] = "on_site_review.review.answered"
    upheld: bool
    second_open: bool = False
    payload: str = ""


class SecondReviewRequested(Event):
    type: Literal["on_site_review.second_review.requested"] = (
        "on_site_review.second_review.requested"
    )
    payload: str = ""


class SecondReviewDecided(Event):
    type: Literal["on_site_review.second_review.decided"] = "on_site_review.second_review.decided"
    upheld: bool
    payload: str = ""


EVENTS = tuple(word for word in Event.__subclasses__() if word.__module__ == __name__)
