"""The year itself, day by day: the clock sweeps in the morning, people act during the day.

Everything that happens goes through the journal; what is done stands in the database, so that a
demo killed at any point goes on from there and ends in the same log.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dudao.demo.people import Cast
from dudao.demo.scene import Act
from engine.journal import SHANGHAI, Entry
from engine.orders import release
from engine.writing import iso
from models.cases import Case
from models.events import StoredEvent
from rules.process import Process
from rules.state import CaseState
from rules.values import Refusal
from rules.vocabulary import read_state
from tasks.calls import anybody_listens, call_systems
from tasks.carrying import carry_out, plainly, waiting
from tasks.house import House
from tasks.messages import mail, send_messages
from tasks.timekeeping import pass_deadlines

_CASES, _EVENTS = Case.__table__, StoredEvent.__table__

MORNING, WORKING_HOURS = time(7), time(10)
AFTERMATH = 120  # days after the year in which open reviews and follow-ups come to their end
BATCH = 400

Sweep = Callable[[datetime], Awaitable[Any]]


def instant(day: date, clock: time) -> datetime:
    """A time of day in Shanghai, as UTC."""
    return datetime.combine(day, clock, UTC) - SHANGHAI


async def sweep_plainly(at: datetime) -> None:
    """What the flow `keep_time` does, without Prefect: the same tasks in the same order."""
    pass_deadlines.fn(at)
    while owed := waiting(at):
        for backlog in owed:
            carry_out(backlog.flow, backlog.office, at, call=plainly)
    for office in mail(at):
        send_messages.fn(office, at, "")
    if anybody_listens():
        call_systems.fn(at)


class DiaryUnreadable(Exception):
    """The diary was spoilt; the message says which."""


@dataclass
class Diary:
    """How far the year has come, kept beside the database; ``refused`` counts what was not
    allowed, with the reasons in words."""

    path: Path
    done: str = ""
    refused: dict[str, int] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path) -> "Diary":
        """The diary of a folder, begun if there is none; DiaryUnreadable if it was spoilt."""
        if not path.exists():
            return cls(path)
        try:
            kept = json.loads(path.read_text("utf-8"))
            date.fromisoformat(kept["done"])
            return cls(path, kept["done"], dict(kept["refused"]))
        except (ValueError, KeyError, TypeError):
            raise DiaryUnreadable(f"演示的进度文件 {path} 读不出来，不能从中断处继续。") from None

    def close(self, day: date) -> None:
        """A day is over: written beside and moved into place, so that it is whole."""
        self.done = day.isoformat()
        beside = self.path.with_suffix(".part")
        kept = {"done": self.done, "refused": self.refused}
        beside.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
        beside.replace(self.path)


class Year:
    """One county's year. ``first`` is the day its round was opened."""

    def __init__(
        self,
        house: House,
        cast: Cast,
        round_key: str,
        first: date,
        diary: Diary,
        until: date = date.max,
    ) -> None:
        self.house = house
        self.cast = cast
        self.round = round_key
        self.first = first
        self.diary = diary
        self.until = until
        self._known: dict[str, tuple[int, CaseState]] = {}

    def days(self) -> Iterator[date]:
        """The working days still to live, from the one after the last that was closed: the
        office's machine is off at weekends, and the clock makes up for it."""
        day = self.first
        if self.diary.done:
            day = date.fromisoformat(self.diary.done) + timedelta(1)
        last = min(self.until, date(self.first.year, 12, 31) + timedelta(AFTERMATH))
        while day <= last:
            if self.house.journal.shelf.usual_calendar.is_working_day(day):
                yield day
            day += timedelta(1)

    async def live(self, sweep: Sweep, told: Callable[[date], None]) -> datetime:
        """Live every day that is left; ``told`` hears of each. Answers when the last sweep was."""
        release(self.house.database)  # whoever held orders when the engine was killed is gone
        over, day = self._begun(), self.first
        for day in self.days():
            if not over:  # else the morning's sweep is done: another would see what came after it
                await sweep(instant(day, MORNING))
            states = self.states()
            if not any(state.live for state in states.values()):
                break
            self._act(day, states, over)
            over = set()
            self.diary.close(day)
            told(day)
        last = instant(day, WORKING_HOURS)
        await sweep(last)
        return last

    def states(self) -> dict[str, CaseState]:
        """Every live case of the round, those that did not change since yesterday as they were."""
        numbers = select(_CASES.c.id, _CASES.c.seq).where(
            _CASES.c.round == self.round, _CASES.c.status.in_(("open", "escalated"))
        )
        with self.house.database.reading() as connection:
            rows = connection.execute(numbers.order_by(_CASES.c.id)).all()
            stale = [row.id for row in rows if self._known.get(row.id, (0,))[0] != row.seq]
            for first in range(0, len(stale), BATCH):
                page = select(_CASES.c.id, _CASES.c.seq, _CASES.c.state).where(
                    _CASES.c.id.in_(stale[first : first + BATCH])
                )
                for row in connection.execute(page):
                    self._known[row.id] = (row.seq, read_state(row.state))
        return {row.id: self._known[row.id][1] for row in rows}

    def _act(self, day: date, states: dict[str, CaseState], over: set[str]) -> None:
        """Everybody does what they do this day, but for the cases where that is over."""
        at = instant(day, WORKING_HOURS)
        entries = [
            _entry(case, key, act, at)
            for case, key, act in self.cast.acts(states, self._kinds, day)
            if case not in over
        ]
        for page in _by_case(entries):
            for result in self.house.journal.record_batch(page):
                if isinstance(result, Refusal):
                    count = self.diary.refused.get(result.reason, 0)
                    self.diary.refused[result.reason] = count + 1

    def _begun(self) -> set[str]:
        """The cases whose people had acted on the first day to live when the engine was killed."""
        first = next(self.days(), None)
        if first is None:
            return set()
        at = iso(instant(first, WORKING_HOURS))
        done = select(_EVENTS.c.case).where(_EVENTS.c.at == at).distinct()
        with self.house.database.reading() as connection:
            return set(connection.execute(done).scalars())

    @cached_property
    def process(self) -> Process:
        """The definition this year runs on."""
        with self.house.database.reading() as connection:
            wanted = select(_CASES.c.definition).where(_CASES.c.id == self.round)
            key = connection.execute(wanted).scalar_one()
            return self.house.journal.shelf.process(connection, key)

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return {stage.id: stage.kind for stage in self.process.definition.stages}


def _entry(case: str, key: str, act: Act, at: datetime) -> Entry:
    return Entry(act.command, case, act.actor, at, key, act.happened_on, act.on_behalf_of)


def _by_case(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Batches that never cut a case's acts of one day in two."""
    page: list[Entry] = []
    for entry in entries:
        if len(page) >= BATCH and entry.case != page[-1].case:
            yield page
            page = []
        page.append(entry)
    if page:
        yield page
