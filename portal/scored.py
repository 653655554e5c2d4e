"""Scores side by side: a school's own, the review's and the last review's, area by area, and how a
grade came about."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup
from sqlalchemy import Connection, Row, bindparam, select

from models.cases import Case
from models.cycles import Round
from models.scores import Score
from portal import charts
from portal.charts import Series
from rules.indicators import Area
from rules.points import ZERO, shown_number
from rules.scores import AreaScore, ScoreSheet, grade
from rules.standard import GradeRule, Standard
from rules.values import Refusal

_SCORES, _CASES, _ROUNDS = Score.__table__, Case.__table__, Round.__table__
OWN, REVIEW = "self", "review"

_OF_CASES = (
    select(_SCORES)
    .where(_SCORES.c.case.in_(bindparam("cases", expanding=True)))
    .order_by(_SCORES.c.seq)
)
_EARLIER = (
    select(_SCORES)
    .join(_CASES, _CASES.c.id == _SCORES.c.case)
    .join(_ROUNDS, _ROUNDS.c.id == _CASES.c.round)
    .where(
        _SCORES.c.subject.in_(bindparam("subjects", expanding=True)),
        _SCORES.c.side == REVIEW,
        _ROUNDS.c.process == bindparam("process"),
        _ROUNDS.c.first < bindparam("first"),
    )
    .order_by(_ROUNDS.c.first, _SCORES.c.seq)
)


class Side(NamedTuple):
    """One scoring: points as decimals by area, ``total`` and ``grade`` as they stand in the log."""

    total: str
    grade: str
    value_added: str
    areas: dict[str, Decimal]
    scored_on: date


class AreaLine(NamedTuple):
    """One area on all sides; ``rate`` is the share of the full points in percent, the review's
    where there is one; ``floors`` whether any grade sets it a floor, ``short`` those it misses."""

    code: str
    title: str
    full: Decimal
    apart: bool
    own: Decimal | None
    review: Decimal | None
    before: Decimal | None
    rate: Decimal | None
    floors: bool
    short: str


def sides_of(connection: Connection, cases: Collection[str]) -> dict[tuple[str, str], Side]:
    """The latest scoring of these cases by (case, side)."""
    rows = connection.execute(_OF_CASES, {"cases": sorted(cases)}) if cases else ()
    return {(row.case, row.side): _side(row) for row in rows}


def last_reviews(connection: Connection, subjects: Collection[str], round_: Row) -> dict[str, Side]:
    """The last review of these subjects in earlier rounds of the same process."""
    asked = {"subjects": sorted(subjects), "process": round_.process, "first": round_.first}
    rows = connection.execute(_EARLIER, asked) if subjects else ()
    return {row.subject: _side(row) for row in rows}


def _side(row: Row) -> Side:
    areas = {code: Decimal(points) for code, points in json.loads(row.areas or "{}").items()}
    return Side(row.total, row.grade, row.value_added, areas, row.scored_on)


def area_lines(
    standard: Standard, kind: str, own: Side | None, review: Side | None, before: Side | None
) -> list[AreaLine]:
    """The areas of a kind of school; those of earlier versions of the standard by their codes."""
    lines = []
    for area in _areas(standard, kind):
        apart = area.owner == "value_added"
        points = [side.areas.get(area.code) if side else None for side in (own, review, before)]
        judged = points[1] if points[1] is not None else points[0]
        score = AreaScore(area.code, area.title, area.owner, area.points, judged or ZERO)
        floors = [] if judged is None or apart else list(_floors(standard.grades, score))
        missed = [f"{letter}等底线{percent}%" for letter, percent, short in floors if short]
        lines.append(
            AreaLine(
                area.code,
                area.title,
                area.points,
                apart,
                *points,
                rate=None if judged is None else score.ratio,
                floors=bool(floors),
                short=f"低于{'、'.join(missed)}" if missed else "",
            )
        )
    return lines


def _areas(standard: Standard, kind: str) -> tuple[Area, ...]:
    return standard.areas_for(kind) if kind in standard.school_kinds else ()


def _floors(rules: Iterable[GradeRule], area: AreaScore) -> Iterator[tuple[str, str, bool]]:
    """The floors of an area: the grade, the percentage, and whether the area is below it."""
    for rule in rules:
        common = rule.each_area if area.owner == "provincial" else None
        floor = rule.areas.get(area.code, common)
        if floor is not None:
            yield rule.letter, shown_number(floor * 100), area.points < floor * area.full


def why(standard: Standard, kind: str, side: Side, vetoes: Sequence[str]) -> tuple[str, ...]:
    """How a grade came about, one sentence a fact; empty where it cannot be told."""
    areas = tuple(
        AreaScore(area.code, area.title, area.owner, area.points, side.areas[area.code])
        for area in _areas(standard, kind)
        if area.code in side.areas
    )
    counted = [area for area in areas if area.owner != "value_added"]
    sheet = ScoreSheet(
        standard=standard.version,
        school_kind=kind,
        side="review",
        leaves=(),
        areas=areas,
        total=sum((area.points for area in counted), ZERO),
        full=standard.full,
        value_added=ZERO,
        value_added_full=ZERO,
        missing=(),
    )
    graded = grade(standard, sheet, [code for code in vetoes if code])
    return () if isinstance(graded, Refusal) else graded.why


def radar(lines: Sequence[AreaLine], title: str = "各领域得分率") -> Markup:
    """The areas in the total as a chart: own, review, last time."""
    shown = [line for line in lines if not line.apart]

    def shares(points: Iterable[Decimal | None]) -> list[float | None]:
        return [
            None if each is None or not line.full else float(each / line.full)
            for each, line in zip(points, shown, strict=True)
        ]

    series = [
        Series("自评", "own", shares(line.own for line in shown)),
        Series("督评", "review", shares(line.review for line in shown)),
        Series("上次督评", "before", shares(line.before for line in shown)),
    ]
    known = [one for one in series if any(value is not None for value in one.values)]
    return charts.areas(title, [line.title for line in shown], known)
