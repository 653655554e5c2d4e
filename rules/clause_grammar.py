"""The small language of deadlines: `15 working days after visit.ended`, `twice a semester`.

A clause is text in a definition and a frozen value here; `str()` of the value is its canonical
text, which parses to the same value. What the words mean in days stands in `rules.clauses`.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from rules.clause_mistakes import ClauseError, refuse
from rules.mistakes import shown
from rules.values import Frozen

Unit = Literal["day", "working day", "teaching day", "week", "month"]
PeriodName = Literal["week", "month", "semester", "year"]
Occurrence = Literal["first", "latest"]

MOST = {"day": 3650, "working day": 3650, "teaching day": 1500, "week": 520, "month": 120}
"""No clause counts further than this, about ten years: more is a slip of the keyboard."""

MOST_TIMES = 366

JANUARY_ON = "January February March April May June July August September October November December"
MONTHS = JANUARY_ON.split()
LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


DATE_GIVEN = "on the date given"


class Span(Frozen):
    """A length of time, from nothing in particular: `2 teaching days`."""

    kind: Literal["span"] = "span"
    n: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.n} {self.unit}{'' if self.n == 1 else 's'}"


class Count(Frozen):
    """So many days, weeks or months before or after an event (the latest one, or the first).

    `event` is None where the day is given otherwise: in a reminder (the due date) or on the
    command line.
    """

    kind: Literal["count"] = "count"
    n: int
    unit: Unit
    direction: Literal["before", "after"]
    event: str | None = None
    occurrence: Occurrence = "latest"

    def __str__(self) -> str:
        head = f"{Span(n=self.n, unit=self.unit)} {self.direction}"
        return f"{head} {_event_text(self)}" if self.event else head


class FixedDay(Frozen):
    """A day of the year: `on 1 March`. In a year without 29 February it is the 28th."""

    kind: Literal["fixed"] = "fixed"
    day: int
    month: int
    event: None = None

    def __str__(self) -> str:
        return f"on {self.day} {MONTHS[self.month - 1]}"


class DateIn(Frozen):
    """A date that stands in a paper: `on the date in opinion_letter.issued`.

    Without an event: a date that somebody fixed, as a stored reckoning tells it.
    """

    kind: Literal["date_in"] = "date_in"
    event: str | None = None
    occurrence: Occurrence = "latest"

    def __str__(self) -> str:
        return f"on the date in {_event_text(self)}" if self.event else DATE_GIVEN


class When(Frozen):
    """The day of the event itself: `when planning.selected`."""

    kind: Literal["when"] = "when"
    event: str
    occurrence: Occurrence = "latest"

    def __str__(self) -> str:
        return f"when {_event_text(self)}"


class Repeat(Frozen):
    """So many times in every period: `once a month`, `2 times a semester`."""

    kind: Literal["repeat"] = "repeat"
    times: int
    period: PeriodName
    event: None = None

    def __str__(self) -> str:
        return f"{'once' if self.times == 1 else f'{self.times} times'} a {self.period}"


class Share(Frozen):
    """One of the times of a `Repeat`, as a stored reckoning tells it: `no 1 of 2 times a term`."""

    kind: Literal["share"] = "share"
    number: int
    of: Repeat

    def __str__(self) -> str:
        return f"no {self.number} of {self.of}"


class Every(Frozen):
    """Again and again, counted from the due date, for ever: `every 2 working days after`."""

    kind: Literal["every"] = "every"
    n: int
    unit: Unit

    def __str__(self) -> str:
        length = f"{self.unit}" if self.n == 1 else str(Span(n=self.n, unit=self.unit))
        return f"every {length} after"


class OnTheDay(Frozen):
    """On the due date: `on the day`."""

    kind: Literal["on_the_day"] = "on_the_day"

    def __str__(self) -> str:
        return "on the day"


Clause = Annotated[Count | FixedDay | DateIn | When | Repeat, Field(discriminator="kind")]
Reminder = Annotated[Count | Every | OnTheDay, Field(discriminator="kind")]
ClauseValue: TypeAdapter[Any] = TypeAdapter(Clause)
ReminderValue: TypeAdapter[Any] = TypeAdapter(Reminder)

_NUMBER = r"(?P<n>\d+)"
_UNIT = r"(?P<unit>(?:working |teaching )?days?|weeks?|months?)"
_NAME = r"(?!(?:first|latest)\b)[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){0,2}"
_EVENT = rf"(?:(?P<occurrence>first|latest) )?(?P<event>{_NAME})"
_PERIOD = r"(?P<period>week|month|semester|term|year)"

_Found = dict[str, str | None]


def _n(found: _Found, most: int) -> int:
    written = found["n"] or "1"
    n = int(written[:9])
    if len(written) > 9 or not 1 <= n <= most:
        raise ClauseError(f"数目应在1到{most}之间，写的是{written[:20]}")
    return n


def _length(found: _Found) -> dict[str, Any]:
    unit = (found["unit"] or "").removesuffix("s")
    return {"n": _n(found, MOST[unit]), "unit": unit}


def _anchor(found: _Found) -> dict[str, Any]:
    return {"event": found["event"], "occurrence": found["occurrence"] or "latest"}


def _fixed(found: _Found) -> FixedDay:
    name, day = (found["month"] or "").capitalize(), int((found["day"] or "0")[:9])
    month = MONTHS.index(name) + 1
    if not 1 <= day <= LONGEST_MONTHS[month - 1]:
        raise ClauseError(f"{month}月没有{day}日")
    return FixedDay(day=day, month=month)


def _count(found: _Found) -> Count:
    anchor = _anchor(found) if "event" in found else {}
    return Count.model_validate(_length(found) | {"direction": found["direction"]} | anchor)


def _repeat(found: _Found) -> Repeat:
    word = found.get("often") or "once"
    times = {"once": 1, "twice": 2}.get(word) or _n(found, MOST_TIMES)
    period = "semester" if found["period"] == "term" else found["period"]
    return Repeat.model_validate({"times": times, "period": period})


_Rule = tuple[re.Pattern[str], Callable[[_Found], Any]]

CLAUSES: tuple[_Rule, ...] = (
    (re.compile(rf"{_NUMBER} {_UNIT} (?P<direction>before|after) {_EVENT}"), _count),
    (re.compile(rf"on (?P<day>\d+) (?P<month>{'|'.join(MONTHS).lower()})"), _fixed),
    (re.compile(rf"on the date in {_EVENT}"), lambda found: DateIn(**_anchor(found))),
    (re.compile(rf"when {_EVENT}"), lambda found: When(**_anchor(found))),
    (re.compile(rf"(?P<often>once|twice|{_NUMBER} times?) (?:a|an|every) {_PERIOD}"), _repeat),
    (re.compile(rf"every {_PERIOD}"), _repeat),
)
REMINDERS: tuple[_Rule, ...] = (
    (re.compile(rf"{_NUMBER} {_UNIT} (?P<direction>before|after)"), _count),
    (re.compile(r"on the day"), lambda found: OnTheDay()),
    (
        re.compile(rf"every (?:{_NUMBER} )?{_UNIT} after"),
        lambda found: Every(**_length(found)),
    ),
)
SPANS: tuple[_Rule, ...] = (
    (re.compile(rf"{_NUMBER} {_UNIT}"), lambda found: Span(**_length(found))),
)
STORED: tuple[_Rule, ...] = (
    (re.compile(DATE_GIVEN), lambda found: DateIn()),
    (
        re.compile(rf"no (?P<number>\d+) of (?P<often>once|{_NUMBER} times) a {_PERIOD}"),
        lambda found: Share(number=int(found["number"] or 1), of=_repeat(found)),
    ),
)

CLAUSE_EXAMPLES = (
    "15 working days after visit.ended",
    "10 days before visit.starts",
    "on 1 March",
    "on the date in opinion_letter.issued",
    "2 times a semester",
)
REMINDER_EXAMPLES = ("10 working days before", "on the day", "every 2 working days after")
SPAN_EXAMPLES = ("2 teaching days", "5 working days", "1 month")


def parse_clause(text: object) -> Any:
    """A clause from a definition; `ClauseError` in Chinese, with what was probably meant."""
    return _parse(text, CLAUSES, CLAUSE_EXAMPLES)


def parse_reminder(text: object) -> Any:
    """A reminder, relative to a due date; `ClauseError` in Chinese."""
    return _parse(text, REMINDERS, REMINDER_EXAMPLES)


def parse_span(text: object) -> Span:
    """A bare length such as `5 working days`; `ClauseError` in Chinese."""
    return _parse(text, SPANS, SPAN_EXAMPLES)


def parse_stored(text: str) -> Any:
    """Any canonical text of this grammar, as a stored reckoning holds it."""
    return _parse(text, STORED + CLAUSES + REMINDERS + SPANS, CLAUSE_EXAMPLES)


def _parse(text: object, rules: tuple[_Rule, ...], examples: tuple[str, ...]) -> Any:
    if not isinstance(text, str):
        raise refuse(text, lambda _: None, examples)
    return _parse_text(text, rules, examples)


@lru_cache(maxsize=1024)
def _parse_text(text: str, rules: tuple[_Rule, ...], examples: tuple[str, ...]) -> Any:
    try:
        found = _read(text, rules)
    except ClauseError as reason:
        raise ClauseError(f"期限{shown(text)}不对：{reason}") from None
    if found is None:
        raise refuse(text, lambda other: _read(other, rules), examples)
    return found


def _read(text: str, rules: tuple[_Rule, ...]) -> Any | None:
    """The value of a text that follows the grammar, None of one that does not."""
    words = " ".join(text.lower().split())
    for pattern, make in rules:
        if match := pattern.fullmatch(words):
            return make(match.groupdict())
    return None


def _event_text(clause: Any) -> str:
    return f"first {clause.event}" if clause.occurrence == "first" else clause.event
