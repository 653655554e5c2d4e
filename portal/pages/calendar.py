"""入校日历: the visits of a month by day and by week, with holidays and make-up workdays marked."""

from collections import Counter
from datetime import date, timedelta

from fastapi import Depends, Request, Response
from markupsafe import Markup
from sqlalchemy import Connection

from engine.dossier import read_directory
from portal import charts
from portal.access import Visitor, offices_within
from portal.charts import Bar
from portal.desk import Desk
from portal.gate import Pages, entered
from portal.ledgers.asking import link, word
from portal.office_work import overviews
from portal.rendering import render
from portal.round_view import FAR
from portal.sight import reading
from portal.visit_calendar import borne, clashes, visits, weeks_of
from rules.days import FIRST_YEAR, LAST_YEAR

MOST_CHOICES = 200  # inspectors to choose from; of more, one is asked for by name

pages = Pages()


@pages.page("/calendar", "office", "government", "superior")
def calendar_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """``?month=2026-05``; ``?person=`` one inspector's visits only, by id or name."""
    desk: Desk = request.app.state.desk
    month = _month(request, desk.today())
    offices = offices_within(connection, visitor)
    own = offices[0] if len(offices) == 1 else ""  # of several, each may have its own
    calendar = desk.journal.shelf.calendar(connection, own)
    running = [one for office in offices for one in overviews(desk, connection, office)]
    people = read_directory(connection).people
    person = word(request, "person")
    monday = month - timedelta(month.weekday())
    after = (month + timedelta(31)).replace(day=1)
    whole, done = borne(running)
    shown = visits(running, monday, after + timedelta(6))
    if person:
        meant = {one for one in whole if one == person or person in people.get(one, one)}
        shown = [visit for visit in shown if not meant.isdisjoint(visit.people)]
    return render(
        request,
        "calendar/month.html",
        month=month,
        before=_other(request, month - timedelta(1)),
        after=_other(request, after),
        weeks=weeks_of(month, shown, calendar),
        people=people,
        person=person,
        inspectors=sorted((people.get(one, one), one) for one in whole)
        if len(whole) <= MOST_CHOICES
        else (),
        organisations=read_directory(connection).organisations,
        clashes=clashes(shown),
        provisional=calendar.any_provisional(month, after - timedelta(1), teaching=True),
        load=load(whole, done, people),
        any=bool(shown or visits(running, date.min, FAR)),
    )


def _month(request: Request, today: date) -> date:
    try:
        given = date.fromisoformat(f"{word(request, 'month')}-01")
    except ValueError:
        return today.replace(day=1)
    return given if FIRST_YEAR < given.year < LAST_YEAR else today.replace(day=1)


def _other(request: Request, day: date) -> str:
    return link(request, month=f"{day:%Y-%m}")


def load(whole: Counter[str], done: Counter[str], people: dict[str, str]) -> Markup | str:
    """How many visits each inspector bears, and how many are done."""
    bars = [
        Bar(people.get(person, person), count, done[person])
        for person, count in whole.most_common(charts.MOST_BARS)
    ]
    return charts.loads("每名督学的入校任务", bars, "次") if bars else ""
