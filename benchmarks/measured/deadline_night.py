"""Deadline night: 2,000 schools fill in, save and hand in; parents answer; the office looks.

Two portal processes on one SQLite file, requests at a fixed rate from one client process, and in
the middle one portal process is killed with SIGKILL. Afterwards every submission that was
acknowledged is looked for in the log.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.measured.crowd import Crowd, Wanted
from documents.catalogue import LETTERS
from dudao.demo.answers import answers, report
from dudao.demo.county import OFFICE, found_county
from dudao.demo.luck import Luck
from dudao.demo.year import instant
from dudao.portal_serving import Listener, Portal
from engine.library import read_definition, shipped, shipped_standards
from engine.rounds import case_id, open_round, openings, round_id
from models.creation import create
from models.events import StoredEvent
from models.organisations import Organisation
from notifications.catalogue import MESSAGES
from portal.answers import fields
from portal.questionnaires import example, make
from portal.sessions import COOKIE, open_session
from portal.signing import fingerprint, seal
from tasks.house import House, random_salt

FIRST, NIGHT = date(2026, 1, 4), date(2026, 2, 9)
RATE, SCHOOLS = 200.0, 2000
_EVENTS, _ORGANISATIONS = StoredEvent.__table__, Organisation.__table__
# Of a hundred requests: what people do that night.
MIX = {"draft": 40, "submit": 12, "form": 12, "home": 14, "questionnaire": 16, "office": 6}


class Night:
    """The county that night, and what everybody sends."""

    def __init__(self, home: Path, schools: int) -> None:
        self.home = home
        self.house = House.at(home, str(home / "dudao.db"), random_salt)
        self.database = self.house.database
        self.at = instant(NIGHT, datetime.min.time()) + timedelta(hours=20)
        self.chance = random.Random(7)
        self.secret = self.house.secret
        create(self.database)
        found_county(self.database, schools, 2026)
        definition = read_definition(shipped("shaanxi_316.yaml"), "316", MESSAGES, LETTERS)
        self.standard = shipped_standards()[definition.standard]
        open_round(self.house.journal, OFFICE, definition, self.standard, FIRST, instant_of(FIRST))
        self.round = round_id(OFFICE, definition.process, "2026")
        entries = list(openings(self.house.journal, self.round, instant_of(FIRST)))
        for start in range(0, len(entries), 400):
            self.house.journal.record_batch(entries[start : start + 400])
        with self.database.reading() as connection:
            wanted = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.kind)
            rows = connection.execute(wanted.where(_ORGANISATIONS.c.zone.isnot(None))).all()
        self.kinds = {row.code: row.kind for row in rows}
        self.cookies = self._log_in([f"H{code[1:]}" for code in self.kinds] + ["O2"])
        self.filled = [self._filled(kind) for kind in sorted(set(self.kinds.values()))]
        self.by_kind = dict(zip(sorted(set(self.kinds.values())), self.filled, strict=True))
        self.code = self._ask_parents()

    def _log_in(self, people: list[str]) -> dict[str, str]:
        with self.database.writing() as connection:
            return {p: open_session(connection, p, self.at, "夜").token for p in people}

    def _filled(self, kind: str) -> dict[str, list[str]]:
        """A whole form of a school of that kind."""
        luck = Luck(1)
        given = answers(self.standard, kind, luck, kind, "self")
        found: dict[str, list[str]] = {}
        for leaf in self.standard.for_school(kind):
            found |= fields(leaf, given[leaf.code])
        found["report.organised"] = [str(report(self.standard, kind, luck, kind)["organised"])]
        return found

    def _ask_parents(self) -> str:
        """One questionnaire for everybody; its code."""
        sheet, days = example("parents"), (FIRST, date(2026, 12, 31))
        with self.database.writing() as connection:
            case = case_id(self.round, "S0001")
            return make(connection, case, "on_site_review", sheet, days, 30)

    def requests(self, seconds: float, rate: float) -> list[Wanted]:
        """What comes, in order of time. Every school hands in once at most."""
        schools = list(self.kinds)
        self.chance.shuffle(schools)
        # Who hands in tonight, and who is still typing: a draft after the end is refused.
        to_submit, typing = schools[: len(schools) * 3 // 4], schools[len(schools) * 3 // 4 :]
        names, weights = list(MIX), list(MIX.values())
        versions: dict[str, int] = {}
        found = []
        for number in range(int(seconds * rate)):
            name = self.chance.choices(names, weights)[0]
            if name == "submit" and not to_submit:
                name = "home"
            code = to_submit.pop() if name == "submit" else typing[number % len(typing)]
            found.append(self._request(number / rate, name, code, versions))
        return found

    def _request(self, at: float, name: str, code: str, versions: dict[str, int]) -> Wanted:
        person = "O2" if name == "office" else f"H{code[1:]}"
        cookie = f"{COOKIE}={self.cookies[person]}"
        page = f"/cases/{case_id(self.round, code).replace('/', '~')}/self_assessment"
        page += "/self-assessment"
        if name in ("home", "office"):
            return Wanted(at, name, "/", cookie)
        if name == "form":
            return Wanted(at, name, page, cookie)
        if name == "questionnaire":
            return self._answer(at)
        holder = fingerprint(self.cookies[person])
        form = dict(self.by_kind[self.kinds[code]])
        form |= {"seal": [seal(self.secret, "form", holder)], "once": [f"night-{at:.4f}"]}
        if name == "submit":
            form["submit"] = ["1"]
            return Wanted(at, name, page, cookie, form, said="said=")
        # The page saves what has changed since the last time: a few indicators.
        turn = versions[code] = versions.get(code, 0) + 1
        changed = list(form)[9 * turn : 9 * turn + 9]
        form = {key: form[key] for key in (*changed, "seal", "once")}
        form["version"] = [str(turn - 1)]
        return Wanted(at, name, f"{page}/draft", cookie, form)

    def _answer(self, at: float) -> Wanted:
        """A parent opens the questionnaire, or sends it."""
        name, path = "questionnaire", f"/q/{self.code}"
        guest = f"parent-{at:.4f}"
        if self.chance.random() < 0.5:
            return Wanted(at, name, path, f"dudao_guest={guest}")
        form = {f"m{n}": [str(self.chance.randint(1, 5))] for n in range(10)}
        form |= {"seal": [seal(self.secret, "form", guest)], "once": [guest]}
        return Wanted(at, name, path, f"dudao_guest={guest}", form)

    def missing(self, accepted: list[str]) -> int:
        """How many acknowledged submissions the log does not hold."""
        with self.database.reading() as connection:
            wanted = select(_EVENTS.c.case).where(_EVENTS.c.type == "self_assessment.submitted")
            kept = set(connection.execute(wanted.distinct()).scalars())
        return sum(path.split("/")[2].replace("~", "/") not in kept for path in accepted)


def instant_of(day: date) -> datetime:
    """Seven in the morning of a day."""
    return instant(day, datetime.min.time()) + timedelta(hours=7)


def answering(listener: Listener) -> list[int]:
    """The processes that answer at a listener, by number."""
    assert listener.stem is not None
    pid = listener.stem.pid
    return [int(fork) for fork in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_of(processes: list[int]) -> float:
    """CPU seconds used so far by processes."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for pid in processes:
        try:
            parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(parts[11]) + int(parts[12])
    return total / ticks


