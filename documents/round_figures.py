"""What a whole round comes to, school by school, counted from the log up to an instant.

Only what was recorded before the event that calls for the paper is counted, so that a bulletin
drafted late says what it would have said on the day.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from documents.origins import Tracing
from engine.dossier import Dossier
from engine.journal import SHANGHAI
from models.cases import Case
from models.cycles import Round
from models.events import StoredEvent
from models.organisations import Organisation
from models.scores import Score
from rules.messages import Event
from rules.vocabulary import read_event

_CASES, _EVENTS, _ORGANISATIONS = Case.__table__, StoredEvent.__table__, Organisation.__table__
_SCORES, _ROUNDS = Score.__table__, Round.__table__


@dataclass
class IssueFigure:
    """One issue of one school, as far as figures go."""

    number: str
    basis: str
    unit: str
    severity: str
    outcome: str
    nature: str
    state: str = "raised"
    reopened: int = 0


@dataclass
class SchoolFigures:
    """One subject in the round. Points are decimal texts, empty where not (yet) given, those of its
    areas by code; ``before`` is the last review's total in an earlier round, with its grade."""

    code: str
    name: str
    kind: str
    place: str
    plan: str = ""
    self_total: str = ""
    self_grade: str = ""
    self_areas: Mapping[str, str] = field(default_factory=dict)
    visited_on: date | None = None
    total: str = ""
    value_added: str = ""
    areas: Mapping[str, str] = field(default_factory=dict)
    grade: str = ""
    lettered_on: date | None = None
    rectify_by: date | None = None
    vetoes: tuple[str, ...] = ()
    guided: int = 0
    followed: int = 0
    successor: str = ""
    before: tuple[str, str] = ("", "")
    issues: dict[tuple[str, str], IssueFigure] = field(default_factory=dict)

    @property
    def lettered(self) -> bool:
        """Whether its opinion letter is out, so that its grade is final."""
        return self.lettered_on is not None


def _as_it_is(figure: Any) -> Any:
    return figure


@dataclass(frozen=True)
class RoundFigures:
    """The subjects of a round, in the order of their codes. ``counted``: a figure that comes of
    them all, with its origin if anybody asks."""

    schools: tuple[SchoolFigures, ...] = ()
    counted: Callable[[Any], Any] = _as_it_is

    @property
    def lettered(self) -> list[SchoolFigures]:
        """Those with an opinion letter."""
        return [school for school in self.schools if school.lettered]

    @property
    def selected(self) -> list[SchoolFigures]:
        """Those the plan chose."""
        return [school for school in self.schools if school.plan == "selected"]

    @property
    def issues(self) -> list[tuple[SchoolFigures, IssueFigure]]:
        """Every issue with its school; what went to a successor is counted there, not here."""
        return [
            (school, issue)
            for school in self.schools
            for issue in school.issues.values()
            if not (school.successor and issue.state == "carried")
        ]

    def grades(self, schools: Iterable[SchoolFigures]) -> Counter[str]:
        """How many of these schools have which grade."""
        return Counter(school.grade for school in schools if school.grade)

    def by_basis(self) -> list[tuple[str, list[tuple[SchoolFigures, IssueFigure]]]]:
        """Issues by what they rest on, the most frequent first; by schools, then by code."""
        found: dict[str, list[tuple[SchoolFigures, IssueFigure]]] = {}
        for school, issue in self.issues:
            found.setdefault(issue.basis, []).append((school, issue))
        return sorted(found.items(), key=lambda item: (-_schools(item[1]), -len(item[1]), item[0]))


def _schools(found: list[tuple[SchoolFigures, IssueFigure]]) -> int:
    return len({school.code for school, _ in found})


def read_figures(
    connection: Connection, dossier: Dossier, seq: int, tracing: Tracing | None = None
) -> RoundFigures:
    """The figures of a round (``dossier`` is its own case's) before event ``seq`` was recorded."""
    return figures_until(connection, dossier, _instant(dossier.story[seq - 1].at), tracing)


def figures_until(
    connection: Connection, dossier: Dossier, until: datetime, tracing: Tracing | None = None
) -> RoundFigures:
    """The figures of a round from what was recorded before an instant (aware of its zone), with
    their origins where a letter is traced."""
    known = dossier.organisations
    schools = {
        row.id: _school(known[row.subject], known, tracing)
        for row in connection.execute(
            select(_CASES.c.id, _CASES.c.subject)
            .where(_CASES.c.round == dossier.round.id, _CASES.c.of == "case")
            .order_by(_CASES.c.subject)
        )
    }
    told = (
        select(_EVENTS.c.case, _EVENTS.c.seq, _EVENTS.c.at, _EVENTS.c.body)
        .join(_CASES, _CASES.c.id == _EVENTS.c.case)
        .where(_CASES.c.round == dossier.round.id, _CASES.c.of == "case")
        .where(_EVENTS.c.type.in_(sorted(_COUNTS)))
        .order_by(_EVENTS.c.case, _EVENTS.c.seq)
    )
    for row in connection.execute(told):
        if _instant(row.at) < until:
            event = read_event(json.loads(row.body))
            if tracing is not None:
                event = tracing.elsewhere(event, row.case, row.seq)
            _COUNTS[event.type](schools[row.case], event)
    _remember_last_review(connection, dossier.round, schools.values(), tracing)
    if tracing is None:
        return RoundFigures(tuple(schools.values()))
    before = f"{until.astimezone(UTC) + SHANGHAI:%Y-%m-%d %H:%M}"
    what = f"据本轮{len(schools)}个案卷在{before}以前的记录计数或计算"
    return RoundFigures(tuple(schools.values()), lambda n: tracing.counted(n, what))


