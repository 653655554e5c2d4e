"""The ways a leaf indicator scores: its shape in the standard, the answer it takes, its points.

Each way is one class of the union `Way`, told apart by `way`. A new one (checklist, condition
grade, derived) is a class here with the same three parts: `answer`, `flaws`, `earned`.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from rules.mistakes import Path
from rules.points import ZERO, Exact, Points, Share, quotient, rounded, shown_number
from rules.values import Frozen, Refusal

Flaws = Iterator[tuple[Path, str]]


class Earned(NamedTuple):
    """Points earned, and in Chinese what the way itself can say about the points lost, or ""."""

    points: Decimal
    reason: str = ""


class Answer(Frozen):
    """What every answer may carry: why points were lost (扣分说明), a remark, names of evidence."""

    reason: str = Field(default="", max_length=2000)
    note: str = Field(default="", max_length=5000)
    evidence: tuple[str, ...] = Field(default=(), max_length=50)

    @property
    def explains(self) -> bool:
        """Whether it says why points were lost."""
        return bool(self.reason.strip())


class PointsAnswer(Answer):
    """Free points: {"points": "7.5"}."""

    points: Points


class FreePoints(Frozen):
    """直接赋分: any points from 0 to the leaf's."""

    answer: ClassVar[type[Answer]] = PointsAnswer
    way: Literal["points"]

    def flaws(self, full: Decimal) -> Flaws:
        yield from ()

    def earned(self, full: Decimal, answer: PointsAnswer) -> Earned | Refusal:
        if answer.points > full:
            given, most = shown_number(answer.points), shown_number(full)
            return Refusal(f"得分 {given} 超过满分 {most}")
        return Earned(answer.points)


class Deduction(Frozen):
    """One ground for deduction: `each` time so many points, or `between` two bounds; at most
    `times` times."""

    text: str = Field(min_length=1, max_length=200)
    each: Points | None = None
    between: tuple[Points, Points] | None = None
    times: int = Field(default=1, ge=1, le=100)


class Taken(Frozen):
    """One deduction taken: the number of the ground (from 1); `points` where it is ranged."""

    item: int = Field(ge=1)
    times: int = Field(default=1, ge=1)
    points: Points | None = None
    reason: str = Field(default="", max_length=2000)


class DeductionsAnswer(Answer):
    """Deductions: {"taken": [{"item": 1, "times": 2}, {"item": 2, "points": "1.5"}]}."""

    taken: tuple[Taken, ...] = Field(default=(), max_length=200)

    @property
    def explains(self) -> bool:
        return bool(self.reason.strip()) or all(taken.reason.strip() for taken in self.taken)


class Deductions(Frozen):
    """扣分: full points less what is taken, never below 0 (扣完为止)."""

    answer: ClassVar[type[Answer]] = DeductionsAnswer
    way: Literal["deductions"]
    items: tuple[Deduction, ...] = Field(min_length=1)

    def flaws(self, full: Decimal) -> Flaws:
        for number, item in enumerate(self.items):
            path = ("items", number)
            if (item.each is None) == (item.between is None):
                yield path, "每条扣分要写 each（每次扣几分）或 between（扣分范围），二选一"
            elif item.each is not None and not 0 < item.each <= full:
                yield (*path, "each"), f"每次扣分应大于 0 且不超过本指标 {shown_number(full)} 分"
            elif item.between is not None and not 0 <= item.between[0] < item.between[1] <= full:
                most = shown_number(full)
                yield (*path, "between"), f"扣分范围应由小到大，且不超过本指标 {most} 分"

    def earned(self, full: Decimal, answer: DeductionsAnswer) -> Earned | Refusal:
        lost, used, reasons = Decimal(0), dict.fromkeys(range(1, len(self.items) + 1), 0), []
        for taken in answer.taken:
            if taken.item not in used:
                return Refusal(f"没有第 {taken.item} 条扣分项（共 {len(self.items)} 条）")
            item = self.items[taken.item - 1]
            used[taken.item] += taken.times
            if used[taken.item] > item.times:
                return Refusal(f"“{item.text}”最多扣 {item.times} 次")
            points = self.points_of(item, taken)
            if isinstance(points, Refusal):
                return points
            lost += points
            said = f"（{taken.reason}）" if taken.reason else ""
            reasons.append(f"{item.text}，扣 {shown_number(points)} 分{said}")
        return Earned(max(full - lost, ZERO), "；".join(reasons))

    def points_of(self, item: Deduction, taken: Taken) -> Decimal | Refusal:
        if item.each is not None:
            due = item.each * taken.times
            if taken.points not in (None, due):
                return Refusal(f"“{item.text}”应扣 {shown_number(due)} 分")
            return due
        low, high = item.between
        if taken.points is None or not low <= taken.points <= high:
            return Refusal(f"“{item.text}”应扣 {shown_number(low)} 至 {shown_number(high)} 分")
        return taken.points * taken.times


class LevelAnswer(Answer):
    """A level: {"level": "优"}."""

    level: str = Field(max_length=20)


