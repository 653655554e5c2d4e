"""通报数字: what a round comes to, in the bulletin's own tables, as of now: to read, to print."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from fastapi import Depends, Request, Response

from documents.case_view import CaseView
from documents.papers import Block, Text
from documents.round_figures import RoundFigures, figures_until
from documents.round_tables import (
    by_unit,
    common_problems,
    grades_by_kind,
    overview,
    rectified,
    results,
)
from documents.score_tables import unofficial
from portal.gate import NotAllowed, Pages
from portal.overview import overview_of
from portal.rendering import render
from portal.round_view import Overview
from portal.sight import Sight, case_at_hand

pages = Pages()

# Counting a round reads its whole log: once for each state of it.
_counted: WeakKeyDictionary[Overview, RoundFigures] = WeakKeyDictionary()


@pages.page("/bulletin/{case}", "office", "government", "superior", "township")
def bulletin_page(request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """The figures of a round."""
    if sight.state.of != "round":
        raise NotAllowed("通报数字按轮次统计，请从总览进入。")
    at_hand = overview_of(sight.desk, sight.connection, sight.id)
    figures = _counted.get(at_hand)
    if figures is None:
        figures = figures_until(sight.connection, sight.dossier, sight.desk.now())
        _counted[at_hand] = figures
    view = CaseView(sight.dossier, len(sight.dossier.story))
    view.day = sight.today
    return render(request, "office/bulletin.html", sight=sight, parts=list(_parts(view, figures)))


def _parts(view: CaseView, figures: RoundFigures) -> Iterator[tuple[str, list[Block]]]:
    """The sections, each with its blocks."""
    scored = view.dossier.standard is not None
    yield "总体情况", [Text(overview(view, figures))]
    if scored:
        yield "等级情况", grades_by_kind(view, figures)
    yield "共性问题", common_problems(view, figures)
    yield "整改情况", [rectified(figures), by_unit(view, figures)]
    if scored:
        yield "督评结果", [*results(view, figures), *unofficial(view.dossier.standard)]
