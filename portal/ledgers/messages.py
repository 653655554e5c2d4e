"""The ledger of messages as the office reads it, and what a person may settle in it by hand: who
could not be reached was told by phone or on paper, or shall be sent to once more."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)

from engine.register import named_like
from engine.subtree import unsought
from engine.writing import iso
from models.cases import Case
from models.database import Database
from models.messages import Attempt, Message
from models.organisations import Organisation
from models.people import Person
from portal.ledgers.naming import organisations_named, people_named
from portal.story import TITLES
from rules.definition import KINDS

_MESSAGES, _ATTEMPTS, _PEOPLE = Message.__table__, Attempt.__table__, Person.__table__
_CASES, _ORGANISATIONS = Case.__table__, Organisation.__table__

PAGE = 50
RECENT = timedelta(days=30)
PUBLIC = "public"  # the notice board: told like a person, and no person

TROUBLE = ("failed", "unknown")
# As text: SQLite takes the index of just these only where it can read the words themselves.
_IN_TROUBLE = _MESSAGES.c.state.in_([literal_column(f"'{state}'") for state in TROUBLE])
STATES = {
    "open": "待发送",
    "sent": "已送出",
    "delivered": "已送达",
    "read": "已阅",
    "skipped": "没有发送",
    "failed": "发送失败",
    "unknown": "无法确认",
}
STATE_CHOICES = {"trouble": "须人工处理", **STATES}
TRIED = {**STATES, "begun": "发送中", "later": "稍后再试"}
CHANNELS = {
    "outbox": "本机发件箱",
    "mail": "邮件",
    "wecom": "企业微信群",
    "dingtalk": "钉钉群",
    "feishu": "飞书群",
    "webhook": "其他平台",
    "post": "选择渠道",
    "link": "点开确认",
    "phone": "电话告知",
    "paper": "书面送达",
    "desk": "交回重发",
}
BY_HAND = ("phone", "paper")
MAY_BE_SETTLED = ("skipped", *TROUBLE)

_OF_EVERY_KIND = {
    "opened": "环节开始",
    "reminder": "到期提醒",
    "overdue": "逾期提醒",
    "escalation": "逾期上报",
    "moved": "期限改变",
}
_OF_LETTERS = ("letter.withdrawn", "letter.superseded")


@cache
def kinds() -> dict[str, str]:
    """The messages there are, by name with their titles."""
    found = {}
    for kind in KINDS.values():
        found |= {f"{kind.name}.{n}": f"{kind.title}：{t}" for n, t in _OF_EVERY_KIND.items()}
        own = [name for name in TITLES if name.startswith(f"{kind.name}.")]
        found |= {name: f"{kind.title}：{TITLES[name]}" for name in own}
    return found | {name: f"文书：{TITLES[name]}" for name in _OF_LETTERS}


def by_what_is_said(counts: Mapping[str, int]) -> Counter[str]:
    """How many messages of each kind, whatever the stage, by title; reminders come first."""
    order = list(_OF_EVERY_KIND)
    found: Counter[str] = Counter()
    for name in sorted(counts, key=lambda name: order.index(name.rpartition(".")[2])):
        found[kinds()[name].rpartition("：")[2]] += counts[name]
    return found


class Asked(NamedTuple):
    """What is asked for; empty fields ask for nothing. ``state`` is one of `STATE_CHOICES`."""

    state: str = ""
    kind: str = ""
    person: str = ""
    school: str = ""
    first: date | None = None
    last: date | None = None


class Place(NamedTuple):
    """Where a page ends: the next one goes on after this day and key."""

    day: date
    key: str


def wanted(connection: Connection, asked: Asked, office: str) -> list[ColumnElement[bool]]:
    """The conditions on messages that a question means."""
    found = []
    people = people_named(connection, asked.person) if asked.person else None
    schools = organisations_named(connection, asked.school) if asked.school else None
    few = people is not None or schools is not None or asked.state in ("trouble", *TROUBLE)
    found.append((unsought(_MESSAGES.c.office) if few else _MESSAGES.c.office) == office)
    if asked.state in ("trouble", *TROUBLE):
        found.append(_IN_TROUBLE)
    if asked.state in STATES:
        found.append(_MESSAGES.c.state == asked.state)
    if asked.kind:
        found.append(_MESSAGES.c.name == asked.kind)
    if asked.person:
        named = select(_PEOPLE.c.id).where(_PEOPLE.c.name.contains(asked.person, autoescape=True))
        by_day = unsought(_MESSAGES.c.person).in_(named)
        found.append(by_day if people is None else _MESSAGES.c.person.in_(people))
    if asked.school:
        codes = select(_ORGANISATIONS.c.code).where(named_like(asked.school))
        about = _CASES.c.subject.in_(codes if schools is None else schools)
        cases = select(_CASES.c.id).where(_CASES.c.office == office, about)
        found.append(_MESSAGES.c.case.in_(cases))
    if asked.first:
        found.append(_MESSAGES.c.owed_on >= asked.first)
    if asked.last:
        found.append(_MESSAGES.c.owed_on <= asked.last)
    return found


_ROWS = (
    select(
        _MESSAGES,
        _PEOPLE.c.name.label("known_as"),
        _PEOPLE.c.phone,
        _ORGANISATIONS.c.name.label("school"),
    )
    .outerjoin(_PEOPLE, _PEOPLE.c.id == _MESSAGES.c.person)
    .outerjoin(_CASES, _CASES.c.id == _MESSAGES.c.case)
    .outerjoin(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
)


def listed(
    connection: Connection, asked: Asked, office: str, after: Place | None
) -> tuple[list[Row], Place | None]:
    """A page of messages, the latest first, and where the next one begins; None at the end.

    It goes on from a place and counts nothing: a year has more than a million."""
    conditions = wanted(connection, asked, office)
    if after:
        here = tuple_(_MESSAGES.c.owed_on, _MESSAGES.c.key)
        conditions.append(here < tuple_(after.day, after.key))
    latest_first = (_MESSAGES.c.owed_on.desc(), _MESSAGES.c.key.desc())
    keys = select(_MESSAGES.c.key).where(*conditions).order_by(*latest_first).limit(PAGE + 1)
    page = _ROWS.where(_MESSAGES.c.key.in_(select(keys.subquery())))
    rows = list(connection.execute(page.order_by(*latest_first)))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return rows, Place(rows[-1].owed_on, rows[-1].key) if more else None


def in_trouble(connection: Connection, office: str) -> int:
    """How many of an office's messages wait for a person, of whatever day."""
    counted = select(func.count()).where(unsought(_MESSAGES.c.office) == office, _IN_TROUBLE)
    return connection.execute(counted).scalar_one()


