"""Links that let one person in, once: for schools that use the portal twice a year.

Chat programs open every link they pass on, to show what is behind it. Opening it therefore changes
nothing; only the button on its page uses it. Stored is the token's fingerprint, so that nobody who
reads the database can come in.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, insert, select, update

from engine.writing import iso
from models.logins import EntryLink
from models.people import Assignment, Person
from portal.signing import fingerprint, new_token

_LINKS, _ASSIGNED, _PEOPLE = EntryLink.__table__, Assignment.__table__, Person.__table__

LASTS = timedelta(hours=72)
ROLES = ("school", "inspector", "department", "township")  # whoever holds more needs a password

SAID = {
    "none": "这个链接无效，可能复制时缺了一段，请核对，或请督导室重新发送。",
    "used": "这个链接已经用过了，只能用一次。请督导室重新发送，或用登录名和密码登录。",
    "ended": "这个链接已过期（72小时内有效）。请督导室重新发送。",
    "withdrawn": "这个链接已被督导室作废。请使用最近一次发给您的链接。",
}


def make(
    connection: Connection, people: Iterable[str], made_by: str, now: datetime
) -> dict[str, str]:
    """A link for each of these people: person → token, which is kept nowhere. Whatever links they
    had before open nothing any more."""
    tokens = {person: new_token() for person in people}
    withdraw(connection, list(tokens), now)
    rows = [
        {
            "id": fingerprint(token),
            "person": person,
            "made_by": made_by,
            "made_at": iso(now),
            "ends_at": iso(now + LASTS),
            "used_at": "",
        }
        for person, token in tokens.items()
    ]
    if rows:
        connection.execute(insert(_LINKS), rows)
    return tokens


def withdraw(connection: Connection, people: list[str], now: datetime) -> int:
    """End the unused links of these people; how many there were."""
    ended = 0
    for first in range(0, len(people), 500):
        open_ones = update(_LINKS).where(
            _LINKS.c.person.in_(people[first : first + 500]),
            _LINKS.c.used_at == "",
            _LINKS.c.ends_at > iso(now),
        )
        ended += connection.execute(open_ones.values(ends_at=iso(now))).rowcount
    return ended


def find(connection: Connection, token: str) -> Row | None:
    """The link of a token, if there is one."""
    wanted = select(_LINKS).where(_LINKS.c.id == fingerprint(token))
    return connection.execute(wanted).first()


def standing(link: Row | None, now: datetime) -> str:
    """ "open", or why not: none, used, ended, withdrawn."""
    if link is None:
        return "none"
    if link.used_at:
        return "used"
    if link.ends_at > iso(now):
        return "open"
    made = datetime.fromisoformat(link.made_at)
    return "withdrawn" if link.ends_at < iso(made + LASTS) else "ended"


def use(connection: Connection, token: str, now: datetime) -> str:
    """Use a link up: the person it lets in, or "" where it lets in nobody (any more)."""
    used = (
        update(_LINKS)
        .where(
            _LINKS.c.id == fingerprint(token),
            _LINKS.c.used_at == "",
            _LINKS.c.ends_at > iso(now),
        )
        .values(used_at=iso(now))
        .returning(_LINKS.c.person)
    )
    return connection.execute(used).scalar() or ""


def of_person(connection: Connection, person: str) -> list[Row]:
    """The latest links of a person."""
    wanted = select(_LINKS).where(_LINKS.c.person == person).order_by(_LINKS.c.made_at.desc())
    return list(connection.execute(wanted.limit(5)))


def flaw_of(roles: Iterable[str]) -> str:
    """Why nobody with these roles is let in by a link, in Chinese, or ""."""
    if all(role in ROLES for role in roles):
        return ""
    return "督导室、政府和上级督导机构的人员不能用一次性链接，请使用登录名和密码。"
