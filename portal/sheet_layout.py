"""How a standard lies on a page: areas, headings, indicators, and the boxes to fill in for each.

Laid out once for each version of a standard and kind of school, and never changed.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from documents.wording import way as how_it_scores
from rules.indicators import Area, Indicator
from rules.points import rounded, shown_number
from rules.standard import Standard
from rules.ways import Deduction, Deductions, FreePoints, Levels, Measure

LONGEST_NUMBER = 30


class Box(NamedTuple):
    """One thing to fill in. ``kind``: text, radio (one of several with the same name) or tick;
    ``value`` is what a radio or a tick stands for; ``mode`` the keyboard a phone shows; ``hint``
    says what goes in. ``heading`` stands above the first box of a ground for deduction."""

    kind: str
    name: str
    title: str
    hint: str = ""
    value: str = ""
    mode: str = "decimal"
    heading: str = ""


class Line(NamedTuple):
    """One indicator on the page: its boxes; ``full`` its points and ``how`` the way it scores, in
    words; ``asked`` the evidence it asks for, by name, with what is said of it; ``reason``,
    ``note`` and ``evidence`` are names of fields."""

    leaf: Indicator
    boxes: tuple[Box, ...]
    full: str
    how: str
    asked: tuple[tuple[str, str], ...]
    reason: str
    note: str
    evidence: str

    @property
    def code(self) -> str:
        """The indicator's."""
        return self.leaf.code


class Group(NamedTuple):
    """Indicators under one heading; "" where they stand right under the area."""

    heading: str
    lines: tuple[Line, ...]


class Block(NamedTuple):
    """One area."""

    area: Area
    full: str
    apart: bool  # value-added: never in the total
    groups: tuple[Group, ...]


def field_name(code: str, part: str) -> str:
    """The name of one field of an indicator."""
    return f"a.{code}.{part}"


_LAID_OUT: dict[tuple[str, str], tuple[Block, ...]] = {}  # as many as there are standards in use


def layout(standard: Standard, kind: str) -> tuple[Block, ...]:
    """The standard as one kind of school meets it; KeyError for a kind it does not cover."""
    key = standard.version, kind
    if key not in _LAID_OUT:
        _LAID_OUT[key] = tuple(_block(area) for area in standard.areas_for(kind))
    return _LAID_OUT[key]


def _block(area: Area) -> Block:
    groups = [
        Group(" · ".join(trail), tuple(line(leaf) for leaf in leaves))
        for trail, leaves in groupby(area.indicators, key=lambda leaf: leaf.trail[1:])
    ]
    apart = area.owner == "value_added"
    return Block(area, shown_number(area.points), apart, tuple(groups))


def line(leaf: Indicator) -> Line:
    """One indicator."""
    asked = tuple((one.name, "必备" if one.required else "有则提供") for one in leaf.evidence)
    own = (field_name(leaf.code, part) for part in ("reason", "note", "evidence"))
    full = shown_number(leaf.points)
    return Line(leaf, tuple(boxes(leaf)), full, how_it_scores(leaf.scoring), asked, *own)


def boxes(leaf: Indicator) -> Iterator[Box]:
    """What is to be filled in for an indicator, by the way it scores."""
    code, full = leaf.code, shown_number(leaf.points)
    match leaf.scoring:
        case FreePoints():
            yield Box("text", field_name(code, "points"), "得分", f"0至{full}分")
        case Levels() as way:
            for level in way.choices:
                worth = shown_number(rounded(leaf.points * way.levels[level]))
                yield Box("radio", field_name(code, "level"), f"{level}（{worth}分）", value=level)
        case Measure() as way:
            mode = "text" if _may_be_negative(way) else "decimal"
            if way.of == "ratio":
                yield Box("text", field_name(code, "part"), "符合条件的数", mode=mode)
                yield Box("text", field_name(code, "whole"), "总数", mode=mode)
            else:
                yield Box("text", field_name(code, "value"), "数值", way.unit, mode=mode)
        case Deductions() as way:
            yield Box("tick", field_name(code, "none"), f"没有扣分情形，得{full}分", value="1")
            for number, item in enumerate(way.items, 1):
                yield from _ground(code, number, item)


def _may_be_negative(way: Measure) -> bool:
    """A phone's keyboard for numbers has no minus."""
    return any(bound is not None and bound < 0 for bound in (way.full, way.zero))


def _ground(code: str, number: int, item: Deduction) -> Iterator[Box]:
    times, points = (field_name(code, f"{part}.{number}") for part in ("times", "points"))
    most = f"最多{item.times}次"
    if item.between is not None:
        low, high = map(shown_number, item.between)
        yield Box("text", points, "扣分", f"{low}至{high}分", heading=item.text)
        if item.times > 1:
            yield Box("text", times, "次数", most, mode="numeric")
        return
    each = shown_number(item.each)
    if item.times > 1:
        yield Box("text", times, "次数", f"每次扣{each}分，{most}", "", "numeric", item.text)
    else:
        yield Box("tick", times, f"有此情形，扣{each}分", value="1", heading=item.text)
