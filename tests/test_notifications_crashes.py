"""A worker is killed (SIGKILL) at every commit and every letter of a delivery, one by one, and
started again: nothing is lost, nothing goes twice, and only what hung in the air is unknown."""

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from models.database import Database
from notifications.delivery import LEASE, deliver
from notifications.outbox import Outbox
from notifications.post import Post
from notifications.sender import Outgoing, SendResult
from portal.ledgers.messages import free
from tests.mail_server import MailServer, mail_server
from tests.told_ledger import ATTEMPTS, MESSAGES, states
from tests.told_post import ledger, live, post, shanghai

MORNING = "2026-03-23 08:00"
PEOPLE, EACH = 3, 2
ALL = PEOPLE * EACH


class Killing:
    """Dies at the step asked for: before a commit, before a letter, after a letter. It writes down
    every step before it dies, so that a run without a death says how many there are."""

    def __init__(self, at: int, log: Path) -> None:
        self.left, self.log = at, log

    def step(self, *_: Any) -> None:
        with self.log.open("a") as log:
            log.write(".")
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, send: Callable[[Outgoing], SendResult]) -> Callable[[Outgoing], SendResult]:
        def sending(message: Outgoing) -> SendResult:
            self.step()
            result = send(message)
            self.step()
            return result

        return sending


def one_delivery(url: str, folder: Path, port: int, at: int, log: Path) -> None:
    """A worker of its own: one delivery, in which it dies at a step (0: it does not). Without a
    port it writes to the outbox."""
    killing, database = Killing(at, log), Database(url)
    event.listen(database.engine, "commit", killing.step)
    sender: Post | Outbox = post(folder, port) if port else Outbox(folder)
    for way in [way for _, way in sender.ways] if isinstance(sender, Post) else [sender]:
        way.send = killing.around(way.send)
    deliver(database, sender, "O", shanghai(MORNING))
    database.close()


def lived(url: str, folder: Path, port: int, at: int) -> int:
    """The steps a worker came to."""
    log = folder / "steps"
    log.unlink(missing_ok=True)
    # Forked from a process that has imported the rooms and done nothing: in this one, threads of
    # other tests may run.
    children = multiprocessing.get_context("forkserver")
    children.set_forkserver_preload(["tests.test_notifications_crashes"])
    worker = children.Process(target=one_delivery, args=(url, folder / "out", port, at, log))
    worker.start()
    worker.join(60)
    assert worker.exitcode == (-signal.SIGKILL if at else 0)
    return len(log.read_text())


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def rows(database: Database) -> list[tuple[str, str, int]]:
    with database.reading() as connection:
        found = connection.execute(select(MESSAGES).order_by(MESSAGES.c.key))
        return [(row.key, row.state, row.tries) for row in found]


def test_killed_at_any_step_over_mail_nothing_is_lost_and_nothing_goes_twice(
    new_database: Callable[[], str], server: MailServer, tmp_path: Path
) -> None:
    url = new_database()
    ledger(url, PEOPLE, EACH).close()
    steps = lived(url, tmp_path, server.port, 0)
    assert steps >= 2 + 2 * PEOPLE and len(server.taken) == PEOPLE  # commits, and each letter
    seen = Counter()
    for at in range(1, steps + 1):
        server.taken.clear()
        url = new_database()
        database = ledger(url, PEOPLE, EACH)
        lived(url, tmp_path, server.port, at)
        again = post(tmp_path, server.port)
        deliver(database, again, "O", shanghai(MORNING) + LEASE + timedelta(minutes=1))
        live(database, again, "2026-03-23 09:00", 5)
        assert set(server.ids.values()) <= {1}, at
        ended = states(database)
        seen.update(ended.keys())
        assert ended.get("sent", 0) + ended.get("unknown", 0) == ALL, at
        assert EACH * len(server.taken) >= ended.get("sent", 0), at
        # What hung in the air is for a person to judge: given back, it goes out by its old name.
        for key, state, tries in rows(database):
            if state == "unknown":
                assert free(database, key, tries, "核对后重发", shanghai("2026-03-23 14:00"))
        live(database, again, "2026-03-23 14:30", 2)
        assert states(database) == {"sent": ALL}, at
        assert len(server.ids) == PEOPLE and max(server.ids.values()) <= 2, at
        database.close()
    assert seen.keys() == {"sent", "unknown"}


def test_killed_at_any_step_over_the_outbox_it_ends_as_if_it_had_never_been(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    url = new_database()
    ledger(url, PEOPLE, EACH).close()
    steps = lived(url, tmp_path, 0, 0)
    assert steps >= 2 + 2 * ALL
    for at in range(1, steps + 1):
        home = tmp_path / str(at)
        home.mkdir()
        url = new_database()
        database = ledger(url, PEOPLE, EACH)
        lived(url, home, 0, at)
        later = shanghai(MORNING) + LEASE + timedelta(minutes=1)
        for _ in range(2):
            deliver(database, Outbox(home / "out"), "O", later)
        assert states(database) == {"sent": ALL}, at
        pages = [page.read_text("utf-8") for page in (home / "out").rglob("*.txt")]
        assert sum(page.count("—— 消息编号") for page in pages) == ALL, at
        with database.reading() as connection:
            tried = connection.execute(select(ATTEMPTS.c.state)).scalars().all()
        assert "begun" not in tried and tried.count("sent") == ALL, at
        database.close()
