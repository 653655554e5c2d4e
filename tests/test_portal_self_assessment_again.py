"""自查自评 at the portal when it does not go straight: sent back, two at once, strange text, last
year's answers, files that were uploaded."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from documents.letter_tracing import trace
from engine.dossier import read_dossier
from engine.journal import Entry
from engine.rounds import open_round, openings
from models.evidence import Evidence, EvidenceUse
from rules.self_assessment import ReturnSelfAssessment
from rules.values import Actor
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
    head_seal,
    sent,
)


@pytest.fixture(scope="module")
def february(lived_until: Callable[..., Path]) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return lived_until(date(2026, 2, 5))


@pytest.fixture
def county(february: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(february, tmp_path / "county", date(2026, 2, 6)) as county:
        yield county


# -- sent back -----------------------------------------------------------------------------------


def returned(county: County, **form: Any) -> None:
    """The office sends S0001's account back, for two indicators."""
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
    _upload(county, "a")
    assert "已上传：团队活动.pdf" in said(head.open(where))
    sent(head, where, filled(form), 303, submit="1")
    with county.database.reading() as connection:
        dossier = read_dossier(connection, county.journal.shelf, county.case(SCHOOL))
        kept = dossier.last("self_assessment.submitted").form["answers"]["A1.1.3"]
    assert kept["evidence"] == ["团队活动.pdf"]


def test_a_paper_names_the_very_file_that_was_handed_in(county: County) -> None:
    """Another file of the same name, uploaded later, is not what the account rested on."""
    head, form, where = county.browser(HEAD), form_of(county), address(county)
    _upload(county, "a")
    head.open(where)
    sent(head, where, filled(form), 303, submit="1")
    _upload(county, "b")
    with county.database.reading() as connection:
        dossier = read_dossier(connection, county.journal.shelf, county.case(SCHOOL))
        told = dossier.last("self_assessment.submitted")
        traced = trace(dossier, "self_assessment_report", {"event": "submitted"}, told.seq)
    assert told.form["files"] == {"A1.1.3": {"团队活动.pdf": ["a" * 64]}}
    files = {origin.files for item in traced.items for origin in item.origins if origin.files}
    assert files == {("a" * 64,)}


def _upload(county: County, letter: str) -> None:
    with county.database.writing() as connection:
        row = {"sha256": letter * 64, "organisation": SCHOOL, "name": "团队活动.pdf"}
        more = {"media_type": "application/pdf", "size": 9, "added_at": "2026-02-01T00:00:00Z"}
        connection.execute(Evidence.__table__.insert().values(**row, **more))
        use = {"sha256": letter * 64, "case": county.case(SCHOOL), "indicator": "A1.1.3"}
        connection.execute(EvidenceUse.__table__.insert().values(**use))


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
