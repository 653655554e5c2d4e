"""Orders as they are carried out: claimed under a lease, and finished by the claimer alone.

Two workers never hold the same order. Whoever loses the claim (its lease ran out, another took it)
can no longer say what came of it.

Every effect of an order bears being done again, so neither a claim nor an outcome waits for the
disk: after a power cut the order is open, and what came of it comes of it once more.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

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


# Built once: building a statement anew costs as much as running it.
_FREE = _ORDERS.c.state == "open", _ORDERS.c.leased_until < bindparam("now")
_BACKLOG = (
    select(_ORDERS.c.flow, _ORDERS.c.office, func.count().label("count"))
    .where(*_FREE)
    .group_by(_ORDERS.c.flow, _ORDERS.c.office)
    .order_by(_ORDERS.c.flow, _ORDERS.c.office)
)
_ROW = select(
    _ORDERS.c.id,
    _ORDERS.c.case,
    _ORDERS.c.seq,
    _ORDERS.c.office,
    _ORDERS.c.body,
    _ORDERS.c.claim,
    _ORDERS.c.owed_on,
)
_WANTED = (
    _ROW.where(*_FREE, _ORDERS.c.flow == bindparam("flow"))
    .order_by(_ORDERS.c.owed_on, _ORDERS.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer anyway
)
_WANTED_OF_OFFICE = _WANTED.where(_ORDERS.c.office == bindparam("office"))
_TAKE = (
    update(_ORDERS)
    .where(_ORDERS.c.id == bindparam("b_id"))
    .values(claim=_ORDERS.c.claim + 1, leased_until=bindparam("b_until"))
)
_THESE = _ORDERS.c.id.in_(bindparam("ids", expanding=True))
_NAMED = (
    _ROW.where(_THESE, or_(and_(*_FREE), _ORDERS.c.state == "failed"))
    .order_by(_ORDERS.c.id)
    .with_for_update(skip_locked=True)
)
_RETAKE = (
    update(_ORDERS)
    .where(_ORDERS.c.id == bindparam("b_id"))
    .values(claim=_ORDERS.c.claim + 1, state="open", outcome="", leased_until="")
)
_HELD = select(_ORDERS.c.id).where(_THESE).order_by(_ORDERS.c.id).with_for_update()
_END = (
    update(_ORDERS)
    .where(
        _ORDERS.c.id == bindparam("b_id"),
        _ORDERS.c.claim == bindparam("b_claim"),
        _ORDERS.c.state == "open",
    )
    .values(
        state=bindparam("b_state"),
        outcome=bindparam("b_outcome"),
        flow_run=bindparam("b_flow_run"),
        done_at=bindparam("b_now"),
        leased_until="",
    )
)


def backlog(connection: Connection, now: datetime) -> list[Backlog]:
    """Open orders by flow and office that nobody holds."""
    return [Backlog(*row) for row in connection.execute(_BACKLOG, {"now": iso(now)})]


def claim(
    database: Database, flow: str, office: str, now: datetime, most: int = 500
) -> list[Claimed]:
    """Take up to ``most`` open orders of a flow in one office (or in all), oldest first."""
    wanted, values = _WANTED, {"now": iso(now), "flow": flow, "most": most}
    if office:
        wanted, values = _WANTED_OF_OFFICE, values | {"office": office}
    with database.writing(redoable=True) as connection:
        rows = connection.execute(wanted, values).all()
        if rows:
            until = iso(now + LEASE)
            connection.execute(_TAKE, [{"b_id": row.id, "b_until": until} for row in rows])
    return [_claimed(row, row.claim + 1) for row in rows]


def _claimed(row: Row, number: int) -> Claimed:
    order = Order.model_validate_json(row.body)
    owed_on = row.owed_on.isoformat()
    return Claimed(row.id, row.case, row.seq, row.office, order, number, owed_on)


def claim_named(database: Database, ids: Collection[str], now: datetime) -> list[Claimed]:
    """Take those of these orders that nobody holds, failed ones once more. Without a lease: whoever
    is killed holds nothing up, and the flow may take them over at any moment."""
    values = {"now": iso(now), "ids": sorted(ids)}
    with database.writing(redoable=True) as connection:
        rows = connection.execute(_NAMED, values).all()
        if rows:
            connection.execute(_RETAKE, [{"b_id": row.id} for row in rows])
    return [_claimed(row, row.claim + 1) for row in rows]


def hold(connection: Connection, ids: Collection[str]) -> None:
    """Keep others who hold the same orders waiting until this transaction is over."""
    connection.execute(_HELD, {"ids": sorted(ids)})


def release(database: Database) -> None:
    """Give back every lease: for whoever knows that all other holders are gone."""
    held = _ORDERS.c.state == "open", _ORDERS.c.leased_until != ""
    with database.writing() as connection:
        connection.execute(update(_ORDERS).where(*held).values(leased_until=""))


def give_back(database: Database, office: str, ids: Collection[str] | None = None) -> int:
    """Let an office's orders that failed, or of whose end nobody knows, be carried out once more:
    these, or all of them; how many. Every effect bears being done again."""
    badly = _ORDERS.c.office == office, _ORDERS.c.state.in_(("failed", "unknown"))
    these = update(_ORDERS).where(*badly)
    if ids is not None:
        these = these.where(_ORDERS.c.id.in_(sorted(ids)))
    with database.writing() as connection:
        return connection.execute(these.values(state="open", leased_until="")).rowcount


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
    rows = [
        {
            "b_id": outcome.claimed.id,
            "b_claim": outcome.claimed.claim,
            "b_state": outcome.state,
            "b_outcome": outcome.outcome[:1000],
            "b_flow_run": flow_run,
            "b_now": iso(now),
        }
        for outcome in outcomes
    ]
    with database.writing(redoable=True) as connection:
        return connection.execute(_END, rows).rowcount
