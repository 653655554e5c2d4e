"""The command as an office meets it: Chinese on the screen, exit codes, never a traceback."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dudao.commands import usage
from dudao.main import COMMANDS, app
from engine.library import shipped
from models.creation import create

PROCESSES = Path(__file__).parent.parent / "processes"


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and everything printed."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


# -- days ----------------------------------------------------------------------------------------


def test_fifteen_working_days_after_a_visit_over_the_national_day() -> None:
    code, said = run("days", "add", "2026-09-18", "15")
    assert code == 0
    first, why = said.strip().splitlines()
    assert first == "2026-10-15"
    assert "国庆" in why and "9月20日" in why and "10月10日" in why


def test_a_date_in_an_unpublished_year_says_provisional() -> None:
    code, said = run("days", "add", "2026-12-18", "15")
    assert code == 0
    assert said.startswith("2027-") and "暂" in said


def test_days_are_counted_backwards_too() -> None:
    assert run("days", "add", "2026-10-15", "-15")[1].startswith("2026-09-18\n")


@pytest.mark.parametrize(
    ("day", "number"),
    [
        ("2026-13-01", "5"),
        ("昨天", "5"),
        ("2026-09-18", "0"),
        ("2026-09-18", "9" * 40),
        ("9999-01-01", "1"),
    ],
)
def test_nonsense_days_are_refused_in_words(day: str, number: str) -> None:
    code, said = run("days", "add", day, number)
    assert code == 2
    assert re.search(r"[\u4e00-\u9fff]", said) and not re.search(r"[a-z]{4}", said)


# -- process -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shaanxi_316.yaml", "tiered_visits.yaml"])
def test_the_shipped_definitions_are_right_and_can_be_told(name: str) -> None:
    code, said = run("process", "check", PROCESSES / name)
    assert code == 0, said
    code, said = run("process", "show", PROCESSES / name)
    assert code == 0
    unspoken = re.sub(r"（[a-z0-9-]+ [\d.]+）", "", said)
    assert not re.search(r"[a-z]{2,}[._][a-z]", unspoken), "ids where words belong"
    code, said = run("process", "show", PROCESSES / name, "--mermaid")
    assert code == 0 and said.startswith("flowchart TD")


def test_each_mistake_is_one_line_with_file_and_line(tmp_path: Path) -> None:
    text = shipped("shaanxi_316.yaml")
    text = text.replace("kind: follow_up_visit", "kind: follow_up_vist")
    text = text.replace("review: 5 working days after submitted", "review: 5")
    bad = tmp_path / "bad.yaml"
    bad.write_text(text, "utf-8")
    code, said = run("process", "check", bad)
    assert code == 1
    lines = said.strip().splitlines()
    assert len(lines) == 2
    for line in lines:
        assert re.match(rf"{re.escape(str(bad))}:\d+: ", line)
    wrong = [int(line.removeprefix(f"{bad}:").partition(":")[0]) for line in lines]
    written = text.splitlines()
    assert "review: 5" in written[wrong[0] - 1] and "follow_up_vist" in written[wrong[1] - 1]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"a: [1, 2",
        b"!!python/object/apply:os.system ['true']",
        b"x: " + b"y" * 11_000_000,
    ],
    ids=["empty", "not text", "not YAML", "runs code", "ten megabytes"],
)
def test_files_that_are_no_definitions(tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(content)
    code, said = run("process", "check", bad)
    assert code == 1 and said.startswith(f"{bad}:")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    code, said = run("process", "check", tmp_path / "none.yaml")
    assert code == 1 and said.endswith("none.yaml:1: 文件打不开：没有这个文件或文件夹\n")


# -- demo and log --------------------------------------------------------------------------------


def test_a_demo_as_json_and_a_look_back_at_its_log(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    code, said = run("demo", "--json", "--no-prefect", "--schools", 6, "--out", out)
    assert code == 0, said
    told = json.loads(said)
    assert set(told) == {
        "schools",
        "selected",
        "stages",
        "events",
        "deadlines",
        "messages",
        "letters",
        "issues",
        "grades",
        "refused",
        "log_digest",
    }
    database = out / "dudao.db"
    code, said = run("checkpoint", database)
    assert code == 0
    checkpoint = tmp_path / "checkpoint.json"
    checkpoint.write_text(said, "utf-8")
    assert run("verify", database)[0] == 0
    assert run("verify", database, "--checkpoint", checkpoint)[0] == 0
    assert run("replay", database)[0] == 0
    code, said = run("export", database)
    assert code == 0 and len(said.splitlines()) == told["events"]


def test_the_demo_shows_its_year_in_chinese(tmp_path: Path) -> None:
    code, said = run("demo", "--no-prefect", "--schools", 6, "--out", tmp_path / "demo")
    assert code == 0
    for word in ("自查自评", "self assessment", "最有代表性的十个日期", "日志摘要", "文书在"):
        assert word in said


@pytest.mark.parametrize("command", ["verify", "check", "replay", "export", "checkpoint"])
def test_a_database_that_is_not_there(tmp_path: Path, command: str) -> None:
    code, said = run(command, tmp_path / "none.db")
    assert code == 2 and "没有找到" in said


@pytest.mark.parametrize("command", ["verify", "check"])
@pytest.mark.parametrize("content", ["这不是数据库", ""], ids=["a letter", "empty"])
def test_a_file_that_is_no_database_stays_as_it_is(
    tmp_path: Path, command: str, content: str
) -> None:
    file = tmp_path / "letter.txt"
    file.write_text(content, "utf-8")
    code, said = run(command, file)
    assert code == 2 and "不是本系统的数据库" in said
    assert file.read_text("utf-8") == content


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("", "utf-8")
    code, said = run("demo", "--no-prefect", "--schools", 6, "--out", file / "demo")
    assert code == 1 and "不能使用" in said


# -- help ----------------------------------------------------------------------------------------

OF_COMMANDS = ("days add", "days import", "days why", "notify ahead", "notify test", "process show")
PAGES = [[], *([name] for name in COMMANDS), *(page.split() for page in OF_COMMANDS)]


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_a_help_page_is_chinese_and_whole(
    page: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["dudao", *page, "--help"])
    assert usage.run(app) == 0
    said = capsys.readouterr().out
    plain = said.replace(" ".join(["dudao", *page]), "", 1)
    assert not re.search(r"[A-Za-z]{3,} [A-Za-z]{3,}|[Uu]sage|OPTIONS|<\w", plain), said
    assert "…" not in plain.replace("命令 …", ""), "cut off"
    assert "用法：dudao" in said and "显示这段说明。" in said
    if page and page[0] in COMMANDS and len(page) == 1:  # what the list of commands says of it
        line = COMMANDS[page[0]][1]
        assert re.sub(r"\s", "", line) in re.sub(r"\s", "", said)


ALONE = """
import sys
for name in sys.argv[1].split(","):
    sys.modules[name] = None  # whoever imports it fails
