"""Answers become points, points a grade: to the tenth, never out of range, always with a reason."""

from functools import cache
from pathlib import Path

import pytest

from rules.indicators import Indicator
from rules.scores import (
    grade,
    grade_of,
    read_answer,
    score,
    score_answers,
    score_leaf,
)
from rules.standard import Standard, parse_standard
from rules.values import Refusal
from rules.ways import Deductions, Levels, Measure

EXAMPLE = Path(__file__).parents[1] / "processes" / "standards" / "example_1000.yaml"

LEAVES = """\
standard: leaves
title: 一种计分方式一个指标（示例，非官方）
points: {provincial: 60}
school_kinds: [primary]
grades: [{letter: A, at_least: 50}, {letter: B}]
areas:
  - code: A
    title: 领域
    points: 60
    leaves:
      - {code: free, title: 直接赋分, points: 10, methods: [看], scoring: {way: points}}
      - code: taken
        title: 扣分
        points: 10
        methods: [查]
        scoring:
          way: deductions
          items:
            - {text: 未公示, each: 2, times: 3}
            - {text: 账目不清, between: [1, 5]}
      - code: level
        title: 等级
        points: 7
        methods: [评]
        scoring: {way: levels, levels: {优: 1, 良: 0.85, 中: 0.6, 差: 0}}
      - code: line
        title: 线性
        points: 15
        methods: [查]
        scoring: {way: measure, of: ratio, direction: at_least, unit: "%", full: 98, zero: 80}
      - code: steps
        title: 分段
        points: 8
        methods: [测]
        scoring:
          way: measure
          of: number
          direction: at_most
          unit: 人
          full: 45
          steps: [{value: 50, share: 60%}, {value: 55, share: 30%}]
      - code: all
        title: 达标
        points: 10
        methods: [测]
        scoring: {way: measure, of: number, direction: at_least, unit: 节, full: 60}
"""


@cache
def leaves() -> dict[str, Indicator]:
    standard = parse_standard(LEAVES, "leaves.yaml")
    return {leaf.code: leaf for leaf in standard.for_school("primary")}


def points_of(code: str, raw: dict, side: str = "self") -> str:
    """The points as text, or the reason for a refusal."""
    answer = read_answer(leaves()[code], raw)
    outcome = answer if isinstance(answer, Refusal) else score_leaf(leaves()[code], answer, side)
    return outcome.reason if isinstance(outcome, Refusal) else str(outcome.points)


