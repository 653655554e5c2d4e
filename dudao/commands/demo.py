"""`dudao demo`: one county's whole year, on the production code, in simulated time."""

import json
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dudao.commands.trouble import explained
from dudao.demo.folder import FolderRefused, held
from dudao.demo.hands import HandsFailed
from dudao.demo.opening import morning_after, open_doors
from dudao.demo.run import Demo, Unfinished, play
from dudao.demo.summary import sum_up
from dudao.demo.telling import Instructive, figures, stage_table
from dudao.demo.year import DiaryUnreadable, Year
from dudao.portal_serving import CannotListen
from dudao.prefect_server import PrefectDidNotStart
from tasks.house import live_in

REFUSED = (
    CannotListen,
    DiaryUnreadable,
    FolderRefused,
    HandsFailed,
    PrefectDidNotStart,
    Unfinished,
)


def demo(
    schools: Annotated[int, typer.Option(help="学校数", min=6, max=5000)] = 36,
    seed: Annotated[int, typer.Option(help="随机种子")] = 1,
    year: Annotated[int, typer.Option(help="年度", min=2005, max=2035)] = 2026,
    out: Annotated[Path, typer.Option(help="输出文件夹")] = Path("var/demo"),
    database: Annotated[str, typer.Option(help="数据库地址；默认是输出文件夹里的文件")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
    no_prefect: Annotated[bool, typer.Option("--no-prefect", help="不经过 Prefect")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="从上次中断处继续")] = False,
    serve: Annotated[bool, typer.Option("--serve", help="走到某天停下，打开门户供查看")] = False,
    until: Annotated[str, typer.Option(help="走到哪天，例如 2026-05-12；默认走完全年")] = "",
    port: Annotated[int, typer.Option(help="门户端口", min=0, max=65535)] = 8000,
) -> None:
    """在示例县把一年的督导评估从头走到尾（模拟时间，真实流程）。"""
    last = _last_day(until, year, serve)
    played = Demo(schools, seed, year, out, database, not (no_prefect or serve), until=last)
    where = f"输出文件夹 {out} "
    with explained(where, database or str(out / "dudao.db"), *REFUSED), held(played, resume):
        lived = _lived(played, shown=not as_json)
        if serve:
            _open(lived, played, port)
            return
        summary = sum_up(lived)
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False))
    else:
        _show(lived, summary, out)
    lived.house.database.close()


def _last_day(until: str, year: int, serve: bool) -> date:
    """The last day to live: the one named, else the year's end, or for visitors a day in May, when
    every stage is under way somewhere."""
    if not until:
        return date(year, 5, 12) if serve else date.max
    try:
        last = date.fromisoformat(until)
    except ValueError:
        typer.echo(f"“{until}”不是日期，应写成 2026-05-12 这样。", err=True)
        raise typer.Exit(2) from None
    if not date(year, 1, 1) <= last < date(year + 1, 5, 1):
        typer.echo(f"--until 应在{year}年1月1日至{year + 1}年4月30日之间。", err=True)
        raise typer.Exit(2)
    return last


def _open(lived: Year, played: Demo, port: int) -> None:
    """Open the county to visitors, until asked to stop."""
    house = lived.house
    at = morning_after(played.until, house.journal.shelf.usual_calendar)
    try:
        with live_in(house):
            open_doors(house, played.out, house.database.url, at, port, typer.echo)
    finally:
        house.database.close()


def _lived(played: Demo, shown: bool) -> Year:
    bar = Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with bar if shown else nullcontext():
        days = bar.add_task(f"{played.year}年", total=430)

        def told(day: date) -> None:
            passed = (day - date(played.year, 1, 1)).days
            bar.update(days, completed=passed, description=f"{day}")

        lived = play(played, told)
        bar.update(days, completed=430)
    return lived


def _show(lived: Year, summary: dict[str, Any], out: Path) -> None:
    console = Console()
    with lived.house.database.reading() as connection:
        shelf = lived.house.journal.shelf
        process = lived.process
        console.print(stage_table(process, summary))
        console.print("最有代表性的十个日期：", style="bold")
        for number, (whose, why) in enumerate(Instructive(connection, shelf).ten(), 1):
            console.print(f"{number:>2}. {whose}", highlight=False, soft_wrap=True)
            console.print(f"    {why}", highlight=False, soft_wrap=True)
    for line in figures(summary):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(f"文书在 {out / 'letters'}，消息在 {out / 'outbox'}。", highlight=False)
