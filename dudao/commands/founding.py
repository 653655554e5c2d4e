"""`dudao found`: a new office - the area it supervises, itself, and its first login."""

import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import insert, select

from dudao.commands.trouble import explained
from engine.register import initials_of
from models.creation import create
from models.database import Database
from models.organisations import Organisation
from models.people import Assignment, Person
from portal.passwords import hashed, set_password
from tasks.house import Settings

USERNAME = re.compile(r"\S{1,40}")
KINDS = {"省": "province", "市": "city", "县": "county"}

_ORGANISATIONS, _PEOPLE, _ASSIGNED = Organisation.__table__, Person.__table__, Assignment.__table__


def found(
    area: Annotated[str, typer.Argument(help="辖区，例如 示例县", metavar="辖区")],
    office: Annotated[
        str, typer.Argument(help="督导机构，例如 示例县人民政府教育督导室", metavar="督导机构")
    ],
    person: Annotated[str, typer.Argument(help="第一位工作人员的姓名", metavar="姓名")],
    username: Annotated[str, typer.Option(help="这位工作人员的登录名")] = "office",
    level: Annotated[str, typer.Option(help="辖区是省、市还是县（区）")] = "县",
    home: Annotated[
        Path | None, typer.Option(help="数据文件夹；默认取 DUDAO_HOME，再默认 var")
    ] = None,
    database: Annotated[str, typer.Option(help="数据库地址；默认取 DUDAO_DATABASE_URL")] = "",
) -> None:
    """建立督导机构和第一个登录名；其余单位和人员登录后用 Excel 导入。"""
    if level not in KINDS:
        typer.echo("--level 应为 省、市、县 之一。", err=True)
        raise typer.Exit(2)
    area, office, person = (" ".join(name.split()) for name in (area, office, person))
    if not (area and office and person) or not USERNAME.fullmatch(username):
        typer.echo("辖区、督导机构、姓名都不能空着；登录名最多40个字，不能有空格。", err=True)
        raise typer.Exit(2)
    settings = Settings()
    place = (home or settings.home).absolute()
    url = database or settings.database_url or str(place / "dudao.db")
    with explained(f"数据文件夹 {place} ", url):
        place.mkdir(parents=True, exist_ok=True)
        opened = Database(url)
        try:
            create(opened)
            password = _found(opened, area, office, person, username, KINDS[level])
        finally:
            opened.close()
    if not password:
        typer.echo("这个数据库里已经有督导机构，没有改动。", err=True)
        raise typer.Exit(1)
    typer.echo(f"已建立：{office}。登录名 {username}，一次性密码 {password}（首次登录须修改）。")
    typer.echo("现在运行 dudao serve，打开门户登录，先在“人员机构”中导入学校和人员。")


def _found(
    database: Database, area: str, office: str, person: str, username: str, kind: str
) -> str:
    """The one-time password; "" where there is an office already."""
    password = secrets.token_urlsafe(9)
    stored, now = hashed(password), datetime.now(UTC)
    units = [("AREA", area, kind, None), ("OFFICE", office, "office", "AREA")]
    with database.writing() as connection:
        offices = select(_ORGANISATIONS.c.code).where(_ORGANISATIONS.c.kind == "office")
        if connection.execute(offices).first() is not None:
            return ""
        for code, name, of, parent in units:
            row = {"code": code, "name": name, "kind": of, "parent": parent, "facts": {}}
            row |= {"initials": initials_of(name), "tier": "", "invented": False}
            connection.execute(insert(_ORGANISATIONS).values(**row))
        connection.execute(insert(_PEOPLE).values(id="P1", name=person, mail="", phone=""))
        held = {"person": "P1", "role": "office", "organisation": "OFFICE", "rank": 0}
        connection.execute(insert(_ASSIGNED).values(**held))
        set_password(connection, "P1", username, stored, now, must_change=True)
    return password
