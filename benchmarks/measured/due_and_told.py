"""A sweep over a million open deadlines beside bare SQL; and a county's messages - rendered,
recorded and handed to a mail server - beside a client that only hands over the same letters.

The mail server is a process of its own and keeps nothing. The county is founded anew: its schools
are told that the self-assessment begins, the office that theirs has, and so on as the flows do it.
"""

import argparse
import asyncio
import json
import multiprocessing
import smtplib
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select, update

from benchmarks.measured.sweep import ARMED, fill, sweep
from dudao.demo.run import Demo, begin, furnish
from dudao.demo.year import MORNING, instant
from engine.orders import claim, finish
from models.creation import create
from models.database import Database
from models.messages import Message
from models.people import Person
from notifications.channel_settings import Channels, MailSettings
from notifications.delivery import deliver
from notifications.post import Post
from tasks.carrying import carry_out, plainly
from tasks.house import House, live_in
from tasks.messages import place_messages

_MESSAGES, _PEOPLE = Message.__table__, Person.__table__
SCHOOLS, FEW = 1500, 300
DAY = date(2026, 1, 5)


class _Sink:
    """Takes every letter and keeps none."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "250 OK"


def _listen(ready: Any) -> None:
    async def serving() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(_Sink()), "127.0.0.1", 0)
        ready.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serving())


@contextmanager
def mail_server() -> Iterator[int]:
    """A mail server in a process of its own; its port."""
    spawning = multiprocessing.get_context("spawn")
    ready = spawning.Queue()
    process = spawning.Process(target=_listen, args=(ready,), daemon=True)
    process.start()
    try:
        yield ready.get(timeout=30)
    finally:
        process.terminate()
        process.join(10)


def county(folder: Path, schools: int) -> House:
    """A county on the first working day of its round: its cases are open, nobody was told yet."""
    demo = Demo(schools, 1, 2026, folder, prefect=False)
    house = furnish(demo)
    begin(house, demo)
    at = instant(DAY, MORNING)
    with live_in(house):
        while carry_out("open_round", "", at, call=plainly) != (0, 0):
            pass
    with house.database.writing() as connection:
        connection.execute(update(_PEOPLE).values(mail=_PEOPLE.c.id + "@county.example"))
    return house


def told(house: House, port: int) -> tuple[int, float, float]:
    """How many messages, the seconds to render and record them, and those to send them."""
    at, placing = instant(DAY, MORNING), 0.0
    with live_in(house):
        while claimed := claim(house.database, "self_assessment", "", at):
            claimed = [order for order in claimed if order.order.kind == "tell"]
            begun = perf_counter()
            finish(house.database, place_messages.fn(claimed, at), at)
            placing += perf_counter() - begun
    settings = MailSettings(
        kind="mail", host="127.0.0.1", port=port, security="none", sender="dudao@county.example"
    )
    post = Post(Channels(channel=(settings,)), house.sender, None)
    with house.database.reading() as connection:
        count = connection.execute(select(func.count()).select_from(_MESSAGES)).scalar_one()
        offices = connection.execute(select(_MESSAGES.c.office).distinct()).scalars().all()
    begun = perf_counter()
    for office in offices:
        deliver(house.database, post, office, at, most=100_000)
    return count, placing, perf_counter() - begun


def floor(house: House, port: int) -> float:
    """Seconds for a bare client to hand over as many letters of the same length, one conversation
    for all."""
    with house.database.reading() as connection:
        texts = connection.execute(select(_MESSAGES.c.person, _MESSAGES.c.text)).all()
    begun = perf_counter()
    client = smtplib.SMTP("127.0.0.1", port)
    for person, text in texts:
        letter = f"Subject: 1\r\n\r\n{text}".encode()
        client.sendmail("dudao@county.example", [f"{person}@county.example"], letter)
    client.quit()
    return perf_counter() - begun


def swept(quick: bool) -> float:
    """A sweep's time as a multiple of bare SQL's, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(str(Path(folder) / "due.db"))
        create(database)
        fill(database, ARMED)
        ours, bare = sweep(database, 20 if quick else 60)
        database.close()
    return ours / bare


def measure(quick: bool) -> dict[str, Any]:
    """One run; see the module."""
    times = swept(quick)
    with tempfile.TemporaryDirectory() as folder, mail_server() as port:
        house = county(Path(folder), FEW if quick else SCHOOLS)
        count, placing, sending = told(house, port)
        bare = floor(house, port)
        with house.database.reading() as connection:
            sent = select(func.count()).where(_MESSAGES.c.state == "sent")
            assert connection.execute(sent).scalar_one() == count, "not all went out"
        house.database.close()
    return {
        "sweep": {"times_sql": round(times, 2)},
        "messages": {
            "count": count,
            "per_s": round(count / (placing + sending)),
            "of_floor": round(bare / (placing + sending), 3),
            "recorded_per_s": round(count / placing),
            "floor_per_s": round(count / bare),
        },
    }


def main(run: Callable[[bool], dict[str, Any]] = measure) -> None:
    """Read the flags and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    found = run(given.quick)
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found.items():
        print(f"{name:<10} {value}", file=sys.stdout)
