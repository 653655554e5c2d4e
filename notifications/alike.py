"""Running deadlines that are alike: those that speak on the same days, and say the same.

Most of an office's are like many others: the same duty of the same round, due on the same day. So
they are counted by kind, and what one of a kind says is reckoned once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    case,
    exists,
    func,
    literal_column,
    select,
    tuple_,
)

from engine.register import named_like
from engine.subtree import unsought
from models.cases import Case
from models.cycles import Round
from models.deadlines import DeadlineRow
from models.organisations import Organisation
from rules.ahead import Running
from rules.state import parts_of

_DEADLINES, _CASES, _ROUNDS = DeadlineRow.__table__, Case.__table__, Round.__table__
_ORGANISATIONS = Organisation.__table__

# The state is written out: the indexes of armed rows are taken for it (see engine.deadlines).
_ARMED = _DEADLINES.c.state == literal_column("'armed'")
_VALUES = tuple(_DEADLINES.c[name] for name in ("key", "who", "next_on", "missed", "level"))
_IN_ORDER = ("next_on", "due_on", "key", "who", "missed", "level")  # of the index they stand in
_LIVE = ("open", "escalated")  # no other case has an armed deadline


class Alike(NamedTuple):
    """Deadlines by one definition that are alike: the values of `_VALUES`, the day they are due,
    and how many they are."""

    definition: str
    values: tuple[Any, ...]
    due_on: date
    count: int

    @property
    def running(self) -> Running:
        """What decides when they speak."""
        key, who, *others = self.values
        stage, name, _ = parts_of(key)
        return Running(stage, name, who, self.due_on, *others)


@dataclass
class RunningDeadlines:
    """An office's armed deadlines, or those of the schools so named (a part of the name, or of its
    initials). ``rounds``: those that live, with their definitions."""

    connection: Connection
    office: str
    school: str = ""
    rounds: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        living = exists().where(
            _CASES.c.round == _ROUNDS.c.id,
            _CASES.c.of.in_(("case", "round")),
            _CASES.c.status.in_(_LIVE),
        )
        wanted = select(_ROUNDS.c.id, _ROUNDS.c.definition)
        rows = self.connection.execute(wanted.where(_ROUNDS.c.office == self.office, living))
        self.rounds = {row.id: row.definition for row in rows}

    def counted(self, until: date) -> Iterator[Alike]:
        """All that the clock looks at until then, each kind with how many there are."""
        definition = self._definition
        wanted = (
            select(*definition, *_VALUES, _DEADLINES.c.due_on, func.count())
            .where(_DEADLINES.c.office == self.office, _ARMED)
            .where(_DEADLINES.c.next_on <= until, *self._of_schools())
            .group_by(*(_DEADLINES.c[name] for name in _IN_ORDER))
            .group_by(*(["definition"] if definition else []))
        )
        for row in self.connection.execute(wanted):
            *values, due_on, count = row
            by = values.pop(0) if definition else self._only_definition
            yield Alike(by, tuple(values), due_on, count)

    def listed(
        self, due_on: date, alike: Sequence[Alike], first: int, most: int
    ) -> list[tuple[str, Alike]]:
        """Deadlines of these kinds, that are all due on one day: the case of each, and of which
        kind it is. By case, from the ``first`` (0) on."""
        definition = self._definition
        key, *others = _VALUES
        values = {(one.definition, *one.values)[not definition :]: one for one in alike}
        wanted = (
            select(_DEADLINES.c.case, *definition, *_VALUES)
            .where(_DEADLINES.c.office == self.office, _DEADLINES.c.due_on == due_on, _ARMED)
            .where(tuple_(*definition, unsought(key), *others).in_(list(values)))
            .where(*self._of_schools())
            .order_by(_DEADLINES.c.case, _DEADLINES.c.seq)
        )
        rows = self.connection.execute(wanted.limit(most).offset(first))
        return [(row[0], values[tuple(row[1:])]) for row in rows]

    @property
    def _only_definition(self) -> str:
        return next(iter(self.rounds.values()), "")

    @cached_property
    def _definition(self) -> list[ColumnElement[str]]:
        """By which definition a deadline runs, as far as they differ: its case's id begins with its
        round's. To look for each of the cases would take as long as all the rest."""
        if len(set(self.rounds.values())) < 2:
            return []
        whole = _DEADLINES.c.case + "/"
        of_round = (
            (func.substr(whole, 1, len(key) + 1) == f"{key}/", definition)
            for key, definition in self.rounds.items()
        )
        return [case(*of_round, else_="").label("definition")]

    def _of_schools(self) -> list[ColumnElement[bool]]:
        if not self.school:
            return []
        codes = select(_ORGANISATIONS.c.code).where(named_like(self.school))
        about = _CASES.c.office == self.office, _CASES.c.subject.in_(codes)
        return [_DEADLINES.c.case.in_(select(_CASES.c.id).where(*about))]
