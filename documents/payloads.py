"""What people wrote: free text of a command, read without trusting its shape.

A form is checked only where a decision needs it; anything else may be missing, a number, a list.
Once erased, every part of it reads as ERASED, so that no paper says less than it ought to unsaid.
"""

from typing import Any

from engine.dossier import Told

ERASED = "（内容已依法删除）"


class Form:
    """The free text of one command, or a part of it."""

    def __init__(self, content: Any, erased: bool = False) -> None:
        self._content = content if isinstance(content, dict) else {}
        self.erased = erased

    def text(self, key: str) -> str:
        """One text; empty where nothing was written."""
        return ERASED if self.erased else plain(self._content.get(key)).strip()

    def texts(self, key: str) -> list[str]:
        """Several texts; a single one counts as a list of one. Empty ones are left out."""
        if self.erased:
            return [ERASED]
        found = self._content.get(key)
        listed = found if isinstance(found, list | tuple) else [found]
        return [text for text in (plain(each).strip() for each in listed) if text]

    def part(self, key: str) -> "Form":
        """A part with keys of its own (an area's texts, the texts of findings)."""
        return Form(self._content.get(key), self.erased)

    def parts(self, key: str) -> list["Form"]:
        """The rows of a table."""
        if self.erased:
            return [Form({}, True)]
        found = self._content.get(key)
        return [Form(row) for row in found if isinstance(row, dict)] if listed(found) else []

    def raw(self, key: str) -> Any:
        """A part as it was sent, for the rules to read (answers); None if it is not there."""
        return self._content.get(key)

    def items(self) -> list[tuple[str, str]]:
        """Every key with its text, in the order it was kept."""
        return [(plain(key), plain(value).strip()) for key, value in self._content.items()]


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
    return Form(told.form, erased=bool(getattr(told.event, "payload", "")) and not told.form)
