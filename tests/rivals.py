"""Processes beside the test: four that record at once, and one that is killed again and again.

A program of its own, which divides itself: nobody shares more than the database.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable

from sqlalchemy import event

from engine.journal import Entry, Journal
from engine.library import shipped_calendar
from models.database import Database
from rules.values import Refusal
from tests.county import CLERK, FIRST_MINUTE, HEAD, case_of, raise_issue, salt, submit

COMMANDS = 6
BATCH = ("S1", "S2", "S3")


def entries(name: str) -> list[Entry]:
    """Six issues for S1 under keys that begin with ``name``."""
    return [
        Entry(raise_issue(), case_of("S1"), CLERK, FIRST_MINUTE, f"{name} {n}")
        for n in range(COMMANDS)
    ]


def three_at_once(name: str) -> list[Entry]:
    """One batch for three schools: an account for the first, issues for the others."""
    commands = [(submit(), HEAD), (raise_issue(), CLERK), (raise_issue(), CLERK)]
    return [
        Entry(command, case_of(school), actor, FIRST_MINUTE, name)
        for school, (command, actor) in zip(BATCH, commands, strict=True)
    ]


def record_at_once(url: str, *names: str) -> None:
    """One process for each name; each records what all record under the same keys, and as much
    under keys of its own."""
    rivals = [_born(_record, url, name) for name in names]
    assert [os.waitpid(rival, 0)[1] for rival in rivals] == [0] * len(names)


def _record(url: str, name: str) -> None:
    journal = Journal(Database(url), shipped_calendar(), salt)
    for shared, own in zip(entries("shared"), entries(name), strict=True):
        for entry in (shared, own):
            result = journal.record(entry)
            assert not isinstance(result, Refusal) and len(result.events) > 1
    journal.database.close()


def be_killed(url: str) -> None:
    """Record a batch in one child after another, each killed two statements later than the last;
    prints how each ended: ``statement``, ``commit`` (killed before it), ``after`` it, ``whole``."""
    for point in range(1, 1000, 2):
        print(f"statement {point}")
        if not _killed(url, f"statement {point}"):
            break
    for where in ("commit 1", "after 1"):
        assert _killed(url, where)
        print(where)


def _killed(url: str, where: str) -> bool:
    return os.WIFSIGNALED(os.waitpid(_born(_live_until, url, where), 0)[1])


def _born(live: Callable[[str, str], None], url: str, name: str) -> int:
    """A child that does one thing; its number. What all need is read before."""
    shipped_calendar()
    child = os.fork()
    if child == 0:
        try:
            live(url, name)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def _live_until(url: str, where: str) -> None:
    journal = Journal(Database(url), shipped_calendar(), salt)
    what, left = where.split()[0], int(where.split()[1])

    def count(*told: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if what != "after":
        heard = {"statement": "after_cursor_execute", "commit": "commit"}[what]
        event.listen(journal.database.engine, heard, count)
    journal.record_batch(three_at_once(where))
    if what == "after":
        count()


if __name__ == "__main__":
    {"record": record_at_once, "be_killed": be_killed}[sys.argv[1]](*sys.argv[2:])
