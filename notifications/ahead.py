"""What will be sent, to whom, and when, if nobody acts: from the deadlines that run now.

Every day's messages are counted without looking at a case; whose they are, and who is told, is read
for as many as are looked at.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from engine.apart import one_by_one_where_it_breaks
from engine.deputies import standing_in
from engine.dossier import Dossier, read_dossiers
from engine.shelf import Shelf
from notifications.alike import Alike, RunningDeadlines
from notifications.channel_settings import Channels
from notifications.recipients import NobodyToTell, Recipient, recipients
from notifications.standing_in import through_deputies
from rules.ahead import Spoken, spoken
from rules.days import Calendar
from rules.orders import Order
from rules.state import parts_of

_AT_ONCE = 200  # dossiers read together


class Ahead(NamedTuple):
    """One message to come: the day it goes out and the day it is owed, its kind, the case and whose
    it is, what it speaks of (a deadline's key, its duty, the day it is due), and who is told."""

    on: date
    owed_on: date
    name: str
    case: str
    subject: str
    key: str
    title: str
    due_on: date
    people: tuple[str, ...]
    names: tuple[str, ...]


class Day(NamedTuple):
    """A day on which something goes out: how many messages, how many of each kind and for each
    role, and of how many deadlines. One message may go to several people."""

    on: date
    messages: int
    kinds: Counter[str]
    roles: Counter[str]
    deadlines: int


@dataclass(frozen=True)
class Foresight:
    """Looks ahead for the offices of a house; ``channels`` are those set up there."""

    shelf: Shelf
    channels: Channels | None = None

    def __call__(
        self,
        connection: Connection,
        office: str,
        today: date,
        until: date,
        kind: str = "",
        school: str = "",
    ) -> "Foretold":
        """What an office's running deadlines will say (by one kind of message, or of the schools so
        named), as far as it goes out from ``today`` to ``until``."""
        calendar = self.shelf.calendar(connection, office)
        goes_out = self._leaving(office, calendar)
        running = RunningDeadlines(connection, office, school)
        said: dict[date, dict[Alike, list[Spoken]]] = {}
        for alike in running.counted(until):
            process = self.shelf.process(connection, alike.definition)
            for one in spoken(process, calendar, alike.running, today, until):
                on = goes_out(one)
                if on <= until and kind in ("", one.order.name):
                    said.setdefault(on, {}).setdefault(alike, []).append(one)
        return Foretold(self.shelf, running, said)

    def _leaving(self, office: str, calendar: Calendar) -> Callable[[Spoken], date]:
        """The day on which something owed goes out. Quiet hours only let it wait for another hour
        of its day; days off for the next day when offices work, unless it is urgent."""
        channels = self.channels
        policy = channels.offices.get(office, channels.policy) if channels else None
        if policy is None or not policy.days_off:
            return lambda said: said.on
        urgent = policy.urgent_names
        return lambda said: (
            said.on if said.order.name in urgent else calendar.working_day_from(said.on)
        )


@dataclass(frozen=True)
class Foretold:
    """What goes out on which day. It holds while its connection is open."""

    shelf: Shelf
    running: RunningDeadlines
    said: dict[date, dict[Alike, list[Spoken]]]

    @property
    def days(self) -> list[Day]:
        """The days on which anything goes out, in order."""
        return [_day(on, self.said[on]) for on in sorted(self.said)]

    def messages(self, on: date, first: int = 0, most: int | None = None) -> Iterator[Ahead]:
        """The messages of a day: of so many deadlines, from the ``first`` (0) on; those due first
        come first, then by case. They are said to those who hold the roles today, or who stands in
        for them on the day; to nobody where nobody does."""
        said = self.said.get(on, {})
        due: dict[date, list[Alike]] = {}
        for one in said:
            due.setdefault(one.due_on, []).append(one)
        left = sum(one.count for one in said) if most is None else most
        told = _Told(on)
        for due_on, alike in sorted(due.items()):
            whole = sum(one.count for one in alike)
            while first < whole and left > 0:
                rows = self.running.listed(due_on, alike, first, min(left, _AT_ONCE))
                if not rows:  # none of those that were counted
                    return
                dossiers = self._dossiers(case for case, _ in rows)
                for case, one in rows:
                    if case in dossiers:
                        yield from told.of(dossiers[case], one, said[one])
                first, left = first + len(rows), left - len(rows)
            first = max(0, first - whole)

    def _dossiers(self, cases: Iterable[str]) -> dict[str, Dossier]:
        """Without those that nobody can read: `dudao check` names them."""
        found: dict[str, Dossier] = {}
        for _, came in one_by_one_where_it_breaks(
            list(cases), lambda some: read_dossiers(self.running.connection, self.shelf, some)
        ):
            found |= came if isinstance(came, dict) else {}
        return found


def _day(on: date, said: dict[Alike, list[Spoken]]) -> Day:
    orders: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for alike, times in said.items():
        for one in times:
            orders[one.order.name, one.order.to] += alike.count
    kinds: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    for (name, to), count in orders.items():
        kinds[name] += count
        roles.update(dict.fromkeys(map(_role, to), count))
    return Day(on, kinds.total(), kinds, roles, sum(alike.count for alike in said))


def _role(role: str) -> str:
    """``unit:<code>`` speaks to whoever answers for a unit."""
    return "department" if role.startswith("unit:") else role


class _Told:
    """Who is told on a day; who stands in is asked for once for each day."""

    def __init__(self, on: date) -> None:
        self.on = on
        self._deputies: dict[date, dict[str, str]] = {}

    def of(self, dossier: Dossier, alike: Alike, said: list[Spoken]) -> Iterator[Ahead]:
        """What a deadline says that day."""
        key = alike.values[0]
        stage, name, item = parts_of(key)
        title = dossier.process.rule(stage, name).title
        for owed_on, order in said:
            order = order.model_copy(update={"about": {**order.about, "item": item}})
            people = self._people(dossier, order, owed_on)
            yield Ahead(
                on=self.on,
                owed_on=owed_on,
                name=order.name,
                case=dossier.id,
                subject=dossier.subject.name,
                key=key,
                title=title,
                due_on=alike.due_on,
                people=tuple(people),
                names=tuple(dossier.name(person) for person in people),
            )

    def _people(self, dossier: Dossier, order: Order, owed_on: date) -> list[str]:
        """It is placed for those there are on the day it is owed. Who is away when it goes out is
        told no more; those there are by then are told too (`notifications.handing_on`)."""
        try:
            told = recipients(dossier, order)
        except NobodyToTell:
            return []
        placed = self._there(dossier, told, owed_on)
        away = self._standing_in(dossier, self.on)
        if self.on == owed_on or away.keys().isdisjoint(placed):
            return placed
        anew = self._there(dossier, told, self.on)
        stay = [person for person in placed if person not in away or person in anew]
        return list(dict.fromkeys([*stay, *anew])) if len(stay) < len(placed) else placed

    def _there(self, dossier: Dossier, told: Sequence[Recipient], on: date) -> list[str]:
        there = through_deputies(told, self._standing_in(dossier, on), dossier.people)
        return [one.person for one in there]

    def _standing_in(self, dossier: Dossier, on: date) -> dict[str, str]:
        if on not in self._deputies:
            self._deputies[on] = standing_in(dossier.connection, on)
        return self._deputies[on]
