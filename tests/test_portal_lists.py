"""Every list page of the portal, as the benchmark of fifteen thousand organisations asks for it: it
opens, and no question it asks of the database looks through a whole ledger."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from benchmarks.measured.list_pages import Listed, People, lists
from notifications.catalogue import MESSAGES
from portal.pages import ROUTERS
from tests.portal_people import County, county_at, live_until

WHO = People(department="DCZ", inspector="I01", school="H0001")
# What grows with the schools, or with what happens in them.
LONG = {"cases", "deadlines", "events", "evidence", "evidence_uses", "issues", "letters"}
LONG |= {"messages", "orders", "payloads", "scores", "visits", "attempts"}
IN_ORDER = "events_by_time"  # read from its end, a page of it
NO_LISTS = {"/account", "/api/v1/docs", "/connections", "/feeds"}
NO_LISTS |= {
    "/log/verify",
    "/login",
    "/login/first",
    "/login/single",
    "/login/single/back",
    "/messages/one",
}
NO_LISTS |= {"/numbers/table", "/people/imports/register/present", "/people/new", "/templates/tags"}
LISTS = [one for one in lists(WHO) if "/rounds/SLX-DD~shaanxi-316~2025" not in one.path]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """Twelve schools in May. Without statistics SQLite takes for fifteen thousand the same ways."""
    source = live_until(tmp_path_factory.mktemp("may"), date(2026, 5, 12), schools=12)
    with county_at(source, tmp_path_factory.mktemp("lists"), date(2026, 5, 13)) as county:
        county.desk.messages = MESSAGES
        yield county


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Whatever is asked of SQLite meanwhile."""
    asked: list[str] = []

    def listen(connection: Any, *_: Any) -> None:
        connection.set_trace_callback(asked.append)

    event.listen(Pool, "checkout", listen)
    try:
        yield asked
    finally:
        event.remove(Pool, "checkout", listen)


def looked_through(file: Path, asked: list[str]) -> list[str]:
    """The steps by which a whole ledger would be read, with the question."""
    found = []
    with sqlite3.connect(file) as connection:
        for question in asked:
            if not question.startswith(("SELECT", "WITH")):
                continue
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {question}"):
                words = step.split()
                if words[0] == "SCAN" and words[1] in LONG and words[-1] != IN_ORDER:
                    found.append(f"{step}: {question}")
    return found


@pytest.mark.parametrize("listed", LISTS, ids=lambda one: f"{one.person or 'public'} {one.path}")
def test_a_list_looks_through_no_ledger(county: County, listed: Listed) -> None:
    browser = county.browser(listed.person)
    with overheard() as asked:
        browser.open(listed.path)
    assert any(question.startswith("SELECT") for question in asked)
    assert looked_through(county.desk.home / "dudao.db", asked) == []


# What is rare is found by an index of its own; by day a province's year would be read to its end.
RARE = {
    "/messages?kind=follow_up_visit.overdue": "messages_by_name",
    "/messages?state=skipped": "messages_skipped",
    "/messages?state=failed": "messages_in_trouble",
    "/messages?state=trouble": "messages_in_trouble",
    "/messages?person=督学": "messages_of_person",
    "/log?person=督学": "events_by_actor",
}


@pytest.mark.parametrize("path", RARE)
def test_what_is_rare_is_found_by_an_index_of_its_own(county: County, path: str) -> None:
    with overheard() as asked:
        county.browser(WHO.office).open(path)
    with sqlite3.connect(county.desk.home / "dudao.db") as connection:
        steps = [
            step
            for question in asked
            if question.startswith(("SELECT", "WITH"))
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {question}")
        ]
    assert any(RARE[path] in step for step in steps), steps


def test_the_benchmark_asks_for_every_list_there_is() -> None:
    """A page added tomorrow is asked for, or said here to be none: what has no places in its path
    lists something, as a rule."""
    asked = {one.path.partition("?")[0] for one in LISTS}
    pages = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if "GET" in route.methods and "{" not in route.path and "." not in route.path
    }
    assert pages - asked == NO_LISTS
