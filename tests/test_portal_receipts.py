"""Receipts of letters: signed for by the first opening, or entered by the office for paper."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Row

from tests.portal_papers import address, consultation, letter, received
from tests.portal_people import Browser, County, county_at, said

NEW_YEARS_EVE = date(2026, 12, 31)


@pytest.fixture(scope="module")
def archive(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The county's letters, to be read."""
    with county_at(lived, tmp_path_factory.mktemp("archive"), NEW_YEARS_EVE) as county:
        yield county


def test_the_first_opening_by_the_school_signs_for_it_once(county: County) -> None:
    row = letter(county, "visit_notice")
    head = county.browser(f"H{row.case[-4:]}")
    for other in ("O2", "V1", "I06"):
        browser = county.browser(other)
        browser.client.get(address(row))
    assert received(county, row) == ("", "", "")
    assert "未签收" in said(county.browser("O2").open(address(row)))
    assert "已签收" in said(head.open(address(row)))
    first = received(county, row)
    assert first[1] == f"H{row.case[-4:]}"
    county.move_to(date(2027, 1, 4))
    later = county.browser(f"H{row.case[-4:]}")
    later.open(address(row))
    later.client.get(f"{address(row)}/file")
    assert received(county, row) == first
    page = said(county.browser("O2").open(address(row)))
    assert "已签收" in page and "2026年12月31日 12:00" in page and "登记纸质签收" not in page


def test_downloading_it_signs_too(county: County) -> None:
    row = letter(county, "self_assessment_handbook", "S0001")
    county.browser("H0001").client.get(f"{address(row)}/file")
    assert received(county, row)[1] == "H0001"


def test_a_department_signs_for_what_is_asked_of_it(county: County) -> None:
    row, _ = consultation(county)
    county.browser("DCZ").open(address(row))
    assert received(county, row)[1] == "DCZ"


@pytest.mark.parametrize("kind", ["self_assessment_report", "annual_plan_notice"])
def test_what_one_wrote_or_everybody_gets_is_not_signed_for(county: County, kind: str) -> None:
    row = letter(county, kind, "S0001" if kind == "self_assessment_report" else "")
    head = county.browser("H0001")
    assert "签收" not in said(head.open(address(row))).split("今天是")[0].split(row.title)[1]
    assert received(county, row) == ("", "", "")


def paper(county: County) -> tuple[Browser, Row, str]:
    row, office = letter(county, "opinion_letter"), county.browser("O2")
    office.open(address(row))
    return office, row, f"{address(row)}/receipt"


def test_the_office_enters_a_receipt_on_paper(county: County) -> None:
    office, row, form = paper(county)
    office.send(form, told_by="办公室李老师", received_on=row.drafted_on.isoformat())
    page = said(office.page)
    assert "签收纸质文书：办公室李老师，2026年" in page and "登记）" in page
    assert received(county, row)[1] == "O2"
    county.browser(f"H{row.case[-4:]}").open(address(row))
    assert received(county, row)[1] == "O2"  # the first receipt stands


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"told_by": "", "received_on": "2026-12-30"}, "请填写"),
        ({"told_by": "李老师", "received_on": ""}, "请填写"),
        ({"told_by": "李老师", "received_on": "昨天"}, "日期应写成"),
        ({"told_by": "李老师", "received_on": "2027-01-01"}, "应在成文日期与今天之间"),
        ({"told_by": "李老师", "received_on": "2026-01-01"}, "应在成文日期与今天之间"),
        ({"told_by": "李" * 31, "received_on": "2026-12-30"}, "最多30个字"),
    ],
)
def test_a_receipt_that_cannot_be_is_refused_with_what_was_typed(
    archive: County, typed: dict[str, str], why: str
) -> None:
    office, row, form = paper(archive)
    office.send(form, 422, **typed)
    assert why in said(office.page) and f'value="{typed["told_by"]}"' in office.page
    assert received(archive, row) == ("", "", "")


def test_only_the_letters_own_office_enters_receipts(archive: County) -> None:
    county = archive
    office, row, form = paper(county)
    sealed = {name: values[0] for name, values in office.form(form).items()}
    typed = {**sealed, "told_by": "李老师", "received_on": "2026-12-30"}
    for other in ("V1", "I06", "H0001"):
        assert county.browser(other).client.post(form, data=typed).status_code == 403
    bulletin = address(letter(county, "annual_bulletin"))
    assert office.client.post(f"{bulletin}/receipt", data=typed).status_code == 403
    assert received(county, row) == ("", "", "")
