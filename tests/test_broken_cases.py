"""One case that nobody can read any more: every other case goes on, what was owed for the broken
one is a person's task with its reason, and once it is mended nothing of it is missing. On both
databases.

    10 February   a case's row is spoilt (a failing disk, a hand in the database)
    11 February   the sweep; and every day until the 20th
    21 February   the row is put right again, and the office gives back what was not done
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from dudao.demo.year import sweep_plainly
from engine.apart import one_by_one_where_it_breaks
from engine.orders import give_back
from models.cases import Case
from models.deadlines import DeadlineRow
from models.messages import Message
from models.orders import OrderRow
from notifications.outbox import Outbox
from portal.pages.undone import TITLES_OF_WORK
from rules.orders import PRINT
from tasks.carrying import WORK
from tasks.house import House, live_in
from tests.portal_people import County, county_at, said

TODAY = date(2026, 2, 10)
OFFICE = "SLX-DD"
_CASES, _ORDERS, _MESSAGES = Case.__table__, OrderRow.__table__, Message.__table__
_DEADLINES = DeadlineRow.__table__


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return lived_until(TODAY)


@pytest.fixture
def county(county_until: Callable[..., County]) -> County:
    """Eight schools in the middle of their self-assessment."""
    return county_until(TODAY)


def sweeps(county: County, days: range) -> None:
    folder = county.desk.home
    with live_in(House(county.journal, folder, Outbox(folder / "outbox"))):
        for day in days:
            asyncio.run(sweep_plainly(county.now + timedelta(day)))


def spoil(county: County, case: str, text: str = "{") -> str:
    """Write over a case's state; what it was."""
    with county.database.writing() as connection:
        row = connection.execute(select(_CASES).where(_CASES.c.id == case)).one()
        # its head too: what a process has read it need not read again
        spoilt = update(_CASES).where(_CASES.c.id == case).values(state=text, head="0" * 64)
        connection.execute(spoilt)
    return row.state, row.head


def mend(county: County, case: str, was: tuple[str, str]) -> None:
    with county.database.writing() as connection:
        right = update(_CASES).where(_CASES.c.id == case).values(state=was[0], head=was[1])
        connection.execute(right)


def owes(county: County) -> str:
    """A case with something due in the days to come."""
    soon = _DEADLINES.c.next_on.between(TODAY, TODAY + timedelta(5))
    wanted = select(_DEADLINES.c.case).where(_DEADLINES.c.state == "armed", soon)
    with county.database.reading() as connection:
        cases = select(_CASES.c.id).where(_CASES.c.of == "case")
        found = connection.execute(wanted.where(_DEADLINES.c.case.in_(cases)))
        return min(found.scalars())


def told(county: County, *conditions) -> set[tuple]:
    wanted = select(_MESSAGES.c.case, _MESSAGES.c.name, _MESSAGES.c.person)
    with county.database.reading() as connection:
        found = connection.execute(wanted.where(_MESSAGES.c.owed_on > TODAY, *conditions))
        return {tuple(row) for row in found}


def orders(county: County, case: str, kind: str = "") -> Counter[str]:
    with county.database.reading() as connection:
        wanted = select(_ORDERS.c.state).where(_ORDERS.c.case == case)
        wanted = wanted.where(_ORDERS.c.body.contains(f'"kind":"{kind}"')) if kind else wanted
        return Counter(connection.execute(wanted).scalars())


def test_every_other_case_goes_on_and_the_broken_one_catches_up(
    county: County, february: Path, tmp_path: Path
) -> None:
    with county_at(february, tmp_path / "whole", TODAY) as whole:
        sweeps(whole, range(1, 11))
        expected = told(whole)
    broken = owes(county)
    was = spoil(county, broken)
    sweeps(county, range(1, 11))
    assert told(county) == {row for row in expected if row[0] != broken}

    mend(county, broken, was)
    sweeps(county, range(11, 12))
    assert {row[0] for row in told(county)} == {row[0] for row in expected}


