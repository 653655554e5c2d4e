"""`dudao process`: is a definition right, and what does it say?"""

from pathlib import Path
from typing import Annotated

import typer

from documents.catalogue import LETTERS
from dudao.commands.trouble import of_file
from engine.library import read_definition
from notifications.catalogue import MESSAGES
from rules.definition import Definition
from rules.mistakes import Mistakes
from rules.telling import mermaid, stages_in_words

app = typer.Typer(help="流程定义的检查与查看。", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="流程定义文件（YAML）", metavar="文件")]
MOST_BYTES = 2 << 20  # beyond what any definition is; the reader refuses from 1 MiB on


def _read(file: Path) -> Definition:
    """The definition of a file, or its mistakes on the screen and exit code 1."""
    try:
        with file.open("rb") as opened:
            text = opened.read(MOST_BYTES).decode("utf-8")
    except OSError as error:
        typer.echo(f"{file}:1: 文件打不开：{of_file(error)}")
        raise typer.Exit(1) from None
    except UnicodeDecodeError:
        typer.echo(f"{file}:1: 文件不是 UTF-8 编码的文本")
        raise typer.Exit(1) from None
    try:
        return read_definition(text, str(file), MESSAGES, LETTERS)
    except Mistakes as mistakes:
        for line in mistakes.lines(str(file)):
            typer.echo(line)
        raise typer.Exit(1) from None


@app.command("check")
def check(file: File) -> None:
    """检查流程定义；有错误时逐行列出“文件:行: 原因”，退出码为 1。"""
    definition = _read(file)
    typer.echo(f"{definition.title} {definition.version}：没有发现错误（{definition.hash}）。")


@app.command("show")
def show(
    file: File,
    diagram: Annotated[bool, typer.Option("--mermaid", help="输出 Mermaid 流程图")] = False,
) -> None:
    """列出各环节、期限和通知对象；--mermaid 输出流程图。"""
    definition = _read(file)
    for line in mermaid(definition) if diagram else stages_in_words(definition):
        typer.echo(line)
