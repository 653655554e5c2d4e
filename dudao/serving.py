"""Everything that must run for an office: Prefect's server, a worker, and the keeper of time.

Prefect's server and worker are child processes that cannot outlive this one. The keeper of time
runs here: a process started for every sweep costs 4-5 seconds of CPU, a call costs milliseconds.
Schedules in prefect.yaml start the same sweep through the worker, should this process be gone.
"""

import asyncio
import contextvars
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import flows
from dudao.portal_serving import Portal
from dudao.prefect_server import (
    open_line,
    prefect_environment,
    prefect_server,
    start_tethered,
    stop,
)

POOL = "dudao"
ROOT = Path(flows.__file__).parent.parent
"""Where the rooms and prefect.yaml stand; entrypoints (`flows/deliver.py:deliver`) start here."""


class CannotServe(RuntimeError):
    """Something did not start; the message, in Chinese, is for the person at the screen."""


def serve(
    home: Path,
    *,
    sweep: Callable[[], Awaitable[object]],
    every: float = 5.0,
    port: int = 4200,
    runs_at_once: int = 1,
    database: str | None = None,
    portal: Portal | None = None,
    woken: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = print,
) -> int:
    """Run until SIGINT or SIGTERM, or until a child dies; answer the exit code (0, or 1).

    home: Prefect's folder (database, logs). sweep: awaited every `every` seconds in this process,
    its flows run through the server; an error in it is said and the next sweep is the retry. When
    asked to stop, the sweep under way is finished first. port: 0 takes any free one.
    runs_at_once: flow runs that the worker may start side by side; on Prefect's own SQLite one.
    database: URL of Prefect's database, by default SQLite in `home`. portal: the pages, which
    open first. woken: asked twice a second whether a command was recorded, for then the sweep does
    not wait. Raises CannotServe, CannotListen or PrefectDidNotStart.
    """
    with _asked_to_stop() as asked:
        if port and not _is_free(port):
            raise CannotServe(f"端口 {port} 已被占用，请用 --port 换一个")
        with _portal(portal, say), prefect_server(home, port=port, database=database) as server:
            environment = prefect_environment(home, server.api_url)
            say(f"Prefect 服务已就绪：{server.api_url.removesuffix('/api')}")
            make_pool()
            say(f"已部署 {deploy(environment, home / 'deploy.log')} 个流程")
            log = home / "worker.log"
            worker = _start_worker(environment, log, runs_at_once)
            say("执行器已启动，正在守候；按 Ctrl-C 停止")
            children = {
                "Prefect 服务": (server.process, server.log),
                "执行器": (worker, log),
            }
            try:
                keeper = _start_keeper(sweep, every, asked, woken, say)
                return _watch(children, keeper, asked, portal, say)
            finally:
                say("正在停止……")
                stop(worker, patience=30)


def make_pool() -> None:
    """Make the work pool that the deployments name, unless it is there; flows run as processes."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists

    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))


def deploy(environment: Mapping[str, str], log: Path) -> int:
    """Apply every deployment of prefect.yaml and answer how many the server now knows."""
    from prefect.client.orchestration import get_client

    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    log.write_bytes(done.stdout)
    if done.returncode:
        tail = done.stdout.decode(errors="replace")[-800:]
        raise CannotServe(f"部署流程失败，日志见 {log}：\n{tail}")
    with get_client(sync_client=True) as client:
        return len(client.read_deployments())


def _start_worker(
    environment: Mapping[str, str], log: Path, runs_at_once: int
) -> subprocess.Popen[bytes]:
    arguments = ["prefect", "worker", "start", "--pool", POOL, "--type", "process"]
    arguments += ["--name", f"dudao-{socket.gethostname()}", "--limit", str(runs_at_once)]
    rooms = os.pathsep.join([str(ROOT), *filter(None, [environment.get("PYTHONPATH")])])
    return start_tethered(
        [*arguments, "--install-policy", "never"], {**environment, "PYTHONPATH": rooms}, log
    )


def _start_keeper(
    sweep: Callable[[], Awaitable[object]],
    every: float,
    asked: threading.Event,
    woken: Callable[[], bool],
    say: Callable[[str], None],
) -> threading.Thread:
    """Sweep in a thread of its own until asked to stop.

    In the main thread Prefect would answer SIGTERM by crashing the flow run under way; here it is
    finished.
    """

    async def keep_time() -> None:
        async with open_line():
            while not asked.is_set():
                try:
                    await sweep()
                except Exception as error:
                    say(f"本次巡查出错，稍后重试：{type(error).__name__}：{error}")
                await asyncio.to_thread(_rest, every, asked, woken)

    # Prefect keeps its settings (where the server answers) in context variables.
    here = contextvars.copy_context()
    keeper = threading.Thread(target=here.run, args=(asyncio.run, keep_time()), daemon=True)
    keeper.start()
    return keeper


def _rest(every: float, asked: threading.Event, woken: Callable[[], bool]) -> None:
    """Wait for the next sweep, less long when a command was recorded meanwhile."""
    until = time.monotonic() + every
    while time.monotonic() < until and not asked.wait(min(0.5, every)) and not woken():
        pass


def _watch(
    children: Mapping[str, tuple[subprocess.Popen[bytes], Path]],
    keeper: threading.Thread,
    asked: threading.Event,
    portal: Portal | None,
    say: Callable[[str], None],
) -> int:
    """Wait for the keeper of time; answer 1 when it or a child ended unasked, else 0."""
    while keeper.is_alive():
        for name, (process, log) in children.items():
            if process.poll() is not None and not asked.is_set():
                say(f"{name}意外退出（退出码 {process.returncode}），日志见 {log}")
                asked.set()
                keeper.join(10)
                return 1
        if portal is not None and not asked.is_set() and not portal.look_after(say):
            asked.set()
            keeper.join(10)
            return 1
        keeper.join(0.5)
    return 0 if asked.is_set() else 1


@contextmanager
def _portal(portal: Portal | None, say: Callable[[str], None]) -> Iterator[None]:
    """The pages open first and close last: whoever is at one gets an answer."""
    try:
        if portal is not None:
            portal.start(say)
        say("正在启动 Prefect 服务，首次约需二十秒……")
        yield
    finally:
        if portal is not None:
            portal.stop()


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a polite kill sets; a second one is obeyed at once."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