@pytest.mark.parametrize(
    ("code", "raw", "expected"),
    [
        # free points of 10
        ("free", {"points": "10"}, "10.0"),
        ("free", {"points": 7.5}, "7.5"),
        ("free", {"points": "0"}, "0.0"),
        ("free", {"points": "10.1"}, "free 直接赋分：得分 10.1 超过满分 10"),
        ("free", {"points": "-1"}, "free 直接赋分：得分：分数不能小于 0，写的是-1"),
        ("free", {"points": "7.25"}, "free 直接赋分：得分：分数最多一位小数，写的是7.25"),
        (
            "free",
            {"points": "NaN"},
            "free 直接赋分：得分：这里要写数（最多 9 位整数、4 位小数），写的却是“NaN”",
        ),
        (
            "free",
            {"points": True},
            "free 直接赋分：得分：这里要写数（最多 9 位整数、4 位小数），写的却是true",
        ),
        ("free", {}, "free 直接赋分：没有填写得分"),
        (
            "free",
            {"point": "5", "points": 5},
            "free 直接赋分：本指标按直接赋分计分，填写的内容与表格不符",
        ),
        ("free", 5, "free 直接赋分：本指标按直接赋分计分，填写的内容与表格不符"),
        # deductions from 10: 2 each at most three times, or 1 to 5
        ("taken", {}, "10.0"),
        ("taken", {"taken": [{"item": 1}]}, "8.0"),
        ("taken", {"taken": [{"item": 1, "times": 3}, {"item": 2, "points": "1.5"}]}, "2.5"),
        (
            "taken",
            {"taken": [{"item": 1, "times": 3}, {"item": 2, "points": 5}]},
            "0.0",
        ),  # 扣完为止
        ("taken", {"taken": [{"item": 1, "times": 2, "points": 4}]}, "6.0"),
        ("taken", {"taken": [{"item": 1, "points": 3}]}, "taken 扣分：“未公示”应扣 2 分"),
        ("taken", {"taken": [{"item": 1, "times": 4}]}, "taken 扣分：“未公示”最多扣 3 次"),
        ("taken", {"taken": [{"item": 1}] * 4}, "taken 扣分：“未公示”最多扣 3 次"),
        ("taken", {"taken": [{"item": 2}]}, "taken 扣分：“账目不清”应扣 1 至 5 分"),
        ("taken", {"taken": [{"item": 2, "points": 6}]}, "taken 扣分：“账目不清”应扣 1 至 5 分"),
        ("taken", {"taken": [{"item": 3}]}, "taken 扣分：没有第 3 条扣分项（共 2 条）"),
        # levels of 7: a coefficient, rounded half up to a tenth
        ("level", {"level": "优"}, "7.0"),
        ("level", {"level": "良"}, "6.0"),  # 5.95
        ("level", {"level": "中"}, "4.2"),
        ("level", {"level": "差"}, "0.0"),
        ("level", {"level": "好"}, "level 等级：没有等级“好”，可选：优、良、中、差"),
        (
            "level",
            {"level": 1},
            "level 等级：等级填写得不对，写的是1",
        ),
        # a ratio, straight from 15 points at 98 % to none at 80 %
        ("line", {"part": 98, "whole": 100}, "15.0"),
        ("line", {"part": 57, "whole": 57}, "15.0"),
        ("line", {"part": 89, "whole": 100}, "7.5"),
        ("line", {"part": 2, "whole": 3}, "0.0"),
        ("line", {"part": 80, "whole": 100}, "0.0"),
        ("line", {"part": 979999, "whole": 1000000}, "15.0"),  # 14.99992
        ("line", {"part": 5, "whole": 4}, "line 线性：总数应大于 0，符合条件的数应在 0 与总数之间"),
        ("line", {"part": 0, "whole": 0}, "line 线性：总数应大于 0，符合条件的数应在 0 与总数之间"),
        ("line", {"value": 98}, "line 线性：请填写符合条件的数（part）和总数（whole）"),
        # a number in steps, small is good: 8 points to 45, 60 % to 50, 30 % to 55, then none
        ("steps", {"value": 45}, "8.0"),
        ("steps", {"value": "45.1"}, "4.8"),
        ("steps", {"value": 50}, "4.8"),
        ("steps", {"value": 51}, "2.4"),
        ("steps", {"value": 55}, "2.4"),
        ("steps", {"value": 56}, "0.0"),
        ("steps", {"part": 1, "whole": 2}, "steps 分段：请填写数值（value）"),
        # all or nothing
        ("all", {"value": 60}, "10.0"),
        ("all", {"value": "59.9"}, "0.0"),
    ],
)
def test_points_of_one_indicator(code: str, raw: object, expected: str):
    assert points_of(code, raw) == expected


@pytest.mark.parametrize(
    ("code", "raw", "expected"),
    [
        # who takes points from another says why; full points need no words
        ("free", {"points": 10}, "10.0"),
        ("free", {"points": 9}, "free 直接赋分：扣了 1 分，请填写扣分说明"),
        ("free", {"points": 9, "reason": "  "}, "free 直接赋分：扣了 1 分，请填写扣分说明"),
        ("free", {"points": 9, "reason": "公开栏未更新"}, "9.0"),
        ("level", {"level": "中"}, "level 等级：扣了 2.8 分，请填写扣分说明"),
        ("taken", {"taken": [{"item": 1}]}, "taken 扣分：扣了 2 分，请填写扣分说明"),
        ("taken", {"taken": [{"item": 1, "reason": "校服费未公示"}]}, "8.0"),
        # a number and its threshold say why themselves
        ("all", {"value": 40}, "0.0"),
    ],
)
@pytest.mark.parametrize("side", ["review", "spot_check"])
def test_points_lost_in_a_review_need_a_reason(code: str, raw: dict, expected: str, side: str):
    assert points_of(code, raw, side) == expected


