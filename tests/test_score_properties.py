"""Whatever is answered: points stay in range, sums are exact, worse is never better."""

from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rules.indicators import Indicator
from rules.points import quotient
from rules.scores import (
    LeafScore,
    ScoreSheet,
    read_answer,
    score,
    score_answers,
    score_leaf,
    sheet_from_json,
)
from rules.standard import Standard, parse_standard
from rules.values import Refusal
from rules.ways import Answer, Deductions, Levels, Measure

EXAMPLE = Path(__file__).parents[1] / "processes" / "standards" / "example_1000.yaml"


@cache
def example() -> Standard:
    return parse_standard(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)


def answers_to(indicator: Indicator) -> st.SearchStrategy[dict]:
    """Any answer a form could hold for this indicator."""
    match indicator.scoring:
        case Deductions(items=items):
            return st.lists(taken_of(items), unique_by=lambda taken: taken["item"]).map(
                lambda taken: {"taken": taken}
            )
        case Levels(levels=levels):
            return st.fixed_dictionaries({"level": st.sampled_from(sorted(levels))})
        case Measure(of="ratio"):
            counts = st.tuples(st.integers(0, 3000), st.integers(1, 3000)).map(sorted)
            return counts.map(lambda two: {"part": two[0], "whole": two[1]})
        case Measure():
            value = st.decimals(-1000, 1000, places=2).map(str)
            return st.fixed_dictionaries({"value": value})
    return tenths(Decimal(0), indicator.points).map(lambda points: {"points": points})


def tenths(low: Decimal, high: Decimal) -> st.SearchStrategy[str]:
    return st.integers(int(low * 10), int(high * 10)).map(lambda n: str(Decimal(n) / 10))


@st.composite
def taken_of(draw: st.DrawFn, items: tuple) -> dict:
    number = draw(st.integers(1, len(items)))
    item = items[number - 1]
    taken = {"item": number, "times": draw(st.integers(1, item.times))}
    if item.between:
        taken["points"] = draw(tenths(*item.between))
    return taken


@st.composite
def sheets(draw: st.DrawFn) -> ScoreSheet:
    """A dozen indicators answered, the others not: sums hold for a sheet half done as well."""
    kind = draw(st.sampled_from(example().school_kinds))
    leaves = st.sampled_from(example().for_school(kind))
    chosen = st.lists(leaves, max_size=12, unique_by=lambda leaf: leaf.code)
    forms = {leaf.code: (leaf, draw(answers_to(leaf))) for leaf in draw(chosen)}
    answers = {code: read_answer(leaf, form) for code, (leaf, form) in forms.items()}
    return score(example(), kind, answers)


INDICATORS = sorted(
    {
        leaf.code: leaf for kind in example().school_kinds for leaf in example().for_school(kind)
    }.items()
)


@given(st.data(), st.sampled_from([leaf for _, leaf in INDICATORS]))
def test_a_leaf_is_worth_something_between_nothing_and_its_points(data, indicator: Indicator):
    answer = read_answer(indicator, data.draw(answers_to(indicator)))
    assert isinstance(answer, Answer)
    leaf = score_leaf(indicator, answer)
    assert isinstance(leaf, LeafScore)
    assert 0 <= leaf.points <= leaf.full and leaf.points + leaf.lost == leaf.full
    assert leaf.points == leaf.points.quantize(Decimal("0.1"))
    assert bool(leaf.reason) <= bool(leaf.lost)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
KEYS = st.sampled_from(["points", "taken", "level", "value", "part", "whole", "reason", "item"])


@given(
    st.dictionaries(KEYS, JSON | st.lists(st.dictionaries(KEYS, JSON))) | JSON,
    st.sampled_from([leaf for _, leaf in INDICATORS]),
)
def test_whatever_a_form_sends_is_scored_or_refused_in_words(raw: object, indicator: Indicator):
    answer = read_answer(indicator, raw)
    outcome = answer if isinstance(answer, Refusal) else score_leaf(indicator, answer)
    assert isinstance(outcome, LeafScore) or (isinstance(outcome, Refusal) and outcome.reason)
    for form in (raw, {indicator.code: raw}):
        assert isinstance(score_answers(example(), "primary", form, "self"), Refusal)


@given(st.data())
def test_more_deductions_never_give_more_points(data):
    scored = [leaf for _, leaf in INDICATORS if leaf.scoring.way == "deductions"]
    indicator = data.draw(st.sampled_from(scored))
    taken = data.draw(answers_to(indicator))["taken"]
    points = [
        score_leaf(indicator, read_answer(indicator, {"taken": taken[:count]})).points
        for count in range(len(taken) + 1)
    ]
    assert points == sorted(points, reverse=True)


@given(st.data())
def test_a_better_measure_never_gives_fewer_points(data):
    scored = [leaf for _, leaf in INDICATORS if isinstance(leaf.scoring, Measure) and leaf.points]
    indicator = data.draw(st.sampled_from(scored))
    values = data.draw(st.lists(st.integers(0, 200), min_size=2, max_size=5).map(sorted))
    ratio = indicator.scoring.of == "ratio"
    raw = [{"part": v, "whole": 200} if ratio else {"value": v} for v in values]
    points = [score_leaf(indicator, read_answer(indicator, each)).points for each in raw]
    assert points == sorted(points, reverse=indicator.scoring.direction == "at_most")


@given(sheets())
def test_a_total_is_the_sum_of_its_areas_and_an_area_of_its_leaves(sheet: ScoreSheet):
    counted = [area for area in sheet.areas if area.owner != "value_added"]
    assert sheet.total == sum(area.points for area in counted)
    assert sheet.total + sheet.value_added == sum(leaf.points for leaf in sheet.leaves)
    assert all(0 <= area.points <= area.full for area in sheet.areas)
    assert sum(area.full for area in counted) == sheet.full == 1000


@given(sheets())
def test_a_sheet_survives_json_to_the_tenth(sheet: ScoreSheet):
    text = sheet.to_json()
    assert sheet_from_json(text) == sheet
    assert sheet_from_json(text).to_json() == text
    assert f'"total":"{sheet.total}"' in text, "a text, so that 7.0 stays 7.0"


@given(st.decimals(0, 10**12, places=4), st.decimals("0.0001", 10**9, places=4))
def test_a_quotient_is_rounded_as_fractions_are(part: Decimal, whole: Decimal):
    exact = Fraction(part) / Fraction(whole)
    assert Fraction(quotient(part, whole)) == Fraction(floor(exact * 10 + Fraction(1, 2)), 10)
