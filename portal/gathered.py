"""What is gathered from all cases of a round: lists in order, and counts. Where some cases changed
they are corrected for those: fifteen thousand are looked through once, and not at every change.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from portal.glances import Glance

# What a case adds to a list: each thing with its place, which no other thing has.
Take = Callable[..., Iterable[tuple[tuple, Any]]]
# What a case is counted by.
Marks = Callable[..., Iterable[Any]]

_place = itemgetter(0)


class Change(NamedTuple):
    """A case as it was (None before it was opened) and as it is."""

    before: Glance | None
    after: Glance


class Gathered:
    """What was gathered so far. Whatever was given out stays as it is: `after` answers another.

    ``take`` and ``marks`` are called with a case and with ``more``, and answer the same for the
    same case.
    """

    def __init__(self) -> None:
        self._lists: dict[tuple, list[tuple[tuple, Any]]] = {}
        self._counts: dict[tuple, Counter[Any]] = {}

    def listed(self, cases: Collection[Glance], take: Take, *more: Any) -> list[Any]:
        """What all cases add, in order."""
        key = (take, *more)
        if key not in self._lists:
            found = [entry for glance in cases for entry in take(glance, *more)]
            self._lists[key] = sorted(found, key=_place)
        return [value for _, value in self._lists[key]]

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


def _corrected_list(
    entries: list[tuple[tuple, Any]], changes: Iterable[Change], take: Take, *more: Any
) -> list[tuple[tuple, Any]]:
    found = list(entries)
    for before, after in changes:
        for place, _ in take(before, *more) if before else ():
            del found[bisect_left(found, place, key=_place)]
        for entry in take(after, *more):
            insort(found, entry, key=_place)
    return found


def _corrected_counts(
    counts: Counter[Any], changes: Iterable[Change], marks: Marks, *more: Any
) -> Counter[Any]:
    found = counts.copy()
    for before, after in changes:
        found.update(marks(after, *more))
        found.subtract(marks(before, *more) if before else ())
    return +found
