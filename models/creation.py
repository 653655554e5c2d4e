"""A database made ready: every table as this version of the program knows it.

Migrations run one after another in one transaction; two processes that start at once do not meet.
"""

from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from models.database import TABLES, Database

_LOCK = 6_120_316  # any number, as long as it is always the same


class CannotOpen(Exception):
    """The database is not one this version of the program can use; says why in Chinese."""


def create(database: Database | str) -> None:
    """Bring a database (or the one of that URL or path) to the newest version.

    One that is there already stays as it is. CannotOpen for a database of a newer program, and
    for one with tables that are not ours.
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
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    with database.reading() as connection:
        if version(connection) == scripts.get_current_head():
            return
    with database.writing() as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _refuse_others(connection, scripts)
        config.attributes["connection"] = connection
        upgrade(config, "head")


def version(connection: Connection) -> str | None:
    """The version a database is at; None for one that was never brought to any."""
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_others(connection: Connection, scripts: ScriptDirectory) -> None:
    found = version(connection)
    if found is None:
        strangers = sorted(TABLES.tables.keys() & inspect(connection).get_table_names())
        if strangers:
            raise CannotOpen(
                f"这个数据库里已有数据表（{strangers[0]}等），却没有版本记录，"
                "不是本程序建立的，或建立时中断了；请换一个空数据库，或从备份恢复。"
            )
    elif found not in {script.revision for script in scripts.walk_revisions()}:
        raise CannotOpen(
            f"这个数据库由更新版本的程序建立（数据版本{found}），"
            "现在的程序打不开；请先升级程序，数据没有改动。"
        )
