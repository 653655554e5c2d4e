"""What a corrected day changes, and who had been told the old one: read beforehand, to decide by,
and afterwards, to see to the rest.

A notice told an old day if that day stands in its words; a letter, if it quotes what happened then
or what was reckoned from it (its sources), so that nothing depends on how a message is worded.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice, takewhile
from typing import NamedTuple

from sqlalchemy import Row, or_, select

from engine.dossier import Dossier, Told
from models.letters import Letter
from models.messages import Message
from models.orders import OrderRow
from models.people import Person
from rules.case import handle
from rules.case_words import CorrectDate, DateCorrected, DeadlineArmed
from rules.corrections import corrects
from rules.kinds import Context
from rules.state import deadline_key
from rules.values import Actor, Refusal

_MESSAGES, _LETTERS, _PEOPLE = Message.__table__, Letter.__table__, Person.__table__
_ORDERS = OrderRow.__table__

MOST = 500  # notices listed; of a plan published to a province there are more


class Moved(NamedTuple):
    """A deadline that runs from the corrected day: when it was due, and when it is now."""

    stage: str
    name: str
    item: str
    was: date
    now: date
    why: str


class Notice(NamedTuple):
    """A message that told an old day. ``name``: of the person, "" for the public; ``again``: they
    are told the new one by a message of the correction itself."""

    key: str
    person: str
    name: str
    role: str
    on: date
    subject: str
    state: str
    again: bool


class Paper(NamedTuple):
    """A letter drafted before that quotes the old day or what was reckoned from it."""

    order: str
    title: str
    on: date
    number: str
    state: str


class Correction(NamedTuple):
    """A correction with all that hangs on it. ``more``: there are more notices than are listed."""

    event: DateCorrected
    moved: tuple[Moved, ...]
    notices: tuple[Notice, ...]
    papers: tuple[Paper, ...]
    more: bool

    @property
    def untold(self) -> int:
        """How many notices went to people whom no message tells the new day."""
        return sum(not one.again for one in self.notices)


def foreseen(
    dossier: Dossier, command: CorrectDate, actor: Actor, on: date
) -> Correction | Refusal:
    """What a correction would change on a day, decided as the journal will; nothing is kept."""
    context = Context(
        definition=None,
        calendar=dossier.calendar,
        actor=actor,
        happened_on=on,
        today=on,
        standard=dossier.standard,
    )
    decision = handle(dossier.process, context, dossier.state, command)
    if isinstance(decision, Refusal):
        return decision
    corrected = decision.events[0]
    assert isinstance(corrected, DateCorrected)
    armed = [event for event in decision.events[1:] if isinstance(event, DeadlineArmed)]
    before = {key: one.due_on for key, one in dossier.state.deadlines.items()}
    return _correction(dossier, corrected, len(dossier.story) + 1, armed, before, None)


def recorded(dossier: Dossier, seq: int) -> Correction | None:
    """What the correction of that number in the log has changed; None where it is none."""
    story = dossier.story
    if not 0 < seq <= len(story) or not isinstance(event := story[seq - 1].event, DateCorrected):
        return None
    at = story[seq - 1].at
    armed = [
        told.event
        for told in takewhile(lambda told: _belongs(told, at), story[seq:])
        if isinstance(told.event, DeadlineArmed)
    ]
    before = {
        _key(told.event): told.event.due_on
        for told in story[: seq - 1]
        if isinstance(told.event, DeadlineArmed)
    }
    return _correction(dossier, event, seq, armed, before, seq + len(armed))


def _belongs(told: Told, at: str) -> bool:
    event = told.event
    return isinstance(event, DeadlineArmed) and event.moved in ("corrected", "") and told.at == at


def _key(event: DeadlineArmed) -> str:
    return deadline_key(event.stage, event.deadline, event.item)


def _correction(
    dossier: Dossier,
    event: DateCorrected,
    seq: int,
    armed: Sequence[DeadlineArmed],
    before: dict[str, date],
    last: int | None,
) -> Correction:
    """``seq``: its number in the log; ``last``: of the last event that came with it, None where
    nothing is recorded yet."""
    moved = tuple(
        Moved(
            *(one.stage, one.deadline, one.item),
            before[_key(one)],
            one.due_on,
            one.reckoning.in_chinese(),
        )
        for one in armed
        if one.moved
    )
    known = {role for one in armed if one.moved for role in (*one.also, one.who)}
    days = {event.was, *(one.was for one in moved)}
    since = _since(dossier, event, seq)
    mentioning = (row for row in _mentioning(dossier, days) if since <= _seq(row.order) < seq)
    rows = list(islice(mentioning, MOST + 1))  # one more than are listed says that there are more
    told = _told(dossier, range(seq, last + 1)) if last else None
    notices = tuple(
        Notice(
            *(row.key, row.person, row.known_as or "", row.role),
            *(row.owed_on, row.subject, row.state),
            again=row.role in known if told is None else row.person in told,
        )
        for row in rows[:MOST]
    )
    papers = tuple(_papers(dossier, event, moved, seq))
    return Correction(event, moved, notices, papers, len(rows) > MOST)


def _since(dossier: Dossier, event: DateCorrected, seq: int) -> int:
    """The number of what was corrected: what was said before it knew nothing of its day."""
    numbers = [told.seq for told in dossier.story[: seq - 1] if corrects(event, told.event)]
    return numbers[-1] if numbers else 0


def _seq(order: str) -> int:
    """The number of the event that owed an order."""
    return int(order.rpartition("#")[2].partition(".")[0])


# -- messages --------------------------------------------------------------------------------------


def _mentioning(dossier: Dossier, days: set[date]) -> Iterator[Row]:
    """The case's messages in whose words one of the days stands, the earliest first."""
    texts = [f"{day.month}月{day.day}日" for day in days]
    columns = (_MESSAGES.c.subject, _MESSAGES.c.text)
    wanted = (
        select(_MESSAGES, _PEOPLE.c.name.label("known_as"))
        .outerjoin(_PEOPLE, _PEOPLE.c.id == _MESSAGES.c.person)
        .where(_MESSAGES.c.case == dossier.id, _MESSAGES.c.state != "skipped")
        .where(or_(*(column.contains(text) for column in columns for text in texts)))
        .order_by(_MESSAGES.c.owed_on, _MESSAGES.c.key)
    )
    said = [_said(day) for day in days]
    for row in dossier.connection.execute(wanted):
        if any(one.search(f"{row.subject}\n{row.text}") for one in said):
            yield row


