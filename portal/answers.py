"""The answer to one indicator on a page: its fields by the way it scores, read, reckoned, shown.

The school's own account (side "self") and the team's score sheet (side "review") share it. Fields
are named ``a.<code>.<part>``:

- points: ``points``;  levels: ``level``;  measure: ``value``, of a ratio ``part`` and ``whole``;
- deductions: ``times.<n>`` and, where the ground is ranged, ``points.<n>`` (n from 1), or ``none``
  ticked where there is nothing to take away;
- everywhere: ``reason``, ``note``, and ``evidence`` (the names ticked).

``read`` and ``tally`` take a *value*: ``value(name)`` answers a field's text, ``value(name, True)``
all its texts (`portal.drafts.Values` is one). The macro ``draw`` of
``templates/self_assessment/answer.html`` draws the fields. All reckoning is `rules.scores`'.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from portal.remembered import Remembered, Texts
from portal.sheet_layout import LONGEST_NUMBER, Line, boxes, field_name, line
from rules.indicators import Area, Indicator
from rules.points import shown_number
from rules.scores import (
    Answer,
    LeafScore,
    ScoreSheet,
    Side,
    grade,
    named,
    read_answer,
    score,
    score_leaf,
)
from rules.standard import Standard
from rules.values import Refusal
from rules.ways import Deduction, Deductions

Value = Callable[..., Any]

LONGEST_REASON, LONGEST_NOTE, LONGEST_NAME = 2000, 5000, 200


class Given(NamedTuple):
    """One indicator as it stands: ``raw`` as a command's form takes it (None: nothing given yet),
    the points it comes to and those lost (None where that cannot be said), ``why`` points were
    lost, and ``wrong``: what has to be mended, in Chinese."""

    raw: dict[str, Any] | None = None
    points: Decimal | None = None
    lost: Decimal | None = None
    why: str = ""
    wrong: str = ""
    answer: Answer | None = None


NOTHING = Given()


class AreaTally(NamedTuple):
    """One area: its indicators, how many of them are answered, the points so far."""

    area: Area
    answered: int
    points: Decimal
    missing: tuple[str, ...]

    @property
    def full(self) -> Decimal:
        """The points it can reach."""
        return self.area.points


class Tally(NamedTuple):
    """A sheet as far as it is filled in. ``missing`` are the indicators without a usable answer
    that the total needs, ``wrong`` what has to be mended (code → why); ``grade`` is "" and ``why``
    empty until nothing is missing."""

    given: dict[str, Given]
    areas: tuple[AreaTally, ...]
    sheet: ScoreSheet
    missing: tuple[str, ...]
    wrong: dict[str, str]
    grade: str
    why: tuple[str, ...]

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """The ``answers`` of a command's form: what was given, right or wrong."""
        return {code: given.raw for code, given in self.given.items() if given.raw is not None}

    @property
    def count(self) -> int:
        """How many indicators there are."""
        return len(self.given)


def names(of: Line) -> Iterator[tuple[str, int]]:
    """Every field of an indicator, with the most characters it takes."""
    for box in of.boxes:
        yield box.name, LONGEST_NUMBER
    yield of.reason, LONGEST_REASON
    yield of.note, LONGEST_NOTE
    yield of.evidence, LONGEST_NAME


def read(indicator: Indicator, value: Value, side: Side = "self") -> Given:
    """What stands in the fields of one indicator, and what it comes to."""
    code = indicator.code
    raw = _READ[indicator.scoring.way](indicator, value)
    if isinstance(raw, Refusal):
        return Given(raw={}, wrong=raw.reason)
    if raw is None:
        return NOTHING
    for part in ("reason", "note"):
        if text := value(f"a.{code}.{part}"):
            raw[part] = text
    if ticked := [name for name in value(f"a.{code}.evidence", True) if name]:
        raw["evidence"] = ticked
    return reckoned(indicator, raw, side)


def reckoned(indicator: Indicator, raw: dict[str, Any], side: Side = "self") -> Given:
    """One answer as a command's form has it, reckoned. Points are known even while the reason for
    those lost is still missing."""
    answer = read_answer(indicator, raw)
    scored: LeafScore | Refusal = (
        answer if isinstance(answer, Refusal) else score_leaf(indicator, answer)
    )
    if isinstance(scored, Refusal):
        return Given(raw=raw, wrong=_without_name(indicator, scored.reason))
    wrong = ""
    if side != "self" and isinstance(refused := score_leaf(indicator, answer, side), Refusal):
        wrong = _without_name(indicator, refused.reason)
    return Given(raw, scored.points, scored.lost, scored.reason, wrong, answer)


def _without_name(indicator: Indicator, reason: str) -> str:
    return reason.removeprefix(f"{named(indicator)}：") + "。"


def tally(standard: Standard, kind: str, value: Value, side: Side = "self") -> Tally:
    """The whole sheet as it stands, for a kind of school the standard covers."""
    given = {
        leaf.code: _READ_BEFORE.of(
            (standard.version, leaf.code, side),
            texts_of(standard, leaf, value),
            partial(read, leaf, value, side),
        )
        for leaf in standard.for_school(kind)
    }
    return tally_of(standard, kind, given)


_READ_BEFORE: Remembered[Given] = Remembered()
_NAMES: dict[tuple[str, str], tuple[str, ...]] = {}  # as many as there are standards in use


