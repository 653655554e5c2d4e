"""The fields every stage of a definition has, whatever its kind."""

from typing import Literal

from pydantic import Field

from rules.values import Frozen, Role


class Escalation(Frozen):
    """One rung of a ladder: so many working days after the due date, who is told next."""

    after: str  # "5 working days"
    to: Role


class StageFields(Frozen):
    """What the definition says of a stage.

    ``of``: one per round or one per case. ``responsible``: who has to do it; ``reviewer``: who
    answers what the responsible hands in. ``opens``: when it begins ("with the round", "when
    planning.selected", "on 1 March", "5 working days after round.opened"). ``until``: the events
    after which it is left. ``deadlines``: clause by deadline name. ``remind`` and ``escalate``:
    by deadline name, else the definition's own. ``tell``: who hears of which event. ``letters``:
    which papers an event calls for. ``extendable``: the deadlines that may be moved with a reason.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    title: str = Field(min_length=1, max_length=40)
    of: Literal["round", "case"] = "case"
    responsible: Role = "school"
    reviewer: Role = "office"
    opens: str = "with the round"
    until: list[str] = []
    deadlines: dict[str, str] = {}
    remind: dict[str, list[str]] = {}
    escalate: dict[str, list[Escalation]] = {}
    tell: dict[str, list[Role]] = {}
    letters: dict[str, list[str]] = {}
    extendable: list[str] = []
