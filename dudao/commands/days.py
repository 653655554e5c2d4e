"""`dudao days`: a date and why it is that day; a year's arrangement once it is published."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from dudao.commands.places import Db, Home
from engine.library import shipped_calendar
from rules.clause_grammar import MOST
from rules.clauses import explain_addition
from rules.days import DayOutOfRange

app = typer.Typer(help="工作日推算，录入放假安排，说明期限的来由。", no_args_is_help=True)


@app.callback()
def working_days() -> None:
    """工作日推算，录入放假安排，说明期限的来由。"""


# Without it Typer would take -5 for an option.
@app.command("add", context_settings={"ignore_unknown_options": True})
def add(
    day: Annotated[str, typer.Argument(help="起算日，例如 2026-09-18", metavar="日期")],
    number: Annotated[int, typer.Argument(help="工作日天数，负数为向前推", metavar="天数")],
) -> None:
    """从某日起算若干个工作日，给出到期日和理由。"""
    try:
        start = date.fromisoformat(day)
    except ValueError:
        typer.echo(f"“{day}”不是日期，应写成 2026-09-18 这样。", err=True)
        raise typer.Exit(2) from None
    if not 1 <= abs(number) <= MOST["working day"]:
        typer.echo(
            f"天数应在1到{MOST['working day']}之间（向前推写负数），写的是{number}。", err=True
        )
        raise typer.Exit(2)
    try:
        found = explain_addition(start, number, shipped_calendar())
    except DayOutOfRange as reason:
        typer.echo(f"{reason}。", err=True)
        raise typer.Exit(2) from None
    typer.echo(found.due.isoformat())
    typer.echo(found.in_chinese())


# What needs a database is read when it is called: a date is reckoned in a moment.


@app.command("import")
def import_year(
    file: Annotated[Path, typer.Argument(help="一年的放假安排（YAML文件）", metavar="文件")],
    office: Annotated[
        str, typer.Option("--office", help="督导机构代码，默认全部督导机构", metavar="代码")
    ] = "",
    database: Db = "",
    home: Home = Path("var"),
) -> None:
    """录入一年的放假安排；受影响的期限由服务逐项重算并告知。"""
    from dudao.commands.calendars import enter

    enter(file, office, database or str(home / "dudao.db"))


@app.command("why")
def explain_deadlines(
    case: Annotated[
        str, typer.Argument(help="案卷标识，如 SLX-DD/shaanxi-316/2026/S0001", metavar="案卷")
    ],
    deadline: Annotated[
        str, typer.Argument(help="期限标识，如 self_assessment/submit；默认全部", metavar="期限")
    ] = "",
    database: Db = "",
    home: Home = Path("var"),
) -> None:
    """一个案卷正在计算的期限，各是哪一天，为什么是那一天。"""
    from dudao.commands.calendars import explain

    explain(case, deadline, database or str(home / "dudao.db"))
