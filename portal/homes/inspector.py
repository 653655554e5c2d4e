"""责任督学: the first page - what is overdue, due today, this week and later, one tap each."""

from fastapi import Request, Response
from sqlalchemy import Connection

from portal.access import Visitor
from portal.desk import Desk
from portal.rendering import render
from portal.teams import reviews_of
from portal.work import by_time, duties
from rules.on_site_review import KIND

PHASES = KIND.phases  # what each phase of a review is called


def home(request: Request, visitor: Visitor, connection: Connection) -> Response:
    """The page. ``?all=1`` adds what colleagues of the same zone have to do."""
    desk: Desk = request.app.state.desk
    reviews = reviews_of(desk, connection, visitor.person)
    found = duties(desk, connection, visitor, [review.case for review in reviews])
    everything = request.query_params.get("all") == "1"
    shown = [duty for duty in found if everything or duty.own]
    return render(
        request,
        "inspector/home.html",
        times=by_time(shown, desk.today()),
        reviews=reviews,
        phases=PHASES,
        everything=everything,
        others=sum(not duty.own for duty in found),
    )
