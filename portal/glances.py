"""One case at a glance: what a board shows of it, taken from the text of its state.

Building the whole state costs ten times as much, and a board wants little of fifteen thousand.
"""

import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from rules.issue_list import OPEN
from rules.process import OPENS

DONE = "done"  # the phase of a stage that was left
SYSTEM = "system"


class Standing(NamedTuple):
    """Where one stage stands; ``phase`` is `DONE` once it was left."""

    stage: str
    kind: str
    phase: str


class Owed(NamedTuple):
    """One running deadline. ``window``: a right, for which nobody is ever late."""

    stage: str
    name: str
    item: str
    who: str
    due_on: date
    window: bool
    provisional: bool


class Review(NamedTuple):
    """One on-site review. ``total`` and ``grade`` as they stand, ``final`` once the letter is out;
    ``review`` says where the school's request for a review of the letter stands."""

    stage: str
    phase: str
    lead: str
    team: tuple[str, ...]
    starts: date | None
    ends: date | None
    ended_on: date | None
    total: str
    grade: str
    final: bool
    vetoes: tuple[str, ...]
    review: str


class Glance(NamedTuple):
    """One subject's case. ``plan`` is "selected", "deferred" or "" (no answer yet), ``week`` the
    Monday meant for its visit; ``first_due`` the soonest duty, by which it is late or not;
    ``visited`` and ``lettered``: a review's visit has ended, its opinion letter is out."""

    case: str
    subject: str
    kind: str
    tier: str
    status: str
    plan: str
    week: date | None
    inspectors: tuple[str, ...]
    stages: tuple[Standing, ...]
    owed: tuple[Owed, ...]
    first_due: date | None
    self_total: str
    self_grade: str
    reviews: tuple[Review, ...]
    visited: bool
    lettered: bool
    issues: int
    open_issues: int

    @property
    def selected(self) -> bool:
        """Whether the plan chose it."""
        return self.plan == "selected"

    @property
    def review(self) -> Review | None:
        """The latest review, if there is one."""
        return self.reviews[-1] if self.reviews else None

    @property
    def total(self) -> str:
        """The review's points, a decimal text; empty where nothing is scored."""
        return self.reviews[-1].total if self.reviews else ""

    @property
    def grade(self) -> str:
        """The review's grade, empty where there is none yet."""
        return self.reviews[-1].grade if self.reviews else ""

    def standing(self, stage: str) -> Standing | None:
        """Where a stage stands; None before it has opened."""
        return next((one for one in self.stages if one.stage == stage), None)

    def is_late(self, today: date) -> bool:
        """Whether somebody owes something whose day has passed."""
        return self.first_due is not None and self.first_due < today

    def late(self, today: date) -> list[Owed]:
        """The duties whose day has passed, the oldest first."""
        return [one for one in self.owed if one.due_on < today and not one.window]


def read_glance(case: str, text: str) -> Glance:
    """A case's glance from the canonical text of its state."""
    state = json.loads(text)
    plan, stages = state["plan"] or {}, state["stages"]
    owed = tuple(sorted(_owed(state["deadlines"]), key=lambda one: (one.due_on, one.stage)))
    duties = [one.due_on for one in owed if not one.window]
    reviews = tuple(
        _review(id_, stage["data"])
        for id_, stage in stages.items()
        if stage["kind"] == "on_site_review"
    )
    own = [s["data"] for s in stages.values() if s["kind"] == "self_assessment"]
    scored = next((data for data in own if data["total"]), {})
    listed = [
        issue["state"]
        for stage in stages.values()
        if stage["kind"] == "issue_list"
        for issue in stage["data"]["issues"].values()
    ]
    return Glance(
        case=case,
        subject=state["subject"],
        kind=state["subject_kind"],
        tier=state["tier"],
        status=state["status"],
        plan=plan.get("answer", ""),
        week=_day(plan.get("week")),
        inspectors=tuple(plan.get("inspectors", ())),
        stages=_kept(
            tuple(
                Standing(id_, stage["kind"], stage["data"]["phase"] if stage["open"] else DONE)
                for id_, stage in stages.items()
            )
        ),
        owed=owed,
        first_due=duties[0] if duties else None,
        self_total=scored.get("total", ""),
        self_grade=scored.get("grade", ""),
        reviews=reviews,
        visited=any(review.ended_on for review in reviews),
        lettered=any(review.final for review in reviews),
        issues=len(listed),
        open_issues=sum(one in OPEN for one in listed),
    )


@lru_cache(maxsize=4096)
def _kept(stages: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """The same tuple for the same standings: most schools of a round stand alike."""
    return stages


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _owed(deadlines: dict[str, Any]) -> Iterator[Owed]:
    """What people owe; not the days on which stages open and rounds end."""
    for one in deadlines.values():
        if one["name"] != OPENS and one["who"] != SYSTEM:
            due_on = date.fromisoformat(one["due_on"])
            more = (one["window"], one["provisional"])
            yield Owed(one["stage"], one["name"], one["item"], one["who"], due_on, *more)


def _review(stage: str, data: dict[str, Any]) -> Review:
    scored = data["scored"] or {}
    return Review(
        stage=stage,
        phase=data["phase"],
        lead=data["lead"],
        team=tuple(data["team"]),
        starts=_day(data["starts"]),
        ends=_day(data["ends"]),
        ended_on=_day(data["ended_on"]),
        total=data["total"] or scored.get("total", ""),
        grade=data["grade"] or scored.get("grade", ""),
        final=data["phase"] == "lettered",
        vetoes=tuple(data["vetoes"]),
        review=data["review"],
    )


# -- what many cases are gathered by (`portal.gathered`) -------------------------------------------


def marks_of(glance: Glance) -> Iterator[tuple]:
    """What a case is counted by: its status; and if it counts, that and where its stages stand,
    what the plan said, its grades, the week meant for its visit, the days on which visits ended."""
    yield "status", glance.status
    if glance.status == "merged":
        return
    yield ("standing",)
    yield from (("stands", one.stage, one.phase) for one in glance.stages)
    for mark in ("selected", "visited", "lettered"):
        if getattr(glance, mark):
            yield (mark,)
    if glance.self_grade:
        yield "own grade", glance.self_grade
    if glance.grade:
        yield "grade", glance.grade
        if glance.lettered:
            yield "grade told", glance.grade
    if glance.selected and glance.week:
        yield "week", glance.week
    yield from (("ended", one.ended_on) for one in glance.reviews if one.ended_on)


def subject_of(glance: Glance) -> tuple[str, ...]:
    """The subject of a case that counts."""
    return () if glance.status == "merged" else (glance.subject,)


def in_order_of_due(glance: Glance) -> Iterator[tuple[tuple, Glance]]:
    """A case with its place among others: by the day of its next duty."""
    yield (glance.first_due or date.max, glance.subject), glance


def owed_in(glance: Glance, who: str) -> Iterator[tuple[tuple, tuple[Glance, Owed]]]:
    """What somebody owes in a case, not what they only may do; with its place: by its day."""
    for n, one in enumerate(glance.owed):
        if one.who == who and not one.window:
            yield (one.due_on, glance.subject, n), (glance, one)
