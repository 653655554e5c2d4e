"""过程指导: an inspector comes by regularly, guides, and reports after each visit.

Routine supervision is owed so many times a period ("2 times a semester" by national law for
schools); a visit's problems go straight to the issue list.
"""

from datetime import date
from typing import Any, Literal

from rules.kinds import Context, DeadlineRule, Decided, Kind
from rules.messages import Command, Event, Finding, StageCommand
from rules.stages import StageFields
from rules.values import Frozen, Refusal, Role


class ProcessGuidanceStage(StageFields):
    """``methods`` are the ways the definition expects (听 查 看 问 谈), for the record's form."""

    kind: Literal["process_guidance"]
    responsible: Role = "inspector"
    methods: list[str] = []


class RecordGuidance(StageCommand):
    """One visit. ``form``: content, observations, strengths, advice, and texts of findings."""

    title = "填写过程指导记录"
    roles = ("responsible", "inspector", "office")
    phases = ("guiding",)
    type: Literal["RecordGuidance"] = "RecordGuidance"
    methods: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class FileGuidanceReport(StageCommand):
    """The report after a visit; ``item`` is the visit's number."""

    title = "提交过程指导报告"
    roles = ("responsible", "inspector", "office")
    phases = ("guiding",)
    type: Literal["FileGuidanceReport"] = "FileGuidanceReport"
    item: str


class Visited(Event):
    """A guidance visit took place; ``item`` numbers it within the stage."""

    type: Literal["process_guidance.visited"] = "process_guidance.visited"
    inspector: str
    methods: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    payload: str = ""


class Reported(Event):
    type: Literal["process_guidance.reported"] = "process_guidance.reported"
    payload: str = ""


class ProcessGuidanceData(Frozen):
    """Visits so far, and the numbers of those whose report is still owed."""

    phase: str = "guiding"
    visits: int = 0
    last_visit: date | None = None
    unreported: tuple[str, ...] = ()


def decide(context: Context, case: Any, data: ProcessGuidanceData, command: Command) -> Decided:
    """A visit is counted on its day and owes a report of its own."""
    stage = {"stage": context.stage.id, "happened_on": context.happened_on}
    match command:
        case RecordGuidance():
            if data.last_visit == context.happened_on:
                return Refusal("这一天已经有一份过程指导记录，同一天不能重复登记。")
            if refusal := context.doubtful_findings(command.findings):
                return refusal
            return [
                Visited(
                    **stage,
                    item=str(data.visits + 1),
                    inspector=context.actor.person,
                    methods=command.methods,
                    findings=command.findings,
                    payload=context.payload,
                )
            ]
        case FileGuidanceReport():
            if command.item not in data.unreported:
                return Refusal(f"第{command.item}次过程指导没有待交的报告，请核对次数。")
            return [Reported(**stage, item=command.item, payload=context.payload)]


def evolve(data: ProcessGuidanceData, event: Event) -> ProcessGuidanceData:
    """Fold one event of this stage."""
    match event:
        case Visited():
            update = {
                "visits": data.visits + 1,
                "last_visit": event.happened_on,
                "unreported": (*data.unreported, event.item),
            }
        case Reported():
            update = {"unreported": tuple(n for n in data.unreported if n != event.item)}
        case _:
            return data
    return data.model_copy(update=update)


def settled(data: ProcessGuidanceData) -> bool:
    """Not left while a visit's report is owed."""
    return not data.unreported


KIND = Kind(
    name="process_guidance",
    title="过程指导",
    stage=ProcessGuidanceStage,
    data=ProcessGuidanceData,
    phases={"guiding": "指导中"},
    commands=(RecordGuidance, FileGuidanceReport),
    events=(Visited, Reported),
    deadlines={
        "visit": DeadlineRule("到校过程指导", met_by=("visited",)),
        "report": DeadlineRule(
            "提交过程指导报告", met_by=("reported",), per_item=True, after=("visited",)
        ),
    },
    required=("visit", "report"),
    until=("reported",),
    decide=decide,
    evolve=evolve,
    settled=settled,
)
