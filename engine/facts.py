"""Outside facts a command's decision needs, gathered before it is decided."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from models.cases import Case
from models.organisations import Organisation
from models.people import Assignment, Person, Recusal
from models.visits import Visit
from rules import case_words, issue_list, on_site_review, planning, self_assessment
from rules.messages import Command
from rules.state import CaseState

_CASES, _PEOPLE = Case.__table__, Person.__table__
_ASSIGNED, _RECUSALS, _VISITS = Assignment.__table__, Recusal.__table__, Visit.__table__
_ORGANISATIONS = Organisation.__table__

Facts = dict[str, Any]
Gather = Callable[[Connection, CaseState, Any, date], Facts]


def gather(connection: Connection, case: CaseState, command: Command, today: date) -> Facts:
    """The facts of one command; empty for most."""
    found = _GATHER.get(type(command))
    return found(connection, case, command, today) if found else {}


def _school_kind(connection: Connection, case: CaseState, command: Any, today: date) -> Facts:
    return {"school_kind": case.subject_kind}


def _team(connection: Connection, case: CaseState, command: Any, today: date) -> Facts:
    recusals = select(_RECUSALS.c.person).where(_RECUSALS.c.organisation == case.subject)
    serving = select(_ASSIGNED.c.person).where(
        _ASSIGNED.c.role == "inspector",
        _ASSIGNED.c.until.is_(None) | (_ASSIGNED.c.until >= today),
    )
    members = {*command.members, command.lead}
    return {
        "recusals": connection.execute(recusals).scalars().all(),
        "inspectors": connection.execute(serving).scalars().all(),
        "names": names(connection, members),
    }


def names(connection: Connection, people: set[str]) -> dict[str, str]:
    """Names by person's id."""
    found = select(_PEOPLE.c.id, _PEOPLE.c.name).where(_PEOPLE.c.id.in_(people))
    return {row.id: row.name for row in connection.execute(found)}


def visits_this_year(connection: Connection, subjects: list[str], today: date) -> dict[str, int]:
    """Inspections of each subject in the calendar year of ``today``, by all processes."""
    first = today.replace(month=1, day=1)
    counted = (
        select(_VISITS.c.subject, func.count())
        .where(_VISITS.c.subject.in_(subjects), _VISITS.c.kind == "on_site_review")
        .where(_VISITS.c.happened_on.between(first, today.replace(month=12, day=31)))
        .group_by(_VISITS.c.subject)
    )
    return {subject: count for subject, count in connection.execute(counted)}


def _subjects(connection: Connection, case: CaseState, command: Any, today: date) -> Facts:
    found = select(_CASES.c.subject).where(
        _CASES.c.round == case.round,
        _CASES.c.of == "case",
        _CASES.c.status.in_(("open", "escalated")),
    )
    codes = connection.execute(found).scalars().all()
    visits = visits_this_year(connection, codes, today)
    named = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.name).where(
        _ORGANISATIONS.c.code.in_(codes)
    )
    return {
        "subjects": {code: {"visits": visits.get(code, 0)} for code in codes},
        "names": {row.code: row.name for row in connection.execute(named)},
    }


def _unit(connection: Connection, case: CaseState, command: Any, today: date) -> Facts:
    """What the unit that solves the issue is called, for a refusal to whoever else reports it."""
    listed = case.stages.get(command.stage)
    issue = getattr(listed.data, "issues", {}).get(command.item) if listed else None
    if issue is None or issue.unit == "school":
        return {}
    wanted = select(_ORGANISATIONS.c.name).where(_ORGANISATIONS.c.code == issue.unit)
    return {"names": {issue.unit: connection.execute(wanted).scalar() or "责任单位"}}


def _successor(connection: Connection, case: CaseState, command: Any, today: date) -> Facts:
    status = select(_CASES.c.status).where(_CASES.c.id == command.successor)
    return {"successor_live": connection.execute(status).scalar() in ("open", "escalated")}


_GATHER: dict[type[Command], Gather] = {
    self_assessment.SubmitSelfAssessment: _school_kind,
    on_site_review.words.EnterScores: _school_kind,
    on_site_review.words.ConsiderDefence: _school_kind,
    on_site_review.words.AppointTeam: _team,
    issue_list.words.ReportRectification: _unit,
    planning.ProposePlan: _subjects,
    planning.AmendPlan: _subjects,
    case_words.MergeCase: _successor,
}
