"""Where each word of a paper comes from, carried by the word itself.

While a letter is traced its view gives out values that know their origin: a text, a day, a number
that is equal to the plain one and behaves like it, but stands between two marks as soon as it is
set into a sentence. A letter that is drafted meets plain values only, so it neither pays for this
nor can be changed by it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

from pydantic import BaseModel

# Noncharacters, which Unicode keeps for the inside of a program; a mark that closes is one of them.
CLOSING = frozenset(
    map(
        chr,
        (
            *range(0xFDD0, 0xFDF0),
            *(plane << 16 | end for plane in range(1, 17) for end in (0xFFFE, 0xFFFF)),
        ),
    )
)
# Fields by which values are found and compared inside; no paper shows them.
INSIDE = frozenset(
    {"type", "v", "stage", "id", "kind", "deadline", "payload", "source", "phase", "text"}
    | {"reckoning", "scoring", "owner", "area"}
)


@dataclass(frozen=True)
class Origin:
    """Where a text comes from: what that is in Chinese, the events of a case, the hash of what was
    submitted or fixed (a form, a standard, a definition), and those of the evidence it names."""

    says: str
    case: str = ""
    seqs: tuple[int, ...] = ()
    sha256: str = ""
    files: tuple[str, ...] = ()

    def in_chinese(self) -> str:
        """The origin as one line."""
        where = f"案卷{self.case}" if self.case else ""
        if self.seqs:
            where += f"第{'、'.join(map(str, self.seqs))}条"
        kept = f"［{self.sha256}］" if self.sha256 else ""
        files = "".join(f"，佐证文件［{file}］" for file in self.files)
        return f"{where}{'：' if where else ''}{self.says}{kept}{files}"


class Span(NamedTuple):
    """A piece of a text and its origin; None is the paper's own fixed wording."""

    text: str
    origin: Origin | None


class Sourced:
    """A value that knows its origin. ``marks``: what opens and what closes it in a sentence;
    ``bare``: the plain value."""

    marks: tuple[str, str]
    bare: Any

    def __str__(self) -> str:
        return f"{self.marks[0]}{self.bare}{self.marks[1]}"

    def __format__(self, how: str) -> str:
        return f"{self.marks[0]}{format(self.bare, how)}{self.marks[1]}"


class SourcedText(Sourced, str):
    """A text; what is cut off at its ends or put in its place is of the same origin."""

    @property
    def bare(self) -> str:
        return str.__str__(self)

    def __add__(self, other: str) -> str:
        return f"{self}{other}"

    def __radd__(self, other: str) -> str:
        return f"{other}{self}"

    def strip(self, *what: str) -> str:
        return alike(self, self.bare.strip(*what))

    def replace(self, *what: Any) -> str:
        return alike(self, self.bare.replace(*what))


class SourcedDay(Sourced, date):
    """A day; the days counted on from it are of the same origin."""

    @property
    def bare(self) -> date:
        return date(self.year, self.month, self.day)

    def __add__(self, other: Any) -> date:
        return alike(self, self.bare + other)


class SourcedNumber(Sourced, int):
    """A whole number."""

    @property
    def bare(self) -> int:
        return int.__pos__(self)


class SourcedAmount(Sourced, Decimal):
    """A decimal."""

    @property
    def bare(self) -> Decimal:
        return Decimal(self)


class SourcedShare(Sourced, float):
    """A share of a whole."""

    @property
    def bare(self) -> float:
        return float.__pos__(self)


def sourced(value: Any, marks: tuple[str, str]) -> Any:
    """A plain value with an origin; one that has its own keeps it, and nothing comes from
    nowhere."""
    made: Any
    match value:
        case Sourced() | bool() | None | "":
            return value
        case str():
            if marks[1] in value:
                return value
            made = SourcedText(value)
        case date():
            made = SourcedDay(value.year, value.month, value.day)
        case int():
            made = SourcedNumber(value)
        case Decimal():
            made = SourcedAmount(value)
        case float():
            made = SourcedShare(value)
        case _:
            return value
    made.marks = marks
    return made


def alike(source: Any, value: Any) -> Any:
    """A value reckoned from another: of the same origin."""
    return sourced(value, source.marks) if isinstance(source, Sourced) else value


def bare(value: Any) -> Any:
    """The plain value of whatever may know its origin."""
    return getattr(value, "bare", value)


def joined(texts: Iterable[Any], between: str = "、") -> str:
    """Texts in a row; str.join does not ask its parts how they want to be set."""
    return between.join(f"{text}" for text in texts)


def throughout(value: Any, marks: tuple[str, str]) -> Any:
    """A value with everything in it that a paper may show of this origin."""
    match value:
        case tuple() if not hasattr(value, "_fields"):
            return tuple(throughout(each, marks) for each in value)
        case list():
            return [throughout(each, marks) for each in value]
        case Mapping():
            return {sourced(key, marks): throughout(each, marks) for key, each in value.items()}
        case BaseModel():
            names = type(value).model_fields.keys() - INSIDE
            return value.model_copy(
                update={name: throughout(getattr(value, name), marks) for name in names}
            )
    if is_dataclass(value) and not isinstance(value, type):
        names = {field.name for field in fields(value)} - INSIDE
        return replace(value, **{n: throughout(getattr(value, n), marks) for n in names})
    return sourced(value, marks)


class Marks:
    """The marks of one paper: a character of its own opens each origin, one closes them all.

    None of them stands in the paper's plain text (``taken``): whatever people typed, nothing in it
    can be taken for a mark.
    """

    def __init__(self, taken: str) -> None:
        used = set(taken)
        self._close = next(c for c in sorted(CLOSING) if c not in used)
        private = map(chr, chain(range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE)))
        self._free = (c for c in private if c not in used)
        self._opened: dict[str, Origin] = {}
        self._known: dict[Origin, tuple[str, str]] = {}

    def of(self, origin: Origin) -> tuple[str, str]:
        """What opens and what closes a text of this origin."""
        if origin not in self._known:
            opens = next(self._free)
            self._opened[opens] = origin
            self._known[origin] = opens, self._close
        return self._known[origin]

    def spans(self, text: str) -> tuple[Span, ...]:
        """A text in pieces, each with the origin nearest to it."""
        return tuple(self._spans(f"{text}"))

    def _spans(self, text: str) -> Iterator[Span]:
        inside: list[Origin] = []
        begun = 0
        for place, c in enumerate(text):
            if c != self._close and c not in self._opened:
                continue
            if begun < place:
                yield Span(text[begun:place], inside[-1] if inside else None)
            if c == self._close:
                inside.pop()
            else:
                inside.append(self._opened[c])
            begun = place + 1
        if begun < len(text):
            yield Span(text[begun:], inside[-1] if inside else None)


def unmarked_end(text: str) -> str:
    """The last character of a text that is no mark; empty where there is none."""
    place = len(text)
    while place and text[place - 1] in CLOSING:
        place -= 1
    return text[place - 1 : place]
