"""The clock's sweep: every deadline that is due, once, the longest waiting first; and who reads
never waits for who writes."""

import gc
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from engine.deadlines import Due, due_deadlines, due_pages
from engine.resting import collector_at_rest
from models.database import TABLES, Database
from models.deadlines import DeadlineRow

DEADLINES = DeadlineRow.__table__
TODAY = date(2026, 3, 2)


def row(case: str, seq: int, days: int, state: str = "armed") -> dict:
    """A deadline to be looked at so many days from today."""
    day = TODAY + timedelta(days)
    return {
        "case": case,
        "seq": seq,
        "key": f"report/submit/{seq}",
        "office": "O",
        "who": "school",
        "due_on": day,
        "next_on": day,
        "state": state,
        "missed": False,
        "level": 0,
        "provisional": False,
        "reckoning": "{}",
    }


ROWS = [
    row("O/2026/S2", 3, 0),
    row("O/2026/S1", 9, -4),
    row("O/2026/S1", 10, -4),
    row("O/2026/S1", 11, -4, state="met"),
    row("O/2026/S3", 2, 1),
    row("O/2026/S2", 7, -9),
]
# The longest waiting first; of one case in the order in which they were armed (9 before 10).
EXPECTED = [("O/2026/S2", 7), ("O/2026/S1", 9), ("O/2026/S1", 10), ("O/2026/S2", 3)]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    TABLES.create_all(opened.engine)
    with opened.writing() as connection:
        connection.execute(insert(DEADLINES), ROWS)
    yield opened
    opened.close()


def test_what_is_due_comes_with_its_day(database: Database) -> None:
    with database.reading() as connection:
        first = due_deadlines(connection, TODAY, most=1)
    assert first == [Due("O/2026/S2", "report/submit/7", date(2026, 2, 21), "O", 7)]


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5])
def test_pages_of_any_size_hold_each_once(database: Database, most: int) -> None:
    pages = list(due_pages(database, TODAY, most))
    assert [(due.case, due.seq) for page in pages for due in page] == EXPECTED
    assert all(pages) and max(map(len, pages)) <= most


def test_what_is_moved_between_pages_does_not_come_again(database: Database) -> None:
    seen = []
    for page in due_pages(database, TODAY, 1):
        seen += [(due.case, due.seq) for due in page]
        with database.writing() as connection:
            later = update(DEADLINES).where(DEADLINES.c.seq == page[0].seq)
            connection.execute(later.values(next_on=TODAY + timedelta(2)))
    assert seen == EXPECTED


def test_nothing_due_has_no_page(database: Database) -> None:
    assert list(due_pages(database, TODAY - timedelta(30))) == []


def test_a_reader_never_waits_for_a_writer(database: Database) -> None:
    count = select(func.count()).select_from(DEADLINES)
    with database.writing() as writer:
        writer.execute(insert(DEADLINES), [row("O/2026/S4", 1, 0)])
        with database.reading() as reader:
            assert reader.execute(count).scalar() == len(ROWS)
    with database.reading() as reader:
        assert reader.execute(count).scalar() == len(ROWS) + 1


def test_the_collector_works_again_after_the_last_batch() -> None:
    with collector_at_rest():
        with collector_at_rest():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
