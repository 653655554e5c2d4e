"""人员: one person - how they are reached, what they hold and held, whom they must not judge."""

from collections.abc import Mapping
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Row, delete, insert, select, update

from engine.register import (
    ROLE_PLACES,
    PersonEntry,
    PostEntry,
    end_post,
    leave,
    put_people,
    put_posts,
)
from engine.writing import iso
from models.logins import Login
from models.people import Person, Recusal
from portal import entry_links
from portal import register_reading as register
from portal.access import Visitor, looks_after
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.pages.people import typed_texts
from portal.post_form import contact, past_day, read_post
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sessions import open_sessions, revoke
from portal.sight import reading
from rules.indicators import SCHOOL_KINDS

_PEOPLE, _RECUSALS, _LOGINS = Person.__table__, Recusal.__table__, Login.__table__

pages = Pages()

PERSON = "/people/persons/{person}"


@pages.page("/people/persons", "office")
def persons_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    q: str = "",
    page: int = 1,
) -> Response:
    search = q.strip()[:60]
    listed = register.people(connection, visitor, search, page)
    posts = register.posts_of_these(connection, visitor, [row.id for row in listed.rows])
    return render(request, "people/persons.html", listed=listed, search=search, posts=posts)


@pages.page(PERSON, "office")
def person_page(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    row = register.person(connection, visitor, person)
    return show(request, visitor, connection, row)


def show(
    request: Request,
    visitor: Visitor,
    connection: Connection,
    row: Row,
    typed: Typed | None = None,
    **given: Any,
) -> Response:
    """The page of one person; ``given`` is what is shown once (a password, a link)."""
    desk: Desk = request.app.state.desk
    mistakes: Mapping[str, str] = typed.mistakes if typed else {}
    login = connection.execute(select(_LOGINS).where(_LOGINS.c.person == row.id)).first()
    links = entry_links.of_person(connection, row.id)
    view = {"password": "", "link": "", "code": "", **given}
    return render(
        request,
        "people/person.html",
        422 if mistakes else 200,
        row=row,
        mine=looks_after(connection, visitor, row.id),
        oneself=row.id == visitor.person,
        posts=register.posts_of(connection, visitor, row.id),
        roles=list(ROLE_PLACES),
        barred=register.barred_from(connection, visitor, row.id),
        login=login,
        locked=login is not None and login.locked_until > iso(desk.now()),
        sessions=open_sessions(connection, row.id, desk.now()),
        links=[(link, entry_links.standing(link, desk.now())) for link in links],
        typed=typed_texts(typed),
        mistakes=mistakes,
        **view,
    )


def at_hand(connection: Connection, visitor: Visitor, person: str) -> Row:
    """A person whom the office may change; NotAllowed otherwise."""
    row = register.person(connection, visitor, person)
    if not looks_after(connection, visitor, person):
        raise NotAllowed("此人还在您负责范围以外任职，资料由那里的督导室修改。")
    return row


def back_to(person: str, said: str = "saved") -> Response:
    """Their page again."""
    return RedirectResponse(f"/people/persons/{person}?said={said}", 303)


@pages.page(PERSON, "office", methods=("POST",))
def change(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    row = at_hand(connection, visitor, person)
    name, phone, mail = contact(typed)
    if typed.mistakes:
        return show(request, visitor, connection, row, typed)
    with request.app.state.desk.database.writing() as writing:
        put_people(writing, changed=[PersonEntry(person, name, mail, phone)])
    return back_to(person)


# -- what they hold ------------------------------------------------------------------------------


@pages.page(f"{PERSON}/posts", "office", methods=("POST",))
def take_up(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    row = register.person(connection, visitor, person)
    place = register.called(connection, visitor, typed.text("organisation", 120))
    post = None
    if row.left_on is not None:
        typed.mistakes["role"] = "此人已登记离任，请先恢复。"
    elif place is None:
        typed.mistakes["organisation"] = "没有找到这个单位，请填单位代码，或与登记完全一致的全称。"
    else:
        post = read_post(typed, place.kind, visitor.on)
        if post and register.holds(connection, person, post.role, place.code):
            typed.mistakes["role"] = "此人在那里已有这个身份，不用重复登记。"
    if typed.mistakes or post is None or place is None:
        return show(request, visitor, connection, row, typed)
    entry = PostEntry(person, post.role, place.code, post.rank, post.since)
    with request.app.state.desk.database.writing() as writing:
        put_posts(writing, new=[entry])
    return back_to(person)


@pages.page(f"{PERSON}/posts/end", "office", methods=("POST",))
def give_up(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """One post ends; the others go on."""
    row = register.person(connection, visitor, person)
    posts = {post.id: post for post in register.posts_of(connection, visitor, person)}
    post = posts.get(typed.number("post", required=False) or 0)
    day = past_day(typed, "until", visitor.on)
    if post is None:
        raise NotAllowed(register.NOT_YOURS)
    if post.id == visitor.seat.number:
        typed.mistakes["until"] = "这是您正在使用的身份，请由同事办理。"
    if day and post.since and day < post.since:
        typed.mistakes["until"] = "卸任日期早于任职日期。"
    if typed.mistakes or day is None:
        return show(request, visitor, connection, row, typed)
    with request.app.state.desk.database.writing() as writing:
        end_post(writing, post.id, day)
    return back_to(person)


@pages.page(f"{PERSON}/leave", "office", methods=("POST",))
def go(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """They have left: every post ends, and every way in is closed at once."""
    row = at_hand(connection, visitor, person)
    day = past_day(typed, "left_on", visitor.on)
    if person == visitor.person:
        typed.mistakes["left_on"] = "不能登记自己离任，请由同事办理。"
    if typed.mistakes or day is None:
        return show(request, visitor, connection, row, typed)
    desk: Desk = request.app.state.desk
    with desk.database.writing() as writing:
        leave(writing, person, day)
        revoke(writing, desk.now(), person=person)
        entry_links.withdraw(writing, [person], desk.now())
    return back_to(person)


@pages.page(f"{PERSON}/return", "office", methods=("POST",))
def come_back(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """They had not left, or are here again; their posts are given anew."""
    at_hand(connection, visitor, person)
    with request.app.state.desk.database.writing() as writing:
        here = update(_PEOPLE).where(_PEOPLE.c.id == person)
        writing.execute(here.values(left_on=None))
    return back_to(person)


# -- whom they must not judge --------------------------------------------------------------------


@pages.page(f"{PERSON}/recusals", "office", methods=("POST",))
def bar(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """回避: from now on no team for that school may name them."""
    row = register.person(connection, visitor, person)
    place = register.called(connection, visitor, typed.text("barred", 120))
    reason = typed.text("reason", 500, required=True)
    if place is None or place.kind not in SCHOOL_KINDS:
        typed.mistakes["barred"] = "没有找到这所学校，请填单位代码，或与登记完全一致的全称。"
    elif place.code in [known.organisation for known in _barred(connection, visitor, person)]:
        typed.mistakes["barred"] = "已经登记过对这所学校的回避。"
    if typed.mistakes or place is None:
        return show(request, visitor, connection, row, typed)
    values = {"person": person, "organisation": place.code, "reason": reason}
    with request.app.state.desk.database.writing() as writing:
        writing.execute(insert(_RECUSALS).values(**values))
    return back_to(person)


def _barred(connection: Connection, visitor: Visitor, person: str):
    return register.barred_from(connection, visitor, person)


@pages.page(f"{PERSON}/recusals/end", "office", methods=("POST",))
def unbar(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    register.person(connection, visitor, person)
    code = typed.text("barred", 40)
    if code not in [known.organisation for known in _barred(connection, visitor, person)]:
        raise NotAllowed(register.NOT_YOURS)
    with request.app.state.desk.database.writing() as writing:
        gone = delete(_RECUSALS).where(
            _RECUSALS.c.person == person, _RECUSALS.c.organisation == code
        )
        writing.execute(gone)
    return back_to(person)
