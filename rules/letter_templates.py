"""An office's own affairs, those no round decides: so far the Word templates of its letters -
adopted, replaced by another, given up - each step an event of the office's own log.

A letter takes the template that is in force when it is drafted and remembers it by its hash for as
long as it lies in the archive: whatever is adopted later changes no letter that there is.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import StringConstraints

from rules.kinds import Context, Decided
from rules.messages import Command, Event
from rules.state import CaseState, TemplateState
from rules.values import Refusal

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]


def own_case(office: str) -> str:
    """The case that is an office's own log."""
    return f"{office}/own"


class OfficeCommand(Command):
    """A wish that concerns an office as such. The first one begins its log."""

    roles = ("office",)
    outlives_case = True

    office: str


class AdoptTemplate(OfficeCommand):
    """The file ``sha256`` is the template from now on: of the letters of a ``kind``, or ("*") of
    those that have none of their own. The form holds the file's name and what was changed."""

    title = "采用文书模板"
    type: Literal["AdoptTemplate"] = "AdoptTemplate"
    kind: Name
    sha256: Sha256
    form: dict[str, str] = {}


class GiveUpTemplate(OfficeCommand):
    """The office has none of its own any more for a kind."""

    title = "停用文书模板"
    type: Literal["GiveUpTemplate"] = "GiveUpTemplate"
    kind: Name


OFFICE_COMMANDS = tuple(OfficeCommand.__subclasses__())


class OfficeEvent(Event):
    """A fact of an office as such. Of a template ``item`` is the kind of letter."""

    office: str


class TemplateAdopted(OfficeEvent):
    """``replaced`` is the hash of the one that held before, empty where there was none."""

    type: Literal["template.adopted"] = "template.adopted"
    version: int
    sha256: str
    replaced: str = ""
    payload: str = ""


class TemplateGivenUp(OfficeEvent):
    """``replaced`` held until now; the built-in one does, or the office's for all kinds."""

    type: Literal["template.given_up"] = "template.given_up"
    version: int
    replaced: str


OFFICE_EVENTS = tuple(OfficeEvent.__subclasses__())


def decide_office(context: Context, case: CaseState, command: OfficeCommand) -> Decided:
    """Whether an office may take a step in its own affairs. What holds already is no event."""
    if case.status != "new" or case.subject not in ("", command.office):
        return Refusal("这不是本室事务的案卷，请核对。")
    if context.actor.organisation not in ("", command.office):
        return Refusal("这是别的督导室的模板，您不能办理。")
    held = case.templates.get(command.kind) or TemplateState()
    wanted = getattr(command, "sha256", "")
    if wanted == held.sha256:
        return []
    step = {
        "item": command.kind,
        "happened_on": context.happened_on,
        "office": command.office,
        "version": held.version + 1,
        "replaced": held.sha256,
    }
    if isinstance(command, GiveUpTemplate):
        return [TemplateGivenUp(**step)]
    return [TemplateAdopted(**step, sha256=wanted, payload=context.payload)]


def evolve_office(case: CaseState, event: OfficeEvent) -> CaseState:
    """An office's own affairs after an event."""
    now = TemplateState(version=event.version, sha256=getattr(event, "sha256", ""))
    templates: Mapping[str, TemplateState] = {**case.templates, event.item: now}
    changes = {"of": "own", "subject": event.office, "subject_kind": "office"}
    return case.model_copy(update={**changes, "templates": templates})
