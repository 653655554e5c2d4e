"""The demo county opened to visitors: its portal on the morning after the last day that was lived,
one login of each kind, and the clock that keeps running from there.
"""

import asyncio
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import FrameType

from dudao.demo.year import instant, sweep_plainly
from dudao.portal_serving import Listener, Portal
from portal.passwords import hashed, set_password
from rules.days import Calendar
from rules.explanation import full
from tasks.house import House

HOUR = time(9)
EVERY = 2.0  # seconds between two looks at what is owed
# Who can be visited: login name, person, and what to look at as them.
LOGINS = (
    ("office", "O2", "督导室干事：总览、计划、审核、问题台账"),
    ("inspector", "I01", "责任督学：我的工作（请用手机宽度看）"),
    ("school", "H0001", "马小校长：自评、整改"),
    ("department", "DCZ", "县财政局联系人：交办问题"),
    ("township", "WT1", "马蹄镇教育干事：辖区情况"),
    ("government", "V1", "分管副县长：只看不办"),
    ("superior", "U1", "市督导室主任：只看不办"),
)


def morning_after(last: date, calendar: Calendar) -> datetime:
    """Nine o'clock of the working day after the last that was lived."""
    return instant(calendar.working_day_from(last + timedelta(1)), HOUR)


def give_logins(house: House, at: datetime) -> str:
    """Let the demo's people in with one password, made anew each time."""
    password = f"dudao-{secrets.token_hex(4)}"
    stored = hashed(password)
    with house.database.writing() as connection:
        for username, person, _ in LOGINS:
            set_password(connection, person, username, stored, at)
    return password


def open_doors(
    house: House, out: Path, url: str, at: datetime, port: int, say: Callable[[str], None]
) -> None:
    """Serve until asked to stop. ``at``: what the county's clock shows now."""
    ahead = at - datetime.now(UTC)
    environment = {
        "DUDAO_HOME": str(out.absolute()),
        "DUDAO_DATABASE_URL": url,
        "DUDAO_PORTAL_AHEAD": str(ahead.total_seconds()),
    }
    portal = Portal([Listener("127.0.0.1", port, 2)], environment, out / "portal.log")
    with _asked_to_stop() as asked:
        try:
            portal.start(say)
            _introduce(give_logins(house, at), at, say)
            while not asked.wait(EVERY) and portal.look_after(say):
                _sweep(house, datetime.now(UTC) + ahead, say)
        finally:
            portal.stop()


def _sweep(house: House, at: datetime, say: Callable[[str], None]) -> None:
    try:
        asyncio.run(sweep_plainly(at))
    except Exception as error:  # the next one is the retry
        say(f"本次巡查出错，稍后重试：{type(error).__name__}：{error}")


def _introduce(password: str, at: datetime, say: Callable[[str], None]) -> None:
    day = (at + timedelta(hours=8)).date()
    say(f"示例县今天是{full(day)}。登录名如下，密码都是 {password}")
    for username, _, what in LOGINS:
        say(f"  {username:<11}{what}")
    say("按 Ctrl-C 停止。")


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()

    before = {n: signal.signal(n, ask) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
