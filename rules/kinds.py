"""What a stage kind is: its words, its deadlines, and three pure functions.

The six kinds (one file each, named by their stem) fill this form; ``rules.case`` runs it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.days import Calendar
from rules.explanation import full
from rules.messages import Command, Event, Finding, StageCommand
from rules.values import Actor, Frozen, Refusal

if TYPE_CHECKING:
    from rules.definition import Definition, Stage
    from rules.standard import Standard
    from rules.state import CaseState


class DeadlineRule(NamedTuple):
    """What a kind knows of one of its deadlines, whatever the definition's clause says.

    ``title`` names the duty in Chinese; ``who`` bears it ("responsible", "reviewer": the stage's
    role). ``met_by`` and ``cancelled_by`` are event names of the same stage. A ``window`` is a
    right, not a duty: when it passes, ``deadline.lapsed`` follows and nobody is late; ``grace`` is
    how many working days later it does, so that a paper handed in on the last day can still be
    typed in. A ``guard`` is counted backwards and may not be met late. ``per_item`` keys it by the
    event's item; ``applies`` narrows which events of the anchor arm it; ``fixed_by`` names an
    event field that, when set, is the due date itself (a date fixed in the opinion letter).

    ``after`` are the events of its own stage it may be counted from, so that whoever is owed
    something never waits for a clock that nothing starts; without them it must run from the
    stage's beginning. ``free`` ones may run from anything.
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
    grace: int = 0
    after: tuple[str, ...] = ()
    free: bool = False


@dataclass(frozen=True)
class Context:
    """All that one decision may consult; frozen and complete.

    Facts are gathered beforehand: ``names`` (what people and organisations are called, by id),
    ``school_kind`` (scores), ``recusals`` and ``inspectors`` (teams), ``subjects`` (code →
    {"visits": this year's}; plans), ``successor_live`` (mergers).
    """

    definition: "Definition | None"
    calendar: Calendar
    actor: Actor
    happened_on: date
    today: date
    stage: "Stage | None" = None
    standard: "Standard | None" = None
    payload: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def named(self, ids: Iterable[str]) -> str:
        """People or organisations as a sentence lists them: by name, five at most."""
        names = self.facts.get("names", {})
        listed = [names.get(one, one) for one in ids]
        return "、".join(listed[:5]) + (f"等{len(listed)}个" if len(listed) > 5 else "")

    def doubtful(self, day: date | None, what: str) -> Refusal | None:
        """Refuse a day yet to come that lies in the past, or so far off that it is a slip."""
        if day is None:
            return None
        if day <= self.happened_on:
            return Refusal(f"{what}是{full(day)}，应晚于办理当日，请核对。")
        if day > self.today + FURTHEST:
            return Refusal(f"{what}是{full(day)}，离今天超过三年，请核对。")
        return None

    def doubtful_findings(self, findings: Iterable[Finding]) -> Refusal | None:
        """Refuse findings whose own date for rectification cannot be meant."""
        for finding in findings:
            if refusal := self.doubtful(finding.rectify_by, "整改期限"):
                return refusal
        return None


FURTHEST = timedelta(days=3 * 366)


Decided = list[Event] | Refusal


def _settled(data: Any) -> bool:
    return True


@dataclass(frozen=True)
class Kind:
    """One stage kind. ``decide`` answers a command, ``evolve`` folds an event, ``react`` adds the
    events that follow from an event of another stage (an issue raised from a finding).

    ``anchors`` are dates clauses may start from that are no events themselves: name → (event,
    field). ``until`` are the events that end the stage unless the definition says otherwise;
    ``settled`` holds the stage open while something in it is still owed. ``required`` deadlines
    stand in every definition; ``needs`` are those that another one calls for (whoever may ask for
    a review is owed an answer).
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
    react: Callable[["Context", "CaseState", Any, Event], list[Event]] | None = None
    settled: Callable[[Any], bool] = _settled
    anchors: dict[str, tuple[str, str]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def event_names(self) -> tuple[str, ...]:
        """The event names a clause may use for a stage of this kind, ``opened`` included."""
        names = tuple(event.model_fields["type"].default.partition(".")[2] for event in self.events)
        return ("opened", *names)
