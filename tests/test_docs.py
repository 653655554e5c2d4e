"""What newcomers read is true: tables, links, commands, words and printed output."""

import re
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import click
import pytest
import typer.main
from typer.testing import CliRunner

from dudao.main import app
from engine.library import shipped_calendar
from rules.clauses import due, parse_clause
from rules.definition import KINDS, Definition
from rules.kinds import DeadlineRule, Kind
from rules.values import ROLE_TITLES

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
DOCS = (*READMES, *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md")))
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
STEMS = ("rules/{}", "flows/{}", "notifications/messages/{}", "documents/{}", "tests/test_{}")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(markdown: str, language: str = r"\w*") -> list[str]:
    """What stands between fences."""
    return re.findall(rf"^```{language}\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)


def rows(markdown: str) -> list[list[str]]:
    """Every row of every table, cell by cell, without heads and rulers."""
    lines = [line.strip() for line in markdown.splitlines()]
    found = []
    for before, line in pairwise(lines):
        inside = line.startswith("|") and not line.startswith("|--") and before.startswith("|")
        if inside:
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


# -- links ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCS)
def test_every_link_leads_to_a_file(name: str) -> None:
    targets = [target for target in LINK.findall(text(name)) if "://" not in target]
    there = (ROOT / name).parent
    assert [t for t in targets if not (there / t.partition("#")[0]).resolve().exists()] == []


def test_every_how_to_and_decision_can_be_found_from_the_readme() -> None:
    for readme in READMES:
        linked = {(ROOT / target).resolve() for target in LINK.findall(text(readme))}
        for document in sorted((ROOT / "docs").glob("*")):
            assert document in linked, f"{readme}: {document.name}"


@pytest.mark.parametrize("decision", sorted((ROOT / "docs/decisions").glob("*.md")))
def test_a_decision_is_one_screen(decision: Path) -> None:
    lines = decision.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith(f"# {int(decision.name[:4])}. ")


# -- the READMEs ---------------------------------------------------------------------------------


def stage_links(stem: str) -> list[str]:
    """Where a stage's stem stands on disk: a file, or a folder where one would grow too long."""
    places = [place.format(stem) for place in STEMS]
    found = [f"{p}.py" if (ROOT / f"{p}.py").is_file() else p for p in places]
    assert [p for p in found if not (ROOT / p).exists()] == []
    return found


@pytest.mark.parametrize("readme", READMES)
def test_the_stage_table_is_true(readme: str) -> None:
    table = {row[0]: LINK.findall(" ".join(row[1:])) for row in rows(text(readme))}
    for kind in KINDS.values():
        assert table[f"{kind.title} `{kind.name}`"] == stage_links(kind.name)


def test_both_readmes_say_the_same() -> None:
    """Section by section the same links in the same order, and the same commands."""
    here, there = [text(name).split("\n## ")[1:] for name in READMES]
    assert len(here) == len(there)
    for ours, theirs in zip(here, there, strict=True):
        assert LINK.findall(ours) == LINK.findall(theirs)
        assert len(rows(ours)) == len(rows(theirs))
        assert commands(ours) == commands(theirs)
        assert len(blocks(ours)) == len(blocks(theirs))


def commands(markdown: str) -> list[str]:
    """The lines somebody types, without the comments behind them."""
    lines = [line for block in blocks(markdown) for line in block.splitlines()]
    return [line[2:].partition("#")[0].strip() for line in lines if line.startswith("$ ")]


def known(line: str) -> list[str]:
    """The words of the command that a line calls; fails where the program has no such command
    or option."""
    said = re.sub(r"[\[\]]", "", re.split(r"[|>]", line)[0]).split()[1:]
    command: click.Command = typer.main.get_command(app)
    called = []
    while said and (inside := getattr(command, "commands", {}).get(said[0])):
        command = inside
        called.append(said.pop(0))
    options = {option for parameter in command.params for option in parameter.opts}
    assert called and not hasattr(command, "commands"), line
    assert {word for word in said if word.startswith("--")} <= options, line
    return called


@pytest.mark.parametrize("name", DOCS)
def test_every_command_named_exists(name: str) -> None:
    inline = re.findall(r"`(dudao [a-z][^`]*)`", text(name))
    for line in [c for c in commands(text(name)) if c.startswith("dudao ")] + inline:
        known(line)


def test_every_command_there_is_stands_in_the_readmes() -> None:
    program = typer.main.get_command(app)
    for name in READMES:
        called = {known(c)[0] for c in commands(text(name)) if c.startswith("dudao ")}
        assert called == set(program.commands)


@pytest.mark.parametrize("name", READMES)
def test_every_make_target_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", "\n".join(commands(text(name))))) <= targets
    assert set(re.findall(r"`make ([a-z]+)`", text(name))) <= targets


# -- the glossary --------------------------------------------------------------------------------

WORDS = rows(text("docs/words.md"))


@pytest.mark.parametrize("column", [0, 1], ids=["中文", "English"])
def test_no_term_stands_twice(column: int) -> None:
    counted = Counter(row[column].lower() for row in WORDS)
    assert [term for term, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("row", WORDS, ids=lambda row: row[1])
def test_a_word_stands_in_the_code_where_the_glossary_says(row: list[str]) -> None:
    _, _, where, meaning = row
    word = re.findall(r"`([^`]+)`", where)[0]
    place = (ROOT / "docs" / LINK.findall(where)[0]).resolve()
    if place.is_dir():
        assert place.name == word
    else:
        said = place.read_text(encoding="utf-8")
        assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said) or word == place.stem
    assert meaning


def test_the_glossary_calls_stages_and_roles_as_the_code_does() -> None:
    named = {row[0]: re.findall(r"`([^`]+)`", row[2])[0] for row in WORDS}
    assert {kind.title: kind.name for kind in KINDS.values()}.items() <= named.items()
    roles = {title: role for role, title in ROLE_TITLES.items() if title in named}
    assert roles.items() <= named.items()
    assert set(ROLE_TITLES) - set(roles.values()) == {"school", "township", "system"}


# -- how to add a process ------------------------------------------------------------------------

ADD_A_PROCESS = "docs/add_a_process.md"


def deadline_table() -> str:
    """What the six kinds know of their deadlines, as the how-to prints it."""
    head = (
        "| kind | deadline | | who | what | counted from | needed |\n|---|---|---|---|---|---|---|"
    )
    lines = [
        f"| `{kind.name}` | `{name}` | {rule.title} | {rule.who} | {_nature(rule)} "
        f"| {_from(rule)} | {_needed(kind, name)} |"
        for kind in KINDS.values()
        for name, rule in kind.deadlines.items()
    ]
    return "\n".join([head, *lines])


def _nature(rule: DeadlineRule) -> str:
    nature = "window" if rule.window else "guard" if rule.guard else "duty"
    return f"{nature} per item" if rule.per_item else nature


def _from(rule: DeadlineRule) -> str:
    if rule.free:
        return "any event"
    return ", ".join(f"`{event}`" for event in rule.after) or "the stage's beginning"


def _needed(kind: Kind, name: str) -> str:
    if name in kind.required:
        return "always"
    askers = [f"`{asker}`" for asker, needed in kind.needs.items() if name in needed]
    return f"with {', '.join(askers)}" if askers else "-"


def test_the_table_of_deadlines_is_what_the_kinds_know() -> None:
    assert deadline_table() in text(ADD_A_PROCESS)


def test_every_key_of_a_definition_is_explained() -> None:
    stage_fields = {field for kind in KINDS.values() for field in kind.stage.model_fields}
    explained = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", text(ADD_A_PROCESS)))))
    assert ({*Definition.model_fields} | stage_fields) - explained == set()


def test_clauses_fall_due_as_their_table_says() -> None:
    calendar, tried = shipped_calendar(), 0
    for clause, start, day, *_ in (row for row in rows(text(ADD_A_PROCESS)) if len(row) == 4):
        reckoned = due(parse_clause(clause.strip("`")), date.fromisoformat(start), calendar)
        assert reckoned.due.isoformat() == day, clause
        tried += 1
    assert tried > 5


SLIPS = {
    "resubmit:": "resubmitt:",
    "submit: 10 working days": "submit: 10 workdays",
    "[mutual_check]": "[mutual_chek]",
}


def test_the_example_prints_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The definition of the how-to, and the same with its three slips."""
    monkeypatch.chdir(tmp_path)
    (example,) = blocks(text(ADD_A_PROCESS), "yaml")
    spoilt = example
    for right, wrong in SLIPS.items():
        assert right in spoilt
        spoilt = spoilt.replace(right, wrong)
    Path("conduct_drive.yaml").write_text(example, encoding="utf-8")
    Path("spoilt.yaml").write_text(spoilt, encoding="utf-8")
    for block in blocks(text(ADD_A_PROCESS), "console"):
        for call in re.split(r"^\$ dudao ", block, flags=re.MULTILINE)[1:]:
            line, _, printed = call.partition("\n")
            assert CliRunner().invoke(app, line.split()).output.rstrip() == printed.rstrip()


# -- how to add a message or a letter ------------------------------------------------------------


def test_the_tests_that_will_tell_are_there() -> None:
    there = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").glob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", text("docs/add_a_message.md")))
    assert len(named) > 8
    assert {name for name in named if f"def {name}(" not in there} == set()


def test_a_template_sees_what_the_how_to_lists() -> None:
    given = text("notifications/view.py") + text("notifications/placing.py")
    table = re.search(r"^\| a template sees .*?\n\n", text("docs/add_a_message.md"), re.M | re.S)
    listed = set(re.findall(r"`([a-z_]+)`", table[0] if table else "")) - {"moved"}
    assert {"process", "reader", "due", "said", "deadline"} <= listed
    assert {name for name in listed if f'"{name}"' not in given} == set()
