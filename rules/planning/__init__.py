"""制定计划: the office fixes which subjects are evaluated when, publishes it, and hears comments.

A stage of the round. Its publication owes every case of the round one answer, *selected* or
*deferred*; an amendment answers again. ``rules.selection`` proposes; people decide.
"""

from datetime import timedelta
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from pydantic import Field, field_validator

from rules.kinds import Context, DeadlineRule, Decided, Kind
from rules.messages import Command, Event
from rules.planning.words import (
    COMMANDS,
    EVENTS,
    Adopted,
    AdoptPlan,
    Amended,
    AmendPlan,
    Commented,
    CommentOnPlan,
    CommentsClosed,
    Deferred,
    Planned,
    Proposed,
    ProposePlan,
    Published,
    PublishPlan,
    Selected,
    Shifted,
)
from rules.selection import Quota, parse_quota
from rules.stages import StageFields
from rules.values import Frozen, Refusal, Role

__all__ = [
    "KIND",
    "AdoptPlan",
    "Adopted",
    "AmendPlan",
    "Amended",
    "CommentOnPlan",
    "Commented",
    "CommentsClosed",
    "Cover",
    "Deferred",
    "Planned",
    "PlanningData",
    "PlanningStage",
    "ProposePlan",
    "Proposed",
    "PublishPlan",
    "Published",
    "Selected",
    "Shifted",
]

FURTHEST = timedelta(days=400)  # no round is longer: a week beyond that is a slip


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
        try:
            share = Fraction(text or "1")
        except (ValueError, ZeroDivisionError):
            share = Fraction(0)
        if not 0 < share <= 1:
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
    responsible: Role = "office"
    cover: Cover
    burden_at_most: int = Field(default=5, ge=1, le=100)


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
            of = len(context.facts["subjects"])
            refusal = _refuse(context, [], command.selected)
            return refusal or [Proposed(**stage, selected=command.selected, of=of)]
        case PublishPlan():
            return [Published(**stage, number=1, payload=context.payload)]
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
        return Refusal(f"计划里没有{context.named(missing)}，无法移出。")
    kept = [p.subject for p in data.selected if p.subject not in command.remove]
    if refusal := _refuse(context, kept, command.add):
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


def _refuse(context: Context, kept: list[str], added: tuple[Planned, ...]) -> Refusal | None:
    """Nobody twice, nobody from elsewhere, nobody over the burden cap, and enough of them.

    Who is already in the plan stays however often visited; who left the round (a merged school)
    no longer counts.
    """
    subjects, new = context.facts["subjects"], [planned.subject for planned in added]
    if len({*kept, *new}) != len(kept) + len(new):
        return Refusal("计划里有单位重复出现，每个单位只能列一次。")
    if strangers := [code for code in new if code not in subjects]:
        return Refusal(f"{context.named(strangers)}不在本轮范围内，不能列入计划。")
    cap = context.stage.burden_at_most
    if heavy := [code for code in new if subjects[code].get("visits", 0) >= cap]:
        return Refusal(f"{context.named(heavy)}本年度入校检查已达{cap}次上限，不能再列入计划。")
    if slips := [p.subject for p in added if abs(p.week - context.today) > FURTHEST]:
        return Refusal(f"{context.named(slips)}安排的周次离今天太远，请核对。")
    if share := context.stage.cover.each_year:
        need = ceil(len(subjects) * Fraction(share))
        if (planned := len(new) + sum(code in subjects for code in kept)) < need:
            return Refusal(
                f"每年至少评估{share}的学校：本轮{len(subjects)}个，至少{need}个，"
                f"计划只有{planned}个。"
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
        case CommentsClosed() if data.phase == "published":
            update = {"phase": "commented"}
        case _:
            return data
    return data.model_copy(update=update)


def settled(data: PlanningData) -> bool:
    """Open to amendments until the round ends, and not left before it is adopted."""
    return data.phase == "adopted"


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
    commands=COMMANDS,
    events=EVENTS,
    deadlines={
        "propose": DeadlineRule("拟定评估计划", who="office", met_by=("proposed",)),
        "publish": DeadlineRule(
            "公示评估计划", who="office", met_by=("published",), after=("proposed",)
        ),
        "comments": DeadlineRule("公示征求意见", who="public", window=True, after=("published",)),
        "adopt": DeadlineRule(
            "确定评估计划", who="office", met_by=("adopted",), after=("comments.closed",)
        ),
    },
    required=("propose", "publish", "comments", "adopt"),
    until=("round.ended",),
    decide=decide,
    evolve=evolve,
    react=react,
    settled=settled,
)
