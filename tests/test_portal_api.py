"""Other systems speak to the portal in JSON: with a token, within its office, never past the
rules; and whatever they send, they get an answer."""

from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlalchemy import insert

from models.organisations import Organisation
from models.people import Assignment, Person
from portal import api
from portal.access import Visitor, seats_of
from portal.api.tokens import ANYBODY, READ, SIGNED, WRITE, make_token, revoke_token
from portal.signing import fingerprint
from tests.portal_people import County, county_at

ROUTERS = (*api.ROUTERS, api.description)
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
EXAMPLES = {"round": "SLX-DD~shaanxi-316~2026"}
ACCEPT = {"type": "AcceptSelfAssessment", "stage": "self_assessment"}


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    return lived_until(date(2026, 2, 5))


@pytest.fixture
def county(february: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6), database_url) as county:
        yield county


class System:
    """Another system with a token."""

    def __init__(self, county: County, token: str = "") -> None:
        self.client = TestClient(county.app)
        if token:
            self.client.headers["authorization"] = f"Bearer {token}"

    def get(self, path: str, status: int = 200, **asked: Any) -> Any:
        answer = self.client.get(api.PLACE + path, params=asked)
        assert answer.status_code == status, answer.text
        return answer.json()

    def give(self, case: str, command: Any, key: str, status: int = 200, **more: Any) -> Any:
        wish = {"command": command, "key": key, **more}
        answer = self.client.post(f"{api.PLACE}/cases/{case}/commands", json=wish)
        assert answer.status_code == status, answer.text
        return answer.json()


def token_of(county: County, person: str = "O2", may_write: bool = True) -> str:
    today = county.desk.today()
    with county.database.reading() as connection:
        seats = seats_of(connection, person, today)
    visitor = Visitor(person, person, seats[0], seats, "", today)
    return make_token(county.desk, visitor, "测试系统", may_write)


@pytest.fixture
def system(county: County) -> System:
    return System(county, token_of(county))


# -- who gets in ---------------------------------------------------------------------------------


def address(route: APIRoute, case: str) -> str:
    path = route.path.replace("{case}", case)
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", EXAMPLES.get(name, "nothing"))
    return api.PLACE + path


def name_of(route: APIRoute) -> str:
    return f"{'/'.join(sorted(route.methods))} {route.path}"


def call(client: TestClient, route: APIRoute, case: str) -> Any:
    body = {"command": ACCEPT, "key": "walk"} if "POST" in route.methods else None
    return client.request(next(iter(route.methods)), address(route, case), json=body)


def test_every_call_says_who_may_make_it_and_asks_for_a_token(county: County) -> None:
    revoked = token_of(county)
    assert revoke_token(county.desk, "SLX-DD", fingerprint(revoked))
    for route, token in product(ROUTES, ("", "nonsense", revoked)):
        access = route.endpoint.__access__
        assert access in (READ, WRITE, SIGNED, ANYBODY)
        answer = call(System(county, token).client, route, county.key("S0001"))
        expected = 200 if access == ANYBODY else 401
        assert answer.status_code == expected, name_of(route)
        assert access == ANYBODY or answer.json()["error"]


def test_a_token_for_reading_changes_nothing(county: County) -> None:
    reader = System(county, token_of(county, may_write=False))
    for route in ROUTES:
        answer = call(reader.client, route, county.key("S0001"))
        if route.endpoint.__access__ == WRITE:
            assert answer.status_code == 403 and "只能读取" in answer.json()["error"]
        elif route.endpoint.__access__ == READ:
            assert answer.status_code in (200, 403), name_of(route)


def test_an_office_elsewhere_sees_nothing_of_it(county: County) -> None:
    filled = {"facts": {}, "initials": "", "tier": "", "invented": False}
    places = [
        {"code": code, "name": f"示例{code}", "kind": kind, "parent": parent, **filled}
        for code, kind, parent in (("XX", "county", None), ("XX-DD", "office", "XX"))
    ]
    person = {"id": "X1", "name": "外县督导员", "mail": "", "phone": ""}
    post = {"person": "X1", "role": "office", "organisation": "XX-DD", "rank": 0}
    with county.database.writing() as connection:
        for table, rows in ((Organisation, places), (Person, person), (Assignment, post)):
            connection.execute(insert(table.__table__), rows)
    stranger = System(county, token_of(county, "X1"))
    codes = {one["code"] for one in stranger.get("/organisations")["items"]}
    assert codes == {"XX", "XX-DD"}
    assert stranger.get("/rounds")["items"] == []
    assert stranger.get("/letters")["items"] == []
    for route in ROUTES:
        if "{case}" in route.path or "{round}" in route.path:
            answer = call(stranger.client, route, county.key("S0001"))
            assert answer.status_code == 403, name_of(route)
    letter = System(county, token_of(county)).get("/letters")["items"][0]
    stranger.get(f"/letters/{letter['key']}", 403)
    stranger.get(f"/letters/{letter['key']}/file", 403)


def test_a_token_ends_with_the_post_of_its_person(county: County) -> None:
    system = System(county, token_of(county))
    with county.database.writing() as connection:
        connection.exec_driver_sql("update people set left_on='2026-02-01' where id='O2'")
    assert "已不在这个督导室" in system.get("/rounds", 401)["error"]


# -- reading -------------------------------------------------------------------------------------


