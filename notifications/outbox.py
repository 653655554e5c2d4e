"""The local outbox: one readable text file for each message, until real channels are set up.

``<folder>/<day>/<name>-<subject>-<key's fingerprint>.txt``. It is a channel of Apprise like any
other (scheme ``outbox``). The path follows from the message alone, so the file itself proves
whether it was sent; a file that is there is whole. Files are not forced to disk one by one: after a
power cut the newest may be missing, and their texts still stand in the ledger.
"""

import os
import re
import threading
from pathlib import Path
from typing import Any

from apprise import Apprise, NotifyType
from apprise.plugins import NotifyBase

from notifications.cleaning import one_line
from notifications.sender import Outgoing, SendResult
from rules.explanation import full
from rules.values import digest


class OutboxPage(NotifyBase):
    """The Apprise notification that writes pages to the outbox, ``message`` being the one at
    hand."""

    service_name = "本地发件箱"
    protocol = "outbox"
    templates = ("{schema}://{targets}",)
    title_maxlen = 300
    body_maxlen = 20000

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(**more)
        self.folder = folder
        self.message: Outgoing | None = None
        self.trouble = ""

    def url(self, privacy: bool = False, *arguments: Any, **more: Any) -> str:
        """What Apprise calls this outbox; nothing in it is secret."""
        return f"outbox://{self.folder}"

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **more: Any
    ) -> bool:
        """Write the page beside its place and move it there: nobody sees half a page."""
        path = _path(self.folder, self.message)
        page = f"{_heading(self.message)}主题：{title}\n\n{body}\n"
        try:
            _put(path, page)
        except OSError as error:
            self.trouble = f"发件箱文件夹不能写入（{error.strerror}）"
            return False
        return True


class _Desk(threading.local):
    """Each thread's own way into the outbox: Apprise takes longer to set up than to send."""

    def __init__(self, folder: Path) -> None:
        self.page = OutboxPage(folder)
        self.channel = Apprise()
        self.channel.add(self.page)


class Outbox:
    """The outbox in a folder, which is made when the first message comes, and again if it
    vanished."""

    channel = "outbox"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._desk = _Desk(folder)

    def send(self, message: Outgoing) -> SendResult:
        """Put one message into the outbox; sent again, it is the same file. A folder that cannot
        be written to is a matter for later."""
        if not message.to.name:
            return SendResult("skipped", "收件人没有登记姓名")
        page = self._desk.page
        page.message, page.trouble = message, ""
        if self._desk.channel.notify(body=message.text, title=message.subject):
            return SendResult("sent")
        return SendResult("later", page.trouble or "发件箱没有收下")

    def was_sent(self, message: Outgoing) -> bool:
        """Whether the message's file is there with all its text."""
        try:
            return message.text in Path(_path(self.folder, message)).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return False


def _put(path: str, page: str) -> None:
    """Keep a page. Plain texts for paths, and no look for the folder: there are thousands."""
    try:
        _write(path, page)
    except FileNotFoundError:  # the day's first page
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _write(path, page)


def _write(path: str, page: str) -> None:
    beside = f"{path}.part"
    with open(beside, "w", encoding="utf-8") as file:
        file.write(page)
    os.replace(beside, path)


def _path(folder: Path, message: Outgoing) -> str:
    name = f"{_plain(message.to.name, 20)}-{_plain(message.subject, 40)}"
    return f"{folder}/{message.on.isoformat()}/{name}-{digest(message.key)[:10]}.txt"


def _heading(message: Outgoing) -> str:
    return f"收件人：{one_line(message.to.name, 60)}\n日期：{full(message.on)}\n"


def _plain(text: str, most: int) -> str:
    """A part of a file's name that every system takes."""
    return re.sub(r'[\\/:*?"<>|]', "_", one_line(text, most)).strip(" .") or "_"
