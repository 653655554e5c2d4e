"""Rounds: opened when their period begins, and the work on their cases carried out."""

from datetime import UTC, datetime

from prefect import flow, runtime

from tasks.carrying import carry_out
from tasks.rounds import open_due_rounds


@flow(persist_result=False)
async def open_round(office: str = "", as_of: str = "") -> dict[str, int]:
    """Open, end and move cases as rounds and mergers ask.

    ``office``: its code. Without one, as on schedule, it is every office, and rounds that are due
    are opened first: a process goes on in the next period where it ran in the last. ``as_of``: an
    ISO instant, by default now.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    if not office:
        open_due_rounds(at)
    return carry_out("open_round", office, at, runtime.flow_run.id)._asdict()
