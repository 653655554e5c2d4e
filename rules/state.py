"""Where a case stands: its open stages, its armed deadlines, and the days things happened."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from rules.holidays import OwnDays
from rules.values import Frozen


class Deadline(Frozen):
    """One armed deadline. ``who`` is the role that owes it; ``next_on`` the next day on which the
    clock must look at it (a reminder, the day after it, a rung of the ladder).

    ``level`` counts the rungs climbed; ``missed`` is set the day after ``due_on``.
    """

    stage: str
    name: str
    item: str = ""
    who: str
    due_on: date
    next_on: date
    window: bool = False
    provisional: bool = False
    missed: bool = False
    level: int = 0
    start: date
    clause: str


class PlanAnswer(Frozen):
    """The plan's answer to this case: selected or deferred, and by which publication."""

    number: int
    answer: Literal["selected", "deferred"]
    week: date | None = None
    inspectors: tuple[str, ...] = ()


def _none(found: Any) -> bool:
    return not found


class LetterState(Frozen):
    """One letter that somebody has taken in hand. ``text`` is the hash of what it says, ``editors``
    who has changed it since it was drafted, ``by`` the letter that took its place; ``printed`` the
    hash of the PDF that was made of it after it was issued."""

    phase: Literal["drafted", "edited", "checked", "issued", "withdrawn", "superseded"] = "drafted"
    since: date | None = None
    text: str = ""
    editors: tuple[str, ...] = ()
    number: str = ""
    by: str = ""
    printed: str = Field("", exclude_if=_none)


class StageState(Frozen):
    """One stage of the case: open or left, and what its kind remembers of it.

    ``since`` is the day on which its present phase began; what is done in a phase is not older.
    """

    kind: str
    open: bool = True
    since: date | None = None
    ending: bool = False  # an event that ends it has happened; it is left once all is settled
    data: Any


class TemplateState(Frozen):
    """The template of an office's own that holds for a kind of letter, and which version it is;
    no ``sha256`` where it was given up."""

    version: int = 0
    sha256: str = ""


WORDING_AT_MOST = {"subject": 60, "text": 600, "short": 160}  # characters


def _words(part: str) -> Any:
    return StringConstraints(strip_whitespace=True, max_length=WORDING_AT_MOST[part])


class Wording(Frozen):
    """A message in an office's own words, with blanks in 【】; "" where it is as built in."""

    subject: Annotated[str, _words("subject")] = ""
    text: Annotated[str, _words("text")] = ""
    short: Annotated[str, _words("short")] = ""


class WordingState(Frozen):
    """The wording that holds for a kind of message, and which version it is; an empty one where
    the built-in words hold again."""

    version: int = 0
    wording: Wording = Wording()

    @property
    def own(self) -> int:
        """The version of the office's own that holds; 0 where the built-in words do."""
        return self.version if self.wording != Wording() else 0


class CaseState(Frozen):
    """All that the next decision of a case needs; a fold of its events, nothing else.

    ``dates`` holds the latest day of each event by ``<stage id>.<name>``; ``times`` counts
    those that a clause asks for by their first occurrence. ``letters`` are those somebody has taken
    in hand, by their name within the case. ``own`` are an office's own affairs, whose ``templates``
    are kept by the kind of letter, whose ``wordings`` by the kind of message, and whose ``days``
    are what it entered into its calendar.
    """

    of: Literal["round", "case", "own"] = "case"
    status: Literal["new", "open", "escalated", "closed", "merged"] = "new"
    subject: str = ""
    subject_kind: str = ""
    tier: str = ""
    round: str = ""
    period_ends: date | None = None
    plan: PlanAnswer | None = None
    successor: str = ""
    stages: dict[str, StageState] = {}
    deadlines: dict[str, Deadline] = {}
    dates: dict[str, date] = {}
    times: dict[str, int] = {}
    letters: dict[str, LetterState] = Field({}, exclude_if=_none)  # as before there were any
    templates: dict[str, TemplateState] = Field({}, exclude_if=_none)
    wordings: dict[str, WordingState] = Field({}, exclude_if=_none)
    days: OwnDays = Field(OwnDays(), exclude_if=lambda days: days == OwnDays())

    @property
    def live(self) -> bool:
        """Whether anything can still happen."""
        return self.status in ("open", "escalated")

    def is_open(self, stage: str) -> bool:
        """Whether a stage is open now."""
        state = self.stages.get(stage)
        return state is not None and state.open

    def due_on(self, stage: str, name: str, item: str = "") -> date | None:
        """The due date of an armed deadline, or None."""
        deadline = self.deadlines.get(deadline_key(stage, name, item))
        return deadline.due_on if deadline else None


def deadline_key(stage: str, name: str, item: str = "") -> str:
    """The key of a deadline within its case: stage, clause, item."""
    return f"{stage}/{name}/{item}" if item else f"{stage}/{name}"


def parts_of(key: str) -> tuple[str, str, str]:
    """Stage, clause and item of a deadline by its key; the item is "" where there is but one."""
    stage, name, *item = key.split("/", 2)
    return stage, name, "".join(item)
