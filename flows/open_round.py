"""Rounds: opened when their period begins, and the work on their cases carried out."""

from datetime import UTC, datetime

from prefect import flow, runtime

from tasks.carrying import carry_out
from tasks.rounds import open_due_rounds


@flow
async def open_round(office: str = "", as_of: str = "") -> dict[str, int]:
    """Open what is due, then open, end and move cases as rounds and mergers ask.

    Without an office every office's rounds are looked at: a process goes on in the next period
    where it ran in the last. ``as_of``: an ISO instant, by default now.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    offices = [office] if office else open_due_rounds(at)
    done = [carry_out("open_round", one, at, runtime.flow_run.id) for one in offices]
    return {"done": sum(d.done for d in done), "failed": sum(d.failed for d in done)}
