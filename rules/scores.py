"""Scores: answers to indicators become points per leaf, per area, in total, and a grade.

Three scores of one school stand side by side: its own (自评), the review's (督评), a spot-check's
(抽评). They are reckoned alike, but who takes points from others says why (扣分说明). The grade
(等级) asks for a total reached, no area below its floor and no confirmed veto, and says why.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from rules.indicators import SCHOOL_KINDS, Area, Indicator, Owner
from rules.mistakes import shown
from rules.points import ZERO, Points, percent_down, shown_number
from rules.standard import GradeRule, Standard
from rules.values import Refusal
from rules.ways import Answer

Side = Literal["self", "review", "spot_check"]
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LeafScore:
    """What one indicator came to; `reason` says in Chinese why points were lost."""

    code: str
    full: Points
    points: Points
    lost: Points
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AreaScore:
    """What one area came to."""

    code: str
    title: str
    owner: Owner
    full: Points
    points: Points

    @property
    def ratio(self) -> Decimal:
        """Points of full points in percent, cut (not rounded) to a tenth: 79.96 % reads 79.9."""
        return percent_down(self.points, self.full)


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """One school's points by one version of a standard. `total` is the sum of the areas in it;
    `value_added` stands apart; `missing` are the indicators of the total without an answer."""

    standard: str
    school_kind: str
    side: Side
    leaves: tuple[LeafScore, ...]
    areas: tuple[AreaScore, ...]
    total: Points
    full: Points
    value_added: Points
    value_added_full: Points
    missing: tuple[str, ...]

    def to_json(self) -> str:
        """Points as texts with one decimal, so that 7.0 stays 7.0."""
        return _sheets().dump_json(self).decode()


@cache
def _sheets() -> TypeAdapter[ScoreSheet]:
    return TypeAdapter(ScoreSheet)


def sheet_from_json(text: str) -> ScoreSheet:
    """The sheet that `to_json` wrote; pydantic's ValidationError if it is something else."""
    return _sheets().validate_json(text)


def read_answer(indicator: Indicator, raw: Any) -> Answer | Refusal:
    """One answer as it comes from a form or JSON; its shape depends on how the leaf scores."""
    shape = indicator.scoring.answer
    try:
        return shape.model_validate(raw)
    except ValidationError as refused:
        why = _misfit(indicator, refused.errors(include_url=False)[0])
        return Refusal(f"{named(indicator)}：{why}")


# What the parts of an answer and the ways of scoring are called on a form.
PARTS = {
    "points": "得分",
    "level": "等级",
    "taken": "扣分项",
    "item": "扣分条目",
    "times": "次数",
    "value": "数值",
    "part": "符合条件的数",
    "whole": "总数",
    "reason": "扣分说明",
    "note": "备注",
    "evidence": "佐证材料",
}
WAYS = {"points": "直接赋分", "deductions": "扣分", "levels": "等级", "measure": "量化指标"}


def _misfit(indicator: Indicator, error: Any) -> str:
    """Why an answer does not fit its form, in the form's own words."""
    part = next((PARTS.get(step) for step in reversed(error["loc"]) if isinstance(step, str)), None)
    if error["type"] == "missing":
        return f"没有填写{part}"
    if error["type"] == "extra_forbidden" or part is None:
        way = WAYS[indicator.scoring.way]
        return f"本指标按{way}计分，填写的内容与表格不符"
    if error["type"] == "value_error":  # ours, and in Chinese
        return f"{part}：{error['ctx']['error']}"
    return f"{part}填写得不对，写的是{shown(error['input'])}"


def score_leaf(indicator: Indicator, answer: Answer, side: Side = "self") -> LeafScore | Refusal:
    """Points of one indicator, 0 to its full points; refused out of range or without a reason."""
    if not isinstance(answer, indicator.scoring.answer):
        return Refusal(f"{named(indicator)}：填写的内容与计分方式不符")
    earned = indicator.scoring.earned(indicator.points, answer)
    if isinstance(earned, Refusal):
        return Refusal(f"{named(indicator)}：{earned.reason}")
    lost = indicator.points - earned.points
    reason = "；".join(filter(None, (answer.reason.strip(), earned.reason)))
    if lost and side != "self" and not answer.explains:
        return Refusal(f"{named(indicator)}：扣了 {shown_number(lost)} 分，请填写扣分说明")
    return LeafScore(indicator.code, indicator.points, earned.points, lost, reason if lost else "")


def named(indicator: Indicator) -> str:
    return f"{indicator.code} {indicator.title}"


