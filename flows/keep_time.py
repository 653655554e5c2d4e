"""The clock: due deadlines become commands, and every flow with open orders is run."""

from datetime import UTC, datetime

from prefect import flow

from flows.deliver import deliver
from flows.follow_up_visit import follow_up_visit
from flows.issue_list import issue_list
from flows.on_site_review import on_site_review
from flows.open_round import open_round
from flows.planning import planning
from flows.process_guidance import process_guidance
from flows.self_assessment import self_assessment
from tasks.calls import anybody_listens, call_systems
from tasks.carrying import waiting
from tasks.messages import mail
from tasks.timekeeping import pass_deadlines


@flow(persist_result=False)
async def keep_time(as_of: str = "", carry: bool = True) -> dict[str, int]:
    """One sweep. Polling is the guarantee: whatever wake-up was lost, this finds what is owed.

    ``as_of``: an ISO instant, by default now. What a flow leads to is carried out in the same
    sweep, until nothing is owed but what others hold; without ``carry`` the caller sees to that.
    """
    at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    flows = {
        "self_assessment": self_assessment,
        "planning": planning,
        "process_guidance": process_guidance,
        "on_site_review": on_site_review,
        "issue_list": issue_list,
        "follow_up_visit": follow_up_visit,
        "open_round": open_round,
    }
    looked, runs = pass_deadlines(at), 0
    while carry and (owed := waiting(at)):
        for backlog in owed:
            await flows[backlog.flow](backlog.office, at.isoformat())
            runs += 1
    for office in mail(at) if carry else ():
        await deliver(office, at.isoformat(), digests=True)
        runs += 1
    if carry and anybody_listens():
        call_systems(at)
    return {"deadlines": looked, "runs": runs}
