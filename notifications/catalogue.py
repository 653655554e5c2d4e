"""The messages there are: one folder each, named like the event it tells of, subject and text.

``messages/on_site_review/visit/scheduled/`` is the message ``on_site_review.visit.scheduled``.
What several share lies in ``messages/_shared/``. Templates see plain values only.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications.cleaning import clean, shorten

SUBJECT_AT_MOST = 40  # characters: what a phone shows of it
TEXT_AT_MOST = 500


class Rendered(NamedTuple):
    """A message as it is told: one line of at most 40 characters, and at most 500 of text."""

    subject: str
    text: str


def _names(folder: Traversable, name: str = "") -> Iterator[str]:
    entries = {entry.name: entry for entry in folder.iterdir()}
    if {"subject.txt", "text.txt"} <= entries.keys():
        yield name
    for entry in entries.values():
        if entry.is_dir() and not entry.name.startswith("_"):
            yield from _names(entry, f"{name}.{entry.name}" if name else entry.name)


MESSAGES: frozenset[str] = frozenset(_names(files("notifications") / "messages"))

_TEMPLATES = ImmutableSandboxedEnvironment(
    loader=PackageLoader("notifications", "messages"),
    undefined=StrictUndefined,
    auto_reload=False,
    cache_size=400,
)
_TEMPLATES.filters["shorten"] = shorten


def render(name: str, view: Mapping[str, Any]) -> Rendered:
    """A message in words. ``view``: the plain values of ``notifications.view``.

    KeyError for a name there is no folder for; jinja2's UndefinedError for a value that is not in
    the view. A text that grows too long leaves out how its dates were reckoned.
    """
    if name not in MESSAGES:
        raise KeyError(name)
    folder = name.replace(".", "/")
    subject = _TEMPLATES.get_template(f"{folder}/subject.txt").render(view)
    template = _TEMPLATES.get_template(f"{folder}/text.txt")
    text = _lines(template.render(view))
    if len(text) > TEXT_AT_MOST:
        text = _lines(template.render(_without_reasons(view)))
    return Rendered(
        shorten("".join(clean(subject).split("\n")), SUBJECT_AT_MOST), shorten(text, TEXT_AT_MOST)
    )


def _lines(text: str) -> str:
    """The lines that say something: what does not apply leaves no gap."""
    return "\n".join(line.strip() for line in clean(text).split("\n") if line.strip())


def _without_reasons(value: Any) -> Any:
    """The same view, its dates without their explanation."""
    if isinstance(value, Mapping):
        return {k: "" if k == "why" else _without_reasons(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_reasons(item) for item in value]
    return value
