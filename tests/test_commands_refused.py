"""What a command will not or cannot do: said in Chinese, with an exit code, nothing lost."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from dudao.commands.trouble import of_database
from dudao.demo.folder import FolderRefused, held
from dudao.demo.run import Demo
from dudao.demo.year import Diary, DiaryUnreadable
from models.creation import create
from models.database import Database
from tests.county import County
from tests.demo_runs import demo, summary
from tests.test_commands import run

SMALL = ("demo", "--no-prefect", "--json", "--schools", 6)
LOOKING_BACK = ["verify", "check", "replay", "export", "checkpoint"]


def refused(*arguments: object) -> str:
    """What a command says that ends with an error."""
    code, said = run(*arguments)
    assert code in (1, 2) and "Traceback" not in said
    return said


# -- addresses -----------------------------------------------------------------------------------

ADDRESSES = [
    ("mysql://office/dudao", "数据库地址不对"),
    ("postgresql://office:not-a-port/dudao", "数据库地址不对"),
    ("://", "数据库地址不对"),
    ("sqlite://", "数据库地址不对"),
    ("postgresql://clerk:secret@127.0.0.1:1/dudao", "连不上数据库服务器"),
]


@pytest.mark.parametrize(("address", "words"), ADDRESSES)
def test_an_address_that_is_none_or_where_nobody_answers(
    tmp_path: Path, address: str, words: str
) -> None:
    for command in (
        ("verify", address),
        (*SMALL, "--out", tmp_path / "demo", "--database", address),
        ("serve", "--home", tmp_path / "home", "--port", 0, "--database", address),
        ("found", "示例县", "示例县督导室", "甲", "--home", tmp_path, "--database", address),
    ):
        said = refused(*command)
        assert words in said and "secret" not in said


# -- what is no whole database -------------------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """A small county's database, closed."""
    file = tmp_path / "dudao.db"
    County(str(file), ["S1"]).close()
    yield file


@pytest.mark.parametrize("command", LOOKING_BACK)
def test_half_a_database(database: Path, command: str) -> None:
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2])
    assert "文件已损坏" in refused(command, database)


@pytest.mark.parametrize("command", ["verify", "replay", "export", "checkpoint"])
def test_a_table_is_gone(database: Path, command: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DROP TABLE events")
    assert "少了数据表" in refused(command, database)


@pytest.mark.parametrize("command", ["check", "replay"])
def test_what_cannot_be_understood_ends_the_look_in_words(database: Path, command: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE events SET happened_on = 'never'")
        connection.execute("UPDATE deadlines SET next_on = 'never'")
    assert "读不懂的内容" in refused(command, database)


def test_another_programs_database_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "accounts.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE accounts (name)")
    before = file.read_bytes()
    assert "不是本系统的数据库" in refused("verify", file)
    assert file.read_bytes() == before
    said = refused(*SMALL, "--out", tmp_path / "demo", "--database", file)
    assert "别的程序的数据" in said
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("accounts",)]


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "full.db"))
    create(database)
    with pytest.raises(OperationalError) as full, database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        connection.exec_driver_sql("CREATE TABLE more AS SELECT randomblob(1000000)")
    database.close()
    assert "磁盘已满" in of_database(full.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "没有这个文件"), (b"\xff\xfe", "不是 UTF-8"), (b"{}", "不是校验点文件")],
)
def test_a_checkpoint_that_is_none(
    database: Path, tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "checkpoint.json"
    if content is not None:
        file.write_bytes(content)
    assert words in refused("verify", database, "--checkpoint", file)


# -- the demo's folder ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dudao.db", "letters", "outbox", "prefect"])
@pytest.mark.parametrize("more", [(), ("--resume",)], ids=["anew", "resumed"])
def test_a_folder_with_an_offices_own_files_is_never_touched(
    tmp_path: Path, name: str, more: tuple[str, ...]
) -> None:
    if name == "dudao.db":
        County(str(tmp_path / name), ["S1"]).close()
    else:
        (tmp_path / name).mkdir()
        (tmp_path / name / "ours.txt").write_text("重要", "utf-8")
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    said = refused(*SMALL, "--out", tmp_path, *more)
    assert "不是演示留下的" in said or "没有可以继续的演示" in said
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_an_offices_own_database_is_never_played_in(tmp_path: Path, database: Path) -> None:
    for more in ((), ("--resume",)):
        (tmp_path / "demo").mkdir(exist_ok=True)
        mark = {"schools": 6, "seed": 1, "year": 2026}
        (tmp_path / "demo" / "demo.json").write_text(json.dumps(mark), "utf-8")
        said = refused(*SMALL, "--out", tmp_path / "demo", "--database", database, *more)
        assert "请换一个空数据库" in said


def test_only_the_demo_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    played = demo(tmp_path, schools=6, until=date(2026, 1, 31))
    with held(played, resume=False):
        summary(played)
    with held(played, resume=True):
        pass
    for other in ({"schools": 7}, {"seed": 2}, {"year": 2027}):
        with pytest.raises(FolderRefused, match="--schools 6 --seed 1 --year 2026"):
            hold(played._replace(**other), resume=True)
    (tmp_path / "dudao.db").unlink()
    with pytest.raises(FolderRefused, match="数据库不见了"):
        hold(played, resume=True)
    (tmp_path / "demo.json").write_text("", "utf-8")
    with pytest.raises(FolderRefused, match="读不出来"):
        hold(played, resume=True)
    hold(played, resume=False)
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]


def hold(played: Demo, resume: bool) -> None:
    with held(played, resume):
        pass


def test_two_demos_do_not_play_in_one_folder(tmp_path: Path) -> None:
    mark = tmp_path / "demo.json"
    script = (
        "import fcntl, sys\n"
        "file = open(sys.argv[1], 'a+')\n"
        "fcntl.lockf(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(mark)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        for more in ((), ("--resume",)):
            assert "另一个演示正在" in refused(*SMALL, "--out", tmp_path, *more)
        other.communicate("")


@pytest.mark.parametrize(
    "spoilt", ["", "[]", "null", '{"done": "昨天", "refused": {}}', '{"done": "2026-01-05"}']
)
def test_a_spoilt_diary_is_said_to_be_spoilt(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / "diary.json").write_text(spoilt, "utf-8")
    with pytest.raises(DiaryUnreadable, match="读不出来"):
        Diary.at(tmp_path / "diary.json")


# -- serving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("serve", "--port", 0), ("found", "示例县", "督导室", "甲")])
def test_a_home_that_cannot_be_used(tmp_path: Path, command: tuple[object, ...]) -> None:
    (tmp_path / "letter.txt").write_text("", "utf-8")
    said = refused(*command, "--home", tmp_path / "letter.txt" / "home")
    assert "数据文件夹" in said and "不能使用" in said


@pytest.mark.parametrize("day", ["昨天", "2025-12-31", "2027-05-01", "9999-12-31"])
def test_a_last_day_that_is_not_of_the_year(tmp_path: Path, day: str) -> None:
    code, said = run(*SMALL, "--serve", "--until", day, "--out", tmp_path / "demo")
    assert code == 2 and ("不是日期" in said or "--until 应在2026年" in said)


@pytest.mark.parametrize(
    "typed",
    [
        ("", "室", "甲"),
        ("县", " ", "甲"),
        ("县", "室", ""),
        ("县", "室", "甲", "--username", "a b"),
    ],
)
def test_an_office_without_a_name_is_not_founded(tmp_path: Path, typed: tuple[str, ...]) -> None:
    code, said = run("found", *typed, "--home", tmp_path / "home")
    assert code == 2 and "不能空着" in said
    assert not (tmp_path / "home").exists()