def test_organisations_are_found_and_turned_page_by_page(system: System) -> None:
    seen, cursor = [], ""
    while True:
        page = system.get("/organisations", limit=5, cursor=cursor)
        seen += [one["code"] for one in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == sorted(set(seen)) and "S0008" in seen
    found = system.get("/organisations", name="mx")["items"]
    assert any("马小" in one["name"] for one in found)
    assert found[0]["kind_title"]


def test_a_round_its_cases_and_one_of_them(system: System, county: County) -> None:
    (year,) = system.get("/rounds")["items"]
    page = system.get(f"/rounds/{year['key']}/cases", limit=3)
    rest = system.get(f"/rounds/{year['key']}/cases", cursor=page["next"], limit=200)
    lines = page["items"] + rest["items"]
    assert len(page["items"]) == 3 and rest["next"] == ""
    first = next(line for line in lines if line["subject"]["code"] == "S0001")
    case = system.get(f"/cases/{first['key']}")
    assert case["seq"] == first["seq"] and case["subject"] == first["subject"]
    assert {"self_assessment"} <= {stage["id"] for stage in case["stages"] if stage["open"]}
    assert case["deadlines"] and all(one["explanation"] for one in case["deadlines"])


def test_events_are_read_from_where_one_stopped(system: System, county: County) -> None:
    key = county.key("S0001")
    first = system.get(f"/cases/{key}/events", limit=2)
    assert [one["seq"] for one in first["items"]] == [1, 2] and first["more"]
    rest = system.get(f"/cases/{key}/events", after=2, limit=200)
    assert [one["seq"] for one in rest["items"]][:2] == [3, 4] and not rest["more"]
    assert rest["items"][-1]["seq"] == system.get(f"/cases/{key}")["seq"]


def test_a_letter_is_read_byte_by_byte_and_not_signed_for(system: System) -> None:
    letter = system.get("/letters", kind="self_assessment_handbook", limit=1)["items"][0]
    file = system.client.get(f"{api.PLACE}/letters/{letter['key']}/file")
    assert sha256(file.content).hexdigest() == letter["sha256"]
    assert system.get(f"/letters/{letter['key']}") == letter


# -- commands ------------------------------------------------------------------------------------


def test_a_command_is_recorded_once_however_often_it_comes(system: System, county: County) -> None:
    key = county.key("S0001")
    before = system.get(f"/cases/{key}")["seq"]
    wish = {"type": "MergeCase", "successor": county.case("S0002")}
    first = system.give(key, wish, "合并", on_behalf_of="教育股")
    again = system.give(key, wish, "合并", on_behalf_of="教育股")
    assert not first["again"] and again["again"] and first["events"] == again["events"]
    assert first["events"][0] == {"seq": before + 1, "type": "case.merged"}
    event = system.get(f"/cases/{key}/events", after=before)["items"][0]
    assert (event["role"], event["actor"]) == ("office", "O2")
    assert event["on_behalf_of"] == "教育股"
    assert county.woken


def test_what_the_rules_do_not_allow_is_refused_in_chinese(system: System, county: County) -> None:
    key = county.key("S0001")
    refused = system.give(key, {"type": "ServeNotice", "stage": "on_site_review"}, "1", 409)
    assert "还没有开始" in refused["refusal"] == refused["error"]
    late = system.give(key, ACCEPT, "2", 409, happened_on="2026-03-01")
    assert "不能晚于今天" in late["refusal"]


@pytest.mark.parametrize(
    "command",
    [
        {"type": "KeepTime", "deadline": "x"},  # the clock's alone
        {"type": "SubmitSelfAssessment"},
        {"type": "Nonsense"},
        {},
        [],
        "AcceptSelfAssessment",
        {**ACCEPT, "more": 1},
        {**ACCEPT, "form": {"a": [[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}},
        {**ACCEPT, "form": {"a": 10**40}},
    ],
)
def test_what_is_no_command_of_an_office_is_named(
    system: System, county: County, command: Any
) -> None:
    answer = system.give(county.key("S0001"), command, "1", 422)
    assert answer["error"] and answer["fields"]


def test_every_mistake_is_answered_in_json(county: County, system: System) -> None:
    post = f"{api.PLACE}/cases/{county.key('S0001')}/commands"
    client = system.client
    for answer, status in (
        (client.get(f"{api.PLACE}/nothing"), 404),
        (client.put(f"{api.PLACE}/rounds"), 405),
        (client.post(post, content=b"{"), 422),
        (client.post(post, content=b"[" * 100_000, headers={"content-type": "a/json"}), 422),
        (client.post(post, content=b"x" * (api.MOST_OF_A_BODY + 1)), 413),
        (client.get(f"{api.PLACE}/organisations?limit=0"), 422),
        (client.get(f"{api.PLACE}/organisations?cursor=%00"), 200),
        (client.get(f"{api.PLACE}/cases/nobody~knows"), 403),
    ):
        assert answer.status_code == status, answer.text
        assert status == 200 or answer.json()["error"]


# -- whatever comes ------------------------------------------------------------------------------


def test_the_description_is_openapi_and_shown_in_chinese(county: County) -> None:
    client = TestClient(county.app)
    document = client.get(f"{api.PLACE}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {route.path for route in ROUTES} - {"/openapi.json"}
    page = client.get(f"{api.PLACE}/docs").text
    assert "通过自评审核" in page and all(path in page for path in document["paths"])


BOUNDED = settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_nothing_that_fits_the_description_breaks_it(county: County, system: System) -> None:
    """Schemathesis makes calls of every kind; each gets one of the answers there are."""
    schema = schemathesis.openapi.from_asgi(f"{api.PLACE}/openapi.json", county.app)
    for found in schema.get_all_operations():
        answered(found.ok(), system.client.headers["authorization"])


def answered(operation: Any, token: str) -> None:
    """Some calls of one operation, each answered as it says."""

    @seed(1)
    @BOUNDED
    @given(case=operation.as_strategy())
    def every(case) -> None:
        answer = case.call(headers={"authorization": token})
        assert answer.status_code < 500, answer.text
        assert str(answer.status_code) in operation.definition.raw["responses"]

    every()
