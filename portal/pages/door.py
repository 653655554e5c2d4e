"""The door: logging in and out, choosing a seat, changing the password."""

from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from models.logins import Login, Session
from portal.access import EVERYONE, Visitor
from portal.desk import Desk
from portal.gate import ANYBODY, Pages, entered
from portal.passwords import check, flaw_of, hashed, set_password
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sessions import COOKIE, open_session, revoke, set_cookie, take_seat, visitor_of

_LOGINS, _SESSIONS = Login.__table__, Session.__table__

pages = Pages(outside=True)


def _within(target: str) -> str:
    """Where to go next: a path of ours, never another site."""
    parts = urlsplit(target)
    ours = not parts.scheme and not parts.netloc and target.startswith("/")
    return target if ours and not target.startswith(("//", "/\\")) else "/"


def let_in(desk: Desk, person: str, device: str, target: str = "/") -> Response:
    """Open a session and go on."""
    with desk.database.writing() as connection:
        opened = open_session(connection, person, desk.now(), device)
    response = RedirectResponse(_within(target), 303)
    set_cookie(response, desk, opened.token)
    return response


def device_of(request: Request) -> str:
    """How a session is told from the person's others: their browser, roughly."""
    agent = request.headers.get("user-agent", "")
    kind = "手机" if "Mobile" in agent else "电脑"
    program = next(
        (n for n in ("MicroMessenger", "Edg", "Firefox", "Chrome", "Safari") if n in agent), ""
    )
    return f"{kind} {program}".strip()


@pages.page("/login", *ANYBODY)
def login_page(request: Request, next: str = "/") -> Response:
    if visitor_of(request):
        return RedirectResponse(_within(next), 303)
    return render(request, "login.html", next=next, username="", refused="")


@pages.page("/login", *ANYBODY, methods=("POST",))
def log_in(request: Request, typed: Typed = Depends(typed_form)) -> Response:
    desk: Desk = request.app.state.desk
    username, password = typed.text("username", 60), typed.form.get("password")
    given = password if isinstance(password, str) else ""
    person, refused = check(desk.database, username, given, desk.now())
    if person is None:
        view: dict[str, Any] = {"next": typed.raw("next"), "username": username}
        return render(request, "login.html", 422, refused=refused, **view)
    return let_in(desk, person, device_of(request), typed.raw("next") or "/")


@pages.page("/logout", *EVERYONE, methods=("POST",))
def log_out(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    desk: Desk = request.app.state.desk
    with desk.database.writing() as connection:
        revoke(connection, desk.now(), session=visitor.session)
    response = RedirectResponse("/login?said=left", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@pages.page("/seat", *EVERYONE, methods=("POST",))
def choose_seat(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    number = typed.number("seat", required=False)
    if number in [seat.number for seat in visitor.seats]:
        with request.app.state.desk.database.writing() as connection:
            take_seat(connection, visitor.session, number)
    return RedirectResponse("/", 303)


@pages.page("/account", *EVERYONE)
def account(request: Request, visitor: Visitor = Depends(entered)) -> Response:
    return _account(request, visitor, {})


def _account(request: Request, visitor: Visitor, mistakes: dict[str, str]) -> Response:
    desk: Desk = request.app.state.desk
    with desk.database.reading() as connection:
        login = connection.execute(
            select(_LOGINS).where(_LOGINS.c.person == visitor.person)
        ).first()
        opened = connection.execute(
            select(_SESSIONS)
            .where(_SESSIONS.c.person == visitor.person, _SESSIONS.c.revoked_at == "")
            .order_by(_SESSIONS.c.seen_at.desc())
            .limit(20)
        ).all()
    status = 422 if mistakes else 200
    view = {"login": login, "sessions": opened, "mistakes": mistakes}
    return render(request, "account.html", status, **view)


@pages.page("/account", *EVERYONE, methods=("POST",))
def change_password(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    desk: Desk = request.app.state.desk
    old, new, again = (str(typed.form.get(name) or "") for name in ("old", "new", "again"))
    with desk.database.reading() as connection:
        login = connection.execute(
            select(_LOGINS).where(_LOGINS.c.person == visitor.person)
        ).first()
    if login is None:
        return _account(request, visitor, {"old": "您还没有登录名，请联系督导室开通。"})
    person, refused = check(desk.database, login.username, old, desk.now())
    mistakes = {} if person else {"old": refused.replace("登录名或密码", "原密码")}
    if flaw := flaw_of(new, login.username):
        mistakes["new"] = flaw
    elif new != again:
        mistakes["again"] = "两次输入的新密码不一样。"
    if mistakes:
        return _account(request, visitor, mistakes)
    stored = hashed(new)
    with desk.database.writing() as connection:
        set_password(connection, visitor.person, login.username, stored, desk.now())
        revoke(connection, desk.now(), person=visitor.person)
        opened = open_session(connection, visitor.person, desk.now(), device_of(request))
    response = RedirectResponse("/account?said=changed", 303)
    set_cookie(response, desk, opened.token)
    return response


@pages.page("/account/sessions", *EVERYONE, methods=("POST",))
def end_other_sessions(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    desk: Desk = request.app.state.desk
    with desk.database.writing() as connection:
        revoke(connection, desk.now(), person=visitor.person)
        opened = open_session(connection, visitor.person, desk.now(), device_of(request))
    response = RedirectResponse("/account?said=revoked", 303)
    set_cookie(response, desk, opened.token)
    return response
