"""回访督导: after the rectification date, somebody looks issue by issue whether it was done.

What was not done reopens the issue and calls for another follow-up, a bounded number of times;
after the last one accountability begins and the stage ends all the same.
"""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from rules.kinds import Context, DeadlineRule, Decided, Kind
from rules.messages import Command, Event, Finding, StageCommand
from rules.stages import StageFields
from rules.values import Frozen, Refusal, Role

VERDICTS = {"done": "已完成", "mostly": "基本完成", "not": "未完成"}


class FollowUpVisitStage(StageFields):
    """``visits_at_most``: follow-ups of one case; ``of_issues``: the issue list it goes through."""

    kind: Literal["follow_up_visit"]
    responsible: Role = "inspector"
    visits_at_most: int = Field(default=2, ge=1, le=10)
    of_issues: str = "issue_list"


class RecordFollowUp(StageCommand):
    """One follow-up, with a verdict per issue (done, mostly, not) and new findings."""

    title = "登记回访"
    roles = ("responsible", "inspector", "office")
    phases = ("awaited",)
    type: Literal["RecordFollowUp"] = "RecordFollowUp"
    verdicts: dict[str, Literal["done", "mostly", "not"]] = {}
    findings: tuple[Finding, ...] = ()


class FileFollowUpReport(StageCommand):
    title = "提交回访督导报告"
    roles = ("responsible", "inspector", "office")
    phases = ("visited",)
    type: Literal["FileFollowUpReport"] = "FileFollowUpReport"


class Visited(Event):
    """The follow-up took place. "mostly" closes the issue; the report still tells it apart."""

    type: Literal["follow_up_visit.visited"] = "follow_up_visit.visited"
    inspector: str
    verdicts: dict[str, str] = {}
    findings: tuple[Finding, ...] = ()
    payload: str = ""


class Reported(Event):
    type: Literal["follow_up_visit.reported"] = "follow_up_visit.reported"
    payload: str = ""


class Failed(Event):
    """Something was not done, and another follow-up is called for."""

    type: Literal["follow_up_visit.failed"] = "follow_up_visit.failed"


class Finished(Event):
    """No further follow-up; ``complete`` says whether everything was done."""

    type: Literal["follow_up_visit.finished"] = "follow_up_visit.finished"
    complete: bool


class FollowUpVisitData(Frozen):
    phase: str = "awaited"
    visits: int = 0
    last_visit: date | None = None
    verdicts: dict[str, str] = {}


def decide(context: Context, case: Any, data: FollowUpVisitData, command: Command) -> Decided:
    """Every open issue gets its verdict; the report says whether another visit follows."""
    stage = {"stage": context.stage.id, "happened_on": context.happened_on}
    match command:
        case RecordFollowUp():
            listed = case.stages.get(context.stage.of_issues)
            issues = listed.data.issues if listed else {}
            openly = listed.data.open() if listed else {}
            if strangers := [no for no in command.verdicts if no not in issues]:
                return Refusal(f"问题清单里没有第{'、'.join(strangers)}号问题。")
            if missing := [no for no in openly if no not in command.verdicts]:
                return Refusal(f"第{'、'.join(missing)}号问题还没有写回访结论。")
            if refusal := context.doubtful_findings(command.findings):
                return refusal
            return [
                Visited(
                    **stage,
                    item=str(data.visits + 1),
                    inspector=context.actor.person,
                    verdicts=command.verdicts,
                    findings=command.findings,
                    payload=context.payload,
                )
            ]
        case FileFollowUpReport():
            reported = Reported(**stage, item=str(data.visits), payload=context.payload)
            undone = "not" in data.verdicts.values()
            if undone and data.visits < context.stage.visits_at_most:
                return [reported, Failed(**stage)]
            return [reported, Finished(**stage, complete=not undone)]


def evolve(data: FollowUpVisitData, event: Event) -> FollowUpVisitData:
    """Fold one event of this stage."""
    match event:
        case Visited():
            update = {
                "phase": "visited",
                "visits": data.visits + 1,
                "last_visit": event.happened_on,
                "verdicts": event.verdicts,
            }
        case Failed():
            update = {"phase": "awaited"}
        case Finished():
            update = {"phase": "finished"}
        case _:
            return data
    return data.model_copy(update=update)


def react(context: Context, case: Any, data: FollowUpVisitData, event: Event) -> list[Event]:
    """Where no problem is open when it would begin, there is nothing to come back for."""
    begins = event.type == "stage.opened" and event.stage == context.stage.id
    listed = case.stages.get(context.stage.of_issues)
    if begins and (listed is None or not listed.data.open()):
        return [Finished(stage=event.stage, happened_on=event.happened_on, complete=True)]
    return []


KIND = Kind(
    name="follow_up_visit",
    title="回访督导",
    stage=FollowUpVisitStage,
    data=FollowUpVisitData,
    phases={"awaited": "待回访", "visited": "已回访，待报告", "finished": "已结束"},
    commands=(RecordFollowUp, FileFollowUpReport),
    events=(Visited, Reported, Failed, Finished),
    deadlines={
        "visit": DeadlineRule("回访", met_by=("visited",)),
        "again": DeadlineRule("再次回访", met_by=("visited",), after=("failed",)),
        "report": DeadlineRule("提交回访督导报告", met_by=("reported",), after=("visited",)),
    },
    required=("visit", "again", "report"),
    until=("finished",),
    decide=decide,
    evolve=evolve,
    react=react,
)
