"""The fields forms are made of: each knows its title, how it is read, and where its value goes.

A form of a command is a table of these (`portal.stages`); one macro per kind draws them, so that a
form looks and fails the same everywhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from portal.receiving import Typed

if TYPE_CHECKING:
    from portal.sight import Sight

Options = Mapping[str, str]


@dataclass
class Written:
    """What a form amounts to: the command's own fields, and its free text."""

    command: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """A field. ``to_form``: its value is free text and goes to the erasable form; else it is the
    command's own. ``item`` is the issue, visit or request the form is about."""

    name: str
    title: str
    hint: str = ""
    required: bool = False
    to_form: bool = True
    most: int = 200
    macro: ClassVar[str] = "line"

    def read(self, typed: Typed, sight: "Sight", item: str, into: Written) -> None:
        """Read what was typed into ``into``; mistakes are noted in ``typed``."""
        value = self.value(typed, sight)
        if value not in ("", None, [], ()):
            (into.form if self.to_form else into.command)[self.name] = value

    def value(self, typed: Typed, sight: "Sight") -> Any:
        """The value typed."""
        return typed.text(self.name, self.most, self.required)

    def options(self, sight: "Sight", item: str) -> Options:
        """What can be chosen, by key."""
        return {}

    def initial(self, sight: "Sight", item: str) -> str:
        """What stands in it before anybody typed."""
        return ""


class Line(Field):
    """One line."""


@dataclass(frozen=True)
class Paragraphs(Field):
    """Text of several lines."""

    most: int = 5000
    macro: ClassVar[str] = "paragraphs"

    def value(self, typed: Typed, sight: "Sight") -> str:
        return typed.paragraphs(self.name, self.most, self.required)


@dataclass(frozen=True)
class Lines(Field):
    """A list, one entry a line."""

    most: int = 5000
    macro: ClassVar[str] = "paragraphs"

    def value(self, typed: Typed, sight: "Sight") -> list[str]:
        text = typed.paragraphs(self.name, self.most, self.required)
        return [line.strip() for line in text.split("\n") if line.strip()]


@dataclass(frozen=True)
class Day(Field):
    """A day."""

    required: bool = True
    to_form: bool = False
    macro: ClassVar[str] = "day"

    def value(self, typed: Typed, sight: "Sight") -> date | None:
        return typed.day(self.name, self.required)


@dataclass(frozen=True)
class YesNo(Field):
    """Yes or no, in words: neither is the default."""

    to_form: bool = False
    yes: str = "是"
    no: str = "否"
    macro: ClassVar[str] = "yes_no"

    def value(self, typed: Typed, sight: "Sight") -> bool:
        return typed.choice(self.name, {"yes", "no"}) == "yes"

    def read(self, typed: Typed, sight: "Sight", item: str, into: Written) -> None:
        into.command[self.name] = self.value(typed, sight)


@dataclass(frozen=True)
class Choice(Field):
    """One of a list."""

    to_form: bool = False
    required: bool = True
    among: Callable[["Sight", str], Options] = lambda sight, item: {}
    macro: ClassVar[str] = "choice"

    def options(self, sight: "Sight", item: str) -> Options:
        return self.among(sight, item)

    def read(self, typed: Typed, sight: "Sight", item: str, into: Written) -> None:
        value = typed.choice(self.name, self.among(sight, item), self.required)
        if value:
            (into.form if self.to_form else into.command)[self.name] = value


@dataclass(frozen=True)
class Ticks(Choice):
    """Any of a list; for a few dozen choices."""

    required: bool = False
    macro: ClassVar[str] = "ticks"

    def read(self, typed: Typed, sight: "Sight", item: str, into: Written) -> None:
        known = self.among(sight, item)
        given = [value for value in typed.many(self.name) if value in known]
        if self.required and not given:
            typed.mistakes[self.name] = "请至少选择一项。"
        into.command[self.name] = tuple(given)


@dataclass(frozen=True)
class Numbers(Field):
    """A small table of counts: ``of`` maps each key to its title. Empty ones are left out.
    ``known`` counts what is known already, to stand there at first."""

    of: tuple[tuple[str, str], ...] = ()
    known: Callable[["Sight"], Mapping[str, int]] = lambda sight: {}
    macro: ClassVar[str] = "numbers"

    def value(self, typed: Typed, sight: "Sight") -> dict[str, int]:
        found = {}
        for key, _ in self.of:
            number = typed.number(f"{self.name}.{key}", 0, 1_000_000, required=False)
            if number is not None:
                found[key] = number
        return found
