"""`dudao verify`, `check`, `replay`, `export`, `checkpoint`: looking back at the log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dudao.commands.at_hand import readable
from dudao.commands.trouble import of_database, of_file, shown
from engine.checking import check
from engine.checkpoint import BadCheckpoint, Checkpoint, read_checkpoint, write_checkpoint
from engine.export import export
from engine.findings import Findings
from engine.replaying import replay
from engine.shelf import Shelf
from engine.verification import verify
from models.creation import CannotOpen
from models.database import Database

Db = Annotated[str, typer.Argument(help="数据库文件或地址", metavar="数据库")]

# A checkpoint of a hundred thousand cases; nothing larger is one.
LARGEST_CHECKPOINT = 32 << 20


@contextmanager
def looking_back(url: str) -> Iterator[Connection]:
    """A connection to read from a database that is there already, at this program's version; the
    database stays as it is.

    What cannot be opened ends the command with 2, what cannot be read to the end with 1.
    """
    database = _opened(url)
    try:
        with database.reading() as connection:
            yield connection
    except BrokenPipeError:
        raise  # whoever read the output has gone; that is not the database's fault
    except OSError as error:
        _end(f"输出写不下去：{of_file(error)}。", 1)
    except SQLAlchemyError as error:
        _end(f"{shown(url)} 没有读完：{of_database(error)}。", 1)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        _end(
            f"{shown(url)} 里有读不懂的内容（{type(error).__name__}），没有看完；"
            "请用 dudao verify 核对，再从备份恢复。",
            1,
        )
    finally:
        database.close()


def _opened(url: str) -> Database:
    try:
        return readable(url)
    except CannotOpen as reason:
        _end(str(reason), 2)
    except SQLAlchemyError as error:
        _end(f"{shown(url)} 打不开：{of_database(error)}。", 2)


def _end(said: str, code: int) -> NoReturn:
    typer.echo(said, err=True)
    raise typer.Exit(code) from None


def _tell(findings: Findings, fine: str) -> None:
    for line in findings.in_chinese():
        typer.echo(line)
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
    """校验事件日志是否被改动；有校验点时，之前的任何改动都能查出。"""
    point = None if checkpoint is None else _checkpoint_in(checkpoint)
    with looking_back(database) as connection:
        _tell(verify(connection, point), "日志完好。")


def _checkpoint_in(file: Path) -> Checkpoint:
    try:
        with file.open("rb") as opened:
            return read_checkpoint(opened.read(LARGEST_CHECKPOINT).decode("utf-8"))
    except OSError as error:
        why = of_file(error)
    except UnicodeDecodeError:
        why = "不是 UTF-8 编码的文本"
    except BadCheckpoint as reason:
        why = str(reason).removesuffix("。")
    _end(f"校验点文件 {file} 无法使用：{why}。", 2)


def check_cases(database: Db) -> None:
    """查找停滞的案卷、无人负责的事项和未完成的工作。"""
    with looking_back(database) as connection:
        _tell(check(connection, datetime.now(UTC)), "没有停滞的案卷。")


def replay_log(database: Db) -> None:
    """按事件日志重建每个案卷并逐一比对。"""
    with looking_back(database) as connection:
        _tell(replay(connection, Shelf()), "全部案卷与日志一致。")


def export_log(database: Db) -> None:
    """导出事件日志（每行一个 JSON 事件）到标准输出。"""
    with looking_back(database) as connection:
        export(connection, sys.stdout)


def checkpoint_log(database: Db) -> None:
    """生成校验点到标准输出；请另处保存。"""
    with looking_back(database) as connection:
        typer.echo(write_checkpoint(connection, datetime.now(UTC)), nl=False)
