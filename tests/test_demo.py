"""The demo: one seed, one log - on both databases, with Prefect and without, killed or not."""

import json
import re
import subprocess
import sys
from datetime import date, time
from pathlib import Path

import pytest
import yaml
from hypothesis import settings
from sqlalchemy import select

from dudao.demo.run import Demo, play
from dudao.demo.year import instant
from dudao.prefect_server import prefect_server
from engine.checking import check
from engine.export import export
from engine.library import shipped
from engine.replaying import replay
from engine.shelf import Shelf
from engine.verification import verify
from models.database import Database
from models.events import StoredEvent
from tests.demo_runs import demo, summary, walk_with_kills

DIGEST = Path(__file__).parent.parent / "tools" / "digest.py"

Year = tuple[Path, dict]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """One undisturbed year of eight schools on SQLite, and its summary."""
    out = tmp_path_factory.mktemp("year")
    return out, summary(demo(out))


def test_a_year_passes_every_stage(year: Year) -> None:
    _, told = year
    assert told["schools"] == 8
    assert told["selected"] * 3 >= told["schools"]
    for stage, passed in told["stages"].items():
        assert passed["entered"] == passed["left"] >= 1, stage
    assert told["stages"]["on_site_review"]["entered"] == told["selected"]
    assert sum(told["grades"].values()) == told["selected"]
    assert told["issues"]["raised"] > 0 < told["issues"]["closed"]
    assert told["deadlines"]["met"] > told["deadlines"]["missed"] > 0
    assert told["refused"] > 0
    assert set(told["messages"]) <= {"sent", "skipped"}
    assert told["letters"]["opinion_letter"] == told["selected"]


def test_the_same_seed_has_the_same_year_on_both_databases(
    year: Year, tmp_path: Path, database_url: str
) -> None:
    assert summary(demo(tmp_path / "again", database_url)) == year[1]


def test_another_seed_has_another_digest(tmp_path: Path) -> None:
    until = date(2026, 3, 31)
    one, other = (summary(demo(tmp_path / str(s), seed=s, until=until)) for s in (1, 2))
    assert one["log_digest"] != other["log_digest"]


def test_what_is_left_behind_is_whole(year: Year) -> None:
    """The log verifies, every case is rebuilt from it, no case hangs; every letter is there."""
    out, told = year
    database = Database(str(out / "dudao.db"))
    with database.reading() as connection:
        assert verify(connection).found == []
        assert replay(connection, Shelf()).found == []
        assert check(connection, instant(date(2027, 5, 6), time(7))).found == []
    database.close()
    assert len(list((out / "letters").rglob("*.docx"))) == sum(told["letters"].values())
    pages = [page.read_text("utf-8") for page in (out / "outbox").rglob("*.txt")]
    assert sum(page.count("\n主题：") for page in pages) == told["messages"]["sent"]


def test_the_digest_tool_recomputes_it_from_an_export_alone(year: Year, tmp_path: Path) -> None:
    out, told = year
    database = Database(str(out / "dudao.db"))
    exported = tmp_path / "events.jsonl"
    with database.reading() as connection, exported.open("w", encoding="utf-8") as file:
        export(connection, file)
    database.close()
    run = [sys.executable, str(DIGEST), str(exported)]
    assert subprocess.check_output(run, text=True).strip() == told["log_digest"]

    text = exported.read_text("utf-8")
    spot = text.index("2026-03", len(text) // 2) + 6
    exported.write_text(f"{text[:spot]}4{text[spot + 1 :]}", "utf-8")
    changed = subprocess.run(run, text=True, capture_output=True, check=False)
    assert changed.returncode == 1 or changed.stdout.strip() != told["log_digest"]


def test_killed_fifty_times_it_ends_with_the_same_digest(year: Year, tmp_path: Path) -> None:
    """SIGKILL inside and right after transactions spread over the year, each time begun again."""
    played = demo(tmp_path / "killed")
    assert walk_with_kills(played, every=transactions_between(), most=50) == 50
    assert summary(played)["log_digest"] == year[1]["log_digest"]


def transactions_between() -> int:
    """Writing transactions from one kill to the next, so that fifty spread over the year: a day
    takes about six."""
    return 250 * 6 // 50


def test_through_prefect_killed_or_not_it_is_the_same_log(tmp_path: Path) -> None:
    """Through real flow runs: the digest of the run without Prefect, also after kills; and every
    done order names a run that Prefect's database shows completed (`play` asks it, and raises
    otherwise). The year's first weeks and twelve kills, or in the thorough profile all of it and
    fifty."""
    thorough = settings.default.max_examples > 100
    until, kills = (date.max, 50) if thorough else (date(2026, 3, 20), 12)
    plain = summary(demo(tmp_path / "plain", until=until))
    with prefect_server(tmp_path / "prefect", services=False) as server:
        through = demo(tmp_path / "through", prefect=True, until=until)
        assert summary(through, server)["log_digest"] == plain["log_digest"]
        killed = demo(tmp_path / "killed", prefect=True, until=until)
        every = transactions_between() if thorough else 12
        assert walk_with_kills(killed, every, most=kills, server=server) == kills
        assert summary(killed, server)["log_digest"] == plain["log_digest"]


# -- names are only names ------------------------------------------------------------------------


def test_renaming_every_id_and_title_changes_nothing_but_those_names(tmp_path: Path) -> None:
    """The events are the same, one by one, once the new names are put back."""
    text = shipped("shaanxi_316.yaml")
    until = date(2026, 7, 31)
    plain = bodies(demo(tmp_path / "plain", until=until))
    other = bodies(demo(tmp_path / "renamed", until=until, definition=renamed(text)))
    assert other != plain
    assert [body.replace("renamed_", "") for body in other] == plain


def renamed(text: str) -> str:
    """The definition with other stage ids, in clauses too, and other titles. What kinds, letters
    and deadlines are called is not the definition's to choose."""
    definition = yaml.safe_load(text)
    ids = {stage["id"] for stage in definition["stages"]}
    words = re.compile(rf"\b({'|'.join(ids)})\b(?=\.|$)")
    definition["title"] = "另一个名称"
    for stage in definition["stages"]:
        clauses = stage["deadlines"].items()
        stage["deadlines"] = {name: other(words, clause) for name, clause in clauses}
        for key in ("until", "sources"):
            if key in stage:
                stage[key] = [other(words, word) for word in stage[key]]
        for key in ("opens", "of_issues"):
            if key in stage:
                stage[key] = other(words, stage[key])
        stage["id"], stage["title"] = f"renamed_{stage['id']}", f"改名后的{stage['title']}"
    return yaml.safe_dump(definition, allow_unicode=True, sort_keys=False)


def other(words: re.Pattern[str], text: str) -> str:
    return words.sub(r"renamed_\1", text)


def bodies(played: Demo) -> list[str]:
    """Every event of a demo as text, in the order of cases and numbers."""
    lived = play(played, lambda day: None)
    events = StoredEvent.__table__
    wanted = select(events.c.case, events.c.body).order_by(events.c.case, events.c.seq)
    with lived.house.database.reading() as connection:
        rows = [json.dumps([case, json.loads(body)]) for case, body in connection.execute(wanted)]
    lived.house.database.close()
    return rows
