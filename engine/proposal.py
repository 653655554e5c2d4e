"""The plan's proposal: candidates gathered from the round, chosen by the rules for its share or
by its tiers. The flow puts it on record; a page shows it to be changed by hand."""

from datetime import date, timedelta

from sqlalchemy import Connection, Row, select

from engine.facts import visits_this_year
from models.cases import Case
from models.cycles import Round
from models.organisations import Organisation
from models.people import Assignment, Recusal
from rules.days import Calendar
from rules.planning import PlanningStage
from rules.process import Process
from rules.selection import Candidate, Choice, choose_by_tier, choose_share
from rules.vocabulary import read_state

_CASES, _ROUNDS, _ORGANISATIONS = Case.__table__, Round.__table__, Organisation.__table__
_ASSIGNED, _RECUSALS = Assignment.__table__, Recusal.__table__
LOOK_BACK = timedelta(days=400)


def proposal(
    found: list[Candidate],
    round_: Row,
    process: Process,
    stage: PlanningStage,
    calendar: Calendar,
    today: date,
) -> list[Choice]:
    """Whom of the candidates of a round (a row of rounds) to evaluate in which week."""
    cap = stage.burden_at_most
    if stage.cover.tiers:
        quotas = stage.cover.quotas()
        return choose_by_tier(found, quotas, cap, round_.first, round_.last, calendar)
    cycle = process.definition.cycle
    years = cycle.years if cycle else 0
    return choose_share(found, stage.cover.each_year, cap, today, round_.last, calendar, years)


def candidates(connection: Connection, round_key: str, today: date) -> list[Candidate]:
    """Everyone in the round who could be chosen, with what the choice must know of them."""
    wanted = (
        select(_ORGANISATIONS)
        .join(_CASES, _CASES.c.subject == _ORGANISATIONS.c.code)
        .where(
            _CASES.c.round == round_key,
            _CASES.c.of == "case",
            _CASES.c.status.in_(("open", "escalated")),
        )
        .order_by(_ORGANISATIONS.c.code)
    )
    rows = connection.execute(wanted).all()
    visits = visits_this_year(connection, [row.code for row in rows], today)
    picks = _picks(connection, round_key, today)
    inspectors = _holders(connection)
    recused: dict[str, tuple[str, ...]] = {}
    for recusal in connection.execute(select(_RECUSALS)):
        recused[recusal.organisation] = (*recused.get(recusal.organisation, ()), recusal.person)
    return [
        Candidate(
            code=row.code,
            last=max(filter(None, [*picks.get(row.code, ()), row.last_evaluated_on]), default=None),
            visits=visits.get(row.code, 0),
            tier=row.tier,
            picks=picks.get(row.code, ()),
            recused=recused.get(row.code, ()),
            inspectors=inspectors.get(row.code) or inspectors.get(row.zone or "", ()),
        )
        for row in rows
    ]


def _holders(connection: Connection) -> dict[str, tuple[str, ...]]:
    wanted = select(_ASSIGNED).where(_ASSIGNED.c.role == "inspector", _ASSIGNED.c.until.is_(None))
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(wanted.order_by(_ASSIGNED.c.rank, _ASSIGNED.c.person)):
        found[row.organisation] = (*found.get(row.organisation, ()), row.person)
    return found


def _picks(connection: Connection, round_key: str, today: date) -> dict[str, tuple[date, ...]]:
    """The weeks for which earlier rounds of the same process chose each subject."""
    this = connection.execute(select(_ROUNDS).where(_ROUNDS.c.id == round_key)).one()
    wanted = (
        select(_CASES.c.subject, _CASES.c.state)
        .join(_ROUNDS, _ROUNDS.c.id == _CASES.c.round)
        .where(
            _ROUNDS.c.office == this.office,
            _ROUNDS.c.process == this.process,
            _ROUNDS.c.first < this.first,
            _ROUNDS.c.first >= today - LOOK_BACK,
            _CASES.c.of == "case",
        )
        .order_by(_ROUNDS.c.first)
    )
    found: dict[str, tuple[date, ...]] = {}
    for row in connection.execute(wanted):
        plan = read_state(row.state).plan
        if plan and plan.answer == "selected":
            found[row.subject] = (*found.get(row.subject, ()), plan.week)
    return found
