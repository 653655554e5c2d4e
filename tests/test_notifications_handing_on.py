"""What waits for somebody is handed on when they leave or go away: a night, a standstill or a
server that refuses lies between owing and telling, and people change meanwhile."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Row, insert, select, update

from engine.deputies import name_deputy
from engine.writing import iso
from models.cases import Case
from models.messages import Attempt, Message
from models.people import Assignment, Person
from notifications.delivery import deliver
from notifications.handing_on import AWAY, LEFT, NOBODY, hand_on
from portal.ledgers.messages import free_failed
from tests.portal_people import County
from tests.told_ledger import Channel

TODAY = date(2026, 2, 10)
OFFICE = "SLX-DD"
_MESSAGES, _ATTEMPTS = Message.__table__, Attempt.__table__
_PEOPLE, _HELD, _CASES = Person.__table__, Assignment.__table__, Case.__table__


@pytest.fixture
def county(county_until: Callable[..., County]) -> County:
    """Eight schools in the middle of their self-assessment."""
    return county_until(TODAY)


@pytest.fixture
def waiting(county: County) -> Row:
    """An inspector's message that was not told yet."""
    first = select(_MESSAGES).where(_MESSAGES.c.role == "inspector").order_by(_MESSAGES.c.key)
    with county.database.writing() as connection:
        row = connection.execute(first).first()
        connection.execute(_ATTEMPTS.delete().where(_ATTEMPTS.c.message == row.key))
        held_back = update(_MESSAGES).where(_MESSAGES.c.key == row.key)
        connection.execute(held_back.values(state="open", tries=0, not_before=""))
    return row


def of_its_order(county: County, waiting: Row) -> dict[str, Row]:
    """By person, the messages of the same order."""
    wanted = select(_MESSAGES).where(_MESSAGES.c.order == waiting.order)
    with county.database.reading() as connection:
        return {row.person: row for row in connection.execute(wanted)}


def handed_on(county: County) -> int:
    return hand_on(county.database, county.journal.shelf, OFFICE, county.now)


def leaves(county: County, person: str) -> None:
    """One person, or everybody whose id begins so ("I%")."""
    with county.database.writing() as connection:
        gone = update(_PEOPLE).where(_PEOPLE.c.id.like(person))
        connection.execute(gone.values(left_on=TODAY))


def test_nothing_is_handed_on_while_people_are_there(county: County, waiting: Row) -> None:
    before = of_its_order(county, waiting)
    assert handed_on(county) == 0
    assert of_its_order(county, waiting) == before


def test_the_successor_is_told_what_the_predecessor_never_read(
    county: County, waiting: Row
) -> None:
    with county.database.writing() as connection:
        new = {"id": "I99", "name": "新督学", "mail": "", "phone": ""}
        connection.execute(insert(_PEOPLE), new)
        held = select(_HELD).where(_HELD.c.person == waiting.person, _HELD.c.role == "inspector")
        rows = [dict(row) for row in connection.execute(held).mappings()]
        for row in rows:
            row.pop("id", None)
        connection.execute(insert(_HELD), [row | {"person": "I99"} for row in rows])
    leaves(county, waiting.person)
    assert handed_on(county) == 1
    told = of_its_order(county, waiting)
    assert (told[waiting.person].state, told[waiting.person].reason) == ("skipped", LEFT)
    assert told["I99"].state == "open" and told["I99"].text.startswith("新督学，您好！")
    assert handed_on(county) == 0  # once
    channel = Channel()
    deliver(county.database, channel, OFFICE, county.now)
    assert [key for key in channel.sent if key.startswith(waiting.order)] == [told["I99"].key]


def test_where_nobody_follows_the_office_is_told_with_a_note(county: County, waiting: Row) -> None:
    leaves(county, "I%")
    assert handed_on(county) == 1
    told = of_its_order(county, waiting)
    assert told[waiting.person].reason == LEFT
    notes = [row.text for person, row in told.items() if person != waiting.person]
    assert any("没有在任人员，本消息转给督导室" in text for text in notes)


