"""Flow runs whose process was killed after their work was on record.

Prefect shows such a run as running for ever, and retries do not apply. The orders tell the truth:
a run that a done order names did its work. It is closed in Prefect's database with that reason.
"""

from collections.abc import Collection
from uuid import UUID

from dudao.prefect_server import not_completed

WHY = "进程中断；其工作已全部记录在案"


async def settle(flow_run_ids: Collection[UUID]) -> int:
    """Close the runs (named by done orders) that are still shown as running; how many there were.

    A run that Prefect does not know at all is left: it is found by whoever asks `not_completed`.
    """
    from prefect.client.orchestration import get_client
    from prefect.states import Completed

    left = await not_completed(flow_run_ids)
    async with get_client() as client:
        for run, state in left.items():
            if state != "unknown":
                await client.set_flow_run_state(run, Completed(message=WHY), force=True)
    return len(left)
