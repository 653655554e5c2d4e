"""Processes forked from one that has everything read: one that is killed is replaced at once.

The forks never outlive the stem they come from, nor the stem the process that started it.
"""

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from dudao.tethered import end_with_parent

TOO_OFTEN = 5  # deaths within ...
WITHIN = 30.0  # ... so many seconds: making it again does not help
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


class Deaths:
    """When something died unasked; ``often``: so often that making it again does not help."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def count(self) -> None:
        """One more, now."""
        now = time.monotonic()
        self.times = [*(died for died in self.times if died > now - WITHIN), now]

    @property
    def often(self) -> bool:
        """Whether to give up."""
        return len(self.times) > TOO_OFTEN


class Stem:
    """Keeps ``workers`` forks of this process at work until it is told to stop or its parent is
    gone. ``work`` is what a fork does; it ends the process when it returns."""

    def __init__(self, work: Callable[[], None], workers: int) -> None:
        self.work, self.workers = work, workers
        self.running: set[int] = set()
        self.deaths = Deaths()
        self.asked = False
        # Read by every fork, written by nobody: it closes when this process is gone.
        self.tether, self.held = os.pipe()
        self.woken, self.bell = os.pipe()

    def keep(self) -> int:
        """The exit code: 0, or 1 when forks die again and again."""
        os.set_blocking(self.bell, False)
        signal.set_wakeup_fd(self.bell)
        for number in SIGNALS:
            signal.signal(number, self._told)
        while not self.asked:
            while len(self.running) < self.workers:
                self.running.add(self._fork())
            self._wait()
            self._bury()
            if self.deaths.often:
                self._stop()
                return 1
        self._stop()
        return 0

    def _told(self, number: int, frame: object) -> None:
        self.asked = self.asked or number != signal.SIGCHLD

    def _wait(self) -> None:
        """Until a fork died, a signal came, or the parent let go of our standard input."""
        ready, _, _ = select.select([0, self.woken], [], [])
        if self.woken in ready:
            os.read(self.woken, 4096)
        if 0 in ready and not os.read(0, 4096):
            self.asked = True

    def _fork(self) -> int:
        # A signal that comes meanwhile waits until the fork is no longer deaf to it.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            return pid
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            for end in (self.held, self.woken, self.bell):
                os.close(end)
            os.dup2(self.tether, 0)
            threading.Thread(target=end_with_parent, name="tether", daemon=True).start()
            self.work()
            code = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _bury(self) -> None:
        """Count those that died unasked."""
        for pid in list(self.running):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self.running.discard(pid)
                self.deaths.count()

    def _stop(self) -> None:
        for pid in self.running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in self.running:
            os.waitpid(pid, 0)
