"""Definitions and standards as rounds were opened with them, frozen by hash; and the calendar that
an office has now."""

from functools import lru_cache

from sqlalchemy import Connection, bindparam, insert, select, text

from engine.library import shipped_calendar
from engine.memory import Memory
from engine.statements import Prepared
from models.cases import Case
from models.standards import FrozenText
from rules.days import Calendar
from rules.definition import Definition
from rules.holidays import OwnDays
from rules.office_affairs import own_case
from rules.process import Process
from rules.standard import Standard
from rules.state import CaseState
from rules.values import canonical

_TEXTS, _CASES = FrozenText.__table__, Case.__table__


def freeze(connection: Connection, kind: str, name: str, key: str, text: str) -> None:
    """Keep a text by its hash, once."""
    if connection.execute(select(_TEXTS.c.hash).where(_TEXTS.c.hash == key)).first() is None:
        row = {"hash": key, "kind": kind, "name": name, "text": text}
        connection.execute(insert(_TEXTS).values(row))


def freeze_definition(connection: Connection, definition: Definition) -> str:
    """Freeze a definition; its hash."""
    text = canonical(definition.model_dump(mode="json"))
    freeze(connection, "definition", definition.process, definition.hash, text)
    return definition.hash


def freeze_standard(connection: Connection, standard: Standard) -> str:
    """Freeze a standard; its version."""
    text = canonical(standard.model_dump(mode="json"))
    freeze(connection, "standard", standard.standard, standard.version, text)
    return standard.version


def _text(connection: Connection, key: str) -> str:
    return connection.execute(select(_TEXTS.c.text).where(_TEXTS.c.hash == key)).scalar_one()


@lru_cache(maxsize=64)
def _process(text: str) -> Process:
    return Process(Definition.model_validate_json(text))


@lru_cache(maxsize=64)
def _standard(text: str) -> Standard:
    return Standard.model_validate_json(text)


# An office's own affairs have no stages and no clock.
OWN_AFFAIRS = Process(
    Definition.model_construct(
        process="own",
        title="本室事务",
        version="1",
        subjects=["office"],
        period="year",
        remind=[],
        escalate=[],
        stages=[],
    )
)


_NOTHING = CaseState(of="own")
_OWN = Prepared(
    select(_CASES.c.seq, _CASES.c.head, _CASES.c.state).where(_CASES.c.id == bindparam("case"))
)


# SQLite has one writer, and no need of them.
_COUNTS_BY_THE_DAYS = text("SELECT pg_advisory_xact_lock_shared(hashtext(:case))")
_CHANGES_THE_DAYS = text("SELECT pg_advisory_xact_lock(hashtext(:case))")


def hold_days(connection: Connection, office: str, change: bool) -> None:
    """Hold an office's calendar until this transaction is over: whoever changes it waits for all
    who count by it, and those for the change. So a deadline is either reckoned by the new calendar
    or there to be reckoned anew by it."""
    if connection.dialect.name == "postgresql":
        held = _CHANGES_THE_DAYS if change else _COUNTS_BY_THE_DAYS
        connection.execute(held, {"case": own_case(office)})


class Shelf:
    """Frozen texts as values, read once per process: they never change. ``memory`` does the same
    for the log. ``calendar`` is the one of an office that has entered nothing of its own: by
    default what comes with the product."""

    def __init__(self, calendar: Calendar | None = None) -> None:
        self.memory = Memory()
        self._given = calendar
        self._calendars: dict[str, tuple[OwnDays, Calendar]] = {}
        self._processes: dict[str, Process] = {}
        self._standards: dict[str, Standard] = {}

    def process(self, connection: Connection, key: str) -> Process:
        """The compiled definition of that hash; without one, that of an office's own affairs."""
        if not key:
            return OWN_AFFAIRS
        if key not in self._processes:
            self._processes[key] = _process(_text(connection, key))
        return self._processes[key]

    def standard(self, connection: Connection, key: str) -> Standard | None:
        """The standard of that version; None for no version."""
        if not key:
            return None
        if key not in self._standards:
            self._standards[key] = _standard(_text(connection, key))
        return self._standards[key]

    @property
    def usual_calendar(self) -> Calendar:
        """The calendar of an office that has entered nothing of its own."""
        return self._given or shipped_calendar()

    def own_affairs(self, connection: Connection, office: str) -> CaseState:
        """An office's own affairs as its own log has them now: its days, its wordings."""
        case = own_case(office)
        rows = _OWN.fetch(connection, {"case": case})
        return self.memory.state(case, *rows[0]) if rows else _NOTHING

    def own_days(self, connection: Connection, office: str) -> OwnDays:
        """What an office entered into its calendar."""
        return self.own_affairs(connection, office).days

    def calendar(self, connection: Connection, office: str) -> Calendar:
        """The calendar of an office as its own log has it now."""
        own = self.own_days(connection, office)
        kept = self._calendars.get(office)
        if kept is None or kept[0] != own:
            kept = self._calendars[office] = (own, self.usual_calendar.with_own(own))
        return kept[1]
