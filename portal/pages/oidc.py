"""Single sign-on: leaving for the other system, and coming back from it."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from models.logins import Login
from portal.desk import Desk
from portal.gate import ANYBODY, Pages
from portal.pages.door import let_in, within
from portal.passwords import as_username
from portal.rendering import render
from portal.single_sign_on import AWAY, Failed, provider_of

_LOGINS = Login.__table__

PLACE = "/login/single"
BACK = f"{PLACE}/back"
MEMORY = "dudao_single"  # what the browser keeps meanwhile

pages = Pages(outside=True)


def _back_to(request: Request, desk: Desk) -> str:
    settings = provider_of(desk).settings
    return settings.redirect_url or str(request.base_url).rstrip("/") + BACK


@pages.page(PLACE, *ANYBODY)
def leave(request: Request, next: str = "/") -> Response:
    """Off to the provider. A link and no form: forms may lead to pages of ours only."""
    desk: Desk = request.app.state.desk
    try:
        back = _back_to(request, desk)
        leaving = provider_of(desk).leave(desk.secret, back, within(next), desk.now())
    except Failed as failed:
        return _sentence(request, failed)
    response = RedirectResponse(leaving.address, 303)
    response.set_cookie(
        MEMORY,
        leaving.memory,
        max_age=int(AWAY.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=desk.secure,
        path=PLACE,
    )
    return response


@pages.page(BACK, *ANYBODY)
def come_back(request: Request, state: str = "", code: str = "") -> Response:
    """Back with a code: who it is, if the provider says so and a login here has that name."""
    desk: Desk = request.app.state.desk
    memory = request.cookies.get(MEMORY, "")
    try:
        back = _back_to(request, desk)
        found = provider_of(desk).come_back(desk.secret, back, memory, state, code, desk.now())
        response = _entered(request, desk, *found)
    except Failed as failed:
        response = _sentence(request, failed)
    response.delete_cookie(MEMORY, path=PLACE)
    return response


def _entered(request: Request, desk: Desk, name: str, target: str) -> Response:
    wanted = select(_LOGINS.c.person).where(_LOGINS.c.username == as_username(name))
    with desk.database.reading() as connection:
        person = connection.execute(wanted).scalar()
    if person is None:
        raise Failed("您已通过统一身份认证，但本系统还没有您的登录名，请联系督导室开通。")
    return let_in(request, person, target)


def _sentence(request: Request, failed: Failed) -> Response:
    return render(request, "sentence.html", 403, heading="没有登录", sentence=str(failed))