def _said(day: date) -> re.Pattern[str]:
    """A day as messages write it, with its year or without: neither 11月8日 for 1月8日, nor that of
    another year."""
    return re.compile(rf"(?:(?<![\d年])|(?<={day.year}年)){day.month}月{day.day}日")


def _told(dossier: Dossier, numbers: range) -> set[str] | None:
    """Whom the messages of these events are for; None while they are still to be placed."""
    owed = select(_ORDERS.c.id, _ORDERS.c.state).where(
        _ORDERS.c.case == dossier.id, _ORDERS.c.seq.in_(list(numbers))
    )
    states = dict(dossier.connection.execute(owed).tuples().all())
    if "open" in states.values():
        return None
    wanted = select(_MESSAGES.c.person).where(_MESSAGES.c.order.in_(list(states)))
    return set(dossier.connection.execute(wanted).scalars())


# -- letters ---------------------------------------------------------------------------------------


def _papers(
    dossier: Dossier, event: DateCorrected, moved: Sequence[Moved], seq: int
) -> Iterator[Paper]:
    keys = {(one.stage, one.name, one.item, one.was) for one in moved}
    quoted = {
        str(told.seq)
        for told in dossier.story[: seq - 1]
        if corrects(event, told.event)
        or (
            isinstance(one := told.event, DeadlineArmed)
            and (one.stage, one.deadline, one.item, one.due_on) in keys
        )
    }
    wanted = select(_LETTERS).where(_LETTERS.c.case == dossier.id)
    for row in dossier.connection.execute(wanted.order_by(_LETTERS.c.drafted_on, _LETTERS.c.order)):
        if _seq(row.order) < seq and not quoted.isdisjoint(row.sources.split(",")):
            yield Paper(row.order, row.title, row.drafted_on, row.number, row.state)
