"""Messages: placed in the ledger by a stage's flow, sent by `deliver` alone."""

from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import select

from engine.deputies import standing_in
from engine.dossier import read_dossiers
from engine.journal import SHANGHAI
from engine.orders import Claimed, Outcome
from models.messages import Message
from notifications.delivery import deliver
from notifications.handing_on import hand_on
from notifications.once_a_day import kinds_now
from notifications.placing import keep, messages_of
from notifications.recipients import NobodyToTell
from notifications.sender import Router
from notifications.waiting import kinds_open, offices
from tasks.house import house

_OFFICES = (
    select(Message.__table__.c.office)
    .where(Message.__table__.c.state == "open")
    .distinct()
    .order_by(Message.__table__.c.office)
)
MOST = 100_000  # of one office in one sweep; the rest waits for the next


@task(cache_policy=NO_CACHE)
def place_messages(claimed: Sequence[Claimed], at: datetime) -> list[Outcome]:
    """Put the messages of each order into the ledger, one per person."""
    home = house()
    today = (at + SHANGHAI).date()  # days that are left are counted from the day it is said
    outcomes, rows = [], []
    with home.database.reading() as connection:  # words are found while others may write
        cases = [order.case for order in claimed]
        deputies = standing_in(connection, today)
        dossiers = read_dossiers(connection, home.journal.shelf, cases)
        for order in claimed:
            try:
                placed = messages_of(dossiers[order.case], order, today, deputies)
            except NobodyToTell as reason:
                outcomes.append(Outcome(order, "failed", str(reason)))
                continue
            rows += placed
            outcomes.append(Outcome(order, "done", f"{len(placed)}条消息"))
    if rows:
        with home.database.writing(redoable=True) as connection:
            keep(connection, rows)
    return outcomes


def mail(at: datetime, digests: bool = True) -> Sequence[str]:
    """The offices with messages that may be sent now, in the digests of the day or without."""
    home = house()
    with home.database.reading() as connection:
        if not isinstance(home.sender, Router):
            return connection.execute(_OFFICES).scalars().all()
        found = []
        for office in sorted(offices(connection, at)):
            kinds = kinds_now(home.sender, office, at, digests)
            if kinds is None or kinds & kinds_open(connection, office, at):
                found.append(office)
        return found


@task(cache_policy=NO_CACHE)
def send_messages(office: str, at: datetime, flow_run: str, digests: bool = True) -> dict[str, int]:
    """Send what the ledger owes for one office; how many came to which state."""
    home = house()
    hand_on(home.database, home.journal.shelf, office, at)
    return dict(deliver(home.database, home.sender, office, at, flow_run, MOST, digests))
