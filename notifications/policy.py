"""When an office lets messages go out, which go at once, and whose receipt is waited for."""

import re
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from engine.journal import SHANGHAI
from notifications.catalogue import MESSAGES
from rules.days import Calendar
from rules.values import Frozen

MOST_QUIET = 23 * 60  # minutes of a day: a sweep comes by in the rest
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


def _span(text: str) -> str:
    if text and not _SPAN.fullmatch(text):
        raise PydanticCustomError("dudao", '应写成“21:30-07:30”这样，不用时写""')
    if text and not 0 < _minutes(text) <= MOST_QUIET:
        said = "一天里至少要有一小时能发消息，开始和结束也不能相同"
        raise PydanticCustomError("dudao", said)
    return text


def _minutes(span: str) -> int:
    """How long a span of hours is."""
    first, last = (datetime.strptime(hour, "%H:%M") for hour in span.split("-"))
    return int((last - first).total_seconds()) // 60 % (24 * 60)


def _kinds(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in MESSAGES):
            raise PydanticCustomError("dudao", "有一项不是任何消息的名称，也不合于任何消息")
    return patterns


def _named(patterns: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name in MESSAGES for p in patterns if fnmatchcase(name, p))


Kinds = Annotated[tuple[str, ...], AfterValidator(_kinds)]


class Policy(Frozen):
    """``quiet``: hours (Shanghai) in which nobody is disturbed; ``days_off``: nor on days when
    offices do not work. What is held back goes out afterwards. ``urgent`` kinds go at once.
    ``receipt_hours``: if nobody confirms one of ``receipts`` within so many hours, the next channel
    follows; 0 waits for none. ``digest``: several messages to one person are one. ``daily`` kinds,
    what the clock says, then come to each person once a day.

    Kinds are names of messages with ``*`` for any part: ``on_site_review.*``, ``*.escalation``.
    """

    quiet: Annotated[str, AfterValidator(_span)] = "21:30-07:30"
    days_off: bool = True
    urgent: Kinds = ()
    receipt_hours: int = Field(default=0, ge=0, le=240)
    receipts: Kinds = ("*",)
    digest: bool = True
    daily: Kinds = ("*.reminder", "*.overdue", "*.escalation")

    @property
    def urgent_names(self) -> frozenset[str]:
        """Every message that goes at once."""
        return _named(self.urgent)

    @property
    def daily_names(self) -> frozenset[str]:
        """Every message that waits for the digest of the day."""
        return _named(self.daily) - self.urgent_names if self.digest else frozenset()

    def holds_back(self, now: datetime, calendar: Calendar) -> bool:
        """Whether an instant is a quiet one."""
        here = now + SHANGHAI
        if self.days_off and not calendar.is_working_day(here.date()):
            return True
        if not self.quiet:
            return False
        numbers = [int(number) for number in re.findall(r"\d\d", self.quiet)]
        first, last = time(*numbers[:2]), time(*numbers[2:])
        clock = time(here.hour, here.minute)
        if first <= last:
            return first <= clock < last
        return clock >= first or clock < last

    def waits_for_receipt(self, name: str) -> timedelta | None:
        """How long a message's receipt is waited for; None for one that needs none."""
        wanted = self.receipt_hours and any(fnmatchcase(name, p) for p in self.receipts)
        return timedelta(hours=self.receipt_hours) if wanted else None
