"""过程指导: what the guidance stage owes, carried out."""

from datetime import UTC, datetime

from prefect import flow, runtime

from tasks.carrying import carry_out


@flow(persist_result=False)
async def process_guidance(office: str = "", as_of: str = "") -> dict[str, int]:
    """Messages and records of one office's guidance visits.

    ``office``: its code, by default every office; ``as_of``: an ISO instant, by default now.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    return carry_out("process_guidance", office, at, runtime.flow_run.id)._asdict()
