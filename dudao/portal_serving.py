"""The portal's listeners: an address each, and the processes that answer there.

The sockets belong to this process, so a process that is killed takes only the requests it had in
hand; what it had acknowledged stands in the database.
"""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET
from socket import socket as Socket

from dudao.forking import Deaths
from dudao.prefect_server import start_child, stop

BACKLOG = 2048


class CannotListen(Exception):
    """A port is taken or not ours; the message says which, in Chinese."""


@dataclass
class Listener:
    """One address, and how many processes answer there. ``outside``: only phone and public pages.
    ``stem``: the process they are forked from; it replaces those that die (dudao/forking.py)."""

    host: str
    port: int
    workers: int
    outside: bool = False
    socket: Socket | None = None
    stem: subprocess.Popen[bytes] | None = None

    def open(self) -> str:
        """Listen; the address as people type it."""
        self.socket = Socket()
        self.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            self.socket.bind((self.host, self.port))
        except OSError:
            raise CannotListen(f"端口 {self.port} 已被占用或不可用，请换一个") from None
        self.socket.listen(BACKLOG)
        self.port = self.socket.getsockname()[1]
        shown = "127.0.0.1" if self.host in ("", "0.0.0.0") else self.host
        return f"http://{shown}:{self.port}"


class Portal:
    """All listeners of one house. ``environment`` names the house to the processes."""

    def __init__(
        self, listeners: list[Listener], environment: Mapping[str, str], log: Path
    ) -> None:
        self.listeners = listeners
        self.environment = {**os.environ, **environment}
        self.log = log
        self.deaths = Deaths()

    def start(self, say: Callable[[str], None]) -> None:
        """Open every address and start its processes."""
        for listener in self.listeners:
            address = listener.open()
            what = "手机和公众页面" if listener.outside else "门户"
            say(f"{what}：{address}")
            listener.stem = self._stem(listener)

    def _stem(self, listener: Listener) -> subprocess.Popen[bytes]:
        assert listener.socket is not None
        number = listener.socket.fileno()
        arguments = ["dudao.portal_worker", "--fd", str(number)]
        arguments += ["--workers", str(listener.workers)]
        arguments += ["--outside"] if listener.outside else []
        return start_child(arguments, self.environment, self.log, keep=(number,))

    def look_after(self, say: Callable[[str], None]) -> bool:
        """Start a killed stem again; False when one gave up, for its processes keep dying."""
        for listener in self.listeners:
            code = listener.stem.poll() if listener.stem else None
            if code is None:
                continue
            self.deaths.count()
            if code >= 0 or self.deaths.often:  # a kill from outside is a negative number
                say(f"门户进程反复退出（退出码 {code}），日志见 {self.log}")
                return False
            listener.stem = self._stem(listener)
        return True

    def stop(self) -> None:
        """Let every process finish what it has in hand, then close the addresses."""
        for listener in self.listeners:
            if listener.stem is not None:
                stop(listener.stem, patience=15)
            if listener.socket is not None:
                listener.socket.close()
