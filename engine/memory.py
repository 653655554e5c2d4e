"""What a process has read of the log and need not read again: events never change.

Parsing a case's whole story for each of its papers was a third of the demo; with this only what
is new since the last paper is parsed.
"""

import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from engine.statements import Prepared
from models.events import StoredEvent
from rules.case_folding import evolve
from rules.messages import Event
from rules.process import Process
from rules.state import CaseState
from rules.vocabulary import read_event, read_state

_EVENTS = StoredEvent.__table__

CASES = 2000  # remembered at once: about 100 KB each at the end of a year

_SINCE = Prepared(
    select(
        _EVENTS.c.seq,
        _EVENTS.c.body,
        _EVENTS.c.at,
        _EVENTS.c.actor,
        _EVENTS.c.role,
        _EVENTS.c.on_behalf_of,
    )
    .where(_EVENTS.c.case == bindparam("case"), _EVENTS.c.seq > bindparam("since"))
    .order_by(_EVENTS.c.seq)
)


class Recorded(NamedTuple):
    """One event as it stands in the log."""

    seq: int
    event: Event
    at: str
    actor: str
    role: str
    on_behalf_of: str


class Memory:
    """The events and states of the cases read last, of one database."""

    def __init__(self) -> None:
        self._events: OrderedDict[str, list[Recorded]] = OrderedDict()
        self._states: OrderedDict[str, tuple[int, str, CaseState]] = OrderedDict()
        self._folds: OrderedDict[str, tuple[Process, int, CaseState]] = OrderedDict()

    def events(self, connection: Connection, case: str) -> list[Recorded]:
        """Every event of a case, in order."""
        known = self._events.get(case, [])
        values = {"case": case, "since": known[-1].seq if known else 0}
        new = [
            Recorded(row[0], read_event(json.loads(row[1])), *row[2:])
            for row in _SINCE.fetch(connection, values)
        ]
        # A list of its own: another thread may be reading the one before.
        self._events[case] = known = known + new if new else known
        _keep(self._events, case)
        return known

    def state(self, case: str, seq: int, head: str, text: str) -> CaseState:
        """A state from its text; the number and hash of its last event say whether it is known."""
        known = self._states.get(case)
        if known is None or known[:2] != (seq, head):
            self._states[case] = known = (seq, head, read_state(text))
        _keep(self._states, case)
        return known[2]

    def folded(self, case: str, process: Process, events: Sequence[Event]) -> CaseState:
        """The fold of a case's first events, going on from the last that was asked for: the
        papers of a case are written in the order of its events."""
        by, count, state = self._folds.get(case, (process, 0, CaseState()))
        if by is not process or count > len(events):
            count, state = 0, CaseState()
        for event in events[count:]:
            state = evolve(process, state, event)
        self._folds[case] = (process, len(events), state)
        _keep(self._folds, case)
        return state


def _keep(held: OrderedDict, case: str) -> None:
    held.move_to_end(case)
    if len(held) > CASES:
        held.popitem(last=False)
