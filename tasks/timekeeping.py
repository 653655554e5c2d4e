"""The clock's sweep: every deadline whose day has come becomes a command."""

from datetime import datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from engine.deadlines import due_deadlines
from engine.journal import SHANGHAI, Entry
from engine.rounds import CLOCK
from rules.case_words import KeepTime
from tasks.house import house

BATCH = 500


@task(cache_policy=NO_CACHE)
def pass_deadlines(at: datetime) -> int:
    """Look at every deadline that is due to be looked at; how many there were.

    Each is looked at once: whatever it leads to, its next look is on a later day.
    """
    home = house()
    today = (at + SHANGHAI).date()
    with home.database.reading() as connection:
        due = list(due_deadlines(connection, today))
    for first in range(0, len(due), BATCH):
        home.journal.record_batch(
            [
                Entry(
                    KeepTime(deadline=row.key),
                    row.case,
                    CLOCK,
                    at,
                    f"clock {row.key} {row.next_on.isoformat()}",
                )
                for row in due[first : first + BATCH]
            ]
        )
    return len(due)
