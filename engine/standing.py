"""Where the cases of a batch stand when it begins, and which of its commands are known already."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, select, tuple_

from models.cases import Case
from models.cycles import Round
from models.events import StoredEvent
from rules.state import CaseState

if TYPE_CHECKING:
    from engine.journal import Entry

_CASES, _EVENTS, _ROUNDS = Case.__table__, StoredEvent.__table__, Round.__table__

AT_ONCE = 500  # cases in one query: far below what either database takes

# Built once: building a query again costs three times as much as running it (0.1 ms to 0.03 ms).
_STANDING = select(
    _CASES.c.id,
    _CASES.c.definition,
    _CASES.c.standard,
    _CASES.c.office,
    _CASES.c.seq,
    _CASES.c.head,
    _CASES.c.state,
)
# A case is locked before it is read, in the order of ids: on PostgreSQL who comes second waits and
# reads what the first left, instead of losing the race again and again (SQLite has one writer).
_OF_MANY = (
    _STANDING.where(_CASES.c.id.in_(bindparam("cases", expanding=True)))
    .order_by(_CASES.c.id)
    .with_for_update(of=_CASES)
)
_KNOWN_OF_MANY = select(_EVENTS.c.case, _EVENTS.c.key, _EVENTS.c.seq).where(
    tuple_(_EVENTS.c.case, _EVENTS.c.key).in_(bindparam("pairs", expanding=True))
)
_OF_ONE = (
    _STANDING.add_columns(_EVENTS.c.seq.label("known"))
    .outerjoin(
        _EVENTS, and_(_EVENTS.c.case == _CASES.c.id, _EVENTS.c.key == bindparam("command_key"))
    )
    .where(_CASES.c.id == bindparam("case_id"))
    .with_for_update(of=_CASES)
)
_ROUND = select(_ROUNDS.c.definition, _ROUNDS.c.standard, _ROUNDS.c.office).where(
    _ROUNDS.c.id == bindparam("round_id")
)
_FROM = (
    select(_EVENTS.c.seq, _EVENTS.c.type, _EVENTS.c.key)
    .where(_EVENTS.c.case == bindparam("case_id"), _EVENTS.c.seq >= bindparam("first"))
    .order_by(_EVENTS.c.seq)
)

Known = dict[tuple[str, str], int]


class Standing(NamedTuple):
    """A case as it stands while a batch is being decided."""

    id: str
    definition: str
    standard: str
    office: str
    seq: int
    head: str
    state: CaseState


def find(connection: Connection, entries: Sequence["Entry"]) -> tuple[list[Row], Known]:
    """The rows of the entries' cases (id, definition, standard, office, seq, head, state), and the
    first event of every command recorded before, by case and key."""
    if len(entries) == 1:
        one = {"case_id": entries[0].case, "command_key": entries[0].key}
        rows = connection.execute(_OF_ONE, one).all()
        return rows, {tuple(one.values()): row.known for row in rows if row.known is not None}
    rows, known = [], {}
    for cases in _pieces(sorted({entry.case for entry in entries})):
        rows += connection.execute(_OF_MANY, {"cases": cases}).all()
    for pairs in _pieces(sorted({(entry.case, entry.key) for entry in entries})):
        for case, key, seq in connection.execute(_KNOWN_OF_MANY, {"pairs": pairs}):
            known[case, key] = seq
    return rows, known


def recorded_meanwhile(connection: Connection, entry: "Entry") -> int | None:
    """The first event of a command that another process recorded while this one waited for the
    case: the query that waits sees the case as it is then, but the events as they were before."""
    pairs = {"pairs": [(entry.case, entry.key)]}
    found = connection.execute(_KNOWN_OF_MANY, pairs).first()
    return found.seq if found else None


def _pieces(values: list) -> Iterator[list]:
    return (values[first : first + AT_ONCE] for first in range(0, len(values), AT_ONCE))


def find_round(connection: Connection, key: str) -> Row:
    """Definition, standard and office of the round a case is opened in; NoResultFound where there
    is no such round."""
    return connection.execute(_ROUND, {"round_id": key}).one()


def events_of_command(connection: Connection, case: str, first: int) -> tuple[tuple[int, str], ...]:
    """The events of the command whose first event is ``first``: up to the next command's."""
    events: list[tuple[int, str]] = []
    for row in connection.execute(_FROM, {"case_id": case, "first": first}):
        if events and row.key is not None:
            break
        events.append((row.seq, row.type))
    return tuple(events)
