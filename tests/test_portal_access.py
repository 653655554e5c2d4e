"""Every route, every role, one's own and others': who gets in is written on the route, and the
subtree decides the rest. A route added tomorrow is walked here too."""

from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from models.cases import Case
from models.issues import IssueRow
from portal.access import EVERYONE
from portal.gate import ANYBODY
from portal.pages import ROUTERS
from tests.portal_people import County, county_at, live_until

# One person of each role.
PEOPLE = {
    "school": "H0001",
    "inspector": "I06",  # of the first zone
    "office": "O2",
    "department": "DCZ",
    "township": "WT1",
    "government": "V1",
    "superior": "U1",
}
_CASES, _ISSUES = Case.__table__, IssueRow.__table__

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
EXAMPLES = {
    "stage": "self_assessment",
    "name": "SubmitSelfAssessment",
}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    source = live_until(tmp_path_factory.mktemp("may"), date(2026, 5, 12), schools=12)
    with county_at(source, tmp_path_factory.mktemp("walk"), date(2026, 5, 13)) as county:
        yield county


def address(route: APIRoute, case: str) -> str:
    """The route's path with something in every place."""
    path = route.path.replace("{case}", case)
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", EXAMPLES.get(name, "nothing"))
        path = path.replace(f"{{{name}:path}}", EXAMPLES.get(name, "nothing"))
    return path


def roles(route: APIRoute) -> tuple[str, ...]:
    return route.endpoint.__roles__


def name_of(route: APIRoute) -> str:
    return f"{'/'.join(sorted(route.methods))} {route.path}"


def test_every_route_says_for_whom_it_is() -> None:
    assert ROUTES
    for route in ROUTES:
        assert set(roles(route)) <= {*EVERYONE, *ANYBODY}, name_of(route)


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_nobody_gets_in_without_a_login(county: County, route: APIRoute) -> None:
    if roles(route) == ANYBODY:
        return
    browser = county.browser()
    for method in route.methods:
        answer = browser.client.request(method, address(route, county.key("S0001")))
        assert answer.status_code == 303 or answer.status_code == 403, name_of(route)
        if method == "GET":
            assert answer.headers["location"].startswith("/login"), name_of(route)


@pytest.mark.parametrize("role", EVERYONE)
def test_other_roles_are_turned_away(county: County, role: str) -> None:
    browser = county.browser(PEOPLE[role])
    for route in ROUTES:
        if roles(route) == ANYBODY or role in roles(route):
            continue
        for method in route.methods:
            answer = browser.client.request(method, address(route, county.key("S0001")))
            assert answer.status_code == 403, f"{role}: {name_of(route)}"


@pytest.mark.parametrize("role", EVERYONE)
def test_a_page_of_ones_own_role_opens_or_says_why_not(county: County, role: str) -> None:
    """Never an error of ours: 200, a redirect, or a sentence (403, 404, 422)."""
    browser = county.browser(PEOPLE[role])
    for route in ROUTES:
        if "GET" in route.methods and role in roles(route):
            answer = browser.client.get(address(route, county.key("S0001")))
            assert answer.status_code in (200, 303, 307, 403, 404, 422), (
                f"{role}: {name_of(route)} answers {answer.status_code}"
            )


def foreign(county: County, role: str) -> list[str]:
    """Schools of another township and zone that nothing ties to that role's person."""
    with county.database.reading() as connection:
        tied = set(
            connection.execute(select(_ISSUES.c.subject).where(_ISSUES.c.unit == "DCZ")).scalars()
        )
        named = {
            row.subject
            for row in connection.execute(select(_CASES.c.subject, _CASES.c.state))
            if f'"{PEOPLE[role]}"' in row.state
        }
    strangers = [code for code in ("S0011", "S0012") if code not in named]
    return [code for code in strangers if role != "department" or code not in tied]


@pytest.mark.parametrize("role", ["school", "inspector", "department", "township"])
def test_a_case_outside_ones_own_is_closed_by_every_address(county: County, role: str) -> None:
    browser = county.browser(PEOPLE[role])
    others = foreign(county, role)
    assert others
    for other in others:
        for route in ROUTES:
            if "{case}" not in route.path or role not in roles(route):
                continue
            path = address(route, county.key(other))
            for method in route.methods:
                answer = browser.client.request(method, path)
                assert answer.status_code == 403, f"{role}: {name_of(route)}"


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_no_form_is_taken_that_is_not_ours(county: County, route: APIRoute) -> None:
    """Without the seal of one's own page nothing is taken, whoever sends it."""
    if "POST" not in route.methods:
        return
    for role in roles(route):
        browser = county.browser(PEOPLE.get(role, ""))
        path = address(route, county.key("S0001"))
        for seal in ("", "0" * 64):
            answer = browser.client.post(path, data={"seal": seal, "once": "x"})
            assert answer.status_code == 403, f"{role}: {name_of(route)}"