def _instant(at: str) -> datetime:
    return datetime.fromisoformat(at.replace("Z", "+00:00"))


def _school(row: Row, known: dict[str, Row], tracing: Tracing | None) -> SchoolFigures:
    parent = known.get(row.parent) if row.parent else None
    if tracing is not None:
        row, parent = tracing.registered(row), parent and tracing.registered(parent)
    return SchoolFigures(row.code, row.name, row.kind, parent.name if parent else "")


def _remember_last_review(
    connection: Connection,
    round_: Row,
    schools: Iterable[SchoolFigures],
    tracing: Tracing | None,
) -> None:
    """The last review of each school in an earlier round of the same process and office."""
    by_code = {school.code: school for school in schools}
    wanted = (
        select(_SCORES.c.subject, _SCORES.c.total, _SCORES.c.grade, _SCORES.c.case, _SCORES.c.seq)
        .join(_CASES, _CASES.c.id == _SCORES.c.case)
        .join(_ROUNDS, _ROUNDS.c.id == _CASES.c.round)
        .where(_SCORES.c.side == "review", _ROUNDS.c.first < round_.first)
        .where(_ROUNDS.c.process == round_.process, _ROUNDS.c.office == round_.office)
        .order_by(_ROUNDS.c.first, _SCORES.c.scored_on, _SCORES.c.seq)
    )
    for row in connection.execute(wanted):
        if row.subject in by_code:
            before = (row.total, row.grade)
            if tracing is not None:
                before = tracing.scored(before, row.case, row.seq)
            by_code[row.subject].before = before


# -- what each event says of its school ------------------------------------------------------------


def _set(**fields: str) -> Callable[[SchoolFigures, Any], None]:
    """Keep fields of the event: school's field → event's field."""

    def keep(school: SchoolFigures, event: Any) -> None:
        for own, theirs in fields.items():
            setattr(school, own, getattr(event, theirs))

    return keep


def _submitted(school: SchoolFigures, event: Any) -> None:
    if event.total:
        school.self_total, school.self_grade = event.total, event.grade
        school.self_areas = event.areas


def _scored(school: SchoolFigures, event: Any) -> None:
    """A defence that was considered without new scores leaves the old ones."""
    if event.scored.total:
        school.value_added, school.areas = event.scored.value_added, event.scored.areas


def _lettered(school: SchoolFigures, event: Any) -> None:
    school.total, school.grade = event.total, event.grade
    school.lettered_on, school.rectify_by = event.happened_on, event.rectify_by


def _vetoed(school: SchoolFigures, event: Event) -> None:
    school.vetoes = (*school.vetoes, event.item)


def _counted(name: str) -> Callable[[SchoolFigures, Any], None]:
    def count(school: SchoolFigures, event: Any) -> None:
        setattr(school, name, getattr(school, name) + 1)

    return count


def _raised(school: SchoolFigures, event: Any) -> None:
    kept = ("basis", "unit", "severity", "outcome", "nature")
    fields = {name: getattr(event, name) for name in kept}
    school.issues[event.stage, event.item] = IssueFigure(event.item, **fields)


def _moved(state: str) -> Callable[[SchoolFigures, Any], None]:
    def move(school: SchoolFigures, event: Any) -> None:
        issue = school.issues[event.stage, event.item]
        issue.state = state
        issue.reopened += state == "reopened"

    return move


def _planned(answer: str) -> Callable[[SchoolFigures, Any], None]:
    def plan(school: SchoolFigures, event: Any) -> None:
        school.plan = answer

    return plan


_COUNTS: dict[str, Callable[[SchoolFigures, Any], None]] = {
    "planning.selected": _planned("selected"),
    "planning.deferred": _planned("deferred"),
    "self_assessment.submitted": _submitted,
    "process_guidance.visited": _counted("guided"),
    "on_site_review.visit.ended": _set(visited_on="happened_on"),
    "on_site_review.scores.entered": _scored,
    "on_site_review.defence.considered": _scored,
    "on_site_review.veto.confirmed": _vetoed,
    "on_site_review.opinion_letter.issued": _lettered,
    "follow_up_visit.visited": _counted("followed"),
    "case.merged": _set(successor="successor"),
    "issue_list.issue.raised": _raised,
    **{
        f"issue_list.issue.{state}": _moved(state)
        for state in ("reported", "closed", "refused", "reopened", "accountable", "carried")
    },
}
