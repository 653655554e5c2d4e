"""Luck: chance that is the same whenever it is asked for again, and stands outside the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Luck:
    """Chance by name: the same seed and the same question always have the same answer, so that a
    demo killed in the middle goes on exactly as it would have."""

    seed: int

    def share(self, *question: object) -> float:
        """A number from 0 (included) to 1 (excluded)."""
        text = "|".join(str(part) for part in (self.seed, *question))
        return int.from_bytes(sha256(text.encode()).digest()[:8], "big") / 2**64

    def happens(self, chance: float, *question: object) -> bool:
        """Whether something of that chance happens."""
        return self.share(*question) < chance

    def whole(self, least: int, most: int, *question: object) -> int:
        """A whole number from ``least`` to ``most``, both included."""
        return least + int(self.share(*question) * (most - least + 1))

    def one_of(self, things: Sequence[Thing], *question: object) -> Thing:
        """One of several."""
        return things[int(self.share(*question) * len(things))]
