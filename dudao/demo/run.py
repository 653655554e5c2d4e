"""The demo as a whole: a county founded, its round opened, its year lived, its log summed up."""

import asyncio
import multiprocessing
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import insert, select

from documents.catalogue import LETTERS
from dudao.demo.county import OFFICE, found_county
from dudao.demo.hands import FEWEST, Hands
from dudao.demo.luck import Luck
from dudao.demo.people import Cast
from dudao.demo.year import MORNING, Diary, Year, instant, sweep_plainly
from dudao.draining import drain
from dudao.prefect_server import (
    PrefectServer,
    not_completed,
    open_line,
    prefect_server,
    wait_until_it_answers,
)
from dudao.settling import named_runs, settle
from engine.journal import Journal
from engine.library import read_definition, shipped, shipped_calendar, shipped_standards
from engine.rounds import open_round, round_id
from models.creation import create
from models.database import Database
from models.orders import OrderRow
from models.organisations import Organisation
from models.people import Assignment, Recusal
from notifications.catalogue import MESSAGES
from notifications.outbox import Outbox
from rules.standard import Standard
from tasks.house import House, live_in

_ORGANISATIONS, _ASSIGNED, _RECUSALS, _ORDERS = (
    Organisation.__table__,
    Assignment.__table__,
    Recusal.__table__,
    OrderRow.__table__,
)


class Demo(NamedTuple):
    """What to play: how many schools, which chance, which year, where, with Prefect or without."""

    schools: int
    seed: int
    year: int
    out: Path
    database: str = ""
    prefect: bool = True
    definition: str = ""  # another definition's text; the 316 process if empty
    until: date = date.max  # the last day to live, where not the whole year is wanted


class Unfinished(RuntimeError):
    """Prefect's own database does not show every run completed; the message says which."""


def play(demo: Demo, told: Callable[[date], None], server: PrefectServer | None = None) -> Year:
    """Live the year, or what is left of it; ``told`` hears of every day. Through ``server`` where
    one is running already, else through one of its own."""
    demo.out.mkdir(parents=True, exist_ok=True)
    starting: AbstractContextManager[PrefectServer | None] = nullcontext(server)
    if demo.prefect and server is None:  # takes a while: the county is founded meanwhile
        starting = prefect_server(demo.out / "prefect", services=False, wait=False)
    with starting as server:
        year = begin(furnish(demo), demo)
        with live_in(year.house):
            if not demo.prefect or server is None:
                asyncio.run(_without_prefect(demo, year, told))
            else:
                wait_until_it_answers(server)
                asyncio.run(_through_prefect(year, told))
    return year


def furnish(demo: Demo) -> House:
    """The demo's house: its database brought to head, its salts derived from the seed so that two
    runs are alike."""
    database = Database(demo.database or str(demo.out / "dudao.db"))
    create(database)

    def salt(key: str) -> str:
        return sha256(f"{demo.seed}|{key}".encode()).hexdigest()[:32]

    journal = Journal(database, shipped_calendar(), salt)
    return House(journal, demo.out, Outbox(demo.out / "outbox"))


def begin(house: House, demo: Demo) -> Year:
    """Found the county and open the round on the first working day; both only once."""
    text = demo.definition or shipped("shaanxi_316.yaml")
    definition = read_definition(text, "shaanxi_316.yaml", MESSAGES, LETTERS)
    standard = shipped_standards()[definition.standard]
    calendar = house.journal.shelf.usual_calendar
    first = calendar.working_day_from(date(demo.year, 1, 2))
    luck = Luck(demo.seed)
    with house.database.reading() as connection:
        founded = connection.execute(select(_ORGANISATIONS.c.code)).first() is not None
    if not founded:
        found_county(house.database, demo.schools, demo.year)
        _bar_one_inspector(house, luck)
    open_round(house.journal, OFFICE, definition, standard, first, instant(first, MORNING))
    key = round_id(OFFICE, definition.process, str(demo.year))
    diary = Diary.at(demo.out / "diary.json")
    return Year(house, _cast(house, luck, standard), key, first, diary, demo.until)


def _bar_one_inspector(house: House, luck: Luck) -> None:
    """In every fifth school one inspector is a near relative of the head."""
    with house.database.writing() as connection:
        wanted = select(_ORGANISATIONS.c.code).where(_ORGANISATIONS.c.code.like("S0%"))
        schools = connection.execute(wanted.order_by(_ORGANISATIONS.c.code)).scalars().all()
        rows = [
            {
                "person": f"I{luck.whole(1, 15, 'barred', code):02}",
                "organisation": code,
                "reason": "近亲属",
            }
            for code in schools
            if luck.happens(0.2, "has a relative", code)
        ]
        if rows:
            connection.execute(insert(_RECUSALS), rows)


def _cast(house: House, luck: Luck, standard: Standard) -> Cast:
    inspectors: dict[str, tuple[str, ...]] = {}
    barred: dict[str, tuple[str, ...]] = {}
    with house.database.reading() as connection:
        held = select(_ASSIGNED).where(_ASSIGNED.c.role == "inspector")
        for row in connection.execute(held.order_by(_ASSIGNED.c.rank, _ASSIGNED.c.person)):
            inspectors[row.organisation] = (*inspectors.get(row.organisation, ()), row.person)
        for row in connection.execute(select(_RECUSALS).order_by(_RECUSALS.c.person)):
            barred[row.organisation] = (*barred.get(row.organisation, ()), row.person)
        schools = connection.execute(
            select(_ORGANISATIONS).where(_ORGANISATIONS.c.zone.isnot(None))
        )
        rows = schools.all()
    return Cast(
        luck=luck,
        calendar=house.journal.shelf.usual_calendar,
        standard=standard,
        inspectors=inspectors,
        zones={row.code: row.zone for row in rows},
        kinds={row.code: row.kind for row in rows},
        barred=barred,
    )


async def _without_prefect(demo: Demo, year: Year, told: Callable[[date], None]) -> None:
    """Live the year by calling the tasks themselves; a large county gets two more processes."""
    if demo.schools < FEWEST or "fork" not in multiprocessing.get_all_start_methods():
        await year.live(sweep_plainly, told)
        return
    year.house.database.close()  # no connection may be shared with a forked process
    hands = Hands(year.house, lambda: furnish(demo))
    last = await year.live(hands.sweep, told)
    await hands.close(last)


async def _through_prefect(year: Year, told: Callable[[date], None]) -> None:
    """Live the year through real flow runs, then ask Prefect's own database for every one."""
    async with open_line():
        await settle(named_runs(year.house.database))
        await year.live(drain, told)
    if missing := await not_completed(named_runs(year.house.database)):
        some = "、".join(f"{run}（{state}）" for run, state in list(missing.items())[:5])
        raise Unfinished(f"Prefect 数据库中有{len(missing)}次流程运行没有完成：{some}")
