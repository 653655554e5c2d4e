"""The journal: the only way in. A command is decided and all that follows is kept at once.

``record`` takes one command, ``record_batch`` many in one transaction; nothing is acknowledged
before the commit. The same idempotency key gives the same result and changes nothing again.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError, OperationalError

from engine.facts import gather
from engine.letter_facts import gather_letter
from engine.resting import collector_at_rest
from engine.shelf import Shelf, hold_days
from engine.standing import Standing, events_of_command, find, find_round, recorded_meanwhile
from engine.writing import Writing
from models.database import Database
from rules.case import handle
from rules.case_words import OpenCase
from rules.days import Calendar
from rules.kinds import Context
from rules.letter_words import LetterCommand
from rules.messages import Command
from rules.office_affairs import OfficeCommand, own_case
from rules.office_days import DaysCommand
from rules.state import CaseState
from rules.values import Actor, Refusal, canonical, digest
from rules.vocabulary import read_state

SHANGHAI = timedelta(hours=8)  # no daylight saving since 1991
ATTEMPTS = 8  # two writers at one case: the later one decides again on what the first left
STATES_KEPT = 5000  # parsed: reading one from its text costs as much as deciding


class Entry(NamedTuple):
    """One command with who, when and for whom. ``at`` is aware; ``happened_on`` defaults to its
    day in Shanghai. ``key`` must be the same when the same wish is sent again."""

    command: Command
    case: str
    actor: Actor
    at: datetime
    key: str
    happened_on: date | None = None
    on_behalf_of: str = ""


class Recorded(NamedTuple):
    """A command was taken: the events it led to, by number and type. None at all if it changed
    nothing. ``again`` if it had been recorded before."""

    case: str
    events: tuple[tuple[int, str], ...]
    again: bool = False


class Journal:
    """Records commands in a database. ``salt`` gives the salt of a payload from the command's key
    (random in real life; the demo derives it, so that two runs are alike)."""

    def __init__(self, database: Database, calendar: Calendar, salt: Callable[[str], str]) -> None:
        self.database = database
        self.shelf = Shelf(calendar)
        self._salt = salt
        self._lock = threading.Lock()
        self._states: OrderedDict[str, tuple[int, str, CaseState]] = OrderedDict()

    def record(self, entry: Entry) -> Recorded | Refusal:
        """Record one command; a Refusal changes nothing."""
        return self._record([entry])[0]

    def record_batch(self, entries: Sequence[Entry]) -> list[Recorded | Refusal]:
        """Record independent commands in one transaction, in their order; a refusal concerns only
        its own command."""
        with collector_at_rest():
            return self._record(entries)

    def _record(self, entries: Sequence[Entry]) -> list[Recorded | Refusal]:
        for attempt in range(ATTEMPTS):
            try:
                with self.database.writing() as connection:
                    return self._write(connection, entries)
            except (IntegrityError, OperationalError):
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _write(self, connection: Connection, entries: Sequence[Entry]) -> list[Recorded | Refusal]:
        rows, first_events = find(connection, entries)
        standing = {row.id: self._standing(row) for row in rows}
        known = {
            (case, key): Recorded(case, events_of_command(connection, case, seq), again=True)
            for (case, key), seq in first_events.items()
        }
        writing = Writing()
        round_of = cache(partial(find_round, connection))
        calendar_of = cache(partial(self._calendar, connection, entries))
        results: list[Recorded | Refusal] = []
        for entry in entries:
            before = known.get((entry.case, entry.key))
            if before is None:
                before = self._decide(connection, entry, standing, round_of, calendar_of, writing)
                if isinstance(before, Recorded) and before.events:
                    known[entry.case, entry.key] = Recorded(entry.case, before.events, True)
                elif first := recorded_meanwhile(connection, entry):
                    events = events_of_command(connection, entry.case, first)
                    before = Recorded(entry.case, events, again=True)
            results.append(before)
        writing.flush(connection)
        self._remember([standing[case] for case in writing.touched])
        return results

    def _calendar(self, connection: Connection, entries: Sequence[Entry], office: str) -> Calendar:
        changes = any(
            isinstance(entry.command, DaysCommand) and entry.command.office == office
            for entry in entries
        )
        hold_days(connection, office, changes)
        return self.shelf.calendar(connection, office)

    def _decide(
        self,
        connection: Connection,
        entry: Entry,
        standing: dict[str, Standing],
        round_of: Callable[[str], Row],
        calendar_of: Callable[[str], Calendar],
        writing: Writing,
    ) -> Recorded | Refusal:
        case = standing.get(entry.case) or _begun(entry, round_of)
        if case is None:
            return Refusal("没有这个案卷，请核对。")
        today = (entry.at + SHANGHAI).date()
        form = getattr(entry.command, "form", None)
        payload, salt, body = "", "", ""
        if form:
            body, salt = canonical(form), self._salt(f"{entry.case}|{entry.key}")
            payload = digest(salt + body)
        context = Context(
            definition=None,
            calendar=calendar_of(case.office),
            actor=entry.actor,
            happened_on=entry.happened_on or today,
            today=today,
            standard=self.shelf.standard(connection, case.standard),
            payload=payload,
            facts=self._facts(connection, case, entry, today),
        )
        process = self.shelf.process(connection, case.definition)
        decision = handle(process, context, case.state, entry.command)
        if isinstance(decision, Refusal):
            return decision
        if not decision.events:
            return Recorded(entry.case, ())
        if payload:
            writing.keep_payload(entry.case, payload, salt, body)
        seq, head = writing.append(process, case, entry, decision)
        writing.enter_numbers(connection)
        standing[entry.case] = case._replace(seq=seq, head=head, state=decision.state)
        first = case.seq + 1
        return Recorded(
            entry.case, tuple((first + n, event.type) for n, event in enumerate(decision.events))
        )

    def _facts(
        self, connection: Connection, case: Standing, entry: Entry, today: date
    ) -> dict[str, Any]:
        command = entry.command
        if not isinstance(command, LetterCommand):
            return gather(connection, case.state, command, today)
        on, person = entry.happened_on or today, entry.actor.person
        return gather_letter(connection, case.id, case.office, command, person, on, today)

    def _standing(self, row: Row) -> Standing:
        """A case's row with its state as a value: from its text only if it moved elsewhere."""
        with self._lock:
            held = self._states.get(row.id)
        state = held[2] if held and held[:2] == (row.seq, row.head) else read_state(row.state)
        return Standing(*row[:6], state)

    def _remember(self, cases: list[Standing]) -> None:
        """Keep the latest states parsed; the row's number and hash say whether one still holds."""
        with self._lock:
            for case in cases:
                self._states[case.id] = (case.seq, case.head, case.state)
                self._states.move_to_end(case.id)
            while len(self._states) > STATES_KEPT:
                self._states.popitem(last=False)


def _begun(entry: Entry, round_of: Callable[[str], Row]) -> Standing | None:
    """A case that its first command begins; None where the command is none to begin one with."""
    command = entry.command
    if isinstance(command, OpenCase):
        return Standing(entry.case, *round_of(command.round), 0, "", CaseState())
    if isinstance(command, OfficeCommand) and entry.case == own_case(command.office):
        return Standing(entry.case, "", "", command.office, 0, "", CaseState())
    return None
