"""Carrying out orders: taken under a lease, each handed to its task, and what came of it kept.

The same code runs inside a Prefect flow and without Prefect: ``call`` runs a task either way.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from prefect import Task

from engine.orders import Backlog, Outcome, backlog, claim, finish
from rules.orders import PRINT
from tasks.calendars import renew_calendar
from tasks.casework import answer_cases, end_cases, move_issues, open_cases
from tasks.house import house
from tasks.letter_prints import print_letters
from tasks.letters import draft_letters
from tasks.messages import place_messages
from tasks.planning import propose_plan

Call = Callable[..., Any]

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
    if told := [order for order in claimed if order.order.kind == "tell"]:
        outcomes += call(place_messages, told, at)
    if drafted := [order for order in claimed if order.order.kind == "draft"]:
        outcomes += call(draft_letters, drafted, at)
    for order in claimed:
        if order.order.kind == "work" and order.order.name != PRINT:
            outcomes.append(call(WORK[order.order.name], order, at))
    finish(home.database, outcomes, at, flow_run)
    if printed := [order for order in claimed if order.order.name == PRINT]:
        printed = call(print_letters, printed, at)  # takes its time: all else is done before
        finish(home.database, printed, at, flow_run)
        outcomes += printed
    done = sum(outcome.state == "done" for outcome in outcomes)
    return Carried(done, len(outcomes) - done)


def waiting(at: datetime) -> Sequence[Backlog]:
    """The flows with open orders that nobody holds, by office."""
    with house().database.reading() as connection:
        return backlog(connection, at)
