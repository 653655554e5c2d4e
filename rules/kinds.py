"""What a stage kind is: its words, its deadlines, and three pure functions.

The six kinds (one file each, named by their stem) fill this form; ``rules.case`` runs it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.days import Calendar
from rules.messages import Command, Event, StageCommand
from rules.values import Actor, Frozen, Refusal

if TYPE_CHECKING:
    from rules.definition import Definition, Stage
    from rules.standard import Standard
    from rules.state import CaseState


class DeadlineRule(NamedTuple):
    """What a kind knows of one of its deadlines, whatever the definition's clause says.

    ``title`` names the duty in Chinese; ``who`` bears it ("responsible": the stage's responsible
    role). ``met_by`` and ``cancelled_by`` are event names of the same stage. A ``window`` is a
    right, not a duty: when it passes, ``deadline.lapsed`` follows and nobody is late. A ``guard``
    is counted backwards and may not be met late. ``per_item`` keys it by the event's item;
    ``applies`` narrows which events of the anchor arm it; ``fixed_by`` names an event field that,
    when set, is the due date itself (a date fixed in the opinion letter).
    """

    title: str
    who: str = "responsible"
    met_by: tuple[str, ...] = ()
    cancelled_by: tuple[str, ...] = ()
    window: bool = False
    guard: bool = False
    per_item: bool = False
    applies: Callable[[Event], bool] | None = None
    fixed_by: str = ""


@dataclass(frozen=True)
class Context:
    """All that one decision may consult; frozen and complete. Facts are gathered beforehand."""

    definition: "Definition"
    calendar: Calendar
    actor: Actor
    happened_on: date
    today: date
    stage: "Stage | None" = None
    standard: "Standard | None" = None
    payload: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


Decided = list[Event] | Refusal


def _nothing(context: "Context", case: "CaseState", data: Any, event: Event) -> list[Event]:
    return []


def _settled(data: Any) -> bool:
    return True


@dataclass(frozen=True)
class Kind:
    """One stage kind. ``decide`` answers a command, ``evolve`` folds an event, ``react`` adds the
    events that follow from an event of another stage (an issue raised from a finding).

    ``anchors`` are dates clauses may start from that are no events themselves: name → (event,
    field). ``until`` are the events that end the stage unless the definition says otherwise;
    ``settled`` holds the stage open while something in it is still owed.
    """

    name: str
    title: str
    stage: "type[Stage]"
    data: type[Frozen]
    phases: dict[str, str]
    commands: tuple[type[StageCommand], ...]
    events: tuple[type[Event], ...]
    deadlines: dict[str, DeadlineRule]
    until: tuple[str, ...]
    decide: Callable[["Context", "CaseState", Any, Command], Decided]
    evolve: Callable[[Any, Event], Any]
    react: Callable[["Context", "CaseState", Any, Event], list[Event]] = _nothing
    settled: Callable[[Any], bool] = _settled
    anchors: dict[str, tuple[str, str]] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @property
    def event_names(self) -> tuple[str, ...]:
        """The event names a clause may use for a stage of this kind, ``opened`` included."""
        names = tuple(event.model_fields["type"].default.partition(".")[2] for event in self.events)
        return ("opened", *names)
