"""实地督导: a team goes in, looks, gives its opinion, hears the defence, and issues its letter."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from rules.kinds import DeadlineRule, Kind
from rules.messages import Event
from rules.on_site_review.decisions import decide
from rules.on_site_review.words import COMMANDS, EVENTS, Scored
from rules.stages import StageFields
from rules.values import Frozen, Role


class TeamSize(Frozen):
    """National law: at least three (督导条例)."""

    at_least: int = Field(default=3, ge=1, le=50)


class VisitLength(Frozen):
    """Round four of the "316 project": at least two days in the school."""

    at_least: str = Field(default="1 teaching days", pattern=r"^\d+ (teaching|working) days?$")


class OnSiteReviewStage(StageFields):
    """``scored``: the team scores against the standard. ``questionnaires``: whom it asks."""

    kind: Literal["on_site_review"]
    responsible: Role = "office"
    team: TeamSize = TeamSize()
    visit: VisitLength = VisitLength()
    scored: bool = True
    questionnaires: list[Literal["teachers", "parents", "students"]] = []


class OnSiteReviewData(Frozen):
    """One review. ``review`` is where the school's request for a review of the letter stands."""

    phase: str = "preparing"
    lead: str = ""
    team: tuple[str, ...] = ()
    recused: tuple[str, ...] = ()
    starts: date | None = None
    ends: date | None = None
    announced: bool = False
    noticed: bool = False
    started_on: date | None = None
    ended_on: date | None = None
    scored: Scored | None = None
    vetoes: tuple[str, ...] = ()
    defence: str = ""
    defence_until: date | None = None
    grade: str = ""
    total: str = ""
    rectify_by: date | None = None
    review: str = "none"


def _scheduled(data: OnSiteReviewData, event: Any) -> dict:
    return {"starts": event.starts, "ends": event.ends, "announced": False, "noticed": False}


def _recused(data: OnSiteReviewData, event: Any) -> dict:
    team = tuple(member for member in data.team if member != event.inspector)
    lead = data.lead if data.lead in team else ""
    return {"team": team, "lead": lead, "recused": (*data.recused, event.inspector)}


def _vetoed(data: OnSiteReviewData, event: Any) -> dict:
    """A veto confirmed after scoring caps the grade; one before it is counted when scoring."""
    vetoes = (*data.vetoes, event.item)
    if data.scored is None:
        return {"vetoes": vetoes}
    return {"vetoes": vetoes, "scored": data.scored.model_copy(update={"grade": event.grade})}


def _issued(data: OnSiteReviewData, event: Any) -> dict:
    return {
        "phase": "lettered",
        "grade": event.grade,
        "total": event.total,
        "rectify_by": event.rectify_by,
        "review": "open" if event.review_open else "closed",
    }


def _corrected(data: OnSiteReviewData, event: Any) -> dict:
    """The visit's own days, when the office corrects them."""
    field = {"visit.started": "started_on", "visit.ended": "ended_on"}
    name = event.event.partition(".")[2]
    return {field[name]: event.happened_on} if name in field else {}


def _lapsed(data: OnSiteReviewData, event: Any) -> dict:
    """A right not used: no defence means the letter may go; no request closes the review."""
    if event.deadline == "defence" and data.phase == "heard":
        return {"phase": "ready", "defence": "lapsed", "defence_until": event.due_on}
    if event.deadline in ("review_request", "second_review_request"):
        return {"review": "closed"}
    return {}


# What each event changes: one line an event.
_CHANGES = {
    "team.appointed": lambda data, e: {"lead": e.lead, "team": e.members},
    "recusal.declared": _recused,
    "visit.scheduled": _scheduled,
    "visit.announced": lambda data, e: {"announced": True},
    "visit.noticed": lambda data, e: {"noticed": True},
    "visit.started": lambda data, e: {"phase": "visiting", "started_on": e.happened_on},
    "visit.ended": lambda data, e: {"phase": "visited", "ended_on": e.happened_on},
    "scores.entered": lambda data, e: {"scored": e.scored},
    "veto.confirmed": _vetoed,
    "preliminary_opinion.given": lambda data, e: {"phase": "heard"},
    "defence.stated": lambda data, e: {"phase": "defended", "defence": "stated"},
    "defence.waived": lambda data, e: {"phase": "ready", "defence": "waived"},
    "defence.considered": lambda data, e: {
        "phase": "ready",
        "defence": "upheld" if e.upheld else "rejected",
        "scored": e.scored,
    },
    "corrected": _corrected,
    "opinion_letter.issued": _issued,
    "review.requested": lambda data, e: {"review": "requested"},
    "review.answered": lambda data, e: {"review": "answered" if e.second_open else "closed"},
    "second_review.requested": lambda data, e: {"review": "second"},
    "second_review.decided": lambda data, e: {"review": "closed"},
    "lapsed": _lapsed,
}


