"""A case at hand: its dossier as one visitor may see it, and what they may do in it now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fastapi import Depends, Request
from sqlalchemy import Connection, Row, select

from engine.dossier import Dossier, read_dossiers
from models.cases import Case
from portal.access import Visitor, may_see_case, roles_in_case, sees_only_issues
from portal.desk import Desk
from portal.gate import NotAllowed, entered
from portal.limits import only_issues_of
from portal.rendering import case_of
from rules.process import Process
from rules.state import CaseState

_CASES = Case.__table__
_ROW = select(_CASES.c.id, _CASES.c.of, _CASES.c.round, _CASES.c.office, _CASES.c.subject)


@dataclass(frozen=True)
class Sight:
    """One case, one visitor. ``roles`` are those in which the visitor may act, strongest first."""

    desk: Desk
    visitor: Visitor
    row: Row
    dossier: Dossier
    roles: tuple[str, ...]
    today: date
    connection: Connection

    @property
    def id(self) -> str:
        """The case's id."""
        return self.row.id

    @property
    def state(self) -> CaseState:
        """Where it stands."""
        return self.dossier.state

    @property
    def process(self) -> Process:
        """Its compiled definition."""
        return self.dossier.process

    @property
    def limited(self) -> bool:
        """Whether only the visitor's own issues are to be seen; the dossier holds nothing else."""
        return sees_only_issues(self.visitor, self.row)

    @property
    def subject(self) -> Row:
        """The organisation it is about."""
        return self.dossier.subject

    def form(self, payload: str) -> dict:
        """What was written with a command, by its digest; empty once erased."""
        told = self.dossier.story
        return told[0].forms.of(payload) if told and payload else {}


def sight_of(desk: Desk, connection: Connection, visitor: Visitor, case: str) -> Sight:
    """The case as a visitor sees it; NotAllowed where there is none or it is not theirs to see:
    whoever asks at random learns nothing."""
    row = connection.execute(_ROW.where(_CASES.c.id == case)).first()
    if row is not None and row.of != "own":  # an office's own affairs are in its log alone
        dossier = read_dossiers(connection, desk.journal.shelf, [case])[case]
        if may_see_case(connection, visitor, row, dossier.state):
            roles = tuple(roles_in_case(visitor, row, dossier.state))
            if sees_only_issues(visitor, row):
                dossier = only_issues_of(dossier, visitor.organisation)
            return Sight(desk, visitor, row, dossier, roles, desk.today(), connection)
    raise NotAllowed("没有这个案卷，或者它不在您负责的范围内。")


def case_at_hand(
    request: Request, case: str, visitor: Visitor = Depends(entered)
) -> Iterator[Sight]:
    """Depends: the case named in the address (with ~ for /)."""
    desk: Desk = request.app.state.desk
    with desk.database.reading() as connection:
        yield sight_of(desk, connection, visitor, case_of(case))


def reading(request: Request) -> Iterator[Connection]:
    """Depends: a snapshot of the database for one page."""
    with request.app.state.desk.database.reading() as connection:
        yield connection
