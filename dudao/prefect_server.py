"""Prefect's own server on this machine: started, waited for, spoken to, stopped.

What Prefect must be told so that it is quiet, quick and sends nothing outside is written here
once; docs/prefect.md gives the measurements behind each choice.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

NOTHING_OUTSIDE = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
}
QUIET = {
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
}
AT_ONCE = 200
"""Flow runs that Prefect's API answers in one page."""


class PrefectDidNotStart(RuntimeError):
    """Prefect's server ended, or did not answer in time; the message is for the person waiting."""


@dataclass(frozen=True)
class PrefectServer:
    """A running Prefect server: where it answers, and the process that is it."""

    api_url: str
    process: subprocess.Popen[bytes]
    log: Path


def prefect_environment(home: Path, api_url: str | None = None) -> dict[str, str]:
    """The environment of every process of ours that uses Prefect, added to this one's.

    `home` is Prefect's own folder (its database, its log); it must be set before Prefect is
    first imported, or Prefect would write to the user's home.
    """
    ours = {"PREFECT_HOME": str(home.absolute())}
    if api_url:
        ours["PREFECT_API_URL"] = api_url
    return {**NOTHING_OUTSIDE, **QUIET, **os.environ, **ours}


def free_port() -> int:
    """A port of this machine on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_tethered(
    arguments: list[str],
    environment: Mapping[str, str],
    log: Path,
) -> subprocess.Popen[bytes]:
    """Start `python -m ARGUMENTS` so that it ends when this process does; its words go to `log`."""
    return start_child(["dudao.tethered", *arguments], environment, log)


def start_child(
    arguments: list[str],
    environment: Mapping[str, str],
    log: Path,
    keep: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """As `start_tethered`, for a module that itself ends when its standard input closes.
    ``keep``: open files that it inherits."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as words:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=words,
            stderr=subprocess.STDOUT,
            pass_fds=keep,
            # Ctrl-C in the terminal is for us; we stop our children in order.
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], patience: float = 15.0) -> None:
    """Ask a child to end, and make it end if it does not within `patience` seconds."""
    if process.stdin:
        process.stdin.close()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start_prefect_server(
    home: Path, *, port: int = 0, services: bool = True, database: str | None = None
) -> PrefectServer:
    """Start Prefect's server on 127.0.0.1, without waiting until it answers.

    home: Prefect's folder; its SQLite database is `home/prefect.db` unless `database` (an
    SQLAlchemy URL with an async driver) names another. services: also run schedules, triggers,
    the recording of task runs; without them a flow run is steadier and up to a third cheaper.
    """
    home.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    environment = prefect_environment(home, f"http://127.0.0.1:{port}/api")
    if database:
        environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database
    arguments = ["prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    log = home / "server.log"
    process = start_tethered(arguments + ([] if services else ["--no-services"]), environment, log)
    return PrefectServer(environment["PREFECT_API_URL"], process, log)


def answers(api_url: str) -> bool:
    """Whether a Prefect server answers there that it is well."""
    try:
        with urllib.request.urlopen(f"{api_url}/health", timeout=5) as answer:
            return bool(answer.read() == b"true")
    except (urllib.error.URLError, OSError):
        return False


def wait_until_it_answers(server: PrefectServer, patience: float = 120.0) -> None:
    """Wait for a started server: 7 s on a database that it knows, 16 s on a new one.

    Raises PrefectDidNotStart, with the end of the server's log, when it ended or took longer
    than `patience` seconds.
    """
    until = time.monotonic() + patience
    while not answers(server.api_url):
        ended = server.process.poll() is not None
        if ended or time.monotonic() > until:
            tail = server.log.read_text(errors="replace")[-800:]
            what = "启动后即退出" if ended else f"在 {patience:.0f} 秒内没有应答"
            raise PrefectDidNotStart(f"Prefect 服务{what}，日志见 {server.log}：\n{tail}")
        time.sleep(0.1)


@contextmanager
def prefect_server(
    home: Path,
    *,
    port: int = 0,
    services: bool = True,
    database: str | None = None,
    wait: bool = True,
) -> Iterator[PrefectServer]:
    """A server of our own: this process's flows run through it until the context ends.

    Not inside a running event loop: the loops run inside it (`asyncio.run`).
    With `wait=False` other work can be done while it starts; `wait_until_it_answers` must then be
    called before the first flow.
    """
    os.environ.update(prefect_environment(home))
    server = start_prefect_server(home, port=port, services=services, database=database)
    try:
        if wait:
            wait_until_it_answers(server)
        with spoken_to(server, home):
            yield server
    finally:
        stop(server.process)


@contextmanager
def spoken_to(server: PrefectServer, home: Path) -> Iterator[None]:
    """Also right where Prefect was imported, and so read its settings, before `home` was known."""
    from prefect.logging.configuration import setup_logging
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_HOME,
        PREFECT_LOGGING_LEVEL,
        PREFECT_LOGGING_TO_API_ENABLED,
        temporary_settings,
    )

    mine = {
        PREFECT_API_URL: server.api_url,
        PREFECT_HOME: home.absolute(),
        PREFECT_LOGGING_LEVEL: os.environ["PREFECT_LOGGING_LEVEL"],
        PREFECT_LOGGING_TO_API_ENABLED: False,
    }
    with temporary_settings(mine):
        setup_logging(incremental=True)
        yield
        _hand_over_events()


def _hand_over_events(patience: float = 20.0) -> None:
    """Let Prefect's client send what it still holds (task runs are told as events).

    A process that ends with events in hand and no server to take them hangs for minutes, so
    what could not be handed over in time is dropped: nothing of ours depends on it.
    """
    from prefect.events.worker import EventsWorker

    EventsWorker.drain_all(timeout=patience)
    for worker in list(EventsWorker._instances.values()):
        worker._queue.queue.clear()


@asynccontextmanager
async def open_line() -> AsyncIterator[None]:
    """Keep one line to Prefect open for all flow runs started inside: halves their cost.

    Without it every flow run opens clients of its own and loads the machine's certificates anew
    (33 ms each). Heartbeats are off: they tell of crashed runs, and ours are told by their orders.
    """
    from prefect.context import AsyncClientContext, SyncClientContext
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with (
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
        SyncClientContext.get_or_create(),
    ):
        async with AsyncClientContext.get_or_create():
            yield


async def not_completed(flow_run_ids: Collection[UUID]) -> dict[UUID, str]:
    """Those of the flow runs that Prefect's database does not show completed, and what it shows.

    A run that it does not know is shown as "unknown". Asks in pages of 200.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    wanted = list(dict.fromkeys(flow_run_ids))
    shown: dict[UUID, str] = {}
    async with get_client() as client:
        for first in range(0, len(wanted), AT_ONCE):
            page = FlowRunFilter(id=FlowRunFilterId(any_=wanted[first : first + AT_ONCE]))
            for run in await client.read_flow_runs(flow_run_filter=page, limit=AT_ONCE):
                shown[run.id] = run.state_type.value if run.state_type else "no state"
    states = {run: shown.get(run, "unknown") for run in wanted}
    return {run: state for run, state in states.items() if state != "COMPLETED"}
