"""What takes long is done for one visitor at a time: the others keep their turns."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from portal.desk import Desk


@contextmanager
def alone(desk: Desk, what: str) -> Iterator[bool]:
    """Hold the right to do something for a while. False where somebody does it just now."""
    locks: dict[str, threading.Lock] = desk.__dict__.setdefault("_alone", {})
    lock = locks.setdefault(what, threading.Lock())
    free = lock.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            lock.release()
