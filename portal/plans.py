"""A plan as it lies on the table: who is in it, why, in which week, by whom - changed by hand, and
held against the rules before anything is recorded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from sqlalchemy import Row

from engine.facts import gather
from engine.proposal import candidates, proposal
from portal import choices
from portal.fields import Options
from portal.sight import Sight
from rules.case import handle
from rules.definition import SUBJECT_TITLES
from rules.kinds import Context
from rules.messages import Command
from rules.planning import AmendPlan, Planned, ProposePlan
from rules.selection import PREPARATION, Candidate, teaching_weeks
from rules.values import Refusal


@dataclass(frozen=True)
class Table:
    """What a plan is made from: the candidates of the round by code, the fair proposal, the weeks
    with teaching days, the inspectors by id, and what the plan holds so far."""

    candidates: dict[str, Candidate]
    proposal: tuple[Planned, ...]
    weeks: tuple[date, ...]
    inspectors: Options
    standing: tuple[Planned, ...]
    needed: int
    cap: int


class School(NamedTuple):
    """One subject on the table. ``last`` is when it was last evaluated, ``visits`` this year's
    inspections; ``planned`` is None for whoever is not in the plan."""

    code: str
    name: str
    kind: str
    place: str
    tier: str
    last: date | None
    visits: int
    own: tuple[str, ...]
    recused: tuple[str, ...]
    planned: Planned | None
    gone: bool

    @property
    def offered(self) -> list[str]:
        """The inspectors to tick: those of its zone, and whoever is named already."""
        named = self.planned.inspectors if self.planned else ()
        return [*dict.fromkeys((*self.own, *named))]


@dataclass
class Draft:
    """A plan as it was typed: ``selected``, and what is wrong by the field's name."""

    selected: tuple[Planned, ...]
    mistakes: dict[str, str] = field(default_factory=dict)
    reason: str = ""


def lay(sight: Sight, stage: str) -> Table:
    """The table of a round's plan. ``stage`` is the planning stage's id."""
    fields, data = sight.process.stages[stage], sight.state.stages[stage].data
    calendar, round_, today = sight.dossier.calendar, sight.dossier.round, sight.today
    found = candidates(sight.connection, sight.id, today)
    fair = proposal(found, round_, sight.process, fields, calendar, today) if found else []
    weeks = {*teaching_weeks(max(today, round_.first), round_.last, calendar)}
    weeks |= {one.week for one in (*data.selected, *fair)}
    share = fields.cover.each_year
    return Table(
        candidates={one.code: one for one in found},
        proposal=tuple(
            Planned(subject=c.subject, week=c.week, inspectors=c.inspectors, why=c.why)
            for c in fair
        ),
        weeks=tuple(sorted(weeks)),
        inspectors=choices.inspectors(sight),
        standing=data.selected,
        needed=ceil(len(found) * Fraction(share)) if share else 0,
        cap=fields.burden_at_most,
    )


def schools(sight: Sight, table: Table, selected: Iterable[Planned]) -> list[School]:
    """Everyone on the table: those in the plan by week, then the rest, the longest unvisited
    first."""
    planned = {one.subject: one for one in selected}
    codes = [*table.candidates, *(code for code in planned if code not in table.candidates)]
    found = [_school(sight, table, code, planned.get(code)) for code in codes]
    return sorted(found, key=_place)


def _place(school: School) -> tuple:
    if school.planned:
        return (0, school.planned.week, school.code)
    return (1, school.last or date.min, school.code)


def _school(sight: Sight, table: Table, code: str, planned: Planned | None) -> School:
    known = sight.dossier.organisations
    row: Row | None = known.get(code)
    parent = known.get(row.parent) if row is not None and row.parent else None
    candidate = table.candidates.get(code)
    return School(
        code=code,
        name=row.name if row is not None else code,
        kind=SUBJECT_TITLES.get(row.kind, "") if row is not None else "",
        place=parent.name if parent is not None else "",
        tier=candidate.tier if candidate else "",
        last=candidate.last if candidate else None,
        visits=candidate.visits if candidate else 0,
        own=candidate.inspectors if candidate else (),
        recused=candidate.recused if candidate else (),
        planned=planned,
        gone=candidate is None,
    )


# -- what it comes to ------------------------------------------------------------------------------


class Change(NamedTuple):
    """What an amendment changes in the plan that stands."""

    added: tuple[Planned, ...]
    moved: tuple[Planned, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.moved or self.removed)


def change(table: Table, selected: Iterable[Planned]) -> Change:
    """The difference to the plan that stands."""
    before = {one.subject: one for one in table.standing}
    after = {one.subject: one for one in selected}
    moved = [
        one
        for code, one in after.items()
        if code in before
        and (one.week, one.inspectors) != (before[code].week, before[code].inspectors)
    ]
    return Change(
        added=tuple(one for code, one in after.items() if code not in before),
        moved=tuple(moved),
        removed=tuple(code for code in before if code not in after),
    )


def command_of(table: Table, stage: str, draft: Draft, amends: bool) -> Command:
    """The command a plan amounts to."""
    if not amends:
        ordered = sorted(draft.selected, key=lambda one: (one.week, one.subject))
        return ProposePlan(stage=stage, selected=tuple(ordered))
    found = change(table, draft.selected)
    gone = (*found.removed, *(one.subject for one in found.moved))
    form = {"reason": draft.reason} if draft.reason else {}
    return AmendPlan(stage=stage, add=(*found.added, *found.moved), remove=gone, form=form)


def refused(sight: Sight, command: Command, role: str) -> str:
    """Why the rules would not let a command pass now; empty if they would. Nothing is recorded."""
    context = Context(
        definition=None,
        calendar=sight.dossier.calendar,
        actor=sight.visitor.actor(role),
        happened_on=sight.today,
        today=sight.today,
        standard=sight.dossier.standard,
        facts=gather(sight.connection, sight.state, command, sight.today),
    )
    found = handle(sight.process, context, sight.state, command)
    return found.reason if isinstance(found, Refusal) else ""


def doubts(sight: Sight, table: Table, selected: tuple[Planned, ...]) -> Iterator[str]:
    """What the rules allow, and an office had better look at once more."""
    known = sight.dossier.organisations
    soonest = sight.today + PREPARATION

    def named(codes: list[str]) -> str:
        names = [known[code].name if code in known else code for code in codes]
        return "、".join(names[:5]) + (f"等{len(names)}所" if len(names) > 5 else "")

    standing = {one.subject: one.week for one in table.standing}
    new = [one for one in selected if standing.get(one.subject) != one.week]
    if early := [one.subject for one in new if one.week < soonest]:
        weeks = PREPARATION // timedelta(7)
        yield f"{named(early)}的入校周不足{weeks}周，公示、组队和通知可能来不及。"
    if alone := [one.subject for one in selected if not one.inspectors]:
        yield f"{named(alone)}还没有安排督学。"
    chosen = {one.subject for one in selected}
    due = [one.subject for one in table.proposal if one.why.startswith("周期将满")]
    if left := [code for code in due if code not in chosen]:
        yield f"{named(left)}周期将满而没有列入。"
