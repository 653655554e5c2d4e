"""督导室: the first page - the board of a round, what waits today, how far the round has come."""

from bisect import bisect_right
from collections import Counter
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from fastapi import Request, Response
from sqlalchemy import Connection, Row, select

from engine.dossier import read_directory
from engine.register import named_like
from models.organisations import Organisation
from portal import charts
from portal import letter_life as papers
from portal.access import Visitor
from portal.charts import Series
from portal.deadlines import is_near, left_of, period_title
from portal.desk import Desk
from portal.glances import DONE, Glance, in_order_of_due
from portal.ledgers.asking import link, page_of, word
from portal.office_work import in_words, overviews, owing, trouble
from portal.overview import overview_of, round_at_hand, rounds_of
from portal.rendering import render
from portal.round_view import Overview, Progress
from rules.days import Calendar
from rules.definition import KINDS

_ORGANISATIONS = Organisation.__table__

PAGE, TASKS = 50, 12
SOON = timedelta(days=7)


class Line(NamedTuple):
    """One school on the board: where its open stages stand, and what is due next."""

    glance: Glance
    name: str
    place: str
    phases: list[tuple[str, str, str]]
    next_due: str
    day: date | None
    left: str
    late: int
    near: bool


class Asked(NamedTuple):
    """What the board is asked for: ``at`` is a stage's id, or "stage/phase"."""

    at: str
    late: bool
    name: str

    @property
    def anything(self) -> bool:
        """Whether it is narrowed at all."""
        return bool(self.at or self.late or self.name)


def home(request: Request, visitor: Visitor, connection: Connection) -> Response:
    """The page. ``?round=`` chooses the round; ``at``, ``late`` and ``q`` narrow its schools."""
    desk: Desk = request.app.state.desk
    rounds = rounds_of(connection, [visitor.organisation])
    row = round_at_hand(rounds, word(request, "round", most=120), desk.today())
    view: dict[str, Any] = {"rounds": rounds, "overview": None}
    known = {}
    if row is not None:
        known[row.id] = overview_of(desk, connection, row.id)
        view |= _board(request, desk, connection, known[row.id])
    running = overviews(desk, connection, visitor.organisation, known)
    waiting = owing(running, desk.today() + SOON)
    organisations = read_directory(connection).organisations
    return render(
        request,
        "office/board.html",
        **view,
        titles={one.id: _title(desk, connection, one) for one in rounds[:PAGE]},
        tasks=in_words(desk, connection, waiting[:TASKS], organisations),
        waiting=len(waiting),
        overdue=sum(one.owed.due_on < desk.today() for one in waiting),
        trouble=trouble(connection, visitor.organisation),
        papers=papers.waiting(connection, visitor.organisation),
        many=papers.MANY,
        organisations=organisations,
        kinds={name: kind.title for name, kind in KINDS.items()},
    )


def _title(desk: Desk, connection: Connection, row: Row) -> str:
    definition = desk.journal.shelf.process(connection, row.definition).definition
    return f"{definition.title}　{period_title(row.period)}"


def _board(
    request: Request, desk: Desk, connection: Connection, overview: Overview
) -> dict[str, Any]:
    today = desk.today()
    calendar = desk.journal.shelf.calendar(connection, overview.round.office)
    asked = Asked(word(request, "at", most=100), word(request, "late") == "1", word(request, "q"))
    found = narrowed(connection, overview, asked, today)
    page = page_of(request, len(found), PAGE)
    organisations = read_directory(connection).organisations
    shown = found[page.first_row : page.first_row + PAGE]
    progress = overview.progress(connection)
    return {
        "overview": overview,
        "asked": asked,
        "lines": [_line(today, calendar, overview, glance, organisations) for glance in shown],
        "found": len(found),
        "page": page,
        "link": lambda **changed: link(request, **changed),
        "stages": [(stage, _phases(overview, stage.id)) for stage in overview.stages],
        "progress": progress,
        "late": len(overview.late(today)),
        "chart": progress_chart(overview, today),
        "bars": _bars(progress),
    }


