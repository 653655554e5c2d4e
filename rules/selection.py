"""The proposal for a plan: whom to evaluate and in which week, by a simple fair rule.

Longest unvisited first, at least the share the rules demand, nobody over the burden cap, no
recused inspector. People change the proposal as they see fit; better plans come from a solver.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from rules.clauses import Repeat, parse_clause
from rules.days import Calendar

PREPARATION = timedelta(days=42)  # publication, team, announcement: no visit sooner than that
AFTERMATH = timedelta(days=84)  # letter, rectification, follow-up: so much of the round is left
Quota = Repeat


class Candidate(NamedTuple):
    """A subject that could be chosen. ``last`` is when it was last visited, None for never;
    ``visits`` counts this year's inspections by all processes; ``picks`` are the weeks for which
    earlier rounds chose it."""

    code: str
    last: date | None = None
    visits: int = 0
    tier: str = ""
    picks: tuple[date, ...] = ()
    recused: tuple[str, ...] = ()
    inspectors: tuple[str, ...] = ()


class Choice(NamedTuple):
    """One subject chosen, for the week that begins on that Monday, and why."""

    subject: str
    week: date
    inspectors: tuple[str, ...]
    why: str


def parse_quota(text: str) -> Quota:
    """A quota such as "once a month" or "2 times a week"; ValueError (Chinese) otherwise."""
    clause = parse_clause(text)
    if not isinstance(clause, Repeat):
        raise ValueError(f"“{text}”不是次数，应写成 once a week、2 times a month 这样")
    return clause


def choose_share(
    candidates: list[Candidate],
    share: str,
    cap: int,
    first: date,
    last: date,
    calendar: Calendar,
    cycle_years: int = 0,
) -> list[Choice]:
    """At least ``share`` of all, and everybody whose cycle would otherwise run out; spread evenly
    over the teaching weeks from ``first`` (plus time to prepare) to ``last`` (less the time that a
    visit's letter, rectification and follow-up take)."""
    able = sorted(
        (c for c in candidates if c.visits < cap), key=lambda c: (c.last or date.min, c.code)
    )
    need = ceil(len(candidates) * Fraction(share))
    overdue = [c for c in able if cycle_years and _years_since(c.last, last) >= cycle_years]
    chosen = able[: max(need, len(overdue))]
    weeks = [
        week
        for week in teaching_weeks(first, last, calendar)
        if week >= first + PREPARATION and week <= last - AFTERMATH
    ] or [first + PREPARATION - timedelta((first + PREPARATION).weekday())]
    return [
        Choice(c.code, weeks[n * len(weeks) // len(chosen)], _team(c), _why(c, cycle_years, last))
        for n, c in enumerate(chosen)
    ]


def _years_since(day: date | None, until: date) -> int:
    return until.year - day.year if day else 10_000


def _why(candidate: Candidate, cycle_years: int, last: date) -> str:
    if candidate.last is None:
        return "从未评估"
    waited = _years_since(candidate.last, last)
    if cycle_years and waited >= cycle_years:
        return f"周期将满，上次评估在{candidate.last.year}年"
    return f"距上次评估最久，上次在{candidate.last.year}年"


def _team(candidate: Candidate) -> tuple[str, ...]:
    return tuple(i for i in candidate.inspectors if i not in candidate.recused)


def choose_by_tier(
    candidates: list[Candidate],
    quotas: dict[str, Quota],
    cap: int,
    first: date,
    last: date,
    calendar: Calendar,
) -> list[Choice]:
    """As many of each tier as its quota has due by each teaching week of the round; within a tier
    the longest unvisited first. A quota's count is spread over the weeks of its own period."""
    chosen: dict[str, Choice] = {}
    for tier, quota in quotas.items():
        members = sorted(
            (c for c in candidates if c.tier == tier and c.visits < cap),
            key=lambda c: (c.last or date.min, c.code),
        )
        for week in teaching_weeks(first, last, calendar):
            period = calendar.period_of(week, quota.period)
            done = _picked(members, chosen, period.first, period.last)
            weeks = list(teaching_weeks(period.first, period.last, calendar))
            by_now = ceil(quota.times * Fraction(weeks.index(week) + 1, len(weeks)))
            free = [c for c in members if c.code not in chosen]
            for c in free[: max(0, by_now - done)]:
                chosen[c.code] = Choice(c.code, week, _team(c), f"{tier}类轮到，{_last(c)}")
    return sorted(chosen.values(), key=lambda choice: (choice.week, choice.subject))


def _last(candidate: Candidate) -> str:
    return f"上次{candidate.last}" if candidate.last else "尚未视导"


def _picked(members: list[Candidate], chosen: dict, first: date, last: date) -> int:
    earlier = sum(first <= week <= last for c in members for week in c.picks)
    return earlier + sum(c.code in chosen and first <= chosen[c.code].week <= last for c in members)


def teaching_weeks(first: date, last: date, calendar: Calendar) -> Iterator[date]:
    """The Mondays from ``first`` to ``last`` whose week has at least two teaching days."""
    monday = first + timedelta(-first.weekday() % 7)
    while monday <= last:
        if sum(calendar.is_teaching_day(monday + timedelta(n)) for n in range(5)) >= 2:
            yield monday
        monday += timedelta(7)
