"""Flow runs whose process was killed after their work was on record.

Prefect shows such a run as running for ever, and retries do not apply. The orders tell the truth:
a run that a done order names did its work. It is closed in Prefect's database with that reason.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from dudao.prefect_server import not_completed
from engine.writing import iso
from models.database import Database
from models.orders import OrderRow

_ORDERS = OrderRow.__table__

WHY = "进程中断；其工作已全部记录在案"


def named_runs(database: Database, since: datetime | None = None) -> list[UUID]:
    """The flow runs that done orders name, of all time or since an instant."""
    wanted = select(_ORDERS.c.flow_run).where(_ORDERS.c.state == "done", _ORDERS.c.flow_run != "")
    if since is not None:
        wanted = wanted.where(_ORDERS.c.done_at >= iso(since))
    with database.reading() as connection:
        return [UUID(run) for run in connection.execute(wanted.distinct()).scalars()]


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
