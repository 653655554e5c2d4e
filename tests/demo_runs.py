"""Playing the demo in tests: in this process, or in children that are killed on the way."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from dudao.demo.run import Demo, play
from dudao.demo.summary import sum_up
from dudao.prefect_server import PrefectServer, prefect_environment, spoken_to
from models.database import Database

KILLED = -signal.SIGKILL


def demo(out: Path, database: str = "", **changes: Any) -> Demo:
    """A small demo without Prefect, as tests play it by default."""
    played = Demo(schools=8, seed=1, year=2026, out=out, database=database, prefect=False)
    return played._replace(**changes)


def summary(played: Demo, server: PrefectServer | None = None) -> dict[str, Any]:
    """Play to the end and sum up."""
    year = play(played, lambda day: None, server)
    try:
        return sum_up(year)
    finally:
        year.house.database.close()


@contextmanager
def killed_after(transactions: int) -> Iterator[None]:
    """Kill this very process with SIGKILL in the middle of its n-th writing transaction: before
    or after the commit by turns."""
    real = Database.writing
    count = 0

    @contextmanager
    def writing(database: Database, **how: Any) -> Iterator[Any]:
        nonlocal count
        count += 1
        dies = count == transactions
        with real(database, **how) as connection:
            yield connection
            if dies and transactions % 2:
                os.kill(os.getpid(), signal.SIGKILL)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)

    Database.writing = writing
    try:
        yield
    finally:
        Database.writing = real


def _child(played: Demo, transactions: int, server: PrefectServer | None) -> None:
    with killed_after(transactions):
        if server is None:
            play(played, lambda day: None).house.database.close()
            return
        home = server.log.parent
        os.environ.update(prefect_environment(home, server.api_url))
        with spoken_to(server, home):
            play(played, lambda day: None, server).house.database.close()


def walk_with_kills(
    played: Demo, every: int, most: int, server: PrefectServer | None = None
) -> int:
    """Play in children, each killed after ``every`` transactions and a few, until one lives to
    the end or ``most`` were killed. How many were killed.

    The children are forked from a process that has imported everything and done nothing.
    """
    children = multiprocessing.get_context("forkserver")
    children.set_forkserver_preload(["tests.demo_runs", "flows.keep_time"])
    if server is not None:  # a process that is running cannot be handed over, and need not be
        server = replace(server, process=None)
    for killed in range(most):
        child = children.Process(target=_child, args=(played, every + killed % 7, server))
        child.start()
        child.join()
        if child.exitcode != KILLED:
            assert child.exitcode == 0
            return killed
    return most
