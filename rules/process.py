"""A definition indexed for deciding: which event arms, meets, opens and ends what.

Built once per definition. A *reference* is ``<stage id>.<event name>``, or one of the round's own
``round.opened`` and ``round.ended``.
"""

import difflib
from collections import defaultdict
from functools import cached_property
from typing import NamedTuple

from rules.clauses import Clause, DateIn, Reminder, Repeat, parse_clause, parse_reminder
from rules.days import Calendar
from rules.definition import KINDS, Definition
from rules.kinds import DeadlineRule, Kind
from rules.messages import Event
from rules.stages import StageFields

ROUND_EVENTS = ("round.opened", "round.ended")
OPENS = "opens"  # the name of the deadline that opens a stage on a day


class Arm(NamedTuple):
    """A clause to arm when its anchor happens; ``field`` where the anchor is a date inside it.

    ``day`` is the name under which a case remembers that day.
    """

    stage: str
    name: str
    clause: Clause
    field: str = ""
    day: str = ""


class Anchor(NamedTuple):
    """The event a clause runs from; the field of the date inside it, if it is that; and the name
    under which a case remembers the day."""

    event: str
    field: str
    day: str


class Rung(NamedTuple):
    """So many working days after the due date, this role is told."""

    days: int
    to: str


class UnknownReference(ValueError):
    """A clause speaks of an event that no stage has."""


def reference(event: Event) -> str:
    """What clauses call an event: ``<stage>.<name>``; a stage's opening ``<stage>.opened``."""
    if event.type == "case.opened":
        return "round.opened"
    if event.type == "round.ended":
        return event.type
    return f"{event.stage}.{event.name}"


