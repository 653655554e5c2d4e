"""Review teams: in which live cases somebody goes along, found without reading every case.

Who was ever named is sought in the log by event type; whether it still holds, the state says.
"""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from models.cases import Case
from models.events import StoredEvent
from models.organisations import Organisation
from portal.desk import Desk
from rules.state import CaseState
from rules.values import canonical

_CASES, _EVENTS, _ORGANISATIONS = Case.__table__, StoredEvent.__table__, Organisation.__table__

BACK = timedelta(days=730)  # nobody is in a team that was named longer ago
LIVE = ("open", "escalated")

# Both are sought by the index of types: a few thousand rows in the largest province.
_NAMED = (
    select(
        _CASES.c.id,
        _CASES.c.seq,
        _CASES.c.head,
        _CASES.c.state,
        _CASES.c.subject,
        _ORGANISATIONS.c.name,
    )
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .where(_CASES.c.status.in_(LIVE))
    .where(
        _CASES.c.id.in_(
            select(_EVENTS.c.case).where(
                _EVENTS.c.type == bindparam("type"),
                _EVENTS.c.happened_on >= bindparam("since"),
                _EVENTS.c.body.contains(bindparam("person"), autoescape=False),
            )
        )
    )
    .order_by(_CASES.c.id)
)


class Review(NamedTuple):
    """A review somebody goes along to. ``lead``: they lead it."""

    case: str
    subject: str
    name: str
    stage: str
    state: CaseState
    lead: bool
    starts: date | None
    ends: date | None
    phase: str


def reviews_of(desk: Desk, connection: Connection, person: str) -> list[Review]:
    """The open reviews whose team a person is in now, the next first."""
    values = {
        "type": "on_site_review.team.appointed",
        "since": desk.today() - BACK,
        "person": canonical(person),
    }
    found = []
    for row in connection.execute(_NAMED, values):
        state = desk.journal.shelf.memory.state(row.id, row.seq, row.head, row.state)
        found += [
            Review(
                row.id,
                row.subject,
                row.name,
                stage,
                state,
                data.lead == person,
                data.starts,
                data.ends,
                data.phase,
            )
            for stage, held in state.stages.items()
            if held.kind == "on_site_review" and held.open
            for data in [held.data]
            if person in (data.lead, *data.team)
        ]
    return sorted(found, key=lambda one: (one.starts or date.max, one.case))