def test_whoever_leaves_while_a_delivery_is_under_way_is_no_reason_to_tell_nobody(
    county: County, waiting: Row
) -> None:
    assert handed_on(county) == 0
    leaves(county, "I%")
    assert deliver(county.database, Channel(), OFFICE, county.now) == {}
    assert of_its_order(county, waiting)[waiting.person].state == "open"
    assert handed_on(county) == 1
    assert deliver(county.database, Channel(), OFFICE, county.now)["sent"]


def test_where_there_is_nobody_left_at_all_it_has_failed_until_there_is_somebody(
    county: County, waiting: Row
) -> None:
    leaves(county, "%")
    assert handed_on(county) == 0
    lost = of_its_order(county, waiting)[waiting.person]
    assert (lost.state, lost.reason) == ("failed", NOBODY)
    with county.database.writing() as connection:  # the office has a clerk again
        connection.execute(update(_PEOPLE).where(_PEOPLE.c.id == "O2").values(left_on=None))
    assert free_failed(county.database, OFFICE, "交回重发", county.now) == 1
    assert handed_on(county) == 1
    assert "没有在任人员，本消息转给督导室" in of_its_order(county, waiting)["O2"].text


def test_one_case_nobody_can_read_keeps_the_others_handed_on(county: County, waiting: Row) -> None:
    with county.database.writing() as connection:
        others = select(_MESSAGES).where(
            _MESSAGES.c.role == "inspector", _MESSAGES.c.case != waiting.case
        )
        other = connection.execute(others.order_by(_MESSAGES.c.key)).first()
        connection.execute(_ATTEMPTS.delete().where(_ATTEMPTS.c.message == other.key))
        held_back = update(_MESSAGES).where(_MESSAGES.c.key == other.key)
        connection.execute(held_back.values(state="open", tries=0))
        spoilt = update(_CASES).where(_CASES.c.id == waiting.case)
        connection.execute(spoilt.values(state="{", head="0" * 64))
    leaves(county, "I%")
    assert handed_on(county) == 1
    assert of_its_order(county, waiting)[waiting.person].state == "open"
    assert of_its_order(county, other)[other.person].reason == LEFT


def test_whoever_is_away_by_now_has_it_taken_by_their_deputy(county: County, waiting: Row) -> None:
    span = (TODAY, TODAY + timedelta(7))
    name_deputy(county.database, waiting.person, "V1", span, waiting.person, county.now)
    assert handed_on(county) == 1
    told = of_its_order(county, waiting)
    assert told[waiting.person].reason == AWAY
    assert "外出，本消息由您代收" in told["V1"].text and told["V1"].state == "open"
    assert told["V1"].owed_on == TODAY


def test_from_tomorrow_on_is_not_today(county: County, waiting: Row) -> None:
    span = (TODAY + timedelta(1), TODAY + timedelta(7))
    name_deputy(county.database, waiting.person, "V1", span, waiting.person, county.now)
    assert handed_on(county) == 0


@pytest.mark.parametrize("state", ["begun", "sent", "delivered"])
def test_what_went_out_before_or_is_in_hand_is_told_to_nobody_else(
    county: County, waiting: Row, state: str
) -> None:
    tried = {"message": waiting.key, "number": 1, "channel": "mail", "begun_at": iso(county.now)}
    rest = {"ended_at": "", "state": state, "detail": "", "flow_run": ""}
    with county.database.writing() as connection:
        connection.execute(insert(_ATTEMPTS), tried | rest)
        again = update(_MESSAGES).where(_MESSAGES.c.key == waiting.key)
        connection.execute(again.values(tries=1))
    leaves(county, waiting.person)
    before = of_its_order(county, waiting)
    assert handed_on(county) == 0
    assert of_its_order(county, waiting) == before


def test_what_a_server_refused_for_now_is_handed_on(county: County, waiting: Row) -> None:
    deliver(county.database, Channel("later"), OFFICE, county.now, most=1)
    leaves(county, waiting.person)
    assert handed_on(county) == 1
    assert of_its_order(county, waiting)[waiting.person].reason == LEFT
