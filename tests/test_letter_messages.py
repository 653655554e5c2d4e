"""Whoever has a letter is told when it holds no longer: that it was taken back or replaced, why,
and which one holds now. What was only filed has reached nobody."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import delete

from models.messages import Message
from rules.letter_words import SupersedeLetter
from tests.told_letters import REASON, issued, supersede, withdraw
from tests.told_story import live
from tests.told_year import OFFICE, ToldYear


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToldYear]:
    """The year of three schools; what it says is none of this specification."""
    folder = tmp_path_factory.mktemp("letters")
    year = ToldYear(str(folder / "year.db"), "shaanxi_316.yaml", "O", date(2026, 1, 5), tells=False)
    live(year)
    year.place_owed()
    yield year
    year.database.close()


@pytest.fixture
def year(lived: ToldYear) -> ToldYear:
    """The same with an empty ledger."""
    with lived.database.writing() as connection:
        connection.execute(delete(Message.__table__))
    return lived


def told(year: ToldYear) -> list:
    year.place_owed()
    return year.messages()


# a kind of letter, of whose case, of which issue; and the people who have it
REACHED = [
    ("preliminary_opinion", "S1", "", {"school-1", "clerk-1"}),
    ("follow_up_report", "S1", "1", {"school-1", "clerk-1"}),
    ("self_assessment_handbook", "S3", "", {"school-3"}),
    ("issue_demand", "S1", "1", {"school-1", "clerk-1"}),
    ("issue_demand", "S1", "2", {"money-1"}),
    ("annual_plan_notice", "", "", {"school-1", "clerk-1", "school-2", "school-3"}),
    ("special_report", "", "", {"county-1"}),
    ("process_guidance_record", "S1", "1", set()),
    ("visit_announcement", "S1", "", set()),
    ("self_assessment_report", "S1", "", set()),
    ("rectification_plan", "S1", "", set()),
]


@pytest.mark.parametrize(("kind", "subject", "item", "people"), REACHED)
def test_those_it_reached_are_told(
    year: ToldYear, kind: str, subject: str, item: str, people: set[str]
) -> None:
    year.do(subject, withdraw(issued(year, subject, kind, item)), OFFICE)
    assert {row.person for row in told(year)} == people


def test_it_says_which_letter_why_and_whom_to_ask(year: ToldYear) -> None:
    year.do("S1", withdraw(issued(year, "S1", "visit_notice", again="7")), OFFICE)
    [row] = [row for row in told(year) if row.person == "school-1"]
    assert (row.name, row.role, row.organisation) == ("letter.withdrawn", "school", "S1")
    assert row.subject == "《督导评估通知书》已撤回"
    assert row.text == (
        "示例校长甲，您好！\n"
        "示例县督导室已于2026年12月2日（周三）撤回《督导评估通知书》，该文书不再有效。\n"
        "撤回理由：引用的条款有误。\n"
        "对象：马蹄小学（实地督导）。\n"
        "已下载、打印或转发的，请停止使用。\n"
        "所属工作：学校督导评估“316工程”（2026年度）。\n"
        "如有疑问，请联系示例县督导室，电话0000-0000000。"
    )


def test_of_one_that_was_replaced_it_says_where_the_new_one_is(year: ToldYear) -> None:
    """The opinion letter gets a new text, which is not out yet; a handbook gives way to another
    that is."""
    name = issued(year, "S1", "opinion_letter", again="7")
    year.do("S1", supersede(name), OFFICE)
    first = next(row for row in told(year) if row.person == "school-1")
    assert first.name == "letter.superseded" and first.subject == "《督评意见书》已由新件替代"
    assert (
        "请以新件为准，原件停止使用。\n替代理由：引用的条款有误。\n新件印发后，请登录" in first.text
    )
    old, new = (issued(year, "S2", "self_assessment_handbook", again=n) for n in "78")
    year.do("S2", SupersedeLetter(letter=old, by=new, form=REASON), OFFICE)
    row = next(row for row in told(year) if row.person == "school-2")
    assert "新件：《自评手册》，请登录督导评估系统在“文书”中查看。" in row.text
