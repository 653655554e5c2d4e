"""The indicator standard (评估指标): areas, nodes, leaf indicators, grades and vetoes, frozen.

A standard is a YAML file; its version is the hash of what it says, so that a plan year that used
it can always name exactly what it was measured by. Point split, cut-offs, floors and vetoes vary
from place to place: nothing of them stands in code.
"""

from decimal import Decimal
from functools import cached_property

from pydantic import Field

from rules.indicators import (
    SCHOOL_KINDS,
    Area,
    Code,
    Indicator,
    Node,
    SchoolKind,
    Title,
    applies,
    area_for,
)
from rules.mistakes import Mistakes
from rules.points import Points, Share
from rules.positioned import read_yaml, validate
from rules.standard_checks import flaws_of
from rules.values import Frozen, canonical, digest

__all__ = ["SCHOOL_KINDS", "GradeRule", "SchoolKind", "Standard", "Veto", "parse_standard"]


class GradeRule(Frozen):
    """A grade needs a total and, as floors, shares of every provincial area (`each_area`) or of
    the areas named (`areas`: code → share)."""

    letter: str = Field(pattern=r"^[A-Z]$")
    at_least: Points = Decimal("0.0")
    each_area: Share | None = None
    areas: dict[str, Share] = Field(default_factory=dict)


class Veto(Frozen):
    """一票否决: once a person has confirmed it on evidence, no grade above `at_most`."""

    code: str = Code
    title: str = Title
    at_most: str


class TotalPoints(Frozen):
    """How the total splits by owner; the value-added part is never in it."""

    provincial: Points
    local: Points = Decimal("0.0")


class Standard(Frozen):
    """A whole standard; see `parse_standard` for what has been checked of it."""

    standard: str = Field(pattern=r"^[a-z0-9][a-z0-9\-]{0,59}$")
    title: str = Title
    note: str = Field(default="", max_length=1000)
    points: TotalPoints
    school_kinds: tuple[SchoolKind, ...] = Field(min_length=1)
    areas: tuple[Node, ...] = Field(min_length=1)
    grades: tuple[GradeRule, ...] = Field(min_length=1)
    vetoes: tuple[Veto, ...] = ()

    @property
    def full(self) -> Decimal:
        """The total a school can reach, value-added apart."""
        return self.points.provincial + self.points.local

    @cached_property
    def version(self) -> str:
        """12 hex digits of the hash of all that the standard says."""
        return digest(canonical(self.model_dump(mode="json")))[:12]

    @cached_property
    def _areas_by_kind(self) -> dict[str, tuple[Area, ...]]:
        return {
            kind: tuple(area_for(area, kind) for area in self.areas if applies(area, kind))
            for kind in self.school_kinds
        }

    def areas_for(self, kind: str) -> tuple[Area, ...]:
        """The areas a kind of school is measured by; KeyError for a kind it does not cover."""
        return self._areas_by_kind[kind]

    def for_school(self, kind: str) -> tuple[Indicator, ...]:
        """The leaf indicators that apply to a kind of school, in the standard's order."""
        return tuple(leaf for area in self.areas_for(kind) for leaf in area.indicators)


def parse_standard(text: str, name: str) -> Standard:
    """A standard from its YAML text; raises Mistakes with every mistake's line.

    For every school kind the points of what applies add up at each node and to the total, so
    that every school is measured out of the same points whatever leaves it has.
    """
    positioned = read_yaml(text, name)
    standard = validate(Standard, positioned)
    mistakes = [positioned.mistake(path, reason) for path, reason in flaws_of(standard)]
    if mistakes:
        raise Mistakes(name, mistakes)
    return standard
