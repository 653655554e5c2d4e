"""What a message asks of the log: its event, what was written with it, why a day is due.

Row by row and never the whole story: a message concerns one event, and there are many messages.
The statements are built once; only their values differ.
"""

import json
from datetime import date
from typing import Any

from sqlalchemy import bindparam, literal_column, select

from engine.dossier import Dossier
from engine.statements import Prepared
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from rules.case_words import DateCorrected
from rules.corrections import corrects
from rules.messages import Event
from rules.reckoning import Reckoning
from rules.vocabulary import read_event

_EVENTS, _PAYLOADS = StoredEvent.__table__, Payload.__table__
_DEADLINES = DeadlineRow.__table__

_EVENT_AT = Prepared(
    select(_EVENTS.c.body).where(
        _EVENTS.c.case == bindparam("case"), _EVENTS.c.seq == bindparam("seq")
    )
)
_CORRECTED_SINCE = Prepared(
    select(_EVENTS.c.body)
    .where(_EVENTS.c.case == bindparam("case"), _EVENTS.c.seq > bindparam("seq"))
    .where(_EVENTS.c.type == literal_column("'case.corrected'"))
    .order_by(_EVENTS.c.seq)
)
_LATEST_BEFORE = Prepared(
    select(_EVENTS.c.body)
    .where(_EVENTS.c.case == bindparam("case"), _EVENTS.c.seq < bindparam("seq"))
    .where(_EVENTS.c.type == bindparam("type"), _EVENTS.c.stage == bindparam("stage"))
    .where(_EVENTS.c.item == bindparam("item"))
    .order_by(_EVENTS.c.seq.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0"))  # SQLite would bind a number otherwise
)
_PAYLOAD = Prepared(select(_PAYLOADS.c.body).where(_PAYLOADS.c.digest == bindparam("digest")))
_RECKONED = Prepared(
    select(_DEADLINES.c.seq, _DEADLINES.c.due_on, _DEADLINES.c.reckoning)
    .where(_DEADLINES.c.case == bindparam("case"), _DEADLINES.c.key == bindparam("key"))
    .order_by(_DEADLINES.c.seq)
)


def event_at(dossier: Dossier, seq: int) -> Event:
    """The event of that number in the case, its day as it was corrected since; ValueError where
    there is none."""
    values = {"case": dossier.id, "seq": seq}
    [(body,)] = _EVENT_AT.fetch(dossier.connection, values)
    event = read_event(json.loads(body))
    for (found,) in _CORRECTED_SINCE.fetch(dossier.connection, values):
        fix = read_event(json.loads(found))
        assert isinstance(fix, DateCorrected)
        if corrects(fix, event) and fix.was == event.happened_on:
            event = event.model_copy(update={"happened_on": fix.happened_on})
    return event


def latest_before(dossier: Dossier, seq: int, type_: str, stage: str, item: str) -> Event | None:
    """The latest event of a type and item in a stage before the one of number ``seq``."""
    values = {"case": dossier.id, "seq": seq, "type": type_, "stage": stage, "item": item}
    found = _LATEST_BEFORE.fetch(dossier.connection, values)
    return read_event(json.loads(found[0][0])) if found else None


def form_of(dossier: Dossier, payload: str) -> dict[str, Any]:
    """What was written with a command, by its digest; empty once erased."""
    if not payload:
        return {}
    found = _PAYLOAD.fetch(dossier.connection, {"digest": payload})
    form = json.loads(found[0][0]) if found and found[0][0] else {}
    return form if isinstance(form, dict) else {}


def reckoned(dossier: Dossier, key: str) -> list[tuple[int, date, Reckoning]]:
    """Every arming of a deadline: the event's number, the day, and why it is that day."""
    rows = _RECKONED.fetch(dossier.connection, {"case": dossier.id, "key": key})
    return [
        (seq, date.fromisoformat(str(due_on)), Reckoning.model_validate_json(reckoning))
        for seq, due_on, reckoning in rows  # the day is a text in SQLite
    ]
