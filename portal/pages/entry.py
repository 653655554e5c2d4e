"""A single-use link: opening it shows for whom it is; only the button on the page uses it."""

from fastapi import Depends, Request, Response
from sqlalchemy import select

from models.people import Person
from portal import entry_links
from portal.access import seats_of
from portal.desk import Desk
from portal.gate import ANYBODY, Pages
from portal.pages.door import let_in, why_not
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sessions import visitor_of

_PEOPLE = Person.__table__

pages = Pages(outside=True)


@pages.page("/enter/{token}", *ANYBODY, methods=("GET", "HEAD"))
def look(token: str, request: Request) -> Response:
    """Whoever opens a link, and every program that does, changes nothing by it."""
    desk: Desk = request.app.state.desk
    with desk.database.reading() as connection:
        link = entry_links.find(connection, token)
        standing = entry_links.standing(link, desk.now())
        if link is None or standing != "open":
            return _closed(request, entry_links.SAID[standing])
        wanted = select(_PEOPLE.c.name).where(_PEOPLE.c.id == link.person)
        name = connection.execute(wanted).scalar_one()
        seats = seats_of(connection, link.person, desk.today())
    if refused := _refused(desk, link.person):
        return _closed(request, refused)
    now = visitor_of(request)
    other = now.name if now is not None and now.person != link.person else ""
    view = {"name": name, "seats": seats, "ends": link.ends_at, "token": token, "other": other}
    return render(request, "entry/link.html", **view)


@pages.page("/enter/{token}", *ANYBODY, methods=("POST",))
def enter(token: str, request: Request, typed: Typed = Depends(typed_form)) -> Response:
    """The button: the link is used up, and its person is in."""
    desk: Desk = request.app.state.desk
    with desk.database.reading() as connection:
        link = entry_links.find(connection, token)
        standing = entry_links.standing(link, desk.now())
    if link is None or standing != "open":
        return _closed(request, entry_links.SAID[standing])
    if refused := _refused(desk, link.person):
        return _closed(request, refused)
    with desk.database.writing() as connection:
        person = entry_links.use(connection, token, desk.now())
    if not person:  # pressed in two places at once
        return _closed(request, entry_links.SAID["used"])
    return let_in(request, person)


def _refused(desk: Desk, person: str) -> str:
    """Why a good link lets its person in no more: they left, or hold more than a link may open."""
    if refused := why_not(desk, person):
        return refused
    with desk.database.reading() as connection:
        seats = seats_of(connection, person, desk.today())
    return entry_links.flaw_of(seat.role for seat in seats)


def _closed(request: Request, sentence: str) -> Response:
    heading = "链接不能使用"
    return render(request, "sentence.html", 410, heading=heading, sentence=sentence)
