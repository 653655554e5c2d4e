"""The listener for phones and the public: what is there, what is not, and the page that tells how
to expose it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from socket import socket as Socket

import httpx
import pytest

from dudao.commands.serving import serve
from dudao.portal_worker import PortalSettings
from portal import api
from portal.entry_links import make
from portal.pages import ROUTERS
from portal.protection import MEGABYTE, MOST_OF_AN_UPLOAD, POLICY
from portal.receiving import GUEST
from portal.sessions import COOKIE, open_session
from tests.listening import GUIDE, NAME, Proxy, Served, both_listening, proxied
from tests.portal_people import County, Form, county_at, live_until

# What an office keeps to its own network.
INSIDE = (
    *("/people", "/people/imports", "/connections", "/log", "/rounds", "/messages"),
    *("/deadlines", "/standards"),
)


def test_what_belongs_to_the_office_is_not_outside() -> None:
    outside = [route.path for r in ROUTERS if r.outside for route in r.routes]
    assert {"/login", "/", "/cases/{case}"} <= set(outside)
    kept = tuple(f"{path}/" for path in INSIDE)
    assert [path for path in outside if f"{path}/".startswith(kept)] == []


def test_the_guide_says_what_the_code_does() -> None:
    options = set(re.findall(r"--[a-z-]+", GUIDE))
    assert {f"--{name.replace('_', '-')}" for name in serve.__annotations__} >= options
    limit = int(re.findall(r"client_max_body_size (\d+)m;", GUIDE)[0])
    assert limit * MEGABYTE == MOST_OF_AN_UPLOAD
    settings = {
        name.removeprefix("DUDAO_PORTAL_").lower()
        for name in re.findall(r"DUDAO_PORTAL_\w+", GUIDE)
    }
    assert settings <= set(PortalSettings.model_fields)
    port = re.findall(r"--outside-port (\d+)", GUIDE)[0]
    assert f"proxy_pass http://127.0.0.1:{port};" in GUIDE


# -- behind the guide's own nginx --------------------------------------------------------------

TODAY = date(2026, 2, 6)
# Answers with what it believes of who asks, served as the portal is.
ECHO = """
import sys
from dudao.portal_worker import answer

async def echo(scope, receive, send):
    if scope["type"] == "http":
        said = f"{scope['scheme']} {scope['client'][0]}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": said})

answer(echo, int(sys.argv[1]))
"""
FORGED = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "host": NAME}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """Eight schools in the middle of their self-assessment."""
    folder = tmp_path_factory.mktemp("february")
    source = live_until(folder / "lived", date(2026, 2, 5))
    with county_at(source, folder / "county", TODAY) as county:
        yield county


@pytest.fixture(scope="module")
def here(county: County) -> Iterator[Served]:
    with both_listening(county.desk.home, county.now - datetime.now(UTC)) as served:
        yield served


@pytest.fixture(scope="module")
def proxy(here: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxied(here.outside, tmp_path_factory.mktemp("proxy") / "nginx") as proxy:
        yield proxy


def session_of(county: County, person: str) -> str:
    with county.database.writing() as connection:
        return open_session(connection, person, county.now, "测试").token


def test_office_pages_do_not_answer_through_the_proxy(
    county: County, here: Served, proxy: Proxy
) -> None:
    clerk, inspector = session_of(county, "O2"), session_of(county, "I06")
    with proxy.visit(clerk) as outside, httpx.Client(base_url=here.inside, timeout=60) as office:
        office.cookies.set(COOKIE, clerk)
        for path in INSIDE:
            assert office.get(path).status_code == 200, path
            assert outside.get(path).status_code == 404, path
            assert outside.get(f"/x/..{path}").status_code == 404, path
        assert outside.get(f"{api.PLACE}/rounds").status_code == 404
    with proxy.visit(inspector) as phone:
        page = phone.get("/")
        assert page.status_code == 200 and "督导" in page.text
        assert page.headers["strict-transport-security"]
        assert page.headers["content-security-policy"] == POLICY
    with proxy.visit() as public:
        assert public.get("/public").status_code == 200
        assert public.get("/").headers["location"].startswith("/login")


def test_cookies_travel_by_https_alone(county: County, here: Served, proxy: Proxy) -> None:
    with county.database.writing() as connection:
        token = make(connection, ["H0001"], "O2", county.now)["H0001"]
    with proxy.visit() as head:
        page = head.get(f"/enter/{token}")
        cookies = page.headers.get_list("set-cookie")
        # httpx, as a browser, sends a Secure cookie back only where it came by HTTPS.
        (values,) = [v for action, v in Form(page.text).forms if action == f"/enter/{token}"]
        entered = head.post(f"/enter/{token}", data=values)
        cookies += entered.headers.get_list("set-cookie")
        assert entered.status_code == 303 and head.get("/").status_code == 200
    given = [one for one in cookies if "Max-Age=0" not in one]  # the others take one back
    assert {one.partition("=")[0] for one in given} == {COOKIE, GUEST}
    assert all("; Secure" in one and "; HttpOnly" in one for one in given)
    inside = httpx.get(f"{here.inside}/login", timeout=60).headers.get_list("set-cookie")
    assert inside and not any("Secure" in one for one in inside), (
        "the office's network has no HTTPS"
    )


def test_what_is_too_large_for_the_proxy_is_told_in_chinese(proxy: Proxy) -> None:
    body = (b"0" * MEGABYTE for _ in range(65))
    headers = {"content-length": str(65 * MEGABYTE), "content-type": "text/plain"}
    with proxy.visit() as head:
        answer = head.post("/uploads/files", content=body, headers=headers)
    assert answer.status_code == 413
    assert f"一次最多提交{MOST_OF_AN_UPLOAD // MEGABYTE}兆字节" in answer.text


def test_who_asks_is_believed_of_the_proxy_alone(tmp_path: Path) -> None:
    """The proxy says where a request came from, and overwrites what the request says of itself;
    whoever speaks to the listener past it is taken for where they are."""
    with Socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        direct = f"http://127.0.0.1:{listening.getsockname()[1]}"
        number = listening.fileno()
        echo = subprocess.Popen([sys.executable, "-c", ECHO, str(number)], pass_fds=(number,))
        try:
            with (
                proxied(direct, tmp_path / "nginx") as proxy,
                proxy.visit(at="127.0.0.9") as client,
            ):
                assert client.get("/", headers=FORGED).text == "https 127.0.0.9"
            with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.9")) as client:
                assert client.get(direct, headers=FORGED).text == "http 127.0.0.9"
        finally:
            echo.terminate()
            echo.wait(20)
