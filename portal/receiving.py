"""Receiving a form: who sent it is checked, its text cleaned and bounded, its mistakes named."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from portal.cleaning import clean, one_line
from portal.desk import Desk
from portal.sessions import visitor_of
from portal.signing import sealed

GUEST = "dudao_guest"  # a browser without a session, so that its forms can be told from others'
MOST_FIELDS, MOST_FILES, LONGEST_FIELD = 4000, 20, 1024 * 1024
ONCE = "once"


class Forged(Exception):
    """A form that did not come from a page of ours, or whose page has grown too old."""


class Typed:
    """What was typed into a form. Reading a field notes its mistake in ``mistakes`` (by the field's
    name, in Chinese) and answers what is nearest, so that the page can show it all again."""

    def __init__(self, form: FormData) -> None:
        self.form = form
        self.mistakes: dict[str, str] = {}

    def raw(self, name: str) -> str:
        """The text as it came, cleaned; empty where there is none."""
        value = self.form.get(name)
        return clean(value) if isinstance(value, str) else ""

    def text(self, name: str, most: int = 200, required: bool = False) -> str:
        """A line of text."""
        return self._bounded(name, one_line(self.raw(name)), most, required)

    def paragraphs(self, name: str, most: int = 5000, required: bool = False) -> str:
        """Text of several lines."""
        return self._bounded(name, self.raw(name), most, required)

    def _bounded(self, name: str, text: str, most: int, required: bool) -> str:
        if required and not text:
            self.mistakes[name] = "请填写。"
        if len(text) > most:
            self.mistakes[name] = f"最多{most}个字，现在有{len(text)}个字，请删减。"
        return text

    def many(self, name: str) -> list[str]:
        """All values of a field that may be ticked several times."""
        return [one_line(clean(v)) for v in self.form.getlist(name) if isinstance(v, str) and v]

    def choice(self, name: str, among: Any, required: bool = True) -> str:
        """One of a list."""
        given = self.text(name)
        if not given and not required:
            return ""
        if given not in among:
            self.mistakes[name] = "请从列表中选择一项。" if given else "请选择。"
            return ""
        return given

    def day(self, name: str, required: bool = True) -> date | None:
        """A day as 2026-09-18."""
        return self._as(name, date.fromisoformat, "日期应写成2026-09-18这样。", required)

    def number(
        self, name: str, least: int = 0, most: int = 10**9, required: bool = True
    ) -> int | None:
        """A whole number between two bounds."""
        found = self._as(name, int, "请填写整数。", required)
        if found is not None and not least <= found <= most:
            self.mistakes[name] = f"应在{least}到{most}之间。"
            return None
        return found

    def _as(self, name: str, made: Callable[[str], Any], wrong: str, required: bool) -> Any:
        given = self.text(name, 60)
        if not given:
            if required:
                self.mistakes[name] = "请填写。"
            return None
        try:
            return made(given)
        except ValueError:
            self.mistakes[name] = wrong
            return None

    def yes(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.raw(name) in ("1", "on", "yes", "true")

    def files(self, name: str) -> list[UploadFile]:
        """The files chosen."""
        found = [f for f in self.form.getlist(name) if isinstance(f, UploadFile)]
        return [f for f in found if f.filename]

    @property
    def once(self) -> str:
        """The key of this wish: the same when the button is pressed twice."""
        return self.text(ONCE, 80)


def holder_of(request: Request) -> str:
    """Whose forms these are: the session's, else the guest's browser."""
    visitor = getattr(request.state, "visitor", None) or visitor_of(request)
    return visitor.session if visitor else request.cookies.get(GUEST, "")


async def typed_form(request: Request) -> AsyncIterator[Typed]:
    """Depends: the form of a POST, after its seal was checked; its files are closed once all is
    answered. Forged where that is not ours."""
    desk: Desk = request.app.state.desk
    form = await request.form(
        max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD
    )
    try:
        given = form.get("seal")
        holder = holder_of(request)
        ours = isinstance(given, str) and sealed(desk.secret, given, "form", holder)
        if not holder or not ours:
            raise Forged
        yield Typed(form)
    finally:
        await form.close()
