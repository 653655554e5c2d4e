"""The Word templates of an office's letters: adopted, replaced by another, given up.

A letter takes the template that is in force when it is drafted and remembers it by its hash for as
long as it lies in the archive: whatever is adopted later changes no letter that there is.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import StringConstraints

from rules.kinds import Context, Decided
from rules.office_affairs import OfficeCommand, OfficeEvent
from rules.state import CaseState, TemplateState

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class TemplateCommand(OfficeCommand):
    """A wish for a template of the office's own."""


class AdoptTemplate(TemplateCommand):
    """The file ``sha256`` is the template from now on: of the letters of a ``kind``, or ("*") of
    those that have none of their own. The form holds the file's name and what was changed."""

    title = "采用文书模板"
    type: Literal["AdoptTemplate"] = "AdoptTemplate"
    kind: Name
    sha256: Sha256
    form: dict[str, str] = {}


class GiveUpTemplate(TemplateCommand):
    """The office has none of its own any more for a kind."""

    title = "停用文书模板"
    type: Literal["GiveUpTemplate"] = "GiveUpTemplate"
    kind: Name


TEMPLATE_COMMANDS = tuple(TemplateCommand.__subclasses__())


class TemplateEvent(OfficeEvent):
    """Of a kind of letter another template holds."""


class TemplateAdopted(TemplateEvent):
    """``replaced`` is the hash of the one that held before, empty where there was none."""

    type: Literal["template.adopted"] = "template.adopted"
    version: int
    sha256: str
    replaced: str = ""
    payload: str = ""


class TemplateGivenUp(TemplateEvent):
    """``replaced`` held until now; the built-in one does, or the office's for all kinds."""

    type: Literal["template.given_up"] = "template.given_up"
    version: int
    replaced: str


TEMPLATE_EVENTS = tuple(TemplateEvent.__subclasses__())


def decide_template(context: Context, case: CaseState, command: TemplateCommand) -> Decided:
    """Whether an office may take another template. What holds already is no event."""
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


def evolve_template(case: CaseState, event: TemplateEvent) -> CaseState:
    """An office's templates after an event."""
    now = TemplateState(version=event.version, sha256=getattr(event, "sha256", ""))
    templates: Mapping[str, TemplateState] = {**case.templates, event.item: now}
    return case.model_copy(update={"templates": templates})
