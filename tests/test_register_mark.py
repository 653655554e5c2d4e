"""Who is who is kept in memory, and is never older than the register."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, text

from engine.dossier import Directory, read_directory
from engine.erasure import ERASED_NAME, erase_person
from engine.register import (
    OrganisationEntry,
    PersonEntry,
    PostEntry,
    end_post,
    leave,
    put_organisations,
    put_people,
    put_posts,
)
from models.creation import create
from models.database import Database

TODAY = date(2026, 11, 20)
SCHOOL = OrganisationEntry("S1", "第一小学", "primary_school", "C1")
HEAD = PersonEntry("H1", "示例校长")

# What is done to the register, and what is then read of it.
CHANGES: dict[str, tuple[Callable[[Connection], object], Callable[[Directory], object]]] = {
    "a school is entered": (
        lambda c: put_organisations(
            c, [OrganisationEntry("S2", "第二小学", "primary_school", "C1")]
        ),
        lambda who: "S2" in who.organisations,
    ),
    "a school gets another name": (
        lambda c: put_organisations(c, changed=[SCHOOL._replace(name="实验小学")]),
        lambda who: who.organisations["S1"].name == "实验小学",
    ),
    "a school is merged into another": (
        lambda c: c.execute(
            text(
                "UPDATE organisations SET closed_on = '2026-08-31', successor = 'C1' "
                "WHERE code = 'S1'"
            )
        ),
        lambda who: who.organisations["S1"].successor == "C1",
    ),
    "a person is entered": (
        lambda c: put_people(c, [PersonEntry("P2", "新来的人")]),
        lambda who: who.people["P2"] == "新来的人",
    ),
    "a person gets another name": (
        lambda c: put_people(c, changed=[HEAD._replace(name="改名校长")]),
        lambda who: who.people["H1"] == "改名校长",
    ),
    "a second head": (
        lambda c: (put_people(c, [PersonEntry("H2", "副校长")]), put_posts(c, [_post("H2", 1)])),
        lambda who: who.held["school", "S1"] == ["H1", "H2"],
    ),
    "a post is given up": (
        lambda c: end_post(c, 1, TODAY),
        lambda who: who.held == {},
    ),
    "a person leaves": (lambda c: leave(c, "H1", TODAY), lambda who: who.assigned == ()),
    "a person is forgotten": (
        lambda c: erase_person(c, "H1", datetime(2026, 11, 20, tzinfo=UTC)),
        lambda who: who.people["H1"] == ERASED_NAME,
    ),
    "somebody deletes by hand": (
        lambda c: c.execute(text("DELETE FROM assignments")),
        lambda who: who.held == {},
    ),
}


def _post(person: str, rank: int = 0) -> PostEntry:
    return PostEntry(person, "school", "S1", rank)


@pytest.fixture
def register(database_url: str) -> Iterator[Database]:
    """A county with one school, its head known by name."""
    create(database_url)
    database = Database(database_url)
    with database.writing() as connection:
        put_organisations(connection, [OrganisationEntry("C1", "示例县", "county"), SCHOOL])
        put_people(connection, [HEAD])
        put_posts(connection, [_post("H1")])
    yield database
    database.close()


def now(database: Database) -> Directory:
    with database.reading() as connection:
        return read_directory(connection)


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_changed_is_seen_by_the_next_page(register: Database, what: str) -> None:
    change, seen = CHANGES[what]
    before = now(register)
    assert before.held == {("school", "S1"): ["H1"]}
    with register.writing() as connection:
        change(connection)
        assert seen(read_directory(connection))  # by whoever changes it too
    assert seen(now(register))
    assert not (what != "a person is entered" and seen(before))


def test_what_is_taken_back_was_never_so(register: Database) -> None:
    with pytest.raises(RuntimeError), register.writing() as connection:
        put_people(connection, changed=[HEAD._replace(name="改名校长")])
        assert read_directory(connection).people["H1"] == "改名校长"
        raise RuntimeError
    assert now(register).people["H1"] == HEAD.name


def test_an_unchanged_register_is_not_read_again(register: Database) -> None:
    before = now(register)
    with register.writing() as connection:  # every review sets that day
        connection.execute(text("UPDATE organisations SET last_evaluated_on = '2026-11-19'"))
    assert now(register) is before
    assert "last_evaluated_on" not in before.organisations["S1"]._mapping


def test_two_databases_at_once_are_told_apart(register: Database, new_database: Callable) -> None:
    other = Database(new_database())
    create(other)
    assert now(other).organisations == {}
    assert now(register).people == {"H1": HEAD.name}
    other.close()
