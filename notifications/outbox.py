"""The local outbox: what a person was told on a day, as one readable text file, until real channels
are set up.

``<folder>/<day>/<name>-<person's fingerprint>.txt``, one message below the other, each closed by
its own number. It is a channel of Apprise like any other (scheme ``outbox``). Where a message
belongs follows from the message alone, so the page itself proves whether it was sent: what has its
closing line is whole. Pages are not forced to disk one by one: after a power cut the newest may be
missing, and their texts still stand in the ledger.
"""

import errno
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
        """Put the message at the end of its page; one that stands there already stays as it is."""
        message, path = self.message, _path(self.folder, self.message)
        told = f"{_heading(message)}主题：{title}\n\n{body}\n{_closing(message)}\n\n\n"
        try:
            if not _stands(message, path):
                _append(path, told.encode())
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
        """Put one message into the outbox; sent again, it is there once. A folder that cannot be
        written to is a matter for later."""
        if not message.to.name:
            return SendResult("skipped", "收件人没有登记姓名")
        page = self._desk.page
        page.message, page.trouble = message, ""
        if self._desk.channel.notify(body=message.text, title=message.subject):
            return SendResult("sent")
        return SendResult("later", page.trouble or "发件箱没有收下")

    def reaches(self, message: Outgoing) -> bool:
        """Whoever has a name has a page."""
        return bool(message.to.name)

    def was_sent(self, message: Outgoing) -> bool:
        """Whether the message is on its page with all its text."""
        try:
            return _stands(message, _path(self.folder, message))
        except OSError:
            return False


def _stands(message: Outgoing, path: str) -> bool:
    page = _read(path)
    return _closing(message) in page and message.text in page


def _read(path: str) -> str:
    """A page as it stands, empty if there is none. What a power cut tore says nothing."""
    try:
        return Path(path).read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _append(path: str, text: bytes) -> None:
    """All of the text or an error; whoever else writes to the page comes before or after it."""
    try:
        _write(path, text)
    except FileNotFoundError:  # the day's first page
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _write(path, text)


def _write(path: str, text: bytes) -> None:
    with open(path, "ab", buffering=0) as page:
        if page.write(text) < len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _path(folder: Path, message: Outgoing) -> str:
    to = message.to
    return f"{folder}/{message.on.isoformat()}/{_plain(to.name, 20)}-{digest(to.id)[:6]}.txt"


def _heading(message: Outgoing) -> str:
    return f"收件人：{one_line(message.to.name, 60)}\n日期：{full(message.on)}\n"


def _closing(message: Outgoing) -> str:
    return f"—— 消息编号{digest(message.key)[:10]} ——"


def _plain(text: str, most: int) -> str:
    """A part of a file's name that every system takes."""
    return re.sub(r'[\\/:*?"<>|]', "_", one_line(text, most)).strip(" .") or "_"
