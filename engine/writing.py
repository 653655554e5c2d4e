"""What a batch of decisions writes: gathered as rows, then written table by table at once."""

from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, literal_column, update

from engine.chain import link
from engine.projections import ADD_NUMBER, PROJECTED, Rows, rows_of
from engine.statements import Prepared, inserting
from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from models.orders import OrderRow
from rules import case_words as w
from rules.case import Decision
from rules.messages import Event
from rules.orders import Order, owe
from rules.process import Process
from rules.state import CaseState, deadline_key

if TYPE_CHECKING:
    from engine.journal import Entry
    from engine.standing import Standing

_CASES, _EVENTS, _PAYLOADS = Case.__table__, StoredEvent.__table__, Payload.__table__
_DEADLINES, _ORDERS = DeadlineRow.__table__, OrderRow.__table__

_ADD_CASE, _ADD_EVENT, _ADD_PAYLOAD, _ADD_DEADLINE, _ADD_ORDER = map(
    inserting, (_CASES, _EVENTS, _PAYLOADS, _DEADLINES, _ORDERS)
)
_MOVE_CASE = Prepared(
    update(_CASES)
    .where(_CASES.c.id == bindparam("b_id"))
    .values(
        seq=bindparam("b_seq"),
        head=bindparam("b_head"),
        status=bindparam("b_status"),
        state=bindparam("b_state"),
    )
)
_ARMED_KEY = (
    _DEADLINES.c.case == bindparam("b_case"),
    _DEADLINES.c.key == bindparam("b_key"),
    _DEADLINES.c.state == literal_column("'armed'"),
)
_LOOK_AGAIN = Prepared(
    update(_DEADLINES)
    .where(*_ARMED_KEY)
    .values(
        next_on=bindparam("b_next_on"), missed=bindparam("b_missed"), level=bindparam("b_level")
    )
)
_END_DEADLINE = Prepared(update(_DEADLINES).where(*_ARMED_KEY).values(state=bindparam("b_state")))

# The state a deadline's row is left in by the event that ends it.
ENDED = {
    "deadline.cancelled": "cancelled",
    "deadline.lapsed": "lapsed",
}