def one(connection: Connection, key: str) -> Row | None:
    """A message as `listed` gives it; None where there is none."""
    return connection.execute(_ROWS.where(_MESSAGES.c.key == key)).first()


def attempts(connection: Connection, key: str) -> Sequence[Row]:
    """What was tried, in order."""
    tried = select(_ATTEMPTS).where(_ATTEMPTS.c.message == key).order_by(_ATTEMPTS.c.number)
    return connection.execute(tried).all()


def told_by_hand(
    database: Database, key: str, tries: int, channel: str, detail: str, now: datetime
) -> bool:
    """Note that somebody told the person, by phone or on paper. False where the message was
    settled, or tried again, since it was looked at (``tries``)."""
    return _settle(database, key, tries, MAY_BE_SETTLED, ("sent", channel, "sent"), detail, now)


def free(database: Database, key: str, tries: int, detail: str, now: datetime) -> bool:
    """Let a message be sent once more, by whoever sends next. False as in `told_by_hand`."""
    return _settle(database, key, tries, MAY_BE_SETTLED, ("open", "desk", "skipped"), detail, now)


def free_failed(
    database: Database, office: str, detail: str, now: datetime, most: int = 500
) -> int:
    """Let all failed messages of an office be sent once more; how many. Not those of which nobody
    knows whether they went out: they are looked at one by one."""
    failed = (
        select(_MESSAGES.c.key, _MESSAGES.c.tries)
        .where(_MESSAGES.c.office == office, _MESSAGES.c.state == "failed")
        .order_by(_MESSAGES.c.owed_on, _MESSAGES.c.key)
        .limit(most)
    )
    with database.reading() as connection:
        rows = connection.execute(failed).all()
    as_open = ("open", "desk", "skipped")
    return sum(
        _settle(database, row.key, row.tries, ("failed",), as_open, detail, now) for row in rows
    )


def _settle(
    database: Database,
    key: str,
    tries: int,
    before: Sequence[str],
    becomes: tuple[str, str, str],
    detail: str,
    now: datetime,
) -> bool:
    """A try by hand: counted like any other, begun and ended at once, so that no earlier one may
    speak for the message any more. ``becomes``: the message's state, the try's channel and state.
    """
    state, channel, tried = becomes
    with database.writing() as connection:
        settled = (
            update(_MESSAGES)
            .where(
                _MESSAGES.c.key == key,
                _MESSAGES.c.tries == tries,
                _MESSAGES.c.state.in_(before),
            )
            .values(state=state, reason=detail[:300], tries=tries + 1, not_before="")
        )
        if connection.execute(settled).rowcount != 1:
            return False
        row = {
            "message": key,
            "number": tries + 1,
            "channel": channel,
            "begun_at": iso(now),
            "ended_at": iso(now),
            "state": tried,
            "detail": detail[:500],
            "flow_run": "",
        }
        connection.execute(insert(_ATTEMPTS).values(row))
    return True
