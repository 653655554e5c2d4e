"""工作日历: the days an office counts by - the arrangements of the years, the terms of its schools,
the days on which the place is closed - and the forms that change them."""

from datetime import date, timedelta

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from portal.access import Visitor
from portal.desk import Desk
from portal.gate import Pages, entered
from portal.own_affairs import record_own
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading
from rules.holidays import Term, parse_year
from rules.mistakes import Mistakes
from rules.office_days import CloseDays, DaysCommand, EnterTerms, EnterYear, ReopenDays
from rules.values import Refusal

pages = Pages()

CLOSES = {"schools": "学校停课", "offices": "停课停工（机关和学校）"}
TERMS_AT_ONCE = 4
SAID = {
    "done": "已经录入。受影响的期限正在逐项重算，有变动的会告知责任人。",
    "already": "与现在的日历相同，没有改动。",
}


@pages.page("/deadlines/days", "office")
def days_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The calendar as it stands, with its forms."""
    return _page(request, visitor, connection)


@pages.page("/deadlines/days/year", "office", methods=("POST",))
def enter_year(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """The arrangement that was looked at beforehand holds from now on."""
    try:
        table = parse_year(typed.paragraphs("table", 16384), "放假安排")
    except Mistakes as wrong:
        return _page(request, visitor, connection, [one.reason for one in wrong.items])
    command = EnterYear(office=visitor.organisation, table=table)
    return _taken(request, visitor, connection, command, typed)


@pages.page("/deadlines/days/terms", "office", methods=("POST",))
def enter_terms(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """All the terms that are known, as they are typed."""
    terms = []
    for number in range(TERMS_AT_ONCE):
        name = typed.text(f"name{number}", 40)
        first = typed.day(f"first{number}", required=bool(name))
        last = typed.day(f"last{number}", required=bool(name))
        if name and first and last:
            terms.append(Term(name=name, first=first, last=last))
    if typed.mistakes:
        return _page(
            request, visitor, connection, ["学期的名称、第一天和最后一天都要填写。"], typed
        )
    command = EnterTerms(office=visitor.organisation, terms=tuple(terms))
    return _taken(request, visitor, connection, command, typed)


@pages.page("/deadlines/days/closures", "office", methods=("POST",))
def close_days(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """The place is closed for some days."""
    name, first, last = typed.text("name", 40, True), typed.day("first"), typed.day("last")
    closes = typed.choice("closes", CLOSES)
    form = {"basis": typed.text("basis", 200, True)}
    if typed.mistakes or first is None or last is None:
        return _page(request, visitor, connection, ["请把停课停工的各项填写完整。"], typed)
    command = CloseDays(
        office=visitor.organisation, name=name, first=first, last=last, closes=closes, form=form
    )
    return _taken(request, visitor, connection, command, typed)


@pages.page("/deadlines/days/reopen", "office", methods=("POST",))
def reopen_days(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """A closure is taken back."""
    form = {"reason": typed.text("reason", 200)}
    command = ReopenDays(office=visitor.organisation, closure=typed.text("closure", 10), form=form)
    return _taken(request, visitor, connection, command, typed)


def _taken(
    request: Request, visitor: Visitor, connection: Connection, command: DaysCommand, typed: Typed
) -> Response:
    desk: Desk = request.app.state.desk
    result = record_own(desk, visitor, command, f"days {typed.once}")
    if isinstance(result, Refusal):
        return _page(request, visitor, connection, [result.reason], typed)
    said = "done" if result.events else "already"
    return RedirectResponse(f"/deadlines/days?said={said}", 303)


def _page(
    request: Request,
    visitor: Visitor,
    connection: Connection,
    problems: list[str] | None = None,
    typed: Typed | None = None,
) -> Response:
    desk: Desk = request.app.state.desk
    calendar = desk.journal.shelf.calendar(connection, visitor.organisation)
    own, today = desk.journal.shelf.own_days(connection, visitor.organisation), desk.today()
    recent = [table for table in calendar.tables if table.year >= today.year - 1]
    ahead = date(today.year + 1, 1, 1)
    return render(
        request,
        "deadlines/days.html",
        422 if problems else 200,
        problems=problems or [],
        said=SAID.get(request.query_params.get("said", ""), ""),
        typed=typed,
        tables=[(table, table.year in own.years) for table in reversed(recent)],
        earlier=len(calendar.tables) - len(recent),
        missing=ahead.year if calendar.is_provisional(ahead) else 0,
        terms=calendar.terms,
        semesters=[one for one in calendar.semesters if _near(one.first, one.last, today)],
        own_terms=bool(own.terms),
        closures=own.closures,
        closes=CLOSES,
        blank=range(TERMS_AT_ONCE),
    )


def _near(first: date, last: date, today: date) -> bool:
    return last >= today - timedelta(30) and first <= today + timedelta(400)
