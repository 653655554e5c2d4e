"""`dudao serve`: Prefect's server, a worker, the deployments and the keeper of time, in one."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from dudao.commands.trouble import explained
from dudao.draining import drain
from dudao.portal_serving import CannotListen, Listener, Portal
from dudao.portal_worker import WAKE
from dudao.prefect_server import PrefectDidNotStart
from dudao.serving import CannotServe
from dudao.serving import serve as serve_until_stopped
from dudao.settling import named_runs, settle
from models.creation import create
from notifications.channel_settings import BadChannels
from tasks.house import House, Settings, live_in, random_salt

REFUSALS = (BadChannels, CannotListen, CannotServe, PrefectDidNotStart)
BACK = timedelta(days=3)  # how far back a killed process's flow runs are looked for


def serve(
    home: Annotated[
        Path | None, typer.Option(help="数据文件夹；默认取 DUDAO_HOME，再默认 var")
    ] = None,
    database: Annotated[str, typer.Option(help="数据库地址；默认取 DUDAO_DATABASE_URL")] = "",
    port: Annotated[int, typer.Option(help="Prefect 服务端口", min=0, max=65535)] = 4200,
    every: Annotated[float, typer.Option(help="巡查间隔（秒）", min=0.5, max=3600)] = 5.0,
    prefect_database: Annotated[str, typer.Option(help="Prefect 自己的数据库地址")] = "",
    runs_at_once: Annotated[int, typer.Option(help="执行器同时运行的流程数", min=1)] = 1,
    host: Annotated[str, typer.Option(help="门户监听地址")] = "127.0.0.1",
    portal_port: Annotated[int, typer.Option(help="门户端口", min=0, max=65535)] = 8000,
    outside_port: Annotated[
        int, typer.Option(help="手机和公众页面的端口，-1 为不开", min=-1, max=65535)
    ] = -1,
    workers: Annotated[int, typer.Option(help="每个端口的门户进程数", min=1, max=64)] = 2,
) -> None:
    """启动督导服务：门户、流程服务器、执行器、全部部署和时钟，Ctrl-C 停止。"""
    settings = Settings()
    place = (home or settings.home).absolute()
    url = database or settings.database_url or str(place / "dudao.db")
    # The worker's processes open the same house from their environment.
    with (
        told(DUDAO_HOME=str(place), DUDAO_DATABASE_URL=url),
        explained(f"数据文件夹 {place} ", url, *REFUSALS),
    ):
        house = House.at(place, url, random_salt)
        with closing(house.database), live_in(house):
            create(house.database)
            code = serve_until_stopped(
                place / "prefect",
                sweep=Keeper(house),
                every=every,
                port=port,
                database=prefect_database or None,
                runs_at_once=runs_at_once,
                portal=portal_of(place, host, portal_port, outside_port, workers),
                woken=Wake(place),
                say=typer.echo,
            )
    raise typer.Exit(code)


@contextmanager
def told(**environment: str) -> Iterator[None]:
    """These values in the environment, for as long as it takes."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def portal_of(place: Path, host: str, port: int, outside_port: int, workers: int) -> Portal:
    """The portal of a house: for the office's network, and where asked for, for outside."""
    listeners = [Listener(host, port, workers)]
    if outside_port >= 0:
        listeners.append(Listener(host, outside_port, workers, outside=True))
    return Portal(listeners, os.environ, place / "portal.log")


class Wake:
    """Whether a command was recorded since it was last asked: the portal touches a file."""

    def __init__(self, home: Path) -> None:
        self.file = home / WAKE
        self.seen = 0.0

    def __call__(self) -> bool:
        try:
            touched = self.file.stat().st_mtime
        except FileNotFoundError:
            return False
        before, self.seen = self.seen, touched
        return touched > before


class Keeper:
    """Called every few seconds: does what is owed, and at first closes what a kill left behind.
    ``ahead``: by how much the demo's clock differs from the machine's."""

    def __init__(self, house: House, ahead: timedelta = timedelta(0)) -> None:
        self.house = house
        self.ahead = ahead
        self.settled = False

    async def __call__(self) -> int:
        now = datetime.now(UTC) + self.ahead
        if not self.settled:
            await settle(named_runs(self.house.database, now - BACK))
            self.settled = True
        return await drain(now)
