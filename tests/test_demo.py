"""The demo: one seed, one log - on both databases, with Prefect and without, killed or not."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from dudao.demo.run import play
from dudao.demo.summary import sum_up
from engine.checking import check
from engine.export import export
from engine.library import Shelf, shipped
from engine.replaying import replay
from engine.verification import verify
from models.database import Database
from tests.demo_runs import demo, summary, walk_with_kills

DIGEST = Path(__file__).parent.parent / "tools" / "digest.py"


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """One undisturbed year of eight schools on SQLite, and its summary."""
    out = tmp_path_factory.mktemp("year")
    return out, summary(demo(out))


def test_a_year_passes_every_stage(year: tuple[Path, dict]) -> None:
    _, told = year
    assert told["schools"] == 8
    assert told["selected"] * 3 >= told["schools"]
    for stage, passed in told["stages"].items():
        assert passed["entered"] >= 1, stage
    assert told["stages"]["on_site_review"]["entered"] == told["selected"]
    assert sum(told["grades"].values()) == told["selected"]
    assert told["issues"]["raised"] > 0 < told["issues"]["closed"]
    assert told["deadlines"]["met"] > told["deadlines"]["missed"] > 0
    assert told["refused"] > 0
    assert set(told["messages"]) <= {"sent", "skipped"}
    assert told["letters"]["opinion_letter"] == told["selected"]


def test_the_same_seed_has_the_same_digest_on_both_databases_and_another_seed_another(
    year: tuple[Path, dict], tmp_path: Path, postgres_database: str
) -> None:
    _, told = year
    on_postgres = summary(demo(tmp_path / "again", postgres_database))
    assert on_postgres == told
    other = summary(demo(tmp_path / "other", seed=2, until=date(2026, 3, 31)))
    assert other["log_digest"] != told["log_digest"]


def test_what_is_left_behind_is_whole(year: tuple[Path, dict]) -> None:
    """The log verifies, every case is rebuilt from it, no case hangs; letters and messages lie
    where the ledger says."""
    out, told = year
    database = Database(str(out / "dudao.db"))
    with database.reading() as connection:
        assert not verify(connection).count
        assert not replay(connection, Shelf()).count
        from engine.writing import iso  # noqa: F401
        from dudao.demo.year import instant
        from datetime import time

        assert check(connection, instant(date(2027, 5, 1), time(7))).count == 0
    database.close()
    assert len(list((out / "letters").rglob("*.docx"))) == sum(told["letters"].values())


def test_the_digest_tool_recomputes_it_from_an_export_alone(
    year: tuple[Path, dict], tmp_path: Path
) -> None:
    out, told = year
    database = Database(str(out / "dudao.db"))
    exported = tmp_path / "events.jsonl"
    with database.reading() as connection, exported.open("w", encoding="utf-8") as file:
        export(connection, file)
    database.close()
    run = [sys.executable, str(DIGEST), str(exported)]
    assert subprocess.check_output(run, text=True).strip() == told["log_digest"]

    text = exported.read_text("utf-8")
    spot = text.index("2026-03", len(text) // 2)
    exported.write_text(text[: spot + 6] + "4" + text[spot + 7 :], "utf-8")
    changed = subprocess.run(run, text=True, capture_output=True)
    assert changed.returncode == 1 or changed.stdout.strip() != told["log_digest"]


def test_killed_fifty_times_it_ends_with_the_same_digest(
    year: tuple[Path, dict], tmp_path: Path
) -> None:
    """SIGKILL inside and right after transactions spread over the year; then `--resume`."""
    _, told = year
    played = demo(tmp_path / "killed")
    assert walk_with_kills(played, every=60, most=50) == 50
    assert summary(played)["log_digest"] == told["log_digest"]


def test_renaming_every_stage_changes_nothing_but_names(tmp_path: Path) -> None:
    """Ids and titles of the definition are only names: the exported log is the same but for them,
    and for the hashes over them."""
    text = shipped("shaanxi_316.yaml")
    ids = [stage["id"] for stage in yaml.safe_load(text)["stages"]]
    until = date(2026, 6, 30)
    plain = _bodies(demo(tmp_path / "plain", until=until))
    renamed_text = _renamed(text, ids)
    renamed = _bodies(demo(tmp_path / "renamed", until=until, definition=renamed_text))
    back = [_restored(body, ids) for body in renamed]
    assert back == plain


def _renamed(text: str, ids: list[str]) -> str:
    """Stage ids get a new name everywhere but as the name of a kind, a letter or a deadline."""
    lines = []
    for line in text.splitlines():
        if re.match(r"\s+(kind|visited|reported|submitted|opened):", line) and "id:" not in line:
            lines.append(line)
            continue
        for stage in ids:
            line = re.sub(rf"(?<![\w.]){stage}(?=[.\],]|$)", f"renamed_{stage}", line)
        lines.append(re.sub(r"title: .+", "title: 改名", line) if "- id" not in line else line)
    return "\n".join(lines)


def _restored(body: str, ids: list[str]) -> str:
    return body.replace("renamed_", "")


def _bodies(played) -> list[str]:
    year = play(played, lambda day: None)
    sum_up(year)
    with year.house.database.reading() as connection:
        from sqlalchemy import select

        from models.events import StoredEvent

        events = StoredEvent.__table__
        wanted = select(events.c.case, events.c.body).order_by(events.c.case, events.c.seq)
        rows = [json.dumps([case, json.loads(body)]) for case, body in connection.execute(wanted)]
    year.house.database.close()
    return rows
