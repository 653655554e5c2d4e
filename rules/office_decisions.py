"""An office's own affairs decided and folded: whose they are, and then each by its own rules."""

from rules.kinds import Context, Decided
from rules.letter_templates import (
    TEMPLATE_COMMANDS,
    TEMPLATE_EVENTS,
    TemplateCommand,
    TemplateEvent,
    decide_template,
    evolve_template,
)
from rules.office_affairs import OfficeCommand, OfficeEvent
from rules.office_days import (
    DAYS_COMMANDS,
    DAYS_EVENTS,
    DaysCommand,
    DaysEvent,
    decide_days,
    evolve_days,
)
from rules.state import CaseState
from rules.values import Refusal
from rules.wordings import (
    WORDING_COMMANDS,
    WORDING_EVENTS,
    WordingCommand,
    WordingEvent,
    decide_wording,
    evolve_wording,
)

OFFICE_COMMANDS: tuple[type[OfficeCommand], ...] = (
    *TEMPLATE_COMMANDS,
    *DAYS_COMMANDS,
    *WORDING_COMMANDS,
)
OFFICE_EVENTS: tuple[type[OfficeEvent], ...] = (*TEMPLATE_EVENTS, *DAYS_EVENTS, *WORDING_EVENTS)


def decide_office(context: Context, case: CaseState, command: OfficeCommand) -> Decided:
    """Whether an office may take a step in its own affairs."""
    if case.status != "new" or case.subject not in ("", command.office):
        return Refusal("这不是本室事务的案卷，请核对。")
    if context.actor.organisation not in ("", command.office):
        return Refusal("这是别的督导室的事务，您不能办理。")
    if isinstance(command, DaysCommand):
        return decide_days(context, case, command)
    if isinstance(command, WordingCommand):
        return decide_wording(context, case, command)
    assert isinstance(command, TemplateCommand)
    return decide_template(context, case, command)


def evolve_office(case: CaseState, event: OfficeEvent) -> CaseState:
    """An office's own affairs after an event."""
    own = {"of": "own", "subject": event.office, "subject_kind": "office"}
    case = case.model_copy(update=own)
    if isinstance(event, DaysEvent):
        return evolve_days(case, event)
    if isinstance(event, WordingEvent):
        return evolve_wording(case, event)
    assert isinstance(event, TemplateEvent)
    return evolve_template(case, event)
