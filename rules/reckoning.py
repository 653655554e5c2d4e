"""A date that can explain itself: how a due date came about, stored with it and told in Chinese."""

from datetime import date, timedelta

from pydantic import field_validator

from rules.clause_grammar import DATE_GIVEN
from rules.explanation import explain
from rules.values import Frozen


class Reckoning(Frozen):
    """How a due date was reckoned. Compact JSON: it is stored with every deadline.

    `clause` is canonical text of the grammar; `off` holds the named days skipped (holidays, school
    vacations) as [first, last, name], while plain weekends go without saying; `makeup` the make-up
    workdays counted; `rolled_from` the day off on which the count itself ended; `calendar` the
    version of the calendar used; `provisional` that a notice yet to come may change the date.
    """

    clause: str
    start: date
    due: date
    off: tuple[tuple[date, date, str], ...] = ()
    makeup: tuple[date, ...] = ()
    rolled_from: date | None = None
    provisional: bool = False
    calendar: str

    @field_validator("off", mode="before")
    @classmethod
    def _plain(cls, off: object) -> object:
        return tuple(tuple(item) for item in off) if isinstance(off, (list, tuple)) else off

    @classmethod
    def fixed(cls, start: date, due: date, calendar: str) -> "Reckoning":
        """A due date that a person fixed (in an opinion letter, say): it stands as it is."""
        return cls(clause=DATE_GIVEN, start=start, due=due, calendar=calendar)

    def in_chinese(self) -> str:
        """The whole reckoning as one sentence of office Chinese."""
        return explain(self)

    def days_off(self) -> set[date]:
        """Every named day off among the days skipped."""
        return {
            first + timedelta(step)
            for first, last, _ in self.off
            for step in range((last - first).days + 1)
        }