def texts_of(standard: Standard, indicator: Indicator, value: Value) -> Texts:
    """All that stands in the fields of one indicator."""
    key = standard.version, indicator.code
    if key not in _NAMES:
        _NAMES[key] = tuple(name for name, _ in names(line(indicator)))
    return tuple(tuple(value(name, True)) for name in _NAMES[key])


def tally_of(standard: Standard, kind: str, given: dict[str, Given]) -> Tally:
    """The sheet of answers that were read one by one."""
    usable = {code: one.answer for code, one in given.items() if one.answer is not None}
    sheet = score(standard, kind, usable)
    assert isinstance(sheet, ScoreSheet)  # each has been scored by itself before
    areas = []
    for area, points in zip(standard.areas_for(kind), sheet.areas, strict=True):
        missing = tuple(leaf.code for leaf in area.indicators if leaf.code not in usable)
        answered = len(area.indicators) - len(missing)
        areas.append(AreaTally(area, answered, points.points, missing))
    graded = None if sheet.missing else grade(standard, sheet)
    wrong = {code: one.wrong for code, one in given.items() if one.wrong}
    done = graded is not None and not isinstance(graded, Refusal)
    letter, why = (graded.letter, graded.why) if done else ("", ())
    return Tally(given, tuple(areas), sheet, sheet.missing, wrong, letter, why)


def fields(indicator: Indicator, raw: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fields of an answer that was given before, to be shown again (by name, all texts).

    Of an answer that does not fit the way (another version of the standard), what fits.
    """
    found = {part: [text] for part, text in _fields(indicator, raw)}
    reason = [str(raw.get("reason") or "")]
    taken = raw.get("taken") or ()
    reason += [str(one.get("reason") or "") for one in taken if isinstance(one, Mapping)]
    found["reason"] = ["；".join(text for text in reason if text)]
    found["note"] = [str(raw.get("note") or "")]
    found["evidence"] = [str(name) for name in raw.get("evidence") or ()]
    code = indicator.code
    return {field_name(code, part): texts for part, texts in found.items() if any(texts)}


def _fields(indicator: Indicator, raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The parts that belong to the way."""
    way = indicator.scoring
    if not isinstance(way, Deductions):
        own = {box.name for box in boxes(indicator)}
        for part in ("points", "level", "value", "part", "whole"):
            if part in raw and field_name(indicator.code, part) in own:
                yield part, str(raw[part])
        return
    taken = raw.get("taken")
    if taken is None:
        return
    if not taken:
        yield "none", "1"
    for one in taken:
        number = one.get("item")
        if number not in range(1, len(way.items) + 1):
            continue
        item = way.items[number - 1]
        if item.between is not None:
            yield f"points.{number}", str(one.get("points", ""))
        if item.between is None or item.times > 1:
            yield f"times.{number}", str(one.get("times", 1))


def plain(text: str, *units: str) -> str:
    """A number as people type it - full width, with its unit - without either."""
    text = unicodedata.normalize("NFKC", text[: LONGEST_NUMBER * 2]).strip()
    for unit in units:
        text = text.removesuffix(unit).rstrip()
    return text


def _points(indicator: Indicator, value: Value) -> dict[str, Any] | None:
    points = plain(value(f"a.{indicator.code}.points"), "分")
    return {"points": points} if points else None


def _level(indicator: Indicator, value: Value) -> dict[str, Any] | None:
    level = value(f"a.{indicator.code}.level").strip()
    return {"level": level} if level else None


def _measured(indicator: Indicator, value: Value) -> dict[str, Any] | Refusal | None:
    way = indicator.scoring
    if way.of == "number":
        number = plain(value(f"a.{indicator.code}.value"), way.unit)
        return {"value": number} if number else None
    part, whole = (plain(value(f"a.{indicator.code}.{name}")) for name in ("part", "whole"))
    if bool(part) != bool(whole):
        return Refusal("请同时填写符合条件的数和总数。")
    return {"part": part, "whole": whole} if part else None


def _taken(indicator: Indicator, value: Value) -> dict[str, Any] | Refusal | None:
    code, taken = indicator.code, []
    none = bool(value(f"a.{code}.none"))
    for number, item in enumerate(indicator.scoring.items, 1):
        times = plain(value(f"a.{code}.times.{number}"), "次")
        points = plain(value(f"a.{code}.points.{number}"), "分") if item.between else ""
        one = _ground(number, item, times, points)
        if isinstance(one, Refusal):
            return one
        if one:
            taken.append(one)
    if taken and none:
        return Refusal("勾选了“没有扣分情形”，又填了扣分，请保留一种。")
    return {"taken": taken} if taken or none else None


def _ground(number: int, item: Deduction, times: str, points: str) -> dict[str, Any] | Refusal:
    """One ground as it was filled in; empty where it was not."""
    if times and not (times.isascii() and times.isdecimal()):
        return Refusal(f"“{item.text}”的次数应写整数，写的是“{times}”。")
    if item.between is None:
        return {"item": number, "times": int(times)} if times.strip("0") else {}
    if not points.strip("0."):
        if times.strip("0"):
            low, high = (shown_number(bound) for bound in item.between)
            return Refusal(f"“{item.text}”请写明扣几分（{low}至{high}分）。")
        return {}
    return {"item": number, "points": points, "times": int(times or 1) or 1}


_READ: dict[str, Callable[[Indicator, Value], dict[str, Any] | Refusal | None]] = {
    "points": _points,
    "levels": _level,
    "measure": _measured,
    "deductions": _taken,
}
