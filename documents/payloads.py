"""What people wrote: free text of a command, read without trusting its shape.

A form is checked only where a decision needs it; anything else may be missing, a number, a list.
Once erased, every part of it reads as ERASED, so that no paper says less than it ought to unsaid.
"""

from typing import Any, Protocol

from engine.dossier import Told

ERASED = "（内容已依法删除）"


class Place(Protocol):
    """Where a form stands in the log, while a letter is traced."""

    def part(self, key: str) -> "Place":
        """A part of it."""

    def said(self, value: Any, key: str = "") -> Any:
        """A value that stands there, under a key."""


class Form:
    """The free text of one command, or a part of it. ``place``: where its texts come from, if
    anybody asks."""

    def __init__(self, content: Any, erased: bool = False, place: Place | None = None) -> None:
        self._content = content if isinstance(content, dict) else {}
        self.erased = erased
        self._place = place

    def said(self, value: Any, key: str = "") -> Any:
        """A value that was written here, or that comes of what was, under a key."""
        return value if self._place is None else self._place.said(value, key)

    def _part(self, content: Any, key: str, erased: bool = False) -> "Form":
        place = None if self._place is None else self._place.part(key)
        return Form(content, erased or self.erased, place)

    def text(self, key: str) -> str:
        """One text; empty where nothing was written."""
        if self.erased:
            return self.said(ERASED, key)
        return self.said(plain(self._content.get(key)).strip(), key)

    def texts(self, key: str) -> list[str]:
        """Several texts; a single one counts as a list of one. Empty ones are left out."""
        if self.erased:
            return [self.said(ERASED, key)]
        found = self._content.get(key)
        listed = found if isinstance(found, list | tuple) else [found]
        texts = (plain(each).strip() for each in listed)
        return [self.said(text, key) for text in texts if text]

    def part(self, key: str) -> "Form":
        """A part with keys of its own (an area's texts, the texts of findings)."""
        return self._part(self._content.get(key), key)

    def parts(self, key: str) -> list["Form"]:
        """The rows of a table."""
        if self.erased:
            return [self._part({}, key, True)]
        found = self._content.get(key)
        rows = enumerate(found, 1) if listed(found) else ()
        return [self._part(row, f"{key}/{n}") for n, row in rows if isinstance(row, dict)]

    def raw(self, key: str) -> Any:
        """A part as it was sent, for the rules to read (answers); None if it is not there."""
        return self._content.get(key)

    def items(self) -> list[tuple[str, str]]:
        """Every key with its text, in the order it was kept."""
        return [
            (self.said(plain(key)), self.said(plain(value).strip(), plain(key)))
            for key, value in self._content.items()
        ]


def listed(value: Any) -> bool:
    """Whether a value is a list of things."""
    return isinstance(value, list | tuple)


def plain(value: Any) -> str:
    """Any value a form may hold, as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if listed(value):
        return "；".join(text for text in map(plain, value) if text)
    if isinstance(value, dict):
        return "；".join(f"{plain(key)}：{plain(each)}" for key, each in value.items())
    return str(value)


def form_of(told: Told | None) -> Form:
    """The free text of an event; erased where the event names a payload that is gone."""
    if told is None:
        return Form({})
    erased = bool(getattr(told.event, "payload", "")) and not told.form
    return Form(told.form, erased, getattr(told, "place", None))
