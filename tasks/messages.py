"""Messages: placed in the ledger by a stage's flow, sent by `deliver` alone."""

from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from engine.dossier import Dossier, read_dossier
from engine.journal import SHANGHAI
from engine.orders import Claimed, Outcome
from notifications.delivery import deliver
from notifications.placing import place
from notifications.recipients import NobodyToTell
from tasks.house import house

MOST = 100_000  # of one office in one sweep; the rest waits for the next


@task(cache_policy=NO_CACHE)
def place_messages(claimed: Sequence[Claimed], at: datetime) -> list[Outcome]:
    """Put the messages of each order into the ledger, one per person."""
    home = house()
    today = (at + SHANGHAI).date()  # days that are left are counted from the day it is said
    outcomes = []
    with home.database.writing() as connection:
        dossiers: dict[str, Dossier] = {}
        directory = home.directory(connection, at)
        for order in claimed:
            if order.case not in dossiers:
                shelf = home.journal.shelf
                dossiers[order.case] = read_dossier(connection, shelf, order.case, directory)
            try:
                placed = place(
                    connection, dossiers[order.case], order, today, home.journal.calendar
                )
                outcomes.append(Outcome(order, "done", f"{placed}条消息"))
            except NobodyToTell as reason:
                outcomes.append(Outcome(order, "failed", str(reason)))
    return outcomes


@task(cache_policy=NO_CACHE)
def send_messages(office: str, at: datetime, flow_run: str) -> dict[str, int]:
    """Send what the ledger owes for one office; how many came to which state."""
    home = house()
    return dict(deliver(home.database, home.sender, office, at, flow_run, most=MOST))
