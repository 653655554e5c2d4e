"""The life of a letter on dated days: edited, checked, issued, withdrawn, replaced; and every step
that is refused, with its reason."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select, update

from models.cases import Case
from rules.case_words import EndRound, MergeCase
from rules.letter_life import CHANGED, TAKEN
from rules.letter_words import (
    CheckLetter,
    EditLetter,
    IssueLetter,
    LetterCommand,
    SupersedeLetter,
    WithdrawLetter,
)
from rules.values import Actor
from tests.county import CLERK, OFFICE, County, case_of, sound
from tests.drafted_letters import (
    DEMAND,
    DRAFT,
    LETTERS,
    NAME,
    OTHER,
    POSTS,
    REASON,
    SECOND,
    UNITS,
    check,
    issued,
    letter,
    numbered,
    refused,
    register,
    settle,
    text,
)

CASES = Case.__table__


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    county = County(database_url)
    settle(county)
    yield county
    county.close()


def test_from_the_draft_to_the_paper_that_took_its_place(county: County) -> None:
    edited, better = text("edited"), text("better")
    county.do("S1", EditLetter(letter=NAME, sha256=edited, form={"name": "改.docx"}), CLERK)
    assert (letter(county).state, letter(county).text) == ("edited", edited)
    check(county, of=edited)
    county.until(date(2026, 1, 9))
    county.do("S1", numbered(1, edited), CLERK)
    one = letter(county)
    assert (one.state, one.number, one.issued_on) == (
        "issued",
        "示教督〔2026〕1号",
        date(2026, 1, 9),
    )
    assert (one.text, one.pdf) == (text("file 1"), text("pdf 1"))
    county.do("S1", WithdrawLetter(letter=NAME, form={"reason": "引用条款有误"}), CLERK)
    assert letter(county).state == "withdrawn"
    reason = {"reason": "更正引用条款"}
    county.do("S1", SupersedeLetter(letter=NAME, sha256=better, form=reason), CLERK)
    old, new = letter(county), letter(county, f"{NAME}-2")
    assert (old.state, old.replaced_by, old.number) == ("superseded", new.order, one.number)
    assert (new.state, new.text, new.number, new.kind) == ("edited", better, "", "opinion_letter")
    assert new.called_by == old.order
    check(county, name=f"{NAME}-2", of=better)
    county.do("S1", numbered(2, better, f"{NAME}-2"), CLERK)
    assert letter(county, f"{NAME}-2").number == "示教督〔2026〕2号"
    case = case_of("S1")
    assert register(county) == [(2026, 1, case, NAME), (2026, 2, case, f"{NAME}-2")]
    assert sound(county.database)


def test_a_paper_without_a_number_takes_none(county: County) -> None:
    check(county)
    county.do("S1", IssueLetter(letter=NAME, text=DRAFT, sha256=DRAFT), CLERK)
    assert (letter(county).state, letter(county).number) == ("issued", "")
    assert register(county) == [] and sound(county.database)


def test_another_letter_of_the_case_takes_its_place(county: County) -> None:
    issued(county)
    wrong = refused(county, SupersedeLetter(letter=NAME, by=DEMAND, form={"reason": "重写"}))
    assert wrong == "替代它的须是同一种文书，请核对。"
    county.do("S1", SupersedeLetter(letter=NAME, by=OTHER, form={"reason": "重写"}), CLERK)
    assert letter(county).replaced_by == letter(county, OTHER).order
    assert letter(county, OTHER).state == "drafted"
    assert sound(county.database)


def test_whoever_edited_does_not_check_unless_nobody_else_is_there(county: County) -> None:
    county.do("S1", EditLetter(letter=NAME, sha256=text("mine")), CLERK)
    assert "另一位同志核稿" in refused(county, CheckLetter(letter=NAME, text=text("mine")), CLERK)
    with county.database.writing() as connection:
        gone = update(POSTS).where(POSTS.c.person == "O-2").values(until=date(2026, 1, 6))
        connection.execute(gone)
    county.do("S1", CheckLetter(letter=NAME, text=text("mine")), CLERK)
    assert letter(county).state == "checked"


def test_a_text_changed_meanwhile_is_read_again(county: County) -> None:
    county.do("S1", EditLetter(letter=NAME, sha256=text("new")), SECOND)
    assert refused(county, CheckLetter(letter=NAME, text=DRAFT)) == CHANGED
    county.do("S1", CheckLetter(letter=NAME, text=text("new")), CLERK)
    assert refused(county, numbered(1)) == CHANGED
    county.do("S1", EditLetter(letter=NAME, sha256=text("newer")), CLERK)
    assert "修改后还没有核稿" in refused(county, numbered(1, text("new")))


def test_what_was_signed_for_is_changed_no_more(county: County) -> None:
    with county.database.writing() as connection:
        connection.execute(update(LETTERS).values(received_at="2026-01-06T02:00:00Z"))
    assert "以新件替代" in refused(county, EditLetter(letter=NAME, sha256=text("x")))
    issued(county)
    assert letter(county).number == "示教督〔2026〕1号"


STEPS = {
    "edit": EditLetter(letter=NAME, sha256=text("another")),
    "check": CheckLetter(letter=NAME, text=DRAFT),
    "issue": numbered(1),
    "withdraw": WithdrawLetter(letter=NAME, form=REASON),
    "supersede": SupersedeLetter(letter=NAME, sha256=text("new"), form=REASON),
}
BEFORE = {
    "drafted": (),
    "checked": ("check",),
    "issued": ("check", "issue"),
    "withdrawn": ("check", "issue", "withdraw"),
    "superseded": ("check", "issue", "supersede"),
}
ALLOWED = {
    "drafted": {"edit", "check"},
    "checked": {"edit", "issue"},
    "issued": {"withdraw", "supersede"},
    "withdrawn": {"supersede"},
    "superseded": set(),
}


@pytest.mark.parametrize("state", BEFORE)
def test_every_step_out_of_its_order_is_refused(county: County, state: str) -> None:
    for step in BEFORE[state]:
        county.do("S1", STEPS[step], CLERK)
    before = letter(county)
    assert before.state == state
    for step in STEPS.keys() - ALLOWED[state]:
        reason = refused(county, STEPS[step])
        assert reason.startswith("这份文书") and f"现在不能{STEPS[step].title}" in reason
    assert letter(county) == before and sound(county.database)


@pytest.mark.parametrize(
    ("steps", "command", "why"),
    [
        ((), CheckLetter(letter="00099.0", text=DRAFT), "没有这份文书"),
        ((), EditLetter(letter=NAME, sha256=DRAFT), "没有改动"),
        (("check",), numbered(2), TAKEN),
        (("check",), numbered(1, year=2025), TAKEN),
        (("check",), numbered(1).model_copy(update={"code": "别教督"}), TAKEN),
        (("check", "issue"), WithdrawLetter(letter=NAME), "须写明理由"),
        (("check", "issue"), SupersedeLetter(letter=NAME, by=OTHER), "须写明理由"),
        (("check", "issue"), SupersedeLetter(letter=NAME, form=REASON), "两者选一"),
        (
            ("check", "issue"),
            SupersedeLetter(letter=NAME, by=OTHER, sha256=DRAFT, form=REASON),
            "两者选一",
        ),
        (("check", "issue"), SupersedeLetter(letter=NAME, by=NAME, form=REASON), "另一份文书"),
        (("check", "issue"), SupersedeLetter(letter=NAME, by="1", form=REASON), "另一份文书"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    county: County, steps: tuple, command: LetterCommand, why: str
) -> None:
    for step in steps:
        county.do("S1", STEPS[step], CLERK)
    assert why in refused(county, command)


def test_only_the_office_and_no_day_before_the_last_step(county: County) -> None:
    school = Actor("S-1", "school", "S1")
    assert "应由督导室办理" in refused(county, STEPS["check"], school)
    early = refused(county, STEPS["check"], happened_on=date(2026, 1, 5))
    assert "上一步是2026年1月6日" in early
    check(county)
    assert "不能比它早" in refused(county, numbered(1), happened_on=date(2026, 1, 6))


def test_an_office_without_its_code_gives_no_number(county: County) -> None:
    with county.database.writing() as connection:
        connection.execute(update(UNITS).where(UNITS.c.code == OFFICE).values(facts={}))
    check(county)
    assert "发文代字" in refused(county, numbered(1))


def test_a_letter_outlives_its_case(county: County) -> None:
    county.do("S1", MergeCase(successor=case_of("S2")), CLERK)
    with county.database.reading() as connection:
        wanted = select(CASES.c.status).where(CASES.c.id == case_of("S1"))
        assert connection.execute(wanted).scalar_one() == "merged"
    issued(county)
    assert letter(county).number == "示教督〔2026〕1号" and sound(county.database)
    assert "已经结束" in refused(county, EndRound(), Actor("clock", "system"))
