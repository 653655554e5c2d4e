"""Asking another system to take a message: one POST of JSON, how it was answered, and for how long
one that does not answer is left alone."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import httpx

from notifications.channel_settings import Channel
from notifications.sender import Outgoing, SendResult

# It logs every address it asks; a robot's has its token in it.
logging.getLogger("httpx").setLevel(logging.WARNING)

_BUSY = (408, 425, 429, 503)  # answers that mean: nothing was taken, another time


class Platform:
    """A channel to another system. Where nobody answers one message, nobody else waits as long."""

    batch = 20

    def __init__(self, settings: Channel) -> None:
        self.channel = settings.whole_name
        self.settings: Any = settings
        self._away = ""

    def reaches(self, message: Outgoing) -> bool:
        """The other system knows its people, and who is in a group is the office's to know."""
        return True

    def send(self, message: Outgoing) -> SendResult:
        """Send one message."""
        if self._away:
            return SendResult("later", self._away)
        result = self.handed_over(message)
        if result.state in ("later", "unknown"):
            self._away = result.detail
        return result

    handed_over: Callable[[Outgoing], SendResult]

    def rest(self) -> None:
        """The other system is asked again next time."""
        self._away = ""


class Answer(NamedTuple):
    """An answer of 200 or so: what it says, empty where it is no JSON object."""

    status: int
    said: Mapping[str, Any]


def post(
    url: str,
    body: bytes,
    timeout: float,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    repeatable: bool = False,
) -> Answer | SendResult:
    """Send, and read the answer. Without an answer it is *unknown*; where there was nobody to send
    it to, it is a matter for later. ``repeatable``: the other side tells a repetition by itself,
    so that a server that broke down over it may be sent it again.
    """
    given = {"content-type": "application/json; charset=utf-8", "user-agent": "Dudao"}
    try:
        answer = httpx.post(
            url,
            content=body,
            headers=given | dict(headers or {}),
            params=dict(query) if query else None,
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
        )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        return SendResult("later", "连接不上对方平台")
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError):
        return SendResult("failed", "对方平台的网址写法有误，请核对设置")
    except httpx.HTTPError:
        return SendResult("unknown", "已发出，没有收到对方平台的答复，不能确认是否送达")
    status = answer.status_code
    if 200 <= status < 300:
        return Answer(status, _object(answer.content))
    if status in _BUSY or (repeatable and status >= 500):
        return SendResult("later", f"对方平台忙（{status}）")
    if status >= 500:
        return SendResult("unknown", f"对方平台出错（{status}），不能确认是否送达")
    return SendResult("failed", f"对方平台不接受（{status}），请核对设置")


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
