"""Comments on a published plan: heard from anybody until the last day, once however often the
button is pressed, and never lost; a flood stops, and nothing is stored of who sent it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.journal import Entry, Recorded
from models.events import Payload, StoredEvent
from portal.notices import COMMENTS_AN_HOUR
from portal.patience import Patience
from rules.case_words import KeepTime
from rules.planning.words import AmendPlan
from rules.values import Actor
from tests.portal_people import Browser, County, county_at, said

ROUND = "SLX-DD~shaanxi-316~2026"
PLAN = f"/public/plans/{ROUND}/planning"
OPEN, LAST, CLOSED = date(2026, 3, 11), date(2026, 3, 16), date(2026, 3, 17)
WORDS = {"name": "学生家长", "contact": "13900000000", "text": "建议把校车安全列入督导内容。"}
_EVENTS, _PAYLOADS = StoredEvent.__table__, Payload.__table__


@pytest.fixture(scope="module")
def march(lived_until: Callable[..., Path]) -> Path:
    """Eight schools whose plan hangs out for comments until 16 March."""
    return lived_until(OPEN)


@pytest.fixture
def county(march: Path, tmp_path: Path) -> Iterator[County]:
    with county_at(march, tmp_path / "county", OPEN) as county:
        yield county


def comments(county: County) -> list[str]:
    """The texts of the comments in the log, as the public gave them."""
    with county.database.reading() as connection:
        given = select(_EVENTS.c.body).where(
            _EVENTS.c.type == "planning.commented", _EVENTS.c.role == "public"
        )
        bodies = " ".join(connection.execute(given).scalars())
        kept = connection.execute(select(_PAYLOADS.c.digest, _PAYLOADS.c.body))
        return [row.body for row in kept if row.digest in bodies]


def the_last_day_passes(county: County) -> None:
    """The clock looks at the deadline on the day after it."""
    county.move_to(CLOSED)
    keep = KeepTime(deadline="planning/comments")
    case = ROUND.replace("~", "/")
    entry = Entry(keep, case, Actor("clock", "system"), county.now, "17 March")
    assert isinstance(county.journal.record(entry), Recorded)


# -- the plan --------------------------------------------------------------------------------------


def test_anybody_finds_the_plan_and_the_door_leads_to_the_board_and_back(county: County) -> None:
    reader = county.browser()
    assert 'href="/public"' in reader.open("/login")
    board = reader.open("/public")
    assert 'href="/login"' in board and PLAN in board
    assert "征求意见至3月16日" in board
    plan = said(reader.open(PLAN))
    for section in ("依据", "评估对象", "评估标准", "公示时间", "怎样提出意见", "联系方式"):
        assert section in plan
    assert "示例，非官方" in plan and "2026年3月16日（周一）" in plan


def test_a_comment_reaches_the_office_and_nobody_else(county: County) -> None:
    citizen = county.browser()
    citizen.open(PLAN)
    citizen.send(PLAN, **WORDS)
    assert "意见已收到" in citizen.page and WORDS["contact"] not in citizen.page
    assert any(WORDS["text"] in text for text in comments(county))
    assert county.woken == 1
    assert WORDS["text"] in county.browser("O2").open(f"/cases/{ROUND}")
    assert WORDS["text"] not in county.browser().open(PLAN)


def test_a_button_pressed_twice_is_one_comment(county: County) -> None:
    before = len(comments(county))
    citizen = county.browser()
    page = citizen.open(PLAN)
    citizen.send(PLAN, **WORDS)
    citizen.page = page  # pressed again before the answer came
    citizen.send(PLAN, **WORDS)
    assert "没有重复登记" in citizen.page
    assert len(comments(county)) == before + 1


def test_two_comments_without_the_mark_of_their_page_are_two(county: County) -> None:
    """Whoever sends no mark at all must not be taken for whoever did so before."""
    before = len(comments(county))
    for text in ("第一条", "第二条"):
        citizen = county.browser()
        citizen.open(PLAN)
        citizen.send(PLAN, **{**WORDS, "text": text, "once": ""})
    assert len(comments(county)) == before + 2


def test_what_is_left_out_is_asked_for_and_the_rest_is_kept(county: County) -> None:
    citizen = county.browser()
    citizen.open(PLAN)
    citizen.send(PLAN, 422, **{**WORDS, "contact": ""})
    assert "请填写" in citizen.page and WORDS["text"] in citizen.page


def test_on_the_last_day_a_comment_is_still_heard(county: County) -> None:
    county.move_to(LAST)
    citizen = county.browser()
    citizen.open(PLAN)
    citizen.send(PLAN, **WORDS)
    assert "意见已收到" in citizen.page


def test_after_the_last_day_the_page_says_so(county: County) -> None:
    the_last_day_passes(county)
    page = county.browser().open(PLAN)
    assert "意见征求已于2026年3月16日（周一）结束" in said(page) and "<form" not in page
    assert "意见征求已结束" in county.browser().open("/public")


def test_a_comment_written_over_the_last_midnight_is_shown_again(county: County) -> None:
    """The rules refuse it; the writer has every word, and is told where it can still go."""
    citizen = county.browser()
    citizen.open(PLAN)
    the_last_day_passes(county)
    before = len(comments(county))
    citizen.send(PLAN, 409, **{**WORDS, "text": "第一行\n第二行"})
    page = said(citizen.page)
    assert "没有提交成功" in page and "第一行 第二行" in page and "0000-0000000" in page
    assert "对计划提出意见的期限是2026年3月16日（周一），现已超过" in page
    assert len(comments(county)) == before


def test_what_changed_after_the_publication_is_told(county: County) -> None:
    with county.database.reading() as connection:
        body = connection.execute(
            select(_EVENTS.c.body).where(_EVENTS.c.type == "planning.proposed")
        ).scalar_one()
    selected = [code for code in ("S0001", "S0002", "S0003", "S0008") if f'"{code}"' in body]
    other = next(code for code in ("S0001", "S0003", "S0004") if code not in selected)
    plan = AmendPlan(
        stage="planning",
        add=({"subject": other, "week": date(2026, 5, 11)},),
        remove=(selected[0],),
        form={"reason": "校舍维修"},
    )
    entry = Entry(plan, ROUND.replace("~", "/"), Actor("O1", "office"), county.now, "amended")
    assert isinstance(county.journal.record(entry), Recorded)
    page = said(county.browser().open(PLAN))
    assert "公示后的调整" in page and "移出" in page and "校舍维修" not in page


def test_the_board_stands_on_the_outer_listener(march: Path, tmp_path: Path) -> None:
    with county_at(march, tmp_path / "county", OPEN, outside=True) as county:
        citizen = county.browser()
        citizen.open("/public")
        citizen.open(PLAN)
        citizen.send(PLAN, **WORDS)
        assert "意见已收到" in citizen.page


# -- attacks ---------------------------------------------------------------------------------------


def test_marks_in_a_comment_are_text(county: County) -> None:
    citizen = county.browser()
    citizen.open(PLAN)
    attack = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    citizen.send(PLAN, **{**WORDS, "text": attack, "name": "<b>家长</b>"})
    page = county.browser("O2").open(f"/cases/{ROUND}")
    assert "<script>alert" not in page and "<img" not in page and "&lt;script&gt;" in page


def test_a_text_without_end_is_refused_and_comes_back(county: County) -> None:
    citizen = county.browser()
    citizen.open(PLAN)
    citizen.send(PLAN, 422, **{**WORDS, "text": "长" * 100_000})
    assert "最多3000个字，现在有100000个字" in citizen.page
    assert citizen.page.count("长") >= 100_000
    citizen.open(PLAN)
    citizen.send(PLAN, 413, **{**WORDS, "text": "长" * 1_000_000})  # nine megabytes as it travels
    assert "内容太大" in citizen.page
    assert not any("长长" in text for text in comments(county))


def test_a_form_of_another_site_is_refused(county: County) -> None:
    citizen = county.browser()
    citizen.open(PLAN)
    citizen.send(PLAN, 403, **{**WORDS, "seal": "0" * 64})
    stranger = county.browser()
    stranger.page = county.browser().open(PLAN)  # a seal of somebody else's page
    stranger.at = PLAN
    stranger.send(PLAN, 403, **WORDS)


def commented(browser: Browser, number: int, status: int = 303) -> None:
    browser.open(PLAN)
    browser.send(PLAN, status, **{**WORDS, "text": f"意见{number}"})


def test_one_browser_speaks_five_times_in_ten_minutes(county: County) -> None:
    citizen = county.browser()
    for number in range(5):
        commented(citizen, number)
    commented(citizen, 6, 429)
    assert "请过十分钟再提交" in citizen.page and "意见6" in citizen.page
    commented(county.browser(), 7)  # others go on
    county.now += timedelta(minutes=10)
    commented(citizen, 8)


def test_a_flood_from_many_browsers_stops_at_the_hours_cap(county: County) -> None:
    for number in range(COMMENTS_AN_HOUR):
        commented(county.browser(), number)
    late = county.browser()
    commented(late, 99, 429)
    assert "请过一小时再提交" in late.page and "意见99" in late.page
    county.now += timedelta(hours=1, minutes=1)
    commented(late, 100)


def test_patience_forgets_browsers_it_has_not_seen_for_long(county: County) -> None:
    patience = Patience(most=1)
    assert patience.allows("one", "wish", county.now)
    assert patience.allows("one", "wish", county.now)  # the same wish
    assert not patience.allows("one", "another", county.now)
    for number in range(10_001):
        patience.allows(f"browser {number}", "wish", county.now)
    assert len(patience) == 10_000
