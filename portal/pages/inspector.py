"""责任督学 and leaders: the schools they look after, found by name or by its initials."""

from fastapi import Depends, Request, Response
from sqlalchemy import Connection, select

from engine.register import named_like
from engine.subtree import unsought, within
from models.organisations import Organisation
from portal.access import READERS, Visitor, schools_of_inspector, top_of
from portal.gate import Pages, entered
from portal.rendering import render
from portal.schools import page_of
from portal.sight import reading
from rules.indicators import SCHOOL_KINDS

_ORGANISATIONS = Organisation.__table__

pages = Pages(outside=True)


@pages.page("/schools", "inspector", *READERS)
def my_schools(
    request: Request,
    q: str = "",
    page: int = 1,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """My schools: where each stands, the last visit, what is open, visits against the cap."""
    desk = request.app.state.desk
    inspects = visitor.role == "inspector"
    mine = (
        _ORGANISATIONS.c.code.in_(schools_of_inspector(visitor.person, desk.today()))
        if inspects
        else within(top_of(visitor.seat))
    )
    wanted = (
        select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name, _ORGANISATIONS.c.kind)
        .where(mine, unsought(_ORGANISATIONS.c.kind).in_(SCHOOL_KINDS))
        .where(_ORGANISATIONS.c.closed_on.is_(None))
        .order_by(_ORGANISATIONS.c.code)
    )
    sought = " ".join(q.split())[:60]
    if sought:
        wanted = wanted.where(named_like(sought))
    found = page_of(desk, connection, wanted, min(page, 10_000))
    return render(request, "inspector/schools.html", found=found, q=sought, inspects=inspects)
