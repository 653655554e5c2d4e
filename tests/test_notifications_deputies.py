"""外出代收: whoever is away is told through their deputy, with a note, and nobody is told twice."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, select, update

from dudao.demo.year import sweep_plainly
from engine.deputies import deputies_of, end_deputy, name_deputy, standing_in
from engine.shelf import Shelf
from models.messages import Message
from models.people import Person
from notifications.ahead import Ahead, Foresight
from notifications.outbox import Outbox
from notifications.recipients import Recipient
from notifications.standing_in import through_deputies
from tasks.house import House, live_in
from tests.portal_people import County, said

TODAY = date(2026, 2, 10)
WEEK = (TODAY, TODAY + timedelta(7))
OFFICE = "SLX-DD"
_MESSAGES, _PEOPLE = Message.__table__, Person.__table__


@pytest.fixture
def county(county_until: Callable[..., County]) -> County:
    """Eight schools in the middle of their self-assessment."""
    return county_until(TODAY)


def standing(county: County, on: date = TODAY) -> dict[str, str]:
    with county.database.reading() as connection:
        return standing_in(connection, on)


def named(county: County, person: str, deputy: str, span: tuple[date, date] = WEEK) -> None:
    name_deputy(county.database, person, deputy, span, person, county.now)


# -- who stands in -------------------------------------------------------------------------------


def test_from_the_first_day_to_the_last_and_not_after(county: County) -> None:
    named(county, "I01", "I02")
    days = {n: standing(county, TODAY + timedelta(n)) for n in (-1, 0, 7, 8)}
    assert days == {-1: {}, 0: {"I01": "I02"}, 7: {"I01": "I02"}, 8: {}}


def test_a_deputy_who_is_away_too_is_followed_and_a_circle_is_nobody(county: County) -> None:
    named(county, "I01", "I02")
    named(county, "I02", "I03")
    assert standing(county) == {"I01": "I03", "I02": "I03"}
    named(county, "I03", "I01")
    assert standing(county) == {}


def test_the_one_named_last_counts_and_one_who_left_is_none(county: County) -> None:
    named(county, "I01", "I02")
    named(county, "I01", "I03")
    assert standing(county) == {"I01": "I03"}
    with county.database.writing() as connection:
        gone = update(_PEOPLE).where(_PEOPLE.c.id == "I03")
        connection.execute(gone.values(left_on=TODAY))
    assert standing(county) == {"I01": "I02"}
    with county.database.reading() as connection:
        first = deputies_of(connection, "I01", TODAY)[0]
    assert end_deputy(county.database, "I01", first.id, county.now)
    assert not end_deputy(county.database, "I01", first.id, county.now)
    assert standing(county) == {}


NAMES = {"a": "甲", "b": "乙", "c": "丙"}


@pytest.mark.parametrize(
    ("told", "deputies", "found"),
    [
        (["a", "b"], {}, [("a", ""), ("b", "")]),
        (["a"], {"a": "c"}, [("c", "注意：甲外出，本消息由您代收，请代为办理或转告。")]),
        # who is told anyway is told once
        (["a", "b"], {"a": "b"}, [("b", "注意：甲外出，本消息由您代收，请代为办理或转告。")]),
        (
            ["a", "b"],
            {"a": "c", "b": "c"},
            [("c", "注意：甲、乙外出，本消息由您代收，请代为办理或转告。")],
        ),
    ],
)
def test_each_is_told_once_with_a_note_for_whom_else(told, deputies, found) -> None:
    people = [Recipient(person, "inspector", "Z") for person in told]
    through = through_deputies(people, deputies, NAMES)
    assert [(one.person, one.note) for one in through] == found


def looking_ahead(connection: Connection, first: date, last: date) -> list[Ahead]:
    found = Foresight(Shelf())(connection, OFFICE, first, last)
    return [one for day in found.days for one in found.messages(day.on)]


def test_what_is_placed_meanwhile_goes_to_the_deputy_as_was_foretold(county: County) -> None:
    first, away, last = (TODAY + timedelta(n) for n in (1, 15, 30))
    with county.database.reading() as connection:
        plain = looking_ahead(connection, first, last)
    days: dict[tuple[str, str], set[bool]] = {}
    for one in plain:
        for person in one.people:
            days.setdefault((one.case, person), set()).add(one.on <= away)
    # Somebody who would be told both while they are away and afterwards.
    case, person = min(pair for pair, when in days.items() if when == {True, False})
    named(county, person, "V1", (TODAY, away))
    with county.database.reading() as connection:
        foretold = looking_ahead(connection, first, last)
    expected = {(one.on, to) for one in foretold if one.case == case for to in one.people}
    folder = county.desk.home
    with live_in(House(county.journal, folder, Outbox(folder / "outbox"))):
        for day in range(1, 31):
            asyncio.run(sweep_plainly(county.now + timedelta(day)))
    wanted = select(_MESSAGES).where(_MESSAGES.c.case == case, _MESSAGES.c.owed_on > TODAY)
    with county.database.reading() as connection:
        told = connection.execute(wanted).all()
        name = connection.execute(select(_PEOPLE.c.name).where(_PEOPLE.c.id == person)).scalar()
    inside = [row for row in told if row.owed_on <= away]
    assert person not in {row.person for row in inside}
    notes = [row.text for row in inside if row.person == "V1"]
    assert notes and all(f"{name}外出，本消息由您代收" in text for text in notes)
    assert person in {row.person for row in told if row.owed_on > away}
    assert expected <= {(row.owed_on, row.person) for row in told}


# -- the page ------------------------------------------------------------------------------------


def test_one_names_a_colleague_and_takes_it_back(county: County) -> None:
    mine = county.browser("I01")
    mine.open("/deputies")
    choice = {"deputy": "I02", "first": str(WEEK[0]), "last": str(WEEK[1])}
    mine.send("/deputies", 303, **choice)
    assert standing(county) == {"I01": "I02"}
    page = mine.open("/deputies")
    assert "代收" in said(page) and "取消" in page
    mine.send("/deputies/end", 303)
    assert standing(county) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"deputy": "H0003"},  # no colleague
        {"deputy": "I01"},  # oneself
        {"first": "2026-02-09"},
        {"last": "2026-02-09"},
        {"last": "2028-02-09"},
        {"first": "明天"},
        {"first": "9999-12-31", "last": "9999-12-31"},
    ],
)
def test_what_cannot_be_is_refused(county: County, wrong: dict[str, str]) -> None:
    mine = county.browser("I01")
    mine.open("/deputies")
    choice = {"deputy": "I02", "first": str(WEEK[0]), "last": str(WEEK[1])}
    mine.send("/deputies", 422, **(choice | wrong))
    assert standing(county) == {}


def test_the_office_names_one_for_its_people_and_nobody_else_does(county: County) -> None:
    office, other = county.browser("O2"), county.browser("I02")
    office.open("/deputies?person=I01")
    choice = {"deputy": "I02", "first": str(WEEK[0]), "last": str(WEEK[1])}
    office.send("/deputies", 303, **choice)
    assert standing(county) == {"I01": "I02"}
    other.open("/deputies?person=I01", 403)
    other.open("/deputies")
    other.send("/deputies", 403, person="I01", **(choice | {"deputy": "I03"}))
    assert standing(county) == {"I01": "I02"}
