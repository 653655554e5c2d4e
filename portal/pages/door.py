"""The door: logging in and out, choosing a seat, changing the password."""

import re
from datetime import datetime, timedelta

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Row, select

from engine.writing import iso
from models.logins import Login
from portal.access import EVERYONE, Visitor, person_of, seats_of
from portal.desk import Desk
from portal.gate import ANYBODY, Pages, entered
from portal.passwords import (
    Answer,
    Busy,
    as_username,
    check,
    fits,
    flaw_of,
    hashed,
    set_password,
)
from portal.receiving import GUEST, Typed, holder_of, typed_form
from portal.rendering import render
from portal.sessions import (
    COOKIE,
    open_session,
    open_sessions,
    revoke,
    set_cookie,
    take_seat,
    visitor_of,
)
from portal.signing import seal, sealed
from portal.single_sign_on import settings_of

_LOGINS = Login.__table__

# Where somebody may be sent after the door: a plain path of ours. Whatever a browser could read as
# another site (//, \, control characters) does not fit.
_OURS = re.compile(r"/(?![/\\])[\w.~%&=?/@+,:;-]*", re.ASCII)
_TO_CHOOSE = timedelta(minutes=15)  # how long the page for the first password of one's own holds

pages = Pages(outside=True)


def within(target: str) -> str:
    """Where to go next: a path of ours, never another site."""
    return target if _OURS.fullmatch(target) else "/"


def let_in(request: Request, person: str, target: str = "/") -> Response:
    """Open a session and go on; the one this browser had ends. Whoever has no post is told so."""
    desk: Desk = request.app.state.desk
    if refused := why_not(desk, person):
        return _login(request, target, "", refused)
    before = visitor_of(request)
    with desk.database.writing() as connection:
        if before is not None:
            revoke(connection, desk.now(), session=before.session)
        opened = open_session(connection, person, desk.now(), device_of(request))
    response = RedirectResponse(within(target), 303)
    set_cookie(response, desk, opened.token)
    response.delete_cookie(GUEST, path="/")
    return response


def why_not(desk: Desk, person: str) -> str:
    """Why a person cannot come in although they have shown who they are, or ""."""
    with desk.database.reading() as connection:
        if person_of(connection, person, desk.today()) is None:
            return "您已登记离任，不能登录；如有疑问请联系督导室。"
        if not seats_of(connection, person, desk.today()):
            return "您现在没有任职，不能登录；请联系督导室登记您的身份。"
    return ""


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
        return RedirectResponse(within(next), 303)
    return _login(request, next, "", "")


def _login(request: Request, target: str, username: str, refused: str) -> Response:
    single = settings_of(request.app.state.desk)
    view = {"next": within(target), "username": username, "refused": refused}
    return render(request, "login.html", 422 if refused else 200, single=single, **view)


@pages.page("/login", *ANYBODY, methods=("POST",))
def log_in(request: Request, typed: Typed = Depends(typed_form)) -> Response:
    desk: Desk = request.app.state.desk
    username, target = typed.text("username", 60), typed.raw("next")
    try:
        answer = check(desk.database, username, _secret(typed, "password"), desk.now())
    except Busy as busy:
        return _login(request, target, username, str(busy))
    if not answer.person:
        return _login(request, target, username, answer.refused)
    if answer.must_change:
        if refused := why_not(desk, answer.person):
            return _login(request, target, username, refused)
        return _choose(request, answer, username, target)
    return let_in(request, answer.person, target)


def _secret(typed: Typed, name: str) -> str:
    """A password as it was typed: nothing is cleaned away."""
    given = typed.form.get(name)
    return given if isinstance(given, str) else ""


# -- the first password of one's own -------------------------------------------------------------
# There is no session before it is chosen: the page carries a ticket, good for this browser, this
# one-time password and a quarter of an hour.


def _choose(request: Request, answer: Answer, username: str, target: str) -> Response:
    desk: Desk = request.app.state.desk
    until = iso(desk.now() + _TO_CHOOSE)
    parts = ("first", holder_of(request), answer.person, answer.stored, until)
    ticket = f"{until}.{seal(desk.secret, *parts)}"
    return _choice(request, as_username(username), ticket, target, {})


