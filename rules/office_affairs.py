"""An office's own affairs, those no round decides: the Word templates of its letters, the words of
its messages and the days of its calendar. Each step is an event of the office's own log."""

from rules.messages import Command, Event


def own_case(office: str) -> str:
    """The case that is an office's own log."""
    return f"{office}/own"


class OfficeCommand(Command):
    """A wish that concerns an office as such. The first one begins its log."""

    roles = ("office",)
    outlives_case = True

    office: str


class OfficeEvent(Event):
    """A fact of an office as such. Of a template ``item`` is the kind of letter; of a wording the
    kind of message; of a year's arrangement the year; of a closure its number."""

    office: str