def measure(seconds: float, rate: float, schools: int, kill: bool = True) -> dict[str, Any]:
    """One night; see the module."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        night = Night(home, schools)
        ahead = (night.at - datetime.now(UTC)).total_seconds()
        environment = {"DUDAO_HOME": folder, "DUDAO_DATABASE_URL": str(home / "dudao.db")}
        listener = Listener("127.0.0.1", 0, 2)
        environment |= {"DUDAO_PORTAL_AHEAD": str(ahead)}
        portal = Portal([listener], environment, home / "portal.log")
        portal.start(lambda said: None)
        try:
            return _lived(night, portal, listener, night.requests(seconds, rate), seconds, kill)
        finally:
            portal.stop()
            night.database.close()


def _lived(
    night: Night,
    portal: Portal,
    listener: Listener,
    wanted: list[Wanted],
    seconds: float,
    kill: bool,
) -> dict[str, Any]:
    warm = Crowd(listener.port)
    asyncio.run(warm.come([w._replace(at=0.02 * n) for n, w in enumerate(_warm(night))], _nothing))
    crowd = Crowd(listener.port)
    used = {"before": cpu_of(answering(listener)), "lost": 0.0, "killed": 0}

    def during(now: float) -> None:
        if kill and not used["killed"] and now > seconds / 2:
            used["killed"] = 1
            dead = answering(listener)[0]
            used["lost"] = cpu_of([dead])
            os.kill(dead, signal.SIGKILL)
        portal.look_after(_nothing)

    asyncio.run(crowd.come(wanted, during))
    used_now = cpu_of(answering(listener)) + used["lost"] - used["before"]
    times = sorted(seconds for _, seconds in crowd.times)
    if crowd.errors:
        print("\n".join(crowd.errors[:10]), flush=True)
    return {
        "requests": len(wanted),
        "errors": len(crowd.errors),
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
        "cpu_ms_per_request": round(used_now / len(wanted) * 1000, 2),
        "accepted": len(crowd.accepted),
        "missing": night.missing(crowd.accepted),
        "retried": crowd.retried,
        "by_name": _by_name(crowd),
    }


def _by_name(crowd: Crowd) -> dict[str, dict[str, float]]:
    found: dict[str, list[float]] = {}
    for name, seconds in crowd.times:
        found.setdefault(name, []).append(seconds * 1000)
    return {
        name: {"count": len(t), "p50_ms": round(sorted(t)[len(t) // 2], 1)}
        for name, t in sorted(found.items())
    }


def _warm(night: Night) -> list[Wanted]:
    return [night._request(0, name, "S0001", {}) for name in ("home", "office", "form") * 20]


def _nothing(*told: object) -> None:
    pass


def main() -> None:
    """Read the flags and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--no-kill", action="store_true")
    given = parser.parse_args()
    found = measure(15 if given.quick else 60, given.rate, SCHOOLS, not given.no_kill)
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found.items():
        print(f"{name:<20} {value}")