from typer.testing import CliRunner
from dudao.main import app
for typed in sys.argv[2:]:
    done = CliRunner().invoke(app, typed.split(" "))
    assert done.exit_code == 0, (typed, done.output, done.exception)
"""


@pytest.mark.parametrize(
    ("broken", "typed"),
    [
        (
            "portal,prefect,tasks,flows",
            ["verify {}", "check {}", "replay {}", "export {}", "checkpoint {}", "upgrade {}"],
        ),
        ("portal,prefect,sqlalchemy", ["--help", "days --help", "days add 2026-09-18 15"]),
        ("portal,prefect", [f"process check {PROCESSES / 'shaanxi_316.yaml'}"]),
    ],
    ids=["looking back", "days", "process"],
)
def test_a_command_needs_no_room_but_its_own(tmp_path: Path, broken: str, typed: list[str]) -> None:
    """However broken the portal is, the log can be verified; and a date waits for no database."""
    database = tmp_path / "dudao.db"
    create(str(database))
    lines = [line.format(database) for line in typed]
    done = subprocess.run(
        [sys.executable, "-c", ALONE, broken, *lines],
        cwd=PROCESSES.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# -- mistyped ------------------------------------------------------------------------------------

MISTYPED = [
    # what was typed, what is named in the answer
    (["nosuch"], "nosuch"),
    (["days", "add"], "日期"),
    (["days", "add", "2026-09-18", "五"], "天数"),
    (["days", "add", "2026-09-18", "5", "6"], "命令无法识别"),
    (["demo", "--schools", "x"], "--schools"),
    (["demo", "--schools"], "--schools"),
    (["demo", "--nope"], "--nope"),
]


@pytest.mark.parametrize(("typed", "named"), MISTYPED)
def test_what_is_mistyped_is_named_in_chinese(
    typed: list[str],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["dudao", *typed])
    assert usage.run(app) == 2
    said = capsys.readouterr().err
    assert named in said and "用法见：dudao" in said
    assert not re.search(r"[A-Za-z]{3,} [A-Za-z]{3,}", said.partition("用法见")[0])
