"""The visits of a calendar feed: those planned and fixed, and those taken away again.

What is not sent any more stays in many calendars for ever; so a visit that was in somebody's
calendar and is theirs no more - the plan put it off, the school was merged, another team goes -
stays in the feed as cancelled, on the days on which it last was theirs.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, or_, select, true

from engine.dossier import read_directory
from models.cases import Case
from models.events import StoredEvent
from models.organisations import Organisation
from portal.access import above
from portal.calendar_entries import Entry, Owner, instant, some
from portal.desk import Desk
from portal.overview import overview_of, running_rounds
from portal.visit_calendar import ONE_DAY, WEEK, Visit, first_review, visits
from rules.explanation import full

_CASES, _EVENTS, _ORGANISATIONS = Case.__table__, StoredEvent.__table__, Organisation.__table__

SELECTED = ("planning.selected", "planning.shifted")
TEAM, RECUSAL = "on_site_review.team.appointed", "on_site_review.recusal.declared"
SCHEDULED = "on_site_review.visit.scheduled"
STARTED, ENDED = "on_site_review.visit.started", "on_site_review.visit.ended"
CORRECTED = "case.corrected"
TAKEN_AWAY = {
    "planning.deferred": "学校已调出本轮评估计划，{}入校督导不再进行。",
    "case.merged": "学校已合并，{}入校督导不再进行。",
}
OTHERS_GO = "督导组人员已调整，{}入校督导不再由您参加。"
OTHERWISE = "{}入校督导已另行安排，以确定的日期为准。"
CHANGES = (*SELECTED, TEAM, RECUSAL, SCHEDULED, STARTED, ENDED, CORRECTED, *TAKEN_AWAY)
UNDER_WAY = {STARTED: "督导组已经入校。", ENDED: "入校督导已经结束。"}

_HISTORY = (
    select(_EVENTS.c.case, _EVENTS.c.type, _EVENTS.c.stage, _EVENTS.c.at, _EVENTS.c.body)
    .where(
        _EVENTS.c.case.in_(bindparam("cases", expanding=True)),
        _EVENTS.c.type.in_(CHANGES),
    )
    .order_by(_EVENTS.c.case, _EVENTS.c.seq)
)
_MEANT = (
    select(_EVENTS.c.case, _EVENTS.c.type, _EVENTS.c.stage)
    .distinct()
    .join(_CASES, _CASES.c.id == _EVENTS.c.case)
    .where(
        _CASES.c.round.in_(bindparam("rounds", expanding=True)),
        _EVENTS.c.type.in_((*SELECTED, TEAM, SCHEDULED)),
    )
)


class Review(NamedTuple):
    """One of a case's reviews: a mock inspection and the acceptance are two. ``first``: the one the
    plan means, whose identity says no more than the case; so it was while there was only one."""

    case: str
    stage: str
    first: bool

    @property
    def uid(self) -> str:
        """The identity of its visit in every calendar, for ever."""
        return f"{self.case}/visit@dudao" if self.first else f"{self.case}/{self.stage}/visit@dudao"

    def turns(self, changes: Iterable[Row]) -> list["Turn"]:
        """How its visit has stood, each time that something of it was different."""
        found: list[Turn] = []
        now = Turn()
        for row in changes:
            before, now = now, self._after(now, row)
            if now.shown != before.shown:
                found.append(now._replace(at=row.at))
        return found

    def _after(self, now: "Turn", row: Row) -> "Turn":
        if row.type in SELECTED and not self.first:
            return now
        if row.type not in (*SELECTED, *TAKEN_AWAY, CORRECTED) and row.stage != self.stage:
            return now
        body = json.loads(row.body)
        if row.type in TAKEN_AWAY:
            return now._replace(why=TAKEN_AWAY[row.type], fixed=False)
        if row.type in SELECTED:
            week, planned = date.fromisoformat(body["week"]), tuple(body["inspectors"])
            if now.fixed:
                return now
            days = {"first": week, "last": week + WEEK - ONE_DAY}
            return now._replace(**days, planned=planned, why="")
        return _CHANGED[row.type](self, now, body)


class Turn(NamedTuple):
    """How a visit stood. ``planned`` are whom the plan names, ``team`` who was appointed; ``why``
    it does not take place; ``at``: when it came to stand so."""

    first: date | None = None
    last: date | None = None
    fixed: bool = False
    planned: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    reached: str = ""
    why: str = ""
    at: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        """Who goes, as far as that is known."""
        return self.team or (() if self.fixed else self.planned)

    @property
    def shown(self) -> tuple:
        """What of it stands in calendars."""
        return self.first, self.last, self.fixed, self.people, self.reached, self.why


def _ended(now: Turn, body: dict[str, Any]) -> Turn:
    return now._replace(last=date.fromisoformat(body["happened_on"]))


# What each event of the review itself changes.
_CHANGED: dict[str, Callable[[Review, Turn, dict[str, Any]], Turn]] = {
    TEAM: lambda review, now, body: now._replace(team=tuple(body["members"])),
    RECUSAL: lambda review, now, body: now._replace(
        team=tuple(member for member in now.team if member != body["inspector"])
    ),
    SCHEDULED: lambda review, now, body: now._replace(
        first=date.fromisoformat(body["starts"]),
        last=date.fromisoformat(body["ends"]),
        fixed=True,
        why="",
    ),
    STARTED: lambda review, now, body: now._replace(reached=UNDER_WAY[STARTED]),
    ENDED: lambda review, now, body: _ended(now, body)._replace(reached=UNDER_WAY[ENDED]),
    CORRECTED: lambda review, now, body: (
        _ended(now, body) if body["event"] == f"{review.stage}.visit.ended" else now
    ),
}


class Past(NamedTuple):
    """A visit as it last was the owner's, and why it is so no more."""

    first: date
    last: date
    why: str


