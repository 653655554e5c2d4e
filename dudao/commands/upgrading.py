"""`dudao upgrade`: an older program's database made ready for this one."""

from typing import Annotated

import typer

from dudao.commands.at_hand import opened
from dudao.commands.trouble import explained
from models.creation import create, outdated


def upgrade(
    database: Annotated[str, typer.Argument(help="数据库文件或地址", metavar="数据库")],
) -> None:
    """把旧版本程序的数据库升级到本程序的版本，已有数据不变；请先备份。"""
    with explained(f"数据库 {database} ", database):
        there = opened(database)
        try:
            with there.reading() as connection:
                older = outdated(connection)
        finally:
            there.close()
        if older:
            create(database)
    typer.echo("已升级，原有数据都在。" if older else "已经是本程序的版本，没有改动。")
