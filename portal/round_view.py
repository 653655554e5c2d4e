"""A round at a glance: its cases as a board shows them, in lists and figures."""

from bisect import bisect_left, bisect_right, insort_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from engine.rounds import case_id
from engine.statements import Prepared
from models.organisations import Organisation
from portal.gathered import Gathered, Marks, Take
from portal.glances import Glance, Owed, in_order_of_due, marks_of, owed_in, subject_of
from rules.process import Process
from rules.stages import StageFields
from rules.standard import Standard

_ORGANISATIONS = Organisation.__table__
_EVALUATED = Prepared(
    select(_ORGANISATIONS.c.code).where(
        _ORGANISATIONS.c.last_evaluated_on.between(bindparam("first"), bindparam("last"))
    )
)

FAR = date.max


class Progress(NamedTuple):
    """How far a round has come, in schools. ``needed`` is what the plan must reach (a third of
    ``whole``), 0 where no share is demanded; ``evaluated`` were so in the cycle's years."""

    whole: int
    needed: int
    planned: int
    visited: int
    lettered: int
    evaluated: int
    cycle: range


@dataclass(frozen=True, eq=False)
class Overview:
    """The cases of a round in the order of their subjects' codes; ``own`` is the round's own case.
    Never changed, only replaced."""

    round: Row
    cycle: Row | None
    process: Process
    standard: Standard | None
    own: Glance
    by_case: dict[str, Glance]
    gathered: Gathered = field(default_factory=Gathered)

    @cached_property
    def cases(self) -> tuple[Glance, ...]:
        """Every case, merged schools' too."""
        return tuple(self.by_case.values())

    @cached_property
    def standing(self) -> tuple[Glance, ...]:
        """The cases that count: those of schools that still stand on their own."""
        return tuple(glance for glance in self.cases if glance.status != "merged")

    @cached_property
    def by_subject(self) -> dict[str, Glance]:
        """Each subject's case by the subject's code."""
        return {glance.subject: glance for glance in self.cases}

    def listed(self, take: Take, *more: Any) -> list[Any]:
        """What all cases add to a list, in order; kept, and corrected when a case changes."""
        return self.gathered.listed(self.cases, take, *more)

    def counted(self, marks: Marks, *more: Any) -> Counter[Any]:
        """How often all cases have each mark; kept and corrected likewise."""
        return self.gathered.counted(self.cases, marks, *more)

    @property
    def tally(self) -> Counter[tuple]:
        """How many cases stand where; see `marks_of`."""
        return self.counted(marks_of)

    @cached_property
    def counts(self) -> Counter[tuple[str, str]]:
        """How many cases stand in which (stage, phase); left stages under the phase `DONE`."""
        return Counter({mark[1:]: n for mark, n in self.tally.items() if mark[0] == "stands"})

    @property
    def whole(self) -> int:
        """How many cases count."""
        return self.tally["standing",]

    @property
    def stages(self) -> list[StageFields]:
        """The stages every case has, in their order."""
        return [stage for stage in self.process.definition.stages if stage.of == "case"]

    def phase_title(self, stage: str, phase: str) -> str:
        """A phase as people read it."""
        return phase_title(self.process, stage, phase)

    @cached_property
    def by_due(self) -> list[Glance]:
        """The cases by the day of their next duty: whoever is late comes first."""
        return self.listed(in_order_of_due)

    def late(self, today: date) -> list[Glance]:
        """The cases in which somebody is late, the longest first."""
        return self.by_due[: bisect_left(self.by_due, today, key=_first_due)]

    def owed_by(self, who: str, until: date = FAR) -> list[tuple[Glance, Owed]]:
        """What a role or unit owes until a day in all cases and the round's own, the soonest
        first."""
        found = self.listed(owed_in, who)
        found = found[: bisect_right(found, until, key=_due_on)]
        for _, pair in reversed(list(owed_in(self.own, who))):
            if pair[1].due_on <= until:
                insort_left(found, pair, key=_due_on)
        return found

    def of(self, codes: Iterable[str]) -> list[Glance]:
        """The cases of some subjects only."""
        found = (self.by_case.get(case_id(self.round.id, code)) for code in sorted(codes))
        return [glance for glance in found if glance is not None]

    @property
    def share(self) -> str:
        """The share of schools a round's plan must reach ("1/3"), empty where none is demanded."""
        covers = (getattr(stage, "cover", None) for stage in self.process.definition.stages)
        return next((cover.each_year for cover in covers if cover and cover.each_year), "")

    @property
    def needed(self) -> int:
        """How many a plan must choose; 0 where no share is demanded."""
        return ceil(self.whole * Fraction(self.share)) if self.share else 0

    def progress(self, connection: Connection) -> Progress:
        """How far it has come, and how far the cycle."""
        years, evaluated = self.cycle_years, 0
        if years:
            spans = {"first": date(years[0], 1, 1), "last": date(years[-1], 12, 31)}
            subjects = self.counted(subject_of)
            evaluated = sum(code in subjects for (code,) in _EVALUATED.fetch(connection, spans))
        return Progress(
            whole=self.whole,
            needed=self.needed,
            planned=self.tally["selected",],
            visited=self.tally["visited",],
            lettered=self.tally["lettered",],
            evaluated=evaluated,
            cycle=years,
        )

    @property
    def cycle_years(self) -> range:
        """The years of the round's cycle; empty where the process has none."""
        if self.cycle is None:
            return range(0)
        return range(self.cycle.first_year, self.cycle.first_year + self.cycle.years)


def phase_title(process: Process, stage: str, phase: str) -> str:
    """A phase as people read it."""
    return process.kinds[stage].phases.get(phase, "已完成")


def _first_due(glance: Glance) -> date:
    return glance.first_due or FAR


def _due_on(pair: tuple[Glance, Owed]) -> date:
    return pair[1].due_on
