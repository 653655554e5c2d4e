"""A wording tried beforehand on messages that were really sent: as they were, and as they would
have been."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Row, select

from engine.apart import one_by_one_where_it_breaks
from engine.dossier import Dossier, read_dossiers
from engine.shelf import Shelf
from models.messages import Message
from models.orders import OrderRow
from models.people import Person
from notifications.catalogue import Rendered, render
from notifications.recipients import PUBLIC
from notifications.rewording import reworded
from notifications.view import reader, view_of
from rules.orders import Order
from rules.state import Wording

_MESSAGES, _ORDERS, _PEOPLE = Message.__table__, OrderRow.__table__, Person.__table__
MOST = 2


class Preview(NamedTuple):
    """One message: to whom (by name; "" for the public), its case's subject, in the built-in words
    and in the office's."""

    to: str
    subject: str
    built_in: Rendered
    own: Rendered


def previews(
    connection: Connection, shelf: Shelf, office: str, kind: str, wording: Wording
) -> list[Preview]:
    """The latest messages of a kind that an office owed, each of another order; none where it never
    owed one."""
    latest = (
        select(_MESSAGES, _ORDERS.c.body, _ORDERS.c.seq, _PEOPLE.c.name.label("known_as"))
        .join(_ORDERS, _ORDERS.c.id == _MESSAGES.c.order)
        .outerjoin(_PEOPLE, _PEOPLE.c.id == _MESSAGES.c.person)
        .where(_MESSAGES.c.office == office, _MESSAGES.c.name == kind)
        .order_by(_MESSAGES.c.owed_on.desc(), _MESSAGES.c.key.desc())
        .limit(10 * MOST)
    )
    rows = {row.order: row for row in connection.execute(latest)}

    def tried(some: Sequence[Row]) -> list[Preview]:
        dossiers = read_dossiers(connection, shelf, [row.case for row in some])
        return [_preview(dossiers[row.case], row, wording) for row in some]

    found: list[Preview] = []
    for _, came in one_by_one_where_it_breaks(list(rows.values())[: 2 * MOST], tried):
        found += came if isinstance(came, list) else []
    return found[:MOST]


def _preview(dossier: Dossier, row: Row, wording: Wording) -> Preview:
    order = Order.model_validate_json(row.body)
    view = view_of(dossier, order, row.seq, row.owed_on, dossier.calendar)
    name = "" if row.person == PUBLIC else row.known_as or ""
    who = reader(dossier.process.stages[order.stage], row.role, name)
    seen = view | {"note": "", "reader": who}
    built_in = render(order.name, seen)
    own = reworded(row.name, wording, seen, built_in)
    return Preview(name, dossier.subject.name, built_in, own)