def _choice(
    request: Request, username: str, ticket: str, target: str, mistakes: dict[str, str]
) -> Response:
    status = 422 if mistakes else 200
    view = {"username": username, "ticket": ticket, "next": within(target)}
    return render(request, "first_password.html", status, mistakes=mistakes, **view)


@pages.page("/login/first", *ANYBODY)
def first_password_page(request: Request) -> Response:
    return RedirectResponse("/login", 303)


@pages.page("/login/first", *ANYBODY, methods=("POST",))
def choose_password(request: Request, typed: Typed = Depends(typed_form)) -> Response:
    desk: Desk = request.app.state.desk
    username, ticket, target = typed.text("username"), typed.raw("ticket"), typed.raw("next")
    with desk.database.reading() as connection:
        named = select(_LOGINS).where(_LOGINS.c.username == as_username(username))
        login = connection.execute(named).first()
    if login is None or not _holds(desk, ticket, holder_of(request), login, desk.now()):
        return _login(request, target, username, "页面已失效，请用一次性密码重新登录。")
    try:
        mistakes, new = _new_password(typed, login.username)
        if not mistakes and fits(login.password, new):
            mistakes = {"new": "新密码不能与一次性密码相同。"}
        if mistakes:
            return _choice(request, username, ticket, target, mistakes)
        stored = hashed(new)
    except Busy as busy:
        return _choice(request, username, ticket, target, {"new": str(busy)})
    with desk.database.writing() as connection:
        set_password(connection, login.person, login.username, stored, desk.now())
        revoke(connection, desk.now(), person=login.person)
    return let_in(request, login.person, target)


def _holds(desk: Desk, ticket: str, holder: str, login: Row, now: datetime) -> bool:
    until, _, given = ticket.rpartition(".")
    parts = ("first", holder, login.person, login.password, until)
    return login.must_change and until > iso(now) and sealed(desk.secret, given, *parts)


def _new_password(typed: Typed, username: str) -> tuple[dict[str, str], str]:
    new = _secret(typed, "new")
    if flaw := flaw_of(new, username):
        return {"new": flaw}, ""
    if new != _secret(typed, "again"):
        return {"again": "两次输入的新密码不一样。"}, ""
    return {}, new


# -- inside --------------------------------------------------------------------------------------


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
        login = _login_of(connection, visitor.person)
        opened = open_sessions(connection, visitor.person, desk.now())[:20]
    status = 422 if mistakes else 200
    view = {"login": login, "sessions": opened, "mistakes": mistakes}
    return render(request, "account.html", status, **view)


def _login_of(connection, person: str) -> Row | None:
    return connection.execute(select(_LOGINS).where(_LOGINS.c.person == person)).first()


@pages.page("/account", *EVERYONE, methods=("POST",))
def change_password(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    desk: Desk = request.app.state.desk
    with desk.database.reading() as connection:
        login = _login_of(connection, visitor.person)
    if login is None or not login.password:
        return _account(request, visitor, {"old": "您还没有密码，请联系督导室开通。"})
    try:
        mistakes, new = _new_password(typed, login.username)
        old = check(desk.database, login.username, _secret(typed, "old"), desk.now())
        if not old.person:
            mistakes["old"] = "原密码不对，或因连续输错暂停使用；请核对后过几分钟再试。"
        if mistakes:
            return _account(request, visitor, mistakes)
        stored = hashed(new)
    except Busy as busy:
        return _account(request, visitor, {"new": str(busy)})
    with desk.database.writing() as connection:
        set_password(connection, visitor.person, login.username, stored, desk.now())
    return _alone(request, visitor, "changed")


@pages.page("/account/sessions", *EVERYONE, methods=("POST",))
def end_other_sessions(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    return _alone(request, visitor, "revoked")


def _alone(request: Request, visitor: Visitor, said: str) -> Response:
    """Every session of the person ends, but for a new one in this browser and this seat."""
    desk: Desk = request.app.state.desk
    with desk.database.writing() as connection:
        revoke(connection, desk.now(), person=visitor.person)
        opened = open_session(connection, visitor.person, desk.now(), device_of(request))
        take_seat(connection, opened.id, visitor.seat.number)
    response = RedirectResponse(f"/account?said={said}", 303)
    set_cookie(response, desk, opened.token)
    return response
