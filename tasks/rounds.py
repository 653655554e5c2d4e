"""Rounds that are due: a process that ran in the last period goes on in this one."""

from datetime import datetime

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import select

from engine.journal import SHANGHAI
from engine.rounds import open_round
from models.cycles import Round
from tasks.house import house

_ROUNDS = Round.__table__


@task(cache_policy=NO_CACHE)
def open_due_rounds(at: datetime) -> int:
    """Open the round of every process whose last period is over; how many there were.

    A new round takes the definition and standard of the last one.
    """
    home = house()
    today = (at + SHANGHAI).date()
    with home.database.reading() as connection:
        latest = {}
        for row in connection.execute(select(_ROUNDS).order_by(_ROUNDS.c.first)):
            latest[row.office, row.process] = row
        due = [row for row in latest.values() if row.last < today]
        shelf = home.journal.shelf
        opened = [
            (
                row.office,
                shelf.process(connection, row.definition).definition,
                shelf.standard(connection, row.standard),
            )
            for row in due
        ]
    for office, definition, standard in opened:
        open_round(home.journal, office, definition, standard, today, at)
    return len(opened)
