"""归档案卷 at the portal: who takes a case's whole file away, and what they get."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from models.cases import Case
from portal.alone import alone
from tests.filed_cases import END, UNMARKED, Filed, evaluated, pages
from tests.portal_people import county_at, said

_CASES = Case.__table__


@pytest.fixture(scope="module")
def lived(lived_until: Callable[..., Path]) -> Path:
    return lived_until(END, schools=6)


@pytest.fixture
def filed(lived: Path, tmp_path: Path) -> Iterator[Filed]:
    with county_at(lived, tmp_path / "county", END) as county:
        yield evaluated(county)


def here(filed: Filed) -> str:
    return f"/cases/{filed.case.replace('/', '~')}"


def test_the_office_finds_it_on_the_case_s_page_and_takes_it_away(filed: Filed) -> None:
    clerk = filed.county.browser("O2")
    assert "归档案卷" in said(clerk.open(here(filed)))
    page = said(clerk.open(f"{here(filed)}/archive"))
    assert "按卷内文书：永久" in page and "第七条第三项" in page and "未核稿" in page
    answer = clerk.client.get(f"{here(filed)}/archive/file?of=zip")
    volume, bundle = filed.bound()
    assert answer.content == bundle and answer.headers["content-type"] == "application/zip"
    answer = clerk.client.get(f"{here(filed)}/archive/file?of=pdf")
    assert answer.content == volume.pdf and "attachment" in answer.headers["content-disposition"]


def test_the_office_s_own_numbers_and_term_stand_on_the_cover(filed: Filed) -> None:
    asked = "of=pdf&term=10&fonds=0123&catalogue=7&number=45%0a6"
    answer = filed.county.browser("O2").client.get(f"{here(filed)}/archive/file?{asked}")
    cover = pages(answer.content)[0]
    for words in ("保管期限10年（D10）", "全宗号0123", "目录号7", "案卷号456"):
        assert words in cover
    odd = filed.county.browser("O2").client.get(f"{here(filed)}/archive/file?of=pdf&term=5")
    assert odd.content == filed.bound(mark=UNMARKED)[0].pdf  # no term of ours: as the papers ask


@pytest.mark.parametrize("person", ["O2", "V1", "U1"])
def test_the_office_and_those_above_may(filed: Filed, person: str) -> None:
    browser = filed.county.browser(person)
    browser.open(f"{here(filed)}/archive")
    assert "归档案卷" in said(browser.open(here(filed)))


@pytest.mark.parametrize("role", ["school", "inspector", "township", "department"])
def test_whoever_may_open_only_some_of_its_letters_may_not(filed: Filed, role: str) -> None:
    """The file holds what the office asks of other units about the school."""
    people = {"school": f"H{filed.school[1:]}", "inspector": "I06", "township": "WT1"}
    browser = filed.county.browser(people.get(role, "DJY"))
    for address in ("archive", "archive/file"):
        browser.open(f"{here(filed)}/{address}", 403)
    answer = browser.client.get(here(filed))
    assert answer.status_code == 403 or "归档案卷" not in said(answer.text)


def test_a_case_that_another_office_leads_is_that_office_s_to_file(filed: Filed) -> None:
    """The county's government sees its school, whoever evaluates it; not the city's letters."""
    with filed.county.database.writing() as connection:
        own = update(_CASES).where(_CASES.c.id == filed.case)
        connection.execute(own.values(office="SLS-DD"))
    browser = filed.county.browser("V1")
    assert "由别的督导室承办" in said(browser.open(f"{here(filed)}/archive", 403))
    browser.open(f"{here(filed)}/archive/file", 403)
    assert "归档案卷" not in said(browser.open(here(filed)))


def test_one_is_made_at_a_time_and_the_other_is_told(filed: Filed) -> None:
    with alone(filed.county.desk, "archive") as free:
        assert free
        page = filed.county.browser("O2").open(f"{here(filed)}/archive/file", 422)
    assert "另一份案卷正在整理" in said(page)
    filed.county.browser("O2").open(f"{here(filed)}/archive")


def test_a_round_s_own_case_is_filed_too(filed: Filed) -> None:
    round_ = filed.case.rpartition("/")[0].replace("/", "~")
    answer = filed.county.browser("O2").client.get(f"/cases/{round_}/archive/file?of=pdf")
    text = "".join(pages(answer.content))
    assert "本卷收文书3件" in text and "本案卷没有评分" in text
