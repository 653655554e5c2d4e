"""The life of a letter on dated days: edited, checked, issued with a number, withdrawn, replaced;
and the register of numbers, in which two workers leave neither a gap nor a double."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import delete, insert, select, update

from engine.journal import Entry, Journal, Recorded
from engine.letter_facts import next_number, order_of
from engine.library import shipped_calendar
from engine.replaying import replay
from engine.shelf import Shelf
from engine.writing import Writing
from models.cases import Case
from models.database import Database
from models.letters import Letter, LetterNumber
from models.organisations import Organisation
from models.people import Assignment, Person
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
from rules.values import Actor, Refusal
from tests.county import CLERK, OFFICE, County, case_of, salt, sound

LETTERS, NUMBERS, CASES = Letter.__table__, LetterNumber.__table__, Case.__table__
UNITS, PEOPLE, POSTS = Organisation.__table__, Person.__table__, Assignment.__table__
SECOND = Actor("O-2", "office")
NAME, OTHER, DEMAND = "00002.0", "00003.0", "00004.0"
CODE = "示教督"
DRAFTED_ON = date(2026, 1, 6)


def text(said: str) -> str:
    return sha256(said.encode()).hexdigest()


DRAFT = text("draft")


def row(school: str, name: str, kind: str = "opinion_letter") -> dict:
    order = order_of(case_of(school), name)
    return {
        "order": order,
        "called_by": order,
        "case": case_of(school),
        "office": OFFICE,
        "kind": kind,
        "title": "督评意见书",
        "drafted_on": DRAFTED_ON,
        "path": "2026/a.docx",
        "sha256": DRAFT,
    }


def settle(county: County) -> None:
    """The office has its 代字 and a second person; every school has letters drafted."""
    with county.database.writing() as connection:
        connection.execute(
            update(UNITS).where(UNITS.c.code == OFFICE).values(facts={"doc_code": CODE})
        )
        connection.execute(insert(PEOPLE), {"id": "O-2", "name": "示例副主任"})
        connection.execute(
            insert(POSTS), {"person": "O-2", "role": "office", "organisation": OFFICE}
        )
        letters = [row(school, name) for school in ("S1", "S2", "S3") for name in (NAME, OTHER)]
        connection.execute(insert(LETTERS), [*letters, row("S1", DEMAND, "issue_demand")])
    county.until(date(2026, 1, 7))


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    county = County(database_url)
    settle(county)
    yield county
    county.close()


def letter(county: County, name: str = NAME, school: str = "S1"):
    with county.database.reading() as connection:
        wanted = select(LETTERS).where(LETTERS.c.order == order_of(case_of(school), name))
        return connection.execute(wanted).one()


def register(county: County) -> list[tuple[int, int, str, str]]:
    with county.database.reading() as connection:
        rows = connection.execute(select(NUMBERS).order_by(NUMBERS.c.year, NUMBERS.c.number))
        return [(one.year, one.number, one.case, one.letter) for one in rows]


def refused(county: County, command: LetterCommand, actor: Actor = CLERK, **when: date) -> str:
    entry = county.entry("S1", command, actor)
    result = county.journal.record(entry._replace(**when))
    assert isinstance(result, Refusal), result
    return result.reason


def numbered(number: int, of: str = DRAFT, name: str = NAME, year: int = 2026) -> IssueLetter:
    issued = {"sha256": text(f"file {number}"), "pdf_sha256": text(f"pdf {number}")}
    return IssueLetter(letter=name, text=of, code=CODE, year=year, number=number, **issued)


def check(county: County, school: str = "S1", name: str = NAME, of: str = DRAFT) -> None:
    county.do(school, CheckLetter(letter=name, text=of), SECOND)


def issued(county: County, number: int = 1, school: str = "S1", name: str = NAME) -> None:
    check(county, school, name)
    county.do(school, numbered(number, name=name), CLERK)


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


REASON = {"reason": "有误"}
EARLY, NOTHING = {"happened_on": date(2026, 1, 5)}, ""
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


def test_each_year_begins_at_one_and_a_withdrawn_number_is_not_given_again(county: County) -> None:
    issued(county)
    county.do("S1", WithdrawLetter(letter=NAME, form=REASON), CLERK)
    issued(county, 2, name=OTHER)
    county.until(date(2027, 1, 4))
    check(county, "S2")
    county.do("S2", numbered(1, year=2027), CLERK)
    years = [(year, number) for year, number, *_ in register(county)]
    assert years == [(2026, 1), (2026, 2), (2027, 1)] and sound(county.database)


def test_a_batch_counts_on_within_itself(county: County) -> None:
    for school in ("S1", "S2", "S3"):
        check(county, school)
    wishes = [county.entry(s, numbered(n), CLERK) for n, s in enumerate(("S1", "S2", "S3"), 1)]
    wrong = county.entry("S2", numbered(1, name=OTHER), CLERK)
    results = county.journal.record_batch([wishes[0], wrong, *wishes[1:]])
    assert [isinstance(result, Recorded) for result in results] == [True, False, True, True]
    assert [number for _, number, *_ in register(county)] == [1, 2, 3]
    again = county.journal.record_batch(wishes)
    assert all(isinstance(result, Recorded) and result.again for result in again)
    assert sound(county.database)


def test_a_crash_after_the_number_was_taken_leaves_no_gap(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(county)
    flush = Writing.flush

    def broken(self: Writing, connection) -> None:
        taken = connection.execute(select(NUMBERS.c.number)).scalars().all()
        assert taken == [1]
        raise RuntimeError("the machine stops")

    monkeypatch.setattr(Writing, "flush", broken)
    with pytest.raises(RuntimeError):
        county.journal.record(county.entry("S1", numbered(1), CLERK))
    monkeypatch.setattr(Writing, "flush", flush)
    assert register(county) == [] and letter(county).state == "checked"
    county.do("S1", numbered(1), CLERK)
    assert [number for _, number, *_ in register(county)] == [1] and sound(county.database)


WORKERS, EACH = 4, 6


def test_workers_who_issue_at_once_leave_neither_gap_nor_double(county: County) -> None:
    """Each has a connection of its own, as another process has; every third of its letters breaks
    down once between the number and the commit."""
    names = [f"{n:05}.0" for n in range(100, 100 + WORKERS * EACH)]
    with county.database.writing() as connection:
        connection.execute(insert(LETTERS), [row("S1", n) for n in names])
    where = {n: ("S1", "S2", "S3")[i % 3] for i, n in enumerate(names)}
    with county.database.writing() as connection:
        connection.execute(delete(LETTERS).where(LETTERS.c.order.like("%#001%")))
        connection.execute(insert(LETTERS), [row(where[n], n) for n in names])
    for name in names:
        check(county, where[name], name)
    at = county.minute + timedelta(minutes=1)

    def work(worker: int) -> None:
        journal = Journal(Database(county.url), shipped_calendar(), salt)
        for place, name in enumerate(names[worker::WORKERS]):
            fails = place % 3 == 1
            while True:
                with journal.database.reading() as connection:
                    _, number = next_number(connection, OFFICE, 2026)
                entry = Entry(numbered(number, name=name), case_of(where[name]), CLERK, at, name)
                try:
                    result = (_Failing(journal) if fails else journal).record(entry)
                except _Broken:
                    fails = False
                    continue
                if isinstance(result, Recorded):
                    break
                assert result.reason == TAKEN
        journal.database.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        assert list(pool.map(work, range(WORKERS))) == [None] * WORKERS
    given = register(county)
    assert [number for _, number, *_ in given] == list(range(1, WORKERS * EACH + 1))
    assert sorted(name for *_, name in given) == names
    assert sound(county.database)


class _Broken(Exception):
    """The worker breaks down after its number was entered, before the commit."""


class _Failing:
    """A journal whose next transaction breaks down at its end."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def record(self, entry: Entry) -> None:
        with self.journal.database.writing() as connection:
            result = self.journal._write(connection, [entry])[0]
            entered = select(NUMBERS.c.letter).where(NUMBERS.c.letter == entry.key)
            written = connection.execute(entered).scalars().all()
            assert bool(written) == isinstance(result, Recorded)
            raise _Broken


def test_a_number_struck_from_the_register_is_found(county: County) -> None:
    issued(county)
    with county.database.writing() as connection:
        connection.execute(delete(NUMBERS))
    with county.database.reading() as connection:
        found = replay(connection, Shelf()).in_chinese()
    assert len(found) == 1 and "发文登记簿缺一行" in found[0]
