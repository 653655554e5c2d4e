"""What an office sets up in `channels.toml`: secrets from elsewhere, mistakes named in Chinese and
never with a value."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dudao.main import app
from notifications.channel_settings import FILE, PLACE, BadChannels, read_channels
from notifications.outbox import Outbox
from notifications.post import Post
from tasks.house import House, random_salt

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
        (
            "policy = {quiet = '21点'}" + MAIL.format(PASSWORD),
            'policy.quiet：应写成“21:30-07:30”这样，不用时写""。',
        ),
        (
            "policy = {urgent = ['veto']}" + MAIL.format(PASSWORD),
            "policy.urgent：有一项不是任何消息的名称，也不合于任何消息。",
        ),
        (
            "policy = {receipt_hours = 9}" + MAIL.format(PASSWORD),
            "receipt_hours要等回执，须写明portal（收件人点开确认的网址）。",
        ),
        *(
            (
                f"policy = {{quiet = '{quiet}'}}" + MAIL.format(PASSWORD),
                "policy.quiet：一天里至少要有一小时能发消息，开始和结束也不能相同。",
            )
            for quiet in ("00:00-23:59", "08:00-08:00", "21:30-21:00")
        ),
        (MAIL.format(""), "第1个渠道的password：没有内容。"),
        (MAIL.format(PASSWORD) * 2, "渠道同名，或者用了系统自用的名称，请用name另起一个。"),
        *(
            (
                MAIL.format(PASSWORD) + f"name = '{name}'",
                "渠道同名，或者用了系统自用的名称，请用name另起一个。",
            )
            for name in ("outbox", "desk", "link")
        ),
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
    channel, policy = (
        part.split("```")[0] for part in documented.read_text("utf-8").split("```toml\n")[1:]
    )
    text = policy + channel
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
    assert channels.policy.receipt_hours == 24 and channels.offices["SLX-DD"].quiet == ""
    for model in (
        *channels.channel,
        channels,
        channels.policy,
    ):
        for field in type(model).model_fields:
            assert f"`{field}`" in said or field in ("channel", "policy", "offices"), field


def test_the_service_does_not_start_with_channels_it_cannot_use(tmp_path):
    written(tmp_path, MAIL.format("env:NOT_SET"))
    said = CliRunner().invoke(app, ["serve", "--home", str(tmp_path)])
    assert said.exit_code == 1
    assert said.output.strip().endswith("第1个渠道的password：环境变量NOT_SET没有设置。")
