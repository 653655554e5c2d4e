"""更正日期: before a day is corrected the office sees what moves and who was told the old one;
after it, who has been told the new one, and whom it must still tell. On SQLite and PostgreSQL."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.journal import Entry, Recorded
from models.deadlines import DeadlineRow
from models.letters import Letter
from models.messages import Message
from notifications.outbox import Outbox
from rules.issue_list.words import SubmitRectificationPlan
from rules.messages import Finding, StageCommand
from rules.on_site_review import words
from rules.values import Actor
from tasks.carrying import carry_out, plainly
from tasks.house import House, live_in
from tests.portal_letters import lines
from tests.portal_people import Browser, County, county_at, said
from tests.portal_scoring import review

DEADLINES, MESSAGES, LETTERS = DeadlineRow.__table__, Message.__table__, Letter.__table__
SCHOOL, OFFICE = "S0002", ("O1", "O2")
ENDED = "on_site_review|visit.ended|"


@pytest.fixture(scope="module")
def may(lived_until: Callable[..., Path]) -> Path:
    """八一 was visited on 6 and 7 May; the office has not given its opinion yet."""
    return lived_until(date(2026, 5, 12))


@pytest.fixture
def county(may: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    with county_at(may, tmp_path / "county", date(2026, 5, 13), database_url) as county:
        yield county


def carried(county: County, flow: str = "on_site_review") -> None:
    """What the flow of a stage does a moment later: messages placed, letters drafted."""
    with live_in(House(county.journal, county.desk.home, Outbox(county.desk.home / "outbox"))):
        carry_out(flow, "SLX-DD", county.now, call=plainly)


def due(county: County) -> dict[str, date]:
    """What the office owes of the review, by its duty."""
    wanted = select(DEADLINES.c.key, DEADLINES.c.due_on).where(
        DEADLINES.c.case == county.case(SCHOOL), DEADLINES.c.state == "armed"
    )
    with county.database.reading() as connection:
        found = {key: day for key, day in connection.execute(wanted)}
    return {k.split("/")[1]: day for k, day in found.items() if k.startswith("on_site_review/")}


def told(county: County, name: str) -> list:
    """The messages of a kind to people about the school's case."""
    wanted = select(MESSAGES).where(
        MESSAGES.c.case == county.case(SCHOOL), MESSAGES.c.name == f"on_site_review.{name}"
    )
    with county.database.reading() as connection:
        return list(connection.execute(wanted.order_by(MESSAGES.c.key)))


def correct(county: County, happening: str, day: str) -> Browser:
    """The office goes as far as the page that shows what would change."""
    office, path = county.browser("O2"), f"/cases/{county.key(SCHOOL)}/commands/CorrectDate"
    office.open(path)
    office.send(path, 200, happening=happening, happened_on=day, reason="登记时看错了日期")
    return office


def confirm(county: County, office: Browser) -> str:
    office.send(f"/cases/{county.key(SCHOOL)}/commands/CorrectDate")
    assert re.fullmatch(rf"/cases/{county.key(SCHOOL)}/corrections/\d+\?said=done", office.at)
    return said(office.page)


def listed(page: str, title: str) -> list[str]:
    """The rows of the table under a heading, as words."""
    section = page.partition(f"<h2>{title}")[2].partition("</section>")[0]
    return [said(row) for row in re.findall(r"<tr>(.*?)</tr>", section, re.S)[1:]]


def test_before_it_is_corrected_the_office_sees_what_moves_and_who_was_told(county: County) -> None:
    before = due(county)
    assert before == {"preliminary_opinion": date(2026, 5, 18), "opinion_letter": date(2026, 5, 27)}
    office = correct(county, ENDED, "2026-05-08")
    page = said(office.page)
    assert "“实地督导：督导组离校”的日期由2026年5月7日（周四）更正为" in page
    assert "2026年5月8日（周五）" in page and "现在还没有改动" in page
    moves = listed(office.page, "更正后会改变的期限")
    assert [row.partition(" 为什么")[0] for row in moves] == [
        "反馈初步意见 实地督导 2026年5月18日（周一） 2026年5月19日（周二）",
        "印发督评意见书 实地督导 2026年5月27日（周三） 2026年5月28日（周四）",
    ]
    assert "计入调休上班日5月9日" in moves[0]
    rows = listed(office.page, "已经告知过原日期的消息")
    assert len(rows) == len(told(county, "visit.ended")) == 2
    assert all("2026年5月8日（周五）" in row and row.endswith("会告知") for row in rows)
    assert "督导室干事（督导室） 八一：入校督导结束，请反馈意见" in rows[1]
    assert "没有文书引用原来的日期" in page
    assert due(county) == before, "nothing is changed yet"
    office.send(f"/cases/{county.key(SCHOOL)}/commands/CorrectDate", 200, back="1")
    form = office.form(f"/cases/{county.key(SCHOOL)}/commands/CorrectDate")
    assert form["happening"] == [ENDED] and form["happened_on"] == ["2026-05-08"]


def test_what_was_confirmed_moves_and_all_who_knew_the_old_day_hear_the_new(county: County) -> None:
    office = correct(county, ENDED, "2026-05-08")
    page = confirm(county, office)
    assert due(county) == {
        "preliminary_opinion": date(2026, 5, 19),
        "opinion_letter": date(2026, 5, 28),
    }
    assert "更正为 2026年5月8日（周五） 。" in page and county.woken == 1
    carried(county)
    moved = sorted(told(county, "moved"), key=lambda one: ("反馈" not in one.subject, one.person))
    expected = [
        (person, duty, day)
        for duty, day in (("反馈初步意见", "5月19日"), ("印发督评意见书", "5月28日"))
        for person in OFFICE
    ]
    assert [one.person for one in moved] == [person for person, *_ in expected]
    for one, (_, duty, day) in zip(moved, expected, strict=True):
        assert duty in one.subject and day in one.subject
    text = moved[0].text  # the old day, the new one, and why
    assert "2026年5月18日（周一）" in text and "2026年5月19日（周二）" in text
    assert "起算日期已更正" in text and "计入调休上班日5月9日" in text
    page = said(office.open(office.at))
    assert "收件人都已另行通知新的期限" in page and "请另行告知" not in page


