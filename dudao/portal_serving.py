"""The portal's processes: a few for each listener, started again when one dies.

The sockets belong to this process, so a worker that is killed takes only the requests it had in
hand; what it had acknowledged stands in the database.
"""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET
from socket import socket as Socket

from dudao.prefect_server import start_tethered, stop

TOO_OFTEN = 5  # deaths within ...
WITHIN = 30.0  # ... so many seconds: starting it again does not help
BACKLOG = 2048


class CannotListen(Exception):
    """A port is taken or not ours; the message says which, in Chinese."""


@dataclass
class Listener:
    """One address and the processes that answer there. ``outside``: only phone and public pages."""

    host: str
    port: int
    workers: int
    outside: bool = False
    socket: Socket | None = None
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

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
        self.died: list[float] = []

    def start(self, say: Callable[[str], None]) -> None:
        """Open every address and start its processes."""
        for listener in self.listeners:
            address = listener.open()
            what = "手机和公众页面" if listener.outside else "门户"
            say(f"{what}：{address}")
            listener.running = [self._worker(listener) for _ in range(listener.workers)]

    def _worker(self, listener: Listener) -> subprocess.Popen[bytes]:
        assert listener.socket is not None
        number = listener.socket.fileno()
        arguments = ["dudao.portal_worker", "--fd", str(number)]
        arguments += ["--outside"] if listener.outside else []
        return start_tethered(arguments, self.environment, self.log, keep=(number,))

    def look_after(self, say: Callable[[str], None]) -> bool:
        """Start again what has died; False once that happens too often."""
        for listener in self.listeners:
            for place, process in enumerate(listener.running):
                if process.poll() is None:
                    continue
                self.died = [t for t in self.died if t > time.monotonic() - WITHIN]
                self.died.append(time.monotonic())
                if len(self.died) > TOO_OFTEN:
                    say(f"门户进程反复退出（退出码 {process.returncode}），日志见 {self.log}")
                    return False
                listener.running[place] = self._worker(listener)
        return True

    def stop(self) -> None:
        """Let every process finish what it has in hand, then close the addresses."""
        for listener in self.listeners:
            for process in listener.running:
                stop(process, patience=12)
            if listener.socket is not None:
                listener.socket.close()
