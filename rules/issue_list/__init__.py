"""问题清单: every problem found is rectified and verified, or carried on, or accounted for.

Issues come from findings (guidance, review, follow-up), from the school itself, and from a merged
school. A follow-up that finds one undone reopens it, so many times, and then accountability (问责)
begins. Long-term issues pass into the next round's case.
"""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from rules.explanation import full
from rules.issue_list.words import (
    COMMANDS,
    EVENTS,
    Accountable,
    Carried,
    Closed,
    Planned,
    Raised,
    RaiseIssue,
    Refused,
    Reopened,
    Reported,
    ReportRectification,
    SubmitRectificationPlan,
    VerifyRectification,
)
from rules.kinds import Context, DeadlineRule, Decided, Kind
from rules.messages import Command, Event, Finding
from rules.stages import StageFields
from rules.values import Frozen, Refusal

OPEN = ("raised", "reported", "refused", "reopened")


class IssueListStage(StageFields):
    """``sources``: ids of the stages whose findings it takes; ``reopen_at_most`` times an issue."""

    kind: Literal["issue_list"]
    sources: list[str] = []
    reopen_at_most: int = Field(default=2, ge=0, le=10)


class Issue(Frozen):
    """One line of the ledger."""

    state: str = "raised"
    severity: str
    outcome: str
    nature: str
    basis: str
    unit: str
    source: str
    text: str = ""
    raised_on: date
    closed_on: date | None = None
    reopened: int = 0
    payload: str = ""


class IssueListData(Frozen):
    """All issues by number; numbers are never used twice."""

    phase: str = "listing"
    issues: dict[str, Issue] = {}

    def open(self) -> dict[str, Issue]:
        """The issues somebody still has to do something about."""
        return {no: issue for no, issue in self.issues.items() if issue.state in OPEN}


def decide(context: Context, case: Any, data: IssueListData, command: Command) -> Decided:
    """Only an open issue is reported, only a reported one verified."""
    stage = {"stage": context.stage.id, "happened_on": context.happened_on}
    if isinstance(command, RaiseIssue):
        refusal = context.doubtful_findings([command.finding])
        number = str(len(data.issues) + 1)
        return refusal or [_raised(stage, number, command.finding, "", context.payload)]
    if isinstance(command, SubmitRectificationPlan):
        return [Planned(**stage, payload=context.payload)]
    issue = data.issues.get(command.item)
    if issue is None:
        return Refusal(f"问题清单里没有第{command.item}号问题。")
    if context.happened_on < issue.raised_on:
        return Refusal(f"第{command.item}号问题是{full(issue.raised_on)}登记的，日期不能比它早。")
    item = {**stage, "item": command.item}
    if isinstance(command, ReportRectification):
        return _report(context, case, issue, item)
    return _verify(context, issue, item, command)


def _report(context: Context, case: Any, issue: Issue, item: dict) -> Decided:
    """Whoever can solve an issue reports it: the subject its own, another unit its own."""
    actor, number = context.actor, item["item"]
    if issue.unit == "school":
        theirs = actor.role == context.stage.responsible or actor.organisation == case.subject
    else:
        theirs = actor.role != context.stage.responsible and actor.organisation in ("", issue.unit)
    if not theirs:
        by = "学校" if issue.unit == "school" else context.named([issue.unit])
        return Refusal(f"第{number}号问题由{by}整改，应由整改单位报告。")
    if issue.state not in ("raised", "refused", "reopened"):
        return Refusal(f"第{number}号问题{STATES[issue.state]}，不用再报整改。")
    return [Reported(**item, payload=context.payload)]


def _verify(context: Context, issue: Issue, item: dict, command: VerifyRectification) -> Decided:
    if issue.state != "reported":
        return Refusal(f"第{command.item}号问题{STATES[issue.state]}，还不能核查。")
    if command.passed:
        return [Closed(**item, by=context.actor.person, payload=context.payload)]
    if not command.form.get("reason"):
        return Refusal("核查不通过须写明理由，责任单位才知道还差什么。")
    return [Refused(**item, payload=context.payload)]


def _raised(stage: dict, number: str, finding: Finding, source: str, payload: str) -> Raised:
    fields = {"payload": payload, **finding.model_dump(exclude_defaults=True)}
    kept = {name: getattr(finding, name) for name in ("severity", "outcome", "nature", "unit")}
    return Raised(**stage, item=number, source=source, **{**kept, **fields})


