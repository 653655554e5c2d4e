"""A database named on the command line: looked at without a trace, brought up to date only when
that is asked for, and left alone where it is another program's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.command import upgrade
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from models.creation import create, version
from models.database import Database
from tests.county import County, live_some_months
from tests.test_commands import run

LOOKING_BACK = ["verify", "check", "replay", "export", "checkpoint"]


def file_of(url: str) -> Path:
    """The file of an SQLite database."""
    return Path(url.removeprefix("sqlite:///"))


def looked_at(url: str, question: Callable[[Connection], Any]) -> Any:
    """What a database answers."""
    database = Database(url)
    try:
        with database.reading() as connection:
            return question(connection)
    finally:
        database.close()


def tables(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names())


# -- looking back --------------------------------------------------------------------------------


@pytest.mark.parametrize("as_typed", ["a path", "an address"])
def test_looking_back_changes_not_a_byte(tmp_path: Path, as_typed: str) -> None:
    file = tmp_path / "dudao 100%.db"
    county = County(str(file))
    live_some_months(county)
    county.close()
    before = file.read_bytes()
    typed = file if as_typed == "a path" else f"sqlite:///{file}"
    for command in LOOKING_BACK:
        code, said = run(command, typed)
        assert said and (code, command) in ((0, command), (1, "check")), said
        assert file.read_bytes() == before, command


def test_looking_at_an_address_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    for command in [*LOOKING_BACK, "upgrade"]:
        code, said = run(command, f"sqlite:///{tmp_path / 'none.db'}")
        assert code and "没有找到数据库" in said
    assert list(tmp_path.iterdir()) == []


# -- an older program's --------------------------------------------------------------------------


@pytest.fixture
def older(database_url: str) -> str:
    """A database that the first version of the program left behind."""
    database = Database(database_url)
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    config.set_main_option("path_separator", "os")
    with database.writing() as connection:
        config.attributes["connection"] = connection
        upgrade(config, "0001")
        connection.execute(
            text("INSERT INTO people (id, name, mail, phone) VALUES ('P1', '示例', '', '')")
        )
    database.close()
    return database_url


@pytest.mark.parametrize("command", LOOKING_BACK)
def test_an_older_database_is_not_brought_up_to_date_by_looking_at_it(
    older: str, command: str
) -> None:
    before = looked_at(older, tables)
    code, said = run(command, older)
    assert code == 2
    assert "旧版本的程序建立的（数据版本0001）" in said and "先备份，再运行 dudao upgrade " in said
    assert looked_at(older, version) == "0001" and looked_at(older, tables) == before


def test_an_older_database_is_upgraded_when_asked_and_keeps_what_it_has(older: str) -> None:
    assert run("upgrade", older) == (0, "已升级，原有数据都在。\n")
    for command in LOOKING_BACK:
        assert run(command, older)[0] == 0, command
    name = looked_at(older, lambda c: c.execute(text("SELECT name FROM people")).scalar_one())
    assert name == "示例"
    assert run("upgrade", older) == (0, "已经是本程序的版本，没有改动。\n")


def test_a_newer_database_is_neither_read_nor_upgraded(database_url: str) -> None:
    create(database_url)
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    for command in [*LOOKING_BACK, "upgrade"]:
        code, said = run(command, database_url)
        assert code and "由更新版本的程序建立（数据版本9999）" in said, said
    assert looked_at(database_url, version) == "9999"


# -- another program's ---------------------------------------------------------------------------


@pytest.fixture(params=["plain", "with versions like ours"])
def foreign(request: pytest.FixtureRequest, database_url: str) -> str:
    """The database of a shop: some of its tables are called as ours are."""
    database = Database(database_url)
    with database.engine.begin() as connection:
        for name in ("customers", "orders", "people"):
            connection.execute(text(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY)"))
        if request.param != "plain":
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
    database.close()
    return database_url


def test_another_programs_database_is_refused_by_every_command(
    foreign: str, tmp_path: Path
) -> None:
    before, file = looked_at(foreign, tables), file_of(foreign)
    content = file.is_file() and file.read_bytes()
    for command in (
        ("serve", "--home", tmp_path / "home", "--port", 0, "--portal-port", 0),
        ("found", "示例县", "示例县督导室", "甲", "--home", tmp_path / "home"),
        ("demo", "--no-prefect", "--schools", 6, "--out", tmp_path / "demo"),
    ):
        code, said = run(*command, "--database", foreign)
        assert code == 1 and "别的程序的数据（数据表customers等）" in said, said
        assert "请换一个空数据库" in said
    for name in [*LOOKING_BACK, "upgrade"]:
        code, said = run(name, foreign)
        assert code and ("不是本系统的数据库" in said or "别的程序的数据" in said), said
    assert looked_at(foreign, tables) == before
    assert (file.is_file() and file.read_bytes()) == content
