"""What a round came to, drawn: how the grades fall, how the areas compare, which problems schools
share. Each figure is counted as the tables beside it are."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from documents.case_view import CaseView
from documents.papers import Bars, Block, Series, table
from documents.provenance import alike
from documents.round_figures import RoundFigures, SchoolFigures
from documents.round_tables import indicator, shared

MOST = 10  # problems drawn; the table beside has them all


def grade_bars(view: CaseView, figures: RoundFigures) -> list[Block]:
    """How many lettered schools have which grade, beside what they had at their last review."""
    letters = [rule.letter for rule in view.standard.grades]
    now, n = figures.grades(figures.lettered), figures.counted
    if not now:
        return []
    series = [Series("本次督评", tuple(n(now[letter]) for letter in letters))]
    before = [school.before[1] for school in figures.lettered if school.before[1]]
    if before:
        series.append(Series("上次督评", tuple(n(before.count(letter)) for letter in letters)))
    axes = tuple(f"{letter}等" for letter in letters)
    return [Bars(axes, tuple(series), "等级分布（所）", "所")]


class AreaMean(NamedTuple):
    """An area, and the mean share of its points over the lettered schools that have a score:
    their own, and the review's; None where nobody has."""

    title: str
    own: float | None
    review: float | None


def area_means(view: CaseView, figures: RoundFigures) -> list[AreaMean]:
    """The areas of the standard in order, each with its means over every kind of school."""
    titles = {
        area.code: area.title
        for kind in view.standard.school_kinds
        for area in view.standard.areas_for(kind)
        if area.owner != "value_added"
    }
    full = {
        (kind, area.code): Decimal(area.points)
        for kind in {school.kind for school in figures.lettered}
        if kind in view.standard.school_kinds
        for area in view.standard.areas_for(kind)
    }
    found = []
    for code, title in titles.items():
        own = _mean(figures, [*_shares(figures, code, full, "self_areas")])
        review = _mean(figures, [*_shares(figures, code, full, "areas")])
        if own is not None or review is not None:
            found.append(AreaMean(title, own, review))
    return found


def _shares(
    figures: RoundFigures, code: str, full: Mapping[tuple[str, str], Decimal], side: str
) -> Iterator[Decimal]:
    for school in figures.lettered:
        points = getattr(school, side).get(code)
        if points is not None and (school.kind, code) in full:
            yield Decimal(points) / full[school.kind, code]


def _mean(figures: RoundFigures, shares: list[Decimal]) -> float | None:
    return figures.counted(float(sum(shares) / len(shares))) if shares else None


def areas(view: CaseView, figures: RoundFigures) -> list[Block]:
    """The areas side by side, as a table and drawn; nothing while no review has scored."""
    means = area_means(view, figures)
    if not any(mean.review is not None for mean in means):
        return []
    rows = [[mean.title, _percent(mean.own), _percent(mean.review)] for mean in means]
    columns = [("领域", 40), ("自评平均得分率", 30, "center"), ("督评平均得分率", 30, "center")]
    sides = (("自评", [m.own for m in means]), ("督评", [m.review for m in means]))
    series = tuple(
        Series(name, tuple(share for share in shares if share is not None))
        for name, shares in sides
        if None not in shares
    )
    drawn = Bars(tuple(mean.title for mean in means), series, "各领域平均得分率对比")
    shown: list[Block] = [table(columns, rows, "各领域平均得分率（已印发督评意见书的学校）")]
    return [*shown, drawn] if series else shown


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def problem_bars(view: CaseView, figures: RoundFigures) -> list[Block]:
    """The problems that most schools share, by how many share them."""
    found = shared(figures)[:MOST]
    if not found:
        return []
    counts = tuple(figures.counted(len(_codes(issues))) for _, issues in found)
    axes = tuple(indicator(view, basis) for basis, _ in found)
    more = f"（前{alike(counts[0], MOST)}项）" if len(shared(figures)) > MOST else ""
    caption = f"共性问题涉及学校数{more}"
    return [Bars(axes, (Series("涉及学校（所）", counts),), caption, "所", lying=True)]


def _codes(issues: list[tuple[SchoolFigures, object]]) -> set[str]:
    return {school.code for school, _ in issues}