class Writing:
    """Rows of one transaction, in the order they will be written."""

    def __init__(self) -> None:
        self.touched: dict[str, None] = {}
        self._new_cases: dict[str, dict] = {}
        self._cases: dict[str, dict] = {}
        self._events: list[dict] = []
        self._payloads: list[dict] = []
        self._orders: list[dict] = []
        self._deadlines: list[dict] = []
        self._fresh: dict[tuple[str, str], dict] = {}
        self._looks: dict[tuple[str, str], dict] = {}
        self._ends: dict[tuple[str, str], dict] = {}
        self._projected: Rows = []

    def keep_payload(self, case: str, key: str, salt: str, body: str) -> None:
        """Free text of a command, apart from its events."""
        row = {"digest": key, "case": case, "salt": salt, "body": body, "erased_at": ""}
        self._payloads.append(row)

    def append(
        self, process: Process, case: "Standing", entry: "Entry", decision: Decision
    ) -> tuple[int, str]:
        """Chain a decision's events to a case; its new number and head."""
        seq, head, at = case.seq, case.head, iso(entry.at)
        key: str | None = entry.key
        for event, state in zip(decision.events, decision.states, strict=True):
            seq += 1
            body = event.model_dump_json()
            actor, behalf = entry.actor, entry.on_behalf_of
            fields = (case.id, seq, at, actor.person, actor.role, behalf, key, body)
            prev, head = head, link(head, fields)
            self._events.append(
                {
                    "case": case.id,
                    "seq": seq,
                    "type": event.type,
                    "stage": event.stage,
                    "item": event.item,
                    "happened_on": event.happened_on,
                    "at": at,
                    "actor": actor.person,
                    "role": actor.role,
                    "on_behalf_of": behalf,
                    "key": key,
                    "body": body,
                    "prev": prev,
                    "hash": head,
                }
            )
            key = None
            self._consequences(process, case, entry, seq, event, state)
        self._stand(case, entry, seq, head, decision.state)
        return seq, head

    def _consequences(
        self,
        process: Process,
        case: "Standing",
        entry: "Entry",
        seq: int,
        event: Event,
        state: CaseState,
    ) -> None:
        if isinstance(event, w.DeadlineEvent):
            self._deadline(case, seq, event, state)
        for number, order in enumerate(owe(process, state, event)):
            self._orders.append(
                order_row(case.id, case.office, seq, number, order, event.happened_on)
            )
        self._projected += rows_of(case, entry, seq, event, state)

    def _deadline(
        self, case: "Standing", seq: int, event: w.DeadlineEvent, state: CaseState
    ) -> None:
        """At most one arming of a key is armed: a new one moves the old, an end ends it."""
        key = deadline_key(event.stage, event.deadline, event.item)
        if isinstance(event, w.DeadlineArmed):
            self._end(case.id, key, "moved")
            row = armed_row(case.id, case.office, seq, key, event)
            self._deadlines.append(row)
            self._fresh[case.id, key] = row
        elif isinstance(event, w.DeadlineMet):
            self._end(case.id, key, "late" if event.late else "met")
        elif event.type in ENDED:
            self._end(case.id, key, ENDED[event.type])
        else:
            now = state.deadlines[key]
            look = {"next_on": now.next_on, "missed": now.missed, "level": now.level}
            if fresh := self._fresh.get((case.id, key)):
                fresh.update(look)
            else:
                self._looks[case.id, key] = look

    def _end(self, case: str, key: str, state: str) -> None:
        """End the armed row of a key, where there is one: in memory if armed just now."""
        if fresh := self._fresh.pop((case, key), None):
            fresh["state"] = state
        else:
            self._ends.setdefault((case, key), {"state": state})

    def _stand(
        self, case: "Standing", entry: "Entry", seq: int, head: str, state: CaseState
    ) -> None:
        self.touched[case.id] = None
        row = self._new_cases.get(case.id)
        standing = {"seq": seq, "head": head, "status": state.status}
        if case.seq == 0 and row is None:
            row = self._new_cases[case.id] = {
                "id": case.id,
                "of": state.of,
                "round": state.round,
                "office": case.office,
                "subject": state.subject,
                "definition": case.definition,
                "standard": case.standard,
            }
        if row is None:
            row = self._cases.setdefault(case.id, {"b_id": case.id})
            standing = {f"b_{name}": value for name, value in standing.items()}
        row.update(standing)
        row["b_state" if "b_id" in row else "state"] = state

    def enter_numbers(self, connection: Connection) -> None:
        """Enter the numbers given just now, so that the batch's next letter counts on from them."""
        given = [row for to, row in self._projected if to is ADD_NUMBER]
        if given:
            ADD_NUMBER.run(connection, given)
            self._projected = [one for one in self._projected if one[0] is not ADD_NUMBER]

    def flush(self, connection: Connection) -> None:
        """Write everything; the events first, so that a lost race is noticed at once, and in the
        order of their cases, so that two batches that meet never wait for each other."""
        for row in (*self._new_cases.values(), *self._cases.values()):
            name = "b_state" if "b_id" in row else "state"
            row[name] = row[name].model_dump_json()
        steps: tuple[tuple[Prepared, list[dict]], ...] = (
            (_ADD_CASE, sorted(self._new_cases.values(), key=itemgetter("id"))),
            (_ADD_EVENT, sorted(self._events, key=itemgetter("case"))),
            (_ADD_PAYLOAD, self._payloads),
            (_MOVE_CASE, sorted(self._cases.values(), key=itemgetter("b_id"))),
            (_LOOK_AGAIN, [_keyed(key, values) for key, values in self._looks.items()]),
            (_END_DEADLINE, [_keyed(key, values) for key, values in self._ends.items()]),
            (_ADD_DEADLINE, self._deadlines),
            (_ADD_ORDER, self._orders),
        )
        for statement, rows in steps:
            statement.run(connection, rows)
        for statement in PROJECTED if self._projected else ():
            statement.run(connection, [row for to, row in self._projected if to is statement])


def _keyed(key: tuple[str, str], values: dict) -> dict:
    case, name = key
    return {"b_case": case, "b_key": name, **{f"b_{n}": value for n, value in values.items()}}


def armed_row(case: str, office: str, seq: int, key: str, event: w.DeadlineArmed) -> dict:
    """The row of a deadline just armed."""
    return {
        "case": case,
        "seq": seq,
        "key": key,
        "office": office,
        "who": event.who,
        "due_on": event.due_on,
        "next_on": event.next_on,
        "state": "armed",
        "missed": False,
        "level": 0,
        "provisional": event.reckoning.provisional,
        "reckoning": event.reckoning.model_dump_json(),
    }


def order_row(case: str, office: str, seq: int, number: int, order: Order, owed_on: date) -> dict:
    """The row of an order just owed."""
    return {
        "id": f"{case}#{seq:05}.{number}",
        "case": case,
        "seq": seq,
        "office": office,
        "flow": order.flow,
        "body": order.model_dump_json(),
        "owed_on": owed_on,
        "state": "open",
        "claim": 0,
        "leased_until": "",
        "flow_run": "",
        "outcome": "",
        "done_at": "",
    }


@lru_cache(maxsize=256)  # a batch has one or a few
def iso(at: datetime) -> str:
    """An instant as the log writes it: UTC, to the microsecond where there is one."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
