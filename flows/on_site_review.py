"""实地督导: what the review stage owes, carried out."""

from datetime import UTC, datetime

from prefect import flow, runtime

from tasks.carrying import carry_out


@flow(persist_result=False)
async def on_site_review(office: str = "", as_of: str = "") -> dict[str, int]:
    """Notices, announcements, opinions and letters of one office's reviews.

    ``office``: its code, by default every office; ``as_of``: an ISO instant, by default now.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    return carry_out("on_site_review", office, at, runtime.flow_run.id)._asdict()
