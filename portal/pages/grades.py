"""得分与等级: own and review scores side by side, how each grade came about, how grades spread."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from fastapi import Depends, Request, Response
from sqlalchemy import Connection, Row, select

from documents.wording import percent
from engine.dossier import read_directory
from engine.register import named_like
from models.organisations import Organisation
from portal import charts
from portal.access import EVERYONE, Visitor, leads, offices_within
from portal.charts import Bar
from portal.deadlines import period_title
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.glances import Glance
from portal.ledgers.asking import link, page_of, word
from portal.overview import overview_of, round_at_hand, rounds_of
from portal.rendering import render
from portal.round_view import Overview
from portal.scored import (
    OWN,
    REVIEW,
    AreaLine,
    Side,
    area_lines,
    last_reviews,
    radar,
    sides_of,
    why,
)
from portal.sight import Sight, case_at_hand, reading
from rules.definition import SUBJECT_TITLES

_ORGANISATIONS = Organisation.__table__

PAGE = 50
TOLD = ("heard", "defended", "ready", "lettered")  # the school knows the result from here on

pages = Pages()


class Line(NamedTuple):
    """One school: both sides, what keeps it from a better grade, and its areas."""

    glance: Glance
    name: str
    kind: str
    own: Side | None
    review: Side | None
    before: Side | None
    final: bool
    why: tuple[str, ...]
    areas: list[AreaLine]


@pages.page("/grades", "office", "government", "superior")
def grades_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """A round's scores; whoever is not of the office sees a review once its letter is out."""
    desk: Desk = request.app.state.desk
    rounds = rounds_of(connection, offices_within(connection, visitor))
    row = round_at_hand(rounds, word(request, "round", most=120), desk.today())
    if row is None:
        return render(request, "grades/list.html", overview=None)
    overview = overview_of(desk, connection, row.id)
    every = leads(visitor, row.office)
    letter, name = word(request, "grade", most=1), word(request, "q")
    found = _narrowed(connection, overview, every, letter, name)
    page = page_of(request, len(found), PAGE)
    shown = found[page.first_row : page.first_row + PAGE]
    return render(
        request,
        "grades/list.html",
        overview=overview,
        rounds=rounds,
        titles={one.id: _title(desk, connection, one) for one in rounds[:PAGE]},
        lines=_lines(desk, connection, overview, shown, every),
        every=every,
        page=page,
        found=len(found),
        letter=letter,
        name=name,
        link=lambda **changed: link(request, **changed),
        **_spread(overview, every),
    )


def _title(desk: Desk, connection: Connection, row: Row) -> str:
    definition = desk.journal.shelf.process(connection, row.definition).definition
    return f"{definition.title}　{period_title(row.period)}"


def _grade(glance: Glance, every: bool) -> str:
    """The review's grade as far as it may be told."""
    return glance.grade if every or glance.lettered else ""


def _narrowed(
    connection: Connection, overview: Overview, every: bool, letter: str, name: str
) -> list[Glance]:
    """Those with a score, reviewed ones first, the highest total first."""
    if name:
        named = connection.execute(select(_ORGANISATIONS.c.code).where(named_like(name)))
        own = (entry for one in overview.of(named.scalars()) for entry in _scored(one, every))
        found = [glance for _, glance in sorted(own, key=itemgetter(0))]
    else:
        found = overview.listed(_scored, every)
    if letter:
        found = [glance for glance in found if _grade(glance, every) == letter]
    return found


def _scored(glance: Glance, every: bool) -> Iterator[tuple[tuple, Glance]]:
    if glance.self_total or glance.total:
        total = glance.total if _grade(glance, every) else ""
        yield (-float(total or 0), -float(glance.self_total or 0), glance.subject), glance


def _lines(
    desk: Desk, connection: Connection, overview: Overview, found: list[Glance], every: bool
) -> list[Line]:
    sides = sides_of(connection, [glance.case for glance in found])
    before = last_reviews(connection, [glance.subject for glance in found], overview.round)
    known, standard = read_directory(connection).organisations, overview.standard
    lines = []
    for glance in found:
        own = sides.get((glance.case, OWN))
        review = sides.get((glance.case, REVIEW)) if _grade(glance, every) else None
        last, judged = before.get(glance.subject), review or own
        vetoes = glance.review.vetoes if glance.review and review else ()
        row = known.get(glance.subject)
        lines.append(
            Line(
                glance,
                row.name if row is not None else glance.subject,
                SUBJECT_TITLES.get(glance.kind, ""),
                own,
                review,
                last,
                glance.lettered,
                why(standard, glance.kind, judged, vetoes) if standard and judged else (),
                area_lines(standard, glance.kind, own, review, last) if standard else [],
            )
        )
    return lines


def _spread(overview: Overview, every: bool) -> dict[str, Any]:
    """How the grades spread, and the share at the second grade or above."""
    letters = [rule.letter for rule in overview.standard.grades] if overview.standard else []
    own = {x: overview.tally["own grade", x] for x in letters}
    told = "grade" if every else "grade told"
    review = {mark[1]: n for mark, n in overview.tally.items() if mark[0] == told}
    whole, good = sum(review.values()), sum(review.get(x, 0) for x in letters[:2])
    return {
        "letters": letters,
        "own_chart": charts.columns(
            "自评等级", [Bar(f"{x}等", own[x], look="own") for x in letters]
        ),
        "review_chart": charts.columns(
            "督评等级", [Bar(f"{x}等", review.get(x, 0)) for x in letters]
        ),
        "graded": whole,
        "good": good,
        "share": percent(good, whole),
        "upper": letters[1] if len(letters) > 1 else "",
    }


# -- one school ------------------------------------------------------------------------------------


@pages.page("/cases/{case}/scores-view", *EVERYONE)
def scores_of_case(request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """One school's areas: its own points, the review's once it may know them, the last time's."""
    standard = sight.dossier.standard
    if sight.limited or sight.state.of == "round" or standard is None:
        raise NotAllowed("这个案卷没有可以对照的得分。")
    sides = sides_of(sight.connection, [sight.id])
    last = last_reviews(sight.connection, [sight.subject.code], sight.dossier.round)
    held = [one.data for one in sight.state.stages.values() if one.kind == "on_site_review"]
    data = held[-1] if held else None
    may = data is not None and may_know(sight, data.phase)
    own, before = sides.get((sight.id, OWN)), last.get(sight.subject.code)
    review = sides.get((sight.id, REVIEW)) if may else None
    vetoes = data.vetoes if data is not None and may else ()
    judged, kind = review or own, sight.state.subject_kind
    lines = area_lines(standard, kind, own, review, before)
    return render(
        request,
        "grades/one.html",
        sight=sight,
        own=own,
        review=review,
        before=before,
        grade=(data.grade or (data.scored.grade if data.scored else "")) if review else "",
        final=data is not None and data.phase == "lettered",
        lines=lines,
        chart=radar(lines) if judged else "",
        why=why(standard, kind, judged, vetoes) if judged else (),
        unofficial="示例" in standard.title or "示例" in standard.note,
        standard=standard,
        waiting=not may and data is not None and data.scored is not None,
    )


def may_know(sight: Sight, phase: str) -> bool:
    """Whether the visitor may see the review's points in this phase: the office and the team may
    always, everybody else once the preliminary opinion was given."""
    inside = leads(sight.visitor, sight.row.office) or "team" in sight.roles
    return inside or phase in TOLD
