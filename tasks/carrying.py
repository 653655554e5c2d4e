"""Carrying out orders: taken under a lease, each handed to its task, and what came of it kept.

The same code runs inside a Prefect flow and without Prefect: ``call`` runs a task either way.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from prefect import Task

from engine.apart import one_by_one_where_it_breaks
from engine.orders import Backlog, Claimed, Outcome, backlog, claim, finish
from rules.orders import PRINT
from tasks.calendars import renew_calendar
from tasks.casework import answer_cases, end_cases, move_issues, open_cases
from tasks.house import house
from tasks.letter_prints import print_letters
from tasks.letters import draft_letters
from tasks.messages import place_messages
from tasks.planning import propose_plan

Call = Callable[..., Any]
BROKEN = "处理时出错（{}），请核对这个案卷；改正后交回重办，仍不行的请告知维护人员"

WORK: dict[str, Task] = {
    "open_cases": open_cases,
    "answer_cases": answer_cases,
    "end_cases": end_cases,
    "move_issues": move_issues,
    "propose_plan": propose_plan,
    "renew_calendar": renew_calendar,
}


class Carried(NamedTuple):
    """How many orders a flow carried out, by what came of them."""

    done: int = 0
    failed: int = 0


def as_task(task: Task, *arguments: Any) -> Any:
    """Run a task as Prefect's: it shows in the flow run."""
    return task(*arguments)


def plainly(task: Task, *arguments: Any) -> Any:
    """Run a task's function and nothing else."""
    return task.fn(*arguments)


def carry_out(
    flow: str, office: str, at: datetime, flow_run: str = "", call: Call = as_task
) -> Carried:
    """Carry out the open orders of one flow in one office: messages placed, letters drafted, work
    done. A lost lease loses only the right to say so; every effect bears being done again."""
    home = house()
    claimed = claim(home.database, flow, office, at)
    outcomes: list[Outcome] = []
    told = [order for order in claimed if order.order.kind == "tell"]
    outcomes += _each(told, lambda some: call(place_messages, some, at))
    drafted = [order for order in claimed if order.order.kind == "draft"]
    outcomes += _each(drafted, lambda some: call(draft_letters, some, at))
    for order in claimed:
        if order.order.kind == "work" and order.order.name != PRINT:
            outcomes += _each([order], lambda one: [call(WORK[one[0].order.name], one[0], at)])
    finish(home.database, outcomes, at, flow_run)
    if printed := [order for order in claimed if order.order.name == PRINT]:
        # takes its time: all else is done before
        prints = _each(printed, lambda some: call(print_letters, some, at))
        finish(home.database, prints, at, flow_run)
        outcomes += prints
    done = sum(outcome.state == "done" for outcome in outcomes)
    return Carried(done, len(outcomes) - done)


def _each(orders: Sequence[Claimed], work: Callable[..., list[Outcome]]) -> list[Outcome]:
    """What came of each order. One that breaks the work is failed, alone, and a person's task."""
    outcomes: list[Outcome] = []
    for some, done in one_by_one_where_it_breaks(orders, work):
        if isinstance(done, Exception):
            outcomes.append(Outcome(some[0], "failed", BROKEN.format(type(done).__name__)))
        else:
            outcomes += done
    return outcomes


def waiting(at: datetime) -> Sequence[Backlog]:
    """The flows with open orders that nobody holds, by office."""
    with house().database.reading() as connection:
        return backlog(connection, at)
