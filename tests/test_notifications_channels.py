"""What an office sets up in `channels.toml`: secrets from elsewhere, mistakes named in Chinese and
never with a value; and which channel a message goes by, and which is next."""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from dudao.main import app
from models.database import Database
from models.people import Person
from notifications.channel_settings import FILE, PLACE, BadChannels, Channels, read_channels
from notifications.delivery import deliver
from notifications.mail import message_id
from notifications.outbox import Outbox
from notifications.post import Post
from tasks.house import House, random_salt
from tests.chat_platforms import HOOK, HOOK_SECRET, KEY, platforms
from tests.mail_server import MailServer, mail_server
from tests.told_ledger import ATTEMPTS, MESSAGES, NOON, attempts, first, made, states

MAIL = """
[[channel]]
kind = "mail"
host = "smtp.edu.test"
sender = "dudao@edu.test"
user = "dudao"
password = "{}"
"""
PASSWORD = "hunter2-geheim"


def written(home: Path, text: str, mode: int = 0o600) -> Path:
    (home / FILE).write_text(text, "utf-8")
    (home / FILE).chmod(mode)
    return home


def refused(home: Path, text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(BadChannels) as reason:
        read_channels(written(home, text), environment or {})
    assert PASSWORD not in str(reason.value)
    assert PASSWORD not in repr(reason.value.__cause__) + repr(reason.value.__context__)
    return str(reason.value).removeprefix(f"{home / FILE}：")


# -- the file ------------------------------------------------------------------------------------


def test_without_the_file_everything_stays_in_the_outbox(tmp_path):
    assert read_channels(tmp_path, {}) is None
    assert isinstance(House.at(tmp_path, str(tmp_path / "d.db"), random_salt).sender, Outbox)


def test_with_it_the_house_sends_by_its_channels(tmp_path):
    written(tmp_path, MAIL.format(PASSWORD))
    sender = House.at(tmp_path, str(tmp_path / "d.db"), random_salt).sender
    assert isinstance(sender, Post) and [way.channel for _, way in sender.ways] == ["mail"]


def test_a_secret_may_stand_in_the_file_in_the_environment_or_in_a_file_of_its_own(tmp_path):
    own = tmp_path / "password"
    own.write_text(PASSWORD + "\n")
    own.chmod(0o640)
    for given in (PASSWORD, "env:DUDAO_MAIL", f"file:{own}"):
        channels = read_channels(written(tmp_path, MAIL.format(given)), {"DUDAO_MAIL": PASSWORD})
        assert channels.channel[0].password.get_secret_value() == PASSWORD
        assert PASSWORD not in repr(channels) + str(channels) + channels.model_dump_json()


def test_the_environment_may_say_where_the_file_is(tmp_path):
    place = written(tmp_path, MAIL.format(PASSWORD)) / FILE
    assert read_channels(tmp_path / "home", {PLACE: str(place)}) is not None
    with pytest.raises(BadChannels, match="不能读取"):  # named, and not there: no silent outbox
        read_channels(tmp_path, {PLACE: str(tmp_path / "other.toml")})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path, mode):
    with pytest.raises(BadChannels, match="别人也能读，请收紧权限"):
        read_channels(written(tmp_path, MAIL.format(PASSWORD), mode), {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "channel：没有写。"),
        ("channel = []", "channel：没有写任何渠道（[[channel]]）。"),
        ("channel = 3", "channel：写法有误。"),
        ('[[channel]]\nkind = "mail', "文件结尾不是有效的TOML。"),
        (f"[[channel]]\nkind = {PASSWORD}", "第2行不是有效的TOML。"),
        ("[[channel]]\nname = 'x'", "第1个渠道：没有写kind。"),
        (
            "[[channel]]\nkind = 'sms'",
            "第1个渠道：不认识的kind，可用的是mail、wecom、dingtalk、feishu、webhook、outbox。",
        ),
        (MAIL.format(PASSWORD) + "passwort = 'x'", "第1个渠道的passwort：不认识的设置。"),
        (MAIL.format(PASSWORD) + "port = 70000", "第1个渠道的port：写法有误。"),
        (
            MAIL.format(PASSWORD) + "security = 'none'",
            "第1个渠道：不加密的连接（security为none）不能使用密码。",
        ),
        (
            MAIL.replace('password = "{}"\n', ""),
            "第1个渠道：user和password要么都写，要么都不写。",
        ),
        (MAIL.format(PASSWORD) + "ca_file = '/no/such'", "第1个渠道：ca_file指的证书文件不存在。"),
        (MAIL.format("env:NOT_SET"), "第1个渠道的password：环境变量NOT_SET没有设置。"),
        (MAIL.format("file:/no/such"), "such不能读取，请核对路径和权限。"),
        (MAIL.format(PASSWORD) * 2, "两个渠道同名，请用name分开。"),
        (
            MAIL.format(PASSWORD) + "roles = ['校长']",
            "第1个渠道：roles里有不认识的角色，可用的是school、inspector、team、office、"
            "department、township、schools、government、superior、public、system。",
        ),
        (
            f"[[channel]]\nkind = 'wecom'\nkey = '{PASSWORD}'",
            "第1个渠道：群里人人可见，须写明roles：这个群里是哪些角色的人。",
        ),
        (
            "[[channel]]\nkind = 'wecom'\nkey = 'https://qyapi.weixin.qq.com/cgi-bin?key=1'\n"
            "roles = ['inspector']",
            "第1个渠道的key：只能是字母、数字、“-”和“_”；不要写整个网址。",
        ),
        (
            f"[[channel]]\nkind = 'dingtalk'\ntoken = '{PASSWORD}'\nroles = ['inspector']",
            "第1个渠道的token：只能是字母和数字；不要写整个网址。",
        ),
        (
            f"[[channel]]\nkind = 'webhook'\nsecret = '{PASSWORD}'\nurl = 'ftp://x'",
            "第1个渠道的url：网址应以http://或https://开头。",
        ),
        (
            f"[[channel]]\nkind = 'feishu'\ntoken = '{PASSWORD}'\nroles = ['office']\n"
            "server = 'http://open.feishu.cn'",
            "第1个渠道的server：网址应以https://开头。",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_in_chinese_and_never_with_a_value(tmp_path, text, said):
    assert refused(tmp_path, text) == said


def test_the_documented_example_is_one_that_works(tmp_path):
    documented = Path(__file__).parents[1] / "docs" / "messages.md"
    text = documented.read_text("utf-8").split("```toml\n")[1].split("```")[0]
    for line in text.splitlines():
        if "file:" in line:
            secret = tmp_path / "secret"
            secret.write_text("abc123")
            secret.chmod(0o600)
            text = text.replace(line.split('"')[1], f"file:{secret}")
    names = {line.split('"env:')[1].split('"')[0] for line in text.splitlines() if '"env:' in line}
    channels = read_channels(written(tmp_path, text), dict.fromkeys(names, "abc123"))
    assert {channel.kind for channel in channels.channel} == {
        *("mail", "wecom", "dingtalk", "feishu", "webhook", "outbox")
    }
    assert len(tomllib.loads(text)["channel"]) == len(channels.channel)
    said = documented.read_text("utf-8")
    for model in channels.channel:  # every setting there is has its line
        for field in type(model).model_fields:
            assert f"`{field}`" in said, field


def test_the_service_does_not_start_with_channels_it_cannot_use(tmp_path):
    written(tmp_path, MAIL.format("env:NOT_SET"))
    said = CliRunner().invoke(app, ["serve", "--home", str(tmp_path)])
    assert said.exit_code == 1
    assert said.output.strip().endswith("第1个渠道的password：环境变量NOT_SET没有设置。")


# -- which channel -------------------------------------------------------------------------------


@pytest.fixture
def ledger(database_url: str) -> Iterator[Database]:
    """Three messages: p0 has a mail address, p1 has none, p2 has one that cannot be right."""
    database = made(database_url, 3)
    people = Person.__table__
    with database.writing() as connection:
        for person, mail in (("p0", "p0@school.test"), ("p2", "p2")):
            connection.execute(update(people).where(people.c.id == person).values(mail=mail))
    yield database
    database.close()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def post(folder: Path, *channels: dict) -> Post:
    return Post(Channels.model_validate({"channel": list(channels)}), Outbox(folder))


def by_mail(port: int, **more: object) -> dict:
    plain = {"kind": "mail", "host": "127.0.0.1", "port": port, "security": "none"}
    return {**plain, "sender": "dudao@edu.test", "timeout": 0.5, **more}


def by_hook(url: str, **more: object) -> dict:
    return {"kind": "webhook", "url": url + HOOK, "secret": HOOK_SECRET, "timeout": 0.5, **more}


def live(database: Database, sender: Post, days: int = 3) -> None:
    for step in range(72 * days):
        deliver(database, sender, "O", NOON + timedelta(minutes=20) * step)


def test_the_preferred_channel_first_and_the_next_where_there_is_no_or_a_wrong_address(
    ledger, server, tmp_path
):
    with platforms() as there:
        sender = post(tmp_path, by_mail(server.port), by_hook(there.url))
        live(ledger, sender, 1)
        assert states(ledger) == {"sent": 3}
        assert server.ids == {message_id("o#0/p0", "dudao@edu.test"): 1}
        assert [told["to"]["id"] for told in there.taken] == ["p1", "p2"]
    with ledger.reading() as connection:
        tried = select(ATTEMPTS.c.channel, ATTEMPTS.c.state).where(ATTEMPTS.c.message == "o#2/p2")
        ways = connection.execute(tried.order_by(ATTEMPTS.c.number)).all()
    assert [tuple(way) for way in ways] == [("mail", "failed"), ("webhook", "sent")]


def test_a_channel_that_refuses_is_followed_by_the_next_and_is_not_asked_again(
    ledger, server, tmp_path
):
    server.answers = ["rcpt 550 5.1.1 nobody"]
    with platforms() as there:
        live(ledger, post(tmp_path, by_mail(server.port), by_hook(there.url)), 1)
        assert states(ledger) == {"sent": 3}
        assert sorted(told["to"]["id"] for told in there.taken) == ["p0", "p1", "p2"]
    assert server.taken == []


def test_a_channel_that_is_away_three_times_leaves_its_turn_to_the_next(ledger, tmp_path):
    with platforms() as there:
        sender = post(tmp_path, by_mail(9), by_hook(there.url))
        live(ledger, sender, 1)
        assert states(ledger) == {"sent": 3}
    own = [state for key, _, state in attempts(ledger) if key == "o#0/p0"]
    assert own == ["later", "later", "later", "sent"]


def test_where_all_are_away_each_is_tried_six_times_and_then_it_has_failed(ledger, tmp_path):
    sender = post(tmp_path, by_mail(9), by_hook("http://127.0.0.1:9"))
    live(ledger, sender, 12)
    assert states(ledger) == {"failed": 3}
    assert first(ledger).reason == "连接不上对方平台；各渠道都没有送出"
    with ledger.reading() as connection:
        tried = connection.execute(select(ATTEMPTS.c.channel, ATTEMPTS.c.message)).all()
    assert sum(way == ("mail", "o#0/p0") for way in tried) == 6
    assert sum(way == ("webhook", "o#0/p0") for way in tried) == 6


def test_what_is_unknown_is_not_sent_by_another_channel(ledger, server, tmp_path):
    server.answers = ["die"]
    with platforms() as there:
        live(ledger, post(tmp_path, by_mail(server.port), by_hook(there.url)), 1)
        assert states(ledger) == {"sent": 2, "unknown": 1}
        assert sorted(told["to"]["id"] for told in there.taken) == ["p1", "p2"]


def test_a_channel_serves_the_roles_it_names(ledger, tmp_path):
    with ledger.writing() as connection:
        one = update(MESSAGES).where(MESSAGES.c.key == "o#0/p0")
        connection.execute(one.values(role="inspector"))
    with platforms() as there:
        group = {"kind": "wecom", "key": KEY, "server": there.url, "roles": ["inspector"]}
        live(ledger, post(tmp_path, group), 1)
        assert states(ledger) == {"sent": 1, "skipped": 2}
        (told,) = there.taken
        assert told["text"]["content"].startswith("收件人0：")


def test_the_outbox_may_be_the_last_of_them(ledger, server, tmp_path):
    live(ledger, post(tmp_path, by_mail(server.port), {"kind": "outbox"}), 1)
    assert states(ledger) == {"sent": 3}
    assert len(server.taken) == 1 and len(list(tmp_path.rglob("*.txt"))) == 2
