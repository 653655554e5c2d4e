"""回访督导: what the follow-up stage owes, carried out."""

from datetime import UTC, datetime

from prefect import flow, runtime

from tasks.carrying import carry_out


@flow(persist_result=False)
async def follow_up_visit(office: str = "", as_of: str = "") -> dict[str, int]:
    """Messages and reports of one office's follow-up visits.

    ``office``: its code, by default every office; ``as_of``: an ISO instant, by default now.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    return carry_out("follow_up_visit", office, at, runtime.flow_run.id)._asdict()
