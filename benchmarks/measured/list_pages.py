"""Every list page of the portal over a province of 15,000 organisations: the server's CPU for one.

Requests go straight into the application, so that nothing else is measured than what the server
does for them; what the asking itself costs is measured in the same run and taken off. Before each
request another school's case moves on, as it does on a working day: nothing is found unchanged.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import func, insert, select, update

from benchmarks.measured.asking import ask
from benchmarks.measured.province import BEFORE, LAST, THIS, found
from engine.journal import Journal
from engine.library import shipped_calendar
from engine.register import PersonEntry, put_people
from engine.writing import iso
from models.cases import Case
from models.creation import create
from models.database import Database
from models.events import StoredEvent
from notifications.ahead import Foresight
from notifications.catalogue import MESSAGES
from notifications.previewing import previews
from portal.app import build
from portal.desk import Desk
from portal.sessions import COOKIE, open_session
from tasks.house import random_salt

LIMIT = 50.0  # milliseconds
SOUGHT = {"part": "金山", "initials": "jsxx", "rare": "高关马小", "none": "zzzz"}

_CASES, _EVENTS = Case.__table__, StoredEvent.__table__


class People(NamedTuple):
    """Who looks: somebody of each role. Of the province they are the defaults."""

    office: str = "O2"
    superior: str = "U1"
    government: str = "V1"
    township: str = "WT1"
    department: str = "DJY"
    inspector: str = "I20001"
    school: str = "H20001"


class Listed(NamedTuple):
    """A list: whose, where, and in words what is asked for."""

    person: str
    path: str


def _searched(person: str, path: str, field: str, *more: str) -> list[Listed]:
    """A list as it stands, searched in four ways, and asked for otherwise."""
    asked = [f"{field}={quote(text)}" for text in SOUGHT.values()]
    return [Listed(person, path), *(Listed(person, f"{path}?{one}") for one in (*asked, *more))]


def lists(who: People) -> list[Listed]:
    """Every list page for every role that has it."""
    days = "first=2026-03-01&last=2026-05-31"
    ledger = ("state=open", "state=late", "state=closed", "severity=dated", "nature=common")
    ledger += ("unit=JY", "unit=school", "basis=A2", "period=2025", "period=2026", "page=9999")
    ledger += (
        "period=2026&state=late",
        "period=2025&unit=JY",
        f"period=2026&school={quote('金山')}",
    )
    letters = ("kind=opinion_letter", "waiting=1", "year=2025", "page=40", "page=999")
    found: list[Listed] = []
    board = ("late=1", "at=self_assessment", "at=on_site_review", "page=9999", f"round={BEFORE}")
    found += _searched(who.office, "/", "q", *board)
    found += [
        Listed(who.office, path)
        for path in (
            "/reviews",
            "/rounds",
            "/standards",
            "/templates",
            "/numbers",
            "/messages/words",
            "/undone",
        )
    ]
    found += [Listed(who.office, f"/rounds/{key.replace('/', '~')}") for key in (THIS, BEFORE)]
    shipped = ("shaanxi_316.yaml", "tiered_visits.yaml")
    found += [Listed(who.office, f"/rounds/new?process={name}") for name in shipped]
    month = ("month=2026-04", "month=2026-05", "month=2026-09", f"person={who.inspector}")
    for person in (who.office, who.government, who.superior):
        found += [Listed(person, f"/calendar?{asked}") for asked in ("", *month)]
        found += _searched(person, "/grades", "q", f"round={BEFORE}", "grade=B", "page=9999")
        found += _searched(person, "/issues", "school", *ledger)
        found += [Listed(person, f"/issues/common{asked}") for asked in ("", "?period=2025")]
    for person in who:
        found += _searched(person, "/letters", "name", *letters)
    found += [Listed(person, "/") for person in who[1:]]
    found += [Listed(who.township, f"/?round={BEFORE}"), Listed(who.inspector, "/?all=1")]
    found += [Listed(who.department, "/?page=2"), Listed(who.department, "/?page=9999")]
    for person in (who.government, who.superior, who.township, who.inspector):
        found += _searched(person, "/schools", "q", "page=2", "page=300")
    found += [Listed(person, "/history") for person in (who.school, who.department, who.township)]
    found += [Listed(who.school, "/files")]
    found += _registers(who.office) + _ledgers(who.office, days)
    return found


def _registers(office: str) -> list[Listed]:
    kinds = ("kind=primary", "kind=zone", "page=2", "page=300")
    found = _searched(office, "/people", "q", *kinds)
    found += _searched(office, "/people/persons", "q", "q=138", "page=2", "page=300")
    paths = ("/people/links", "/people/imports")
    return (
        found
        + [Listed(office, path) for path in paths]
        + [Listed("", "/public")]
        + [Listed("", f"/public/{name}") for name in ("plans", "visits", "results")]
    )


def _ledgers(office: str, days: str) -> list[Listed]:
    """The log, the messages and the deadlines of the office."""
    person = quote("督学")
    rare, head = quote("督学癸"), quote("高关马小校长")
    people = tuple(f"person={one}" for one in (person, rare, head, "zzzz"))
    log = ("type=on_site_review.visit.ended", "type=planning.adopted", "by=people", "by=system")
    messages = ("state=trouble", "state=failed", "state=open", "state=skipped")
    messages += ("kind=self_assessment.opened", "kind=follow_up_visit.overdue")
    running = ("which=late", "which=near", "which=provisional", "stage=issue_list", "page=9999")
    running += ("who=inspector", "who=unit", "which=late&who=school")
    found = _searched(office, "/log", "school", *people, *log, days, f"{days}&{people[1]}")
    found += _searched(office, "/messages", "school", *people, *messages, days)
    found += _searched(office, "/deadlines", "school", *running)
    foretold = ("kind=issue_list.reminder", "on=2026-07-10", "on=2026-07-10&page=9999")
    found += _searched(office, "/messages/ahead", "school", *foretold)
    more = (
        "/deadlines/provisional",
        "/deadlines/days",
        "/deputies",
        "/preferences",
    )
    return [*found, *(Listed(office, path) for path in more)]


class Server:
    """The portal in this process, and people logged in."""

    def __init__(self, home: Path, database: Database) -> None:
        self.database = database
        noon = datetime(LAST.year, LAST.month, LAST.day, 4, tzinfo=UTC)
        with database.reading() as connection:  # a province that was kept may have lived on
            latest = connection.execute(select(func.max(_EVENTS.c.at))).scalar_one()
        self.now = max(noon, datetime.fromisoformat(latest) + timedelta(seconds=1))
        journal = Journal(database, shipped_calendar(), random_salt)
        self.desk = Desk(
            journal,
            home,
            lambda: self.now,
            b"secret",
            messages=MESSAGES,
            ahead=Foresight(journal.shelf),
            previews=lambda connection, *asked: previews(connection, journal.shelf, *asked),
        )
        self.app = build(self.desk)
        self.cookies = {"": ""}
        self.moved = 0

    def cookie(self, person: str) -> str:
        """The cookie of somebody's session, opened at the first call."""
        if person not in self.cookies:
            with self.database.writing() as connection:
                token = open_session(connection, person, self.now, "量").token
            self.cookies[person] = f"{COOKIE}={token}"
        return self.cookies[person]

    def move_on(self) -> None:
        """Something happens in another case: what happened last in a lived one."""
        self.moved += 1
        self.now += timedelta(milliseconds=1)
        case = f"{THIS}/S{200 + self.moved % 300}01"
        last = select(_EVENTS).where(_EVENTS.c.case == f"{THIS}/S0001").order_by(_EVENTS.c.seq)
        number = select(_CASES.c.seq).where(_CASES.c.id == case)
        with self.database.writing(redoable=True) as connection:
            event = dict(connection.execute(last).mappings().all()[-1])
            event |= {"case": case, "seq": connection.execute(number).scalar_one() + 1}
            event |= {"at": iso(self.now), "key": None}
            connection.execute(insert(_EVENTS), [event])
            moved = update(_CASES).where(_CASES.c.id == case).values(seq=event["seq"])
            connection.execute(moved)

    def rename(self) -> None:
        """Somebody's name is mended: what is kept in memory of the register is old."""
        self.moved += 1
        with self.database.writing(redoable=True) as connection:
            put_people(connection, changed=[PersonEntry(People().office, f"示例{self.moved}")])


