"""Ways in, given by the office: logins with one-time passwords, single-use links, and an end to
either. Each is for people of the office's own subtree; what is shown once is stored nowhere."""

from typing import NamedTuple

from fastapi import Depends, Request, Response
from markupsafe import Markup
from sqlalchemy import Connection, Row, or_, select
from sqlalchemy.exc import IntegrityError

from engine.subtree import within
from models.organisations import Organisation
from models.people import Assignment, Person
from portal import entry_links
from portal import register_reading as register
from portal.access import Visitor, seats_of, top_of
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.pages.persons import PERSON, at_hand, back_to, show
from portal.passwords import (
    Busy,
    as_username,
    hashed,
    lift_lock,
    one_time_password,
    set_password,
)
from portal.qr import qr
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sessions import revoke
from portal.sight import reading
from rules.indicators import SCHOOL_KINDS

_ORGANISATIONS, _ASSIGNED, _PEOPLE = Organisation.__table__, Assignment.__table__, Person.__table__

MOST_LINKS = 500  # on one sheet: a hundredth of a second each

pages = Pages()


@pages.page(f"{PERSON}/login", "office", methods=("POST",))
def give_login(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """A login, or a new password for it: good once, shown once. Their sessions end."""
    row = _another(connection, visitor, person)
    desk: Desk = request.app.state.desk
    username = as_username(typed.text("username", 60, required=True))
    if username and (flaw := _flaw_of(username)):
        typed.mistakes["username"] = flaw
    if typed.mistakes:
        return show(request, visitor, connection, row, typed)
    word = one_time_password()
    try:
        stored = hashed(word)
        with desk.database.writing() as writing:
            set_password(writing, person, username, stored, desk.now(), must_change=True)
            revoke(writing, desk.now(), person=person)
    except Busy as busy:
        typed.mistakes["username"] = str(busy)
    except IntegrityError:
        typed.mistakes["username"] = "这个登录名已被别人使用，请换一个。"
    if typed.mistakes:
        return show(request, visitor, connection, row, typed)
    with desk.database.reading() as after:
        return show(request, visitor, after, row, password=word)


def _flaw_of(username: str) -> str:
    if len(username) < 2:
        return "登录名至少2个字符。"
    if not all(c.isalnum() or c in ".-_@" for c in username):
        return "登录名只能用字母、数字、汉字和“.”“-”“_”“@”。"
    return ""


def _another(connection: Connection, visitor: Visitor, person: str) -> Row:
    """Somebody else, whom the office looks after and who has not left."""
    row = at_hand(connection, visitor, person)
    if person == visitor.person:
        raise NotAllowed("自己的密码请在“我的账号”里修改。")
    if row.left_on is not None:
        raise NotAllowed("此人已登记离任，不能登录；如已回来，请先恢复。")
    return row


@pages.page(f"{PERSON}/lock", "office", methods=("POST",))
def lift(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    at_hand(connection, visitor, person)
    with request.app.state.desk.database.writing() as writing:
        lift_lock(writing, person)
    return back_to(person, "done")


@pages.page(f"{PERSON}/sessions", "office", methods=("POST",))
def end_sessions(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    at_hand(connection, visitor, person)
    desk: Desk = request.app.state.desk
    with desk.database.writing() as writing:
        revoke(writing, desk.now(), person=person)
    return back_to(person, "done")


# -- links ---------------------------------------------------------------------------------------


def address_of(request: Request, token: str) -> str:
    """A link as a person outside opens it."""
    desk: Desk = request.app.state.desk
    base = desk.public_url or str(request.base_url)
    return f"{base.rstrip('/')}/enter/{token}"


@pages.page(f"{PERSON}/link", "office", methods=("POST",))
def give_link(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """A link for one person, shown once."""
    row = _another(connection, visitor, person)
    desk: Desk = request.app.state.desk
    seats = seats_of(connection, person, desk.today())
    if not seats:
        raise NotAllowed("此人现在没有任职，链接打开后也不能进入；请先登记身份。")
    if flaw := entry_links.flaw_of(seat.role for seat in seats):
        raise NotAllowed(flaw)
    with desk.database.writing() as writing:
        token = entry_links.make(writing, [person], visitor.person, desk.now())[person]
    address = address_of(request, token)
    with desk.database.reading() as after:
        return show(request, visitor, after, row, link=address, code=qr(address))


@pages.page(f"{PERSON}/link/withdraw", "office", methods=("POST",))
def withdraw_link(
    person: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    at_hand(connection, visitor, person)
    desk: Desk = request.app.state.desk
    with desk.database.writing() as writing:
        entry_links.withdraw(writing, [person], desk.now())
    return back_to(person, "done")


class Slip(NamedTuple):
    """What one school gets on the sheet."""

    school: str
    person: str
    link: str
    code: Markup


@pages.page("/people/links", "office")
def links_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    branches = register.branches(connection, visitor)
    return render(request, "people/links.html", branches=branches)


@pages.page("/people/links", "office", methods=("POST",))
def sheet(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """A slip for every school, to be cut apart: the link and its code, good once."""
    desk: Desk = request.app.state.desk
    branches = register.branches(connection, visitor)
    top = typed.choice("below", branches, required=False) or top_of(visitor.seat)
    found = _heads(connection, visitor, top)
    if len(found) > MOST_LINKS:
        typed.mistakes["below"] = (
            f"共{len(found)}所学校，一次最多{MOST_LINKS}所，请按乡镇分别打印。"
        )
    if typed.mistakes:
        view = {"branches": branches, "mistakes": typed.mistakes}
        return render(request, "people/links.html", 422, **view)
    others = _with_more(connection, visitor)
    able = [row for row in found if row.person and row.person not in others]
    with desk.database.writing() as writing:
        people = list(dict.fromkeys(row.person for row in able))
        tokens = entry_links.make(writing, people, visitor.person, desk.now())
    slips = []
    for row in able:
        address = address_of(request, tokens[row.person])
        slips.append(Slip(row.school, row.name, address, qr(address)))
    without = [row.school for row in found if row not in able]
    ends = desk.now() + entry_links.LASTS
    view = {"slips": slips, "without": without, "ends": ends.isoformat()}
    return render(request, "people/sheet.html", **view)


def _with_more(connection: Connection, visitor: Visitor) -> set[str]:
    """Whoever holds something that a link does not open, or that lies outside the subtree, and the
    clerk: they come in by their password."""
    there = select(_ORGANISATIONS.c.code).where(within(top_of(visitor.seat)))
    more = select(_ASSIGNED.c.person).where(
        or_(_ASSIGNED.c.until.is_(None), _ASSIGNED.c.until >= visitor.on),
        or_(
            _ASSIGNED.c.role.not_in(entry_links.ROLES),
            _ASSIGNED.c.organisation.not_in(there),
        ),
    )
    return {visitor.person, *connection.execute(more).scalars()}


def _heads(connection: Connection, visitor: Visitor, top: str) -> list[Row]:
    """The schools of a subtree that are open, each with the first of its people, if it has any."""
    held = (
        select(_ASSIGNED, _PEOPLE.c.name)
        .join(_PEOPLE, _PEOPLE.c.id == _ASSIGNED.c.person)
        .where(
            _ASSIGNED.c.role == "school",
            _ASSIGNED.c.until.is_(None),
            _PEOPLE.c.left_on.is_(None),
        )
        .subquery()
    )
    wanted = (
        select(
            _ORGANISATIONS.c.code,
            _ORGANISATIONS.c.name.label("school"),
            held.c.person,
            held.c.name,
        )
        .join(held, held.c.organisation == _ORGANISATIONS.c.code, isouter=True)
        .where(
            within(top),
            _ORGANISATIONS.c.kind.in_(list(SCHOOL_KINDS)),
            _ORGANISATIONS.c.closed_on.is_(None),
        )
        .order_by(_ORGANISATIONS.c.code, held.c.rank, held.c.id)
    )
    first: dict[str, Row] = {}
    for row in connection.execute(wanted):
        first.setdefault(row.code, row)
    return list(first.values())
