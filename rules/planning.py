"""制定计划: the office fixes which subjects are evaluated when, publishes it, and hears comments.

A stage of the round. Its publication owes every case of the round one answer, *selected* or
*deferred*; an amendment answers again. ``rules.selection`` proposes; people decide.
"""

from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from pydantic import Field, field_validator

from rules.kinds import Context, DeadlineRule, Decided, Kind
from rules.messages import Command, Event, StageCommand
from rules.selection import Quota, parse_quota
from rules.stages import StageFields
from rules.values import Frozen, Refusal


class Cover(Frozen):
    """How many subjects a plan must reach.

    ``each_year``: the least share of the jurisdiction (1/3 by the round-four rules). ``tiers``:
    instead, a quota by the subject's tier ("once a month", "1 times a week").
    """

    each_year: str = ""
    tiers: dict[str, str] = {}

    @field_validator("each_year")
    @classmethod
    def _share(cls, text: str) -> str:
        if text and not 0 < Fraction(text) <= 1:
            raise ValueError("应是大于0、不大于1的分数，例如 1/3")
        return text

    @field_validator("tiers")
    @classmethod
    def _quotas(cls, tiers: dict[str, str]) -> dict[str, str]:
        for text in tiers.values():
            parse_quota(text)
        return tiers

    def quotas(self) -> dict[str, Quota]:
        """The quota of each tier."""
        return {tier: parse_quota(text) for tier, text in self.tiers.items()}


class PlanningStage(StageFields):
    """``burden_at_most``: inspections of one subject a year by all processes together."""

    kind: Literal["planning"]
    of: Literal["round"] = "round"
    responsible: str = "office"
    cover: Cover
    burden_at_most: int = Field(default=5, ge=1, le=100)


class Planned(Frozen):
    """One subject in the plan: its organisation's code, and the week its visit is meant for."""

    subject: str
    week: date
    inspectors: tuple[str, ...] = ()
    why: str = ""


class ProposePlan(StageCommand):
    """Put forward whom to evaluate. ``of`` is everyone who could be."""

    title = "提出评估计划"
    roles = ("office", "system")
    phases = ("awaited", "proposed")
    type: Literal["ProposePlan"] = "ProposePlan"
    selected: tuple[Planned, ...]


class PublishPlan(StageCommand):
    title = "公示评估计划"
    roles = ("office",)
    phases = ("proposed",)
    type: Literal["PublishPlan"] = "PublishPlan"


class CommentOnPlan(StageCommand):
    title = "对计划提出意见"
    roles = ("public", "school", "office", "inspector", "department", "township")
    phases = ("published",)
    type: Literal["CommentOnPlan"] = "CommentOnPlan"


class AdoptPlan(StageCommand):
    title = "确定评估计划"
    roles = ("office",)
    phases = ("commented",)
    type: Literal["AdoptPlan"] = "AdoptPlan"


class AmendPlan(StageCommand):
    """Change a published plan: the form says why. Everyone concerned is answered again."""

    title = "调整评估计划"
    roles = ("office",)
    phases = ("published", "commented", "adopted")
    type: Literal["AmendPlan"] = "AmendPlan"
    add: tuple[Planned, ...] = ()
    remove: tuple[str, ...] = ()


class Proposed(Event):
    type: Literal["planning.proposed"] = "planning.proposed"
    selected: tuple[Planned, ...]
    of: int


class Published(Event):
    """Published for comments. ``number`` counts the answers given: 1, then one per amendment."""

    type: Literal["planning.published"] = "planning.published"
    number: int


class Commented(Event):
    type: Literal["planning.commented"] = "planning.commented"
    payload: str = ""


class CommentsClosed(Event):
    """The comment period is over."""

    type: Literal["planning.comments.closed"] = "planning.comments.closed"


class Adopted(Event):
    type: Literal["planning.adopted"] = "planning.adopted"


class Amended(Event):
    type: Literal["planning.amended"] = "planning.amended"
    number: int
    add: tuple[Planned, ...] = ()
    remove: tuple[str, ...] = ()
    payload: str = ""


class Selected(Event):
    """The answer in a case's own log: this subject is evaluated in this round."""

    type: Literal["planning.selected"] = "planning.selected"
    number: int
    week: date
    inspectors: tuple[str, ...] = ()


class Deferred(Event):
    """The answer in a case's own log: not this round."""

    type: Literal["planning.deferred"] = "planning.deferred"
    number: int


class PlanningData(Frozen):
    phase: str = "awaited"
    number: int = 0
    of: int = 0
    selected: tuple[Planned, ...] = ()
    comments: int = 0


