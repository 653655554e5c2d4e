"""Addresses between us and other systems: those we call about events, and those that call us."""

import secrets

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from engine.calls import minute_of, secret_of_hook
from engine.writing import iso
from models.connections import Webhook, WebhookCall
from portal.access import Visitor
from portal.desk import Desk

_HOOKS, _CALLS = Webhook.__table__, WebhookCall.__table__

OUT, IN = "out", "in"
MOST = 20  # of one office, each way
FEW = 20  # calls shown that were not taken

_OF_OFFICE = select(_HOOKS).where(_HOOKS.c.office == bindparam("wanted")).order_by(_HOOKS.c.name)
_ONE = select(_HOOKS).where(_HOOKS.c.id == bindparam("wanted"))
_COUNTS = (
    select(_CALLS.c.webhook, _CALLS.c.state, func.count().label("count"))
    .where(_CALLS.c.webhook.in_(bindparam("hooks", expanding=True)))
    .group_by(_CALLS.c.webhook, _CALLS.c.state)
)
_NOT_TAKEN = (
    select(_CALLS)
    .where(
        _CALLS.c.webhook.in_(bindparam("hooks", expanding=True)),
        _CALLS.c.state.in_(("failed", "unknown")),
    )
    .order_by(_CALLS.c.case, _CALLS.c.seq)
    .limit(FEW)
)


def hooks_of(connection: Connection, office: str) -> list[Row]:
    """The addresses of an office that are in use."""
    rows = connection.execute(_OF_OFFICE, {"wanted": office})
    return [row for row in rows if row.active]


def counts_of(connection: Connection, hooks: list[str]) -> dict[tuple[str, str], int]:
    """How many calls stand in which state, by (address, state)."""
    rows = connection.execute(_COUNTS, {"hooks": hooks}) if hooks else ()
    return {(row.webhook, row.state): row.count for row in rows}


def not_taken(connection: Connection, hooks: list[str]) -> list[Row]:
    """Some of the calls that failed or of which nobody knows."""
    return list(connection.execute(_NOT_TAKEN, {"hooks": hooks})) if hooks else []


def hook_called(connection: Connection, hook: str) -> Row | None:
    """The address by which another system calls us; None where there is none in use."""
    row = connection.execute(_ONE, {"wanted": hook}).first()
    return row if row is not None and row.active and row.direction == IN else None


def make_hook(
    desk: Desk, visitor: Visitor, direction: str, name: str, url: str = "", events: str = "*"
) -> tuple[str, str]:
    """A new address of the visitor's office: its id and its secret. Both empty where the office
    has as many as it may. What happened before is not told."""
    hook = secrets.token_hex(16)
    row = {
        "id": hook,
        "office": visitor.organisation,
        "direction": direction,
        "name": name,
        "url": url,
        "events": events,
        "last_seq": minute_of(desk.now()),
        "active": True,
    }
    held = (
        _HOOKS.c.office == visitor.organisation,
        _HOOKS.c.direction == direction,
        _HOOKS.c.active == bindparam("active"),
    )
    with desk.database.writing() as connection:
        count = select(func.count()).where(*held)
        if connection.execute(count, {"active": True}).scalar_one() >= MOST:
            return "", ""
        connection.execute(insert(_HOOKS).values(row))
    return hook, secret_of_hook(desk.secret, hook)


def stop_hook(desk: Desk, office: str, hook: str) -> bool:
    """Use an office's address no more; whether it was in use until now."""
    which = _HOOKS.c.id == hook, _HOOKS.c.office == office, _HOOKS.c.active == bindparam("on")
    with desk.database.writing() as connection:
        done = update(_HOOKS).where(*which).values(active=False)
        return connection.execute(done, {"on": True}).rowcount == 1


def call_again(desk: Desk, office: str, hook: str) -> int:
    """Owe an address's failed and unknown calls once more; how many."""
    own = select(_HOOKS.c.id).where(_HOOKS.c.id == hook, _HOOKS.c.office == office)
    which = _CALLS.c.webhook.in_(own), _CALLS.c.state.in_(("failed", "unknown"))
    fresh = {"state": "open", "tries": 0, "not_before": iso(desk.now()), "detail": ""}
    with desk.database.writing() as connection:
        count = connection.execute(update(_CALLS).where(*which).values(fresh)).rowcount
    desk.wake()
    return count
