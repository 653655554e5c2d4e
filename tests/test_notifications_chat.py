"""Chat groups and other systems, answered by a server that checks every request as its maker
documents it."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from notifications.channel_settings import Channels
from notifications.chat import Group
from notifications.delivery import deliver
from notifications.outbox import Outbox
from notifications.post import Post
from notifications.sender import Addressee, Outgoing
from notifications.webhook import Webhook
from tests.chat_platforms import HOOK, HOOK_SECRET, KEY, SECRET, TOKEN, Platforms, platforms
from tests.told_ledger import MESSAGES, NOON, made

LETTER = Outgoing(
    "C/p/2026/S1#00002.0/inspector-1",
    Addressee("inspector-1", "示例督学", "", "138 0013 8000"),
    "马蹄小学：过程指导记录逾期",
    "示例督学，您好！\n记录应于3月2日前上传。",
    date(2026, 3, 2),
    datetime.fromtimestamp(int(time.time()), UTC),
    "inspector",
    "process_guidance.overdue",
)


@pytest.fixture
def there() -> Iterator[Platforms]:
    with platforms() as there:
        yield there


def channel(kind: str, url: str, **more: object) -> Group | Webhook:
    """A channel of this kind whose platform stands on this machine."""
    own = {
        "wecom": {"key": KEY, "server": url, "roles": ["inspector"]},
        "dingtalk": {"token": TOKEN, "secret": SECRET, "server": url, "roles": ["inspector"]},
        "feishu": {"token": TOKEN, "secret": SECRET, "server": url, "roles": ["inspector"]},
        "webhook": {"url": url + HOOK, "secret": HOOK_SECRET},
    }[kind]
    given = {"channel": [{"kind": kind, "timeout": 0.5, **own, **more}]}
    settings = Channels.model_validate(given).channel[0]
    return Webhook(settings) if kind == "webhook" else Group(settings)


KINDS = ("wecom", "dingtalk", "feishu", "webhook")
GROUPS = KINDS[:3]


@pytest.mark.parametrize("kind", KINDS)
def test_the_platform_takes_the_request_as_its_maker_documents_it(there, kind):
    assert channel(kind, there.url).send(LETTER) == ("sent", "")
    (told,) = there.taken
    said = str(told)
    assert LETTER.subject in said and "记录应于3月2日前上传" in said


def test_a_group_is_told_by_name_and_phone_whom_it_is_for(there):
    for kind in GROUPS:
        assert channel(kind, there.url).send(LETTER).state == "sent"
    wecom, dingtalk, feishu = there.taken
    assert wecom["text"]["content"].startswith("示例督学：马蹄小学")
    assert wecom["text"]["mentioned_mobile_list"] == ["13800138000"]
    assert dingtalk["text"]["content"].startswith("@13800138000 示例督学：马蹄小学")
    assert feishu["content"]["text"].startswith("示例督学：马蹄小学")


@pytest.mark.parametrize("kind", GROUPS)
def test_a_group_is_told_the_short_form_and_an_older_message_whole(there, kind):
    told = LETTER._replace(
        short="应于3月2日前办完，请尽快办理。", link="https://dudao.test/read/a.b"
    )
    for letter in (told, told._replace(short="", link="")):
        assert channel(kind, there.url).send(letter).state == "sent"
    short, whole = (told_of(one).partition("示例督学：")[2].split("\n") for one in there.taken)
    confirm = "阅后请点开确认：https://dudao.test/read/a.b"
    assert short == [LETTER.subject, confirm, "应于3月2日前办完，请尽快办理。"]
    assert whole == [LETTER.subject, *LETTER.text.split("\n")]


def told_of(request: dict) -> str:
    """What a robot was asked to say."""
    said = request.get("text") or request["content"]
    return said.get("content") or said["text"]


@pytest.mark.parametrize("kind", GROUPS)
def test_no_name_and_no_word_that_somebody_wrote_calls_everybody(there, kind):
    all_of_them = '<at user_id="all">所有人</at><@all>'
    odd = LETTER._replace(subject=f"{all_of_them}：逾期", short=f"请{all_of_them}办理")
    assert channel(kind, there.url).send(odd).state == "sent"
    said = told_of(there.taken[0])
    assert "<" not in said and said.count("所有人") == 2


def test_what_the_ledger_keeps_for_a_group_reaches_it(there, database_url, tmp_path):
    database = made(database_url, 1)
    group = {"kind": "wecom", "key": KEY, "server": there.url, "roles": ["school"]}
    sender = Post(Channels.model_validate({"channel": [group]}), Outbox(tmp_path))
    with database.writing() as connection:
        connection.execute(update(MESSAGES).values(short="如有意见，请在3月9日前（含当日）提出。"))
    assert deliver(database, sender, "O", NOON) == {"sent": 1}
    said = told_of(there.taken[0])
    assert said.endswith("如有意见，请在3月9日前（含当日）提出。") and "计划已公示" not in said
    database.close()


@pytest.mark.parametrize("phone", ["", "0913-5222222", "12345", "+86 138 0013 8000 转 1"])
def test_what_is_no_mobile_number_calls_nobody(there, phone):
    plain = LETTER._replace(to=LETTER.to._replace(phone=phone))
    for kind in ("wecom", "dingtalk"):
        assert channel(kind, there.url).send(plain).state == "sent"
    assert "mentioned_mobile_list" not in there.taken[0]["text"]
    assert there.taken[1]["at"]["atMobiles"] == []


def test_another_system_learns_whom_to_tell_and_a_repetition_has_the_same_number(there):
    hook = channel("webhook", there.url)
    short = "应于3月2日前办完，请尽快办理。"
    for _ in range(2):
        assert hook.send(LETTER._replace(short=short)).state == "sent"
    one, again = there.taken
    assert one["to"]["phone"] == "138 0013 8000" and one["to"]["role"] == "inspector"
    assert one["kind"] == "process_guidance.overdue" and one["on"] == "2026-03-02"
    assert (one["message"], one["short"]) == (LETTER.text, short)
    assert one["id"] == again["id"]


@pytest.mark.parametrize(
    ("kind", "answer", "state", "detail"),
    [
        # 200 with a number is how these platforms refuse
        ("wecom", 93000, "failed", "群机器人不接受：机器人的key不对或已被移出群（93000）"),
        ("wecom", 45009, "later", "对方平台限制了发送频率（45009）"),
        ("dingtalk", 310000, "failed", "群机器人不接受：加签、关键词或网址范围不符（310000）"),
        ("dingtalk", 130101, "later", "对方平台限制了发送频率（130101）"),
        ("feishu", 19024, "failed", "群机器人不接受：缺少机器人设置的关键词（19024）"),
        ("feishu", 11232, "later", "对方平台限制了发送频率（11232）"),
        ("wecom", 99999, "failed", "群机器人不接受：请核对机器人的设置（99999）"),
        # what is between us and them
        ("dingtalk", "hang", "unknown", "已发出，没有收到对方平台的答复，不能确认是否送达"),
        ("wecom", "nonsense", "unknown", "对方平台的答复看不懂，不能确认是否送达"),
        ("feishu", 504, "unknown", "对方平台出错（504），不能确认是否送达"),
        ("wecom", 503, "later", "对方平台忙（503）"),
        ("feishu", 429, "later", "对方平台忙（429）"),
        ("dingtalk", 404, "failed", "对方平台不接受（404），请核对设置"),
        ("wecom", 302, "failed", "对方平台不接受（302），请核对设置"),
        # another system knows a repetition: what broke down over it may be sent again
        ("webhook", 500, "later", "对方平台忙（500）"),
        ("webhook", "hang", "unknown", "已发出，没有收到对方平台的答复，不能确认是否送达"),
        ("webhook", 403, "failed", "对方平台不接受（403），请核对设置"),
    ],
)
def test_what_the_platform_answers_says_whether_another_try_may_do(
    there, kind, answer, state, detail
):
    there.answers = [answer]
    assert channel(kind, there.url).send(LETTER) == (state, detail)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("wecom", {"key": "other"}),
        ("dingtalk", {"token": "other"}),
        ("dingtalk", {"secret": "SECother"}),
        ("dingtalk", {"secret": None}),
        ("feishu", {"secret": "other"}),
        ("webhook", {"secret": "other"}),
    ],
)
def test_the_server_of_these_tests_takes_no_wrong_secret(there, kind, wrong):
    channel(kind, there.url, **wrong).send(LETTER)
    assert there.taken == []


@pytest.mark.parametrize("kind", KINDS)
def test_where_nobody_answers_one_waits_and_the_others_do_not(kind):
    nobody = channel(kind, "http://127.0.0.1:9")
    assert nobody.send(LETTER) == ("later", "连接不上对方平台")
    assert nobody.send(LETTER) == ("later", "连接不上对方平台")
    nobody.rest()


def test_a_long_text_is_cut_to_what_the_platform_takes_and_shows_it(there):
    long = LETTER._replace(text="长" * 9000)
    for kind in GROUPS:
        assert channel(kind, there.url).send(long).state == "sent"
    assert there.taken[0]["text"]["content"].endswith("长…")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", ["", 503, "hang", 310000])
def test_no_secret_is_ever_logged_or_shown(there, kind, answer, caplog):
    caplog.set_level(logging.DEBUG)
    there.answers = [answer] if answer else []
    way = channel(kind, there.url)
    result = way.send(LETTER)
    shown = result.detail + repr(way.settings) + str(way.settings)
    shown += "".join(record.getMessage() for record in caplog.records)
    assert not any(secret in shown for secret in (KEY, TOKEN, SECRET, HOOK_SECRET))
