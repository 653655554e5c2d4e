"""A form service hands in for a school, by signed calls; the office says on its page who may speak
to us, and when no more."""

import hmac
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import select

from engine.calls import secret_of_hook
from models.connections import Webhook, WebhookCall
from models.database import TABLES
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from portal import api
from rules.values import Actor
from tests.portal_people import Browser, County, county_at

_CALLS, _EVENTS, _DEADLINES = WebhookCall.__table__, StoredEvent.__table__, DeadlineRow.__table__
_PAYLOADS = Payload.__table__
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


def made_secret(browser: Browser) -> str:
    found = re.search(r'id="made-secret" readonly value="([^"]+)"', browser.page)
    assert found
    return found[1]


# -- calls that come in --------------------------------------------------------------------------


class Service:
    """A form service with its address and secret."""

    def __init__(self, county: County) -> None:
        self.county = county
        office = county.browser("O2")
        office.open("/connections")
        office.send("/connections/in", 200, in_name="问卷服务")
        self.secret = made_secret(office)
        (self.path,) = re.findall(r"(/api/v1/hooks/\w+)</code>", office.page)

    def send(self, body: Any, late: int = 0, secret: str = "", path: str = "") -> Response:
        timestamp = str(int(self.county.now.timestamp()) - late)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = hmac.new(
            (secret or self.secret).encode(), timestamp.encode() + b"." + content, sha256
        ).hexdigest()
        headers = {"x-dudao-timestamp": timestamp, "x-dudao-signature": f"sha256={signed}"}
        client = self.county.browser().client
        return client.post(path or self.path, content=content, headers=headers)


def account(county: County, school: str) -> dict[str, Any]:
    """What a school that has submitted wrote, for another one to hand in."""
    with county.database.reading() as connection:
        wanted = (
            select(_PAYLOADS.c.body)
            .join(_EVENTS, _EVENTS.c.case == _PAYLOADS.c.case)
            .where(
                _EVENTS.c.type == "self_assessment.submitted",
                _PAYLOADS.c.body.contains('"answers"'),
            )
            .order_by(_PAYLOADS.c.case)
        )
        bodies = connection.execute(wanted).scalars()
        form = json.loads(next(iter(bodies)))
    return {"subject": school, "answers": form["answers"], "report": form["report"], "key": "1"}


def test_a_form_service_hands_in_for_a_school_once(county: County) -> None:
    service, school = Service(county), awaited(county)
    body = account(county, school)
    first = service.send(body)
    assert first.status_code == 200, first.text
    assert first.json()["events"][0]["type"] == "self_assessment.submitted"
    again = service.send(body, late=60).json()
    assert again["again"] and again["events"] == first.json()["events"]
    with county.database.reading() as connection:
        event = connection.execute(
            select(_EVENTS).where(
                _EVENTS.c.case == county.case(school), _EVENTS.c.type == "self_assessment.submitted"
            )
        ).one()
    assert (event.role, event.on_behalf_of) == ("school", "问卷服务")
    other = service.send({**body, "key": "2"})
    assert other.status_code == 409 and other.json()["refusal"]


def test_a_replayed_call_changes_nothing(county: County) -> None:
    service, school = Service(county), awaited(county)
    body = account(county, school) | {"key": ""}
    assert not service.send(body).json()["again"]
    assert service.send(body).json()["again"]


def test_a_copy_of_the_database_gives_no_secret_away(county: County) -> None:
    """Whoever has the database alone cannot sign; whoever has the house's own secret as well can
    work out each address's, which is how the calls that go out are signed."""
    service, office = Service(county), county.browser("O2")
    office.open("/connections")
    office.send("/connections/out", 200, out_name="数据平台", url="http://10.0.0.1/", events=[])
    secrets = {service.secret, made_secret(office)}
    assert len(secrets) == 2 and all(len(one) >= 43 for one in secrets)
    with county.database.reading() as connection:
        ids = set(connection.execute(select(Webhook.__table__.c.id)).scalars())
        kept = str([connection.execute(select(one)).all() for one in TABLES.sorted_tables])
    assert not any(secret in kept for secret in secrets)
    assert county.desk.secret.hex() not in kept
    assert {secret_of_hook(county.desk.secret, hook) for hook in ids} == secrets
    elsewhere = {secret_of_hook(b"another house", hook) for hook in ids}
    assert not elsewhere & secrets


def test_whoever_does_not_know_the_secret_learns_nothing(county: County) -> None:
    service, school = Service(county), awaited(county)
    body = {"subject": school, "answers": {}}
    said = {
        service.send(body, secret="guessed").text,
        service.send(body, path=f"{api.PLACE}/hooks/{'0' * 32}").text,
    }
    assert len(said) == 1
    assert service.send(body, secret="guessed").status_code == 401
    assert service.send(body, late=301).status_code == 401
    assert service.send(body, late=-301).status_code == 401
    assert service.county.browser().client.post(service.path).status_code == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 100_000, b"[]", b'{"subject":"S0001"}', b'{"subject":1,"answers":[]}'],
)
def test_what_cannot_be_read_is_named(county: County, body: bytes) -> None:
    answer = Service(county).send(body)
    assert answer.status_code == 422 and answer.json()["error"]


def test_only_schools_with_a_case_of_this_office(county: County) -> None:
    answer = Service(county).send({"subject": "nobody", "answers": {}})
    assert answer.status_code == 403


def test_answers_of_any_shape_are_refused_and_not_more(county: County) -> None:
    service, school = Service(county), awaited(county)
    for answers in ({}, {"A1.1.1": None}, {"": []}, {"A1.1.1": {"points": "a" * 500}}):
        answer = service.send({"subject": school, "answers": answers})
        assert answer.status_code == 409, answer.text


def test_from_outside_only_signed_calls_come_in(february: Path, tmp_path: Path) -> None:
    with county_at(february, tmp_path / "c", date(2026, 2, 6), outside=True) as county:
        client = county.browser().client
        assert client.get(f"{api.PLACE}/rounds").status_code == 404
        assert client.post(f"{api.PLACE}/hooks/x").status_code == 401


# -- the page ------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_holds_until_it_is_revoked(county: County) -> None:
    office, client = county.browser("O2"), county.browser().client
    office.open("/connections")
    office.send("/connections/tokens", 200, token_name="数据平台")
    (token,) = re.findall(r'id="made" readonly value="([^"]+)"', office.page)
    bearer = {"authorization": f"Bearer {token}"}
    assert client.get(f"{api.PLACE}/rounds", headers=bearer).status_code == 200
    assert token not in office.open("/connections") and "只读" in office.page
    office.send("/connections/tokens/revoke")
    assert "已于" in office.page
    assert client.get(f"{api.PLACE}/rounds", headers=bearer).status_code == 401


def test_a_service_that_was_stopped_is_not_heard(county: County) -> None:
    service = Service(county)
    office = county.browser("O2")
    office.open("/connections")
    office.send("/connections/stop")
    assert service.send({"subject": "S0001", "answers": {}}).status_code == 401


def test_what_is_missing_is_said_where_it_belongs(county: County) -> None:
    office = county.browser("O2")
    office.open("/connections")
    for form, field in (("tokens", "token_name"), ("in", "in_name"), ("out", "out_name")):
        office.send(f"/connections/{form}", 422, **{field: ""})
        assert "请填写。" in office.page
        office.open("/connections")
