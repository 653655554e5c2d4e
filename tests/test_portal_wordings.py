"""消息用语: an office writes a message in its own words, tries it on messages that were really
sent, adopts it, and takes it back; what was sent before stays as it was."""

import asyncio
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from dudao.demo.year import sweep_plainly
from models.cases import Case
from models.messages import Message
from notifications.catalogue import MESSAGES
from notifications.outbox import Outbox
from tasks.house import House, live_in
from tests.portal_people import Browser, County, said

TODAY = date(2026, 2, 10)
KIND = "self_assessment.reminder"
PATH = f"/messages/words/{KIND}"
OPENED = "self_assessment.opened"
_MESSAGES, _CASES = Message.__table__, Case.__table__


@pytest.fixture
def county(county_until: Callable[..., County]) -> County:
    """Eight schools in the middle of their self-assessment."""
    return county_until(TODAY)


@pytest.fixture
def clerk(county: County) -> Browser:
    clerk = county.browser("O2")
    clerk.open(PATH)
    return clerk


def sweep(county: County, days: int) -> None:
    folder = county.desk.home
    with live_in(House(county.journal, folder, Outbox(folder / "outbox"))):
        for day in range(1, days + 1):
            asyncio.run(sweep_plainly(county.now + timedelta(day)))


def texts(county: County, since: date) -> list[str]:
    wanted = select(_MESSAGES.c.text).where(_MESSAGES.c.name == KIND, _MESSAGES.c.owed_on > since)
    with county.database.reading() as connection:
        return sorted(connection.execute(wanted).scalars())


def test_tried_adopted_sent_and_taken_back(county: County, clerk: Browser) -> None:
    before = texts(county, date(2026, 1, 1))
    assert before
    own = "【原文】\n纸质材料请同时送督导室。"
    clerk.send(PATH, 200, text=own, do="try")
    assert "还没有采用" in said(clerk.page) and "纸质材料请同时送督导室。" in said(clerk.page)
    assert "现用：内置的写法" in said(clerk.page)

    clerk.send(PATH, text=own, do="adopt")
    assert "现用：本室第1版" in said(clerk.page)
    sweep(county, 2)
    sent = texts(county, TODAY)
    assert sent and all(text.endswith("纸质材料请同时送督导室。") for text in sent)
    assert before == [text for text in texts(county, date(2026, 1, 1)) if "纸质" not in text]
    assert "本室第1版" in said(clerk.open("/messages/words"))
    assert "改写消息（自查自评：到期提醒）" in said(clerk.open("/log?type=wording.changed"))

    clerk.open(PATH)
    clerk.send(f"{PATH}/built_in")
    assert "现用：内置的写法" in said(clerk.page) and "恢复内置的写法" in said(clerk.page)


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(clerk: Browser) -> None:
    clerk.send(PATH, 422, subject="【校长】到期", text="请尽快办理。", do="adopt")
    page = said(clerk.page)
    assert "没有【校长】可填" in page and "正文里要有【原文】或【期限】" in page
    assert "【校长】到期" in clerk.page and "请尽快办理。" in clerk.page
    assert "现用：内置的写法" in page


def test_too_long_is_said_with_how_much(clerk: Browser) -> None:
    clerk.send(PATH, 422, text="【原文】" + "长" * 600, do="adopt")
    assert "最多600个字，现在有604个字" in said(clerk.page)


def test_twice_is_once_and_what_holds_already_is_no_version(clerk: Browser) -> None:
    clerk.send(PATH, text="【原文】谢谢", do="adopt")
    clerk.send(PATH, text="【原文】谢谢", do="adopt")
    assert "现用：本室第1版" in said(clerk.page)


def test_whoever_was_overtaken_loses_no_word_and_sees_what_holds(
    county: County, clerk: Browser
) -> None:
    other = county.browser("O1")
    other.open(PATH)
    other.send(PATH, text="【原文】甲", do="adopt")
    clerk.send(PATH, 422, text="【原文】乙", do="adopt")
    page = said(clerk.page)
    assert "别人刚改过这种消息" in page and "【原文】乙" in clerk.page and "现用：本室第1版" in page
    clerk.send(PATH, text="【原文】乙", do="adopt")
    assert "现用：本室第2版" in said(clerk.page)


def test_a_message_that_was_never_sent_says_so(county: County) -> None:
    clerk = county.browser("O2")
    page = said(clerk.open("/messages/words/follow_up_visit.finished"))
    assert "还没有发过这种消息" in page


def test_every_message_there_is_can_be_found_by_its_name(county: County) -> None:
    page = county.browser("O2").open("/messages/words")
    assert {kind for kind in MESSAGES if f'href="/messages/words/{kind}"' in page} == MESSAGES
    assert not re.search("[A-Za-z_]+[.][a-z_]+", said(page))


def test_a_case_nobody_can_read_is_no_message_to_try_words_on(county: County) -> None:
    wanted = select(_MESSAGES.c.case).where(_MESSAGES.c.name == OPENED)
    order = _MESSAGES.c.owed_on.desc(), _MESSAGES.c.key.desc()
    with county.database.writing() as connection:
        latest = connection.execute(wanted.order_by(*order)).scalar()
        spoilt = update(_CASES).where(_CASES.c.id == latest)
        connection.execute(spoilt.values(state="{", head="0" * 64))
    page = said(county.browser("O2").open(f"/messages/words/{OPENED}"))
    assert page.count("群消息：") == 2


def test_a_kind_there_is_not_is_none(county: County) -> None:
    assert "没有这种消息" in said(county.browser("O2").open("/messages/words/nonsense", 403))
