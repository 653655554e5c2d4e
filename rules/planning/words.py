"""制定计划: its commands and its events; the answers it owes are events of the cases."""

from datetime import date
from typing import Literal

from rules.messages import Event, StageCommand
from rules.values import Frozen


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
    phases = ("published", "commented")  # what came on the last day, entered after the clock
    within = "comments"
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
    payload: str = ""


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


class Shifted(Event):
    """The answer in a case's own log: selected as before, but for another week or team."""

    type: Literal["planning.shifted"] = "planning.shifted"
    number: int
    week: date
    inspectors: tuple[str, ...] = ()


COMMANDS = tuple(word for word in StageCommand.__subclasses__() if word.__module__ == __name__)
EVENTS = tuple(word for word in Event.__subclasses__() if word.__module__ == __name__)