def test_what_was_owed_for_it_is_failed_alone_with_a_reason_and_given_back(county: County) -> None:
    broken = owes(county)
    with county.database.writing() as connection:  # owed, and not yet carried out
        latest = select(_ORDERS.c.id).where(_ORDERS.c.case == broken).order_by(_ORDERS.c.seq)
        mine = connection.execute(latest).scalars().all()
        tells = _ORDERS.c.body.contains('"kind":"tell"')
        others = select(_ORDERS.c.id).where(_ORDERS.c.case != broken, tells)
        all_of = [*mine, *list(connection.execute(others.limit(20)).scalars())]
        again = update(_ORDERS).where(_ORDERS.c.id.in_(all_of)).values(state="open", outcome="")
        connection.execute(again)
    was = spoil(county, broken)
    sweeps(county, range(1, 2))
    told, rest = orders(county, broken, "tell"), orders(county, broken, "draft")
    assert set(told) == {"failed"} and set(rest) <= {"done"}  # a letter that lies there is done
    with county.database.reading() as connection:
        badly = select(_ORDERS.c.case).where(_ORDERS.c.state == "failed")
        assert set(connection.execute(badly).scalars()) == {broken}

    clerk = county.browser("O2")
    page = said(clerk.open("/undone"))
    assert "处理时出错（" in page and "交回重办" in page and "查看原因" in said(clerk.open("/"))

    mend(county, broken, was)
    clerk.open("/undone")
    clerk.send("/undone/again")
    assert f"{told['failed']}项已交回重办" in said(clerk.page) and county.woken == 1
    sweeps(county, range(2, 3))
    assert set(orders(county, broken)) == {"done"}
    assert "后台工作都办成了" in said(clerk.open("/undone"))


def test_what_is_to_come_of_every_other_case_is_foretold(county: County) -> None:
    clerk, school = county.browser("O2"), f"/cases/{owes(county).replace('/', '~')}"
    days = re.findall(r"on=([0-9-]{10})", clerk.open("/messages/ahead"))
    before = [clerk.open(f"/messages/ahead?on={on}") for on in days]
    spoil(county, owes(county))
    after = [clerk.open(f"/messages/ahead?on={on}") for on in days]
    assert any(school in page for page in before) and not any(school in page for page in after)
    rows = [
        [page.count("<tr><td") - page.count(school) for page in some] for some in (before, after)
    ]
    assert rows[0] == rows[1] and sum(rows[0]) > 5


def test_nobody_gives_back_another_offices_work_and_one_done_stays_done(county: County) -> None:
    with county.database.reading() as connection:
        one = connection.execute(select(_ORDERS.c.id).where(_ORDERS.c.state == "done")).scalar()
    assert give_back(county.database, OFFICE, [one]) == 0
    with county.database.writing() as connection:
        badly = update(_ORDERS).where(_ORDERS.c.id == one).values(state="failed")
        connection.execute(badly)
    assert give_back(county.database, "elsewhere") == 0
    assert give_back(county.database, OFFICE, ["other"]) == 0
    assert give_back(county.database, OFFICE, [one]) == 1


def test_every_work_there_is_has_a_name_in_chinese_on_the_page() -> None:
    assert TITLES_OF_WORK.keys() == {*WORK, PRINT}


# -- apart where it breaks ------------------------------------------------------------------------


def done_of(bad: set[int], many: int = 9) -> tuple[list[int], list[int]]:
    tried: list[int] = []

    def work(parts: list[int]) -> list[int]:
        tried.append(len(parts))
        if bad & set(parts):
            raise ValueError("unreadable")
        return list(parts)

    whole, alone = [], []
    for parts, came in one_by_one_where_it_breaks(range(many), work):
        (alone if isinstance(came, Exception) else whole).extend(parts)
    return whole, alone


@pytest.mark.parametrize("bad", [set(), {0}, {8}, {3, 4}, set(range(9))])
def test_each_part_comes_once_and_only_the_bad_ones_fail(bad: set[int]) -> None:
    whole, alone = done_of(bad)
    assert (sorted(whole), sorted(alone)) == (sorted(set(range(9)) - bad), sorted(bad))


@pytest.mark.parametrize(
    "trouble", [lambda: OperationalError("", {}, Exception()), lambda: OSError(28, "no space")]
)
def test_what_lies_in_the_machine_is_nobodys_failure(trouble: Callable[[], Exception]) -> None:
    def work(parts: list[int]) -> None:
        raise trouble()

    with pytest.raises((OperationalError, OSError)):
        list(one_by_one_where_it_breaks([1, 2], work))


def test_of_nothing_comes_nothing() -> None:
    assert list(one_by_one_where_it_breaks([], len)) == []
