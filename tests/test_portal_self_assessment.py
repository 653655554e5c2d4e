"""自查自评 at the portal: a school fills in the standard over days and hands it in once; whatever
is refused, no word is lost."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from engine.dossier import read_dossier
from tests.portal_people import County, county_at, said
from tests.self_assessing import (
    HEAD,
    SCHOOL,
    STANDARD,
    address,
    drafts,
    drafts_values,
    events,
    filled,
    form_of,
    half,
    head_seal,
    sent,
    typed,
)


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return lived_until(date(2026, 2, 5))


@pytest.fixture
def county(february: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6)) as county:
        yield county


# -- filling in ----------------------------------------------------------------------------------


def test_the_form_shows_the_whole_standard_and_asks_for_nothing_else(county: County) -> None:
    head, form = county.browser(HEAD), form_of(county)
    page = head.open(address(county))
    for leaf in STANDARD.for_school(form.kind):
        assert f'id="{leaf.code}"' in page and leaf.title in page
        assert all(one.name in page for one in leaf.evidence)
    text = said(page)
    assert "提交自评报告" in text and "还有" in text and "为什么是这一天" in text
    missing = sum(len(one.area.indicators) for one in form.blocks if not one.apart)
    assert f"还差{missing}项" in text


def test_what_is_saved_is_there_again_with_its_sum(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    head.open(where)
    page = sent(head, where, half(form), 303, save="1")
    assert "已保存" in said(page)
    kept = head.form(where)
    for name, text in half(form).items():
        assert kept[name] == text, name
    again = form.tally(drafts_values(county))
    assert f"<b data-total>{again.sheet.total}</b>" in page and again.sheet.total > 0


def test_everybody_in_the_school_works_at_the_same_draft(county: County) -> None:
    head, where = county.browser(HEAD), address(county)
    head.open(where)
    sent(head, where, {"a.A1.1.3.points": ["7.5"]}, 303, save="1")
    other = county.browser(HEAD)
    other.open(where)
    assert other.form(where)["a.A1.1.3.points"] == ["7.5"]


def test_half_of_it_is_not_handed_in_and_what_is_missing_is_named(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    head.open(where)
    page = sent(head, where, half(form), 422, submit="1")
    text = said(page)
    assert "没有提交：还有" in text and "填写的内容都保留着" in text
    first = form.tally(drafts_values(county)).missing[0]
    assert f'href="#{first}"' in page
    assert head.form(where)["a.A1.1.3.points"] == half(form)["a.A1.1.3.points"]
    assert events(county, "self_assessment.submitted") == 0


def test_a_number_that_is_none_is_named_beside_its_indicator(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    head.open(where)
    fields = {**filled(form), "a.A1.1.3.points": ["八分"], "a.A1.2.3.whole": [""]}
    page = sent(head, where, fields, 422, submit="1")
    assert 'href="#A1.1.3"' in page and "得分" in page
    assert "请同时填写符合条件的数和总数" in said(page)
    assert head.form(where)["a.A1.1.3.points"] == ["八分"]


def test_full_width_digits_and_units_are_understood(county: County) -> None:
    head, where = county.browser(HEAD), address(county)
    head.open(where)
    page = sent(head, where, {"a.A1.1.3.points": ["７．５分"]}, 303, save="1")
    assert "<b data-total>7.5</b>" in page


def test_nothing_to_deduct_is_an_answer_and_not_both(county: County) -> None:
    head, where = county.browser(HEAD), address(county)
    head.open(where)
    both = {"a.A1.1.2.none": ["1"], "a.A1.1.2.times.1": ["2"]}
    assert "请保留一种" in sent(head, where, both, 303, save="1")
    page = sent(head, where, {"a.A1.1.2.times.1": [""]}, 303, save="1")
    assert "<b data-total>15.0</b>" in page


def test_points_above_the_indicators_own_are_refused_by_name(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    head.open(where)
    page = sent(head, where, {**filled(form), "a.A1.1.3.points": ["11"]}, 422, submit="1")
    assert "得分 11 超过满分 10" in said(page)


# -- handing in ----------------------------------------------------------------------------------


def test_it_is_handed_in_whole_and_the_draft_is_gone(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    head.open(where)
    page = sent(head, where, filled(form), 303, submit="1")
    assert "已提交" in said(page) and events(county, "self_assessment.submitted") == 1
    assert drafts(county) == [] and county.woken == 1
    read = said(head.open(where))
    assert "总分" in read and "图书更新慢" in read
    with county.database.reading() as connection:
        told = read_dossier(connection, county.journal.shelf, county.case(SCHOOL))
        form_kept = told.last("self_assessment.submitted").form
    assert {"answers", "report", "plan"} == form_kept.keys()
    assert form.fields(form_kept) == filled(form)


def test_a_button_pressed_twice_hands_in_once(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    head.open(where)
    wish = typed(head, where, filled(form), submit="1")
    answers_ = [head.client.post(where, data=wish) for _ in range(2)]
    assert [a.status_code for a in answers_] == [303, 303]
    assert answers_[1].headers["location"].endswith("said=already")
    assert events(county, "self_assessment.submitted") == 1


def test_after_it_was_handed_in_a_page_left_open_changes_nothing(county: County) -> None:
    head, late = county.browser(HEAD), county.browser(HEAD)
    form, where = form_of(county), address(county)
    head.open(where)
    late.open(where)
    sent(head, where, filled(form), 303, submit="1")
    assert "现在不能修改" in sent(late, where, half(form), 409, save="1")
    late.open(where)
    data = {"seal": head_seal(late), "version": "1", "a.A1.1.3.points": "3"}
    assert late.client.post(f"{where}/draft", data=data).status_code == 409
    assert drafts(county) == []


def test_when_the_deadline_passes_meanwhile_it_is_still_taken(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    head.open(where)
    county.move_to(date(2026, 3, 20))
    browser = county.browser(HEAD)
    page = said(browser.open(where))
    assert "期限已过，仍可以提交" in page
    sent(browser, where, filled(form), 303, submit="1")
    assert events(county, "self_assessment.submitted") == 1


def test_others_may_read_it_and_not_fill_it_in(county: County) -> None:
    where = address(county, "S0002")  # handed in on 29 January
    office = county.browser("O2")
    page = said(office.open(where))
    assert "提交，总分" in page and "保存草稿" not in page
    assert "退回自评报告" in page and "通过自评审核" in page  # read first, then answer
    county.browser(HEAD).open(where, 403)
    inspector = county.browser("O2")
    inspector.open(address(county))
    data = {"seal": head_seal(inspector), "version": "0", "once": "x", "submit": "1"}
    refused = inspector.client.post(address(county), data=data)
    assert refused.status_code == 409 and events(county, "self_assessment.submitted") == 0
