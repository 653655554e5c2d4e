"""The letters of a whole round, drafted by several processes at once: each letter by the function
that a flow would call, each process on connections of its own.

Nothing is remembered between two runs but what stands in the database and the folder of letters: a
run that is killed is started again and does what is left.
"""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from itertools import groupby
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import NamedTuple

from engine.orders import Outcome, claim_named, finish
from engine.owed_letters import Owed
from tasks.drafting import DRAFTED, FAILED, Came, draft, draft_again
from tasks.house import House, random_salt

AT_ONCE = 20  # letters of one errand, more where one case has more
WORTH_A_PROCESS = 1000  # letters that cost as much as starting one (two seconds)
HELD = "held"  # another has it in hand just now


class Round(NamedTuple):
    """Where letters are drafted: the house's folder, its database; ``at`` is now; ``anew``: those
    that nobody has touched once more, in the template that holds now."""

    home: Path
    url: str
    at: datetime
    anew: bool


class WorkerGone(RuntimeError):
    """A process was killed; the message says so in Chinese."""


def draft_round(round_: Round, letters: Sequence[Owed], processes: int = 0) -> Iterator[list[Came]]:
    """Draft letters, some at a time, and tell what came of each. ``processes``: 0 for as many as
    are worth starting, one for none but this. WorkerGone where one was killed."""
    errands = _errands(letters)
    processes = processes or min(_cores(), -(-len(letters) // WORTH_A_PROCESS))
    if processes <= 1 or len(errands) <= 1:
        home = House.at(round_.home, round_.url, random_salt)
        try:
            for errand in errands:
                yield _drafted(home, round_, errand)
        finally:
            home.database.close()
        return
    spawn = get_context("spawn")
    with ProcessPoolExecutor(processes, spawn, _move_in, (round_,)) as pool:
        try:
            asked = [pool.submit(_run, errand) for errand in errands]
            for done in as_completed(asked):
                yield done.result()
        except BrokenProcessPool:
            raise WorkerGone(
                "起草文书的一个进程中途没有了；已起草的都在，重新运行同一命令可接着办。"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _errands(letters: Sequence[Owed]) -> list[list[Owed]]:
    """The letters in small parts, those of one case together: its story is read once."""
    errands: list[list[Owed]] = []
    for _, of_case in groupby(letters, key=lambda one: one.claimed.case):
        if not errands or len(errands[-1]) >= AT_ONCE:
            errands.append([])
        errands[-1] += of_case
    return errands


# -- in a process of its own ---------------------------------------------------------------------

_here: list[tuple[House, Round]] = []


def _move_in(round_: Round) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us is asked, and ends us
    threading.Thread(target=_end_with_parent, name="tether", daemon=True).start()
    _here.append((House.at(round_.home, round_.url, random_salt), round_))


def _end_with_parent() -> None:
    """A pool whose process was killed would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _run(errand: list[Owed]) -> list[Came]:
    return _drafted(*_here[0], errand)


def _drafted(home: House, round_: Round, errand: list[Owed]) -> list[Came]:
    """Those that were drafted are looked after, the others drafted as their flow would: also where
    the letter is there and whoever drafted it did not live to say so."""
    known = [one.claimed for one in errand if one.letter and one.state == "done"]
    came = draft_again(home, known, round_.anew) if known else []
    owed = [one for one in errand if not one.letter or one.state != "done"]
    return came + _owed(home, round_.at, owed) if owed else came


def _owed(home: House, at: datetime, owed: list[Owed]) -> list[Came]:
    ids = [one.claimed.id for one in owed if one.state in ("open", "failed")]
    outcomes = draft(home, claim_named(home.database, ids, at))
    finish(home.database, outcomes, at)
    # Done, and its row is gone: there is nothing to be recorded of the order.
    outcomes += draft(home, [one.claimed for one in owed if one.state == "done"])
    came = {outcome.claimed.id: outcome for outcome in outcomes}
    return [_came(one.claimed.id, came.get(one.claimed.id)) for one in owed]


def _came(order: str, outcome: Outcome | None) -> Came:
    if outcome is None:
        return Came(order, HELD)
    return Came(order, DRAFTED) if outcome.state == "done" else Came(order, FAILED, outcome.outcome)
