"""When a request came: on a last evening hundreds wait for their turn, and what was sent before
midnight was sent in time, however long the house took to look at it."""

from contextvars import ContextVar
from datetime import datetime

from portal.desk import Desk

CAME: ContextVar[datetime | None] = ContextVar("came", default=None)


def arrived(desk: Desk) -> datetime:
    """The instant at which the request in hand came; now, where there is none."""
    return CAME.get() or desk.now()
