"""What a calendar feed is made of: whose it is, and its entries of whole days."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from portal.access import Seat

AT_ONCE = 200  # cases asked for by one query


class Owner(NamedTuple):
    """Whose calendar it is: a person in their seats, or with ``person`` empty one school."""

    person: str
    name: str
    seats: tuple[Seat, ...]


class Entry(NamedTuple):
    """One whole-day entry; ``last`` is still in it. ``at`` is when it last changed (UTC)."""

    uid: str
    sequence: int
    at: datetime
    first: date
    last: date
    summary: str
    description: str
    status: str


def instant(at: str) -> datetime:
    """A stored instant."""
    return datetime.fromisoformat(at)


def some(cases: Iterable[Any]) -> Iterator[list[Any]]:
    """The cases in their order, as many at a time as one query asks for."""
    listed = sorted(cases)
    for first in range(0, len(listed), AT_ONCE):
        yield listed[first : first + AT_ONCE]
