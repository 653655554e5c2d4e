"""Schools as a list shows them: where each stands, when somebody was there last, what is open.

Everything is read for the schools of one page, in a few queries.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, func, select

from models.cases import Case
from models.issues import IssueRow
from models.organisations import Organisation
from models.visits import Visit
from portal.desk import Desk
from portal.glances import DONE, Glance, read_glance
from portal.teams import LIVE
from rules.indicators import SCHOOL_KINDS
from rules.issue_list import OPEN
from rules.process import Process

_CASES, _ISSUES, _VISITS = Case.__table__, IssueRow.__table__, Visit.__table__
_ORGANISATIONS = Organisation.__table__

PAGE = 50
QUIET = ("process_guidance", "issue_list")  # open all year: what else is open says more

_CODES = bindparam("codes", expanding=True)


def _this_year(kind: str):
    """How many visits of a kind lie in the year so far."""
    counts = and_(_VISITS.c.kind == kind, _VISITS.c.happened_on >= bindparam("first"))
    return func.sum(case((counts, 1), else_=0))


_LIVE_CASES = (
    select(_CASES.c.id, _CASES.c.subject, _CASES.c.definition, _CASES.c.state)
    .where(_CASES.c.subject.in_(_CODES), _CASES.c.of == "case", _CASES.c.status.in_(LIVE))
    .order_by(_CASES.c.id)
)
_BEEN = (
    select(
        _VISITS.c.subject,
        func.max(_VISITS.c.happened_on).label("last"),
        _this_year("on_site_review").label("reviews"),
        _this_year("process_guidance").label("guided"),
    )
    .where(_VISITS.c.subject.in_(_CODES))
    .group_by(_VISITS.c.subject)
)
_UNDONE = (
    select(_ISSUES.c.subject, func.count().label("count"))
    .where(_ISSUES.c.subject.in_(_CODES), _ISSUES.c.state.in_(OPEN))
    .group_by(_ISSUES.c.subject)
)


class Running(NamedTuple):
    """One live case of a school. ``late``: how many duties have passed their day; ``guidance`` the
    stage in which a guidance visit can be entered, or ""."""

    case: str
    process: str
    stands: str
    late: int
    grade: str
    total: str
    guidance: str


class School(NamedTuple):
    """One line of a list. ``reviews`` are this year's inspections, of at most ``cap`` (0: no cap),
    ``guided`` this year's guidance visits."""

    code: str
    name: str
    kind: str
    cases: tuple[Running, ...]
    last: date | None
    reviews: int
    cap: int
    guided: int
    open_issues: int

    @property
    def late(self) -> int:
        """Duties past their day in all its cases."""
        return sum(one.late for one in self.cases)


class Found(NamedTuple):
    """One page of a search; ``more`` follow it."""

    schools: list[School]
    page: int
    more: bool


def page_of(desk: Desk, connection: Connection, wanted: Select, page: int) -> Found:
    """A page of the organisations a query selects (code, name and kind, in its order)."""
    page = max(1, page)
    limited = wanted.limit(PAGE + 1).offset((page - 1) * PAGE)
    rows = connection.execute(limited).all()
    return Found(described(desk, connection, rows[:PAGE]), page, len(rows) > PAGE)


def described(desk: Desk, connection: Connection, rows: Sequence[Row]) -> list[School]:
    """Organisations (rows with code, name, kind) as a list shows them, in their order."""
    today = desk.today()
    codes = {"codes": [row.code for row in rows]}
    been = {
        row.subject: row
        for row in connection.execute(_BEEN, {**codes, "first": today.replace(month=1, day=1)})
    }
    undone = {row.subject: row.count for row in connection.execute(_UNDONE, codes)}
    running: dict[str, list[Running]] = {}
    caps: dict[str, int] = {}
    for row in connection.execute(_LIVE_CASES, codes):
        process = desk.journal.shelf.process(connection, row.definition)
        glance = read_glance(row.id, row.state)
        running.setdefault(row.subject, []).append(_running(process, glance, today))
        caps[row.subject] = max(caps.get(row.subject, 0), cap_of(process))
    return [
        School(
            row.code,
            row.name,
            SCHOOL_KINDS.get(row.kind, ""),
            tuple(running.get(row.code, ())),
            been[row.code].last if row.code in been else None,
            been[row.code].reviews if row.code in been else 0,
            caps.get(row.code, 0),
            been[row.code].guided if row.code in been else 0,
            undone.get(row.code, 0),
        )
        for row in rows
    ]


def cap_of(process: Process) -> int:
    """How many inspections a subject may have in a year; 0 where a process sets no cap."""
    caps = (getattr(stage, "burden_at_most", 0) for stage in process.definition.stages)
    return max(caps, default=0)


def _running(process: Process, glance: Glance, today: date) -> Running:
    title = process.definition.title
    late = len(glance.late(today))
    guided = (s.stage for s in glance.stages if s.kind == "process_guidance" and s.phase != DONE)
    stand, guidance = stands(process, glance), next(guided, "")
    return Running(glance.case, title, stand, late, glance.grade, glance.total, guidance)


def stands(process: Process, glance: Glance) -> str:
    """Where a case stands, in a few words: its open stages, those open all year last of all."""
    at = {one.stage: one for one in glance.stages if one.phase != DONE}
    openly = [stage for stage in process.definition.stages if stage.id in at]
    told = [stage for stage in openly if stage.kind not in QUIET] or openly[:1]
    if not told:
        return "已办结" if glance.stages else "未开始"
    return "、".join(_stands(process, stage.id, at[stage.id].phase) for stage in told)


def _stands(process: Process, stage: str, phase: str) -> str:
    phases = process.kinds[stage].phases
    said = phases.get(phase, "")
    title = process.stages[stage].title
    return f"{title}（{said}）" if said else title
