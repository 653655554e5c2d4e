"""The house rules: who may import whom, how long a file is, what a flow file holds.

A rule that nobody checks is forgotten by the third room. What is written in docs and design about
rooms, Prefect and names is checked here over every file, so a change that breaks it fails at once.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]

# room            may import these rooms (and itself)
MAY_IMPORT = {
    "processes": set(),
    "rules": set(),
    "models": {"rules"},
    "engine": {"rules", "models", "processes"},
    "documents": {"rules", "models", "engine"},
    "notifications": {"rules", "models", "engine"},
    "tasks": {"rules", "models", "engine", "documents", "notifications", "processes"},
    "flows": {"engine", "tasks"},
    "portal": {"rules", "models", "engine", "documents"},
    "dudao": {"rules", "models", "engine", "documents", "notifications", "tasks", "flows"}
    | {"portal", "processes"},
}
ROOMS = tuple(MAY_IMPORT)
STAGES = (
    "self_assessment",
    "planning",
    "process_guidance",
    "on_site_review",
    "issue_list",
    "follow_up_visit",
)
# Where each stage's stem stands; one file, or a folder of that name where one would grow too long.
STEMS = ("rules/{}", "flows/{}", "documents/{}", "notifications/messages/{}", "tests/test_{}")

# Rules say what follows from what. Whatever asks the world, the clock or chance is not for them.
PURE_MAY_IMPORT = {"pydantic", "yaml", "rules"}
PURE_MAY_NOT_IMPORT = {
    *("os", "pathlib", "io", "shutil", "tempfile", "glob", "sqlite3", "importlib", "sys"),
    *("socket", "ssl", "http", "urllib", "subprocess", "threading", "asyncio", "signal"),
    *("random", "secrets", "uuid", "time", "logging", "locale", "warnings", "platform"),
}
PURE_MAY_NOT_CALL = {"open", "print", "input", "eval", "exec", "compile", "__import__", "id"}
# Time is an argument. It is read where a person or a schedule comes in: dudao, portal, a flow.
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic"}
CLOCKLESS = ("rules", "models", "engine", "documents", "notifications", "tasks")
WITHOUT_PREFECT = ("rules", "models", "engine", "documents", "notifications", "portal")

EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc"}
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 60


def python_files(*places: str) -> list[Path]:
    return sorted(file for place in places for file in (ROOT / place).rglob("*.py"))


def every_file() -> list[Path]:
    return python_files(*ROOMS, "tests", "benchmarks", "tools")


def short(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level name of every import, also of those inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def called(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Every call as (what it is called on, its name): ("datetime", "now"), ("", "open")."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield "", node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield ast.unparse(node.func.value).split(".")[-1], node.func.attr


# -- rooms ---------------------------------------------------------------------------------------


def test_a_room_imports_only_the_rooms_it_may() -> None:
    wrong = {}
    for room, allowed in MAY_IMPORT.items():
        forbidden = {*ROOMS, "tests", "benchmarks", "tools"} - allowed - {room}
        for file in python_files(room):
            wrong[short(file)] = set(imported(parsed(file))) & forbidden
    assert {file: rooms for file, rooms in wrong.items() if rooms} == {}


def test_rules_import_nothing_that_asks_the_world() -> None:
    allowed = (sys.stdlib_module_names - PURE_MAY_NOT_IMPORT) | PURE_MAY_IMPORT
    wrong = {short(file): set(imported(parsed(file))) - allowed for file in python_files("rules")}
    assert {file: names for file, names in wrong.items() if names} == {}


def test_rules_call_nothing_that_asks_the_world() -> None:
    for file in python_files("rules"):
        plain = {name for on, name in called(parsed(file)) if not on}
        assert plain & PURE_MAY_NOT_CALL == set(), short(file)


def test_nobody_reads_the_clock_inside() -> None:
    for file in python_files(*CLOCKLESS):
        read = {call for call in called(parsed(file)) if call[1] in CLOCKS}
        assert {call for call in read if call[0] in {"datetime", "date", "time"}} == set(), short(
            file
        )


def test_prefect_stays_in_tasks_flows_and_the_command() -> None:
    files = python_files(*WITHOUT_PREFECT)
    assert [short(file) for file in files if "prefect" in imported(parsed(file))] == []


def test_processes_are_told_in_yaml() -> None:
    """The package itself, so that its files can be found, and nothing else."""
    assert [short(file) for file in python_files("processes")] == ["processes/__init__.py"]
    assert [type(node) for node in parsed(ROOT / "processes/__init__.py").body] == [ast.Expr]


def test_every_room_is_shipped() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = declared["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert [room for room in ROOMS if (ROOT / room).is_dir() and room not in shipped] == []


def test_no_room_bears_the_name_of_anyone_elses_module() -> None:
    ours = {"dudao"}  # the distribution that brings the rooms
    others = {name for name, by in metadata.packages_distributions().items() if set(by) - ours}
    assert {*ROOMS} & (others | sys.stdlib_module_names) == set()


# -- files ---------------------------------------------------------------------------------------


def test_a_file_is_read_in_one_sitting() -> None:
    lengths = {short(file): len(file.read_text("utf-8").splitlines()) for file in every_file()}
    assert {file: lines for file, lines in lengths.items() if lines > MOST_LINES} == {}


def test_a_function_fits_on_a_screen() -> None:
    """Migrations aside: Alembic's two functions hold whatever changed."""
    lengths = {
        f"{short(file)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for file in every_file()
        if "migrations" not in file.parts
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {where: n for where, n in lengths.items() if n > MOST_LINES_OF_A_FUNCTION} == {}


def test_a_module_says_first_what_it_is() -> None:
    assert [short(file) for file in every_file() if not ast.get_docstring(parsed(file))] == []


def test_imports_are_absolute() -> None:
    relative = [
        short(file)
        for file in every_file()
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_names_say_what_is_inside() -> None:
    """No file, folder or class is named for being useful."""
    for file in every_file():
        classes = [n.name for n in ast.walk(parsed(file)) if isinstance(n, ast.ClassDef)]
        names = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in classes]
        names += file.relative_to(ROOT).with_suffix("").parts
        assert {word for name in names for word in name.split("_")} & EMPTY_WORDS == set(), short(
            file
        )


def test_no_file_names_an_index_or_a_place_on_one_machine() -> None:
    hosts = ("pypi" + r"\.org", "python" + r"hosted\.org", r"registry\." + "npmjs")
    places = "|".join(("root", "home", "work", "Users", "opt")).join(("(?<![\\w.~*{}])/(", ")/\\w"))
    forbidden = re.compile("|".join((*hosts, places)))
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for file in written_files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []


def written_files() -> Iterator[Path]:
    """Every text that people write or that is handed on, but for LICENSE."""
    places = (*ROOMS, "tests", "benchmarks", "tools", "docs", ".ci")
    for file in [*ROOT.glob("*"), *(f for place in places for f in (ROOT / place).rglob("*"))]:
        if file.name == "LICENSE" or "__pycache__" in file.parts or not file.is_file():
            continue
        if b"\0" not in file.read_bytes()[:4096]:
            yield file


# -- the lock ------------------------------------------------------------------------------------


def test_the_lock_pins_everything_by_content() -> None:
    """`make lock` writes it; `pip install --require-hashes` refuses a line that is not so."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) > 100
    pinned = re.compile(r"[\w.-]+==\S+( ; [^\\]+)? (\\\n    --hash=sha256:[0-9a-f]{64} ?)+")
    assert [entry for entry in entries if not pinned.fullmatch(entry)] == []


# -- stages --------------------------------------------------------------------------------------


def test_a_stage_has_one_stem_everywhere() -> None:
    stems = [place.format(stage) for stage in STAGES for place in STEMS]
    places = [ROOT / stem for stem in stems]
    assert [short(p) for p in places if not (p.with_suffix(".py").is_file() or p.is_dir())] == []


def test_the_readme_names_every_stage() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else " ".join(STAGES)
    assert [stage for stage in STAGES if stage not in text] == []


# -- flows ---------------------------------------------------------------------------------------

FLOWS = [file for file in python_files("flows") if file.name != "__init__.py"]


def test_a_flow_file_holds_one_flow_named_like_it() -> None:
    """Prefect loads a flow from its file alone: no helpers, tables or classes beside it."""
    for file in FLOWS:
        body = parsed(file).body[1:]
        beside = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
        assert [getattr(node, "name", ast.unparse(node)) for node in beside] == [file.stem]
        decorators = [ast.unparse(d) for d in getattr(beside[0], "decorator_list", [])]
        assert any(re.match(r"flow\b", decorator) for decorator in decorators), short(file)


def test_a_flow_file_hides_no_other_module() -> None:
    """Prefect puts a flow's folder on the path: `flows/time.py` would be everybody's `time`."""
    others = set(metadata.packages_distributions()) | sys.stdlib_module_names | set(ROOMS)
    assert {file.stem for file in FLOWS} & others == set()


def deployments() -> list[dict[str, str]]:
    text = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    declared: list[dict[str, str]] = yaml.safe_load(text)["deployments"]
    return declared


@pytest.mark.parametrize("deployment", deployments(), ids=lambda declared: declared["name"])
def test_a_deployments_entrypoint_really_loads(
    deployment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a placeholder, Prefect deploys a flow whose imports are broken and says nothing."""
    from prefect.flows import load_flow_from_entrypoint

    monkeypatch.chdir(ROOT)
    path, name = deployment["entrypoint"].split(":")
    assert (Path(path).stem, deployment["name"]) == (name, name)
    flow = load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)
    assert flow.fn.__name__ == name


def test_every_flow_is_deployed() -> None:
    assert {file.stem for file in FLOWS} == {declared["name"] for declared in deployments()}
