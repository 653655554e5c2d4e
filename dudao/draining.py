"""Draining: one sweep of the clock, then every flow with open orders, each as a run of its own.

The flow `keep_time` does the same on Prefect's schedule with subflows; called from here, one after
the other, a run costs half as much (docs/prefect.md), and nothing runs where nothing is owed.
"""

from datetime import datetime
from importlib import import_module

from prefect import Flow

from engine.deadlines import due_deadlines
from engine.journal import SHANGHAI
from tasks.carrying import waiting
from tasks.house import house
from tasks.messages import mail


def flow_named(name: str) -> Flow:
    """The flow of that name; it is named like its file."""
    found: Flow = getattr(import_module(f"flows.{name}"), name)
    return found


async def drain(at: datetime) -> int:
    """Do everything that is owed as of ``at``; how many flow runs it took."""
    runs = 0
    if _anything_due(at):
        await flow_named("keep_time")(at.isoformat(), carry=False)
        runs += 1
    while owed := waiting(at):
        for backlog in owed:
            await flow_named(backlog.flow)(backlog.office, at.isoformat())
            runs += 1
    for office in mail(at):
        await flow_named("deliver")(office, at.isoformat(), digests=True)
        runs += 1
    return runs


def _anything_due(at: datetime) -> bool:
    with house().database.reading() as connection:
        return bool(due_deadlines(connection, (at + SHANGHAI).date(), most=1))
