"""What still waits for somebody who has left, or who is away by now, is handed on: to whoever holds
the role today, or stands in."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, literal_column, or_, select, update

from engine.apart import one_by_one_where_it_breaks
from engine.deputies import standing_in
from engine.dossier import read_dossiers
from engine.journal import SHANGHAI
from engine.orders import Claimed
from engine.shelf import Shelf
from models.database import Database
from models.messages import Message
from models.orders import OrderRow
from models.people import Person
from notifications.in_hand import WENT_OUT
from notifications.placing import keep, messages_of
from notifications.recipients import NobodyToTell
from rules.orders import Order

_MESSAGES, _ORDERS, _PEOPLE = Message.__table__, OrderRow.__table__, Person.__table__

MOST = 500  # of an office at a time; the rest follows with the next delivery
LEFT = "收件人已离任，改告接任或代管的人员"
AWAY = "收件人外出，改告代收人"
NOBODY = "收件人已离任，也没有可以改告的人"

_WAITING = (
    select(
        _MESSAGES.c.key,
        _MESSAGES.c.tries,
        _PEOPLE.c.left_on,
        *(_ORDERS.c[name] for name in ("id", "case", "seq", "office", "body", "claim", "owed_on")),
    )
    .join(_ORDERS, _ORDERS.c.id == _MESSAGES.c.order)
    .join(_PEOPLE, _PEOPLE.c.id == _MESSAGES.c.person)
    .where(
        _MESSAGES.c.office == bindparam("of"),
        _MESSAGES.c.state == literal_column("'open'"),
        or_(
            _PEOPLE.c.left_on.is_not(None),
            _MESSAGES.c.person.in_(bindparam("away", expanding=True)),
        ),
        ~WENT_OUT,
    )
    .order_by(_MESSAGES.c.owed_on, _MESSAGES.c.key)
    .limit(bindparam("most"))
)
_HANDED_ON = (
    update(_MESSAGES)
    .where(
        _MESSAGES.c.key == bindparam("b_key"),
        _MESSAGES.c.state == literal_column("'open'"),
        _MESSAGES.c.tries == bindparam("b_tries"),  # whoever took it meanwhile keeps it
    )
    .values(state=bindparam("b_state"), reason=bindparam("b_reason"), not_before="")
)


def hand_on(database: Database, shelf: Shelf, office: str, now: datetime) -> int:
    """Hand on what waits of an office; how many. Nobody is told twice: one who was told of the same
    order stays as they are. Where there is nobody at all it has failed, and a person's task. What
    lies in a case nobody can read waits."""
    today = (now + SHANGHAI).date()
    with database.reading() as connection:
        deputies = standing_in(connection, today)
        asked = {"of": office, "away": sorted(deputies), "most": MOST}
        waiting = connection.execute(_WAITING, asked).all()
        if not waiting:
            return 0
        found: dict[str, list[dict[str, Any]] | None] = {}
        for _, came in one_by_one_where_it_breaks(
            waiting, lambda some: _placed_anew(connection, shelf, some, deputies, today)
        ):
            found |= came if isinstance(came, dict) else {}
    with database.writing() as connection:
        waiting = sorted(waiting, key=lambda row: row.key)  # as a delivery does: no deadlock
        return sum(_hand_on(connection, row, found[row.id]) for row in waiting if row.id in found)


def _placed_anew(
    connection: Connection,
    shelf: Shelf,
    waiting: Sequence[Row],
    deputies: dict[str, str],
    today: date,
) -> dict[str, list[dict[str, Any]] | None]:
    """By order, the messages as they would be placed today; None where there is nobody to tell."""
    dossiers = read_dossiers(connection, shelf, [row.case for row in waiting])
    found: dict[str, list[dict[str, Any]] | None] = {}
    for row in {row.id: row for row in waiting}.values():
        order = Order.model_validate_json(row.body)
        day = row.owed_on.isoformat()
        claimed = Claimed(row.id, row.case, row.seq, row.office, order, row.claim, day)
        try:
            found[row.id] = messages_of(dossiers[row.case], claimed, today, deputies)
        except NobodyToTell:
            found[row.id] = None
    return found


def _hand_on(connection: Connection, row: Row, anew: list[dict[str, Any]] | None) -> bool:
    if anew is None and row.left_on is None:  # nobody else, and they are only away
        return False
    if anew and row.key in {one["key"] for one in anew}:  # still theirs
        return False
    reason = AWAY if row.left_on is None else NOBODY if anew is None else LEFT
    state = "failed" if anew is None else "skipped"
    values = {"b_key": row.key, "b_tries": row.tries, "b_state": state, "b_reason": reason}
    if not connection.execute(_HANDED_ON, values).rowcount or anew is None:
        return False
    keep(connection, anew)
    return True