def decide(context: Context, case: Any, data: PlanningData, command: Command) -> Decided:
    """A plan names subjects of this round once each and reaches the share the rules demand."""
    stage = {"stage": context.stage.id, "happened_on": context.happened_on}
    match command:
        case ProposePlan():
            subjects = context.facts["subjects"]
            refusal = _refuse(context, [p.subject for p in command.selected], subjects)
            return refusal or [Proposed(**stage, selected=command.selected, of=len(subjects))]
        case PublishPlan():
            return [Published(**stage, number=1)]
        case CommentOnPlan():
            return [Commented(**stage, payload=context.payload)]
        case AdoptPlan():
            return [Adopted(**stage)]
        case AmendPlan():
            return _amend(context, data, command, stage)


def _amend(context: Context, data: PlanningData, command: AmendPlan, stage: dict) -> Decided:
    if not command.form.get("reason"):
        return Refusal("调整已公示的计划须写明理由。")
    chosen = {planned.subject for planned in data.selected}
    if missing := [code for code in command.remove if code not in chosen]:
        return Refusal(f"计划里没有{'、'.join(missing)}，无法移出。")
    added = [p.subject for p in command.add]
    after = [code for code in chosen if code not in command.remove] + added
    if refusal := _refuse(context, after, context.facts["subjects"]):
        return refusal
    return [
        Amended(
            **stage,
            number=data.number + 1,
            add=command.add,
            remove=command.remove,
            payload=context.payload,
        )
    ]


def _refuse(context: Context, chosen: list[str], subjects: dict) -> Refusal | None:
    """Nobody twice, nobody from elsewhere, nobody over the burden cap, and enough of them."""
    if len(set(chosen)) != len(chosen):
        return Refusal("计划里有单位重复出现，每个单位只能列一次。")
    if strangers := [code for code in chosen if code not in subjects]:
        return Refusal(f"{'、'.join(strangers[:5])}不在本轮范围内，不能列入计划。")
    cap = context.stage.burden_at_most
    if heavy := [code for code in chosen if subjects[code].get("visits", 0) >= cap]:
        return Refusal(f"{'、'.join(heavy[:5])}本年度入校检查已达{cap}次上限，不能再列入计划。")
    if share := context.stage.cover.each_year:
        need = ceil(len(subjects) * Fraction(share))
        if len(chosen) < need:
            return Refusal(
                f"每年至少评估{share}的学校：本轮{len(subjects)}个，至少{need}个，"
                f"计划只有{len(chosen)}个。"
            )
    return None


def evolve(data: PlanningData, event: Event) -> PlanningData:
    """Fold one event of this stage."""
    match event:
        case Proposed():
            update = {"phase": "proposed", "selected": event.selected, "of": event.of}
        case Published():
            update = {"phase": "published", "number": event.number}
        case Commented():
            update = {"comments": data.comments + 1}
        case Adopted():
            update = {"phase": "adopted"}
        case Amended():
            kept = tuple(p for p in data.selected if p.subject not in event.remove)
            update = {"selected": kept + event.add, "number": event.number}
        case CommentsClosed():
            update = {"phase": "commented"}
        case _:
            return data
    return data.model_copy(update=update)


def react(context: Context, case: Any, data: PlanningData, event: Event) -> list[Event]:
    """The last day for comments has passed."""
    if event.type == "deadline.lapsed" and event.deadline == "comments":
        return [CommentsClosed(stage=event.stage, happened_on=event.happened_on)]
    return []


KIND = Kind(
    name="planning",
    title="制定计划",
    stage=PlanningStage,
    data=PlanningData,
    phases={
        "awaited": "待拟定",
        "proposed": "已拟定，待公示",
        "published": "公示中",
        "commented": "公示期满，待确定",
        "adopted": "已确定",
    },
    commands=(ProposePlan, PublishPlan, CommentOnPlan, AdoptPlan, AmendPlan),
    events=(Proposed, Published, Commented, CommentsClosed, Adopted, Amended, Selected, Deferred),
    deadlines={
        "propose": DeadlineRule("拟定评估计划", who="office", met_by=("proposed",)),
        "publish": DeadlineRule("公示评估计划", who="office", met_by=("published",)),
        "comments": DeadlineRule("公示征求意见", who="public", window=True),
        "adopt": DeadlineRule("确定评估计划", who="office", met_by=("adopted",)),
    },
    required=("propose", "publish", "comments", "adopt"),
    until=("adopted",),
    decide=decide,
    evolve=evolve,
    react=react,
)
