"""Work on the cases of a round: open them, answer them, end them, move issues to a successor."""

from datetime import datetime

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import select

from engine.journal import Entry, Recorded
from engine.orders import Claimed, Outcome
from engine.rounds import CLOCK, carried_findings, openings
from models.cases import Case
from rules.case_words import AnswerPlan, EndRound, ReceiveIssues
from rules.messages import Command
from rules.values import Refusal
from rules.vocabulary import read_state
from tasks.house import House, house

_CASES = Case.__table__
BATCH = 500


@task(cache_policy=NO_CACHE)
def open_cases(claimed: Claimed, at: datetime) -> Outcome:
    """A case for every subject of the round."""
    home = house()
    return _recorded(home, claimed, list(openings(home.journal, claimed.case, at)))


@task(cache_policy=NO_CACHE)
def answer_cases(claimed: Claimed, at: datetime) -> Outcome:
    """Tell every case of the round whether the plan has selected it."""
    home = house()
    with home.database.reading() as connection:
        state = connection.execute(select(_CASES.c.state).where(_CASES.c.id == claimed.case))
        plan = read_state(state.scalar_one()).stages[claimed.order.stage].data
    chosen = {planned.subject: planned for planned in plan.selected}

    def answer(subject: str) -> Command:
        planned = chosen.get(subject)
        return AnswerPlan(
            stage=claimed.order.stage,
            number=plan.number,
            answer="selected" if planned else "deferred",
            week=planned.week if planned else None,
            inspectors=planned.inspectors if planned else (),
        )

    key = f"plan {claimed.order.stage} {plan.number}"
    entries = [
        Entry(answer(subject), case, CLOCK, at, key)
        for case, subject in _live_cases(home, claimed.case)
    ]
    return _recorded(home, claimed, entries)


@task(cache_policy=NO_CACHE)
def end_cases(claimed: Claimed, at: datetime) -> Outcome:
    """Tell every case of the round that its period is over."""
    home = house()
    entries = [
        Entry(EndRound(), case, CLOCK, at, "round ended")
        for case, _ in _live_cases(home, claimed.case)
    ]
    return _recorded(home, claimed, entries)


@task(cache_policy=NO_CACHE)
def move_issues(claimed: Claimed, at: datetime) -> Outcome:
    """Give a merged school's open issues to its successor's case."""
    home = house()
    with home.database.reading() as connection:
        found = connection.execute(select(_CASES.c.state).where(_CASES.c.id == claimed.case))
        text = found.scalar_one()
    findings = carried_findings(text)
    if not findings:
        return Outcome(claimed, "done", "没有需要移交的问题")
    command = ReceiveIssues(source=claimed.case, findings=findings)
    successor = read_state(text).successor
    entry = Entry(command, successor, CLOCK, at, f"issues of {claimed.case}")
    return _recorded(home, claimed, [entry])


def _live_cases(home: House, round_key: str) -> list[tuple[str, str]]:
    wanted = (
        select(_CASES.c.id, _CASES.c.subject)
        .where(
            _CASES.c.round == round_key,
            _CASES.c.of == "case",
            _CASES.c.status.in_(("open", "escalated")),
        )
        .order_by(_CASES.c.id)
    )
    with home.database.reading() as connection:
        return [(row.id, row.subject) for row in connection.execute(wanted)]


def _recorded(home: House, claimed: Claimed, entries: list[Entry]) -> Outcome:
    """Record in batches; the first refusal, if any, makes the order a person's task."""
    taken = 0
    for first in range(0, len(entries), BATCH):
        for result in home.journal.record_batch(entries[first : first + BATCH]):
            if isinstance(result, Refusal):
                return Outcome(claimed, "failed", result.reason)
            taken += isinstance(result, Recorded)
    return Outcome(claimed, "done", f"已办理{taken}件")
