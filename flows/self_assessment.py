"""自查自评: what the self-assessment stage owes, carried out."""

from datetime import UTC, datetime

from prefect import flow, runtime

from tasks.carrying import carry_out


@flow(persist_result=False)
async def self_assessment(office: str = "", as_of: str = "") -> dict[str, int]:
    """Messages, handbooks and reports of one office's self-assessments.

    ``office``: its code, by default every office; ``as_of``: an ISO instant, by default now.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    return carry_out("self_assessment", office, at, runtime.flow_run.id)._asdict()