class Levels(Frozen):
    """等级: the leaf's points times the level's coefficient."""

    answer: ClassVar[type[Answer]] = LevelAnswer
    way: Literal["levels"]
    levels: dict[str, Exact] = Field(min_length=2, max_length=10)

    @property
    def choices(self) -> tuple[str, ...]:
        """The levels from best to worst, whatever order a canonical text has put them in."""
        return tuple(sorted(self.levels, key=lambda name: -self.levels[name]))

    def flaws(self, full: Decimal) -> Flaws:
        above = None
        for name, coefficient in self.levels.items():
            if not 0 <= coefficient <= 1:
                yield ("levels", name), f"等级“{name}”的系数应在 0 到 1 之间"
            if above is not None and coefficient >= above:
                yield ("levels", name), f"等级应由高到低排列：“{name}”的系数不低于前一级"
            above = coefficient

    def earned(self, full: Decimal, answer: LevelAnswer) -> Earned | Refusal:
        if answer.level not in self.levels:
            return Refusal(f"没有等级“{answer.level}”，可选：{'、'.join(self.choices)}")
        return Earned(rounded(full * self.levels[answer.level]))


class Step(Frozen):
    """From this value on, this share of the points."""

    value: Exact
    share: Share


class MeasureAnswer(Answer):
    """A measurement: {"value": "12.5"}, or for a ratio {"part": 56, "whole": 57}."""

    value: Exact | None = None
    part: Exact | None = None
    whole: Exact | None = None

    @property
    def explains(self) -> bool:
        """A number and its threshold say themselves why points were lost."""
        return True


class Measure(Frozen):
    """量化: a number, or a ratio of two counts in percent, held against thresholds.

    All points from `full` on; below it a straight line down to nothing at `zero`, or `steps`, or
    (neither written) nothing.
    """

    answer: ClassVar[type[Answer]] = MeasureAnswer
    way: Literal["measure"]
    of: Literal["number", "ratio"]
    direction: Literal["at_least", "at_most"]
    unit: str = Field(min_length=1, max_length=10)
    full: Exact
    zero: Exact | None = None
    steps: tuple[Step, ...] = ()

    def flaws(self, full: Decimal) -> Flaws:
        if self.of == "ratio" and self.unit != "%":
            yield ("unit",), "比率（of: ratio）的单位只能是 %"
        if self.of == "ratio" and not 0 <= self.full <= 100:
            yield ("full",), "比率的满分值应在 0 到 100 之间"
        if self.zero is not None and self.steps:
            yield ("steps",), "zero（线性计分）与 steps（分段计分）只能写一个"
        if self.zero is not None and not self.beyond(self.full, self.zero):
            yield ("zero",), "零分值应比满分值差：与 direction 的方向不符"
        value, part = self.full, Decimal(1)
        for number, step in enumerate(self.steps):
            if not self.beyond(value, step.value) or step.share >= part:
                yield ("steps", number), "分段应由好到差排列，得分比例逐段降低"
            value, part = step.value, step.share

    def beyond(self, better: Decimal, worse: Decimal) -> bool:
        return better > worse if self.direction == "at_least" else better < worse

    def earned(self, full: Decimal, answer: MeasureAnswer) -> Earned | Refusal:
        measured = self.measured(answer)
        if isinstance(measured, Refusal):
            return measured
        amount, base = measured
        if not self.beyond(self.full * base, amount):
            return Earned(full)
        verb = "不低于" if self.direction == "at_least" else "不高于"
        wanted = f"{verb} {shown_number(self.full)}{self.unit}"
        if self.of == "ratio":
            got = f"{shown_number(quotient(amount, base))}%（{answer.part}/{answer.whole}）"
        else:
            got = f"{shown_number(amount)}{self.unit}"
        return Earned(self.partly(full, amount, base), f"实测 {got}，满分要求{wanted}")

    def measured(self, answer: MeasureAnswer) -> tuple[Decimal, Decimal] | Refusal:
        """What was measured as a quotient not yet divided, so that thresholds compare exactly."""
        if self.of == "number":
            if answer.value is None:
                return Refusal("请填写数值（value）")
            return answer.value, Decimal(1)
        if answer.part is None or answer.whole is None:
            return Refusal("请填写符合条件的数（part）和总数（whole）")
        if answer.whole <= 0 or not 0 <= answer.part <= answer.whole:
            return Refusal("总数应大于 0，符合条件的数应在 0 与总数之间")
        return answer.part * 100, answer.whole

    def partly(self, full: Decimal, amount: Decimal, base: Decimal) -> Decimal:
        """The points of a measure that misses the full threshold."""
        if self.zero is not None:
            above = amount - self.zero * base
            span = (self.full - self.zero) * base
            return quotient(full * abs(above), abs(span)) if above * span > 0 else ZERO
        for step in self.steps:
            if not self.beyond(step.value * base, amount):
                return rounded(full * step.share)
        return ZERO


Way = Annotated[FreePoints | Deductions | Levels | Measure, Field(discriminator="way")]
