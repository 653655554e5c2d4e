"""Placing: an order to tell becomes rows of the ledger, one for each person, and no row twice."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, text

from engine.dossier import Dossier
from engine.orders import Claimed
from engine.statements import Prepared
from models.messages import Message
from notifications.catalogue import Rendered, render
from notifications.recipients import Recipient, recipients
from notifications.rewording import reworded
from notifications.standing_in import through_deputies
from notifications.view import reader, view_of

_MESSAGES = Message.__table__

# Placing an order again, or two workers at once: whoever came first has written them. As text, for
# SQLAlchemy compiles an insert with ON CONFLICT anew each time, which costs more than all the rest.
_COLUMNS = [column.name for column in _MESSAGES.columns]
_INSERT = Prepared(
    text(
        "INSERT INTO messages ({}) VALUES ({}) ON CONFLICT DO NOTHING".format(
            ", ".join(f'"{name}"' for name in _COLUMNS), ", ".join(f":{name}" for name in _COLUMNS)
        )
    )
)


def keep(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write messages into the ledger. Those already written stay as they are."""
    _INSERT.run(connection, rows)


def messages_of(
    dossier: Dossier, claimed: Claimed, on: date, deputies: Mapping[str, str] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """The messages of one order as rows of the ledger, spoken on the day ``on``.

    NobodyToTell where there is nobody at all: the order has then failed. The people are those who
    hold the roles now, or who stands in for them that day (``deputies``).
    """
    order = claimed.order
    told = recipients(dossier, order)
    if not told:
        return []
    if deputies:
        told = through_deputies(told, deputies, dossier.people)
    view = view_of(dossier, order, claimed.seq, on, dossier.calendar)
    stage = dossier.process.stages[order.stage]
    wording = dossier.wordings.get(order.name)
    rows = []
    for one in told:
        name = dossier.people.get(one.person, "")
        seen = view | {"note": one.note, "reader": reader(stage, one.role, name)}
        words = render(order.name, seen)
        if wording is not None:
            words = reworded(order.name, wording.wording, seen, words)
        rows.append(_row(claimed, one, on, words))
    return rows


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
        "short": words.short,
        "state": "open",
        "reason": "",
        "tries": 0,
        "not_before": "",
    }
