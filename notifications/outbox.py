"""The local outbox: one readable text file for each message, until real channels are set up.

``<folder>/<day>/<name>-<subject>-<key's fingerprint>.txt``. It is a channel of Apprise like any
other (scheme ``outbox``). The path follows from the message alone, so the file itself proves
whether it was sent; a file that is there is whole. Files are not forced to disk one by one: after a
power cut the newest may be missing, and their texts still stand in the ledger.
"""

import re
from pathlib import Path
from typing import Any

from apprise import Apprise, NotifyType
from apprise.plugins import NotifyBase

from notifications.cleaning import one_line
from notifications.sender import Outgoing, SendResult
from rules.explanation import full
from rules.values import digest


class OutboxPage(NotifyBase):
    """The Apprise notification that writes one page to the outbox."""

    service_name = "本地发件箱"
    protocol = "outbox"
    templates = ("{schema}://{targets}",)
    title_maxlen = 300
    body_maxlen = 20000

    def __init__(self, path: Path, heading: str, **more: Any) -> None:
        super().__init__(**more)
        self.path, self.heading = path, heading
        self.trouble = ""

    def url(self, privacy: bool = False, *arguments: Any, **more: Any) -> str:
        """What Apprise calls this page; nothing in it is secret."""
        return f"outbox://{self.path}"

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **more: Any
    ) -> bool:
        """Write the page beside its place and move it there: nobody sees half a page."""
        page = f"{self.heading}主题：{title}\n\n{body}\n"
        beside = self.path.with_suffix(".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(page, "utf-8")
            beside.replace(self.path)
        except OSError as error:
            self.trouble = f"发件箱文件夹不能写入（{error.strerror}）"
            return False
        return True


class Outbox:
    """The outbox in a folder, which is made when the first message comes, and again if it
    vanished."""

    channel = "outbox"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Outgoing) -> SendResult:
        """Put one message into the outbox; sent again, it is the same file. A folder that cannot
        be written to is a matter for later."""
        if not message.to.name:
            return SendResult("skipped", "收件人没有登记姓名")
        page = OutboxPage(self._path(message), _heading(message))
        channel = Apprise()
        channel.add(page)
        if channel.notify(body=message.text, title=message.subject):
            return SendResult("sent")
        return SendResult("later", page.trouble or "发件箱没有收下")

    def was_sent(self, message: Outgoing) -> bool:
        """Whether the message's file is there with all its text."""
        try:
            return message.text in self._path(message).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return False

    def _path(self, message: Outgoing) -> Path:
        name = f"{_plain(message.to.name, 20)}-{_plain(message.subject, 40)}"
        return self.folder / message.on.isoformat() / f"{name}-{digest(message.key)[:10]}.txt"


def _heading(message: Outgoing) -> str:
    return f"收件人：{one_line(message.to.name, 60)}\n日期：{full(message.on)}\n"


def _plain(text: str, most: int) -> str:
    """A part of a file's name that every system takes."""
    return re.sub(r'[\\/:*?"<>|]', "_", one_line(text, most)).strip(" .") or "_"