def evolve(data: OnSiteReviewData, event: Event) -> OnSiteReviewData:
    """Fold one event of this stage."""
    change = _CHANGES.get(event.name)
    return data.model_copy(update=change(data, event)) if change else data


def settled(data: OnSiteReviewData) -> bool:
    """Left before the visit, or after the letter once no review of it is asked for any more.

    A visit that took place gets its letter, whatever becomes of the plan meanwhile.
    """
    return data.phase == "preparing" or (data.phase == "lettered" and data.review == "closed")


_OFFICE = {"who": "office"}


def _owed(title: str, met_by: str, after: str) -> DeadlineRule:
    return DeadlineRule(title, who="office", met_by=(met_by,), after=(after,))


def _guard(title: str, met_by: str) -> DeadlineRule:
    return DeadlineRule(title, who="office", met_by=(met_by,), guard=True, after=("visit.starts",))


def _right(title: str, met_by: str, after: str) -> DeadlineRule:
    """A request on paper may come on the last day and be typed in on the next."""
    return DeadlineRule(title, who="school", met_by=(met_by,), window=True, grace=1, after=(after,))


KIND = Kind(
    name="on_site_review",
    title="实地督导",
    stage=OnSiteReviewStage,
    data=OnSiteReviewData,
    phases={
        "preparing": "筹备中",
        "visiting": "入校督导中",
        "visited": "已离校，待反馈初步意见",
        "heard": "已反馈，等待学校申辩",
        "defended": "学校已申辩，待答复",
        "ready": "待印发督评意见书",
        "lettered": "已印发督评意见书",
    },
    commands=COMMANDS,
    events=EVENTS,
    deadlines={
        "team": DeadlineRule("组建督导组", **_OFFICE, met_by=("team.appointed",)),
        "replacement": DeadlineRule(
            "补足督导组", **_OFFICE, met_by=("team.appointed",), after=("recusal.declared",)
        ),
        "schedule": DeadlineRule("确定入校日期", **_OFFICE, met_by=("visit.scheduled",)),
        "announcement": _guard("发布督导公告", "visit.announced"),
        "notice": _guard("送达督导评估通知书", "visit.noticed"),
        "record": DeadlineRule(
            "登记入校督导",
            who="team",
            met_by=("visit.ended",),
            after=("visit.starts", "visit.ends"),
        ),
        "preliminary_opinion": _owed(
            "反馈初步意见", "preliminary_opinion.given", after="visit.ended"
        ),
        "defence": DeadlineRule(
            "学校申辩",
            who="school",
            met_by=("defence.stated", "defence.waived"),
            window=True,
            after=("preliminary_opinion.given",),
        ),
        "consider": _owed("答复申辩", "defence.considered", after="defence.stated"),
        "opinion_letter": _owed("印发督评意见书", "opinion_letter.issued", after="visit.ended"),
        "review_request": _right("申请复查", "review.requested", after="opinion_letter.issued"),
        "review_answer": _owed("答复复查申请", "review.answered", after="review.requested"),
        "second_review_request": _right(
            "申请复核", "second_review.requested", after="review.answered"
        ),
        "second_review_decision": DeadlineRule(
            "作出复核决定",
            who="superior",
            met_by=("second_review.decided",),
            after=("second_review.requested",),
        ),
    },
    required=("team", "schedule", "record", "preliminary_opinion", "defence", "opinion_letter"),
    needs={
        "review_request": ("review_answer",),
        "second_review_request": ("review_request", "second_review_decision"),
    },
    until=("opinion_letter.issued",),
    decide=decide,
    evolve=evolve,
    settled=settled,
    anchors={
        "visit.starts": ("visit.scheduled", "starts"),
        "visit.ends": ("visit.scheduled", "ends"),
        "opinion_letter.rectify_by": ("opinion_letter.issued", "rectify_by"),
    },
)