def react(context: Context, case: Any, data: IssueListData, event: Event) -> list[Event]:
    """Findings become issues; a follow-up's verdicts close, reopen or account; a round's end or a
    merger carries on what is left."""
    own = context.stage.id
    stage = {"stage": own, "happened_on": event.happened_on}
    verdicts = getattr(event, "verdicts", {})
    events: list[Event] = []
    received = event.type == "case.received" and own == _first_list(case)
    if event.stage in context.stage.sources or received:
        first = len(data.issues) + 1
        source, payload = event.stage or "carried", getattr(event, "payload", "")
        events += [
            _raised(stage, str(first + n), finding, source, payload)
            for n, finding in enumerate(getattr(event, "findings", ()))
        ]
        events += [
            _judged(context, data.issues[no], {**stage, "item": no}, verdict)
            for no, verdict in verdicts.items()
            if no in data.issues and data.issues[no].state not in ("carried", "accountable")
        ]
    if event.type == "case.merged":
        events += [Carried(**stage, item=no, to=event.successor) for no in data.open()]
    if event.type == "round.ended":
        events += [
            Carried(**stage, item=no, to="next round")
            for no, issue in data.open().items()
            if issue.severity == "long_term"
        ]
    late = event.type == "issue_list.issue.raised" and "round.ended" in case.dates
    if late and event.stage == own and event.severity == "long_term":
        events.append(Carried(**stage, item=event.item, to="next round"))
    return [e for e in events if e is not None]


def _first_list(case: Any) -> str:
    """The list that takes issues moved here: the first one open."""
    return next((s for s, st in case.stages.items() if st.open and st.kind == "issue_list"), "")


def _judged(context: Context, issue: Issue, item: dict, verdict: str) -> Event | None:
    if verdict != "not":
        return Closed(**item, by="follow_up") if issue.state in OPEN else None
    if issue.reopened >= context.stage.reopen_at_most:
        return Accountable(**item)
    return Reopened(**item)


_AFTER = {
    "issue_list.issue.reported": "reported",
    "issue_list.issue.closed": "closed",
    "issue_list.issue.refused": "refused",
    "issue_list.issue.reopened": "reopened",
    "issue_list.issue.accountable": "accountable",
    "issue_list.issue.carried": "carried",
}


def evolve(data: IssueListData, event: Event) -> IssueListData:
    """Fold one event of this stage."""
    if isinstance(event, Raised):
        kept = ("severity", "outcome", "nature", "basis", "unit", "source", "text", "payload")
        issue = Issue(raised_on=event.happened_on, **{name: getattr(event, name) for name in kept})
    elif event.type in _AFTER:
        before = data.issues[event.item]
        state = _AFTER[event.type]
        update: dict[str, Any] = {"state": state}
        if state not in OPEN:
            update["closed_on"] = event.happened_on
        if state == "reopened":
            update |= {"reopened": before.reopened + 1, "closed_on": None}
        issue = before.model_copy(update=update)
    else:
        return data
    return data.model_copy(update={"issues": {**data.issues, event.item: issue}})


def settled(data: IssueListData) -> bool:
    """Not left while an issue is open."""
    return not data.open()


STATES = {
    "raised": "待整改",
    "reported": "已报整改，待核查",
    "refused": "核查未通过，待整改",
    "reopened": "回访未完成，重新整改",
    "closed": "已销号",
    "accountable": "已转问责",
    "carried": "已转出",
}

_AGAIN = ("issue.accountable", "issue.carried", "issue.reopened")


def _owed_by_unit(title: str, after: str, **more: Any) -> DeadlineRule:
    """Rectification is done once it is reported, and owed no longer once it is owed anew."""
    return DeadlineRule(
        title,
        who="unit",
        met_by=("issue.reported", "issue.closed"),
        cancelled_by=_AGAIN,
        per_item=True,
        after=(after,),
        **more,
    )


def _rectify(title: str, severity: str) -> DeadlineRule:
    return _owed_by_unit(
        title,
        "issue.raised",
        applies=lambda event: event.severity == severity,
        fixed_by="rectify_by",
    )


KIND = Kind(
    name="issue_list",
    title="问题清单",
    stage=IssueListStage,
    data=IssueListData,
    phases={"listing": "跟踪整改中"},
    commands=COMMANDS,
    events=EVENTS,
    deadlines={
        "plan": DeadlineRule("提交整改计划", met_by=("plan.submitted",), free=True),
        "at_once": _rectify("即知即改", "at_once"),
        "dated": _rectify("限期整改", "dated"),
        "long_term": _rectify("长期整改", "long_term"),
        "verify": DeadlineRule(
            "核查整改",
            who="inspector",
            met_by=("issue.closed", "issue.refused"),
            cancelled_by=_AGAIN,
            per_item=True,
            after=("issue.reported",),
        ),
        "redo": _owed_by_unit("重新整改", "issue.refused"),
        "reopened": _owed_by_unit("回访后重新整改", "issue.reopened"),
    },
    required=("at_once", "dated", "long_term", "verify", "redo"),
    until=("round.ended",),
    decide=decide,
    evolve=evolve,
    react=react,
    settled=settled,
)
