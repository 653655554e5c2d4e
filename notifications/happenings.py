"""What a message asks of the log: its event, what was written with it, why a day is due.

Row by row and never the whole story: a message concerns one event, and there are many messages.
"""

import json
from datetime import date
from typing import Any

from sqlalchemy import select

from engine.dossier import Dossier
from models.deadlines import DeadlineRow
from models.events import Payload, StoredEvent
from rules.messages import Event
from rules.reckoning import Reckoning
from rules.vocabulary import read_event

_EVENTS, _PAYLOADS = StoredEvent.__table__, Payload.__table__
_DEADLINES = DeadlineRow.__table__


def event_at(dossier: Dossier, seq: int) -> Event:
    """The event of that number in the case; NoResultFound where there is none."""
    wanted = select(_EVENTS.c.body).where(_EVENTS.c.case == dossier.id, _EVENTS.c.seq == seq)
    return read_event(json.loads(dossier.connection.execute(wanted).scalar_one()))


def latest_before(
    dossier: Dossier, seq: int, type_: str, stage: str, item: str = ""
) -> Event | None:
    """The latest event of a type in a stage (of an item, where one is named) before ``seq``."""
    wanted = (
        select(_EVENTS.c.body)
        .where(_EVENTS.c.case == dossier.id, _EVENTS.c.seq < seq)
        .where(_EVENTS.c.type == type_, _EVENTS.c.stage == stage)
        .order_by(_EVENTS.c.seq.desc())
        .limit(1)
    )
    if item:
        wanted = wanted.where(_EVENTS.c.item == item)
    body = dossier.connection.execute(wanted).scalar()
    return read_event(json.loads(body)) if body else None


def form_of(dossier: Dossier, payload: str) -> dict[str, Any]:
    """What was written with a command, by its digest; empty once erased."""
    if not payload:
        return {}
    wanted = select(_PAYLOADS.c.body).where(
        _PAYLOADS.c.case == dossier.id, _PAYLOADS.c.digest == payload
    )
    body = dossier.connection.execute(wanted).scalar()
    form = json.loads(body) if body else {}
    return form if isinstance(form, dict) else {}


def reckoned(dossier: Dossier, key: str) -> list[tuple[int, date, Reckoning]]:
    """Every arming of a deadline: the event's number, the day, and why it is that day."""
    wanted = (
        select(_DEADLINES.c.seq, _DEADLINES.c.due_on, _DEADLINES.c.reckoning)
        .where(_DEADLINES.c.case == dossier.id, _DEADLINES.c.key == key)
        .order_by(_DEADLINES.c.seq)
    )
    return [
        (row.seq, row.due_on, Reckoning.model_validate_json(row.reckoning))
        for row in dossier.connection.execute(wanted)
    ]
