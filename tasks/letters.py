"""Letters: drafted from the case as it stood when it called for them, kept as files."""

from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from engine.orders import Claimed, Outcome
from tasks.drafting import draft
from tasks.house import house


@task(cache_policy=NO_CACHE)
def draft_letters(claimed: Sequence[Claimed], at: datetime) -> list[Outcome]:
    """Draft each letter owed; one that cannot be written is failed with its reason, alone."""
    return draft(house(), claimed)
