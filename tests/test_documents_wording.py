"""How papers say shares, governments and days that people typed."""

import pytest

from documents.wording import government, percent, typed_day


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (2, 3, "66.7%"),
        (15, 36, "41.7%"),
        (1, 3, "33.3%"),
        (0, 5, "0.0%"),
        (1, 9999, "0.1%"),
        (9999, 10000, "99.9%"),
        (5, 5, "100.0%"),
        (0, 0, "—"),
    ],
)
def test_a_share_is_rounded_as_usual_but_never_up_to_the_whole(part: int, whole: int, said: str):
    assert percent(part, whole) == said


@pytest.mark.parametrize(
    ("name", "kind", "called"),
    [
        ("示例镇", "township", "示例镇人民政府"),
        ("示例街道", "township", "示例街道办事处"),
        ("示例片区", "township", "示例片区"),
        ("示例区", "county", "示例区人民政府"),
        ("示例县", "county", "示例县人民政府"),
        ("示例县教育局", "department", "示例县教育局"),
    ],
)
def test_only_what_has_a_people_s_government_is_addressed_as_one(name: str, kind: str, called: str):
    assert government(name, kind) == called


@pytest.mark.parametrize(
    ("typed", "said"),
    [("2026-04-03", "2026年4月3日"), ("四月底", "四月底"), ("", ""), ("2026-13-01", "2026-13-01")],
)
def test_a_day_people_typed_is_said_as_papers_say_it(typed: str, said: str):
    assert typed_day(typed) == said
