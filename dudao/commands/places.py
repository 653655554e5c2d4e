"""Where a command finds the data: the folder and the database, asked for alike everywhere."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path, typer.Option("--home", envvar="DUDAO_HOME", help="数据文件夹", metavar="文件夹")
]
Db = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="DUDAO_DATABASE_URL",
        help="数据库文件或地址，默认是数据文件夹中的 dudao.db",
        metavar="数据库",
    ),
]
