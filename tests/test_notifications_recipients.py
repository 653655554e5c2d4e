"""Who is told: roles become the people who hold them, once each, and never those who have left."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import delete, update

from engine.dossier import read_dossier
from models.orders import OrderRow
from models.organisations import Organisation
from models.people import Assignment, Person
from notifications.recipients import NobodyToTell, Recipient, recipients
from rules import on_site_review as review
from rules.case_words import AnswerPlan
from rules.issue_list.words import RaiseIssue
from rules.messages import Finding
from rules.orders import Order
from rules.values import Actor
from tests.told_year import OFFICE, ToldYear

TEAM = ("inspector-1", "inspector-2", "inspector-3")
_ASSIGNED, _PEOPLE = Assignment.__table__, Person.__table__


@pytest.fixture
def year(database_url: str) -> Iterator[ToldYear]:
    """Three schools in January."""
    opened = ToldYear(database_url, "shaanxi_316.yaml", "O", date(2026, 1, 5), tells=False)
    yield opened
    opened.database.close()


def told(year: ToldYear, subject: str, *roles: str, stage: str = "issue_list", item: str = ""):
    """The recipients of an order to these roles."""
    order = Order(
        flow="issue_list",
        kind="tell",
        name="issue_list.opened",
        stage=stage,
        to=roles,
        about={"item": item},
    )
    with year.database.reading() as connection:
        dossier = read_dossier(connection, year.journal.shelf, year.case(subject))
        return recipients(dossier, order)


def change(year: ToldYear, statement) -> None:
    """What the office changed in its registers."""
    with year.database.writing() as connection:
        connection.execute(statement)


# whose case ("" is the round's own), role, who is told
ROLES = [
    ("S1", "school", ["school-1", "clerk-1"]),  # all of them, first in rank first
    ("S1", "inspector", ["inspector-1"]),  # through its zone
    ("S3", "inspector", ["inspector-2"]),  # its own
    ("S1", "office", ["office-1"]),
    ("S1", "township", ["town-1"]),
    ("S1", "schools", ["school-1", "clerk-1", "school-2", "school-3"]),  # the whole township
    ("S1", "government", ["county-1"]),
    ("S1", "superior", ["city-1"]),
    ("S1", "unit:CZ", ["money-1"]),
    ("S1", "public", ["public"]),
    ("S1", "department", []),  # no issue that another unit must solve: nobody is meant
    ("S1", "system", []),
    # the round itself speaks to all its schools and all who stand over them, once each
    ("", "school", ["school-1", "clerk-1", "school-2", "school-3"]),
    ("", "inspector", ["inspector-1", "inspector-2"]),
    ("", "township", ["town-1"]),
    ("", "superior", ["city-1"]),
]


def test_a_role_is_the_people_who_hold_it(year):
    for subject, role, people in ROLES:
        found = told(year, subject, role)
        assert [one.person for one in found] == people, (subject, role)
        assert not any(one.note for one in found)


def test_an_issue_is_told_to_the_department_that_can_solve_it_and_not_where_the_school_can(year):
    for unit in ("CZ", "school"):
        finding = Finding(basis="A6.1.1", unit=unit, text="1")
        form = {"findings": {"1": "校舍老化"}}
        year.do("S1", RaiseIssue(stage="issue_list", finding=finding, form=form), OFFICE)
    assert [r.person for r in told(year, "S1", "department", item="1")] == ["money-1"]
    assert told(year, "S1", "department", item="2") == []


def test_a_team_is_told_as_it_stands_without_those_who_left(year):
    year.until(date(2026, 3, 2))
    picked = AnswerPlan(stage="planning", number=1, answer="selected", week=date(2026, 4, 13))
    year.do("S1", picked, Actor("system", "system"))
    appoint = review.words.AppointTeam(stage="on_site_review", lead=TEAM[0], members=TEAM)
    year.do("S1", appoint, OFFICE)
    change(
        year,
        update(_PEOPLE).where(_PEOPLE.c.id == "inspector-2").values(left_on=date(2026, 3, 1)),
    )
    found = told(year, "S1", "team", stage="on_site_review")
    assert [one.person for one in found] == ["inspector-1", "inspector-3"]


def test_a_person_with_two_roles_is_told_once_in_the_first(year):
    row = {"person": "inspector-1", "role": "office", "organisation": "O", "rank": 3}
    change(year, _ASSIGNED.insert().values(row))
    found = told(year, "S1", "inspector", "office", "inspector")
    assert found == [
        Recipient("inspector-1", "inspector", "Z"),
        Recipient("office-1", "office", "O"),
    ]


def test_who_has_left_is_not_told(year):
    change(year, update(_PEOPLE).where(_PEOPLE.c.id == "school-1").values(left_on=date(2026, 1, 1)))
    assert [one.person for one in told(year, "S1", "school")] == ["clerk-1"]


def test_who_gave_the_role_up_is_not_told(year):
    change(
        year,
        update(_ASSIGNED).where(_ASSIGNED.c.person == "clerk-1").values(until=date(2026, 1, 1)),
    )
    assert [one.person for one in told(year, "S1", "school")] == ["school-1"]


def test_where_nobody_holds_the_role_the_office_is_told_with_a_note(year):
    change(year, delete(_ASSIGNED).where(_ASSIGNED.c.person == "town-1"))
    found = told(year, "S1", "township")
    assert [(one.person, one.role) for one in found] == [("office-1", "office")]
    assert found[0].note == "注意：马蹄镇没有在任人员，本消息转给督导室，请转告并补录人员。"


def test_one_school_of_many_without_people_is_named_in_the_note(year):
    change(year, delete(_ASSIGNED).where(_ASSIGNED.c.organisation == "S2"))
    found = told(year, "", "school", "office")
    assert [one.person for one in found] == ["school-1", "clerk-1", "school-3", "office-1"]
    assert "民新小学没有在任人员" in found[-1].note


def test_a_county_under_no_city_tells_its_office(year):
    organisations = Organisation.__table__
    change(year, update(organisations).where(organisations.c.code == "C").values(parent=None))
    found = told(year, "S1", "superior")
    assert [one.person for one in found] == ["office-1"]
    assert "上级督导机构没有在任人员" in found[0].note


def test_where_there_is_nobody_in_the_office_either_the_order_fails_with_the_reason(year):
    for person in ("town-1", "office-1"):
        change(year, delete(_ASSIGNED).where(_ASSIGNED.c.person == person))
    with pytest.raises(NobodyToTell) as failure:
        told(year, "S1", "township")
    assert str(failure.value) == (
        "马蹄镇没有在任人员，示例县督导室也没有工作人员，消息无法送出，请补录人员。"
    )


def test_placing_an_order_again_changes_nothing(year):
    assert year.place_owed() > 0
    once = [tuple(row) for row in year.messages()]
    with year.database.writing() as connection:
        orders = OrderRow.__table__
        connection.execute(update(orders).values(leased_until=""))
    assert year.place_owed() == len(once)
    assert [tuple(row) for row in year.messages()] == once


def test_a_closed_school_of_the_township_is_not_told(year):
    organisations = Organisation.__table__
    change(
        year,
        update(organisations)
        .where(organisations.c.code == "S2")
        .values(closed_on=date(2026, 1, 1)),
    )
    assert "school-2" not in [one.person for one in told(year, "S1", "schools")]


def test_the_notes_and_names_reach_the_text_cleaned(year):
    organisations = Organisation.__table__
    bad = "{{ 7*7 }}<b>马蹄\x1b[31m小学\u202e\r\n" + "很长" * 60
    change(year, update(organisations).where(organisations.c.code == "S1").values(name=bad[:120]))
    change(year, delete(_ASSIGNED).where(_ASSIGNED.c.organisation == "S1"))
    order = Order(
        flow="issue_list",
        kind="tell",
        name="issue_list.opened",
        stage="issue_list",
        to=("school",),
        about={"event": "opened"},
    )
    year.place(year.case("S1"), [(1, order)])
    (row,) = year.messages("issue_list.opened")
    assert "{{ 7*7 }}<b>马蹄" in row.text  # said as it is, and not obeyed
    assert row.person == "office-1" and "没有在任人员" in row.text
    assert (row.text + row.subject).replace("\n", "").isprintable()
    assert len(row.subject) <= 40 and len(row.text) <= 500
