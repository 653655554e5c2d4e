"""The fields every stage of a definition has, whatever its kind."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from rules.clause_grammar import parse_clause, parse_reminder, parse_span
from rules.values import Frozen, Role


def _words_for(parse: Callable[[object], Any]) -> BeforeValidator:
    """A number where a clause belongs is told as such; what the words say is checked later."""

    def words(value: object) -> object:
        if not isinstance(value, str):
            parse(value)
        return value

    return BeforeValidator(words)


def _one_line(title: str) -> str:
    if not title.strip() or len(title.splitlines()) > 1:
        raise ValueError("名称要写成一行文字，不能是空白")
    return title


ClauseText = Annotated[str, _words_for(parse_clause)]
ReminderText = Annotated[str, _words_for(parse_reminder)]
SpanText = Annotated[str, _words_for(parse_span)]
Title = Annotated[str, AfterValidator(_one_line)]


class Escalation(Frozen):
    """One rung of a ladder: so many working days after the due date, who is told next."""

    after: SpanText  # "5 working days"
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
    title: Title = Field(min_length=1, max_length=40)
    of: Literal["round", "case"] = "case"
    responsible: Role = "school"
    reviewer: Role = "office"
    opens: ClauseText = "with the round"
    until: list[str] = []
    deadlines: dict[str, ClauseText] = {}
    remind: dict[str, list[ReminderText]] = {}
    escalate: dict[str, list[Escalation]] = {}
    tell: dict[str, list[Role]] = {}
    letters: dict[str, list[str]] = {}
    extendable: list[str] = []

    def says(self, words: str) -> str:
        """The words of its kind as they are meant here."""
        return words
