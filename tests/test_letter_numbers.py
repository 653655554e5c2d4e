"""The register of numbers (发文登记簿): no gap and no double, whoever issues at the same moment and
whatever breaks down in between."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, insert, select

from engine.journal import Entry, Journal, Recorded
from engine.letter_facts import next_number
from engine.library import shipped_calendar
from engine.replaying import replay
from engine.shelf import Shelf
from engine.writing import Writing
from models.database import Database
from rules.letter_life import TAKEN
from rules.letter_words import WithdrawLetter
from tests.county import CLERK, OFFICE, County, case_of, salt, sound
from tests.drafted_letters import (
    LETTERS,
    NAME,
    NUMBERS,
    OTHER,
    REASON,
    check,
    issued,
    letter,
    numbered,
    register,
    row,
    settle,
)


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    county = County(database_url)
    settle(county)
    yield county
    county.close()


def test_each_year_begins_at_one_and_a_withdrawn_number_is_not_given_again(county: County) -> None:
    issued(county)
    county.do("S1", WithdrawLetter(letter=NAME, form=REASON), CLERK)
    issued(county, 2, name=OTHER)
    county.until(date(2027, 1, 4))
    check(county, "S2")
    county.do("S2", numbered(1, year=2027), CLERK)
    years = [(year, number) for year, number, *_ in register(county)]
    assert years == [(2026, 1), (2026, 2), (2027, 1)] and sound(county.database)


def test_a_batch_counts_on_within_itself(county: County) -> None:
    for school in ("S1", "S2", "S3"):
        check(county, school)
    wishes = [county.entry(s, numbered(n), CLERK) for n, s in enumerate(("S1", "S2", "S3"), 1)]
    wrong = county.entry("S2", numbered(1, name=OTHER), CLERK)
    results = county.journal.record_batch([wishes[0], wrong, *wishes[1:]])
    assert [isinstance(result, Recorded) for result in results] == [True, False, True, True]
    assert [number for _, number, *_ in register(county)] == [1, 2, 3]
    again = county.journal.record_batch(wishes)
    assert all(isinstance(result, Recorded) and result.again for result in again)
    assert sound(county.database)


def test_a_crash_after_the_number_was_taken_leaves_no_gap(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(county)
    flush = Writing.flush

    def broken(self: Writing, connection) -> None:
        taken = connection.execute(select(NUMBERS.c.number)).scalars().all()
        assert taken == [1]
        raise RuntimeError("the machine stops")

    monkeypatch.setattr(Writing, "flush", broken)
    with pytest.raises(RuntimeError):
        county.journal.record(county.entry("S1", numbered(1), CLERK))
    monkeypatch.setattr(Writing, "flush", flush)
    assert register(county) == [] and letter(county).state == "checked"
    county.do("S1", numbered(1), CLERK)
    assert [number for _, number, *_ in register(county)] == [1] and sound(county.database)


WORKERS, EACH = 4, 6


def test_workers_who_issue_at_once_leave_neither_gap_nor_double(county: County) -> None:
    """Each has a connection of its own, as another process has; every third of its letters breaks
    down once between the number and the commit."""
    names = [f"{n:05}.0" for n in range(100, 100 + WORKERS * EACH)]
    where = {n: ("S1", "S2", "S3")[i % 3] for i, n in enumerate(names)}
    with county.database.writing() as connection:
        connection.execute(insert(LETTERS), [row(where[n], n) for n in names])
    for name in names:
        check(county, where[name], name)
    at = county.minute + timedelta(minutes=1)

    def work(worker: int) -> None:
        journal = Journal(Database(county.url), shipped_calendar(), salt)
        for place, name in enumerate(names[worker::WORKERS]):
            fails = place % 3 == 1
            while True:
                with journal.database.reading() as connection:
                    _, number = next_number(connection, OFFICE, 2026)
                entry = Entry(numbered(number, name=name), case_of(where[name]), CLERK, at, name)
                try:
                    result = (_Failing(journal) if fails else journal).record(entry)
                except _Broken:
                    fails = False
                    continue
                if isinstance(result, Recorded):
                    break
                assert result.reason == TAKEN
        journal.database.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        assert list(pool.map(work, range(WORKERS))) == [None] * WORKERS
    given = register(county)
    assert [number for _, number, *_ in given] == list(range(1, WORKERS * EACH + 1))
    assert sorted(name for *_, name in given) == names
    assert sound(county.database)


class _Broken(Exception):
    """The worker breaks down after its number was entered, before the commit."""


class _Failing:
    """A journal whose next transaction breaks down at its end."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def record(self, entry: Entry) -> None:
        with self.journal.database.writing() as connection:
            result = self.journal._write(connection, [entry])[0]
            entered = select(NUMBERS.c.letter).where(NUMBERS.c.letter == entry.key)
            written = connection.execute(entered).scalars().all()
            assert bool(written) == isinstance(result, Recorded)
            raise _Broken


def test_a_number_struck_from_the_register_is_found(county: County) -> None:
    issued(county)
    with county.database.writing() as connection:
        connection.execute(delete(NUMBERS))
    with county.database.reading() as connection:
        found = replay(connection, Shelf()).in_chinese()
    assert len(found) == 1 and "发文登记簿缺一行" in found[0]
