"""自查自评 at the portal: a school fills in the standard over days, hands it in once, and mends
what comes back; whatever is refused, no word is lost."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from dudao.demo.answers import answers, report
from dudao.demo.luck import Luck
from engine.dossier import read_dossier
from engine.library import shipped_standards
from engine.rounds import open_round, openings
from models.drafts import Draft
from models.events import StoredEvent
from models.evidence import Evidence, EvidenceUse
from portal.self_assessment_form import Account, account
from tests.portal_people import Browser, County, county_at, live_until, said

STANDARD = shipped_standards()["example-1000"]
SCHOOL, HEAD = "S0001", "H0001"
_DRAFTS, _EVENTS = Draft.__table__, StoredEvent.__table__


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return live_until(tmp_path_factory.mktemp("february"), date(2026, 2, 5))


@pytest.fixture
def county(february: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6)) as county:
        yield county


def address(county: County, school: str = SCHOOL) -> str:
    return f"/cases/{county.key(school)}/self_assessment/self-assessment"


def form_of(county: County, school: str = SCHOOL) -> Account:
    with county.database.reading() as connection:
        dossier = read_dossier(connection, county.journal.shelf, county.case(school))
        return account(STANDARD, dossier.subject.kind)


def filled(form: Account, luck: int = 1) -> dict[str, list[str]]:
    """The fields of a school that has answered everything."""
    whole = {
        "answers": answers(STANDARD, form.kind, Luck(luck), SCHOOL, "self"),
        "report": report(STANDARD, form.kind, Luck(luck), SCHOOL),
        "plan": [{"problem": "图书更新慢", "measure": "分年购置", "date": "2026-09-01"}],
    }
    return form.fields(whole)


def half(form: Account) -> dict[str, list[str]]:
    """Only the first three areas."""
    codes = {leaf.code for one in form.blocks[:3] for leaf in one.area.indicators}
    fields = filled(form)
    return {name: text for name, text in fields.items() if form.code_of.get(name) in codes}


def typed(browser: Browser, action: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    """What the browser sends: the form as it stands, with some fields typed."""
    return {**browser.form(action), **fields, **more}


def sent(browser: Browser, action: str, fields: dict[str, Any], status: int, **more: str) -> str:
    """Send it; the page that answers (after a redirect, the page it leads to)."""
    data = typed(browser, action, fields, **more)
    response = browser.client.post(action, data=data)
    assert response.status_code == status, (response.status_code, said(response.text)[:500])
    if status == 303:
        return browser.open(response.headers["location"])
    browser.page = response.text
    return browser.page


def events(county: County, type_: str, school: str = SCHOOL) -> int:
    with county.database.reading() as connection:
        counted = select(func.count()).where(
            _EVENTS.c.case == county.case(school), _EVENTS.c.type == type_
        )
        return connection.execute(counted).scalar_one()


def drafts(county: County) -> list[Any]:
    with county.database.reading() as connection:
        return connection.execute(select(_DRAFTS)).all()


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


def drafts_values(county: County) -> Any:
    from portal.drafts import Values

    (row,) = drafts(county)
    return Values(json.loads(row.body), row.version)


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


def head_seal(browser: Browser) -> str:
    """The seal of whatever form is on the page."""
    return browser.form("/logout")["seal"][0]


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
    county.browser(HEAD).open(where, 403)
    inspector = county.browser("O2")
    inspector.open(address(county))
    data = {"seal": head_seal(inspector), "version": "0", "once": "x", "submit": "1"}
    refused = inspector.client.post(address(county), data=data)
    assert refused.status_code == 409 and events(county, "self_assessment.submitted") == 0


# -- sent back -----------------------------------------------------------------------------------


def returned(county: County, **form: Any) -> None:
    """The office sends S0001's account back, for two indicators."""
    from engine.journal import Entry
    from rules.self_assessment import ReturnSelfAssessment
    from rules.values import Actor

    command = ReturnSelfAssessment(
        stage="self_assessment", indicators=("A1.1.3", "A2.1.1"), form=form
    )
    office = Actor("O1", "inspector", "SLX-DD")
    result = county.journal.record(Entry(command, county.case(SCHOOL), office, county.now, "back"))
    assert result.events


