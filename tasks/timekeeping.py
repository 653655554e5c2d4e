"""The clock's sweep: every deadline whose day has come becomes a command."""

import logging
from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from engine.apart import one_by_one_where_it_breaks
from engine.deadlines import Due, due_pages
from engine.journal import SHANGHAI, Entry
from engine.rounds import CLOCK
from rules.case_words import KeepTime
from tasks.house import House, house

BATCH = 500
_LOG = logging.getLogger(__name__)


@task(cache_policy=NO_CACHE)
def pass_deadlines(at: datetime) -> int:
    """Look at every deadline that is due to be looked at; how many there were.

    Each look moves the next one to a later day. What a look arms may itself be due: so again,
    until nothing new is due.
    """
    home = house()
    seen: set[Due] = set()
    while new := [d for d in _due(home, at) if d not in seen]:
        for first in range(0, len(new), BATCH):
            _look_at(home, new[first : first + BATCH], at)
        seen.update(new)
    return len(seen)


def _look_at(home: House, some: Sequence[Due], at: datetime) -> None:
    """Look at deadlines together. One that breaks the look stays due: `dudao check` names it."""
    looked = one_by_one_where_it_breaks(
        some, lambda part: home.journal.record_batch([_look(due, at) for due in part])
    )
    for part, came in looked:
        if isinstance(came, Exception):
            _LOG.error(
                "案卷%s的期限%s处理出错（%r），其他期限照常", part[0].case, part[0].key, came
            )


def _due(home: House, at: datetime) -> list[Due]:
    return [due for page in due_pages(home.database, (at + SHANGHAI).date()) for due in page]


def _look(due: Due, at: datetime) -> Entry:
    key = f"clock {due.key} {due.next_on.isoformat()}"
    return Entry(KeepTime(deadline=due.key), due.case, CLOCK, at, key)