def narrowed(connection: Connection, overview: Overview, asked: Asked, today: date) -> list[Glance]:
    """The cases asked for, whoever is late first."""
    found = _named(connection, overview, asked.name) if asked.name else overview.by_due
    if asked.late:
        found = overview.late(today) if not asked.name else [g for g in found if g.is_late(today)]
    if asked.at:
        stage, _, phase = asked.at.partition("/")
        found = [
            glance
            for glance in found
            for one in glance.stages
            if one.stage == stage and (not phase or one.phase == phase)
        ]
    return found


def _named(connection: Connection, overview: Overview, name: str) -> list[Glance]:
    """The cases of schools with such a name, by the day of their next duty."""
    codes = connection.execute(select(_ORGANISATIONS.c.code).where(named_like(name))).scalars()
    placed = (entry for glance in overview.of(codes) for entry in in_order_of_due(glance))
    return [glance for _, glance in sorted(placed, key=itemgetter(0))]


def _phases(overview: Overview, stage: str) -> list[tuple[str, str, int]]:
    """The phases of a stage with how many cases stand there: key, title, count."""
    order = [*overview.process.kinds[stage].phases, DONE]
    return [
        (phase, overview.phase_title(stage, phase), count)
        for phase in order
        if (count := overview.counts[stage, phase])
    ]


def _line(
    today: date,
    calendar: Calendar,
    overview: Overview,
    glance: Glance,
    organisations: dict[str, Row],
) -> Line:
    row = organisations.get(glance.subject)
    parent = organisations.get(row.parent) if row is not None and row.parent else None
    duty = next((one for one in glance.owed if not one.window), None)
    stages = overview.process.stages
    known = duty is not None and duty.stage in stages
    return Line(
        glance=glance,
        name=row.name if row is not None else glance.subject,
        place=parent.name if parent is not None else "",
        phases=[
            (stage.id, stage.title, overview.phase_title(stage.id, one.phase))
            for stage in overview.stages
            if (one := glance.standing(stage.id)) is not None and one.phase != DONE
        ],
        next_due=overview.process.rule(duty.stage, duty.name).title if known else "",
        day=duty.due_on if duty else None,
        left=left_of(duty.due_on, today, calendar) if duty else "",
        late=len(glance.late(today)),
        near=duty is not None and is_near(duty.due_on, today, calendar),
    )


def _bars(progress: Progress) -> dict[str, Any]:
    round_bar = charts.progress(
        "本轮评估进度", progress.whole, progress.planned, progress.visited, progress.needed
    )
    cycle_bar = charts.progress("周期覆盖进度", progress.whole, 0, progress.evaluated)
    return {"round": round_bar, "cycle": cycle_bar if progress.cycle else ""}


def _by_day(overview: Overview, mark: str) -> list[date]:
    """The days of all cases that are counted by such, in order."""
    counted = Counter({found[1]: n for found, n in overview.tally.items() if found[0] == mark})
    return sorted(counted.elements())


def progress_chart(overview: Overview, today: date) -> Any:
    """Planned and visited schools, week by week, against what the round must reach; nothing
    before there is a plan."""
    planned, visited = _by_day(overview, "week"), _by_day(overview, "ended")
    if not planned:
        return ""
    first, last = planned[0], max([*planned, *visited])
    mondays = [first - timedelta(first.weekday())]
    while mondays[-1] + timedelta(7) <= last:
        mondays.append(mondays[-1] + timedelta(7))
    ends = [monday + timedelta(6) for monday in mondays]
    plan = [float(bisect_right(planned, end)) for end in ends]
    done = [
        float(bisect_right(visited, end)) if monday <= today else None
        for monday, end in zip(mondays, ends, strict=True)
    ]
    names = [f"{monday.month}月{monday.day}日" for monday in mondays]
    series = [Series("计划入校", "plan", plan), Series("完成入校", "review", done)]
    return charts.weeks("逐周入校进度", names, series, overview.needed)
