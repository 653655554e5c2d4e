"""The commands and events of a case itself, whatever stages its definition has."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from rules.messages import Command, Event, Finding
from rules.reckoning import Reckoning
from rules.values import Role


class OpenCase(Command):
    """Begin a subject's way through a round (or the round itself).

    ``carried`` are issues that come over from the last round, or from a merged school.
    """

    title = "立案"
    roles = ("system", "office")
    type: Literal["OpenCase"] = "OpenCase"
    of: Literal["round", "case"]
    subject: str
    subject_kind: str
    tier: str = ""
    round: str
    period_ends: date
    carried: tuple[Finding, ...] = ()


class AnswerPlan(Command):
    """The plan's answer to one case; told again, it changes nothing."""

    title = "接收计划结果"
    roles = ("system",)
    type: Literal["AnswerPlan"] = "AnswerPlan"
    stage: str
    number: int
    answer: Literal["selected", "deferred"]
    week: date | None = None
    inspectors: tuple[str, ...] = ()


class EndRound(Command):
    """The round's period is over, for this case too."""

    title = "结束本轮"
    roles = ("system",)
    type: Literal["EndRound"] = "EndRound"


class MergeCase(Command):
    """The school merged into another: its open issues go there, and this case ends."""

    title = "办理学校合并"
    roles = ("office",)
    type: Literal["MergeCase"] = "MergeCase"
    successor: str


class ReceiveIssues(Command):
    """Issues moved here from another case (a merged school's), or entered by the office from before
    it kept them here: their words are then in the form's ``findings``."""

    title = "接收移交问题"
    roles = ("system", "office")
    type: Literal["ReceiveIssues"] = "ReceiveIssues"
    source: str
    findings: tuple[Finding, ...]
    form: dict[str, Any] = {}


class KeepTime(Command):
    """The clock: the day has come to look at this deadline."""

    title = "到期处理"
    roles = ("system",)
    type: Literal["KeepTime"] = "KeepTime"
    deadline: str


class ExtendDeadline(Command):
    """Move a due date, with reason and approver (in the form). Guards and the fifteen working
    days of the opinion letter are never moved."""

    title = "延长期限"
    roles = ("office",)
    type: Literal["ExtendDeadline"] = "ExtendDeadline"
    deadline: str
    due_on: date
    form: dict[str, str] = {}


class CorrectDate(Command):
    """The day of an event was typed in wrong: what still runs from it is reckoned anew."""

    title = "更正日期"
    roles = ("office",)
    type: Literal["CorrectDate"] = "CorrectDate"
    stage: str
    event: str
    item: str = ""
    happened_on: date
    form: dict[str, str] = {}


class RenewCalendar(Command):
    """The office's calendar has changed: due dates are reckoned anew. ``because`` of a year's
    arrangement, of the schools' terms, or of days on which the place is closed."""

    title = "按新的日历重算期限"
    roles = ("system", "office")
    type: Literal["RenewCalendar"] = "RenewCalendar"
    because: Literal["calendar", "terms", "closure"] = "calendar"


CASE_COMMANDS = tuple(word for word in Command.__subclasses__() if word.__module__ == __name__)


class CaseOpened(Event):
    type: Literal["case.opened"] = "case.opened"
    of: Literal["round", "case"]
    subject: str
    subject_kind: str
    tier: str = ""
    round: str
    period_ends: date


class RoundEnded(Event):
    type: Literal["round.ended"] = "round.ended"


class CaseMerged(Event):
    type: Literal["case.merged"] = "case.merged"
    successor: str


class IssuesReceived(Event):
    type: Literal["case.received"] = "case.received"
    source: str
    findings: tuple[Finding, ...]


class CaseEscalated(Event):
    """The top of the ladder was told: nothing more happens by itself."""

    type: Literal["case.escalated"] = "case.escalated"
    deadline: str


class CaseClosed(Event):
    type: Literal["case.closed"] = "case.closed"


class StageOpened(Event):
    type: Literal["stage.opened"] = "stage.opened"


class StageClosed(Event):
    type: Literal["stage.closed"] = "stage.closed"


class DeadlineEvent(Event):
    """``deadline`` is the clause's name within its stage; with ``item`` it makes the key."""

    deadline: str


class DeadlineArmed(DeadlineEvent):
    """A due date now runs, and why it is that day. ``moved`` where it replaces an armed one that
    fell on another day; ``also`` are the roles that had been told that one beside its bearer."""

    type: Literal["deadline.armed"] = "deadline.armed"
    who: str
    window: bool = False
    reckoning: Reckoning
    due_on: date
    next_on: date
    moved: str = ""
    payload: str = ""
    also: tuple[str, ...] = Field((), exclude_if=lambda also: not also)  # as before there was any


class DeadlineMet(DeadlineEvent):
    type: Literal["deadline.met"] = "deadline.met"
    late: bool = False


class DeadlineCancelled(DeadlineEvent):
    type: Literal["deadline.cancelled"] = "deadline.cancelled"


class DeadlineReminded(DeadlineEvent):
    type: Literal["deadline.reminded"] = "deadline.reminded"
    next_on: date


class DeadlineMissed(DeadlineEvent):
    type: Literal["deadline.missed"] = "deadline.missed"
    next_on: date


class DeadlineEscalated(DeadlineEvent):
    type: Literal["deadline.escalated"] = "deadline.escalated"
    to: Role
    level: int
    next_on: date


class DeadlineLapsed(DeadlineEvent):
    """A window closed unused, or the day of an opening came. ``due_on`` was its last day."""

    type: Literal["deadline.lapsed"] = "deadline.lapsed"
    due_on: date | None = None


class DateCorrected(Event):
    """``event`` is the full reference ``<stage>.<name>`` whose day was wrong."""

    type: Literal["case.corrected"] = "case.corrected"
    event: str
    was: date
    payload: str = ""


CASE_EVENTS = tuple(
    word
    for word in (*Event.__subclasses__(), *DeadlineEvent.__subclasses__())
    if word.__module__ == __name__ and word is not DeadlineEvent
)
