"""An office's own affair at hand - the template of a kind of letter, the words of a kind of
message - and the way into the office's own log."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import Connection, Row, select

from engine.journal import Entry, Recorded
from models.events import StoredEvent
from models.people import Person
from portal.access import Visitor
from portal.desk import Desk
from rules.office_affairs import OfficeCommand, own_case
from rules.values import Refusal

_EVENTS, _PEOPLE = StoredEvent.__table__, Person.__table__


@dataclass(frozen=True)
class OwnAffair:
    """One kind of letter or message, and the office whose own of it is asked for."""

    kind: str
    request: Request
    visitor: Visitor
    connection: Connection

    @property
    def desk(self) -> Desk:
        """The house."""
        return self.request.app.state.desk

    @property
    def office(self) -> str:
        """The visitor's own office: nobody sees another's."""
        return self.visitor.organisation

    def steps(self, *types: str) -> Sequence[Row]:
        """Events of these types about it in the office's own log, the latest first, each with the
        name of whoever took the step."""
        events = (
            select(_EVENTS, _PEOPLE.c.name)
            .outerjoin(_PEOPLE, _PEOPLE.c.id == _EVENTS.c.actor)
            .where(_EVENTS.c.case == own_case(self.office), _EVENTS.c.item == self.kind)
            .where(_EVENTS.c.type.in_(types))
            .order_by(_EVENTS.c.seq.desc())
        )
        return self.connection.execute(events).all()


def record_own(
    desk: Desk, visitor: Visitor, command: OfficeCommand, key: str
) -> Recorded | Refusal:
    """Record a step in the affairs of the visitor's office."""
    case, actor = own_case(visitor.organisation), visitor.actor("office")
    return desk.journal.record(Entry(command, case, actor, desk.now(), key))