def test_a_score_says_why_points_were_lost():
    def reason(code: str, raw: dict) -> str:
        return score_leaf(leaves()[code], read_answer(leaves()[code], raw)).reason

    taken = {"taken": [{"item": 1, "times": 2, "reason": "两处"}], "reason": "查收费公示栏"}
    assert reason("taken", taken) == "查收费公示栏；未公示，扣 4 分（两处）"
    assert reason("line", {"part": 56, "whole": 58}) == "实测 96.6%（56/58），满分要求不低于 98%"
    assert reason("steps", {"value": 52}) == "实测 52人，满分要求不高于 45人"
    assert reason("all", {"value": 60}) == ""


def test_an_answer_of_another_shape_is_refused():
    answer = read_answer(leaves()["level"], {"level": "优"})
    assert "与计分方式不符" in score_leaf(leaves()["free"], answer).reason


# ---- whole sheets ----------------------------------------------------------------------------


@cache
def example() -> Standard:
    return parse_standard(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)


def best(indicator: Indicator) -> dict:
    """An answer that earns every point."""
    match indicator.scoring:
        case Deductions():
            return {}
        case Levels(levels=levels):
            return {"level": next(iter(levels))}
        case Measure(of="ratio", direction="at_least"):
            return {"part": 100, "whole": 100}
        case Measure(of="ratio"):
            return {"part": 0, "whole": 100}
        case Measure(full=full):
            return {"value": str(full)}
    return {"points": str(indicator.points)}


def test_a_full_sheet_and_an_empty_one():
    standard = example()
    forms = {leaf.code: best(leaf) for leaf in standard.for_school("primary")}
    scored = score_answers(standard, "primary", forms, "review")
    assert (scored.total, scored.value_added) == ("1000.0", "100.0")
    assert scored.areas["A3"] == "200.0" and grade_of(standard, scored) == "A"
    empty = score(standard, "primary", {})
    assert empty.total == 0 and len(empty.missing) == 66
    assert "还有 66 项指标没有填写" in grade(standard, empty).reason
    assert "还有 66 项" in score_answers(standard, "primary", {}, "self").reason


def test_value_added_stands_apart_and_may_be_left_out():
    standard = example()
    forms = {leaf.code: best(leaf) for leaf in standard.for_school("primary")}
    without = {code: form for code, form in forms.items() if not code.startswith("Z")}
    scored = score_answers(standard, "primary", without, "self")
    assert (scored.total, scored.value_added) == ("1000.0", "0.0")
    assert scored.sheet.value_added_full == 100 and scored.sheet.full == 1000


@pytest.mark.parametrize(
    ("kind", "forms", "words"),
    [
        ("primary", {"A9.9.9": {}}, "小学没有指标 A9.9.9"),
        ("kindergarten", {"A3.2.4": {"level": "好"}}, "幼儿园没有指标 A3.2.4"),
        ("primary", {"A1.1.3": {"points": 11}}, "A1.1.3 党建带团建队建：得分 11 超过满分 10"),
        ("special", {}, "不适用于special"),
    ],
)
def test_a_sheet_with_a_wrong_answer_is_refused(kind: str, forms: dict, words: str):
    assert words in score_answers(example(), kind, forms, "self").reason


def test_several_wrong_answers_are_told_at_once():
    points = read_answer(leaves()["free"], {"points": 9})
    codes = [leaf.code for leaf in example().for_school("primary") if leaf.scoring.way == "levels"]
    refused = score(example(), "primary", dict.fromkeys([*codes[:6], "nowhere"], points))
    assert refused.reason.count("与计分方式不符") == 5 and "共 7 处" in refused.reason
