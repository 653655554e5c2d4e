"""A calendar to subscribe to: the deadlines and visits of a person or a school as iCalendar.

An entry keeps its UID as long as the case stands; its SEQUENCE rises with whatever changes it: a
deadline armed anew, missed, ended; a visit planned, shifted, scheduled.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta

from icalendar import Calendar, Event, vText
from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, false, or_, select

from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.issues import IssueRow
from models.organisations import Organisation
from portal.access import Seat, schools_of_inspector
from portal.calendar_entries import Entry, Owner, instant, some
from portal.calendar_visits import visit_entries
from portal.cleaning import one_line
from portal.deadlines import of_item
from portal.desk import Desk
from portal.teams import reviews_of
from portal.work import responsible_for
from rules.explanation import full
from rules.process import OPENS
from rules.reckoning import Reckoning
from rules.state import parts_of

_CASES, _DEADLINES, _EVENTS = Case.__table__, DeadlineRow.__table__, StoredEvent.__table__
_ISSUES, _ORGANISATIONS = IssueRow.__table__, Organisation.__table__

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
MOST = 1000  # entries of a feed, of a kind

_KEYS = (
    select(_DEADLINES.c.case, _DEADLINES.c.key, _CASES.c.subject)
    .join(_CASES, _CASES.c.id == _DEADLINES.c.case)
    .where(_DEADLINES.c.due_on.between(bindparam("first"), bindparam("last")))
    .order_by(_DEADLINES.c.due_on, _DEADLINES.c.case, _DEADLINES.c.seq)
)
_ARMINGS = (
    select(
        _DEADLINES,
        _CASES.c.subject,
        _CASES.c.definition,
        _ORGANISATIONS.c.name,
        _EVENTS.c.at,
    )
    .join(_CASES, _CASES.c.id == _DEADLINES.c.case)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .join(_EVENTS, and_(_EVENTS.c.case == _DEADLINES.c.case, _EVENTS.c.seq == _DEADLINES.c.seq))
    .where(_DEADLINES.c.case.in_(bindparam("cases", expanding=True)))
    .order_by(_DEADLINES.c.case, _DEADLINES.c.seq)
)
_LATER = (
    select(_EVENTS.c.case, _EVENTS.c.stage, _EVENTS.c.item, _EVENTS.c.at, _EVENTS.c.body)
    .where(
        _EVENTS.c.case.in_(bindparam("cases", expanding=True)),
        _EVENTS.c.type.in_([f"deadline.{n}" for n in ("met", "cancelled", "lapsed", "missed")]),
    )
    .order_by(_EVENTS.c.case, _EVENTS.c.seq)
)
Key = tuple[str, str]


def feed(desk: Desk, connection: Connection, owner: Owner) -> bytes:
    """The calendar as a file, the soonest entry first."""
    calendar = Calendar()
    calendar.add("prodid", "-//Dudao//督导//CN")
    calendar.add("version", "2.0")
    # No METHOD: it is no message with an organiser, and DTSTAMP is then when an entry last changed.
    calendar.add("x-wr-calname", vText(one_line(f"督导：{owner.name}")))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    today = desk.today()
    seen = visit_entries(desk, connection, owner, today - BACK, today + AHEAD, MOST)
    found = [*_deadlines(desk, connection, owner), *seen]
    for entry in sorted(found, key=lambda one: (one.first, one.uid)):
        calendar.add_component(_event(entry))
    return calendar.to_ical()


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.at)
    event.add("last-modified", entry.at)
    event.add("dtstart", entry.first)
    event.add("dtend", entry.last + timedelta(1))  # the day after, as iCalendar counts
    event.add("summary", one_line(entry.summary))
    event.add("description", "\n".join(map(one_line, entry.description.split("\n"))))
    event.add("status", entry.status)
    event.add("transp", "TRANSPARENT")
    return event


# -- deadlines -----------------------------------------------------------------------------------


def _deadlines(desk: Desk, connection: Connection, owner: Owner) -> Iterator[Entry]:
    keys = _keys(desk, connection, owner)
    armings: dict[Key, list[Row]] = {key: [] for key in keys}
    changed: dict[Key, str] = {}
    for cases in some({case for case, _ in keys}):
        for row in connection.execute(_ARMINGS, {"cases": cases}):
            if (row.case, row.key) in armings:
                armings[row.case, row.key].append(row)
        for row in connection.execute(_LATER, {"cases": cases}):
            parts = (row.stage, json.loads(row.body)["deadline"], row.item)
            changed[row.case, "/".join(part for part in parts if part)] = row.at
    own_only = not owner.person
    for key, rows in armings.items():
        entry = _deadline(desk, connection, rows, changed.get(key, ""), own_only)
        if entry is not None:
            yield entry


def _keys(desk: Desk, connection: Connection, owner: Owner) -> list[Key]:
    """Which deadlines: those the owner must meet, each once."""
    today = desk.today()
    around = {"first": today - BACK, "last": today + AHEAD}
    mine = or_(false(), *(_of_seat(desk, connection, owner, seat) for seat in owner.seats))
    rows = connection.execute(_KEYS.where(mine).limit(MOST), around).all()
    if any(seat.role == "inspector" for seat in owner.seats):
        own = responsible_for(connection, owner.person, {row.subject for row in rows})
        others = {row.subject for row in rows} - own
        team = {review.case for review in reviews_of(desk, connection, owner.person)}
        rows = [row for row in rows if row.subject not in others or row.case in team]
    return list(dict.fromkeys((row.case, row.key) for row in rows))


def _of_seat(desk: Desk, connection: Connection, owner: Owner, seat: Seat) -> ColumnElement[bool]:
    who, case = _DEADLINES.c.who, _DEADLINES.c.case
    if seat.role == "office":
        return and_(who == "office", _DEADLINES.c.office == seat.organisation)
    if seat.role == "inspector":
        schools = schools_of_inspector(owner.person, desk.today())
        team = [review.case for review in reviews_of(desk, connection, owner.person)]
        return or_(
            and_(who == "inspector", _CASES.c.subject.in_(schools)),
            and_(who == "team", case.in_(team)),
        )
    theirs = select(_ISSUES.c.case).where(_ISSUES.c.unit == seat.organisation)
    return or_(
        and_(who == seat.role, _CASES.c.subject == seat.organisation),
        and_(who == f"unit:{seat.organisation}", case.in_(theirs)),
    )


def _deadline(
    desk: Desk, connection: Connection, rows: Sequence[Row], changed: str, own: bool
) -> Entry | None:
    """A deadline from all its armings, the latest last; None where the process knows it no more."""
    row = rows[-1]
    stage_id, name, item = parts_of(row.key)
    process = desk.journal.shelf.process(connection, row.definition)
    stage = process.stages.get(stage_id)
    if stage is None or name == OPENS:
        return None
    title = process.rule(stage_id, name).title + of_item(stage.kind, item)
    ended = row.state != "armed"
    said, status = _standing(row)
    why = Reckoning.model_validate_json(row.reckoning).in_chinese()
    return Entry(
        uid=f"{row.case}/{row.key}@dudao",
        sequence=3 * (len(rows) - 1) + bool(row.missed) + ended,
        at=instant(max(row.at, changed)),
        first=row.due_on,
        last=row.due_on,
        summary=f"{said}{title}" if own else f"{said}{row.name}：{title}",
        description=f"{row.name}，{stage.title}：{title}，期限{full(row.due_on)}。\n{why}。",
        status=status,
    )


def _standing(row: Row) -> tuple[str, str]:
    """What stands before an entry's title, and its status in iCalendar's word."""
    if row.state in ("cancelled", "moved"):
        return "已取消 ", "CANCELLED"
    if row.state in ("met", "late", "lapsed"):
        return ("已结束 " if row.state == "lapsed" else "已办 "), "CONFIRMED"
    return ("已逾期 " if row.missed else ""), "TENTATIVE" if row.provisional else "CONFIRMED"
