"""The register on both databases: entered, searched, imported, and who gets in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

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
from models.organisations import Organisation
from models.people import Assignment, Person, Recusal
from portal import entry_links, import_register
from portal import register_reading as register
from portal.access import Seat, Visitor, looks_after
from portal.gate import NotAllowed
from portal.passwords import FREE_TRIES, check, set_password
from portal.sessions import open_session, open_sessions, revoke
from portal.sheets import read_sheets
from tests.excel_files import book

NOW, TODAY = datetime(2026, 1, 7, 4, tzinfo=UTC), date(2026, 1, 7)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SEAT = Seat(1, "office", "D", "督导室", "office", "C")
CLERK = Visitor("K", "某人", SEAT, (SEAT,), "s", TODAY)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A county with one school and its head, beside another county."""
    create(database_url)
    database = Database(database_url)
    entries = [  # in no order: what is above is entered first
        OrganisationEntry("S1", "马蹄镇中心小学", "primary", "T", "Z", facts={"pupils": 300}),
        OrganisationEntry("T", "马蹄镇", "township", "C"),
        OrganisationEntry("Z", "第一责任区", "zone", "C"),
        OrganisationEntry("D", "督导室", "office", "C"),
        OrganisationEntry("C", "示例县", "county", "P"),
        OrganisationEntry("E", "邻县", "county", "P"),
        OrganisationEntry("E1", "邻县小学", "primary", "E"),
        OrganisationEntry("P", "示例省", "province"),
    ]
    with database.writing() as connection:
        put_organisations(connection, new=entries)
        put_people(connection, new=[PersonEntry("H", "校长", phone="13900000001")])
        put_posts(connection, new=[PostEntry("H", "school", "S1")])
        set_password(connection, "H", "head", QUICK.hash("corridor-green-7"), NOW)
    yield database
    database.close()


def test_the_register_is_searched_within_the_subtree(database: Database) -> None:
    with database.reading() as connection:
        listed = register.organisations(connection, CLERK, "", "", 1)
        assert [row.code for row in listed.rows] == ["C", "D", "S1", "T", "Z"] and listed.total == 5
        assert register.organisations(connection, CLERK, "mtzz", "", 1).rows[0].code == "S1"
        assert register.organisations(connection, CLERK, "邻", "", 9).total == 0
        assert len(register.people(connection, CLERK, "1390", 1).rows) == 1
        assert register.posts_of_these(connection, CLERK, ["H"])["H"][0].code == "S1"
        assert register.called(connection, CLERK, "马蹄镇中心小学").code == "S1"
        assert register.called(connection, CLERK, "邻县小学") is None
        with pytest.raises(NotAllowed):
            register.organisation(connection, CLERK, "E1")


def test_a_post_elsewhere_takes_a_person_out_of_the_offices_hands(database: Database) -> None:
    with database.writing() as connection:
        assert looks_after(connection, CLERK, "H")
        put_posts(connection, new=[PostEntry("H", "school", "E1")])
        assert not looks_after(connection, CLERK, "H")
        end_post(connection, register.posts_at(connection, "E1")[0].id, date(2026, 1, 6))
        assert looks_after(connection, CLERK, "H")
        assert not looks_after(connection, CLERK, "nobody")


def test_who_leaves_holds_nothing_any_more(database: Database) -> None:
    with database.writing() as connection:
        leave(connection, "H", TODAY)
    with database.reading() as connection:
        post = connection.execute(select(Assignment.__table__)).one()
        person = connection.execute(select(Person.__table__)).one()
    assert (post.until, person.left_on) == (TODAY, TODAY)


def test_a_guesser_is_stopped_and_the_owner_comes_in_later(database: Database) -> None:
    for _ in range(FREE_TRIES):
        assert not check(database, "head", "wrong-password-1", NOW).person
    assert not check(database, "HEAD", "corridor-green-7", NOW).person
    assert check(database, "HEAD", "corridor-green-7", NOW + timedelta(minutes=2)).person == "H"


def test_a_login_name_is_had_once(database: Database) -> None:
    with database.writing() as connection:
        put_people(connection, new=[PersonEntry("X", "另一人")])
    with pytest.raises(IntegrityError), database.writing() as connection:
        set_password(connection, "X", "head", "hash", NOW)


def test_a_link_is_used_once_and_withdrawn_by_the_next(database: Database) -> None:
    with database.writing() as connection:
        first = entry_links.make(connection, ["H"], "K", NOW)["H"]
        second = entry_links.make(connection, ["H"], "K", NOW + timedelta(minutes=1))["H"]
        assert entry_links.use(connection, first, NOW + timedelta(minutes=2)) == ""
        assert entry_links.use(connection, second, NOW + timedelta(minutes=2)) == "H"
        assert entry_links.use(connection, second, NOW + timedelta(minutes=3)) == ""
        links = entry_links.of_person(connection, "H")
    later = NOW + timedelta(days=9)
    assert [entry_links.standing(link, later) for link in links] == ["used", "withdrawn"]


def test_sessions_are_opened_found_and_ended(database: Database) -> None:
    with database.writing() as connection:
        open_session(connection, "H", NOW, "电脑")
        open_session(connection, "H", NOW - timedelta(days=200), "电脑")
        assert len(open_sessions(connection, "H", NOW)) == 1
        open_session(connection, "H", NOW, "手机")  # and those of long ago are forgotten
        assert revoke(connection, NOW, person="H") == 2
        assert open_sessions(connection, "H", NOW) == []


def test_a_workbook_is_imported_and_changes_nothing_again(database: Database) -> None:
    units = [["单位代码", "单位名称", "单位类别", "上级单位代码"], ["S2", "新小学", "小学", "T"]]
    people = [["姓名", "手机", "身份", "单位代码"], ["新校长", "13900000002", "学校", "S2"]]
    grids = read_sheets(book({"单位": units, "人员": people}), list(import_register.SHEETS))
    with database.reading() as connection:
        plan = import_register.plan(connection, "C", grids, TODAY)
    assert plan.problems.found == [] and not plan.empty
    with database.writing() as connection:
        import_register.write(connection, plan.todo)
    with database.reading() as connection:
        again = import_register.plan(connection, "C", grids, TODAY)
        wanted = select(Organisation.__table__).where(Organisation.__table__.c.code == "S2")
        assert connection.execute(wanted).one().initials == "xxx"
    assert again.problems.found == [] and again.empty


def test_recusals_are_shown_to_the_office_that_looks_after_the_school(database: Database) -> None:
    with database.writing() as connection:
        for school in ("S1", "E1"):
            row = {"person": "H", "organisation": school, "reason": "亲属"}
            connection.execute(insert(Recusal.__table__).values(row))
        barred = register.barred_from(connection, CLERK, "H")
        assert [row.organisation for row in barred] == ["S1"]
        assert register.barred_at(connection, "S1")[0].name == "校长"
