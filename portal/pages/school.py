"""历年: every round of a school - what it said of itself, what was found, what became of it."""

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from portal.access import EVERYONE, Visitor, may_see_organisation
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.rendering import render
from portal.school_history import PAGE, history_of, name_of
from portal.sight import reading

pages = Pages(outside=True)


@pages.page("/history", "school", "department", "township")
def own_history(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The visitor's own."""
    return _history(request, connection, visitor.organisation)


@pages.page("/history/{code}", *EVERYONE)
def history(
    code: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """That of a school within the visitor's sight."""
    if not may_see_organisation(connection, visitor, code):
        raise NotAllowed("没有这个单位，或者它不在您负责的范围内。")
    return _history(request, connection, code)


def _history(request: Request, connection: Connection, code: str) -> Response:
    desk: Desk = request.app.state.desk
    asked = request.query_params.get("page", "")
    page = int(asked) if asked.isdecimal() and len(asked) < 5 and int(asked) else 1
    years = history_of(desk, connection, code, page)
    return render(
        request,
        "school/history.html",
        name=name_of(connection, code),
        years=years[:PAGE],
        more=len(years) > PAGE,
        page=page,
    )
