"""Processes forked from a stem: a killed one is replaced, and none outlives what it belongs to."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dudao.forking import TOO_OFTEN, Deaths

ROOT = Path(__file__).parents[1]
# A fork says who it is and then waits for whatever ends it.
WAITING = """
import os, signal, sys
from dudao.forking import Stem
def work():
    os.write(int(sys.argv[1]), f"{os.getpid()}\\n".encode())
    signal.pause()
sys.exit(Stem(work, 2).keep())
"""
DYING = """
import os, sys
from dudao.forking import Stem
sys.exit(Stem(lambda: os._exit(3), 2).keep())
"""


class Told:
    """What forks say, line by line; empty once none of them is left."""

    def __init__(self, end: int) -> None:
        self.end, self.rest = end, b""

    def next(self) -> int:
        """The number of the next fork that says it is there; 0 when nobody holds the pipe."""
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.end], [], [], 30)
            assert ready, "nobody says anything, and somebody holds the pipe"
            came = os.read(self.end, 4096)
            if not came:
                return 0
            self.rest += came
        line, _, self.rest = self.rest.partition(b"\n")
        return int(line)


@contextmanager
def stem() -> Iterator[tuple[subprocess.Popen[bytes], Told]]:
    """A stem with two forks."""
    mine, theirs = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, str(theirs)],
        stdin=subprocess.PIPE,
        pass_fds=(theirs,),
        cwd=ROOT,
    )
    os.close(theirs)
    try:
        yield process, Told(mine)
    finally:
        assert process.stdin
        with suppress(OSError):
            process.stdin.close()
        process.wait(30)
        os.close(mine)


def test_a_killed_fork_is_replaced_at_once() -> None:
    with stem() as (_, told):
        first, second = told.next(), told.next()
        os.kill(first, signal.SIGKILL)
        third = told.next()
        assert third not in (first, second)
        os.kill(second, 0)  # the other one was left alone


def test_whoever_is_asked_to_stop_leaves_nobody_behind() -> None:
    with stem() as (process, told):
        told.next(), told.next()
        process.send_signal(signal.SIGTERM)
        assert (told.next(), process.wait(30)) == (0, 0)


def test_a_killed_stem_takes_its_forks_along() -> None:
    with stem() as (process, told):
        told.next(), told.next()
        process.kill()
        assert told.next() == 0


def test_a_stem_ends_with_whoever_started_it() -> None:
    with stem() as (process, told):
        told.next(), told.next()
        assert process.stdin
        process.stdin.close()  # as when the parent is killed
        assert (told.next(), process.wait(30)) == (0, 0)


def test_forks_that_keep_dying_are_given_up() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DYING], stdin=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.wait(60) == 1


def test_a_few_deaths_are_no_reason_to_give_up() -> None:
    deaths = Deaths()
    for _ in range(TOO_OFTEN):
        deaths.count()
    assert not deaths.often
    deaths.count()
    assert deaths.often
