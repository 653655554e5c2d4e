"""A database comes to head, is what the models say, and one not ours is refused in words."""

import ast
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import downgrade, upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from models.creation import CannotOpen, create, version
from models.database import TABLES, Database

VERSIONS = sorted(
    Path(str(path))
    for path in files("models.migrations").joinpath("versions").iterdir()
    if path.name.endswith(".py")
)


def shapes(connection: Connection) -> list[str]:
    """What the database itself says of its tables, indexes and triggers, without the schema's
    name."""
    if connection.dialect.name == "sqlite":
        wanted = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
    else:
        wanted = (
            "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() UNION ALL "
            "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, "
            "character_maximum_length, column_default) FROM information_schema.columns "
            "WHERE table_schema = current_schema() UNION ALL "
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN "
            "(SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace) "
            "UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = "
            "current_schema()::regnamespace"
        )
    found = [
        re.sub(r"\bdudao_test_\w+\.", "", row) for row in connection.execute(text(wanted)).scalars()
    ]
    found = [re.sub(r"nextval\(.*\)", "nextval", row) for row in found]
    return sorted(" ".join(row.split()) for row in found if "alembic_version" not in row)


def test_the_migrations_make_what_the_models_say(new_database: Callable[[], str]) -> None:
    migrated, modelled = Database(new_database()), Database(new_database())
    create(migrated)
    TABLES.create_all(modelled.engine)
    with migrated.reading() as one, modelled.reading() as other:
        assert compare_metadata(MigrationContext.configure(one), TABLES) == []
        if not migrated.sqlite:
            assert shapes(one) == shapes(other)
        else:  # SQLite keeps the words of CREATE TABLE: constraints may stand in another order
            assert [set(re.split("[(,) ]+", row)) for row in shapes(one)] == [
                set(re.split("[(,) ]+", row)) for row in shapes(other)
            ]
    migrated.close()
    modelled.close()


def test_it_is_harmless_twice_and_keeps_what_is_there(database_url: str) -> None:
    create(database_url)
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(text("INSERT INTO people VALUES ('P1', '示例', '', '', NULL)"))
    create(database)
    create(database_url)
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM people")).scalar_one() == 1
        assert version(connection) == "0025"
    database.close()


def test_four_that_start_at_once_do_not_meet(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(create, [database_url] * 4)) == [None] * 4
    database = Database(database_url)
    with database.reading() as connection:
        assert TABLES.tables.keys() <= set(inspect(connection).get_table_names())
    database.close()


def test_a_bare_path_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # nothing beside the package is needed
    create("new.db")
    assert (tmp_path / "new.db").exists()


def test_a_database_of_a_newer_program_is_refused_and_left_alone(database_url: str) -> None:
    create(database_url)
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CannotOpen, match=r"由更新版本的程序建立（数据版本9999），.*请先升级程序"):
        create(database)
    with database.reading() as connection:
        assert version(connection) == "9999"
    database.close()


def test_tables_without_a_version_are_refused(database_url: str) -> None:
    database = Database(database_url)
    TABLES.create_all(database.engine)
    with pytest.raises(CannotOpen, match="却没有版本记录"):
        create(database)
    database.close()


def test_it_takes_less_than_a_second(tmp_path: Path) -> None:
    begun = time.process_time()
    create(str(tmp_path / "quick.db"))
    assert time.process_time() - begun < 1


def test_the_way_back_is_open_too(database_url: str) -> None:
    database = Database(database_url)
    create(database)
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    config.set_main_option("path_separator", "os")
    for step, target in ((downgrade, "base"), (upgrade, "head")):
        with database.writing() as connection:
            config.attributes["connection"] = connection
            step(config, target)
            tables = set(inspect(connection).get_table_names())
            assert (TABLES.tables.keys() <= tables) == (target == "head")
    database.close()


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_outlives_the_models(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imports = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or node.names[0].name]
    }
    assert imports <= {"alembic", "sqlalchemy", "typing"}


def left_by(database: Database, older: str, *rows: str) -> None:
    """What an older program left in a database, which then comes to head."""
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    config.set_main_option("path_separator", "os")
    with database.writing() as connection:
        config.attributes["connection"] = connection
        upgrade(config, older)
        for row in rows:
            connection.execute(text(f"INSERT INTO {row}"))
    create(database)


SCHOOL = (
    "organisations (code, name, kind, tier, invented, facts) "
    "VALUES ('S1', '示例小学', 'primary', '', true, '{}')"
)
HOOK = (
    "webhooks (id, office, direction, name, url, events, secret, last_seq, active) "
    "VALUES ('W1', 'S1', 'in', '问卷服务', '', '*', 'readable', 0, true)"
)


def test_what_an_older_program_remembered_is_kept(database_url: str) -> None:
    """Rows of version 0001 gain what later versions ask for, empty."""
    database = Database(database_url)
    left_by(database, "0001", SCHOOL)
    with database.reading() as connection:
        kept = connection.execute(text("SELECT name, initials FROM organisations")).one()
    assert tuple(kept) == ("示例小学", "")
    database.close()


def test_a_secret_that_could_be_read_is_gone_and_its_webhook_stopped(database_url: str) -> None:
    database = Database(database_url)
    left_by(
        database,
        "0002",
        SCHOOL.replace("facts)", "facts, initials)").replace("'{}'", "'{}', ''"),
        HOOK,
    )
    with database.reading() as connection:
        row = connection.execute(text("SELECT * FROM webhooks")).mappings().one()
    assert row["id"] == "W1" and not row["active"] and "readable" not in row.values()
    database.close()


# A database that was brought to a version is not brought to it again: what was shipped stays.
SHIPPED = {
    "0001_tables.py": "c86969dbba6be2a6",
    "0002_portal.py": "2ecdc32e0ad51a6b",
    "0003_webhook_secrets.py": "616eddd85293bbff",
    "0004_lists.py": "985cbef6bd6ccb9d",
    "0005_letter_life.py": "8f684bc54e638ffd",
    "0006_letter_templates.py": "6e82629c8307a458",
    "0007_register_mark.py": "84cba0c12a75a4b0",
    "0008_message_lists.py": "a25c5aeee5cb76df",
    "0009_template_log.py": "87c18d8bf2997042",
    "0020_channels.py": "8631a1d9356ed625",
    "0021_numbered_letters.py": "caa2748f8f4f428f",
    "0022_deputies.py": "7e57c4486992db11",
    "0023_short_messages.py": "03ff22290f788276",
    "0024_digest_of_the_day.py": "198e93de6c575702",
    "0025_deadlines_alike.py": "9e02dd3f3c8d3022",
}


def test_a_migration_that_was_shipped_stays_as_it_is() -> None:
    now = {path.name: sha256(path.read_bytes()).hexdigest()[:16] for path in VERSIONS}
    assert now | SHIPPED == now


def test_a_template_adopted_before_the_log_knew_of_it_is_adopted_once_more(
    database_url: str,
) -> None:
    database = Database(database_url)
    adopted = "letter_templates VALUES ('O1', '*', 1, 'ab', '套红.docx', 'P1', '2026-05-01', '')"
    left_by(database, "0006", adopted)
    with database.reading() as connection:
        assert connection.execute(text("SELECT * FROM letter_templates")).all() == []
    database.close()
