"""制定计划: what the planning stage owes, carried out."""

from datetime import UTC, datetime

from prefect import flow, runtime

from tasks.carrying import carry_out


@flow(persist_result=False)
async def planning(office: str = "", as_of: str = "") -> dict[str, int]:
    """Propose the plan, publish it, and answer every case of the round.

    ``office``: its code, by default every office; ``as_of``: an ISO instant, by default now.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    return carry_out("planning", office, at, runtime.flow_run.id)._asdict()
