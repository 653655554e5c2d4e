"""Playing the demo in tests: in this process, or in children that are killed on the way."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dudao.demo.run import Demo, play
from dudao.demo.summary import sum_up
from models.database import Database

KILLED = -signal.SIGKILL


def demo(out: Path, database: str = "", **changes: Any) -> Demo:
    """A small demo without Prefect, as tests play it by default."""
    played = Demo(schools=8, seed=1, year=2026, out=out, database=database, prefect=False)
    return played._replace(**changes)


def summary(played: Demo) -> dict[str, Any]:
    """Play to the end and sum up."""
    year = play(played, lambda day: None)
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
    def writing(database: Database) -> Iterator[Any]:
        nonlocal count
        count += 1
        dies = count == transactions
        with real(database) as connection:
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


def _child(played: Demo, transactions: int) -> None:
    with killed_after(transactions):
        play(played, lambda day: None).house.database.close()


def walk_with_kills(played: Demo, every: int, most: int) -> int:
    """Play in children, each killed after ``every`` transactions and a few, until one lives to
    the end or ``most`` were killed; then play the rest undisturbed. How many were killed."""
    fork = multiprocessing.get_context("fork")
    for killed in range(most):
        child = fork.Process(target=_child, args=(played, every + killed % 7))
        child.start()
        child.join()
        if child.exitcode != KILLED:
            assert child.exitcode == 0
            return killed
    play(played, lambda day: None).house.database.close()
    return most