def test_what_comes_back_says_why_beside_the_indicator_and_is_filled_in(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    head.open(where)
    sent(head, where, filled(form), 303, submit="1")
    returned(county, reason="两项证据不足", reasons={"A1.1.3": "活动记录只有一次"})
    page = head.open(where)
    text = said(page)
    assert "两项证据不足" in text and "退回理由：活动记录只有一次" in text
    assert text.count("审核认为这一项需要核对修改") == 2  # at the top, and beside A2.1.1
    assert head.form(where)["a.A1.1.3.points"] == filled(form)["a.A1.1.3.points"]
    sent(head, where, {"a.A1.1.3.points": ["6.0"]}, 303, submit="1")
    assert events(county, "self_assessment.submitted") == 2


# -- two at once ---------------------------------------------------------------------------------


def test_two_who_type_at_once_do_not_overwrite_each_other(county: County) -> None:
    where, one, two = address(county), county.browser(HEAD), county.browser(HEAD)
    one.open(where)
    two.open(where)
    sent(one, where, {"a.A1.1.3.points": ["5"]}, 303, save="1")
    page = sent(two, where, {"a.A1.1.3.points": ["6"], "a.A1.2.1.level": ["优"]}, 409, save="1")
    text = said(page)
    assert "有人刚才也保存了这份自评" in text and "5" in text
    assert two.form(where)["a.A1.1.3.points"] == ["6"]
    sent(two, where, {}, 303, save="1")  # having looked, knowingly
    assert drafts_values(county)("a.A1.1.3.points") == "6"


def test_nobody_hands_in_over_what_another_has_saved(county: County) -> None:
    where, form = address(county), form_of(county)
    one, two = county.browser(HEAD), county.browser(HEAD)
    one.open(where)
    two.open(where)
    sent(one, where, {"a.A1.1.3.points": ["5"]}, 303, save="1")
    sent(two, where, filled(form), 409, submit="1")
    assert events(county, "self_assessment.submitted") == 0


def test_the_page_saves_by_itself_what_has_changed(county: County) -> None:
    head, where = county.browser(HEAD), address(county)
    head.open(where)
    sent(head, where, {"a.A1.1.3.points": ["5"]}, 303, save="1")
    seal = head.form(where)["seal"][0]
    data = {"seal": seal, "version": "1", "a.A1.2.1.level": "优"}
    answer = head.client.post(f"{where}/draft", data=data)
    told = answer.json()
    assert (answer.status_code, told["version"], told["total"]) == (200, 2, "20.0")
    assert told["areas"]["A1"][0] == 2 and "还差" in told["said"]
    assert drafts_values(county)("a.A1.1.3.points") == "5"  # not sent, not lost
    again = head.client.post(f"{where}/draft", data={**data, "a.A1.2.1.level": "良"})
    assert again.status_code == 409 and "刷新" in again.json()["said"]
    cleared = {"seal": seal, "version": "2", "a.A1.2.1.level": ""}
    assert head.client.post(f"{where}/draft", data=cleared).json()["total"] == "5.0"


def test_a_form_from_elsewhere_is_not_taken(county: County) -> None:
    head, where = county.browser(HEAD), address(county)
    head.open(where)
    assert head.client.post(where, data={"save": "1", "a.A1.1.3.points": "5"}).status_code == 403
    assert head.client.post(f"{where}/draft", data={"version": "0"}).status_code == 403
    assert drafts(county) == []


# -- hostile or clumsy text ----------------------------------------------------------------------

TOO_MUCH = "督" * (5 * 1024 * 1024 // 3)


def test_five_megabytes_of_text_are_shown_back_and_not_kept(county: County) -> None:
    head, where = county.browser(HEAD), address(county)
    head.open(where)
    parts = {name: (None, text[0]) for name, text in head.form(where).items()}
    long = {**parts, "report.organised": (None, "督" * 300_000), "save": (None, "1")}
    answer = head.client.post(where, files=long)
    assert answer.status_code == 422 and "最多5000个字，现在有300000个字" in said(answer.text)
    assert "督" * 300_000 in answer.text and drafts(county) == []
    more = {**parts, "report.organised": (None, TOO_MUCH), "save": (None, "1")}
    assert head.client.post(where, files=more).status_code in (400, 413)
    data = {"seal": head.form(where)["seal"][0], "version": "0", "report.organised": "督" * 5001}
    answer = head.client.post(f"{where}/draft", data=data)
    assert answer.status_code == 422 and "最多5000个字" in answer.json()["said"]


def test_control_characters_and_halves_of_characters_are_left_out(county: County) -> None:
    head, where = county.browser(HEAD), address(county)
    head.open(where)
    strange = "\x00党\x07建\x1b[31m\u202e\ufeff好"
    page = sent(head, where, {"a.A1.1.3.reason": [strange]}, 303, save="1")
    assert "党建[31m好" in page
    half_ = b"\r\n".join(
        (
            b"--x",
            b'content-disposition: form-data; name="seal"',
            b"",
            head.form(where)["seal"][0].encode(),
            b"--x",
            b'content-disposition: form-data; name="version"',
            b"",
            b"1",
            b"--x",
            b'content-disposition: form-data; name="a.A1.1.3.reason"',
            b"content-type: text/plain",
            b"",
            b"ab+2AA-cd",
            b"--x--",
            b"",
        )
    )
    kind = {"content-type": "multipart/form-data; boundary=x; charset=utf-7"}
    answer = head.client.post(f"{where}/draft", content=half_, headers=kind)
    assert answer.status_code == 200, answer.text
    assert drafts_values(county)("a.A1.1.3.reason") in ("abcd", "ab+2AA-cd")


def test_marks_in_a_text_stay_text(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    head.open(where)
    evil = '"><script>alert(1)</script>{{ 7 * 7 }}'
    fields = {**filled(form), "a.A1.1.3.reason": [evil], "report.organised": [evil]}
    page = sent(head, where, fields, 303, save="1")
    assert "<script>alert" not in page and "{{ 7 * 7 }}" in page
    sent(head, where, {}, 303, submit="1")
    page = county.browser("O2").open(where)
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_fields_that_are_not_the_forms_are_not_kept(county: County) -> None:
    head, where = county.browser(HEAD), address(county)
    head.open(where)
    stray = {"a.NONE.points": ["5"], "plan.99.evil": ["x"], "hobby": ["y"]}
    sent(head, where, {**stray, "a.A1.1.3.points": ["5"]}, 303, save="1")
    (row,) = drafts(county)
    assert json.loads(row.body) == {"a.A1.1.3.points": ["5"]}


# -- what is known already -----------------------------------------------------------------------


def test_uploaded_files_are_named_beside_the_indicator_and_in_the_index(county: County) -> None:
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    with county.database.writing() as connection:
        row = {"sha256": "a" * 64, "organisation": SCHOOL, "name": "团队活动.pdf"}
        more = {"media_type": "application/pdf", "size": 9, "added_at": "2026-02-01T00:00:00Z"}
        connection.execute(Evidence.__table__.insert().values(**row, **more))
        use = {"sha256": "a" * 64, "case": county.case(SCHOOL), "indicator": "A1.1.3"}
        connection.execute(EvidenceUse.__table__.insert().values(**use))
    assert "已上传：团队活动.pdf" in said(head.open(where))
    sent(head, where, filled(form), 303, submit="1")
    with county.database.reading() as connection:
        dossier = read_dossier(connection, county.journal.shelf, county.case(SCHOOL))
        kept = dossier.last("self_assessment.submitted").form["answers"]["A1.1.3"]
    assert kept["evidence"] == ["团队活动.pdf"]


def next_year(county: County) -> str:
    """The round of 2027 opens; the form of S0002, which handed one in the year before."""
    county.move_to(date(2027, 1, 11))
    first = county.case("S0002")
    with county.database.reading() as connection:
        definition = read_dossier(connection, county.journal.shelf, first).process.definition
    today = date(2027, 1, 11)
    open_round(county.journal, "SLX-DD", definition, STANDARD, today, county.now)
    opened = list(openings(county.journal, "SLX-DD/shaanxi-316/2027", county.now))
    county.journal.record_batch(opened)
    return "/cases/SLX-DD~shaanxi-316~2027~S0002/self_assessment/self-assessment"


def test_last_years_answers_are_taken_over_by_one_button_and_once(county: County) -> None:
    where = next_year(county)
    head, form = county.browser("H0002"), form_of(county, "S0002")
    page = said(head.open(where))
    assert "沿用上次的填写内容" in page and "71项指标今年仍适用" in page
    reuse = {"seal": head_seal(head), "once": "1", "reuse": "1"}
    answer = head.client.post(where, data=reuse)
    page = head.open(answer.headers["location"])
    assert "已带入上次自评的填写内容" in said(page) and "沿用上次" not in said(page)
    with county.database.reading() as connection:
        before = read_dossier(connection, county.journal.shelf, county.case("S0002"))
        answered = form.fields(before.last("self_assessment.submitted").form, only_answers=True)
    now = head.form(where)
    assert {name: now[name] for name in answered} == answered
    assert now["report.organised"] == [""]  # what was written of last year is not this year's
    assert head.client.post(where, data=reuse).status_code == 303  # again: nothing more happens
    assert head.form(where)["version"] == ["1"]


def test_answers_to_indicators_that_are_gone_are_not_taken_over(county: County) -> None:
    form = form_of(county)
    old = {"GONE.1": {"points": "5"}, "A1.1.3": {"level": "优"}, "A1.2.1": {"level": "良"}}
    assert form.fields({"answers": old}, only_answers=True) == {"a.A1.2.1.level": ["良"]}


def test_there_is_nothing_to_take_over_in_the_first_year(county: County) -> None:
    head = county.browser(HEAD)
    assert "沿用上次" not in said(head.open(address(county)))
