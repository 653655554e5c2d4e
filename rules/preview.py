"""What a definition will ask of whom, and by when, if a round of it opens on a given day.

Sure is what runs from the opening itself. What follows a duty is reckoned as if that duty were done
on its last day, and is the latest then; what waits for a decision has no date yet.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from rules.clauses import Repeat, due, parse_clause, share_of_period
from rules.days import Calendar
from rules.periods import Period
from rules.process import Process
from rules.reckoning import Reckoning
from rules.stages import StageFields
from rules.telling import bearer_in, in_words, opening_in_words, told_in_words


class Expected(NamedTuple):
    """One deadline. ``who`` is a role, or "unit" for whoever can solve an issue; ``words`` the
    clause in Chinese; ``why`` gives its day, None where that is not known yet; ``sure`` is False
    where the day is the latest only."""

    name: str
    title: str
    who: str
    words: str
    window: bool
    why: Reckoning | None
    sure: bool


class StageAhead(NamedTuple):
    """One stage: when it begins (``opens_on`` None where that waits for a decision), what it asks,
    and who is told of what."""

    stage: StageFields
    opens: str
    opens_on: date | None
    sure: bool
    expected: tuple[Expected, ...]
    told: tuple[str, ...]


class _Day(NamedTuple):
    on: date
    sure: bool


def preview(process: Process, day: date, calendar: Calendar) -> tuple[Period, list[StageAhead]]:
    """The period that a round opened on ``day`` has, and its stages in the definition's order."""
    ahead = _Ahead(process, day, calendar)
    return ahead.period, [ahead.stage(stage) for stage in process.definition.stages]


class _Ahead:
    """The days known so far, by reference; filled until no more follow from them."""

    def __init__(self, process: Process, day: date, calendar: Calendar) -> None:
        self.process = process
        self.calendar = calendar
        self.period = calendar.period_of(day, process.definition.period)
        self.days = {"round.opened": _Day(day, True)}
        while any([self._learn(stage) for stage in process.definition.stages]):
            pass

    def stage(self, stage: StageFields) -> StageAhead:
        opened = self.days.get(f"{stage.id}.opened")
        return StageAhead(
            stage,
            opening_in_words(self.process, stage),
            opened.on if opened else None,
            bool(opened and opened.sure),
            tuple(self._expected(stage)),
            tuple(told_in_words(self.process, stage)),
        )

    def _expected(self, stage: StageFields) -> Iterator[Expected]:
        for name, text in stage.deadlines.items():
            rule = self.process.rule(stage.id, name)
            why, sure = self._due(stage, text)
            words = in_words(self.process, stage, text)
            who = bearer_in(stage, rule.who)
            yield Expected(name, rule.title, who, words, rule.window, why, sure)

    def _learn(self, stage: StageFields) -> bool:
        """Whether a day became known that was not."""
        before = len(self.days)
        if opened := self._opening(stage):
            self.days.setdefault(f"{stage.id}.opened", opened)
        names = self.process.kinds[stage.id].event_names
        for name, text in stage.deadlines.items():
            rule = self.process.rule(stage.id, name)
            why, _ = self._due(stage, text)
            if why is None:
                continue
            if rule.met_by:
                self.days.setdefault(f"{stage.id}.{rule.met_by[-1]}", _Day(why.due, False))
            elif f"{name}.closed" in names:  # a window closes the day after its last
                after = self.calendar.add_working_days(why.due, rule.grace + 1)
                self.days.setdefault(f"{stage.id}.{name}.closed", _Day(after, False))
        return len(self.days) > before

    def _opening(self, stage: StageFields) -> _Day | None:
        if stage.opens == "with the round":
            return self.days["round.opened"]
        if stage.opens.startswith("when "):
            texts = stage.opens.removeprefix("when ").split(" or ")
            anchors = [self.process.anchor(stage, text.strip()).event for text in texts]
            found = [self.days[anchor] for anchor in anchors if anchor in self.days]
            return min(found) if found else None
        clause = parse_clause(stage.opens)
        anchor = self.process.start(stage, clause, "round.opened")
        start = None if anchor.field else self.days.get(anchor.event)
        if start is None:
            return None
        on = due(clause, start.on, self.calendar).due
        if anchor.event == "round.opened" and on > self.period.last:
            on = start.on  # opened late: the day of the year this stage begins on has gone by
        return _Day(self.calendar.working_day_from(on), start.sure)

    def _due(self, stage: StageFields, text: str) -> tuple[Reckoning | None, bool]:
        """When a clause falls due, and whether that is sure; None where what it runs from has no
        day yet."""
        clause = parse_clause(text)
        opened = self.days.get(f"{stage.id}.opened")
        if isinstance(clause, Repeat):
            if opened is None:
                return None, False
            return share_of_period(clause, opened.on, "", self.calendar)[0], opened.sure
        anchor = self.process.start(stage, clause, "opened")
        start = None if anchor.field else self.days.get(anchor.event)
        if start is None or start.on > self.period.last + timedelta(366):
            return None, False
        return due(clause, start.on, self.calendar), start.sure
