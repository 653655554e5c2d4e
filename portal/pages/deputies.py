"""外出代收: who is told instead of me while I am away; an office names one for its people too."""

from datetime import date, timedelta
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Row, select

from engine.deputies import LONGEST, deputies_of, end_deputy, name_deputy
from engine.dossier import Directory, read_directory
from models.people import Person
from portal.access import EVERYONE, Visitor, looks_after
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.ledgers.asking import link, word
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading

_PEOPLE = Person.__table__

pages = Pages(outside=True)


@pages.page("/deputies", *EVERYONE)
def deputies_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """Who stands in for me (or for one of the office's people), and from when to when."""
    whose = _whose(connection, visitor, word(request, "person"))
    return _page(request, visitor, connection, whose, None)


@pages.page("/deputies", *EVERYONE, methods=("POST",))
def name_one(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Name a deputy."""
    desk: Desk = request.app.state.desk
    whose = _whose(connection, visitor, typed.text("person", 40))
    deputy = typed.choice("deputy", colleagues(read_directory(connection), whose.id))
    first, last = typed.day("first"), typed.day("last")
    if first and first < desk.today():
        typed.mistakes["first"] = "不能早于今天。"
    if first and last and not first <= last <= desk.today() + timedelta(LONGEST):
        typed.mistakes["last"] = "应不早于开始日期，也不晚于一年以后。"
    if typed.mistakes or first is None or last is None:
        return _page(request, visitor, connection, whose, typed)
    by, now = visitor.person, desk.now()
    name_deputy(desk.database, whose.id, deputy, (first, last), by, now)
    return _back(request, visitor, whose.id)


@pages.page("/deputies/end", *EVERYONE, methods=("POST",))
def end_one(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Back before the time."""
    desk: Desk = request.app.state.desk
    whose = _whose(connection, visitor, typed.text("person", 40))
    if number := typed.number("id"):
        end_deputy(desk.database, whose.id, number, desk.now())
    return _back(request, visitor, whose.id)


def colleagues(directory: Directory, person: str) -> dict[str, str]:
    """Who may stand in for a person, by id with their names: who holds a post of theirs at the same
    place; and, but for schools, at a neighbour under the same organisation."""
    posts = [(row.role, row.organisation) for row in directory.assigned if row.person == person]
    above: dict[str, set[str]] = {}
    for role, place in posts:
        parent = directory.organisations[place].parent
        if role != "school" and parent:
            above.setdefault(parent, set()).add(role)
    near = [
        (role, code)
        for code, place in (directory.organisations.items() if above else ())
        for role in above.get(place.parent, ())
    ]
    found = [one for post in (*posts, *near) for one in directory.held.get(post, ())]
    return {one: directory.people[one] for one in found if one != person}


def _whose(connection: Connection, visitor: Visitor, person: str) -> Row:
    person = person or visitor.person
    if person != visitor.person and not looks_after(connection, visitor, person):
        raise NotAllowed("只能为自己，或由督导室为所辖人员指定代收人。")
    return connection.execute(select(_PEOPLE).where(_PEOPLE.c.id == person)).one()


def _page(
    request: Request, visitor: Visitor, connection: Connection, whose: Row, typed: Typed | None
) -> Response:
    desk: Desk = request.app.state.desk
    today: date = desk.today()
    shown: dict[str, Any] = {
        name: typed.raw(name) if typed else "" for name in ("deputy", "first", "last")
    }
    return render(
        request,
        "messages/deputies.html",
        422 if typed else 200,
        whose=whose,
        oneself=whose.id == visitor.person,
        rows=deputies_of(connection, whose.id, today),
        choices=colleagues(read_directory(connection), whose.id),
        shown=shown,
        mistakes=typed.mistakes if typed else {},
        latest=today + timedelta(LONGEST),
    )


def _back(request: Request, visitor: Visitor, person: str) -> Response:
    to = "/deputies" if person == visitor.person else link(request, "/deputies", person=person)
    return RedirectResponse(to, 303)
