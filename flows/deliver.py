"""Delivery: the only flow that sends messages."""

from datetime import UTC, datetime

from prefect import flow, runtime

from tasks.messages import mail, send_messages


@flow(persist_result=False)
async def deliver(office: str = "", as_of: str = "", digests: bool = False) -> dict[str, int]:
    """Send what is owed to the people of one office (or of all); how many came to which state.

    ``as_of``: an ISO instant, by default now. ``digests``: with what comes once a day, for whoever
    has carried out all that the clock found.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    sent: dict[str, int] = {}
    for one in [office] if office else mail(at, digests):
        for state, count in send_messages(one, at, runtime.flow_run.id, digests).items():
            sent[state] = sent.get(state, 0) + count
    return sent
