"""The plan's proposal: candidates gathered from the round, chosen by the rules, put on record."""

from datetime import date, datetime, timedelta

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Connection, select

from engine.facts import visits_this_year
from engine.journal import SHANGHAI, Entry
from engine.orders import Claimed, Outcome
from engine.rounds import CLOCK
from models.cases import Case
from models.cycles import Round
from models.organisations import Organisation
from models.people import Assignment, Recusal
from rules.planning import Planned, ProposePlan
from rules.selection import Candidate, choose_by_tier, choose_share
from rules.values import Refusal
from rules.vocabulary import read_state
from tasks.house import house

_CASES, _ROUNDS, _ORGANISATIONS = Case.__table__, Round.__table__, Organisation.__table__
_ASSIGNED, _RECUSALS = Assignment.__table__, Recusal.__table__
LOOK_BACK = timedelta(days=400)


@task(cache_policy=NO_CACHE)
def propose_plan(claimed: Claimed, at: datetime) -> Outcome:
    """Propose whom to evaluate and when; people then change it as they see fit."""
    home = house()
    today = (at + SHANGHAI).date()
    with home.database.reading() as connection:
        row = connection.execute(select(_ROUNDS).where(_ROUNDS.c.id == claimed.case)).one()
        process = home.journal.shelf.process(connection, row.definition)
        found = candidates(connection, row.id, today)
    stage = process.stages[claimed.order.stage]
    calendar = home.journal.calendar
    if stage.cover.tiers:
        cap = stage.burden_at_most
        chosen = choose_by_tier(found, stage.cover.quotas(), cap, row.first, row.last, calendar)
    else:
        cycle = process.definition.cycle
        chosen = choose_share(
            found,
            stage.cover.each_year,
            stage.burden_at_most,
            today,
            row.last,
            calendar,
            cycle.years if cycle else 0,
        )
    plan = tuple(
        Planned(subject=c.subject, week=c.week, inspectors=c.inspectors, why=c.why) for c in chosen
    )
    command = ProposePlan(stage=stage.id, selected=plan)
    result = home.journal.record(Entry(command, row.id, CLOCK, at, f"propose {claimed.id}"))
    if isinstance(result, Refusal):
        return Outcome(claimed, "failed", result.reason)
    return Outcome(claimed, "done", f"拟评估{len(plan)}个单位")


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
            last=max([*picks.get(row.code, ()), row.last_evaluated_on or date.min], default=None),
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
