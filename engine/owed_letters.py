"""What a round owes of one kind of letter: every order there is, and what came of it so far."""

from typing import NamedTuple

from sqlalchemy import Connection, Row, func, select

from engine.orders import Claimed
from engine.shelf import Shelf
from models.cases import Case
from models.cycles import Round
from models.letters import Letter
from models.orders import OrderRow
from models.organisations import Organisation
from rules.orders import Order

_CASES, _ROUNDS = Case.__table__, Round.__table__
_ORDERS, _LETTERS, _ORGANISATIONS = OrderRow.__table__, Letter.__table__, Organisation.__table__

LIVE = ("open", "escalated")


class Owed(NamedTuple):
    """One letter a case owes. ``claimed``: its order, as it was last taken; ``state``: the order's,
    and until when it is in somebody's hands; ``letter``: the letter's own state, empty where none
    was drafted yet; ``received``: whether its addressee has opened it."""

    claimed: Claimed
    name: str
    state: str
    leased_until: str
    letter: str
    received: bool


class Owing(NamedTuple):
    """The letters of a round, by case; how many of its cases that run have not called for one yet,
    and how many ended without it."""

    letters: list[Owed]
    ahead: int
    without: int


def round_of(connection: Connection, asked: str) -> Row | None:
    """The round of that id, or of that period where there is only one."""
    wanted = select(_ROUNDS).where((_ROUNDS.c.id == asked) | (_ROUNDS.c.period == asked))
    found = connection.execute(wanted.order_by(_ROUNDS.c.id != asked, _ROUNDS.c.id)).all()
    known = [row for row in found if row.id == asked] or found
    return known[0] if len(known) == 1 else None


def rounds(connection: Connection) -> list[str]:
    """The ids of all rounds."""
    return list(connection.execute(select(_ROUNDS.c.id).order_by(_ROUNDS.c.id)).scalars())


def owing(connection: Connection, shelf: Shelf, round_: Row, kind: str) -> Owing | None:
    """What a round owes of a kind; None where its process has no such letter."""
    process = shelf.process(connection, round_.definition)
    stages = [
        stage
        for stage in process.definition.stages
        if any(kind in letters for letters in stage.letters.values())
    ]
    if not stages:
        return None
    letters = _letters(connection, round_.id, kind)
    called = {one.claimed.case for one in letters}
    of = {stage.of for stage in stages}
    wanted = select(_CASES.c.id, _CASES.c.status).where(
        _CASES.c.round == round_.id, _CASES.c.of.in_(sorted(of))
    )
    others = [row.status in LIVE for row in connection.execute(wanted) if row.id not in called]
    return Owing(letters, sum(others), len(others) - sum(others))


def _letters(connection: Connection, round_key: str, kind: str) -> list[Owed]:
    columns = (_ORGANISATIONS.c.name.label("subject"), _LETTERS.c.state.label("letter"))
    wanted = (
        select(_ORDERS, *columns, func.coalesce(_LETTERS.c.received_at, "").label("received"))
        .join(_CASES, _CASES.c.id == _ORDERS.c.case)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
        .outerjoin(_LETTERS, _LETTERS.c.order == _ORDERS.c.id)
        .where(_CASES.c.round == round_key, _ORDERS.c.body.contains(f'"name":"{kind}"'))
        .order_by(_ORDERS.c.case, _ORDERS.c.id)
    )
    return [
        Owed(
            Claimed(
                row.id, row.case, row.seq, row.office, order, row.claim, row.owed_on.isoformat()
            ),
            row.subject,
            row.state,
            row.leased_until,
            row.letter or "",
            bool(row.received),
        )
        for row in connection.execute(wanted)
        for order in [Order.model_validate_json(row.body)]
        if (order.kind, order.name) == ("draft", kind)
    ]
