"""`dudao days`: a date and why it is that day."""

from datetime import date
from typing import Annotated

import typer

from engine.library import shipped_calendar
from rules.clause_grammar import MOST
from rules.clauses import explain_addition
from rules.days import DayOutOfRange

app = typer.Typer(help="工作日推算。", no_args_is_help=True)


@app.callback()
def working_days() -> None:
    """工作日推算。"""


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
