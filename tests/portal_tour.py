"""A tour of every page: who stands where on which day. Screenshots are taken along it, and what
helps the blind is checked; a page that no stop shows is found by `test_portal_tour`."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import select

from models.cases import Case
from models.events import StoredEvent
from models.letters import Letter
from models.messages import Message
from models.standards import FrozenText
from rules.vocabulary import read_state
from tests.portal_people import County

_CASES, _EVENTS, _LETTERS = Case.__table__, StoredEvent.__table__, Letter.__table__
_MESSAGES, _TEXTS = Message.__table__, FrozenText.__table__

FEBRUARY, MARCH, MAY = date(2026, 2, 5), date(2026, 3, 5), date(2026, 5, 12)
DAYS = (FEBRUARY, MARCH, MAY)

Find = Callable[[County], dict[str, str]]


class Stop(NamedTuple):
    """One page: the route's path, who opens it, on which day, what stands in its places, and what
    follows the path."""

    path: str
    person: str = ""
    day: date = MAY
    find: Find = lambda county: {}
    query: str = ""


def standing_in(kind: str, *phases: str, of: str = "case") -> Find:
    """A case whose stage of that kind is open in one of the phases (any, if none is named)."""

    def find(county: County) -> dict[str, str]:
        with county.database.reading() as connection:
            wanted = select(_CASES.c.id, _CASES.c.state).where(_CASES.c.of == of)
            for row in connection.execute(wanted.order_by(_CASES.c.id)):
                for stage, state in read_state(row.state).stages.items():
                    if (
                        state.kind == kind
                        and state.open
                        and state.data.phase in (phases or (state.data.phase,))
                    ):
                        return {"case": row.id.replace("/", "~"), "stage": stage}
        raise AssertionError(f"nobody stands in {kind} {phases}")

    return find


def with_(find: Find, **more: str) -> Find:
    """The same with other places filled."""
    return lambda county: {**find(county), **more}


def of(subject: str, **more: str) -> Find:
    """A subject's case."""
    return lambda county: {"case": county.key(subject), **more}


def first(column, *conditions, name: str, **more: str) -> Find:
    """The first row's value."""

    def find(county: County) -> dict[str, str]:
        with county.database.reading() as connection:
            value = connection.execute(select(column).where(*conditions).order_by(column)).scalar()
        assert value, name
        return {name: str(value).replace("/", "~").replace("#", "@"), **more}

    return find


REVIEW = standing_in("on_site_review")
VISITED = standing_in("on_site_review", "visited", "visiting", "heard", "ready", "defended")
PLANNING = standing_in("planning", of="round")
ISSUES = standing_in("issue_list")

