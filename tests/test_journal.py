"""One command, one transaction, once (law 1): by threads, by processes, and under the axe."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from engine.journal import Journal, Recorded
from engine.library import shipped_calendar
from models.cases import Case
from models.database import Database
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from rules.self_assessment import AcceptSelfAssessment
from rules.values import Refusal
from tests.county import (
    CLERK,
    HEAD,
    County,
    case_of,
    everything,
    raise_issue,
    salt,
    send_back,
    sound,
    submit,
)
from tests.rivals import COMMANDS, entries, three_at_once

CASES, EVENTS, PAYLOADS = Case.__table__, StoredEvent.__table__, Payload.__table__
DEADLINES = DeadlineRow.__table__
HERE = Path(__file__).parent.parent


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """A round of three schools, just opened."""
    county = County(database_url)
    yield county
    county.close()


def keys_recorded(database: Database, case: str) -> list[str]:
    """The keys of a case's commands, in the order they were recorded."""
    wanted = select(EVENTS.c.key).where(EVENTS.c.case == case, EVENTS.c.key.is_not(None))
    with database.reading() as connection:
        return list(connection.execute(wanted.order_by(EVENTS.c.seq)).scalars())


# -- once ------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_result_once(county: County) -> None:
    entry = county.entry("S1", submit(), HEAD, "handed in")
    first = county.journal.record(entry)
    assert first.events[0] == (7, "self_assessment.submitted") and not first.again
    before = everything(county.database)
    later = entry._replace(at=entry.at + timedelta(hours=3))
    assert county.journal.record(later) == first._replace(again=True)
    assert county.journal.record_batch([entry, entry]) == [first._replace(again=True)] * 2
    assert everything(county.database) == before


def test_the_same_key_twice_in_one_batch_is_recorded_once(county: County) -> None:
    entry = county.entry("S1", raise_issue(), CLERK, "seen")
    first, second = county.journal.record_batch([entry, entry])
    assert second == first._replace(again=True)
    assert keys_recorded(county.database, entry.case).count("seen") == 1


def test_keys_are_a_cases_own(county: County) -> None:
    batch = [county.entry(school, raise_issue(), CLERK, "seen") for school in ("S1", "S2")]
    assert [result.again for result in county.journal.record_batch(batch)] == [False, False]


def test_eight_threads_record_the_same_thing_once(county: County) -> None:
    given = [county.entry("S1", submit(), HEAD, "handed in") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(county.journal.record, given))
    assert sorted(result.again for result in results) == [False] + [True] * 7
    assert len({result.events for result in results}) == 1
    assert sound(county.database)


def test_eight_threads_at_one_case_lose_nothing(county: County) -> None:
    given = [county.entry("S1", raise_issue(), CLERK, f"seen {n}") for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(county.journal.record, given))
    assert all(isinstance(result, Recorded) and not result.again for result in results)
    items = {result.events for result in results}
    assert len(items) == 16
    assert sound(county.database)


def test_four_processes_record_what_they_share_once_and_their_own_all(county: County) -> None:
    names = ("north", "east", "south", "west")
    program = [sys.executable, "-m", "tests.rivals", "record", county.url, *names]
    ran = subprocess.run(program, cwd=HERE, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    wished = [entry.key for name in ("shared", *names) for entry in entries(name)]
    recorded = keys_recorded(county.database, case_of("S1"))
    assert sorted(recorded[1:]) == sorted(wished) and len(wished) == 5 * COMMANDS
    assert sound(county.database)


def test_one_who_looked_before_another_wrote_decides_again(county: County) -> None:
    beside = Journal(Database(county.url), shipped_calendar(), salt)
    county.do("S1", raise_issue(), CLERK)
    assert beside.record(county.entry("S1", submit(), HEAD)).events[0][1].endswith("submitted")
    again = county.journal.record(county.entry("S1", submit(), HEAD))
    assert isinstance(again, Refusal) and "已提交" in again.reason
    beside.database.close()
    assert sound(county.database)


# -- all or nothing --------------------------------------------------------------------------------


def test_a_refusal_changes_nothing(county: County) -> None:
    before = everything(county.database)
    for command, actor in [
        (AcceptSelfAssessment(stage="account"), CLERK),  # nothing was handed in
        (submit(), CLERK),  # not the office's to hand in
        (submit().model_copy(update={"stage": "no_such"}), HEAD),
        (raise_issue().model_copy(update={"stage": "account"}), CLERK),
    ]:
        refused = county.journal.record(county.entry("S1", command, actor))
        assert isinstance(refused, Refusal) and refused.reason.endswith("。")
    nowhere = county.entry("S9", submit(), HEAD)
    assert county.journal.record(nowhere) == Refusal("没有这个案卷，请核对。")
    assert everything(county.database) == before


def test_a_refusal_in_a_batch_concerns_only_itself(county: County) -> None:
    batch = [
        county.entry("S1", submit(), HEAD),
        county.entry("S1", submit(), HEAD),  # refused: it is there already
        county.entry("S2", AcceptSelfAssessment(stage="account"), CLERK),  # refused: none yet
        county.entry("S1", send_back(), CLERK),  # sees the first of this batch
        county.entry("S2", raise_issue(), CLERK),
    ]
    results = county.journal.record_batch(batch)
    assert [type(result) for result in results] == [Recorded, Refusal, Refusal, Recorded, Recorded]
    assert keys_recorded(county.database, case_of("S1"))[1:] == [batch[0].key, batch[3].key]
    assert keys_recorded(county.database, case_of("S2"))[1:] == [batch[4].key]
    assert sound(county.database)


def test_a_batch_leaves_what_one_by_one_leaves(new_database) -> None:
    left = []
    for at_once in (True, False):
        county = County(new_database())
        batch = [
            county.entry(school, command, actor)
            for command, actor in [(submit(), HEAD), (send_back(), CLERK), (submit(), HEAD)]
            for school in ("S1", "S2")
        ]
        for part in [batch] if at_once else [[entry] for entry in batch]:
            county.journal.record_batch(part)
        left.append(everything(county.database))
        county.close()
    assert left[0] == left[1]


def test_nothing_is_acknowledged_before_the_commit(county: County) -> None:
    before = everything(county.database)

    def fail(connection) -> None:
        raise RuntimeError("the disk is full")

    event.listen(county.database.engine, "commit", fail)
    with pytest.raises(RuntimeError, match="disk"):
        county.journal.record(county.entry("S1", submit(), HEAD, "handed in"))
    event.remove(county.database.engine, "commit", fail)
    assert everything(county.database) == before
    assert not county.journal.record(county.entry("S1", submit(), HEAD, "handed in")).again
    assert sound(county.database)


def test_killed_anywhere_it_did_all_or_nothing(county: County) -> None:
    program = [sys.executable, "-m", "tests.rivals", "be_killed", county.url]
    ran = subprocess.run(program, cwd=HERE, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    points = ran.stdout.splitlines()
    assert len(points) > 6
    left = {school: keys_recorded(county.database, case_of(school)) for school in ("S2", "S3")}
    assert left["S2"][1:] == left["S3"][1:]  # of one transaction, both or none
    # Past its last statement the batch was whole; then came one killed before its commit and one
    # after it.
    assert points[-2:] == ["commit 1", "after 1"]
    assert left["S2"][1:] == [points[-3], "after 1"]
    assert sound(county.database)
    for point in points:
        results = county.journal.record_batch(three_at_once(point))[1:]
        assert [result.again for result in results] == [point in left["S2"]] * 2
    assert sound(county.database)
