"""A grade is a total reached, no area below its floor and no confirmed veto - and says why."""

from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.scores import Grade, grade, score_answers
from rules.standard import Standard, parse_standard

GRADED = """\
standard: graded
title: 定等（示例，非官方）
points: {provincial: 900, local: 100}
school_kinds: [primary]
grades:
  - {letter: A, at_least: 900, each_area: 80%, areas: {D: 30%}}
  - {letter: B, at_least: 800, each_area: 60%, areas: {D: 30%}}
  - {letter: C, at_least: 600}
  - {letter: D}
vetoes:
  - {code: V1, title: 重大安全责任事故, at_most: D}
  - {code: V2, title: 弄虚作假, at_most: C}
areas:
  - code: A1
    title: 大领域
    points: 800
    leaves: [{code: a, title: 甲, points: 800, methods: [看], scoring: {way: points}}]
  - code: A2
    title: 小领域
    points: 100
    leaves: [{code: b, title: 乙, points: 100, methods: [看], scoring: {way: points}}]
  - code: D
    title: 地方
    points: 100
    owner: local
    leaves: [{code: d, title: 丙, points: 100, methods: [看], scoring: {way: points}}]
"""


@cache
def graded() -> Standard:
    return parse_standard(GRADED, "graded.yaml")


def graded_with(a: str, b: str, d: str, vetoes: tuple[str, ...] = ()) -> Grade:
    forms = {"a": {"points": a}, "b": {"points": b}, "d": {"points": d}}
    scored = score_answers(graded(), "primary", forms, "self")
    return grade(graded(), scored.sheet, vetoes)


@pytest.mark.parametrize(
    ("a", "b", "d", "vetoes", "letter", "why"),
    [
        # a: of 800, b: of 100 (floors: A 80 %, B 60 %), d: local, of 100 (its own floor 30 %)
        ("800", "100", "100", (), "A", "总分 1000 分，按分数评为 A 等"),
        ("720", "80", "100", (), "A", "总分 900 分，按分数评为 A 等"),
        ("719.9", "80", "100", (), "B", "未评为 A 等：总分 899.9 分，不足 900 分"),
        ("740", "79.9", "100", (), "B", "“A2 小领域”得分率 79.9%，低于底线 80%"),
        ("639.9", "100", "100", (), "B", "“A1 大领域”得分率 79.9%，低于底线 80%"),  # 79.9875 %
        ("800", "100", "0", (), "C", "“D 地方”得分率 0.0%，低于底线 30%"),
        (
            "760",
            "100",
            "40",
            (),
            "A",
            "总分 900 分",
        ),  # the floor of every area binds the provincial ones
        ("700", "60", "40", (), "B", "总分 800 分，按分数评为 B 等"),
        ("800", "59.9", "100", (), "C", "未评为 B 等：“A2 小领域”得分率 59.9%，低于底线 60%"),
        ("699.9", "60", "40", (), "C", "未评为 B 等：总分 799.9 分，不足 800 分"),
        ("600", "0", "0", (), "C", "总分 600 分，按分数评为 C 等"),
        ("599.9", "0", "0", (), "D", "未评为 C 等：总分 599.9 分，不足 600 分"),
        ("0", "0", "0", (), "D", "总分 0 分，按分数评为 D 等"),
        # a confirmed veto caps the grade and never lifts it
        ("800", "100", "100", ("V2",), "C", "V2 弄虚作假，等级不高于 C"),
        ("800", "100", "100", ("V1",), "D", "V1 重大安全责任事故，等级不高于 D"),
        ("800", "100", "100", ("V2", "V1"), "D", "V2 弄虚作假，等级不高于 C"),
        ("0", "0", "0", ("V2",), "D", "V2 弄虚作假"),
    ],
)
def test_grade_edges(a: str, b: str, d: str, vetoes: tuple, letter: str, why: str):
    outcome = graded_with(a, b, d, vetoes)
    assert outcome.letter == letter
    assert why in "\n".join(outcome.why)


def test_a_grade_is_refused_for_an_unknown_veto_or_another_standard():
    forms = {code: {"points": "1"} for code in "abd"}
    sheet = score_answers(graded(), "primary", forms, "self").sheet
    assert "没有一票否决项 V9" in grade(graded(), sheet, ["V9"]).reason
    other = parse_standard(GRADED.replace("小领域", "另一个领域"), "other.yaml")
    assert "另一版标准" in grade(other, sheet).reason


def tenths(low: Decimal, high: Decimal) -> st.SearchStrategy[str]:
    return st.integers(int(low * 10), int(high * 10)).map(lambda n: str(Decimal(n) / 10))


SCORES = st.tuples(
    tenths(Decimal(0), Decimal(800)), tenths(Decimal(0), Decimal(100)), tenths(0, Decimal(100))
)


@given(SCORES, st.sets(st.sampled_from(["V1", "V2"])))
def test_a_veto_caps_the_grade_and_never_lifts_it(scores: tuple, vetoes: set):
    plain, vetoed = graded_with(*scores), graded_with(*scores, tuple(vetoes))
    assert vetoed.by_points == plain.letter
    caps = [veto.at_most for veto in graded().vetoes if veto.code in vetoes]
    assert vetoed.letter == max([plain.letter, *caps])  # letters grow as grades fall


@given(SCORES, SCORES)
def test_more_points_everywhere_never_give_a_lower_grade(one: tuple, other: tuple):
    low = [min(pair, key=Decimal) for pair in zip(one, other, strict=True)]
    high = [max(pair, key=Decimal) for pair in zip(one, other, strict=True)]
    assert graded_with(*high).letter <= graded_with(*low).letter