def test_who_hears_nothing_of_it_is_named_to_the_office(county: County) -> None:
    """The director who was told on 8 May has left since: no message reaches them any more."""
    with county.database.writing() as connection:
        connection.exec_driver_sql("update people set left_on='2026-05-11' where id='O1'")
    office = correct(county, ENDED, "2026-05-08")
    confirm(county, office)
    carried(county)
    office.open(office.at)
    assert "其中1条的收件人没有收到系统的更正消息，请另行告知" in said(office.page)
    rows = listed(office.page, "已经告知过原日期的消息")
    assert [row.rpartition(" ")[2] for row in rows] == ["请另行告知", "已告知"]


def test_the_letter_that_quotes_the_old_day_and_the_school_that_heard_it(county: County) -> None:
    """The opinion was given on 13 May and typed in as that; it was handed over on the 12th."""
    office, at = county.browser("O2"), review(county, SCHOOL)
    office.open(f"{at}/GivePreliminaryOpinion")
    office.send(f"{at}/GivePreliminaryOpinion", overall="总体良好")
    carried(county)
    was = due(county)["defence"]
    assert was == date(2026, 5, 20)
    county.move_to(date(2026, 5, 14))
    office = correct(county, "on_site_review|preliminary_opinion.given|", "2026-05-12")
    page = said(office.page)
    assert "学校申辩" in page and "2026年5月19日（周二）" in page
    assert "初步意见" in page.partition("引用了原日期的文书")[2]
    confirm(county, office)
    carried(county)
    heads = {one.person for one in told(county, "preliminary_opinion.given")}
    assert heads and {one.person for one in told(county, "moved")} == heads
    page = said(office.open(office.at))
    assert "请另行告知" not in page
    with county.database.reading() as connection:
        wanted = select(LETTERS.c.order).where(
            LETTERS.c.case == county.case(SCHOOL), LETTERS.c.kind == "preliminary_opinion"
        )
        letter = connection.execute(wanted).scalar_one()
    assert f"/letters/{letter.replace('/', '~').replace('#', '@')}" in office.page


def test_a_letter_drafted_afterwards_quotes_the_right_day(county: County) -> None:
    """The opinion letter went out on 14 May and was typed in as the 15th; the school's plan names
    the letter by its day."""

    def do(command: StageCommand, actor: Actor, on: date) -> None:
        county.move_to(on)
        entry = Entry(command, county.case(SCHOOL), actor, county.now, f"{command.type}")
        assert isinstance(recorded := county.journal.record(entry), Recorded), recorded

    office, head = Actor("O2", "office", "SLX-DD"), Actor("H0002", "school", SCHOOL)
    at, found = {"stage": "on_site_review"}, Finding(basis="A1.1.1", text="1")
    opinion = words.GivePreliminaryOpinion(**at, form={"overall": "总体良好"})
    do(opinion, office, date(2026, 5, 13))
    do(words.WaiveDefence(**at), head, date(2026, 5, 14))
    form = {"findings": {"1": "台账不全"}}
    letter = {"findings": (found,), "rectify_by": date(2026, 6, 30), "form": form}
    do(words.IssueOpinionLetter(**at, **letter), office, date(2026, 5, 15))
    county.move_to(date(2026, 5, 18))
    confirm(county, correct(county, "on_site_review|opinion_letter.issued|", "2026-05-14"))
    plan = SubmitRectificationPlan(stage="issue_list", form={"items": []})
    do(plan, head, date(2026, 5, 19))
    carried(county, "issue_list")
    wanted = select(LETTERS.c.path).where(
        LETTERS.c.case == county.case(SCHOOL), LETTERS.c.kind == "rectification_plan"
    )
    with county.database.reading() as connection:
        path = connection.execute(wanted).scalar_one()
    text = "".join(lines((county.desk.letters / path).read_bytes()))
    assert "2026年5月14日印发的《关于" in text and "2026年5月15日" not in text


def test_the_case_and_the_log_lead_to_what_a_correction_did(county: County) -> None:
    office = correct(county, ENDED, "2026-05-08")
    confirm(county, office)
    place = office.at.partition("?")[0]
    case = office.open(f"/cases/{county.key(SCHOOL)}")
    assert f'href="{place}"' in case and "原登记为2026年5月7日（周四）" in said(case)
    number = place.rpartition("/")[2]
    assert f'href="{place}"' in office.open(f"/log/{county.key(SCHOOL)}/{number}")
    assert f"corrections/{number}" not in county.browser("H0002").open(
        f"/cases/{county.key(SCHOOL)}"
    )
    for person in ("H0002", "I01", "U1", "V1"):
        county.browser(person).open(place, 403)
    for other in ("1", "0", "999999", "x"):
        office.open(f"/cases/{county.key(SCHOOL)}/corrections/{other}", 403)


def test_a_mistake_is_said_before_anything_is_shown(county: County) -> None:
    path = f"/cases/{county.key(SCHOOL)}/commands/CorrectDate"
    office = county.browser("O2")
    office.open(path)
    office.send(path, 422, happening=ENDED, happened_on="2026-05-07", reason="核对")
    assert "日期没有变化" in said(office.page)
    office.send(path, 422, happening=ENDED, happened_on="2026-05-08", reason="")
    assert "请填写" in said(office.page)
