"""The plan's proposal put on record; people then change it as they see fit."""

from datetime import datetime

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import select

from engine.journal import SHANGHAI, Entry
from engine.orders import Claimed, Outcome
from engine.proposal import candidates, proposal
from engine.rounds import CLOCK
from models.cycles import Round
from rules.planning import Planned, ProposePlan
from rules.values import Refusal
from tasks.house import house

_ROUNDS = Round.__table__


@task(cache_policy=NO_CACHE)
def propose_plan(claimed: Claimed, at: datetime) -> Outcome:
    """Propose whom to evaluate and when; people then change it as they see fit."""
    home = house()
    today = (at + SHANGHAI).date()
    with home.database.reading() as connection:
        row = connection.execute(select(_ROUNDS).where(_ROUNDS.c.id == claimed.case)).one()
        process = home.journal.shelf.process(connection, row.definition)
        calendar = home.journal.shelf.calendar(connection, row.office)
        found = candidates(connection, row.id, today)
    stage = process.stages[claimed.order.stage]
    chosen = proposal(found, row, process, stage, calendar, today)
    plan = tuple(
        Planned(subject=c.subject, week=c.week, inspectors=c.inspectors, why=c.why) for c in chosen
    )
    command = ProposePlan(stage=stage.id, selected=plan)
    result = home.journal.record(Entry(command, row.id, CLOCK, at, f"propose {claimed.id}"))
    if isinstance(result, Refusal):
        return Outcome(claimed, "failed", result.reason)
    return Outcome(claimed, "done", f"拟评估{len(plan)}个单位")
