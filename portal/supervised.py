"""What a leader looks at: a round as it goes in the part of the tree that is theirs, in figures."""

from collections import Counter
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from models.cycles import Round
from models.issues import IssueRow
from models.letters import Letter
from models.organisations import Organisation
from portal.access import Visitor, above, below, offices_within, top_of
from portal.choices import SEVERITIES
from portal.glances import DONE, Glance, marks_of
from portal.ledgers.issues import of_round
from portal.round_view import Overview
from rules.issue_list import OPEN
from rules.values import ROLE_TITLES

_ISSUES, _LETTERS, _ROUNDS = IssueRow.__table__, Letter.__table__, Round.__table__
_ORGANISATIONS = Organisation.__table__

REPORTS = ("annual_bulletin", "special_report")
MOST_REPORTS = 20
MOST_LATE = 12


class Stretch(NamedTuple):
    """How many schools stand in one stage: before it, in it by phase, beyond it."""

    title: str
    phases: list[tuple[str, int]]
    done: int


class Late(NamedTuple):
    """A school where somebody is late: the oldest duty, who owes it, and how many in all."""

    case: str
    school: str
    title: str
    who: str
    day: date
    count: int


class Severity(NamedTuple):
    """Issues of one severity."""

    title: str
    open: int
    closed: int


class Figures(NamedTuple):
    """A round in figures. ``needed`` schools are to be evaluated this year (0: no share is
    demanded, or only a part of the round is looked at)."""

    schools: int
    needed: int
    planned: int
    visited: int
    lettered: int
    late: int
    stages: list[Stretch]
    grades: list[tuple[str, int]]

    @property
    def share(self) -> int:
        """Schools visited, in percent of those needed (of those planned, where none are)."""
        of = self.needed or self.planned
        return min(100, self.visited * 100 // of) if of else 0


def offices_of(connection: Connection, visitor: Visitor) -> list[str]:
    """The offices whose rounds concern a leader: those of their subtree; a township, which has
    none, looks at its county's."""
    if found := offices_within(connection, visitor):
        return found
    for code in above(connection, visitor.organisation):
        near = select(_ORGANISATIONS.c.code).where(
            _ORGANISATIONS.c.parent == code, _ORGANISATIONS.c.kind == "office"
        )
        if found := sorted(connection.execute(near).scalars()):
            return found
    return []


def cases_in_sight(
    connection: Connection, visitor: Visitor, overview: Overview
) -> list[Glance] | None:
    """The cases of a round that lie in a leader's subtree; None where that is all of them."""
    if visitor.role != "township":
        return None
    mine = overview.of(connection.execute(below(top_of(visitor.seat))).scalars())
    return [glance for glance in mine if glance.status != "merged"]


def figures(overview: Overview, cases: list[Glance] | None, today: date) -> Figures:
    """The figures of a round, or of some of its cases."""
    whole = cases is None
    tally = overview.tally if whole else Counter(mark for one in cases for mark in marks_of(one))
    return Figures(
        tally["standing",],
        overview.needed if whole else 0,
        tally["selected",],
        tally["visited",],
        tally["lettered",],
        len(_late_ones(overview, cases, today)),
        _stages(overview, tally),
        sorted((mark[1], count) for mark, count in tally.items() if mark[0] == "grade"),
    )


def _stages(overview: Overview, tally: Counter[tuple]) -> list[Stretch]:
    found = []
    for stage in overview.stages:
        phases = overview.process.kinds[stage.id].phases
        here = {phase: tally["stands", stage.id, phase] for phase in (*phases, DONE)}
        within = [(title, here[phase]) for phase, title in phases.items() if here[phase]]
        found.append(Stretch(stage.title, within, here[DONE]))
    return found


def _late_ones(overview: Overview, cases: list[Glance] | None, today: date) -> list[Glance]:
    """Where somebody is late, the longest first."""
    if cases is None:
        return [glance for glance in overview.late(today) if glance.status != "merged"]
    found = (glance for glance in cases if glance.is_late(today))
    return sorted(found, key=lambda glance: (glance.first_due, glance.subject))


def late(
    overview: Overview, cases: list[Glance] | None, today: date, names: dict[str, Any]
) -> list[Late]:
    """The schools where somebody is late, the longest first; a dozen of them."""
    found = _late_ones(overview, cases, today)[:MOST_LATE]
    return [_late(overview, glance, today, names) for glance in found]


def _late(overview: Overview, glance: Glance, today: date, names: dict[str, Any]) -> Late:
    owed = glance.late(today)
    first = owed[0]
    who = first.who
    if who.startswith("unit:"):
        unit = names.get(who.removeprefix("unit:"))
        who = unit.name if unit else "责任单位"
    school = names[glance.subject].name if glance.subject in names else glance.subject
    title = overview.process.rule(first.stage, first.name).title
    return Late(glance.case, school, title, ROLE_TITLES.get(who, who), first.due_on, len(owed))


def issues_by_severity(
    connection: Connection, visitor: Visitor, of: Row, whole: bool
) -> list[Severity]:
    """The issues of a round's schools, open and closed; all of them, or those of the subtree."""
    counted = (
        select(_ISSUES.c.severity, _ISSUES.c.state, func.count().label("count"))
        .where(_ISSUES.c.office == of.office, of_round(of.id))
        .group_by(_ISSUES.c.severity, _ISSUES.c.state)
    )
    if not whole:
        counted = counted.where(_ISSUES.c.subject.in_(below(top_of(visitor.seat))))
    found = {(row.severity, row.state): row.count for row in connection.execute(counted)}
    return [
        Severity(
            title,
            sum(count for (s, state), count in found.items() if s == severity and state in OPEN),
            sum(n for (s, state), n in found.items() if s == severity and state == "closed"),
        )
        for severity, title in SEVERITIES.items()
    ]


def reports(connection: Connection, offices: list[str]) -> list[Row]:
    """The bulletins and special reports of some offices, the latest first, with the office's
    name."""
    rounds = select(_ROUNDS.c.id).where(_ROUNDS.c.office.in_(offices))
    wanted = (
        select(_LETTERS, _ORGANISATIONS.c.name.label("by"))
        .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _LETTERS.c.office)
        .where(_LETTERS.c.kind.in_(REPORTS), _LETTERS.c.case.in_(rounds))
        .order_by(_LETTERS.c.drafted_on.desc(), _LETTERS.c.order)
        .limit(MOST_REPORTS)
    )
    return list(connection.execute(wanted))
