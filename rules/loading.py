"""A definition file read and checked: every mistake with its line and what was probably meant."""

from collections.abc import Iterator

from rules.definition import KINDS, Definition
from rules.definition_checks import Flaw, Library, References, opening_circles, settings_flaws
from rules.duty_checks import duty_flaws
from rules.mistakes import Mistakes
from rules.positioned import read_yaml, validate

__all__ = ["Library", "load_definition"]


def load_definition(text: str, name: str, library: Library) -> Definition:
    """A definition from its YAML text; raises Mistakes with every mistake's line."""
    positioned = read_yaml(text, name)
    definition = validate(Definition, positioned)
    flaws = [*_duplicates(definition)] or [*_flaws(definition, library)]
    if flaws:
        raise Mistakes(name, [positioned.mistake(path, reason) for path, reason in flaws])
    return definition


def _duplicates(definition: Definition) -> Iterator[Flaw]:
    """Without these right nothing else can be said."""
    seen: set[str] = set()
    plans = 0
    for number, stage in enumerate(definition.stages):
        if stage.id in seen or stage.id == "round":
            reserved = "是保留的名字" if stage.id == "round" else "重复了"
            yield ("stages", number, "id"), f"环节编号“{stage.id}”{reserved}，请换一个"
        seen.add(stage.id)
        plans += stage.kind == "planning"
        if stage.kind == "planning" and plans > 1:
            title = KINDS["planning"].title
            yield ("stages", number, "kind"), f"一个流程只能有一个“{title}”环节，选谁才不会说两样话"


def _flaws(definition: Definition, library: Library) -> Iterator[Flaw]:
    references = References(definition)
    yield from duty_flaws(definition, references)
    yield from settings_flaws(definition, library, references)
    yield from opening_circles(definition, references)
