"""A whole round at a glance, kept in memory and brought up to date by what changed in the log.

Cases are never deleted and their numbers only grow: while count and sum of a round's numbers stay,
nothing has happened. Else the log tells what has, and if that does not explain the sum, all numbers
do. Cases that changed are read anew, all others stay as they were.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, select
from sqlalchemy.exc import NoResultFound

from engine.statements import Prepared
from engine.subtree import unsought
from models.cases import Case
from models.cycles import Cycle, Round
from models.events import StoredEvent
from portal.desk import Desk
from portal.gathered import Change, Gathered
from portal.glances import read_glance
from portal.round_view import Overview

_CASES, _ROUNDS, _CYCLES = Case.__table__, Round.__table__, Cycle.__table__
_EVENTS = StoredEvent.__table__
_OF_ROUND = _CASES.c.round == bindparam("round")
_LATEST = select(func.max(_EVENTS.c.at))
_SINCE = select(_CASES.c.id, _CASES.c.seq).where(
    unsought(_CASES.c.round) == bindparam("round"),
    _CASES.c.id.in_(select(_EVENTS.c.case).where(_EVENTS.c.at >= bindparam("since"))),
)
_MARK = select(func.count(), func.sum(_CASES.c.seq)).where(_OF_ROUND)
_NUMBERS = Prepared(select(_CASES.c.id, _CASES.c.seq).where(_OF_ROUND))
_STATES = select(_CASES.c.id, _CASES.c.seq, _CASES.c.state).where(
    _CASES.c.id.in_(bindparam("ids", expanding=True))
)
_EVERY_STATE = select(_CASES.c.id, _CASES.c.seq, _CASES.c.state).where(_OF_ROUND)
_THE_ROUND = select(_ROUNDS).where(_ROUNDS.c.id == bindparam("round"))
_THE_CYCLE = select(_CYCLES).where(_CYCLES.c.id == bindparam("cycle"))
_ROUNDS_OF = (
    select(_ROUNDS)
    .where(_ROUNDS.c.office.in_(bindparam("offices", expanding=True)))
    .order_by(_ROUNDS.c.first.desc(), _ROUNDS.c.last.desc(), _ROUNDS.c.id)
)
_RUNNING = _ROUNDS_OF.join(_CASES, _CASES.c.id == _ROUNDS.c.id).where(
    _CASES.c.status.in_(("open", "escalated"))
)

PAGE = 400  # states read by one query, where not all are
MANY = 8  # more than one case of so many changed: everything is gathered anew
KEPT = 24  # rounds kept in memory


class _Kept(NamedTuple):
    mark: tuple
    numbers: dict[str, int]
    latest: str  # when the latest event of all was recorded
    overview: Overview


_UNREADABLE = (ValueError, LookupError, TypeError)  # a row that was spoilt; `dudao check` names it


class Overviews:
    """The overviews of one desk's rounds, the latest asked for kept."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, connection: Connection, round_key: str) -> Overview:
        """The overview of a round as it stands now; NoResultFound where there is none."""
        mark = tuple(connection.execute(_MARK, {"round": round_key}).one())
        with self._lock:
            kept = self._kept.get(round_key)
            if kept is None or kept.mark != mark:
                kept = self._read(connection, round_key, mark, kept)
                self._kept[round_key] = kept
            self._kept.move_to_end(round_key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return kept.overview

    def _read(
        self, connection: Connection, round_key: str, mark: tuple, kept: _Kept | None
    ) -> _Kept:
        latest = connection.execute(_LATEST).scalar() or ""
        before = kept.numbers if kept else {}
        moved = _moved(connection, round_key, mark, kept) if kept else None
        if moved is None:
            moved = dict(_NUMBERS.fetch(connection, {"round": round_key}))
        numbers = {**before, **moved}
        stale = [case for case, seq in moved.items() if before.get(case) != seq]
        glances = dict(kept.overview.by_case) if kept else {}
        changes = []
        for row in _states(connection, round_key, stale, len(numbers)):
            try:
                glance = read_glance(row.id, row.state)
            except _UNREADABLE:  # looked at again next time; every other case is seen meanwhile
                del numbers[row.id]
                continue
            changes.append(Change(glances.get(row.id), glance))
            glances[row.id] = glance
        own = glances.pop(round_key, None) or (kept.overview.own if kept else None)
        if own is None:
            raise NoResultFound(round_key)
        changes = [change for change in changes if change.after is not own]
        if not all(change.before for change in changes):
            glances = dict(sorted(glances.items(), key=lambda item: item[1].subject))
        if kept is None:
            overview = Overview(*self._frame(connection, round_key), own, glances)
        else:
            few = len(changes) * MANY <= len(glances)
            gathered = kept.overview.gathered.after(changes) if few else Gathered()
            overview = replace(kept.overview, own=own, by_case=glances, gathered=gathered)
        return _Kept(mark, numbers, latest, overview)

    def _frame(self, connection: Connection, round_key: str) -> tuple:
        row = connection.execute(_THE_ROUND, {"round": round_key}).one()
        cycle = connection.execute(_THE_CYCLE, {"cycle": row.cycle or ""}).first()
        shelf = self._desk.journal.shelf
        process = shelf.process(connection, row.definition)
        return row, cycle, process, shelf.standard(connection, row.standard)


def _moved(
    connection: Connection, round_key: str, mark: tuple, kept: _Kept
) -> dict[str, int] | None:
    """The numbers of the cases in which something was recorded since; None where that does not
    explain how many events the round has now."""
    bound = {"round": round_key, "since": kept.latest}
    found = {row.id: row.seq for row in connection.execute(_SINCE, bound)}
    count, events = kept.mark
    count += len(found.keys() - kept.numbers.keys())
    events += sum(seq - kept.numbers.get(case, 0) for case, seq in found.items())
    return found if (count, events) == mark else None


def _states(connection: Connection, round_key: str, stale: list[str], of: int) -> Iterable[Row]:
    if len(stale) * 2 > of:
        yield from connection.execute(_EVERY_STATE, {"round": round_key})
        return
    for first in range(0, len(stale), PAGE):
        yield from connection.execute(_STATES, {"ids": stale[first : first + PAGE]})


def overview_of(desk: Desk, connection: Connection, round_key: str) -> Overview:
    """The overview of a round, as of the connection's snapshot; NoResultFound for no round."""
    kept = desk.__dict__.setdefault("_overviews", Overviews(desk))
    return kept.of(connection, round_key)


def rounds_of(connection: Connection, offices: Iterable[str]) -> list[Row]:
    """The rounds of some offices, the latest first."""
    return list(connection.execute(_ROUNDS_OF, {"offices": sorted(set(offices))}))


def running_rounds(connection: Connection, offices: Iterable[str]) -> list[Row]:
    """The rounds of some offices that are not over yet, the latest first."""
    return list(connection.execute(_RUNNING, {"offices": sorted(set(offices))}))


def round_at_hand(rounds: list[Row], wanted: str, today: date) -> Row | None:
    """The round asked for by its id, if it is among them; else the longest that runs today, else
    the latest."""
    for row in rounds:
        if row.id == wanted:
            return row
    running = [row for row in rounds if row.first <= today <= row.last]
    running.sort(key=lambda row: (row.first - row.last, row.id))
    return next(iter(running or rounds), None)
