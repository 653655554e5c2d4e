"""The first page of each role."""

from fastapi import Depends, Request, Response
from sqlalchemy import Connection, select

from models.cases import Case
from models.organisations import Organisation
from portal.access import EVERYONE, Visitor
from portal.gate import Pages, entered
from portal.rendering import render
from portal.sight import reading

_CASES, _ORGANISATIONS = Case.__table__, Organisation.__table__

pages = Pages(outside=True)


@pages.page("/", *EVERYONE)
def home(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    wanted = (
        select(_CASES.c.id, _ORGANISATIONS.c.name, _CASES.c.status)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
        .where(_CASES.c.subject == visitor.organisation)
        .order_by(_CASES.c.id)
    )
    return render(request, "home.html", cases=connection.execute(wanted).all())
