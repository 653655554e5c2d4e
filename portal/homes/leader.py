"""领导和上级: the first page - how the round goes in their part of the tree, to read."""

from fastapi import Request, Response
from sqlalchemy import Connection

from engine.dossier import read_directory
from portal.access import Visitor
from portal.desk import Desk
from portal.overview import overview_of, round_at_hand, rounds_of
from portal.rendering import render
from portal.supervised import (
    cases_in_sight,
    figures,
    issues_by_severity,
    late,
    offices_of,
    reports,
)
from portal.work import by_time, duties

_SHARES = {"1/3": "每年不少于三分之一", "1/5": "每年不少于五分之一", "1/4": "每年不少于四分之一"}


def home(request: Request, visitor: Visitor, connection: Connection) -> Response:
    """The page. ``?round=`` chooses another round."""
    desk: Desk = request.app.state.desk
    today = desk.today()
    offices = offices_of(connection, visitor)
    rounds = rounds_of(connection, offices)
    names = read_directory(connection).organisations
    own = duties(desk, connection, visitor)
    view = {
        "rounds": [(row, _title(desk, connection, row, names)) for row in rounds],
        "times": by_time(own, today),
        "own": len(own),
        "reports": reports(connection, offices),
    }
    chosen = round_at_hand(rounds, request.query_params.get("round", ""), today)
    if chosen is None:
        return render(request, "leader/empty.html", **view)
    overview = overview_of(desk, connection, chosen.id)
    cases = cases_in_sight(connection, visitor, overview)
    return render(
        request,
        "leader/home.html",
        **view,
        chosen=chosen,
        share=_SHARES.get(overview.share, f"{overview.share}"),
        figures=figures(overview, cases, today),
        late=late(overview, cases, today, names),
        severities=issues_by_severity(connection, visitor, chosen, cases is None),
    )


def _title(desk: Desk, connection: Connection, row, names: dict) -> str:
    process = desk.journal.shelf.process(connection, row.definition)
    office = names[row.office].name if row.office in names else row.office
    return f"{office} · {process.definition.title} · {row.period}"
