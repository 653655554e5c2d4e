"""Orders as they are carried out: claimed under a lease, and finished by the claimer alone.

Two workers never hold the same order. Whoever loses the claim (its lease ran out, another took it)
can no longer say what came of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from engine.writing import iso
from models.database import Database
from models.orders import OrderRow
from rules.orders import Order

_ORDERS = OrderRow.__table__

LEASE = timedelta(minutes=10)


class Claimed(NamedTuple):
    """An order in hand: only this claim number may record its outcome."""

    id: str
    case: str
    seq: int
    office: str
    order: Order
    claim: int
    owed_on: str


class Backlog(NamedTuple):
    """How many orders wait for one flow of one office."""

    flow: str
    office: str
    count: int


def backlog(connection: Connection, now: datetime) -> list[Backlog]:
    """Open orders by flow and office that nobody holds."""
    wanted = (
        select(_ORDERS.c.flow, _ORDERS.c.office, _ORDERS.c.id)
        .where(_ORDERS.c.state == "open", _ORDERS.c.leased_until < iso(now))
        .order_by(_ORDERS.c.flow, _ORDERS.c.office)
    )
    counts: dict[tuple[str, str], int] = {}
    for row in connection.execute(wanted):
        counts[row.flow, row.office] = counts.get((row.flow, row.office), 0) + 1
    return [Backlog(flow, office, count) for (flow, office), count in counts.items()]


def claim(
    database: Database, flow: str, office: str, now: datetime, most: int = 500
) -> list[Claimed]:
    """Take up to ``most`` open orders of a flow in one office (or in all), oldest first."""
    wanted = (
        select(_ORDERS)
        .where(
            _ORDERS.c.state == "open",
            _ORDERS.c.flow == flow,
            *([_ORDERS.c.office == office] if office else []),
            _ORDERS.c.leased_until < iso(now),
        )
        .order_by(_ORDERS.c.owed_on, _ORDERS.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer anyway
    )
    with database.writing() as connection:
        rows = connection.execute(wanted).all()
        if rows:
            take = (
                update(_ORDERS)
                .where(_ORDERS.c.id == bindparam("b_id"))
                .values(claim=_ORDERS.c.claim + 1, leased_until=iso(now + LEASE))
            )
            connection.execute(take, [{"b_id": row.id} for row in rows])
    return [
        Claimed(
            row.id,
            row.case,
            row.seq,
            row.office,
            Order.model_validate_json(row.body),
            row.claim + 1,
            row.owed_on.isoformat(),
        )
        for row in rows
    ]


def release(database: Database) -> None:
    """Give back every lease: for whoever knows that all other holders are gone."""
    held = _ORDERS.c.state == "open", _ORDERS.c.leased_until != ""
    with database.writing() as connection:
        connection.execute(update(_ORDERS).where(*held).values(leased_until=""))


class Outcome(NamedTuple):
    """What came of an order: done, skipped (with a reason), failed (with its error), unknown."""

    claimed: Claimed
    state: str
    outcome: str = ""


def finish(
    database: Database, outcomes: Sequence[Outcome], now: datetime, flow_run: str = ""
) -> int:
    """Record outcomes; how many were still ours to record."""
    if not outcomes:
        return 0
    end = (
        update(_ORDERS)
        .where(
            _ORDERS.c.id == bindparam("b_id"),
            _ORDERS.c.claim == bindparam("b_claim"),
            _ORDERS.c.state == "open",
        )
        .values(
            state=bindparam("b_state"),
            outcome=bindparam("b_outcome"),
            flow_run=flow_run,
            done_at=iso(now),
            leased_until="",
        )
    )
    ended = 0
    with database.writing() as connection:
        for outcome in outcomes:
            values = {
                "b_id": outcome.claimed.id,
                "b_claim": outcome.claimed.claim,
                "b_state": outcome.state,
                "b_outcome": outcome.outcome[:1000],
            }
            ended += connection.execute(end, values).rowcount
    return ended
