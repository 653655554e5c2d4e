"""What a deadline will say if nobody acts: its reminders, that it is overdue, the rungs of its
ladder - reckoned by the clock itself, day by day, and recorded nowhere."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from rules.case_folding import evolve
from rules.case_words import DeadlineEvent
from rules.clock import keep
from rules.days import Calendar
from rules.kinds import Context
from rules.orders import Order, owe
from rules.process import Process
from rules.state import CaseState
from rules.values import Actor


class Spoken(NamedTuple):
    """An order to tell, on the day it will be owed."""

    on: date
    order: Order


def spoken(
    process: Process, case: CaseState, key: str, calendar: Calendar, today: date, until: date
) -> Iterator[Spoken]:
    """What an armed deadline of a case says from ``today`` to ``until``, both included. It ends
    where the deadline ends by itself (a window closes); what follows from that is not foretold."""
    context = Context(process.definition, calendar, Actor("", "system"), today, today)
    while (deadline := case.deadlines.get(key)) and deadline.next_on <= until:
        on = max(deadline.next_on, today)
        context = replace(context, happened_on=on, today=on)
        for event in keep(context, process, case, key):
            if not isinstance(event, DeadlineEvent):
                continue
            case = evolve(process, case, event)
            if key not in case.deadlines:
                return
            tells = (order for order in owe(process, case, event) if order.kind == "tell")
            yield from (Spoken(on, order) for order in tells)
