"""问题清单: its commands and its events."""

from datetime import date
from typing import Literal

from rules.messages import Event, Finding, StageCommand


class RaiseIssue(StageCommand):
    """Enter a problem by hand; a school may enter what it found itself."""

    title = "登记问题"
    roles = ("responsible", "inspector", "office")
    phases = ("listing",)
    type: Literal["RaiseIssue"] = "RaiseIssue"
    finding: Finding


class SubmitRectificationPlan(StageCommand):
    title = "提交整改计划"
    roles = ("responsible",)
    phases = ("listing",)
    type: Literal["SubmitRectificationPlan"] = "SubmitRectificationPlan"


class ReportRectification(StageCommand):
    """Say that an issue is rectified, with what was done and the evidence."""

    title = "提交整改报告"
    roles = ("responsible", "department", "township")
    phases = ("listing",)
    type: Literal["ReportRectification"] = "ReportRectification"
    item: str


class VerifyRectification(StageCommand):
    """Look and say whether it is done; a refusal needs its reason."""

    title = "核查整改"
    roles = ("inspector", "office")
    phases = ("listing",)
    type: Literal["VerifyRectification"] = "VerifyRectification"
    item: str
    passed: bool


class Raised(Event):
    """A new issue; ``item`` is its number. ``source`` is the stage (or case) it came from."""

    type: Literal["issue_list.issue.raised"] = "issue_list.issue.raised"
    source: str = ""
    severity: str
    outcome: str
    nature: str
    basis: str
    unit: str
    text: str = ""
    rectify_by: date | None = None
    payload: str = ""


class Planned(Event):
    type: Literal["issue_list.plan.submitted"] = "issue_list.plan.submitted"
    payload: str = ""


class Reported(Event):
    type: Literal["issue_list.issue.reported"] = "issue_list.issue.reported"
    payload: str = ""


class Closed(Event):
    type: Literal["issue_list.issue.closed"] = "issue_list.issue.closed"
    by: str = ""
    payload: str = ""


class Refused(Event):
    type: Literal["issue_list.issue.refused"] = "issue_list.issue.refused"
    payload: str = ""


class Reopened(Event):
    type: Literal["issue_list.issue.reopened"] = "issue_list.issue.reopened"


class Accountable(Event):
    """Rectification failed for good: the matter goes to accountability (问责)."""

    type: Literal["issue_list.issue.accountable"] = "issue_list.issue.accountable"


class Carried(Event):
    """It goes on elsewhere: in the next round's case, or in the successor school's."""

    type: Literal["issue_list.issue.carried"] = "issue_list.issue.carried"
    to: str


COMMANDS = tuple(word for word in StageCommand.__subclasses__() if word.__module__ == __name__)
EVENTS = tuple(word for word in Event.__subclasses__() if word.__module__ == __name__)
