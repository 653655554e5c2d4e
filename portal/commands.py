"""A command as a form: its fields, whom it is about, and how it reaches the journal."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from engine.journal import Entry, Recorded
from portal.arrival import arrived
from portal.evidence_fixed import with_files
from portal.fields import Field, Written
from portal.receiving import Typed
from portal.sight import Sight
from rules.messages import Command
from rules.stages import StageFields
from rules.values import Refusal

Items = Callable[[Sight, str], Iterable[tuple[str, str]]]

STEMS = (
    "self_assessment",
    "planning",
    "process_guidance",
    "on_site_review",
    "issue_list",
    "follow_up_visit",
)


def once(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    """A command about the stage as a whole."""
    yield "", ""


@dataclass(frozen=True)
class CommandForm:
    """The form of one command. ``items`` lists what it can be given about (item, title);
    ``explains`` says in Chinese what pressing the button means; ``page`` is the address of a page
    of its own (with {case} and {stage}) where a few fields are not enough, in the stages ``where``
    that is so."""

    command: type[Command]
    fields: tuple[Field, ...] = ()
    items: Items = once
    explains: str = ""
    page: str = ""
    where: Callable[[StageFields], bool] = lambda stage: True
    button: str = ""
    weighty: bool = False  # asks once more before it is sent
    fold: str = ""  # what is seldom wanted lies under this heading, out of the way

    @property
    def title(self) -> str:
        """What it is called everywhere."""
        return self.command.title

    def own_page(self, stage: StageFields, case: str) -> str:
        """The address of its own page for a stage, or ""."""
        if not self.page or not self.where(stage):
            return ""
        return self.page.format(case=case, stage=stage.id)


@cache
def forms_of_kind(kind: str) -> tuple[CommandForm, ...]:
    """The forms of a stage kind, in the order in which they come up."""
    return tuple(import_module(f"portal.stages.{kind}").FORMS)


def read_command(
    form: CommandForm, typed: Typed, sight: Sight, stage: str, item: str
) -> Command | None:
    """The command that was typed, or None: its mistakes then stand in ``typed.mistakes``."""
    written = Written()
    for field in form.fields:
        field.read(typed, sight, item, written)
    if typed.mistakes:
        return None
    around = {"stage": stage, "item": item, "form": written.form}
    known = form.command.model_fields
    values: dict[str, Any] = {name: value for name, value in around.items() if name in known}
    values |= written.command
    try:
        return form.command.model_validate(values)
    except ValidationError as error:
        for mistake in error.errors():
            name = str(mistake["loc"][0]) if mistake["loc"] else ""
            typed.mistakes[name] = "填写的内容不合要求，请核对。"
        return None


def record(
    sight: Sight,
    command: Command,
    role: str,
    key: str,
    happened_on: date | None = None,
    on_behalf_of: str = "",
) -> Recorded | Refusal:
    """Hand a command to the journal in a role, with the files it rests on, and wake whoever carries
    out what it owes."""
    owners = {sight.row.subject, sight.visitor.organisation}
    command = with_files(sight.connection, sight.id, owners, command)
    entry = Entry(
        command,
        sight.id,
        sight.visitor.actor(role),
        arrived(sight.desk),
        key,
        happened_on,
        on_behalf_of,
    )
    result = sight.desk.journal.record(entry)
    if isinstance(result, Recorded):
        sight.desk.wake()
    return result
