"""What will be sent, to whom, and when, if nobody acts: from the deadlines that run now."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, literal_column, select

from engine.deputies import standing_in
from engine.dossier import Dossier, read_dossiers
from engine.shelf import Shelf
from engine.subtree import unsought
from models.deadlines import DeadlineRow
from notifications.recipients import NobodyToTell, Recipient, recipients
from notifications.standing_in import through_deputies
from rules.ahead import Spoken, spoken
from rules.orders import Order

_DEADLINES = DeadlineRow.__table__
MOST = 2000  # deadlines looked at, the next first
_AT_ONCE = 200  # dossiers read together


class Ahead(NamedTuple):
    """One message to come: the day, the kind, the case and whose it is, what it speaks of (its
    duty and the day that is due), and the people by id."""

    on: date
    name: str
    case: str
    subject: str
    title: str
    due_on: date
    people: tuple[str, ...]


class Foretold(NamedTuple):
    """All that is ahead, by day. ``whole`` is False where there was more to look at; ``names`` says
    what the people are called."""

    messages: list[Ahead]
    whole: bool
    names: dict[str, str]


def ahead(
    connection: Connection, shelf: Shelf, office: str, today: date, until: date, most: int = MOST
) -> Foretold:
    """What an office's running deadlines will say from ``today`` to ``until``. It is said to those
    who hold the roles today; nobody is named where nobody does."""
    wanted = (
        select(_DEADLINES.c.case, _DEADLINES.c.key)
        # The clock's own index serves: the state is written out (see engine.deadlines), and nothing
        # is sought by the office, or all of its deadlines would be put in order first.
        .where(unsought(_DEADLINES.c.office) == office)
        .where(_DEADLINES.c.state == literal_column("'armed'"))
        .where(_DEADLINES.c.next_on <= until)
        .order_by(_DEADLINES.c.next_on, _DEADLINES.c.case, _DEADLINES.c.seq)
        .limit(most + 1)
    )
    rows = connection.execute(wanted).all()
    found: list[Ahead] = []
    names: dict[str, str] = {}
    deputies: dict[date, dict[str, str]] = {}
    for first in range(0, min(len(rows), most), _AT_ONCE):
        page = rows[first : min(first + _AT_ONCE, most)]
        dossiers = read_dossiers(connection, shelf, [row.case for row in page])
        for row in page:
            dossier = dossiers[row.case]
            found += _of(dossier, row.key, today, until, deputies)
            names = dossier.people
    found.sort(key=lambda one: (one.on, one.subject, one.case, one.title, one.name))
    return Foretold(found, len(rows) <= most, names)


def _of(
    dossier: Dossier, key: str, today: date, until: date, deputies: dict[date, dict[str, str]]
) -> Iterator[Ahead]:
    """``deputies`` by day, as far as they were asked for."""
    said = spoken(dossier.process, dossier.state, key, dossier.calendar, today, until)
    told: dict[Sequence[str], list[Recipient]] = {}
    for on, order in said:
        if order.to not in told:
            told[order.to] = _people(dossier, order)
        if on not in deputies:
            deputies[on] = standing_in(dossier.connection, on)
        there = through_deputies(told[order.to], deputies[on], dossier.people)
        yield _ahead(dossier, Spoken(on, order), tuple(one.person for one in there))


def _ahead(dossier: Dossier, said: Spoken, people: tuple[str, ...]) -> Ahead:
    order = said.order
    return Ahead(
        said.on,
        order.name,
        dossier.id,
        dossier.subject.name,
        dossier.process.rule(order.stage, order.about["deadline"]).title,
        date.fromisoformat(order.about["due_on"]),
        people,
    )


def _people(dossier: Dossier, order: Order) -> list[Recipient]:
    try:
        return recipients(dossier, order)
    except NobodyToTell:
        return []
