"""`dudao verify`, `check`, `replay`, `export`, `checkpoint`: looking back at the log."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DatabaseError

from engine.checking import check
from engine.checkpoint import BadCheckpoint, read_checkpoint, write_checkpoint
from engine.export import export
from engine.findings import Findings
from engine.library import Shelf
from engine.replaying import replay
from engine.verification import verify
from models.creation import CannotOpen, create, version
from models.database import Database

Db = Annotated[str, typer.Argument(help="数据库文件或地址", metavar="数据库")]


def opened(url: str) -> Database:
    """A database that is there already, at this program's version."""
    if "://" not in url:
        _look_at(url)
    database = Database(url)
    try:
        with database.reading() as connection:
            if version(connection) is None:
                raise CannotOpen(f"{url} 不是本系统的数据库。")
        create(database)
    except (CannotOpen, DatabaseError) as reason:
        said = str(reason) if isinstance(reason, CannotOpen) else f"{url} 不是本系统的数据库。"
        typer.echo(said, err=True)
        raise typer.Exit(2) from None
    return database


def _look_at(path: str) -> None:
    """Refuse what is no SQLite file before it is opened: opening alone would write into it."""
    try:
        with Path(path).open("rb") as file:
            ours = file.read(16) == b"SQLite format 3\0"
    except OSError:
        typer.echo(f"没有找到数据库 {path}。", err=True)
        raise typer.Exit(2) from None
    if not ours:
        typer.echo(f"{path} 不是本系统的数据库。", err=True)
        raise typer.Exit(2)


def _tell(findings: Findings, fine: str) -> None:
    for note in findings.notes:
        typer.echo(note)
    for finding in findings.found:
        typer.echo(finding.in_chinese())
    if findings.count:
        typer.echo(f"共发现{findings.count}处问题。")
        raise typer.Exit(1)
    typer.echo(fine)


def verify_log(
    database: Db,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="另处保存的校验点文件", metavar="文件")
    ] = None,
) -> None:
    """校验事件日志是否被改动；有校验点时，校验点之前的任何改动都能查出。"""
    point = None
    if checkpoint is not None:
        try:
            point = read_checkpoint(checkpoint.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, BadCheckpoint) as reason:
            typer.echo(f"校验点文件无法使用：{reason}", err=True)
            raise typer.Exit(2) from None
    with opened(database).reading() as connection:
        _tell(verify(connection, point), "日志完好。")


def check_cases(database: Db) -> None:
    """查找停滞的案卷、无人负责的事项和未完成的工作。"""
    with opened(database).reading() as connection:
        _tell(check(connection, datetime.now(UTC)), "没有停滞的案卷。")


def replay_log(database: Db) -> None:
    """按事件日志重建每个案卷并逐一比对。"""
    with opened(database).reading() as connection:
        _tell(replay(connection, Shelf()), "全部案卷与日志一致。")


def export_log(database: Db) -> None:
    """导出事件日志（每行一个 JSON 事件）到标准输出。"""
    with opened(database).reading() as connection:
        export(connection, sys.stdout)


def checkpoint_log(database: Db) -> None:
    """生成校验点到标准输出；请另处保存。"""
    with opened(database).reading() as connection:
        typer.echo(write_checkpoint(connection, datetime.now(UTC)))
