"""Answering a questionnaire: on any phone, once, without a name; nothing is kept of who answered,
and whatever comes at once or too late is counted right or given back."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect

from models.cases import Case
from models.creation import create
from models.database import Database
from models.organisations import Organisation
from models.questionnaires import Questionnaire, QuestionnaireAnswer
from portal.questionnaire_totals import texts, totals
from portal.questionnaires import (
    Given,
    answer,
    by_code,
    change,
    example,
    make,
    new_code,
    withdraw,
)
from tests.portal_asking import ENDS, TODAY, answers, asked, fill_in, place
from tests.portal_people import County, county_at, said

_ASKED, _ANSWERS = Questionnaire.__table__, QuestionnaireAnswer.__table__


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """The review team is in one school: 25 and 26 May."""
    return lived_until(TODAY)


@pytest.fixture
def county(may: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(may, tmp_path / "county", TODAY) as county:
        yield county


# -- anybody answers it ----------------------------------------------------------------------------


def test_a_parent_answers_on_the_phone_without_javascript_or_name(county: County) -> None:
    code, phone = asked(county), county.browser()
    page = phone.open(f"/q/{code}")
    assert "不用写姓名" in page and "洋合" in page and "<script" in page.split("</head>")[0]
    assert "data-keep" not in page  # on a borrowed phone nothing stays behind
    phone.send(f"/q/{code}", m0="5", m1="4", m9="1", text="校门口放学时车太多。")
    assert "已收到，谢谢您" in phone.page
    (row,) = answers(county)
    assert (
        row.answers == '{"marks": [5, 4, 0, 0, 0, 0, 0, 0, 0, 1], "text": "校门口放学时车太多。"}'
    )
    assert (row.given_on, row.forced) == (TODAY, False)


def test_nothing_is_kept_of_who_answered(county: County) -> None:
    columns = {c["name"] for c in inspect(county.database.engine).get_columns(_ANSWERS.name)}
    assert columns == {"id", "questionnaire", "given_on", "forced", "answers"}
    code = asked(county)
    for number in range(12):
        fill_in(county.browser(), code, m0="5", text=f"第{number}个")
    stored = [re.search(r"第(\d+)个", row.answers)[1] for row in answers(county)]
    with county.database.reading() as connection:
        shown = [
            re.search(r"\d+", text)[0] for text in texts(connection, by_code(connection, code))
        ]
    in_order = [str(n) for n in range(12)]
    assert sorted(stored) == sorted(in_order) and stored != in_order and shown != in_order


def test_one_browser_answers_once_unless_somebody_insists(county: County) -> None:
    code, phone = asked(county), county.browser()
    fill_in(phone, code, m0="5")
    assert "这台手机已经填过" in phone.open(f"/q/{code}")
    phone.open(f"/q/{code}?again=1")
    phone.send(f"/q/{code}", m0="1")
    assert "已收到" in phone.page
    assert sorted(row.forced for row in answers(county)) == [False, True]
    other = county.browser()
    other.open(f"/q/{code}?again=1")  # the address passed on: this browser has not answered yet
    other.send(f"/q/{code}", m0="3")
    assert sum(row.forced for row in answers(county)) == 1


def test_a_second_page_left_open_loses_nothing(county: County) -> None:
    code, phone = asked(county), county.browser()
    second = phone.open(f"/q/{code}")
    fill_in(phone, code, m0="5")
    phone.page = second
    phone.send(f"/q/{code}", 409, m0="2", text="我是爷爷")
    assert "这一份还没有提交" in phone.page and "我是爷爷" in phone.page
    phone.send(f"/q/{code}")
    assert len(answers(county)) == 2


def test_another_questionnaire_on_the_same_phone_is_another(county: County) -> None:
    parents, students, phone = asked(county), asked(county, "students"), county.browser()
    fill_in(phone, parents, m0="5")
    fill_in(phone, students, m0="5")
    assert [row.forced for row in answers(county)] == [False, False]


def test_pressed_twice_is_one_answer(county: County) -> None:
    code, phone = asked(county), county.browser()
    page = phone.open(f"/q/{code}")
    phone.send(f"/q/{code}", m0="5", text="一次")
    phone.page = page
    phone.send(f"/q/{code}", m0="5", text="一次")
    assert "已收到" in phone.page and len(answers(county)) == 1


def test_an_empty_answer_is_sent_back(county: County) -> None:
    code, phone = asked(county), county.browser()
    fill_in(phone, code, 422)
    assert "请至少回答一题" in phone.page
    phone.send(f"/q/{code}", 422, m0="9", m1="five", m2="")
    assert answers(county) == []


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (TODAY - timedelta(1), "还没有开始"),
        (ENDS + timedelta(1), "问卷已经结束"),
    ],
)
def test_before_and_after_its_days_the_page_says_so(county: County, day: date, words: str) -> None:
    code = asked(county)
    county.move_to(day)
    page = said(county.browser().open(f"/q/{code}"))
    assert words in page and "2026年5月25日（周一）至2026年5月26日（周二）" in page


def test_in_the_last_second_it_is_taken_and_in_the_next_it_is_shown_again(county: County) -> None:
    code, quick, slow = asked(county), county.browser(), county.browser()
    county.now = datetime.fromisoformat("2026-05-26T15:59:59+00:00")  # in Shanghai one to midnight
    quick.open(f"/q/{code}")
    slow.open(f"/q/{code}")
    quick.send(f"/q/{code}", m0="5")
    county.now += timedelta(seconds=1)
    slow.send(f"/q/{code}", 409, m0="5", text="写了很久")
    assert "没有提交成功" in slow.page and "写了很久" in slow.page
    assert len(answers(county)) == 1


def test_one_withdrawn_meanwhile_gives_the_words_back(county: County) -> None:
    code, phone = asked(county), county.browser()
    phone.open(f"/q/{code}")
    with county.database.writing() as connection:
        assert withdraw(connection, code)
    phone.send(f"/q/{code}", 404, m0="5", text="写了很久")
    assert "没有这份问卷" in phone.page and "写了很久" in phone.page


def test_codes_cannot_be_guessed(county: County) -> None:
    assert len({new_code() for _ in range(1000)}) == 1000
    assert all(re.fullmatch("[a-z2-7]{26}", new_code()) for _ in range(100))  # 130 bits, 128 drawn
    code, stranger = asked(county), county.browser()
    for guess in ("a" * 26, code[:-1], code + "a", "%00" * 26, "..%2f..", "a" * 5000):
        stranger.open(f"/q/{guess}", 404)
    assert stranger.open(f"/q/{code.upper()}") and stranger.at == f"/q/{code}"


# -- attacks ---------------------------------------------------------------------------------------


def test_marks_in_free_texts_are_text(county: County) -> None:
    code = asked(county)
    for _ in range(5):
        fill_in(county.browser(), code, text='<script>alert(1)</script><a href="//x">点我</a>')
    page = county.browser("O2").open(f"{place(county)}/{code}")
    assert "<script>alert" not in page and 'href="//x"' not in page and "&lt;script&gt;" in page


def test_a_text_without_end_comes_back(county: County) -> None:
    code, phone = asked(county), county.browser()
    fill_in(phone, code, 422, m0="4", text="长" * 100_000)
    assert "最多1000个字，现在有100000个字" in phone.page
    assert 'name="m0" value="4" checked' in phone.page
    assert answers(county) == []


def test_a_form_of_another_site_is_refused(county: County) -> None:
    code, phone = asked(county), county.browser()
    fill_in(phone, code, 403, m0="1", seal="")
    stranger = county.browser()
    stranger.page, stranger.at = county.browser().open(f"/q/{code}"), ""
    stranger.send(f"/q/{code}", 403, m0="1")
    assert answers(county) == []


def test_hundreds_answer_at_once_and_each_is_counted_once(county: County) -> None:
    """Two threads of whole browsers, each pressing twice."""
    code = asked(county)

    def crowd(name: int) -> None:
        for number in range(60):
            phone = county.browser()
            page = phone.open(f"/q/{code}")
            for _ in range(2):
                phone.page = page
                phone.send(f"/q/{code}", m0=str(1 + (name + number) % 5))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(crowd, (0, 1)))
    assert len(answers(county)) == 120


@pytest.fixture
def database(new_database: Callable[[], str]) -> Iterator[Database]:
    """A school with a case, on either database."""
    database = Database(new_database())
    create(database)
    with database.writing() as connection:
        school = {"code": "S1", "name": "马小", "kind": "primary", "facts": {}}
        connection.execute(insert(Organisation.__table__).values(**school, invented=True, tier=""))
        case = {"id": "C/S1", "of": "case", "round": "R", "office": "O", "subject": "S1"}
        rest = {"definition": "d", "standard": "", "status": "open", "seq": 0, "head": ""}
        connection.execute(insert(Case.__table__).values(**case, **rest, state=""))
    yield database
    database.close()


def ask(database: Database, at_least: int = 30) -> str:
    with database.writing() as connection:
        days = (TODAY, ENDS)
        return make(connection, "C/S1", "review", example("parents"), days, at_least)


def give(database: Database, code: str, once: str, mark: int = 5, **how: bool) -> str:
    given = Given((mark,) * len(example("parents").questions), "同样的话")
    return answer(database, b"secret", code, given, TODAY, once, **how)


def test_many_answers_and_their_doubles_from_two_threads(database: Database) -> None:
    code = ask(database)

    def crowd(name: str) -> list[str]:
        shared = [give(database, code, f"shared {n}") for n in range(100)]
        return shared + [give(database, code, f"{name} {n}", 1 + n % 5) for n in range(250)]

    with ThreadPoolExecutor(2) as threads:
        outcomes = [outcome for said in threads.map(crowd, "ab") for outcome in said]
    assert (outcomes.count("taken"), outcomes.count("again")) == (600, 100)
    with database.reading() as connection:
        found = totals(connection, by_code(connection, code))
    assert found.asked.count == 600 and found.figures[0].steps == (100, 100, 100, 100, 200)


def test_two_offices_pressing_at_once_make_one(database: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        codes = set(threads.map(lambda _: ask(database), range(8)))
    assert len(codes) == 1


def test_withdrawn_while_somebody_answers_either_comes_first(database: Database) -> None:
    def take_back(code: str) -> bool:
        with database.writing() as connection:
            return withdraw(connection, code)

    for number in range(10):
        code = ask(database)
        with ThreadPoolExecutor(2) as threads:
            gone = threads.submit(take_back, code)
            outcome = threads.submit(give, database, code, f"once {number}")
        assert (gone.result(), outcome.result()) in {(True, "gone"), (False, "taken")}
        if not gone.result():
            with database.writing() as connection:
                connection.execute(_ANSWERS.delete())
                connection.execute(_ASKED.delete())


def test_closed_by_the_office_is_closed_at_once(database: Database) -> None:
    code = ask(database)
    assert give(database, code, "1") == "taken"
    with database.writing() as connection:
        yesterday = TODAY - timedelta(1)
        change(connection, code, (yesterday, yesterday), 30)
    assert give(database, code, "2") == "over"
    assert give(database, code, "1") == "again"  # whoever presses again is still thanked
    assert give(database, "a" * 26, "3") == "gone"
