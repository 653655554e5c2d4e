"""What comes with the product in `processes/`: definitions, standards and calendars, read.

No database is asked here, nor its library loaded: a date is reckoned in a moment.
"""

from collections.abc import Collection
from functools import cache
from importlib.resources import files

from rules.days import Calendar
from rules.holidays import Term, YearTable, parse_terms, parse_year
from rules.loading import Library, load_definition
from rules.standard import Standard, parse_standard


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
