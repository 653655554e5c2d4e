"""责任部门: the first page - the issues it has to solve, by day, and what it has answered."""

from fastapi import Request, Response
from sqlalchemy import Connection

from portal.access import Visitor
from portal.assigned import PAGE, assignments
from portal.desk import Desk
from portal.rendering import render
from portal.work import by_time, duties


def home(request: Request, visitor: Visitor, connection: Connection) -> Response:
    """The page. ``?page=2`` and so on where there are more than fit."""
    desk: Desk = request.app.state.desk
    given = request.query_params.get("page", "1")
    page = max(1, int(given)) if given.isdecimal() and len(given) < 5 else 1
    found = assignments(desk, connection, visitor.organisation, page)
    other = [duty for duty in duties(desk, connection, visitor) if not duty.who.startswith("unit:")]
    return render(
        request,
        "department/home.html",
        found=found,
        page=page,
        more=found.count > page * PAGE,
        times=by_time(other, desk.today()),
        others=len(other),
    )
