"""`dudao notify`: what will be sent day by day; and a test message tells of each channel what came
of it."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine.library import shipped_calendar
from models.messages import Message
from models.people import Person
from notifications.channel_settings import FILE
from tests.mail_server import mail_server
from tests.portal_people import County
from tests.test_commands import run

TODAY = date(2026, 6, 30)
OFFICE = "SLX-DD"
_MESSAGES = Message.__table__


@pytest.fixture(scope="module")
def june(lived_until: Callable[..., Path]) -> Path:
    """Eight schools at the end of June: visits are over, what was found is being put right."""
    return lived_until(TODAY)


@pytest.fixture
def county(county_until: Callable[..., County]) -> County:
    """Eight schools at the end of June: visits are over, what was found is being put right."""
    return county_until(TODAY)


def test_the_command_says_how_much_each_day_and_lists_what_is_asked_for(june: Path) -> None:
    database = str(june / "dudao.db")
    place = ["--database", database, "--home", june, "--office", OFFICE]
    asked = ["notify", "ahead", *place, "--from", "2026-07-01"]
    code, told = run(*asked)
    assert code == 0 and "到期提醒" in told and "收件方" in told
    total = int(re.search(r"共(\d+)条；有人办理后", told)[1])
    days = re.findall(r"(2026年\d+月\d+日)（周.） *│ (\d+) ", told)
    assert sum(int(count) for _, count in days) == total and len(days) > 5
    code, told = run(*asked, "--all")
    assert code == 0 and told.count("收件人") == len(days) and f"共{total}条" in told
    on, count = days[1]
    iso = date(*map(int, re.findall(r"\d+", on))).isoformat()
    code, told = run(*asked, "--day", iso)
    assert code == 0 and told.count("收件人") == 1 and f"共{count}条" in told and on in told


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--days", "1"], 0, "条；有人办理后"),
        (["--day", "2026-07-05"], 0, "2026年7月5日（周日）没有要发的提醒"),
        (["--from", "明天"], 2, "日期应写成"),
        (["--day", "明天"], 2, "日期应写成"),
        (["--from", "9999-12-31"], 2, "只能看1990年至2058年的，不能是9999年12月31日"),
        (["--day", "2061-01-01"], 2, "只能看1990年至2058年的"),
        (["--from", "2058-12-31", "--days", "366"], 0, "条；有人办理后"),
        (["--office", "SLX"], 2, "没有代码为“SLX”的督导室，现有的是"),
    ],
)
def test_the_command_answers(june: Path, more: list[str], code: int, said: str) -> None:
    database = str(june / "dudao.db")
    asked = ["notify", "ahead", "--database", database, "--home", june, "--from", "2026-07-01"]
    found, told = run(*asked, "--office", OFFICE, *more)
    assert found == code and said in told


def test_the_command_knows_when_offices_rest(june: Path, tmp_path: Path) -> None:
    """What is owed on a day off stands on the day it goes out, where channels are set up."""
    (tmp_path / FILE).write_text('[[channel]]\nkind = "outbox"\n', "utf-8")
    (tmp_path / FILE).chmod(0o600)
    asked = ["notify", "ahead", "--database", june / "dudao.db", "--office", OFFICE]
    asked += ["--from", "2026-07-01"]
    at_work = {}
    for home in (june, tmp_path):
        days = re.findall(r"(\d+)年(\d+)月(\d+)日（周", run(*asked, "--home", home)[1])
        at_work[home] = {shipped_calendar().is_working_day(date(*map(int, day))) for day in days}
    assert at_work == {june: {True, False}, tmp_path: {True}}
    (tmp_path / FILE).write_text("[[channel]]\n", "utf-8")
    code, told = run(*asked, "--home", tmp_path)
    assert code == 1 and "没有写kind" in told


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
