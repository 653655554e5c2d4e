"""A child process that never outlives the one that started it, however that one ended.

`python -m dudao.tethered MODULE ARGUMENTS…` runs MODULE as `python -m` would, and ends when its
standard input closes. The parent holds the other end of that pipe: even a parent killed with
SIGKILL leaves no Prefect server behind holding the port and the database. Works wherever pipes
do, so on Linux and macOS alike.
"""

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE = 10.0
"""Seconds a child gets to end by itself once its parent is gone."""


def end_with_parent() -> None:
    """Wait until the parent is gone, then ask this process to end, then make it."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, name="tether", daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
