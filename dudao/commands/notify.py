"""`dudao notify`: does a person's channel work, and what will be sent in the days to come."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import Connection, Row, select

from dudao.commands.log import looking_back
from dudao.commands.places import Db, Home
from dudao.commands.trouble import explained
from engine.journal import SHANGHAI
from engine.shelf import Shelf
from models.organisations import Organisation
from models.people import Assignment, Person
from notifications.ahead import Ahead, Day, Foresight
from notifications.channel_settings import BadChannels, read_channels
from notifications.sender import Addressee, Paced
from notifications.trying import try_channels
from portal.ledgers.messages import CHANNELS, STATES, by_what_is_said, kinds
from rules.arrangement import FIRST_YEAR, LAST_YEAR
from rules.explanation import full
from rules.values import ROLE_TITLES
from tasks.house import House, random_salt

app = typer.Typer(help="消息：试发一条，或查看今后要发的。", no_args_is_help=True)

_PEOPLE, _HELD, _ORGANISATIONS = Person.__table__, Assignment.__table__, Organisation.__table__
LATEST = LAST_YEAR - 2  # a year ahead of it there are days left to reckon with
NAMED_AT_MOST = 3  # people named in a line


def _cannot(said: str) -> NoReturn:
    typer.echo(said, err=True)
    raise typer.Exit(2)


@app.command("test")
def send_test(
    person: Annotated[str, typer.Argument(help="人员编号，或不重名的姓名", metavar="人员")],
    database: Db = "",
    home: Home = Path("var"),
) -> None:
    """给某人的每个渠道各发一条测试消息，看通不通。"""
    url = database or str(home / "dudao.db")
    with looking_back(url) as connection:
        row = _person(connection, person)
        held = select(_HELD.c.role).where(_HELD.c.person == row.id, _HELD.c.until.is_(None))
        roles = sorted(set(connection.execute(held).scalars()))
    with explained(f"数据文件夹 {home} ", url, BadChannels):
        house = House.at(home, url, random_salt)
        to = Addressee(row.id, row.name, row.mail or "", row.phone or "")
        try:
            tried = list(try_channels(house.sender, to, roles, datetime.now(UTC)))
        finally:
            if isinstance(house.sender, Paced):
                house.sender.rest()
            house.database.close()
    if not tried:
        _cannot(f"没有一个渠道是给{row.name}的角色用的，请核对channels.toml里的roles。")
    for one in tried:
        state = "没有送出，可稍后再试" if one.result.state == "later" else STATES[one.result.state]
        why = f"（{one.result.detail}）" if one.result.detail else ""
        typer.echo(f"{CHANNELS.get(one.channel, one.channel)}：{state}{why}")
    if not any(one.result.state in ("sent", "delivered") for one in tried):
        raise typer.Exit(1)


def _person(connection: Connection, named: str) -> Row:
    named_so = (_PEOPLE.c.id == named) | (_PEOPLE.c.name == named)
    wanted = select(_PEOPLE).where(named_so, _PEOPLE.c.left_on.is_(None)).order_by(_PEOPLE.c.id)
    rows = connection.execute(wanted).all()
    if not rows:
        _cannot(f"名册里没有在任的“{named}”，请核对。")
    exact = [row for row in rows if row.id == named] or list(rows)
    if len(exact) > 1:
        _cannot(f"有{len(exact)}人叫“{named}”，请用编号：{'、'.join(row.id for row in exact)}。")
    return exact[0]


@app.command("ahead")
def show_ahead(
    days: Annotated[int, typer.Option(help="今后多少天", min=1, max=366)] = 30,
    office: Annotated[str, typer.Option(help="督导室的代码；只有一个时可省略")] = "",
    start: Annotated[str, typer.Option("--from", help="从哪天起，默认今天", metavar="日期")] = "",
    on: Annotated[str, typer.Option("--day", help="逐条列出这一天的", metavar="日期")] = "",
    whole: Annotated[bool, typer.Option("--all", help="逐条列出每一天的")] = False,
    database: Db = "",
    home: Home = Path("var"),
) -> None:
    """今后要发哪些提醒、发给谁、哪天发（如果没有人办理）。"""
    first = _date(start) or (datetime.now(UTC) + SHANGHAI).date()
    chosen = _date(on)
    last = max(first + timedelta(days=days), chosen or first)
    url = database or str(home / "dudao.db")
    with explained(f"数据文件夹 {home} ", url, BadChannels):
        foresight = Foresight(Shelf(), read_channels(home))
    with looking_back(url) as connection:
        found = foresight(connection, _office(connection, office), first, last)
        shown = [one for one in found.days if chosen in (None, one.on)]
        if not shown:
            between = f"{full(first)}至{full(last)}" if chosen is None else full(chosen)
            typer.echo(f"{between}没有要发的提醒。")
            return
        for one in shown if whole or chosen else ():
            typer.echo(f"{full(one.on)}　{one.messages}条：{_parts(by_what_is_said(one.kinds))}")
            _print(found.messages(one.on))
    if not (whole or chosen):
        _print_days(shown)
    more = "" if whole or chosen else "逐条列出：--day 日期，或 --all。"
    total = sum(one.messages for one in shown)
    typer.echo(f"共{total}条；有人办理后，相应的提醒不再发送。{more}")


def _date(given: str) -> date | None:
    try:
        day = date.fromisoformat(given) if given else None
    except ValueError:
        _cannot(f"日期应写成2026-03-02这样，不能是“{given}”。")
    if day and not FIRST_YEAR <= day.year <= LATEST:
        _cannot(f"只能看{FIRST_YEAR}年至{LATEST}年的，不能是{full(day)}。")
    return day


def _table(*titles: str) -> Table:
    """Nothing is cut off where the window is narrow."""
    return Table(*(Column(one, overflow="fold", no_wrap=one == "日期") for one in titles))


def _print_days(days: Sequence[Day]) -> None:
    counted = [(one, by_what_is_said(one.kinds)) for one in days]
    told = {title for _, said in counted for title in said}
    titles = [title for title in dict.fromkeys(map(_title, kinds())) if title in told]
    table = _table("日期", "条数", *titles, "收件方")
    for one, said in counted:
        roles = Counter({ROLE_TITLES.get(role, role): n for role, n in one.roles.items()})
        of_each = (str(said[title] or "") for title in titles)
        table.add_row(full(one.on), str(one.messages), *of_each, _parts(roles))
    Console().print(table, highlight=False)


def _print(messages: Iterable[Ahead]) -> None:
    table = _table("学校（单位）", "消息", "事项", "期限", "收件人")
    for one in messages:
        said = _title(one.name)
        if one.owed_on != one.on:
            said += f"（原定{one.owed_on.month}月{one.owed_on.day}日）"
        table.add_row(one.subject, said, one.title, full(one.due_on), _names(one))
    Console().print(table, highlight=False)


def _title(name: str) -> str:
    return kinds().get(name, name).rpartition("：")[2]


def _parts(counts: Counter[str]) -> str:
    return " ".join(f"{title}{count}" for title, count in counts.most_common())


def _names(one: Ahead) -> str:
    more = f"等{len(one.names)}人" if len(one.names) > NAMED_AT_MOST else ""
    return "、".join(one.names[:NAMED_AT_MOST]) + more or "没有在任人员"


def _office(connection: Connection, given: str) -> str:
    """The office of that code; without one, the only one there is."""
    wanted = select(_ORGANISATIONS.c.code).where(_ORGANISATIONS.c.kind == "office")
    codes = connection.execute(wanted.order_by(_ORGANISATIONS.c.code)).scalars().all()
    if given in codes:
        return given
    known = "、".join(codes[:9]) or "名册里还没有"
    if given:
        _cannot(f"没有代码为“{given}”的督导室，现有的是：{known}。")
    if len(codes) != 1:
        _cannot(f"请用 --office 写明督导室的代码：{known}。")
    return codes[0]
