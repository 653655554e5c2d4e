"""How a page is reached: found by its address, guarded first, opened and closed in one turn."""

from collections.abc import Iterator

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient
from starlette.routing import Match

from portal.access import EVERYONE
from portal.gate import ANYBODY, Pages
from portal.one_turn import in_one_turn
from portal.pages import ROUTERS
from portal.signpost import Signpost

ROUTES = [route for router in ROUTERS for route in router.routes]
HAPPENED: list[str] = []


def lamp(request: Request) -> Iterator[str]:
    HAPPENED.append("lit")
    try:
        yield "light"
    finally:
        HAPPENED.append("out")


def desk_by(window: str, light: str = Depends(lamp)) -> str:
    return f"{window} in {light}"


def at_work(number: int, place: str = Depends(desk_by)) -> str:
    """A page with a dependency that has one of its own, and two words of the address."""
    HAPPENED.append("answered")
    if number == 13:
        raise ValueError(number)
    return f"{number} at {place}"


def refuse(request: Request) -> None:
    HAPPENED.append("guarded")
    if "late" in request.query_params:
        raise PermissionError


at_work.__roles__ = EVERYONE


@pytest.fixture
def browser() -> TestClient:
    HAPPENED.clear()
    app = FastAPI()
    app.add_api_route("/desks/{window}/{number}", in_one_turn(at_work, refuse))
    return TestClient(app)


def test_a_page_is_guarded_then_opened_then_answered_then_closed(browser: TestClient) -> None:
    assert browser.get("/desks/south/7").json() == "7 at south in light"
    assert HAPPENED == ["guarded", "lit", "answered", "out"]


def test_what_was_opened_is_closed_when_the_page_fails(browser: TestClient) -> None:
    with pytest.raises(ValueError):
        browser.get("/desks/south/13")
    assert HAPPENED == ["guarded", "lit", "answered", "out"]


def test_whoever_is_refused_opens_nothing(browser: TestClient) -> None:
    with pytest.raises(PermissionError):
        browser.get("/desks/south/7?late=1")
    assert HAPPENED == ["guarded"]


def test_words_of_the_address_are_still_checked_for_what_they_must_be(browser: TestClient) -> None:
    assert browser.get("/desks/south/seven").status_code == 422
    assert HAPPENED == []


def test_a_form_is_not_read_before_the_guard() -> None:
    """A page that takes a form keeps its guard with FastAPI, which calls it before all else."""
    for route in ROUTES:
        open_to_all = route.endpoint.__roles__ == ANYBODY
        guarded = bool(route.dependencies)
        assert guarded == ("POST" in route.methods and not open_to_all), route.path


def test_a_route_cannot_be_written_without_roles() -> None:
    with pytest.raises(AssertionError):
        Pages().page("/nowhere")(lambda: None)


# -- the signpost --------------------------------------------------------------------------------


def asked(path: str, method: str = "GET") -> dict:
    return {"type": "http", "path": path, "method": method, "root_path": "", "headers": []}


def test_the_signpost_leads_where_trying_one_by_one_would() -> None:
    signpost = Signpost(ROUTES)
    for route in ROUTES:
        path = route.path.replace("{", "").replace("}", "")
        path = path.replace(":path", "").replace(":int", "")
        for method in ("GET", "POST"):
            fits = [r for r in ROUTES if r.matches(asked(path, method))[0] == Match.FULL]
            match, scope = signpost.matches(asked(path, method))
            assert (match == Match.FULL) == bool(fits), path
            assert not fits or scope["route"] is fits[0], path


def test_another_method_is_said_to_be_wrong_and_an_unknown_address_unknown() -> None:
    signpost = Signpost(ROUTES)
    assert signpost.matches(asked("/login", "DELETE"))[0] == Match.PARTIAL
    for path in ("/no-such-page", "", "//", "/login/further/on", "login"):
        assert signpost.matches(asked(path))[0] == Match.NONE
    assert signpost.matches({"type": "websocket", "path": "/login"})[0] == Match.NONE