TOUR = (
    # without an account
    Stop("/login"),
    Stop("/public"),
    Stop("/public/plans", day=MARCH),
    Stop("/public/visits"),
    Stop("/public/results"),
    Stop("/api/v1/docs"),
    # a school
    Stop("/", "H0001", FEBRUARY),
    Stop("/", "H0004"),
    Stop("/account", "H0001"),
    Stop("/feeds", "I01"),
    Stop("/preferences", "I01"),
    Stop("/deputies", "I01"),
    Stop("/cases/{case}", "H0004", find=of("S0004")),
    Stop("/cases/{case}/{stage}", "H0004", find=of("S0004", stage="issue_list")),
    Stop(
        "/cases/{case}/{stage}/self-assessment",
        "H0001",
        FEBRUARY,
        of("S0001", stage="self_assessment"),
    ),
    Stop("/files", "H0001", FEBRUARY),
    Stop("/cases/{case}/files", "H0001", FEBRUARY, of("S0001")),
    Stop("/history", "H0004"),
    Stop("/history/{code}", "O2", find=lambda county: {"code": "S0004"}),
    Stop("/letters", "H0004"),
    Stop("/numbers", "O2"),
    Stop("/letters/{order}", "O2", find=first(_LETTERS.c.order, name="order")),
    # an inspector
    Stop("/", "I01"),
    Stop("/schools", "I01"),
    Stop("/cases/{case}/{stage}/visit", "O2", find=VISITED),
    Stop("/cases/{case}/{stage}/scores", "O2", find=VISITED),
    Stop("/cases/{case}/{stage}/scores/{area}", "O2", find=with_(VISITED, area="A1")),
    Stop("/cases/{case}/photos", "O2", find=VISITED),
    Stop("/cases/{case}/scores-view", "O2", find=VISITED),
    Stop(
        "/cases/{case}/{stage}/{name}",
        "I01",
        find=lambda county: {
            **standing_in("process_guidance")(county),
            "name": "RecordGuidance",
        },
    ),
    # the office
    Stop("/", "O2"),
    Stop("/reviews", "O2"),
    Stop("/calendar", "O2"),
    Stop("/grades", "O2"),
    Stop("/issues", "O2"),
    Stop("/issues/common", "O2"),
    Stop("/issues/{case}/{stage}/{number}", "O2", find=with_(ISSUES, number="1")),
    Stop("/messages", "O2"),
    Stop("/messages/one", "O2", query="key"),
    Stop("/messages/ahead", "O2"),
    Stop("/messages/words", "O2"),
    Stop("/undone", "O2"),
    Stop("/messages/words/{kind}", "O2", find=lambda county: {"kind": "self_assessment.reminder"}),
    Stop("/deadlines", "O2"),
    Stop("/deadlines/provisional", "O2"),
    Stop("/deadlines/days", "O2"),
    Stop("/cases/{case}/archive", "O2", find=of("S0004")),
    Stop("/cases/{case}/commands", "O2", find=of("S0004")),
    Stop("/cases/{case}/commands/{name}", "O2", find=of("S0004", name="ExtendDeadline")),
    Stop("/rounds", "O2"),
    Stop("/rounds/new", "O2"),
    Stop("/rounds/{key}", "O2", find=first(_CASES.c.round, name="key")),
    Stop("/templates", "O2"),
    Stop("/templates/tags", "O2"),
    Stop("/templates/{kind}", "O2", find=lambda county: {"kind": "opinion_letter"}),
    Stop("/standards", "O2"),
    Stop(
        "/standards/{version}",
        "O2",
        find=first(_TEXTS.c.hash, _TEXTS.c.kind == "standard", name="version"),
    ),
    Stop("/log", "O2"),
    Stop("/log/verify", "O2"),
    Stop("/log/{case}/{number}", "O2", find=of("S0004", number="3")),
    Stop("/bulletin/{case}", "O2", find=first(_CASES.c.round, name="case")),
    Stop("/cases/{case}/{stage}/plan", "O2", MARCH, PLANNING),
    Stop("/connections", "O2"),
    Stop("/people", "O2"),
    Stop("/people/organisations/{code}", "O2", find=lambda county: {"code": "S0001"}),
    Stop("/people/organisations/{code}/change", "O2", find=lambda county: {"code": "S0001"}),
    Stop("/people/new", "O2"),
    Stop("/people/persons", "O2"),
    Stop("/people/persons/{person}", "O2", find=lambda county: {"person": "I01"}),
    Stop("/people/links", "O2"),
    Stop("/people/imports", "O2"),
    Stop("/cases/{case}/{stage}/questionnaires", "O2", find=REVIEW),
    Stop(
        "/cases/{case}/{stage}/questionnaires/new/{audience}",
        "O2",
        find=with_(REVIEW, audience="parents"),
    ),
    # departments and leaders
    Stop("/", "DJY"),
    Stop("/", "WT1"),
    Stop("/", "V1"),
    Stop("/", "U1"),
    Stop("/schools", "V1"),
)


def address(county: County, stop: Stop) -> str:
    """The address of a stop."""
    path = stop.path
    for name, value in stop.find(county).items():
        path = path.replace(f"{{{name}}}", value)
    if stop.query == "key":
        found = (
            first(_MESSAGES.c.key, name="key")(county)["key"].replace("~", "/").replace("@", "#")
        )
        path += f"?key={quote(found)}"
    return path
