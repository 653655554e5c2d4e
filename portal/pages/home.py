"""The first page: each role has its own."""

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from portal.access import EVERYONE, Visitor
from portal.gate import Pages, entered
from portal.homes import department, inspector, leader, office, school
from portal.sight import reading

HOMES = {
    "school": school.home,
    "inspector": inspector.home,
    "office": office.home,
    "department": department.home,
    "township": leader.home,
    "government": leader.home,
    "superior": leader.home,
}

pages = Pages(outside=True)


@pages.page("/", *EVERYONE)
def home(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    return HOMES[visitor.role](request, visitor, connection)
