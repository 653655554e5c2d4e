"""What a message asks of the log: its event, what was written with it, why a day is due.

Row by row and never the whole story: a message concerns one event, and there are many messages.
The statements are built once; only their values differ.
"""

import json
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from engine.dossier import Dossier
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from rules.messages import Event
from rules.reckoning import Reckoning
from rules.vocabulary import read_event

_EVENTS, _PAYLOADS = StoredEvent.__table__, Payload.__table__
_DEADLINES = DeadlineRow.__table__

_EVENT_AT = select(_EVENTS.c.body).where(
    _EVENTS.c.case == bindparam("case"), _EVENTS.c.seq == bindparam("seq")
)
_LATEST_BEFORE = (
    select(_EVENTS.c.body)
    .where(_EVENTS.c.case == bindparam("case"), _EVENTS.c.seq < bindparam("seq"))
    .where(_EVENTS.c.type == bindparam("type"), _EVENTS.c.stage == bindparam("stage"))
    .where(_EVENTS.c.item == bindparam("item"))
    .order_by(_EVENTS.c.seq.desc())
    .limit(1)
)
_PAYLOAD = select(_PAYLOADS.c.body).where(_PAYLOADS.c.digest == bindparam("digest"))
_RECKONED = (
    select(_DEADLINES.c.seq, _DEADLINES.c.due_on, _DEADLINES.c.reckoning)
    .where(_DEADLINES.c.case == bindparam("case"), _DEADLINES.c.key == bindparam("key"))
    .order_by(_DEADLINES.c.seq)
)


def event_at(dossier: Dossier, seq: int) -> Event:
    """The event of that number in the case; NoResultFound where there is none."""
    found = dossier.connection.execute(_EVENT_AT, {"case": dossier.id, "seq": seq})
    return read_event(json.loads(found.scalar_one()))


def latest_before(dossier: Dossier, seq: int, type_: str, stage: str, item: str) -> Event | None:
    """The latest event of a type and item in a stage before the one of number ``seq``."""
    values = {"case": dossier.id, "seq": seq, "type": type_, "stage": stage, "item": item}
    body = dossier.connection.execute(_LATEST_BEFORE, values).scalar()
    return read_event(json.loads(body)) if body else None


def form_of(dossier: Dossier, payload: str) -> dict[str, Any]:
    """What was written with a command, by its digest; empty once erased."""
    if not payload:
        return {}
    body = dossier.connection.execute(_PAYLOAD, {"digest": payload}).scalar()
    form = json.loads(body) if body else {}
    return form if isinstance(form, dict) else {}


def reckoned(dossier: Dossier, key: str) -> list[tuple[int, date, Reckoning]]:
    """Every arming of a deadline: the event's number, the day, and why it is that day."""
    rows = dossier.connection.execute(_RECKONED, {"case": dossier.id, "key": key})
    return [(row.seq, row.due_on, Reckoning.model_validate_json(row.reckoning)) for row in rows]
