"""The messages there are: one folder each, named like the event it tells of, with its four parts.

``messages/on_site_review/visit/scheduled/`` is the message ``on_site_review.visit.scheduled``:
subject, text, what a chat group says of it (``short.txt``) and the page of a mail (``page.html``,
see ``notifications.page``). What several share lies in ``messages/_shared/``. Templates see plain
values only.
"""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from jinja2 import PackageLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications.cleaning import clean, shorten
from notifications.marking import marked

SUBJECT, TEXT, SHORT, PAGE = "subject.txt", "text.txt", "short.txt", "page.html"
PARTS = (SUBJECT, TEXT, SHORT, PAGE)
SUBJECT_AT_MOST = 40  # characters: what a phone shows of it
TEXT_AT_MOST = 500
_PROVISIONAL = re.compile("（(暂按[^）]*)）$")  # as rules.explanation ends
SHORT_AT_MOST = 120


class Rendered(NamedTuple):
    """A message as it is told: one line of at most 40 characters, at most 500 of text, and one
    paragraph of at most 120 for a chat group, where everybody reads it."""

    subject: str
    text: str
    short: str


def _names(folder: Traversable, name: str = "") -> Iterator[str]:
    entries = {entry.name: entry for entry in folder.iterdir()}
    if set(PARTS) <= entries.keys():
        yield name
    for entry in entries.values():
        if entry.is_dir() and not entry.name.startswith("_"):
            yield from _names(entry, f"{name}.{entry.name}" if name else entry.name)


MESSAGES: frozenset[str] = frozenset(_names(files("notifications") / "messages"))


def _environment(autoescape: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=PackageLoader("notifications", "messages"),
        undefined=StrictUndefined,
        autoescape=autoescape,
        auto_reload=False,
        cache_size=400,
    )


_WORDS, _PAGES = _environment(autoescape=False), _environment(autoescape=True)
_WORDS.filters["shorten"] = shorten
_PAGES.filters["marked"] = marked


def template(name: str, part: str) -> Template:
    """One part of a message. KeyError for a name there is no folder for."""
    if name not in MESSAGES:
        raise KeyError(name)
    return shipped(f"{name.replace('.', '/')}/{part}")


def shipped(path: str) -> Template:
    """A file of ``messages/``."""
    return (_PAGES if path.endswith(".html") else _WORDS).get_template(path)


def render(name: str, view: Mapping[str, Any]) -> Rendered:
    """A message in words. ``view``: the plain values of ``notifications.view``.

    KeyError for a name there is no folder for; jinja2's UndefinedError for a value that is not in
    the view. A text that grows too long leaves out how its dates were reckoned.
    """
    subject = template(name, SUBJECT).render(view)
    of_text = template(name, TEXT)
    text = _lines(of_text.render(view))
    if len(text) > TEXT_AT_MOST:
        text = _lines(of_text.render(_without_reasons(view)))
    return bounded(subject, text, template(name, SHORT).render(view))


def bounded(subject: str, text: str, short: str) -> Rendered:
    """Words as they may be told: cleaned, and none too long."""
    return Rendered(
        shorten("".join(clean(subject).split("\n")), SUBJECT_AT_MOST),
        shorten(_lines(text), TEXT_AT_MOST),
        shorten("".join(_lines(short).split("\n")), SHORT_AT_MOST),
    )


def _lines(text: str) -> str:
    """The lines that say something: what does not apply leaves no gap."""
    return "\n".join(line.strip() for line in clean(text).split("\n") if line.strip())


def _without_reasons(value: Any) -> Any:
    """The same view, its dates without their explanation; that one is provisional stays said."""
    if isinstance(value, Mapping):
        return {k: _provisional(v) if k == "why" else _without_reasons(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_reasons(item) for item in value]
    return value


def _provisional(why: str) -> str:
    return "".join(_PROVISIONAL.findall(why))