def visit_entries(
    desk: Desk, connection: Connection, owner: Owner, first: date, last: date, most: int
) -> Iterator[Entry]:
    """The visits that concern the owner and touch first..last."""
    rounds = running_rounds(connection, _offices(connection, owner))
    running = [overview_of(desk, connection, row.id) for row in rounds]
    firsts = {row.id: first_review(one.process) for row, one in zip(rounds, running, strict=True)}
    mine = {
        _review(visit.glance.case, visit.stage if visit.fixed else "", firsts): visit
        for visit in visits(running, date.min, date.max)
        if _concerns(owner, visit)
    }
    meant = {
        _review(row.case, "" if row.type in SELECTED else row.stage, firsts)
        for row in connection.execute(
            _MEANT.where(_once_concerned(owner)), {"rounds": [row.id for row in rounds]}
        )
    }
    gone = meant - mine.keys()
    cases = {review.case for review in gone}
    glances = {g.case: g for overview in running for g in overview.cases if g.case in cases}
    near = {r: v for r, v in mine.items() if v.first <= last and v.last >= first}
    near = dict(islice(near.items(), most))
    changes = _changes(connection, {review.case for review in near} | glances.keys())
    who = read_directory(connection)
    for review, visit in near.items():
        if turns := review.turns(changes.get(review.case, ())):
            names = [who.people.get(person, person) for person in visit.people]
            yield _visit(review, visit, who.organisations[visit.glance.subject].name, names, turns)
    for review in sorted(r for r in gone if r.case in glances)[:most]:
        subject, turns = glances[review.case].subject, review.turns(changes.get(review.case, ()))
        past = _past(owner, subject, turns)
        if past is not None and past.first <= last and past.last >= first:
            yield _cancelled(review, past, who.organisations[subject].name, turns)


def _review(case: str, stage: str, firsts: Mapping[str, str]) -> Review:
    """A review by its stage; the plan, which names none, means the first."""
    first = firsts[case.rpartition("/")[0]]
    return Review(case, stage or first, stage in ("", first))


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


def _past(owner: Owner, subject: str, turns: Sequence[Turn]) -> Past | None:
    """A visit as it last was the owner's; None where it never was."""
    every = _of_seats(owner, subject)
    mine = [
        turn
        for turn in turns
        if turn.first and not turn.why and (every or owner.person in turn.people)
    ]
    if not mine:
        return None
    latest = turns[-1]
    why = latest.why or (OTHERWISE if mine[-1] is latest else OTHERS_GO)
    return Past(mine[-1].first, mine[-1].last, why)


# -- entries -------------------------------------------------------------------------------------


def _visit(
    review: Review, visit: Visit, school: str, people: list[str], turns: Sequence[Turn]
) -> Entry:
    team = f"督导组：{'、'.join(people)}。" if people else "督导组还没有确定。"
    if visit.fixed:
        when = f"{full(visit.first)}至{full(visit.last)}入校督导。"
    else:
        when = f"计划在{full(visit.first)}起的一周内入校，具体日期待定。"
    return Entry(
        uid=review.uid,
        sequence=len(turns) - 1,
        at=instant(turns[-1].at),
        first=visit.first,
        last=visit.last,
        summary=f"{school}：入校督导" + ("" if visit.fixed else "（日期待定）"),
        description="\n".join(filter(None, (when, team, turns[-1].reached))),
        status="CONFIRMED" if visit.fixed else "TENTATIVE",
    )


def _cancelled(review: Review, past: Past, school: str, turns: Sequence[Turn]) -> Entry:
    return Entry(
        uid=review.uid,
        sequence=len(turns) - 1,
        at=instant(turns[-1].at),
        first=past.first,
        last=past.last,
        summary=f"已取消 {school}：入校督导",
        description=past.why.format(f"原定{full(past.first)}至{full(past.last)}的"),
        status="CANCELLED",
    )
