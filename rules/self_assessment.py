"""自查自评: somebody is asked for an account of itself by a day, and gives it; it may come back.

A school assesses itself against the standard (``form: standard``); an office gives its yearly
bulletin, a county its report to the city (``form: report``). Without a ``review`` deadline in the
definition nobody reviews it: it stands as submitted.
"""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from rules.kinds import Context, DeadlineRule, Decided, Kind
from rules.messages import Command, Event, StageCommand
from rules.scores import grade_of, score_answers
from rules.stages import StageFields
from rules.values import Frozen, Refusal

PAPERS = ("报告", "通报", "总结", "报表")  # a title that names what is handed in


class SelfAssessmentStage(StageFields):
    """``returns_at_most``: how often an account may be sent back before it must be accepted."""

    kind: Literal["self_assessment"]
    form: Literal["standard", "report"] = "report"
    returns_at_most: int = Field(default=2, ge=0, le=10)

    def says(self, words: str) -> str:
        """A plain report is called what the stage is called, and no self-assessment."""
        if self.form == "standard":
            return words
        paper = self.title if self.title.endswith(PAPERS) else f"“{self.title}”材料"
        return words.replace("自评报告", paper).replace("自评", paper)


class SubmitSelfAssessment(StageCommand):
    """Hand in the account. ``form``: ``answers`` by indicator code, and the report's texts."""

    title = "提交自评报告"
    roles = ("responsible",)
    phases = ("awaited", "returned")
    type: Literal["SubmitSelfAssessment"] = "SubmitSelfAssessment"


class ReturnSelfAssessment(StageCommand):
    """Send it back with reasons; ``indicators`` are the codes the reasons belong to."""

    title = "退回自评报告"
    roles = ("reviewer", "inspector")
    phases = ("submitted",)
    type: Literal["ReturnSelfAssessment"] = "ReturnSelfAssessment"
    indicators: tuple[str, ...] = ()


class AcceptSelfAssessment(StageCommand):
    """Take it as it stands."""

    title = "通过自评审核"
    roles = ("reviewer", "inspector")
    phases = ("submitted",)
    type: Literal["AcceptSelfAssessment"] = "AcceptSelfAssessment"


class ExcuseSelfAssessment(StageCommand):
    """Let it go this time (a school closed, newly built): the reason stands in the form."""

    title = "免交自评报告"
    roles = ("reviewer", "office")
    phases = ("awaited", "returned")
    type: Literal["ExcuseSelfAssessment"] = "ExcuseSelfAssessment"


class Submitted(Event):
    """The account is in. Points are decimal texts; empty where the form is a plain report."""

    type: Literal["self_assessment.submitted"] = "self_assessment.submitted"
    payload: str = ""
    areas: dict[str, str] = {}
    total: str = ""
    value_added: str = ""
    grade: str = ""


class Returned(Event):
    type: Literal["self_assessment.returned"] = "self_assessment.returned"
    payload: str = ""
    indicators: tuple[str, ...] = ()


class Accepted(Event):
    type: Literal["self_assessment.accepted"] = "self_assessment.accepted"


class Excused(Event):
    type: Literal["self_assessment.excused"] = "self_assessment.excused"
    payload: str = ""


class SelfAssessmentData(Frozen):
    """Where the account stands, and what it came to."""

    phase: str = "awaited"
    returns: int = 0
    submitted_on: date | None = None
    total: str = ""
    grade: str = ""


def decide(context: Context, case: Any, data: SelfAssessmentData, command: Command) -> Decided:
    """Submission is scored against the standard; a return needs a reason and is bounded."""
    stage = {"stage": context.stage.id, "happened_on": context.happened_on}
    match command:
        case SubmitSelfAssessment():
            return _submit(context, command, stage)
        case ReturnSelfAssessment():
            if not command.form.get("reason"):
                return Refusal("退回自评报告须写明理由，学校才知道改什么。")
            if data.returns >= context.stage.returns_at_most:
                times = context.stage.returns_at_most
                return Refusal(f"这份自评报告已退回{times}次，达到上限，请直接审核通过或当面指导。")
            indicators = command.indicators
            return [Returned(**stage, payload=context.payload, indicators=indicators)]
        case AcceptSelfAssessment():
            return [Accepted(**stage)]
        case ExcuseSelfAssessment():
            if not command.form.get("reason"):
                return Refusal("免交自评报告须写明理由。")
            return [Excused(**stage, payload=context.payload)]


def _submit(context: Context, command: SubmitSelfAssessment, stage: dict) -> Decided:
    outcome: dict[str, Any] = {}
    if context.stage.form == "standard":
        scored = score_answers(
            context.standard, context.facts["school_kind"], command.form.get("answers", {}), "self"
        )
        if isinstance(scored, Refusal):
            return scored
        outcome = {
            "areas": scored.areas,
            "total": scored.total,
            "value_added": scored.value_added,
            "grade": grade_of(context.standard, scored),
        }
    elif not command.form:
        return Refusal("报告内容是空的，请填写后再提交。")
    events: list[Event] = [Submitted(**stage, payload=context.payload, **outcome)]
    if "review" not in context.stage.deadlines:
        events.append(Accepted(**stage))
    return events


def evolve(data: SelfAssessmentData, event: Event) -> SelfAssessmentData:
    """Fold one event of this stage."""
    match event:
        case Submitted():
            update = {"phase": "submitted", "submitted_on": event.happened_on}
            update |= {"total": event.total, "grade": event.grade}
        case Returned():
            update = {"phase": "returned", "returns": data.returns + 1}
        case Accepted():
            update = {"phase": "accepted"}
        case Excused():
            update = {"phase": "excused"}
        case _:
            return data
    return data.model_copy(update=update)


KIND = Kind(
    name="self_assessment",
    title="自查自评",
    stage=SelfAssessmentStage,
    data=SelfAssessmentData,
    phases={
        "awaited": "待提交",
        "submitted": "已提交，待审核",
        "returned": "已退回，待重新提交",
        "accepted": "已通过",
        "excused": "已免交",
    },
    commands=(
        SubmitSelfAssessment,
        ReturnSelfAssessment,
        AcceptSelfAssessment,
        ExcuseSelfAssessment,
    ),
    events=(Submitted, Returned, Accepted, Excused),
    deadlines={
        "submit": DeadlineRule("提交自评报告", met_by=("submitted",), cancelled_by=("excused",)),
        "resubmit": DeadlineRule(
            "重新提交自评报告",
            met_by=("submitted",),
            cancelled_by=("excused",),
            after=("returned",),
        ),
        "review": DeadlineRule(
            "审核自评报告",
            who="reviewer",
            met_by=("returned", "accepted"),
            after=("submitted",),
        ),
    },
    required=("submit",),
    needs={"review": ("resubmit",)},
    until=("accepted", "excused"),
    decide=decide,
    evolve=evolve,
)
