"""Importing people: recognised, never confused, entered with what they hold."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from models.people import Assignment, Person
from tests.portal_importing import checked, counted, imported, people, problems
from tests.portal_people import County, county_at, said

_ASSIGNED, _PEOPLE = Assignment.__table__, Person.__table__


@pytest.fixture(scope="module")
def january(lived_until: Callable[..., Path]) -> Path:
    """Four schools at the beginning of the year."""
    return lived_until(date(2026, 1, 6), 4)


@pytest.fixture(scope="module")
def unchanged(january: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The same county for all tests in which nothing is written."""
    folder = tmp_path_factory.mktemp("unchanged")
    with county_at(january, folder, date(2026, 1, 7)) as county:
        yield county


@pytest.fixture
def county(january: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(january, tmp_path / "county", date(2026, 1, 7)) as county:
        yield county


HEAD = ["新校长", "13900000001", "校长", "S0001", date(2026, 1, 1), None, None]


def test_people_are_entered_with_their_posts_and_not_again(county: County) -> None:
    before = counted(county)
    rows = [
        HEAD,
        ["新督学", 13900000002.0, "责任督学", "Z1", "2026年1月1日", None, None],
        ["新督学", "13900000002", "督学", "S0001", "2026/1/1", None, None],
    ]
    imported(county, people(*rows))
    after = counted(county)
    assert [a - b for a, b in zip(after, before, strict=True)] == [0, 2, 3]
    assert "完全一致" in said(checked(county, people(*rows)).page)


def test_a_new_telephone_changes_the_person_and_makes_no_second_one(unchanged: County) -> None:
    clerk = checked(unchanged, people(["马小校长", "13900000009", "学校", "S0001"]))
    assert "手机：（空） → 13900000009" in said(clerk.page) and "新增0，修改1" in said(clerk.page)


def test_a_post_ends_and_is_not_taken_up_again_by_mistake(county: County) -> None:
    ended = ["马小校长", None, "学校", "S0001", None, date(2026, 1, 5), "H0001"]
    imported(county, people(ended))
    assert "完全一致" in said(checked(county, people(ended)).page)
    again = ["马小校长", None, "学校", "S0001", None, None, "H0001"]
    assert "已登记卸任" in problems(county, people(again))
    again[4] = date(2026, 1, 6)
    assert "新增1" in said(checked(county, people(again)).page)


@pytest.mark.parametrize(
    ("row", "cell", "why"),
    [
        ([None, *HEAD[1:]], "A2", "请填写姓名"),
        (["新校长", None, *HEAD[2:]], "B2", "区分同名的人"),
        (["新校长", "没有", *HEAD[2:]], "B2", "电话号码"),
        (["新校长", "13900000001", "厨师", "S0001"], "C2", "没有“厨师”这一项"),
        (["新校长", "13900000001", "督导室", "S0001"], "C2", "应登记在督导室"),
        (["新校长", "13900000001", "上级督导机构", "SLX"], "C2", "应登记在省"),
        (["新校长", "13900000001", "督导室", "SLS-DD"], "D2", "不在您负责的范围内"),
        (["新校长", "13900000001", "学校", "S7777"], "D2", "没有这个单位代码"),
        ([*HEAD[:4], "9月", None, None], "E2", "2026-09-18"),
        ([*HEAD[:4], date(2026, 3, 1), None, None], "E2", "还没有到"),
        ([*HEAD[:4], date(2026, 1, 2), date(2026, 1, 1), None], "F2", "早于任职日期"),
        ([*HEAD[:6], "U1"], "G2", "没有这个人员编号"),
        ([*HEAD[:6], "H0001"], "A2", "登记的姓名是“马小校长”"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_each_problem_with_people_is_named_by_its_cell(
    unchanged: County, row: list, cell: str, why: str
) -> None:
    text = problems(unchanged, people(row))
    assert f"{cell}：" in text and why in text.partition(f"{cell}：")[2]


def test_the_same_post_twice_is_a_problem(unchanged: County) -> None:
    assert "与第2行重复" in problems(unchanged, people(HEAD, HEAD))


def test_namesakes_are_told_apart_or_asked_about(county: County) -> None:
    other = ["新校长", "13900000002", "学校", "S0002", None, None, None]
    imported(county, people(HEAD, other))
    with county.database.writing() as connection:
        alike = update(_PEOPLE).where(_PEOPLE.c.name == "新校长").values(phone="13900000001")
        connection.execute(alike)
    text = problems(county, people(["新校长", "13900000001", "学校", "S0003"]))
    assert "有2位“新校长”" in text


def test_who_serves_elsewhere_too_keeps_their_telephone(county: County) -> None:
    with county.database.writing() as connection:
        post = {"person": "H0001", "role": "office", "organisation": "SLS-DD", "rank": 0}
        connection.execute(insert(_ASSIGNED).values(post))
    text = problems(county, people(["马小校长", "13900000009", "学校", "S0001"]))
    assert "还在别的地区任职" in text
