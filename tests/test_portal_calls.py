"""Other systems hear of what happens: each event once, signed, whatever breaks on the way."""

import asyncio
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dudao.demo.year import sweep_plainly
from engine.calls import RESTS, flaw_of_address
from engine.journal import Entry, Recorded
from models.connections import WebhookCall
from models.deadlines import DeadlineRow
from notifications.outbox import Outbox
from rules.case_words import ExtendDeadline
from rules.values import Actor
from tasks.calls import anybody_listens, call_systems
from tasks.house import House, live_in
from tests.portal_people import County, county_at

_CALLS, _DEADLINES = WebhookCall.__table__, DeadlineRow.__table__

OFFICE = Actor("O2", "office", "SLX-DD")
SUBMIT = "self_assessment/submit"


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return lived_until(date(2026, 2, 5))


@pytest.fixture
def county(february: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6), database_url) as county:
        yield county


def awaited(county: County) -> str:
    """A school whose self-assessment is not in yet."""
    with county.database.reading() as connection:
        wanted = select(_DEADLINES.c.case).where(
            _DEADLINES.c.key == SUBMIT, _DEADLINES.c.state == "armed"
        )
        return connection.execute(wanted).scalars().first().rpartition("/")[2]


class Listener:
    """Another system: answers as it is told, and remembers what came."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.came: list[tuple[dict[str, str], bytes]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                listener.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = listener.answers.pop(0) if listener.answers else 200
                if not status:  # hang up without a word
                    self.close_connection = True
                    return
                self.send_response(status)
                if status == 302:
                    self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/events"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


@pytest.fixture
def house(county: County) -> Iterator[House]:
    folder = county.desk.home
    with live_in(House(county.journal, folder, Outbox(folder / "outbox"))) as house:
        yield house


def register(county: County, url: str, events: list[str]) -> str:
    """Register an address on the page; its secret."""
    office = county.browser("O2")
    office.open("/connections")
    office.send("/connections/out", 200, out_name="数据平台", url=url, events=events)
    return re.findall(r'id="made-secret" readonly value="([^"]+)"', office.page)[0]


def something_happens(county: County) -> str:
    """A deadline is extended: one event of the type asked for."""
    case = county.case(awaited(county))
    form = {"reason": "学校校舍维修", "approver": "局长办公会"}
    command = ExtendDeadline(deadline=SUBMIT, due_on=date(2026, 4, 30), form=form)
    recorded = county.journal.record(Entry(command, case, OFFICE, county.now, "延期"))
    assert isinstance(recorded, Recorded), recorded
    return case


def states(county: County) -> list[str]:
    with county.database.reading() as connection:
        return list(connection.execute(select(_CALLS.c.state)).scalars())


def test_an_event_is_told_once_and_signed(county: County, house: House, listener: Listener) -> None:
    assert not anybody_listens()
    secret = register(county, listener.url, [])
    assert anybody_listens()
    case = something_happens(county)
    assert call_systems.fn(county.now)["sent"] == len(listener.came) > 0
    for headers, body in listener.came:
        signed = headers["x-dudao-timestamp"].encode() + b"." + body
        expected = hmac.new(secret.encode(), signed, sha256).hexdigest()
        assert headers["x-dudao-signature"] == f"sha256={expected}"
        assert headers["x-dudao-id"] == json.loads(body)["id"]
    told = [json.loads(body) for _, body in listener.came]
    assert (case, "deadline.armed") in {(one["case"], one["type"]) for one in told}
    assert call_systems.fn(county.now + timedelta(minutes=5)) == {}


def test_only_what_was_asked_for_and_nothing_from_before(
    county: County, house: House, listener: Listener
) -> None:
    register(county, listener.url, ["self_assessment.submitted"])
    something_happens(county)
    assert call_systems.fn(county.now) == {}


def test_a_retry_has_the_same_id(county: County, house: House, listener: Listener) -> None:
    register(county, listener.url, ["deadline.armed"])
    something_happens(county)
    listener.answers, at = [503, 0], county.now
    assert call_systems.fn(at) == {"open": 1}
    assert call_systems.fn(at) == {}, "it rests"
    assert call_systems.fn(at := at + RESTS[0]) == {"open": 1}
    assert call_systems.fn(at + RESTS[1]) == {"sent": 1}
    assert len(listener.came) == 3
    assert len({headers["x-dudao-id"] for headers, _ in listener.came}) == 1


@pytest.mark.parametrize(("answer", "state"), [(503, "failed"), (0, "unknown")])
def test_after_enough_tries_it_is_given_up_and_can_be_called_again(
    county: County, house: House, listener: Listener, answer: int, state: str
) -> None:
    register(county, listener.url, [])
    something_happens(county)
    listener.answers, at = [answer] * 500, county.now
    for _ in range(40):
        at += max(RESTS)
        call_systems.fn(at)
    assert set(states(county)) == {state}
    listener.answers = []
    office = county.browser("O2")
    office.open("/connections")
    assert "没有送达的通知" in office.page
    office.send("/connections/again")
    call_systems.fn(at)
    assert set(states(county)) == {"sent"}


@pytest.mark.parametrize("answer", [302, 404])
def test_what_is_refused_is_not_tried_again_and_no_redirect_followed(
    county: County, house: House, listener: Listener, answer: int
) -> None:
    register(county, listener.url, [])
    something_happens(county)
    listener.answers = [answer] * 50
    call_systems.fn(county.now)
    assert set(states(county)) == {"failed"} and len(listener.came) == len(states(county))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://a/b",
        "gopher://a",
        "//a/b",
        "http://",
        "http://u:p@a/",
        "x",
        "http://a b/",
        "http://[::1",
        "http://a:99999/",
        "javascript:alert(1)",
    ],
)
def test_only_web_addresses_are_called(county: County, url: str) -> None:
    assert flaw_of_address(url)
    office = county.browser("O2")
    office.open("/connections")
    office.send("/connections/out", 422, out_name="平台", url=url)


def test_addresses_of_ones_own_network_are_meant() -> None:
    assert not flaw_of_address("http://10.1.2.3:8080/in?x=1")
    assert not flaw_of_address("https://platform.example/events")


def test_the_sweep_calls_them(county: County, house: House, listener: Listener) -> None:
    register(county, listener.url, ["deadline.armed"])
    something_happens(county)
    asyncio.run(sweep_plainly(county.now))
    assert len(listener.came) == 1
