"""A whole round at a glance, kept in memory and brought up to date by what changed in the log.

Cases are never deleted and their numbers only grow: while count and sum of a round's numbers stay,
nothing has happened. Fifteen thousand cases are asked for in about 6 ms; those that changed are
read anew, all others stay as they were.
"""

import threading
from bisect import bisect_left, bisect_right, insort_left
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, select
from sqlalchemy.exc import NoResultFound

from engine.rounds import case_id
from engine.statements import Prepared
from models.cases import Case
from models.cycles import Cycle, Round
from models.organisations import Organisation
from portal.desk import Desk
from portal.gathered import Change, Gathered, Marks, Take
from portal.glances import (
    Glance,
    Owed,
    in_order_of_due,
    marks_of,
    owed_in,
    read_glance,
    subject_of,
)
from rules.process import Process
from rules.stages import StageFields
from rules.standard import Standard

_CASES, _ROUNDS, _CYCLES = Case.__table__, Round.__table__, Cycle.__table__
_ORGANISATIONS = Organisation.__table__
_OF_ROUND = _CASES.c.round == bindparam("round")
_MARK = select(func.count(), func.sum(_CASES.c.seq)).where(_OF_ROUND)
_NUMBERS = Prepared(select(_CASES.c.id, _CASES.c.seq).where(_OF_ROUND))
_STATES = select(_CASES.c.id, _CASES.c.seq, _CASES.c.state).where(
    _CASES.c.id.in_(bindparam("ids", expanding=True))
)
_EVERY_STATE = select(_CASES.c.id, _CASES.c.seq, _CASES.c.state).where(_OF_ROUND)
_THE_ROUND = select(_ROUNDS).where(_ROUNDS.c.id == bindparam("round"))
_THE_CYCLE = select(_CYCLES).where(_CYCLES.c.id == bindparam("cycle"))
_ROUNDS_OF = (
    select(_ROUNDS)
    .where(_ROUNDS.c.office.in_(bindparam("offices", expanding=True)))
    .order_by(_ROUNDS.c.first.desc(), _ROUNDS.c.last.desc(), _ROUNDS.c.id)
)
_RUNNING = _ROUNDS_OF.join(_CASES, _CASES.c.id == _ROUNDS.c.id).where(
    _CASES.c.status.in_(("open", "escalated"))
)
_EVALUATED = Prepared(
    select(_ORGANISATIONS.c.code).where(
        _ORGANISATIONS.c.last_evaluated_on.between(bindparam("first"), bindparam("last"))
    )
)

PAGE = 400  # states read by one query, where not all are
MANY = 8  # more than one case of so many changed: everything is gathered anew
KEPT = 24  # rounds kept in memory
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

    def within(self, codes: Iterable[str]) -> list[Glance]:
        """The cases of some subjects only that count: those of a township, of an inspector."""
        found = (self.by_case.get(case_id(self.round.id, code)) for code in sorted(codes))
        return [glance for glance in found if glance is not None and glance.status != "merged"]

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


class _Kept(NamedTuple):
    mark: tuple
    numbers: dict[str, int]
    overview: Overview


class Overviews:
    """The overviews of one desk's rounds, the latest asked for kept."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, connection: Connection, round_key: str) -> Overview:
        """The overview of a round as it stands now; NoResultFound where there is none."""
        mark = tuple(connection.execute(_MARK, {"round": round_key}).one())
        with self._lock:
            kept = self._kept.get(round_key)
            if kept is None or kept.mark != mark:
                kept = self._read(connection, round_key, mark, kept)
                self._kept[round_key] = kept
            self._kept.move_to_end(round_key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return kept.overview

    def _read(
        self, connection: Connection, round_key: str, mark: tuple, kept: _Kept | None
    ) -> _Kept:
        numbers = dict(_NUMBERS.fetch(connection, {"round": round_key}))
        before = kept.numbers if kept else {}
        stale = [case for case, seq in numbers.items() if before.get(case) != seq]
        glances = dict(kept.overview.by_case) if kept else {}
        changes = []
        for row in _states(connection, round_key, stale, len(numbers)):
            changes.append(Change(glances.get(row.id), read_glance(row.id, row.state)))
            glances[row.id] = changes[-1].after
        own = glances.pop(round_key, None) or (kept.overview.own if kept else None)
        if own is None:
            raise NoResultFound(round_key)
        changes = [change for change in changes if change.after is not own]
        if not all(change.before for change in changes):
            glances = dict(sorted(glances.items(), key=lambda item: item[1].subject))
        if kept is None:
            overview = Overview(*self._frame(connection, round_key), own, glances)
        else:
            few = len(changes) * MANY <= len(glances)
            gathered = kept.overview.gathered.after(changes) if few else Gathered()
            overview = replace(kept.overview, own=own, by_case=glances, gathered=gathered)
        return _Kept(mark, numbers, overview)

    def _frame(self, connection: Connection, round_key: str) -> tuple:
        row = connection.execute(_THE_ROUND, {"round": round_key}).one()
        cycle = connection.execute(_THE_CYCLE, {"cycle": row.cycle or ""}).first()
        shelf = self._desk.journal.shelf
        process = shelf.process(connection, row.definition)
        return row, cycle, process, shelf.standard(connection, row.standard)


def _states(connection: Connection, round_key: str, stale: list[str], of: int) -> Iterable[Row]:
    if len(stale) * 2 > of:
        yield from connection.execute(_EVERY_STATE, {"round": round_key})
        return
    for first in range(0, len(stale), PAGE):
        yield from connection.execute(_STATES, {"ids": stale[first : first + PAGE]})


def overview_of(desk: Desk, connection: Connection, round_key: str) -> Overview:
    """The overview of a round, as of the connection's snapshot; NoResultFound for no round."""
    kept = desk.__dict__.setdefault("_overviews", Overviews(desk))
    return kept.of(connection, round_key)


def rounds_of(connection: Connection, offices: Iterable[str]) -> list[Row]:
    """The rounds of some offices, the latest first."""
    return list(connection.execute(_ROUNDS_OF, {"offices": sorted(set(offices))}))


def running_rounds(connection: Connection, offices: Iterable[str]) -> list[Row]:
    """The rounds of some offices that are not over yet, the latest first."""
    return list(connection.execute(_RUNNING, {"offices": sorted(set(offices))}))


def round_at_hand(rounds: list[Row], wanted: str, today: date) -> Row | None:
    """The round asked for by its id, if it is among them; else the longest that runs today, else
    the latest."""
    for row in rounds:
        if row.id == wanted:
            return row
    running = [row for row in rounds if row.first <= today <= row.last]
    running.sort(key=lambda row: (row.first - row.last, row.id))
    return next(iter(running or rounds), None)
