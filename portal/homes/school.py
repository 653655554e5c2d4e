"""学校: the first page - what is asked of us and when, what to mend, who comes, whom to ask."""

from typing import NamedTuple

from fastapi import Request, Response
from sqlalchemy import Connection, Row

from engine.facts import visits_this_year
from portal import letters
from portal.access import Visitor
from portal.desk import Desk
from portal.rendering import render
from portal.school_work import Work, visits_of, work_of

CAP = 5  # inspections a year, where no process of the school's says otherwise
SHOWN = 5  # letters


class Burden(NamedTuple):
    """The inspections of this year beside what a year may have, and every visit so far."""

    count: int
    cap: int
    visits: list[Row]


def home(request: Request, visitor: Visitor, connection: Connection) -> Response:
    """The page."""
    desk: Desk = request.app.state.desk
    work = work_of(desk, connection, visitor)
    unread = letters.unread(connection, visitor.organisation)
    return render(
        request,
        "school/home.html",
        work=work,
        late=sum(task.due.late for task in work.tasks) + sum(one.late for one in work.problems),
        burden=_burden(desk, connection, visitor, work),
        unread=unread[:SHOWN],
        unread_count=len(unread),
    )


def _burden(desk: Desk, connection: Connection, visitor: Visitor, work: Work) -> Burden:
    code, today = visitor.organisation, desk.today()
    caps = [
        stage.burden_at_most
        for sight in work.sights
        for stage in sight.process.definition.stages
        if stage.kind == "planning"
    ]
    count = visits_this_year(connection, [code], today).get(code, 0)
    visits = visits_of(connection, code, today.replace(month=1, day=1), today)
    return Burden(count, min(caps, default=CAP), visits)
