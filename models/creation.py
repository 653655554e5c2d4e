"""A database made ready: every table as this version of the program knows it.

Migrations run one after another in one transaction; two processes that start at once do not meet.
"""

from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from models.cases import Case
from models.database import Database
from models.deadlines import DeadlineRow
from models.events import Payload
from models.standards import FrozenText

_LOCK = 6_120_316  # any number, as long as it is always the same
# Tables of every version there was and will be, under names that others seldom give.
_EVER = {model.__tablename__ for model in (Case, DeadlineRow, Payload, FrozenText)}


class CannotOpen(Exception):
    """The database is not one this version of the program can use; says why in Chinese."""


def create(database: Database | str) -> None:
    """Bring a database (or the one of that URL or path) to the newest version.

    One that is there already stays as it is. CannotOpen for a database of a newer program, and
    for one with tables that are not ours, which stays untouched.
    """
    if isinstance(database, Database):
        _bring_to_head(database)
        return
    opened = Database(database)
    try:
        _bring_to_head(opened)
    finally:
        opened.close()


def _bring_to_head(database: Database) -> None:
    with database.reading() as connection:
        refuse_others(connection)
        if not outdated(connection):
            return
    config = _migrations()
    with database.writing() as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        refuse_others(connection)
        config.attributes["connection"] = connection
        upgrade(config, "head")


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    config.set_main_option("path_separator", "os")
    return config


def version(connection: Connection) -> str | None:
    """The version a database is at; None for one that was never brought to any."""
    return MigrationContext.configure(connection).get_current_revision()


def outdated(connection: Connection) -> bool:
    """Whether a database must be brought to the newest version before it can be used."""
    return version(connection) != ScriptDirectory.from_config(_migrations()).get_current_head()


def refuse_others(connection: Connection) -> None:
    """CannotOpen unless the database is empty or one that this version of the program made, or an
    earlier one. Other programs number their versions like ours: the tables tell whose it is."""
    found = version(connection)
    tables = {*inspect(connection).get_table_names()} - {"alembic_version"}
    if tables and tables.isdisjoint(_EVER):
        raise CannotOpen(
            f"这个数据库里是别的程序的数据（数据表{min(tables)}等），本系统不能用它，"
            "也没有改动它；请换一个空数据库。"
        )
    scripts = ScriptDirectory.from_config(_migrations())
    if found is None:
        if tables:
            raise CannotOpen(
                f"这个数据库里已有数据表（{min(tables)}等），却没有版本记录，"
                "不是本程序建立的，或建立时中断了；请换一个空数据库，或从备份恢复。"
            )
    elif found not in {script.revision for script in scripts.walk_revisions()}:
        raise CannotOpen(
            f"这个数据库由更新版本的程序建立（数据版本{found}），"
            "现在的程序打不开；请先升级程序，数据没有改动。"
        )
