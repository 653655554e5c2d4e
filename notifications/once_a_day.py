"""The digest of a day: what the clock has to say for an office comes to each person once a day.
What it finds for them later rests until the next morning."""

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, Row, bindparam, text, update

from engine.journal import SHANGHAI
from engine.writing import iso
from models.messages import Message
from notifications.catalogue import MESSAGES
from notifications.sender import Router

_MESSAGES = Message.__table__

# Whoever writes the day has it: two deliveries at once never both send a person's digest. One
# delivery may take several turns, so its own instant counts as free; so does one of a day that is
# still to come, which a clock wrote that ran ahead.
_TAKE_THE_DAY = text(
    "INSERT INTO digests_of_the_day (person, office, at) VALUES (:person, :office, :now) "
    "ON CONFLICT (person, office) DO UPDATE SET at = excluded.at "
    "WHERE digests_of_the_day.at < :midnight OR digests_of_the_day.at >= :tomorrow "
    "OR digests_of_the_day.at = excluded.at"
)
_REST = (
    update(_MESSAGES)
    .where(_MESSAGES.c.key == bindparam("b_key"))
    .values(not_before=bindparam("b_until"))
)


def kinds_now(router: Router, office: str, now: datetime, digests: bool) -> frozenset[str] | None:
    """The kinds that may go out at this hour, with the digests of the day or without; None for
    all of them."""
    kinds, daily = router.may_go(office, now), router.once_a_day(office)
    if digests or not daily:
        return kinds
    return (MESSAGES if kinds is None else kinds) - daily


def for_today(
    connection: Connection, office: str, rows: Sequence[Row], daily: Collection[str], now: datetime
) -> list[Row]:
    """An office's messages without those of ``daily`` kinds whose readers had its digest of today
    already; they rest until midnight (Shanghai). What was tried before is no new message and goes
    on."""
    midnight = datetime.combine((now + SHANGHAI).date(), time(), now.tzinfo) - SHANGHAI
    tomorrow = iso(midnight + timedelta(days=1))
    waits = [row for row in rows if row.name in daily and not row.tries and row.known_as]
    day = {"office": office, "now": iso(now), "midnight": iso(midnight), "tomorrow": tomorrow}
    had = {
        person
        for person in sorted({row.person for row in waits})  # always in one order: no deadlock
        if not connection.execute(_TAKE_THE_DAY, {"person": person, **day}).rowcount
    }
    late = {row.key for row in waits if row.person in had}
    if late:
        connection.execute(_REST, [{"b_key": key, "b_until": tomorrow} for key in sorted(late)])
    return [row for row in rows if row.key not in late]
