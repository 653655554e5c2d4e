"""A calendar to subscribe to: the deadlines and visits of a person or a school as iCalendar.

An entry keeps its UID as long as the case stands; its SEQUENCE rises with whatever changes it: a
deadline armed anew, missed, ended; a visit planned, shifted, scheduled.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from icalendar import Calendar, Event
from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, false, or_, select

from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.issues import IssueRow
from models.organisations import Organisation
from portal.access import Seat, above, schools_of_inspector
from portal.deadlines import item_title
from portal.desk import Desk
from portal.overview import overview_of, running_rounds
from portal.sight import directory
from portal.teams import reviews_of
from portal.visit_calendar import Visit, visits
from portal.work import responsible_for
from rules.explanation import full
from rules.process import OPENS
from rules.reckoning import Reckoning

_CASES, _DEADLINES, _EVENTS = Case.__table__, DeadlineRow.__table__, StoredEvent.__table__
_ISSUES, _ORGANISATIONS = IssueRow.__table__, Organisation.__table__

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
MOST, AT_ONCE = 1000, 200  # entries of a feed; cases asked for by one query

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
_VISIT_CHANGES = select(_EVENTS.c.case, _EVENTS.c.at).where(
    _EVENTS.c.case.in_(bindparam("cases", expanding=True)),
    _EVENTS.c.type.in_(
        [
            *(f"on_site_review.visit.{n}" for n in ("scheduled", "started", "ended")),
            *(f"planning.{n}" for n in ("selected", "shifted")),
            "on_site_review.team.appointed",
            "on_site_review.recusal.declared",
        ]
    ),
)

Key = tuple[str, str]


class Owner(NamedTuple):
    """Whose calendar it is: a person in their seats, or with ``person`` empty one school."""

    person: str
    name: str
    seats: tuple[Seat, ...]


class Entry(NamedTuple):
    """One whole-day entry; ``last`` is still in it. ``at`` is when it last changed (UTC)."""

    uid: str
    sequence: int
    at: datetime
    first: date
    last: date
    summary: str
    description: str
    status: str


def feed(desk: Desk, connection: Connection, owner: Owner) -> bytes:
    """The calendar as a file, the soonest entry first."""
    calendar = Calendar()
    calendar.add("prodid", "-//Dudao//督导//CN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"督导：{owner.name}")
    calendar.add("x-published-ttl", "PT1H")
    found = [*_deadlines(desk, connection, owner), *_visits(desk, connection, owner)]
    for entry in sorted(found, key=lambda one: (one.first, one.uid)):
        calendar.add_component(_event(entry))
    return calendar.to_ical()


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.at)
    event.add("dtstart", entry.first)
    event.add("dtend", entry.last + timedelta(1))  # the day after, as iCalendar counts
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    event.add("status", entry.status)
    event.add("transp", "TRANSPARENT")
    return event


def _instant(at: str) -> datetime:
    return datetime.fromisoformat(at)


# -- deadlines -----------------------------------------------------------------------------------


def _deadlines(desk: Desk, connection: Connection, owner: Owner) -> Iterator[Entry]:
    keys = _keys(desk, connection, owner)
    armings: dict[Key, list[Row]] = {key: [] for key in keys}
    changed: dict[Key, str] = {}
    for cases in _some({case for case, _ in keys}):
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
    stage_id, name, item = (*row.key.split("/", 2), "")[:3]
    process = desk.journal.shelf.process(connection, row.definition)
    stage = process.stages.get(stage_id)
    if stage is None or name == OPENS:
        return None
    title = process.rule(stage_id, name).title
    title += f"（{item_title(stage.kind, item)}）" if item else ""
    ended = row.state != "armed"
    said, status = _standing(row)
    why = Reckoning.model_validate_json(row.reckoning).in_chinese()
    return Entry(
        uid=f"{row.case}/{row.key}@dudao",
        sequence=3 * (len(rows) - 1) + bool(row.missed) + ended,
        at=_instant(max(row.at, changed)),
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


# -- visits --------------------------------------------------------------------------------------


def _visits(desk: Desk, connection: Connection, owner: Owner) -> Iterator[Entry]:
    today = desk.today()
    rounds = running_rounds(connection, _offices(connection, owner))
    running = [overview_of(desk, connection, row.id) for row in rounds]
    found = [
        visit for visit in visits(running, today - BACK, today + AHEAD) if _concerns(owner, visit)
    ][:MOST]
    changes: dict[str, list[str]] = {}
    for cases in _some({visit.glance.case for visit in found}):
        for case, at in connection.execute(_VISIT_CHANGES, {"cases": cases}):
            changes.setdefault(case, []).append(at)
    who = directory(desk, connection)
    for visit in found:
        at = changes.get(visit.glance.case)
        if at:
            school = who.organisations[visit.glance.subject].name
            names = [who.people.get(person, person) for person in visit.people]
            yield _visit(visit, school, names, at)


def _concerns(owner: Owner, visit: Visit) -> bool:
    """Whether a visit stands in this calendar: an office has all of its own."""
    if owner.person and owner.person in visit.people:
        return True
    return any(
        seat.role == "office" or (seat.role, seat.organisation) == ("school", visit.glance.subject)
        for seat in owner.seats
    )


def _offices(connection: Connection, owner: Owner) -> set[str]:
    """The offices whose visits may concern the owner: their own, and those over them."""
    found = {seat.organisation for seat in owner.seats if seat.role == "office"}
    if found:
        return found
    line = {code for seat in owner.seats for code in above(connection, seat.organisation)}
    over = select(_ORGANISATIONS.c.code).where(
        _ORGANISATIONS.c.kind == "office", _ORGANISATIONS.c.parent.in_(sorted(line))
    )
    return set(connection.execute(over).scalars())


def _visit(visit: Visit, school: str, people: list[str], changes: list[str]) -> Entry:
    team = f"督导组：{'、'.join(people)}。" if people else "督导组还没有确定。"
    if visit.fixed:
        when = f"{full(visit.first)}至{full(visit.last)}入校督导。"
    else:
        when = f"计划在{full(visit.first)}起的一周内入校，具体日期待定。"
    return Entry(
        uid=f"{visit.glance.case}/visit@dudao",
        sequence=len(changes) - 1,
        at=_instant(max(changes)),
        first=visit.first,
        last=visit.last,
        summary=f"{school}：入校督导" + ("" if visit.fixed else "（日期待定）"),
        description=f"{when}\n{team}",
        status="CONFIRMED" if visit.fixed else "TENTATIVE",
    )


def _some(cases: Iterable[Any]) -> Iterator[list[Any]]:
    listed = sorted(cases)
    for first in range(0, len(listed), AT_ONCE):
        yield listed[first : first + AT_ONCE]
