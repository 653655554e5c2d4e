"""学校: the first page."""

from fastapi import Request, Response
from sqlalchemy import Connection, select

from models.cases import Case
from models.organisations import Organisation
from portal.access import Visitor
from portal.rendering import render

_CASES, _ORGANISATIONS = Case.__table__, Organisation.__table__


def home(request: Request, visitor: Visitor, connection: Connection) -> Response:
    """The page."""
    wanted = (
        select(_CASES.c.id, _ORGANISATIONS.c.name, _CASES.c.status)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
        .where(_CASES.c.subject == visitor.organisation)
        .order_by(_CASES.c.id)
    )
    return render(request, "home.html", cases=connection.execute(wanted).all())
