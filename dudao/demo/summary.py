"""What a year came to: counted from the database, never remembered on the way."""

from collections import Counter
from typing import Any

from sqlalchemy import Connection, func, select

from dudao.demo.year import Year
from engine.checkpoint import log_digest
from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.issues import IssueRow
from models.letters import Letter
from models.messages import Message
from rules.state import CaseState
from rules.vocabulary import read_state

_CASES, _EVENTS, _DEADLINES = Case.__table__, StoredEvent.__table__, DeadlineRow.__table__
_ISSUES, _LETTERS, _MESSAGES = IssueRow.__table__, Letter.__table__, Message.__table__


def sum_up(year: Year) -> dict[str, Any]:
    """The year as one JSON object."""
    with year.house.database.reading() as connection:
        states = _states(connection)
        schools = [state for state in states if state.of == "case"]
        return {
            "schools": len(schools),
            "selected": sum(bool(s.plan) and s.plan.answer == "selected" for s in schools),
            "stages": stages(connection),
            "events": connection.execute(select(func.count()).select_from(_EVENTS)).scalar_one(),
            "deadlines": deadlines(connection),
            "messages": counted(connection, _MESSAGES.c.state),
            "letters": counted(connection, _LETTERS.c.kind),
            "issues": issues(connection),
            "grades": grades(schools),
            "refused": sum(year.diary.refused.values()),
            "log_digest": log_digest(connection),
        }


def _states(connection: Connection) -> list[CaseState]:
    wanted = select(_CASES.c.state).order_by(_CASES.c.id)
    return [read_state(text) for text in connection.execute(wanted).scalars()]


def counted(connection: Connection, column: Any) -> dict[str, int]:
    """How many rows have each value of a column, by value."""
    rows = connection.execute(select(column, func.count()).group_by(column).order_by(column))
    return {value: count for value, count in rows}


def stages(connection: Connection) -> dict[str, dict[str, int]]:
    """How many cases entered and left each stage, in the order the stages were first entered."""
    wanted = (
        select(_EVENTS.c.stage, _EVENTS.c.type, func.count())
        .where(_EVENTS.c.type.in_(("stage.opened", "stage.closed")))
        .group_by(_EVENTS.c.stage, _EVENTS.c.type)
        .order_by(func.min(_EVENTS.c.happened_on), _EVENTS.c.stage)
    )
    found: dict[str, dict[str, int]] = {}
    for stage, type_, count in connection.execute(wanted):
        passed = found.setdefault(stage, {"entered": 0, "left": 0})
        passed["entered" if type_ == "stage.opened" else "left"] = count
    return found


def deadlines(connection: Connection) -> dict[str, int]:
    """Met in time, missed (met late, or not yet), cancelled, and how many rest on a calendar that
    is not published. Windows that closed unused and dates that moved are neither met nor missed."""
    states = counted(connection, _DEADLINES.c.state)
    overdue = select(func.count()).where(_DEADLINES.c.state == "armed", _DEADLINES.c.missed)
    provisional = select(func.count()).where(_DEADLINES.c.provisional)
    return {
        "met": states.get("met", 0),
        "missed": states.get("late", 0) + connection.execute(overdue).scalar_one(),
        "cancelled": states.get("cancelled", 0),
        "provisional": connection.execute(provisional).scalar_one(),
    }


def issues(connection: Connection) -> dict[str, int]:
    """Raised, closed, reopened (times), and still open."""
    states = counted(connection, _ISSUES.c.state)
    reopened = select(func.coalesce(func.sum(_ISSUES.c.reopened), 0))
    still = ("raised", "reported", "refused", "reopened")
    return {
        "raised": sum(states.values()),
        "closed": states.get("closed", 0),
        "reopened": int(connection.execute(reopened).scalar_one()),
        "open": sum(states.get(state, 0) for state in still),
    }


def grades(schools: list[CaseState]) -> dict[str, int]:
    """The grades of the opinion letters issued."""
    letters = Counter(
        state.data.grade
        for school in schools
        for state in school.stages.values()
        if state.kind == "on_site_review" and state.data.grade
    )
    return dict(sorted(letters.items()))
