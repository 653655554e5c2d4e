"""The gate: every page names the roles it is for, and every case is opened through it."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from portal.access import EVERYONE, Visitor
from portal.one_turn import in_one_turn
from portal.sessions import visitor_of

ANYBODY = ("anybody",)  # a page for people without an account


class NotEntered(Exception):
    """Nobody is logged in."""


class NotAllowed(Exception):
    """Logged in, and this is not for them; the message says so in Chinese."""


class Pages(APIRouter):
    """A router whose routes cannot be written without saying for whom they are.

    ``outside``: these pages are also on the listener for phones and the public.
    """

    def __init__(self, outside: bool = False) -> None:
        super().__init__(default_response_class=HTMLResponse)
        self.outside = outside

    def page(self, path: str, *roles: str, methods: tuple[str, ...] = ("GET",)) -> Callable:
        """Declare a page for some roles; ANYBODY for one without an account."""
        known = {*EVERYONE, *ANYBODY}
        assert roles and set(roles) <= known, f"{path}: which roles?"

        def declared(endpoint: Callable) -> Callable:
            endpoint.__roles__ = roles
            guard = None if roles == ANYBODY else _guard(roles)
            # Whoever may not send a form is refused before it is read.
            before = [Depends(guard)] if guard and "POST" in methods else []
            self.add_api_route(
                path,
                in_one_turn(endpoint, guard),
                methods=list(methods),
                dependencies=before,
                response_model=None,
            )
            return endpoint

        return declared


def _guard(roles: tuple[str, ...]) -> Callable[[Request], None]:
    def allowed(request: Request) -> None:
        visitor = entered(request)
        if visitor.role not in roles:
            raise NotAllowed("您当前的身份不能使用这个页面；如有多个身份，请在右上角切换。")

    return allowed


def entered(request: Request) -> Visitor:
    """Depends: whoever is logged in; NotEntered if nobody is."""
    known = getattr(request.state, "visitor", None)
    if known is None:
        known = visitor_of(request)
        if known is None:
            raise NotEntered
        request.state.visitor = known
    return known
