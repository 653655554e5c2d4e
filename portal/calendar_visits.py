"""The visits of a calendar feed: those planned and fixed, and those taken away again.

What is not sent any more stays in many calendars for ever; so a visit that was in somebody's
calendar and is theirs no more - the plan put it off, the school was merged, another team goes -
stays in the feed as cancelled, on the days on which it last was theirs.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, or_, select, true

from engine.dossier import read_directory
from models.cases import Case
from models.events import StoredEvent
from models.organisations import Organisation
from portal.access import above
from portal.calendar_entries import Entry, Owner, instant, some
from portal.desk import Desk
from portal.glances import Glance
from portal.overview import overview_of, running_rounds
from portal.visit_calendar import ONE_DAY, WEEK, Visit, visits
from rules.explanation import full

_CASES, _EVENTS, _ORGANISATIONS = Case.__table__, StoredEvent.__table__, Organisation.__table__

SELECTED = ("planning.selected", "planning.shifted")
TEAM, RECUSAL = "on_site_review.team.appointed", "on_site_review.recusal.declared"
SCHEDULED = "on_site_review.visit.scheduled"
TAKEN_AWAY = {
    "planning.deferred": "学校已调出本轮评估计划，{}入校督导不再进行。",
    "case.merged": "学校已合并，{}入校督导不再进行。",
}
OTHERS_GO = "督导组人员已调整，{}入校督导不再由您参加。"
CHANGES = (
    *(*SELECTED, TEAM, RECUSAL, SCHEDULED, *TAKEN_AWAY),
    "on_site_review.visit.started",
    "on_site_review.visit.ended",
)

_HISTORY = (
    select(_EVENTS.c.case, _EVENTS.c.type, _EVENTS.c.at, _EVENTS.c.body)
    .where(
        _EVENTS.c.case.in_(bindparam("cases", expanding=True)),
        _EVENTS.c.type.in_(CHANGES),
    )
    .order_by(_EVENTS.c.case, _EVENTS.c.seq)
)
_MEANT = (
    select(_EVENTS.c.case)
    .distinct()
    .join(_CASES, _CASES.c.id == _EVENTS.c.case)
    .where(
        _CASES.c.round.in_(bindparam("rounds", expanding=True)),
        _EVENTS.c.type.in_((*SELECTED, TEAM, SCHEDULED)),
    )
)


class Past(NamedTuple):
    """A visit as it last was the owner's, and why it is so no more."""

    glance: Glance
    first: date
    last: date
    why: str


def visit_entries(
    desk: Desk, connection: Connection, owner: Owner, first: date, last: date, most: int
) -> Iterator[Entry]:
    """The visits that concern the owner and touch first..last."""
    rounds = running_rounds(connection, _offices(connection, owner))
    running = [overview_of(desk, connection, row.id) for row in rounds]
    mine = [one for one in visits(running, date.min, date.max) if _concerns(owner, one)]
    here = {visit.glance.case for visit in mine}
    meant = connection.execute(
        _MEANT.where(_once_concerned(owner)), {"rounds": [row.id for row in rounds]}
    )
    gone = {case for (case,) in meant} - here
    glances = {g.case: g for overview in running for g in overview.cases if g.case in gone}
    near = [visit for visit in mine if visit.first <= last and visit.last >= first][:most]
    changes = _changes(connection, {visit.glance.case for visit in near} | glances.keys())
    who = read_directory(connection)
    for visit in near:
        if at := [row.at for row in changes.get(visit.glance.case, ())]:
            names = [who.people.get(person, person) for person in visit.people]
            yield _visit(visit, who.organisations[visit.glance.subject].name, names, at)
    for case, glance in sorted(glances.items())[:most]:
        past = _past(owner, glance, changes.get(case, ()))
        if past is not None and past.first <= last and past.last >= first:
            at = [row.at for row in changes[case]]
            yield _cancelled(past, who.organisations[glance.subject].name, at)


def _changes(connection: Connection, cases: Iterable[str]) -> dict[str, list[Row]]:
    """What has changed the visits of some cases, in order."""
    found: dict[str, list[Row]] = {}
    for chosen in some(cases):
        for row in connection.execute(_HISTORY, {"cases": chosen}):
            found.setdefault(row.case, []).append(row)
    return found


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


# -- whose visits --------------------------------------------------------------------------------


def _of_seats(owner: Owner, subject: str) -> bool:
    """Whether all visits of a subject stand in this calendar: an office has all of its own."""
    return any(
        seat.role == "office" or (seat.role, seat.organisation) == ("school", subject)
        for seat in owner.seats
    )


def _concerns(owner: Owner, visit: Visit) -> bool:
    named = bool(owner.person) and owner.person in visit.people
    return named or _of_seats(owner, visit.glance.subject)


def _once_concerned(owner: Owner) -> ColumnElement[bool]:
    """Which events may have put a visit into this calendar."""
    if any(seat.role == "office" for seat in owner.seats):
        return true()
    schools = [seat.organisation for seat in owner.seats if seat.role == "school"]
    own = _CASES.c.subject.in_(schools)
    if not owner.person:
        return own
    named = and_(_EVENTS.c.type != SCHEDULED, _EVENTS.c.body.contains(f'"{owner.person}"'))
    return or_(own, named)


def _past(owner: Owner, glance: Glance, changes: Iterable[Row]) -> Past | None:
    """A visit as it last was the owner's; None where it never was, or has taken place."""
    week: date | None = None
    days: tuple[date, date] | None = None
    planned: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    past: Past | None = None
    for row in changes:
        body = json.loads(row.body)
        if row.type in SELECTED:
            week, planned = date.fromisoformat(body["week"]), tuple(body["inspectors"])
        elif row.type == TEAM:
            team = tuple(body["members"])
        elif row.type == RECUSAL:
            team = tuple(member for member in team if member != body["inspector"])
        elif row.type == SCHEDULED:
            days = date.fromisoformat(body["starts"]), date.fromisoformat(body["ends"])
        shown = days or (week and (week, week + WEEK - ONE_DAY))
        if row.type in TAKEN_AWAY:
            past = past and past._replace(why=TAKEN_AWAY[row.type])
            week = days = None
        elif shown and (_of_seats(owner, glance.subject) or owner.person in (team or planned)):
            past = Past(glance, *shown, OTHERS_GO)
    return past


# -- entries -------------------------------------------------------------------------------------


def _visit(visit: Visit, school: str, people: list[str], changes: list[str]) -> Entry:
    team = f"督导组：{'、'.join(people)}。" if people else "督导组还没有确定。"
    if visit.fixed:
        when = f"{full(visit.first)}至{full(visit.last)}入校督导。"
    else:
        when = f"计划在{full(visit.first)}起的一周内入校，具体日期待定。"
    return Entry(
        uid=_uid(visit.glance),
        sequence=len(changes) - 1,
        at=instant(max(changes)),
        first=visit.first,
        last=visit.last,
        summary=f"{school}：入校督导" + ("" if visit.fixed else "（日期待定）"),
        description=f"{when}\n{team}",
        status="CONFIRMED" if visit.fixed else "TENTATIVE",
    )


def _cancelled(past: Past, school: str, changes: list[str]) -> Entry:
    return Entry(
        uid=_uid(past.glance),
        sequence=len(changes) - 1,
        at=instant(max(changes)),
        first=past.first,
        last=past.last,
        summary=f"已取消 {school}：入校督导",
        description=past.why.format(f"原定{full(past.first)}至{full(past.last)}的"),
        status="CANCELLED",
    )


def _uid(glance: Glance) -> str:
    return f"{glance.case}/visit@dudao"
