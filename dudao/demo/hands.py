"""Two more pairs of hands: the letters and the messages of a day are made in processes of their own
while people act and the next day dawns, so that a year of 500 schools takes both cores.

The year itself stays in one process: it takes every order, does the work that goes on record, and
alone says what came of each. Letters and messages leave no mark in the log. A demo that is killed
takes its hands with it; what they had in hand is done again.
"""

import multiprocessing
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection as Pipe

from sqlalchemy.exc import SQLAlchemyError

from dudao.demo.year import sweep_plainly
from engine.orders import Claimed, Outcome, claim, finish
from tasks.carrying import WORK, waiting
from tasks.house import House, live_in
from tasks.letters import draft_letters
from tasks.messages import mail, place_messages, send_messages
from tasks.timekeeping import pass_deadlines

FEWEST = 30  # schools below which starting two processes costs more than they save


class HandsFailed(RuntimeError):
    """A letter or a message process failed or is gone; the message says so in Chinese."""

    def __init__(self, what: str) -> None:
        super().__init__(f"制作文书和消息的进程{what}；已办的都在，加 --resume 可接着办。")


class Hands:
    """The two processes, and what each has in hand. ``furnish`` opens a house of its own there."""

    def __init__(self, house: House, furnish: Callable[[], House]) -> None:
        self.house = house
        self.pipes: dict[str, Pipe] = {}
        self.since: datetime | None = None
        fork = multiprocessing.get_context("fork")
        for kind, work in (("draft", _draft), ("tell", _tell)):
            ours, theirs = fork.Pipe()
            # Each closes the other's end: a pipe whose year is gone must end, and its process too.
            arguments = (furnish, work, theirs, [ours, *self.pipes.values()])
            fork.Process(target=_work, args=arguments, daemon=True).start()
            theirs.close()
            self.pipes[kind] = ours

    async def sweep(self, at: datetime) -> None:
        """What `sweep_plainly` does, the papers of the day being left to the hands."""
        pass_deadlines.fn(at)  # the hands may still be busy with yesterday's papers
        self.put_down()
        taken: dict[str, list[Claimed]] = {"draft": [], "tell": []}
        while owed := waiting(at):
            for backlog in owed:
                claimed = claim(self.house.database, backlog.flow, backlog.office, at)
                work = [order for order in claimed if order.order.kind == "work"]
                done = [WORK[order.order.name].fn(order, at) for order in work]
                finish(self.house.database, done, at)
                for kind, orders in taken.items():
                    orders += [order for order in claimed if order.order.kind == kind]
        for kind, orders in taken.items():
            try:
                self.pipes[kind].send((orders, at))
            except ConnectionError:
                raise HandsFailed("中途没有了") from None
        self.since = at

    def put_down(self) -> None:
        """Wait until the hands are empty, and put on record what came of each order."""
        if self.since is None:
            return
        for pipe in self.pipes.values():
            try:
                outcomes = pipe.recv()
            except (EOFError, ConnectionError):
                raise HandsFailed("中途没有了") from None
            if isinstance(outcomes, Exception):
                raise outcomes
            finish(self.house.database, outcomes, self.since)
        self.since = None

    async def close(self, at: datetime) -> None:
        """Empty the hands, do what they left for later, and let them go."""
        self.put_down()
        for pipe in self.pipes.values():
            pipe.close()
        await sweep_plainly(at)


def _work(
    furnish: Callable[[], House],
    work: Callable[[list[Claimed], datetime], list[Outcome]],
    pipe: Pipe,
    not_ours: list[Pipe],
) -> None:
    """One pair of hands: takes what it is given until there is nobody to give."""
    for other in not_ours:
        other.close()
    with live_in(furnish()):
        while True:
            try:
                orders, at = pipe.recv()
            except EOFError:
                return
            try:
                pipe.send(work(orders, at))
            except (OSError, SQLAlchemyError) as error:  # the disk is full: said as anywhere
                pipe.send(error)
            except Exception as error:
                pipe.send(HandsFailed(f"出错（{type(error).__name__}: {error}）"))


def _draft(orders: list[Claimed], at: datetime) -> list[Outcome]:
    found: list[Outcome] = draft_letters.fn(orders, at) if orders else []
    return found


def _tell(orders: list[Claimed], at: datetime) -> list[Outcome]:
    outcomes: list[Outcome] = place_messages.fn(orders, at) if orders else []
    for office in mail(at):
        send_messages.fn(office, at, "")
    return outcomes