async def _nothing(scope: Any, receive: Callable, send: Callable) -> None:
    """An application that answers and does nothing."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _cost(app: Any, path: str, cookie: str, times: int, before: Callable) -> float:
    """CPU-milliseconds of one request, all threads of this process: the least of
    a few, as whatever else runs on the machine only ever adds."""
    costs = []
    for _ in range(times):
        before()
        began = time.process_time()
        await ask(app, path, cookie)
        costs.append((time.process_time() - began) * 1000)
    return min(costs)


def _yardstick() -> float:
    """What a fixed piece of work takes now. Where its middle is above its least, something else ran
    on the machine, and every page took so much more."""
    began = time.process_time()
    sum(n * n for n in range(50_000))
    return (time.process_time() - began) * 1000


async def measured(server: Server, times: int, only: str = "") -> dict[str, Any]:
    """Ask for every list; see `main`."""
    floor = await _cost(_nothing, "/", "", 50, lambda: None)
    pages: dict[str, float] = {}
    yard = [_yardstick()]
    for one in lists(People()):
        if only not in f"{one.person} {one.path}":
            continue
        cookie = server.cookie(one.person)
        status, _ = await ask(server.app, one.path, cookie)  # what a process learns once
        if status != 200:
            raise SystemExit(f"{one.person} {one.path}: {status}")
        cost = await _cost(server.app, one.path, cookie, times, server.move_on)
        pages[f"{one.person or 'public'} {one.path}"] = round(cost - floor, 1)
        yard.append(_yardstick())
    cookie = server.cookie(People().office)
    renamed = await _cost(server.app, "/reviews", cookie, 3, server.rename)
    slowest = sorted(pages.items(), key=lambda item: -item[1])[:10]
    return {
        "pages": pages,
        "slowest": dict(slowest),
        "over_50": [name for name, cost in pages.items() if cost > LIMIT],
        "once_after_a_change_of_the_register_ms": round(renamed - floor, 1),
        "floor_ms": round(floor, 2),
        "yardstick_ms": {"least": round(min(yard), 2), "middle": round(median(yard), 2)},
    }


def main() -> None:
    """Read the flags and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="only lists with this in their name")
    parser.add_argument("--home", default="", help="keep the province here, and use it again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(given.home or folder)
        known = home / "dudao.db"
        database = Database(str(known)) if known.exists() else found(home, given.quick)
        create(database)  # one that was kept may be older
        try:
            told = asyncio.run(
                measured(Server(home, database), 1 if given.quick else 5, given.only)
            )
        finally:
            database.close()
    if given.json:
        print(json.dumps(told, ensure_ascii=False))
        return
    for name, cost in sorted(told["pages"].items(), key=lambda item: -item[1]):
        print(f"{cost:>8.1f} ms  {name}")


if __name__ == "__main__":
    main()
