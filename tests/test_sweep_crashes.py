"""The sweep after ten days of standstill, killed at every commit, one by one: started again it
ends as if it had never been interrupted - the log, what is owed, the letters, the outbox.

    30 April    the county's machine stops, a week of holidays before it; two messages were still
                waiting, one for an inspector who leaves, one for one who goes away
    11 May      it is started, and everything that was due meanwhile is done
"""

import asyncio
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update

from dudao.demo.year import instant, sweep_plainly
from engine.deputies import name_deputy
from engine.orders import release
from models.cases import Case
from models.database import Database
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.letters import Letter
from models.messages import Attempt, Message
from models.orders import OrderRow
from models.people import Person
from notifications.delivery import LEASE
from notifications.handing_on import AWAY, LEFT
from tasks.house import House, live_in
from tests.portal_people import live_until, poured

STOPPED, STARTED = date(2026, 4, 30), instant(date(2026, 5, 11), time(7))
LATER = LEASE + timedelta(minutes=1)
# What must be the same; how often something was tried may differ.
COMPARED: dict[Any, tuple[str, ...]] = {
    StoredEvent: ("case", "seq", "hash"),
    Case: ("id", "head", "status", "state"),
    DeadlineRow: ("case", "seq", "key", "due_on", "next_on", "state", "missed", "level"),
    OrderRow: ("id", "state", "outcome"),
    Letter: ("order", "sha256", "path"),
    Message: ("key", "state", "subject", "text"),
}
_MESSAGES, _ATTEMPTS, _PEOPLE = Message.__table__, Attempt.__table__, Person.__table__


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = live_until(tmp_path_factory.mktemp("april"), STOPPED, schools=4)
    database = Database(str(folder / "dudao.db"))
    with database.writing() as connection:
        told = select(_MESSAGES).where(_MESSAGES.c.role == "inspector").order_by(_MESSAGES.c.key)
        by_person = {row.person: row.key for row in connection.execute(told)}
        (leaves, first), (away, second) = sorted(by_person.items())[:2]
        for key in (first, second):
            connection.execute(_ATTEMPTS.delete().where(_ATTEMPTS.c.message == key))
            waits = update(_MESSAGES).where(_MESSAGES.c.key == key)
            connection.execute(waits.values(state="open", tries=0))
        gone = update(_PEOPLE).where(_PEOPLE.c.id == leaves)
        connection.execute(gone.values(left_on=STOPPED))
    span = (STOPPED, date(2026, 5, 20))
    name_deputy(database, away, "V1", span, away, instant(STOPPED, time(12)))
    database.close()
    return folder


def swept(folder: Path, url: str, at: Any, fatal: int = 0) -> int:
    """A sweep, its process killed before the ``fatal``-th commit; how many commits there were."""
    commits = [0]
    house = House.at(folder, url, str)

    def committing(_: Any) -> None:
        commits[0] += 1
        if commits[0] == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(house.database.engine, "commit", committing)
    with live_in(house):
        release(house.database)
        asyncio.run(sweep_plainly(at))
    house.database.close()
    return commits[0]


def ended(folder: Path, url: str) -> dict[str, Any]:
    """All that is compared."""
    found: dict[str, Any] = {}
    database = Database(url)
    with database.reading() as connection:
        for model, names in COMPARED.items():
            columns = [model.__table__.c[name] for name in names]
            rows = connection.execute(select(*columns)).all()
            found[model.__tablename__] = sorted(map(tuple, rows), key=str)
    database.close()
    found["outbox"] = sorted(
        (str(path.relative_to(folder)), path.read_text("utf-8"))
        for path in (folder / "outbox").rglob("*.txt")
    )
    return found


def why_skipped(url: str) -> set[str]:
    """What the ledger says of those that were not sent."""
    database = Database(url)
    with database.reading() as connection:
        wanted = select(_MESSAGES.c.reason).where(_MESSAGES.c.state == "skipped")
        found = set(connection.execute(wanted).scalars())
    database.close()
    return found


def test_killed_at_every_commit_it_ends_as_if_nothing_had_been(
    stopped: Path, new_database: Callable[[], str], tmp_path: Path
) -> None:
    def county(name: str) -> tuple[Path, str]:
        folder = tmp_path / name
        shutil.copytree(stopped, folder)
        given = new_database()
        if not given.startswith("postgresql"):
            return folder, str(folder / "dudao.db")
        poured(stopped, given).close()
        return folder, given

    folder, url = county("whole")
    commits = swept(folder, url, STARTED)
    swept(folder, url, STARTED + LATER)
    whole = ended(folder, url)
    assert {LEFT, AWAY} <= why_skipped(url)
    assert commits >= 9 and whole["messages"] and {row[1] for row in whole["orders"]} == {"done"}
    children = multiprocessing.get_context("forkserver")
    children.set_forkserver_preload(["tests.test_sweep_crashes"])
    step = 1 if not url.startswith("postgresql") else 4  # a county is poured in for each
    for fatal in range(1, commits + 1, step):
        folder, url = county(f"killed-{fatal}")
        child = children.Process(target=swept, args=(folder, url, STARTED, fatal))
        child.start()
        child.join(60)
        assert child.exitcode == -signal.SIGKILL, fatal
        swept(folder, url, STARTED)
        swept(folder, url, STARTED + LATER)
        assert ended(folder, url) == whole, f"killed before commit {fatal} of {commits}"
        shutil.rmtree(folder)
