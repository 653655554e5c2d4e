"""What an event owes the world: messages to place, letters to draft, work to do.

Pure and repeatable: the journal stores the orders of each event with it, and a replay computes
the same ones again.
"""

from typing import Any, Literal

from rules import case_words as w
from rules.letter_addressees import reached_by
from rules.letter_words import LetterEvent, LetterIssued, LetterSuperseded, LetterWithdrawn
from rules.messages import Event
from rules.process import OPENS, Process
from rules.state import CaseState, deadline_key
from rules.values import Frozen

CASEWORK = "open_round"  # the flow that does the work of a round and its cases as such
PRINT = "print_letter"


class Order(Frozen):
    """One thing owed. ``flow`` is the stage kind (or ``open_round``) whose flow carries it out.

    ``tell``: place the message ``name`` for the roles in ``to``; ``draft``: write the letter
    ``name``; ``work``: do what ``name`` says. ``about`` holds what the carrier needs to know.
    """

    flow: str
    kind: Literal["tell", "draft", "work"]
    name: str
    stage: str = ""
    to: tuple[str, ...] = ()
    about: dict[str, Any] = {}


# Events that owe work whatever the definition says: what is to be done.
WORK = {
    "planning.published": "answer_cases",
    "planning.amended": "answer_cases",
    "round.ended": "end_cases",
    "case.merged": "move_issues",
    "calendar.year_entered": "renew_calendar",
    "calendar.terms_entered": "renew_calendar",
    "calendar.days_closed": "renew_calendar",
    "calendar.days_reopened": "renew_calendar",
}


def owe(process: Process, case: CaseState, event: Event) -> list[Order]:
    """The orders of one event; ``case`` is the case after it."""
    if isinstance(event, w.DeadlineEvent):
        return _of_deadline(process, event, case)
    if isinstance(event, LetterEvent):
        return _of_letter(process, event, case)
    orders = []
    stage = process.stages.get(event.stage)
    if stage is not None:
        flow, name = stage.kind, _name(event)
        about = {"event": name, "item": event.item} if event.item else {"event": name}
        if roles := stage.tell.get(name):
            orders.append(
                Order(
                    flow=flow,
                    kind="tell",
                    name=f"{flow}.{name}",
                    stage=stage.id,
                    to=tuple(roles),
                    about=about,
                )
            )
        orders += [
            Order(flow=flow, kind="draft", name=letter, stage=stage.id, about=about)
            for letter in stage.letters.get(name, ())
        ]
    return orders + _work(process, case, event)


def _name(event: Event) -> str:
    return "opened" if isinstance(event, w.StageOpened) else event.name


def _work(process: Process, case: CaseState, event: Event) -> list[Order]:
    if isinstance(event, w.CaseOpened) and event.of == "round":
        return [Order(flow=CASEWORK, kind="work", name="open_cases")]
    if isinstance(event, w.StageOpened) and process.kinds[event.stage].name == "planning":
        return [Order(flow="planning", kind="work", name="propose_plan", stage=event.stage)]
    name = WORK.get(event.type)
    if name is None or (name in ("end_cases", "answer_cases") and case.of != "round"):
        return []
    flow = "planning" if name == "answer_cases" else CASEWORK
    return [Order(flow=flow, kind="work", name=name, stage=event.stage)]


def _of_letter(process: Process, event: LetterEvent, case: CaseState) -> list[Order]:
    """Its print, where it went out without; word to those it reached, when it holds no longer."""
    if isinstance(event, LetterIssued):
        owed = event.v > 1 and not event.pdf_sha256
        about = {"item": event.item}
        return [Order(flow=CASEWORK, kind="work", name=PRINT, about=about)] if owed else []
    stage = process.stages.get(getattr(event, "called_in", ""))
    if stage is None or not isinstance(event, LetterWithdrawn | LetterSuperseded):
        return []
    to = reached_by(case, event)
    about = {"event": event.name, "letter": event.item}
    order = Order(flow=stage.kind, kind="tell", name=event.type, stage=stage.id, to=to, about=about)
    return [order] if to else []


# What is said when a deadline speaks up: the message's last word.
_SAID = {
    "deadline.reminded": "reminder",
    "deadline.missed": "overdue",
    "deadline.escalated": "escalation",
    "deadline.armed": "moved",
}


def _of_deadline(process: Process, event: w.DeadlineEvent, case: CaseState) -> list[Order]:
    said = _SAID.get(event.type)
    stage = process.stages.get(event.stage)
    if said is None or stage is None or event.deadline == OPENS:
        return []
    if said == "moved" and not event.moved:
        return []
    deadline = case.deadlines[deadline_key(event.stage, event.deadline, event.item)]
    to = (deadline.who,)
    if said == "escalation" and event.to != deadline.who:
        to = (event.to, deadline.who)
    if isinstance(event, w.DeadlineArmed):
        to = (*event.also, deadline.who)  # whoever owes it comes last, as in an escalation
    about = {
        "deadline": event.deadline,
        "item": event.item,
        "due_on": deadline.due_on.isoformat(),
    }
    return [
        Order(
            flow=stage.kind,
            kind="tell",
            name=f"{stage.kind}.{said}",
            stage=stage.id,
            to=to,
            about=about,
        )
    ]
