"""Every command and every event there is, each in one union; stored ones are read here.

An event stored by an older version is lifted by its upcaster first, so that the rules only ever
meet today's words.
"""

import json
from collections.abc import Callable
from typing import Annotated, Any, Union

from pydantic import Field, TypeAdapter

from rules.case_words import CASE_COMMANDS, CASE_EVENTS
from rules.definition import KINDS
from rules.letter_words import LETTER_COMMANDS, LETTER_EVENTS
from rules.messages import Command, Event
from rules.office_decisions import OFFICE_COMMANDS, OFFICE_EVENTS
from rules.state import CaseState

COMMANDS: tuple[type[Command], ...] = (
    *CASE_COMMANDS,
    *LETTER_COMMANDS,
    *OFFICE_COMMANDS,
    *(command for kind in KINDS.values() for command in kind.commands),
)
EVENTS: tuple[type[Event], ...] = (
    *CASE_EVENTS,
    *LETTER_EVENTS,
    *OFFICE_EVENTS,
    *(event for kind in KINDS.values() for event in kind.events),
)

AnyCommand = Annotated[Union[COMMANDS], Field(discriminator="type")]  # noqa: UP007
AnyEvent = Annotated[Union[EVENTS], Field(discriminator="type")]  # noqa: UP007

_COMMANDS: TypeAdapter[Command] = TypeAdapter(AnyCommand)
_EVENT_TYPES = {event.model_fields["type"].default: event for event in EVENTS}

# (type, version) of a stored event → the function that makes the next version's fields of it.
UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


def read_command(fields: dict[str, Any]) -> Command:
    """A command from its fields; pydantic's ValidationError where they do not fit."""
    return _COMMANDS.validate_python(fields)


def read_event(fields: dict[str, Any]) -> Event:
    """A stored event from its fields, lifted to today's version; KeyError for an unknown type."""
    fields = lift(fields)
    return _EVENT_TYPES[fields["type"]].model_validate(fields)


def read_state(text: str) -> CaseState:
    """A case's state from its canonical text; what each stage remembers is read by its kind."""
    fields = json.loads(text)
    for stage in fields["stages"].values():
        stage["data"] = KINDS[stage["kind"]].data.model_validate(stage["data"])
    return CaseState.model_validate(fields)


def lift(fields: dict[str, Any]) -> dict[str, Any]:
    """Bring the fields of an older version up to date, one version at a time."""
    while upcast := UPCASTERS.get((fields["type"], fields["v"])):
        fields = upcast(fields)
    return fields
