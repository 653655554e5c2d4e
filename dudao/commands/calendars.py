"""`dudao days import` and `dudao days why`: a year's arrangement entered for the offices of a
database, and the running deadlines of a case with why each is that day."""

from datetime import UTC, datetime
from pathlib import Path

import typer
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from dudao.commands.at_hand import readable
from dudao.commands.log import looking_back
from dudao.commands.trouble import explained, of_file
from engine.dossier import read_dossier
from engine.journal import SHANGHAI, Entry, Journal
from engine.library import shipped_calendar
from engine.shelf import Shelf
from models.database import Database
from models.organisations import Organisation
from portal.deadlines import dues
from rules.holidays import YearTable, parse_year
from rules.mistakes import Mistakes
from rules.office_affairs import own_case
from rules.office_days import EnterYear
from rules.values import Actor, Refusal
from tasks.house import random_salt

_ORGANISATIONS = Organisation.__table__
MACHINE = Actor("", "system")


def enter(file: Path, office: str, url: str) -> None:
    """Enter the arrangement of a file for one office, or for all; exits 1 where one refuses."""
    table = _table(file)
    with explained("", url):
        readable(url).close()
        database = Database(url)
        try:
            refused = _enter(database, table, office)
        finally:
            database.close()
    raise typer.Exit(1 if refused else 0)


def _table(file: Path) -> YearTable:
    try:
        return parse_year(file.read_text("utf-8"), file.name)
    except OSError as error:
        typer.echo(f"{file} 读不出来：{of_file(error)}。", err=True)
    except UnicodeDecodeError:
        typer.echo(f"{file} 不是UTF-8编码的文本，请另存为UTF-8。", err=True)
    except Mistakes as mistakes:
        typer.echo(str(mistakes), err=True)
    raise typer.Exit(2)


def _enter(database: Database, table: YearTable, office: str) -> int:
    """How many offices refused."""
    journal = Journal(database, shipped_calendar(), random_salt)
    wanted = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name).where(
        _ORGANISATIONS.c.kind == "office"
    )
    if office:
        wanted = wanted.where(_ORGANISATIONS.c.code == office)
    with database.reading() as connection:
        offices = connection.execute(wanted.order_by(_ORGANISATIONS.c.code)).all()
    if not offices:
        typer.echo(f"没有代码为“{office}”的督导机构。" if office else "还没有督导机构。", err=True)
        raise typer.Exit(2)
    refused = 0
    for row in offices:
        command = EnterYear(office=row.code, table=table)
        at = datetime.now(UTC)
        key = f"days {table.year} {at.isoformat()}"
        result = journal.record(Entry(command, own_case(row.code), MACHINE, at, key))
        if isinstance(result, Refusal):
            refused += 1
            typer.echo(f"{row.name}：{result.reason}", err=True)
        elif result.events:
            typer.echo(f"{row.name}：已录入{table.year}年放假安排，受影响的期限由服务逐项重算。")
        else:
            typer.echo(f"{row.name}：{table.year}年的安排与现有的相同，没有改动。")
    return refused


def explain(case: str, deadline: str, url: str) -> None:
    """Print the running deadlines of a case (or one, by its key), each with its reckoning."""
    with looking_back(url) as connection:
        try:
            dossier = read_dossier(connection, Shelf(), case)
        except NoResultFound:
            typer.echo(f"没有案卷“{case}”，请核对。", err=True)
            raise typer.Exit(2) from None
        today = (datetime.now(UTC) + SHANGHAI).date()
        found = dues(dossier, today, dossier.calendar)
        if deadline:
            found = [one for one in found if one.key == deadline]
    if not found:
        typer.echo(f"这个案卷没有正在计算的期限{f'“{deadline}”' if deadline else ''}。", err=True)
        raise typer.Exit(2)
    for one in found:
        typer.echo(f"{one.key}　{one.title}　{one.who}　{one.day.isoformat()}　{one.left}")
        typer.echo(f"　　{one.why}。")
