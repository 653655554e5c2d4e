"""The log leaves the house: one line an event, and a digest that anyone can recompute."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checkpoint import log_digest
from engine.export import export
from tests.county import HEAD, County, live_some_months, submit

TOOL = Path(__file__).parent.parent / "tools" / "digest.py"


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """Some months have been lived."""
    county = County(database_url)
    live_some_months(county)
    yield county
    county.close()


def exported(county: County) -> str:
    """The whole log as text."""
    out = io.StringIO()
    with county.database.reading() as connection:
        assert export(connection, out) == out.getvalue().count("\n")
    return out.getvalue()


def recomputed(text: str | bytes) -> subprocess.CompletedProcess[str]:
    """What the tool says of an export, run as anyone would, without our packages."""
    given = text.encode() if isinstance(text, str) else text
    ran = subprocess.run([sys.executable, "-I", TOOL], input=given, capture_output=True)
    return subprocess.CompletedProcess(
        ran.args, ran.returncode, ran.stdout.decode().strip(), ran.stderr.decode().strip()
    )


def test_the_tool_finds_the_digest_of_the_database(county: County, tmp_path: Path) -> None:
    text = exported(county)
    with county.database.reading() as connection:
        digest = log_digest(connection)
    assert recomputed(text).stdout == digest
    (tmp_path / "log.jsonl").write_text(text, "utf-8")
    ran = subprocess.run([sys.executable, TOOL, tmp_path / "log.jsonl"], capture_output=True)
    assert ran.stdout.decode().strip() == digest
    county.do("S3", submit(), HEAD)
    with county.database.reading() as connection:
        assert log_digest(connection) != digest


def test_both_databases_write_the_same_log(new_database, tmp_path: Path) -> None:
    texts = set()
    for url in (new_database(), str(tmp_path / "beside.db")):
        county = County(url)
        live_some_months(county)
        texts.add(exported(county))
        county.close()
    assert len(texts) == 1


def test_lines_come_by_case_and_number_in_the_order_of_code_points(county: County) -> None:
    events = [json.loads(line) for line in exported(county).splitlines()]
    places = [(event["case"], event["seq"]) for event in events]
    assert places == sorted(places)


def test_an_empty_log_has_the_digest_of_nothing() -> None:
    ran = recomputed("")
    assert ran.stdout == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An export that is changed in every test."""
    county = County(str(tmp_path_factory.mktemp("log") / "log.db"), ["S1"])
    county.do("S1", submit(), HEAD)
    text = exported(county)
    county.close()
    return text


@pytest.mark.parametrize(
    ("what", "change", "line"),
    [
        ("a byte of a body", lambda t: t.replace("2026-12-31", "2026-12-30", 1), 1),
        ("a space that changes nothing", lambda t: t.replace('":', '": ', 1), 1),
        ("a letter written as an escape", lambda t: t.replace("account", "\\u0061ccount", 1), 4),
        ("a line removed", lambda t: "".join(t.splitlines(True)[:3] + t.splitlines(True)[4:]), 4),
        ("a line twice", lambda t: t.splitlines(True)[0] + t, 2),
        ("the last line cut short", lambda t: t[:-2], None),
        ("another key", lambda t: t.replace('"actor"', '"Actor"', 1), 1),
        ("a list", lambda t: "[]\n", 1),
        ("no JSON", lambda t: "日志\n", 1),
        ("an abyss of brackets", lambda t: "[" * 200_000 + "\n", 1),
    ],
)
def test_what_does_not_fit_is_named_by_its_line(log: str, what: str, change, line) -> None:
    ran = recomputed(change(log))
    assert ran.returncode == 1 and not ran.stdout, what
    assert ran.stderr.startswith(f"line {line or log.count(chr(10))}: "), ran.stderr


def test_any_changed_byte_changes_the_digest_or_is_refused(log: str) -> None:
    digest, raw = recomputed(log).stdout, log.encode()
    step = len(raw) // 40
    for place in range(0, len(raw), step):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert recomputed(changed).stdout != digest, place


def test_without_its_last_case_the_log_has_another_digest(log: str) -> None:
    kept = [line for line in log.splitlines(True) if "/S1" not in json.loads(line)["case"]]
    ran = recomputed("".join(kept))
    assert ran.returncode == 0 and ran.stdout != recomputed(log).stdout


def test_the_tool_is_short_and_needs_nothing_of_ours() -> None:
    lines = TOOL.read_text("utf-8").splitlines()
    imports = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert len(lines) < 50
    assert imports <= sys.stdlib_module_names


@given(st.lists(st.text(max_size=5), unique=True, max_size=9))
def test_the_root_does_not_depend_on_the_order_of_the_cases(cases: list[str]) -> None:
    from engine.chain import root

    heads = [(case, n, "00") for n, case in enumerate(cases)]
    assert root(heads) == root(reversed(heads))
