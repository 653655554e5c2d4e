"""What a flow run costs: Prefect's server on SQLite and PostgreSQL, and each way to run a flow.

    python benchmarks/prefect_costs.py [--quick] [--json]

Prints milliseconds of wall time for one run of an empty flow (or task), and the seconds until a
new server answers. Trust the ratios: the wall times depend on the machine and on what else it does.
"""

import argparse
import asyncio
import json
import os
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg

from dudao.prefect_server import not_completed, open_line, prefect_server

POSTGRES = os.environ.get("DUDAO_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
POSTGRES = POSTGRES.replace("+psycopg", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="SQLite only, within a minute")
    options = parser.parse_args()
    runs = 20 if options.quick else 60
    measured: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, database, services) in enumerate(_servers(options.quick)):
            with database() as url:
                home = Path(folder) / str(number)
                measured[name] = _measure(home, url, services, runs)
            if not options.json:
                print(f"{name}: {measured[name]}", flush=True)
    if options.json:
        print(json.dumps(measured))


def _servers(quick: bool) -> list[tuple[str, Callable[[], object], bool]]:
    few = [("sqlite, no services", _sqlite, False)]
    more = [
        ("sqlite", _sqlite, True),
        ("postgres, no services", _postgres, False),
        ("postgres", _postgres, True),
    ]
    return few if quick else few + more


@contextmanager
def _sqlite() -> Iterator[None]:
    """Prefect's own default: a file in its folder."""
    yield None


@contextmanager
def _postgres() -> Iterator[str]:
    name = f"prefect_costs_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield POSTGRES.replace("postgresql://", "postgresql+asyncpg://").rsplit("/", 1)[0] + (
                f"/{name}"
            )
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _measure(home: Path, database: str | None, services: bool, runs: int) -> dict[str, float]:
    begun = time.perf_counter()
    with prefect_server(home, services=services, database=database):
        figures = {"server_starts_s": round(time.perf_counter() - begun, 1)}
        figures |= _measure_flows(runs)
    return figures


def _measure_flows(runs: int) -> dict[str, float]:
    from prefect import flow, runtime, task

    done: list[UUID] = []

    @flow(persist_result=False)
    def plain() -> None: ...

    @flow(persist_result=False)
    async def empty() -> None:
        done.append(UUID(runtime.flow_run.id))

    @task(persist_result=False)
    async def step() -> None: ...

    @flow(persist_result=False)
    async def several(what: Callable[[], Awaitable[None]], times: int) -> None:
        await _repeat(what, times)

    async def all_of_them() -> dict[str, float]:
        figures = {"async_flow_ms": await _each(_repeat(empty, runs), runs)}
        async with open_line():
            await empty()
            figures["async_flow_open_line_ms"] = await _each(_repeat(empty, runs), runs)
            figures["subflow_open_line_ms"] = await _each(several(empty, runs), runs)
            figures["task_ms"] = await _each(several(step, runs * 4), runs * 4)
            begun, missing = time.perf_counter(), await not_completed(done)
            asked = (time.perf_counter() - begun) / len(done)
            figures["asking_for_the_states_of_1000_ms"] = round(asked * 1_000_000)
        assert not missing, missing
        return figures

    begun = time.perf_counter()
    for _ in range(3):
        plain()
    figures = {"sync_flow_as_in_tutorials_ms": round((time.perf_counter() - begun) / 3 * 1000, 1)}
    return figures | asyncio.run(all_of_them())


async def _repeat(what: Callable[[], Awaitable[None]], times: int) -> None:
    for _ in range(times):
        await what()


async def _each(work: Awaitable[object], times: int) -> float:
    """Milliseconds for each of `times` runs that `work` consists of."""
    begun = time.perf_counter()
    await work
    return round((time.perf_counter() - begun) / times * 1000, 1)


if __name__ == "__main__":
    main()
