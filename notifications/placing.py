"""Placing: an order to tell becomes rows of the ledger, one for each person, and no row twice."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.dossier import Dossier
from engine.library import shipped_calendar
from engine.orders import Claimed
from models.messages import Message
from notifications.catalogue import Rendered, render
from notifications.recipients import Recipient, recipients
from notifications.view import reader, view_of
from rules.days import Calendar

_MESSAGES = Message.__table__

_PLACED = select(_MESSAGES.c.person).where(_MESSAGES.c.order == bindparam("order"))
# Two workers at one order at once: whichever comes first has written them.
_INSERTS = {
    "sqlite": sqlite.insert(_MESSAGES).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_MESSAGES).on_conflict_do_nothing(),
}


def place(
    connection: Connection,
    dossier: Dossier,
    claimed: Claimed,
    on: date,
    calendar: Calendar | None = None,
) -> int:
    """Write the messages of one order, spoken on the day ``on``; how many were new.

    NobodyToTell where there is nobody at all: the order has then failed. The people are those who
    hold the roles now.
    """
    order = claimed.order
    placed = set(connection.execute(_PLACED, {"order": claimed.id}).scalars())
    told = [one for one in recipients(dossier, order) if one.person not in placed]
    if not told:
        return 0
    view = view_of(dossier, order, claimed.seq, on, calendar or shipped_calendar())
    stage = dossier.process.stages[order.stage]
    rows = []
    for one in told:
        name = dossier.people.get(one.person, "")
        seen = view | {"note": one.note, "reader": reader(stage, one.role, name)}
        rows.append(_row(claimed, one, on, render(order.name, seen)))
    connection.execute(_INSERTS[connection.dialect.name], rows)
    return len(rows)


def _row(claimed: Claimed, one: Recipient, on: date, words: Rendered) -> dict[str, Any]:
    return {
        "key": f"{claimed.id}/{one.person}",
        "order": claimed.id,
        "case": claimed.case,
        "office": claimed.office,
        "name": claimed.order.name,
        "person": one.person,
        "role": one.role,
        "organisation": one.organisation,
        "owed_on": on,
        "subject": words.subject,
        "text": words.text,
        "state": "open",
        "reason": "",
        "tries": 0,
        "not_before": "",
    }