def score(
    standard: Standard, school_kind: str, answers: Mapping[str, Answer], side: Side = "self"
) -> ScoreSheet | Refusal:
    """A sheet from answers by indicator code. What has no answer counts nothing and is `missing`.

    Refused with up to five reasons: an answer out of range, an indicator the school does not have.
    """
    if school_kind not in standard.school_kinds:
        kind = SCHOOL_KINDS.get(school_kind, school_kind)
        return Refusal(f"“{standard.title}”不适用于{kind}")
    leaves, areas, missing, refused, used = [], [], [], [], 0
    for area in standard.areas_for(school_kind):
        points = ZERO
        for indicator in area.indicators:
            answer = answers.get(indicator.code)
            if answer is None:
                if area.owner != "value_added":
                    missing.append(indicator.code)
                continue
            used += 1
            leaf = score_leaf(indicator, answer, side)
            if isinstance(leaf, Refusal):
                refused.append(leaf.reason)
                continue
            points += leaf.points
            leaves.append(leaf)
        areas.append(AreaScore(area.code, area.title, area.owner, area.points, points))
    if used < len(answers):
        refused += unknown_codes(standard.areas_for(school_kind), answers, school_kind)
    if refused:
        more = f"……共 {len(refused)} 处" if len(refused) > MOST_SHOWN else ""
        return Refusal("；".join(refused[:MOST_SHOWN]) + more)
    added = [area for area in areas if area.owner == "value_added"]
    return ScoreSheet(
        standard=standard.version,
        school_kind=school_kind,
        side=side,
        leaves=tuple(leaves),
        areas=tuple(areas),
        total=sum((area.points for area in areas if area.owner != "value_added"), ZERO),
        full=standard.full,
        value_added=sum((area.points for area in added), ZERO),
        value_added_full=sum((area.full for area in added), ZERO),
        missing=tuple(missing),
    )


def unknown_codes(
    areas: tuple[Area, ...], answers: Mapping[str, Answer], school_kind: str
) -> list[str]:
    known = {indicator.code for area in areas for indicator in area.indicators}
    kind = SCHOOL_KINDS[school_kind]
    return [f"{kind}没有指标 {code[:20]}" for code in answers if code not in known]


class Scored(NamedTuple):
    """A complete sheet in decimal texts, as events keep it: `areas` by code, value-added apart."""

    areas: dict[str, str]
    total: str
    value_added: str
    sheet: ScoreSheet


def score_answers(
    standard: Standard, school_kind: str, answers: Any, side: Side
) -> Scored | Refusal:
    """Score a form as it was sent (`{code: {"points": "7.5"}, …}`); refused while incomplete."""
    if school_kind not in standard.school_kinds:
        return score(standard, school_kind, {})  # the refusal that says so
    if not isinstance(answers, Mapping):
        return Refusal("填写的内容应按指标编码逐项给出")
    indicators = {indicator.code: indicator for indicator in standard.for_school(school_kind)}
    read: dict[str, Answer] = {}
    for code, raw in answers.items():
        if code not in indicators:
            return Refusal(f"{SCHOOL_KINDS[school_kind]}没有指标 {code[:20]}")
        answer = read_answer(indicators[code], raw)
        if isinstance(answer, Refusal):
            return answer
        read[code] = answer
    sheet = score(standard, school_kind, read, side)
    if isinstance(sheet, Refusal):
        return sheet
    if sheet.missing:
        return Refusal(unanswered(sheet))
    areas = {area.code: str(area.points) for area in sheet.areas}
    return Scored(areas, str(sheet.total), str(sheet.value_added), sheet)


def unanswered(sheet: ScoreSheet) -> str:
    shown = "、".join(sheet.missing[:MOST_SHOWN])
    more = "等" if len(sheet.missing) > MOST_SHOWN else ""
    return f"还有 {len(sheet.missing)} 项指标没有填写：{shown}{more}"


@dataclass(frozen=True, slots=True)
class Grade:
    """`letter` after vetoes, `by_points` before them, `why` in Chinese, one sentence a fact."""

    letter: str
    by_points: str
    why: tuple[str, ...]


def grade(standard: Standard, sheet: ScoreSheet, vetoes: Collection[str] = ()) -> Grade | Refusal:
    """The grade of a complete sheet; `vetoes` are codes a person has confirmed on evidence."""
    if sheet.standard != standard.version:
        return Refusal("这份评分表用的是另一版标准，不能按本标准定等")
    if sheet.missing:
        return Refusal(f"{unanswered(sheet)}，不能定等")
    known = {veto.code: veto for veto in standard.vetoes}
    for code in vetoes:
        if code not in known:
            return Refusal(f"本标准没有一票否决项 {code}")
    why: list[str] = []
    for rule in standard.grades:
        short = list(shortfalls(rule, sheet))
        if not short:
            break
        why.append(f"未评为 {rule.letter} 等：{'；'.join(short)}")
    why.insert(0, f"总分 {shown_number(sheet.total)} 分，按分数评为 {rule.letter} 等")
    letters = [each.letter for each in standard.grades]
    place = by_points = letters.index(rule.letter)
    for code in sorted(set(vetoes)):
        veto = known[code]
        place = max(place, letters.index(veto.at_most))
        why.append(f"经确认的一票否决：{code} {veto.title}，等级不高于 {veto.at_most}")
    return Grade(letters[place], letters[by_points], tuple(why))


def shortfalls(rule: GradeRule, sheet: ScoreSheet) -> Iterator[str]:
    """What keeps a sheet from a grade: the total, then each area below its floor."""
    if sheet.total < rule.at_least:
        total, least = shown_number(sheet.total), shown_number(rule.at_least)
        yield f"总分 {total} 分，不足 {least} 分"
    for area in sheet.areas:
        common = rule.each_area if area.owner == "provincial" else None
        floor = rule.areas.get(area.code, common)
        if floor is not None and area.points < floor * area.full:
            least = shown_number(floor * 100)
            yield f"“{area.code} {area.title}”得分率 {area.ratio}%，低于底线 {least}%"


def grade_of(standard: Standard, scored: Scored, vetoes: Collection[str] = ()) -> str:
    """The letter alone, of a scored form; "" if it cannot be graded."""
    graded = grade(standard, scored.sheet, vetoes)
    return "" if isinstance(graded, Refusal) else graded.letter
