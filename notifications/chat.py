"""Robots of chat groups: 企业微信, 钉钉 and 飞书. A group is told by name whom a message is for.

Apprise's plugins for them keep the tokens and know the addresses; they take every answer of 200
for a success though these services answer 200 with a number when they refuse, and encode DingTalk's
signature twice. So the request and the reading of its answer are ours.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from apprise import NotifyType
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

from notifications.asking import Answer, Platform, post
from notifications.channel_settings import (
    Channel,
    DingTalkSettings,
    FeishuSettings,
    WeComSettings,
)
from notifications.cleaning import one_line
from notifications.sender import Outgoing, SendResult

WECOM_AT_MOST = 2048  # bytes of a text; the others take 20,000
AT_MOST = 18_000
Request = tuple[str, dict[str, Any], dict[str, str]]  # address, body, query


class _Robot:
    """What the three have in common: a text with a name at its head, and numbers for answers.
    ``busy``: numbers of refusals that pass by themselves; ``says`` names some of the others."""

    settings: Channel
    message: Outgoing
    result: SendResult
    code = "errcode"
    busy: frozenset[int] = frozenset()
    says: Mapping[int, str] = {}
    body_maxlen = 20_000
    title_maxlen = 0  # the subject is a line of the text

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **more: Any
    ) -> bool:
        """Ask the robot to say it."""
        self.result = SendResult("unknown", "发送时出错，不能确认是否送达")
        url, told, query = self.request(body)
        content = json.dumps(told, ensure_ascii=False).encode()
        self.result = self._read(post(url, content, self.settings.timeout, query=query))
        return self.result.state == "sent"

    request: Callable[[str], Request]  # what the robot is asked, of a text

    def _read(self, answer: Answer | SendResult) -> SendResult:
        if isinstance(answer, SendResult):
            return answer
        number = answer.said.get(self.code)
        if number == 0:
            return SendResult("sent")
        if not isinstance(number, int):
            return SendResult("unknown", "对方平台的答复看不懂，不能确认是否送达")
        if number in self.busy:
            return SendResult("later", f"对方平台限制了发送频率（{number}）")
        why = self.says.get(number, "请核对机器人的设置")
        return SendResult("failed", f"群机器人不接受：{why}（{number}）")


class WeComRobot(_Robot, NotifyWeComBot):
    """企业微信's robot; a phone number in ``mentioned_mobile_list`` calls its owner's attention."""

    busy = frozenset({-1, 45009, 45033})
    says = {93000: "机器人的key不对或已被移出群", 45002: "内容太长", 40058: "内容格式不对"}

    def __init__(self, settings: WeComSettings) -> None:
        super().__init__(key=settings.key.get_secret_value())
        self.settings = settings

    def request(self, body: str) -> Request:
        """The text, at most 2,048 bytes of it."""
        text: dict[str, Any] = {"content": _cut(body, WECOM_AT_MOST)}
        if phone := _mobile(self.message.to.phone):
            text["mentioned_mobile_list"] = [phone]
        address = f"{self.settings.server}/cgi-bin/webhook/send"
        return address, {"msgtype": "text", "text": text}, {"key": self.key}


class DingTalkRobot(_Robot, NotifyDingTalk):
    """钉钉's robot; it calls the attention of whoever's phone number stands in the text."""

    title_maxlen = 0
    busy = frozenset({-1, 130101, 130103, 410100})
    says = {
        310000: "加签、关键词或网址范围不符",
        300001: "机器人的token不对",
        400101: "机器人的token不对",
        400102: "机器人已停用",
        400105: "内容格式不对",
    }

    def __init__(self, settings: DingTalkSettings) -> None:
        secret = settings.secret.get_secret_value() if settings.secret else None
        super().__init__(token=settings.token.get_secret_value(), secret=secret)
        self.settings = settings

    def request(self, body: str) -> Request:
        """The text, signed where a secret is set."""
        phone = _mobile(self.message.to.phone)
        text = f"@{phone} {body}" if phone else body
        told = {
            "msgtype": "text",
            "text": {"content": _cut(text, AT_MOST)},
            "at": {"atMobiles": [phone] if phone else [], "isAtAll": False},
        }
        query = {"access_token": self.token}
        if self.secret:
            timestamp, sign = self.get_signature()
            query |= {"timestamp": timestamp, "sign": unquote(sign)}  # encoded once, on its way
        return f"{self.settings.server}/robot/send", told, query


class FeishuRobot(_Robot, NotifyFeishu):
    """飞书's robot. It can call attention to nobody by phone number."""

    code = "code"
    busy = frozenset({11232, 11233, 99991400})
    says = {
        19001: "机器人的token不对或已被移出群",
        19021: "签名不符，或本机时间不准",
        19022: "本机网址不在白名单里",
        19024: "缺少机器人设置的关键词",
        9499: "内容格式不对",
    }

    def __init__(self, settings: FeishuSettings) -> None:
        super().__init__(token=settings.token.get_secret_value())
        self.settings = settings

    def request(self, body: str) -> Request:
        """The text; the signature is over nothing, with time and secret as its key."""
        told: dict[str, Any] = {"msg_type": "text", "content": {"text": _cut(body, AT_MOST)}}
        if self.settings.secret:
            timestamp = str(int(self.message.at.timestamp()))
            key = f"{timestamp}\n{self.settings.secret.get_secret_value()}".encode()
            sign = b64encode(hmac.new(key, b"", sha256).digest()).decode()
            told |= {"timestamp": timestamp, "sign": sign}
        return f"{self.settings.server}/open-apis/bot/v2/hook/{self.token}", told, {}


_ROBOTS: dict[type[Channel], Callable[[Any], _Robot]] = {
    WeComSettings: WeComRobot,
    DingTalkSettings: DingTalkRobot,
    FeishuSettings: FeishuRobot,
}


class Group(Platform):
    """The channel: a group told through its robot."""

    def handed_over(self, message: Outgoing) -> SendResult:
        """Say one message in the group."""
        robot = _ROBOTS[type(self.settings)](self.settings)
        robot.message, robot.result = message, SendResult("failed", "消息没有内容")
        said = [f"{one_line(message.to.name, 20)}：{message.subject}"]
        said += [f"阅后请点开确认：{message.link}"] if message.link else []
        said += [message.short or message.text]  # last, for it may be cut
        # To 飞书 <at user_id="all"></at> in a text calls everybody: no text of ours has a mark.
        robot.notify(body="\n".join(said).replace("<", "＜"), title="")
        return robot.result


def _mobile(phone: str) -> str:
    """A mobile number as these services know it; "" for any other."""
    digits = "".join(c for c in phone if c in "0123456789")
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    return digits if len(digits) == 11 and digits.startswith("1") else ""


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8; a cut shows."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - 3].decode("utf-8", "ignore") + "…"
