"""Definitions, standards and calendars: read from `processes/`, frozen by hash, found again."""

from collections.abc import Collection
from functools import cache, lru_cache
from importlib.resources import files

from sqlalchemy import Connection, insert, select

from engine.memory import Memory
from models.standards import FrozenText
from rules.days import Calendar
from rules.definition import Definition
from rules.holidays import Term, YearTable, parse_terms, parse_year
from rules.loading import Library, load_definition
from rules.process import Process
from rules.standard import Standard, parse_standard
from rules.values import canonical

_TEXTS = FrozenText.__table__


def shipped(*path: str) -> str:
    """The text of a file in `processes/`."""
    return files("processes").joinpath(*path).read_text("utf-8")


def shipped_names(*path: str) -> list[str]:
    """The YAML files of a folder in `processes/`, sorted."""
    folder = files("processes").joinpath(*path)
    return sorted(f.name for f in folder.iterdir() if f.name.endswith(".yaml"))


@cache
def shipped_calendar() -> Calendar:
    """The calendar of the published years, with the example terms."""
    return Calendar.of(_shipped_years(), _shipped_terms())


def calendar_with(table: YearTable) -> Calendar:
    """The shipped calendar with one year's arrangement added, or put in the place of that year's;
    TableError where it contradicts its neighbours."""
    others = [known for known in _shipped_years() if known.year != table.year]
    return Calendar.of([*others, table], _shipped_terms())


def _shipped_years() -> list[YearTable]:
    years = [name for name in shipped_names("holidays") if name[:4].isdigit()]
    return [parse_year(shipped("holidays", name)) for name in years]


def _shipped_terms() -> list[Term]:
    names = shipped_names("terms")
    return [term for name in names for term in parse_terms(shipped("terms", name))]


@cache
def shipped_standards() -> dict[str, Standard]:
    """The indicator standards that come with the product, by id."""
    found = {}
    for name in shipped_names("standards"):
        standard = parse_standard(shipped("standards", name), name)
        found[standard.standard] = standard
    return found


def read_definition(text: str, name: str, messages: Collection[str], letters: Collection[str]):
    """A definition from its text, checked against the templates there are; raises Mistakes."""
    library = Library(messages, letters, list(shipped_standards()))
    return load_definition(text, name, library)


def freeze(connection: Connection, kind: str, name: str, key: str, text: str) -> None:
    """Keep a text by its hash, once."""
    if connection.execute(select(_TEXTS.c.hash).where(_TEXTS.c.hash == key)).first() is None:
        row = {"hash": key, "kind": kind, "name": name, "text": text}
        connection.execute(insert(_TEXTS).values(row))


def freeze_definition(connection: Connection, definition: Definition) -> str:
    """Freeze a definition; its hash."""
    text = canonical(definition.model_dump(mode="json"))
    freeze(connection, "definition", definition.process, definition.hash, text)
    return definition.hash


def freeze_standard(connection: Connection, standard: Standard) -> str:
    """Freeze a standard; its version."""
    text = canonical(standard.model_dump(mode="json"))
    freeze(connection, "standard", standard.standard, standard.version, text)
    return standard.version


def _text(connection: Connection, key: str) -> str:
    return connection.execute(select(_TEXTS.c.text).where(_TEXTS.c.hash == key)).scalar_one()


@lru_cache(maxsize=64)
def _process(text: str) -> Process:
    return Process(Definition.model_validate_json(text))


@lru_cache(maxsize=64)
def _standard(text: str) -> Standard:
    return Standard.model_validate_json(text)


class Shelf:
    """Frozen texts as values, read once per process: they never change. ``memory`` does the same
    for the log."""

    def __init__(self) -> None:
        self.memory = Memory()
        self._processes: dict[str, Process] = {}
        self._standards: dict[str, Standard] = {}

    def process(self, connection: Connection, key: str) -> Process:
        """The compiled definition of that hash."""
        if key not in self._processes:
            self._processes[key] = _process(_text(connection, key))
        return self._processes[key]

    def standard(self, connection: Connection, key: str) -> Standard | None:
        """The standard of that version; None for no version."""
        if not key:
            return None
        if key not in self._standards:
            self._standards[key] = _standard(_text(connection, key))
        return self._standards[key]