class Process:
    """The compiled definition. Nothing in it changes after it is built."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.hash = definition.hash
        self.stages: dict[str, StageFields] = {stage.id: stage for stage in definition.stages}
        self.kinds: dict[str, Kind] = {s.id: KINDS[s.kind] for s in definition.stages}
        self.arms: dict[str, list[Arm]] = defaultdict(list)
        self.opens: dict[str, list[str]] = defaultdict(list)
        self.dated_openings: dict[str, list[Arm]] = defaultdict(list)
        self.ends: dict[str, frozenset[str]] = {}
        self.periodic: dict[str, list[Arm]] = defaultdict(list)
        self.firsts: set[str] = set()
        self.feeds: dict[str, frozenset[str]] = {}
        for stage in definition.stages:
            self._index(stage)

    def _index(self, stage: StageFields) -> None:
        for name, text in stage.deadlines.items():
            clause = parse_clause(text)
            if isinstance(clause, Repeat):
                self.periodic[stage.id].append(Arm(stage.id, name, clause))
                continue
            anchor = self.start(stage, clause, "opened")
            self.arms[anchor.event].append(Arm(stage.id, name, clause, anchor.field, anchor.day))
            if getattr(clause, "occurrence", "") == "first":
                self.firsts.add(anchor.event)
        self._index_opening(stage)
        until = stage.until or self.kinds[stage.id].until
        self.ends[stage.id] = frozenset(self.anchor(stage, text).event for text in until)
        self.feeds[stage.id] = frozenset(getattr(stage, "sources", ())) - {stage.id}

    def _index_opening(self, stage: StageFields) -> None:
        if stage.opens == "with the round":
            self.opens["round.opened"].append(stage.id)
        elif stage.opens.startswith("when "):
            for text in stage.opens.removeprefix("when ").split(" or "):
                self.opens[self.anchor(stage, text.strip()).event].append(stage.id)
        else:
            clause = parse_clause(stage.opens)
            anchor = self.start(stage, clause, "round.opened")
            self.dated_openings[anchor.event].append(
                Arm(stage.id, OPENS, clause, anchor.field, anchor.day)
            )

    def anchor(self, stage: StageFields, text: str) -> Anchor:
        """What a clause's words mean: in their own stage first, then as ``<stage id>.<name>``;
        UnknownReference with what was probably meant otherwise."""
        if text in ROUND_EVENTS:
            return Anchor(text, "", text)
        for owner, name in ((stage.id, text), tuple(text.partition(".")[::2])):
            kind = self.kinds.get(owner)
            if kind is None:
                continue
            if name in kind.event_names:
                return Anchor(f"{owner}.{name}", "", f"{owner}.{name}")
            if name in kind.anchors:
                event, field = kind.anchors[name]
                return Anchor(f"{owner}.{event}", field, f"{owner}.{name}")
        near = difflib.get_close_matches(text, self.references(stage), n=1, cutoff=0.5)
        hint = f"，是否想写 {near[0]}" if near else ""
        raise UnknownReference(f"没有“{text}”这个事件{hint}")

    def start(self, stage: StageFields, clause: Clause, otherwise: str) -> Anchor:
        """From what a clause runs: its event, or ``otherwise`` where it names none ("on 1 March").

        "on the date in" an event means the date that stands in it, where it holds just one.
        """
        text = getattr(clause, "event", None) or otherwise
        anchor = self.anchor(stage, text)
        if not isinstance(clause, DateIn) or anchor.field:
            return anchor
        owner, _, event = anchor.event.partition(".")
        dated = self.kinds[owner].anchors.items() if owner in self.kinds else ()
        inside = [(day, field) for day, (source, field) in dated if source == event]
        if len(inside) == 1:
            return Anchor(anchor.event, inside[0][1], f"{owner}.{inside[0][0]}")
        names = "、".join(day for day, _ in inside)
        hint = f"有几个日期，请写其中一个：{names}" if names else "里没有日期"
        raise UnknownReference(f"“{text}”{hint}")

    def references(self, stage: StageFields) -> list[str]:
        """Every event a clause of this stage may name."""
        own = self.kinds[stage.id]
        names = [*ROUND_EVENTS, *own.event_names, *own.anchors]
        for owner, kind in self.kinds.items():
            names += [f"{owner}.{name}" for name in (*kind.event_names, *kind.anchors)]
        return names

    def rule(self, stage: str, name: str) -> DeadlineRule:
        """What the kind says of a deadline, in the stage's own words."""
        rule = self.kinds[stage].deadlines[name]
        title = self.stages[stage].says(rule.title)
        return rule if title == rule.title else rule._replace(title=title)

    def calendar_of(self, stage: str, name: str, calendar: Calendar) -> Calendar:
        """By which days a deadline is counted: local closures stop only what may be extended."""
        fields = self.stages.get(stage)
        extendable = fields is not None and name in fields.extendable
        return calendar if extendable else calendar.national

    def reminders(self, stage: str, name: str) -> tuple[Reminder, ...]:
        """When a deadline speaks up; a window only where the definition says so for it."""
        return self._reminders.get((stage, name), ())

    def ladder(self, stage: str, name: str) -> tuple[Rung, ...]:
        """The rungs of a duty, lowest first."""
        return self._ladders.get((stage, name), ())

    @cached_property
    def _reminders(self) -> dict[tuple[str, str], tuple[Reminder, ...]]:
        found = {}
        for stage in self.definition.stages:
            for name in stage.deadlines:
                rule = self.rule(stage.id, name)
                texts = stage.remind.get(name)
                if texts is None:
                    texts = [] if rule.window else self.definition.remind
                found[stage.id, name] = tuple(parse_reminder(text) for text in texts)
        return found

    @cached_property
    def _ladders(self) -> dict[tuple[str, str], tuple[Rung, ...]]:
        found = {}
        for stage in self.definition.stages:
            for name in stage.deadlines:
                if self.rule(stage.id, name).window:
                    continue
                steps = stage.escalate.get(name, self.definition.escalate)
                found[stage.id, name] = tuple(
                    Rung(int(step.after.split()[0]), step.to) for step in steps
                )
        return found
