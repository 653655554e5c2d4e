"""问题清单: what the issue list owes, carried out."""

from datetime import UTC, datetime

from prefect import flow, runtime

from tasks.carrying import carry_out


@flow(persist_result=False)
async def issue_list(office: str = "", as_of: str = "") -> dict[str, int]:
    """Rectification notices, reminders and ledgers of one office's issues.

    ``office``: its code, by default every office; ``as_of``: an ISO instant, by default now.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    return carry_out("issue_list", office, at, runtime.flow_run.id)._asdict()
