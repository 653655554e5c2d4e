"""A rest for Python's search for cycles while a batch is decided and written."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_resting = 0
_was_on = True


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Nothing a batch makes refers to itself, and most of it lives until the commit: looking
    through it again and again for cycles took an eighth of a batch's time (500 commands, SQLite).

    For the whole process, until the last of those who asked at the same time has finished.
    """
    global _resting, _was_on
    with _lock:
        if _resting == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _resting += 1
    try:
        yield
    finally:
        with _lock:
            _resting -= 1
            if _resting == 0 and _was_on:
                gc.enable()
