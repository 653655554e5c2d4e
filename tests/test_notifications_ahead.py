"""今后要发的: what is foretold is what is said when the days come and nobody acts; and a test
message tells of each channel what came of it."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dudao.demo.year import sweep_plainly
from engine.shelf import Shelf
from models.deadlines import DeadlineRow
from models.messages import Message
from models.orders import OrderRow
from models.people import Person
from notifications.ahead import Ahead, ahead
from notifications.channel_settings import FILE
from notifications.outbox import Outbox
from rules.orders import Order
from tasks.house import House, live_in
from tests.mail_server import mail_server
from tests.portal_people import County, county_at, live_until, said
from tests.test_commands import run

TODAY = date(2026, 2, 10)
OFFICE = "SLX-DD"
_DEADLINES, _MESSAGES = DeadlineRow.__table__, Message.__table__
_ORDERS = OrderRow.__table__


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight schools in the middle of their self-assessment."""
    return live_until(tmp_path_factory.mktemp("february"), TODAY)


@pytest.fixture
def county(february: Path, tmp_path: Path, database_url: str) -> Iterator[County]:
    with county_at(february, tmp_path / "county", TODAY, database_url) as county:
        yield county


Told = tuple[date, str, str, str, date, str]  # day, case, kind, deadline, due on, person


def foretold(county: County, days: int) -> list[Ahead]:
    with county.database.reading() as connection:
        first = TODAY + timedelta(1)  # today was lived
        found = ahead(connection, Shelf(), OFFICE, first, TODAY + timedelta(days))
    assert found.whole
    return found.messages


def running(county: County) -> dict[tuple[str, str], int]:
    """The deadlines armed now, with the event that armed each."""
    with county.database.reading() as connection:
        rows = connection.execute(select(_DEADLINES).where(_DEADLINES.c.state == "armed"))
        return {(row.case, row.key): row.seq for row in rows}


def said_since(county: County, armed: dict[tuple[str, str], int]) -> set[Told]:
    """What was placed since, of deadlines that were armed before."""
    wanted = select(_MESSAGES, _ORDERS.c.body).join(_ORDERS, _ORDERS.c.id == _MESSAGES.c.order)
    after = _MESSAGES.c.owed_on > TODAY, _MESSAGES.c.office == OFFICE
    found = set()
    with county.database.reading() as connection:
        for row in connection.execute(wanted.where(*after)):
            order = Order.model_validate_json(row.body)
            if "deadline" not in order.about or order.name.endswith(".moved"):
                continue
            about = order.about
            key = "/".join(part for part in (order.stage, about["deadline"], about["item"]) if part)
            if (row.case, key) in armed:
                due_on = date.fromisoformat(about["due_on"])
                found.add((row.owed_on, row.case, row.name, key, due_on, row.person))
    return found


def test_what_is_foretold_is_what_is_said_when_nobody_acts(county: County) -> None:
    armed, days = running(county), 30
    expected = {
        (one.on, one.case, one.name, one.due_on, person)
        for one in foretold(county, days)
        for person in one.people
    }
    folder = county.desk.home
    with live_in(House(county.journal, folder, Outbox(folder / "outbox"))):
        for day in range(1, days + 1):
            at = county.now + timedelta(day)
            asyncio.run(sweep_plainly(at))
    still = {place for place, seq in running(county).items() if armed.get(place) == seq}
    told = said_since(county, armed)
    assert len(told) > 50
    spoken = {(on, case, name, due, person) for on, case, name, _, due, person in told}
    assert spoken <= expected
    # Whatever still runs said all that was foretold of it; what is left out ended by itself.
    of_ended = {case for case, key in armed.keys() - still}
    assert {one for one in expected - spoken if one[1] not in of_ended} == set()


def test_nothing_is_recorded_by_looking_ahead(county: County) -> None:
    with county.database.reading() as connection:
        before = connection.execute(select(_DEADLINES)).all()
    assert foretold(county, 60)
    with county.database.reading() as connection:
        assert connection.execute(select(_DEADLINES)).all() == before


def test_the_office_reads_it_day_by_day(county: County) -> None:
    office = county.browser("O2")
    page = office.open("/messages/ahead?days=30")
    with county.database.reading() as connection:
        found = ahead(connection, Shelf(), OFFICE, TODAY, TODAY + timedelta(30))
    days = Counter(one.on for one in found.messages)
    for on, count in days.items():
        page = office.open(f"/messages/ahead?days=30&on={on}")
        assert page.count("<tr><td") == count and f"　{count}条</h2>" in page
    assert len(days) > 5 and office.open("/messages/ahead?on=2027-01-01").count("<h2>") == 1
    page = office.open("/messages/ahead?days=30")
    first = found.messages[0]
    assert first.subject in said(page) and found.names[first.people[0]] in said(page)
    county.browser("I01").open("/messages/ahead", 403)


# -- the commands --------------------------------------------------------------------------------


def test_the_command_lists_it(february: Path) -> None:
    database = str(february / "dudao.db")
    asked = ["notify", "ahead", "--database", database, "--from", "2026-02-11", "--office", OFFICE]
    code, told = run(*asked)
    assert code == 0 and "到期提醒" in told
    assert re.search(r"共\d+条；有人办理后", told)
    assert run(*asked, "--days", "1")[0] == 0
    code, told = run("notify", "ahead", "--database", database, "--from", "明天")
    assert code == 2 and "日期应写成" in told


def test_a_test_message_lies_in_the_outbox_where_no_channel_is_set_up(county: County) -> None:
    place = ["--home", county.desk.home, "--database", county.database.url]
    assert run("notify", "test", "I01", *place) == (0, "本机发件箱：已送出\n")
    code, told = run("notify", "test", "没有此人", *place)
    assert code == 2 and "名册里没有在任的“没有此人”" in told


CHANNELS = """
[[channel]]
kind = "mail"
host = "127.0.0.1"
port = {}
security = "none"
sender = "dudao@edu.test"
timeout = 0.5
[[channel]]
kind = "wecom"
key = "abc"
server = "http://127.0.0.1:9"
roles = ["inspector"]
[[channel]]
kind = "feishu"
token = "abc"
roles = ["office"]
"""


def test_a_test_message_says_of_each_channel_what_came_of_it(county: County) -> None:
    home, people = county.desk.home, Person.__table__
    with county.database.writing() as connection:
        mine = update(people).where(people.c.id == "I01")
        connection.execute(mine.values(mail="i01@edu.test"))
    asked = ["notify", "test", "I01", "--home", home, "--database", county.database.url]
    with mail_server() as server:
        (home / FILE).write_text(CHANNELS.format(server.port), "utf-8")
        (home / FILE).chmod(0o600)
        nobody_there = "企业微信群：没有送出，可稍后再试（连接不上对方平台）\n"
        assert run(*asked) == (0, "邮件：已送出\n" + nobody_there)
        (letter,) = server.taken
        assert str(letter["Subject"]) == "督导系统测试消息"
        server.answers = ["rcpt 550 5.1.1 nobody"]
        refused = "邮件：发送失败（邮件服务器不接受收件地址（550））\n"
        assert run(*asked) == (1, refused + nobody_there)
    with county.database.reading() as connection:  # owed to nobody
        tests = select(_MESSAGES.c.key).where(_MESSAGES.c.key.startswith("test/"))
        assert connection.execute(tests).all() == []
