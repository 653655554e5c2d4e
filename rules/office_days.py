"""The days of an office's calendar as it enters them: a year's arrangement once it is published,
the terms of its schools, and the days on which the place is closed.

What moves by them is told to whoever owes it, deadline by deadline. A closure is no arrangement of
the State Council: it counts for teaching days, and for the terms that a definition lets be
extended; the fifteen working days of an opinion letter run on.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import StringConstraints

from rules.arrangement import FIRST_YEAR, LAST_YEAR
from rules.days import Calendar, TableError
from rules.explanation import full
from rules.holidays import Closure, Day, Term, YearTable, wrong_in_terms, wrong_in_year
from rules.kinds import Context, Decided
from rules.office_affairs import OfficeCommand, OfficeEvent
from rules.state import CaseState
from rules.values import Refusal

MOST_CLOSED = 60  # days on end; longer is no closure but another calendar
LATEST = 60  # days a closure may be entered after it began

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class DaysCommand(OfficeCommand):
    """A wish for the calendar; by the office, or on the machine for all its offices."""

    roles = ("office", "system")


class EnterYear(DaysCommand):
    """A year's arrangement was published: it holds from now on, in place of any there was."""

    title = "录入放假安排"
    type: Literal["EnterYear"] = "EnterYear"
    table: YearTable


class EnterTerms(DaysCommand):
    """The terms of the office's schools, all that are known; they hold in place of those before."""

    title = "录入学期安排"
    type: Literal["EnterTerms"] = "EnterTerms"
    terms: tuple[Term, ...]


class CloseDays(DaysCommand):
    """The place is closed from ``first`` to ``last``; the form says by whose order."""

    title = "登记停课停工"
    type: Literal["CloseDays"] = "CloseDays"
    name: Name
    first: Day
    last: Day
    closes: Literal["schools", "offices"]
    form: dict[str, str] = {}


class ReopenDays(DaysCommand):
    """A closure is taken back; the form says why."""

    title = "取消停课停工"
    type: Literal["ReopenDays"] = "ReopenDays"
    closure: str
    form: dict[str, str] = {}


DAYS_COMMANDS = tuple(DaysCommand.__subclasses__())


class DaysEvent(OfficeEvent):
    """The calendar of an office has changed."""


class YearEntered(DaysEvent):
    type: Literal["calendar.year_entered"] = "calendar.year_entered"
    table: YearTable


class TermsEntered(DaysEvent):
    type: Literal["calendar.terms_entered"] = "calendar.terms_entered"
    terms: tuple[Term, ...]


class DaysClosed(DaysEvent):
    type: Literal["calendar.days_closed"] = "calendar.days_closed"
    closure: Closure
    payload: str = ""


class DaysReopened(DaysEvent):
    type: Literal["calendar.days_reopened"] = "calendar.days_reopened"
    payload: str = ""


DAYS_EVENTS = tuple(DaysEvent.__subclasses__())


def decide_days(context: Context, case: CaseState, command: DaysCommand) -> Decided:
    """Whether an office may change its calendar so. ``context.calendar`` is the one it has. What
    holds already is no event."""
    try:
        return _DECISIONS[type(command)](context, case, command)
    except TableError as contradiction:
        return Refusal(f"{contradiction}。")


def _year(context: Context, case: CaseState, command: EnterYear) -> Decided:
    table, calendar = command.table, context.calendar
    for _, why in wrong_in_year(table):
        return Refusal(f"{why}。")
    if table.year < context.today.year - 1:
        return Refusal(f"{table.year}年早已过去，期限都已办结，不必再录入。")
    if table in calendar.tables:
        return []
    others = [known for known in calendar.tables if known.year != table.year]
    Calendar.of([*others, table], calendar.terms)
    named = {"item": str(table.year), "happened_on": context.happened_on}
    return [YearEntered(**named, office=command.office, table=table)]


def _terms(context: Context, case: CaseState, command: EnterTerms) -> Decided:
    terms = tuple(sorted(command.terms, key=lambda term: term.first))
    if not terms:
        return Refusal("请至少填写一个学期。")
    for _, why in wrong_in_terms(terms):
        return Refusal(f"{why}。")
    for term in terms:
        if term.first.year < FIRST_YEAR or term.last.year > LAST_YEAR:
            return Refusal(f"“{term.name}”不在{FIRST_YEAR}年至{LAST_YEAR}年之间，请核对。")
    if terms == context.calendar.terms:
        return []
    return [TermsEntered(happened_on=context.happened_on, office=command.office, terms=terms)]


def _close(context: Context, case: CaseState, command: CloseDays) -> Decided:
    first, last = command.first, command.last
    if last < first or (last - first).days >= MOST_CLOSED:
        return Refusal(f"停课停工应从开始日到结束日，一次不超过{MOST_CLOSED}天，请核对。")
    if first < context.today - timedelta(LATEST):
        return Refusal(f"{full(first)}离今天超过{LATEST}天，不能再登记。")
    if not command.form.get("basis"):
        return Refusal("请写明依据，例如县政府的通知和文号。")
    closure = Closure(name=command.name, first=first, last=last, closes=command.closes)
    for known in case.days.closures.values():
        if known.first <= last and first <= known.last and known.closes == closure.closes:
            return Refusal(f"{full(known.first)}至{full(known.last)}已经登记为“{known.name}”。")
    calendar = context.calendar
    if not calendar.working_days_between(first - timedelta(1), last):
        return Refusal("这些天本来就不上班，不必登记。")
    number = str(case.days.closed + 1)
    named = {"item": number, "happened_on": context.happened_on, "payload": context.payload}
    return [DaysClosed(**named, office=command.office, closure=closure)]


def _reopen(context: Context, case: CaseState, command: ReopenDays) -> Decided:
    if command.closure not in case.days.closures:
        return Refusal("没有这次停课停工，可能已经取消。")
    if not command.form.get("reason"):
        return Refusal("请写明为什么取消。")
    named = {"item": command.closure, "happened_on": context.happened_on}
    return [DaysReopened(**named, office=command.office, payload=context.payload)]


_DECISIONS = {
    EnterYear: _year,
    EnterTerms: _terms,
    CloseDays: _close,
    ReopenDays: _reopen,
}


def evolve_days(case: CaseState, event: DaysEvent) -> CaseState:
    """An office's calendar after an event."""
    days = case.days
    match event:
        case YearEntered():
            days = days.model_copy(update={"years": {**days.years, event.table.year: event.table}})
        case TermsEntered():
            days = days.model_copy(update={"terms": event.terms})
        case DaysClosed():
            closures = {**days.closures, event.item: event.closure}
            days = days.model_copy(update={"closures": closures, "closed": int(event.item)})
        case DaysReopened():
            left = {number: one for number, one in days.closures.items() if number != event.item}
            days = days.model_copy(update={"closures": left})
    return case.model_copy(update={"days": days})
