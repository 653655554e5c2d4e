"""What is gathered from all cases of a round: lists in order, and counts. Where some cases changed
they are corrected for those: fifteen thousand are looked through once, and not at every change.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from portal.glances import Glance

# What a case adds to a list: each thing with its place, which no other thing has.
Take = Callable[..., Iterable[tuple[tuple, Any]]]
# What a case is counted by.
Marks = Callable[..., Iterable[Any]]


class Change(NamedTuple):
    """A case as it was (None before it was opened) and as it is."""

    before: Glance | None
    after: Glance


class _Entries(NamedTuple):
    """Things in order, beside their places."""

    places: list[tuple]
    things: list[Any]


class Gathered:
    """What was gathered so far. Nobody may change what is given out, and `after` does not: it
    answers another.

    ``take`` and ``marks`` are called with a case and with ``more``, and answer the same for the
    same case.
    """

    def __init__(self) -> None:
        self._lists: dict[tuple, _Entries] = {}
        self._counts: dict[tuple, Counter[Any]] = {}

    def listed(self, cases: Collection[Glance], take: Take, *more: Any) -> list[Any]:
        """What all cases add, in order."""
        key = (take, *more)
        if key not in self._lists:
            self._lists[key] = _in_order(entry for one in cases for entry in take(one, *more))
        return self._lists[key].things

    def counted(self, cases: Collection[Glance], marks: Marks, *more: Any) -> Counter[Any]:
        """How often each mark occurs."""
        key = (marks, *more)
        if key not in self._counts:
            self._counts[key] = Counter(mark for glance in cases for mark in marks(glance, *more))
        return self._counts[key]

    def after(self, changes: Collection[Change]) -> "Gathered":
        """The same once some cases have changed."""
        following = Gathered()
        for key, entries in self._lists.items():
            following._lists[key] = _corrected_list(entries, changes, *key)
        for key, counts in self._counts.items():
            following._counts[key] = _corrected_counts(counts, changes, *key)
        return following


def _in_order(entries: Iterable[tuple[tuple, Any]]) -> _Entries:
    found = sorted(entries, key=itemgetter(0))
    return _Entries([place for place, _ in found], [thing for _, thing in found])


def _corrected_list(
    entries: _Entries, changes: Iterable[Change], take: Take, *more: Any
) -> _Entries:
    places, things = list(entries.places), list(entries.things)
    for before, after in changes:
        for place, _ in take(before, *more) if before else ():
            at = bisect_left(places, place)
            del places[at], things[at]
        for place, thing in take(after, *more):
            at = bisect_left(places, place)
            places.insert(at, place)
            things.insert(at, thing)
    return _Entries(places, things)


def _corrected_counts(
    counts: Counter[Any], changes: Iterable[Change], marks: Marks, *more: Any
) -> Counter[Any]:
    found = counts.copy()
    for before, after in changes:
        found.update(marks(after, *more))
        for mark in marks(before, *more) if before else ():
            found[mark] -= 1
            if not found[mark]:
                del found[mark]
    return found
