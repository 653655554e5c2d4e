"""What was worked out before from the same texts: the night before a deadline 2,000 schools fill in
the same boxes with the same few values, and every page draws and reckons seventy indicators.

Kept in this process's memory, without a name or a case beside it, and forgotten when it grows.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
Texts = tuple[tuple[str, ...], ...]

MOST = 10_000  # results kept at once, ...
LONGEST = 120  # ... each from so many characters at most: what people write is not kept


class Remembered(Generic[T]):
    """Results by what they follow from. They are shared, so nobody may change them."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, T] = {}

    def of(self, about: Hashable, texts: Texts, make: Callable[[], T]) -> T:
        """The result for ``about`` and ``texts``, made where it is not known."""
        if sum(len(text) for given in texts for text in given) > LONGEST:
            return make()
        key = about, texts
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST:
                self._kept.clear()
            found = self._kept[key] = make()
        return found
