"""A case at the portal: seen by whom it concerns, acted on by whom the rules let, nothing lost."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.portal_people import County, county_at, said


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return lived_until(date(2026, 2, 5))


@pytest.fixture
def county(february: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6)) as county:
        yield county


def test_a_school_sees_where_its_case_stands(county: County) -> None:
    head = county.browser("H0001")
    page = said(head.open(f"/cases/{county.key('S0001')}"))
    assert "马小" in page and "自查自评" in page


def test_nobody_sees_a_case_of_others(county: County) -> None:
    county.browser("H0001").open(f"/cases/{county.key('S0002')}", 403)
    county.browser().open(f"/cases/{county.key('S0002')}")  # led to the door


def test_what_is_too_much_for_one_form_is_said(county: County) -> None:
    """Not "unreadable": whoever typed it must know what to shorten."""
    head = county.browser("H0001")
    path = f"/cases/{county.key('S0001')}/issue_list/RaiseIssue"
    head.open(path)
    for typed in ({"findings.0.text": "长" * 500_000}, {f"f{n}": "x" for n in range(5000)}):
        answer = head.client.post(path, data=head.form(path) | typed)
        assert answer.status_code in (413, 422)
        assert "太长" in answer.text or "太多" in answer.text or "最多" in answer.text


def test_without_a_problem_no_plan_to_mend_is_offered(county: County) -> None:
    case = county.key("S0001")
    for page in (f"/cases/{case}", f"/cases/{case}/issue_list"):
        text = said(county.browser("H0001").open(page))
        assert "登记问题" in text and "提交整改计划" not in text
