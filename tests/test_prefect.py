"""Prefect with the pinned versions: its server answers, runs flows, keeps schedules, and serves."""

import asyncio
import os
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from dudao.prefect_server import PrefectServer, answers, not_completed, open_line, start_tethered
from dudao.serving import CannotServe, serve


def test_the_server_answers_with_the_pinned_fastapi(prefect_server: PrefectServer) -> None:
    assert answers(prefect_server.api_url)


def test_a_flow_run_stands_completed_in_prefects_own_database(
    prefect_server: PrefectServer,
) -> None:
    from prefect import flow, runtime

    ran: list[UUID] = []

    @flow(persist_result=False)
    async def note() -> None:
        ran.append(UUID(runtime.flow_run.id))

    stranger = uuid4()

    async def twice() -> dict[UUID, str]:
        async with open_line():
            await note()
            await note()
        return await not_completed([*ran, stranger, *ran])

    assert asyncio.run(twice()) == {stranger: "unknown"}
    assert len(set(ran)) == 2


def test_a_failed_flow_run_is_told_from_a_completed_one(prefect_server: PrefectServer) -> None:
    from prefect import flow, runtime

    ran: list[UUID] = []

    @flow(persist_result=False)
    async def fail() -> None:
        ran.append(UUID(runtime.flow_run.id))
        raise ValueError("the letter has no template")

    async def once() -> None:
        async with open_line():
            await fail()

    with pytest.raises(ValueError, match="no template"):
        asyncio.run(once())
    assert asyncio.run(not_completed(ran)) == {ran[0]: "FAILED"}


def test_serving_deploys_everything_keeps_time_and_stops_when_asked(
    prefect_server: PrefectServer, tmp_path: Path
) -> None:
    """The whole of `dudao serve` on a free port: what it says, what stands, how it ends."""
    copy_prefects_tables(prefect_server, tmp_path / "prefect.db")
    said: list[str] = []
    sweeps: list[set[str]] = []

    async def sweep() -> None:
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.filters import FlowRunFilter

        waiting = FlowRunFilter.model_validate({"state": {"name": {"any_": ["Scheduled"]}}})
        async with get_client() as client:
            deployments = await client.read_deployments()
            scheduled = await client.read_flow_runs(flow_run_filter=waiting, limit=1)
        sweeps.append({deployment.name for deployment in deployments})
        if len(sweeps) == 1:
            raise OSError("the disk is full")  # is said, and the next sweep is the retry
        # Prefect's scheduler works only with the pinned SQLAlchemy; its errors reach its log only.
        if scheduled or len(sweeps) == 100:
            os.kill(os.getpid(), signal.SIGTERM)

    assert serve(tmp_path, sweep=sweep, every=0.2, port=0, say=said.append) == 0
    assert sweeps[-1] == declared_deployments()
    assert len(sweeps) < 100, "no flow run was scheduled"
    assert "本次巡查出错，稍后重试：OSError：the disk is full" in said
    assert said[-1] == "正在停止……"
    assert "Error" not in (tmp_path / "server.log").read_text()


def test_a_port_in_use_is_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"端口 {port} 已被占用"):
            serve(tmp_path, sweep=asyncio.Event().wait, port=port)


def test_a_child_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    """The parent's end of the pipe closes however the parent ends, SIGKILL included."""
    child = start_tethered(
        ["http.server", "0", "--bind", "127.0.0.1"], os.environ, tmp_path / "log"
    )
    assert child.stdin
    assert child.poll() is None
    child.stdin.close()
    assert child.wait(10) == -signal.SIGTERM


def copy_prefects_tables(server: PrefectServer, to: Path) -> None:
    """Start from the session's database: making the tables anew takes the server ten seconds."""
    source = server.log.parent / "prefect.db"
    with closing(sqlite3.connect(source)) as made, closing(sqlite3.connect(to)) as copied:
        made.backup(copied)


def declared_deployments() -> set[str]:
    import yaml

    text = (Path(__file__).parents[1] / "prefect.yaml").read_text(encoding="utf-8")
    return {declared["name"] for declared in yaml.safe_load(text)["deployments"]}
