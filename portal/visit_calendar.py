"""The calendar of visits: which school in which week or on which days, by which team, and what kind
of day each is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from portal.glances import DONE, Glance, Review
from portal.rendering import short_day
from portal.round_view import Overview, phase_title
from rules.days import Calendar
from rules.process import Process

ONE_DAY, WEEK = timedelta(1), timedelta(7)


class Visit(NamedTuple):
    """One visit. ``fixed``: its days are; else only its week is meant, from Monday to Sunday.
    ``people`` are the team, or whom the plan names."""

    glance: Glance
    stage: str
    phase: str
    first: date
    last: date
    fixed: bool
    lead: str
    people: tuple[str, ...]
    done: bool


class Day(NamedTuple):
    """One day of the calendar. ``name``: of the holiday, 调休上班, 寒假; ``teaching``: schools may
    be visited."""

    day: date
    inside: bool
    name: str
    working: bool
    teaching: bool
    visits: list[Visit]


class Week(NamedTuple):
    """One week with its days, what is off in it (10月1日至4日国庆节), the visits meant for it whose
    days are not fixed, and those whose days are."""

    monday: date
    days: list[Day]
    off: list[str]
    meant: list[Visit]
    fixed: list[Visit]


def visits(found: Iterable[Overview], first: date, last: date) -> list[Visit]:
    """The visits that touch first..last, the soonest first."""
    every = [
        visit
        for overview in found
        for visit in overview.listed(_visits_in, overview.process)
        if visit.first <= last and visit.last >= first
    ]
    return sorted(every, key=lambda visit: (visit.first, visit.glance.subject))


def borne(found: Iterable[Overview]) -> tuple[Counter[str], Counter[str]]:
    """How many visits each person bears, and how many of them are done."""
    whole: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for overview in found:
        whole.update(overview.counted(_people_in, overview.process))
        done.update(overview.counted(_people_in, overview.process, True))
    return whole, done


def _people_in(glance: Glance, process: Process, done: bool = False) -> Iterator[str]:
    for visit in _of_case(glance, process):
        if visit.done or not done:
            yield from visit.people


def _visits_in(glance: Glance, process: Process) -> Iterator[tuple[tuple, Visit]]:
    for n, visit in enumerate(_of_case(glance, process)):
        yield (visit.first, glance.subject, n), visit


def _of_case(glance: Glance, process: Process) -> Iterator[Visit]:
    known, merged = False, glance.status == "merged"
    for review in glance.reviews:
        standing = glance.standing(review.stage)
        left = merged or standing is None or standing.phase == DONE
        # A stage that was left without a visit: the plan has put it off, or the school is gone.
        if review.ended_on is not None or (review.starts is not None and not left):
            known = True
            yield _fixed(process, glance, review)
    if not known and not merged and glance.selected and glance.week is not None:
        meant = first_review(process)
        review = next((one for one in glance.reviews if one.stage == meant), None)
        named = review.team if review and review.team else glance.inspectors
        yield Visit(
            glance=glance,
            stage=review.stage if review else "",
            phase="计划",
            first=glance.week,
            last=glance.week + WEEK - ONE_DAY,
            fixed=False,
            lead=review.lead if review else "",
            people=named,
            done=False,
        )


def first_review(process: Process) -> str:
    """The first review of a definition, whose visit the plan means; "" where it has none."""
    kinds = process.kinds.items()
    return next((stage for stage, kind in kinds if kind.name == "on_site_review"), "")


def _fixed(process: Process, glance: Glance, review: Review) -> Visit:
    first = review.starts or review.ended_on
    return Visit(
        glance=glance,
        stage=review.stage,
        phase=phase_title(process, review.stage, review.phase),
        first=first,
        last=review.ended_on or review.ends or first,
        fixed=True,
        lead=review.lead,
        people=review.team,
        done=review.ended_on is not None,
    )


def weeks_of(month: date, found: list[Visit], calendar: Calendar) -> list[Week]:
    """The weeks that touch a month (its first day), Monday to Sunday."""
    after = (month + timedelta(31)).replace(day=1)
    monday = month - timedelta(month.weekday())
    on: dict[date, list[Visit]] = {}  # of those whose days are fixed
    meant: dict[date, list[Visit]] = {}  # of the others, by the first day of their week
    for visit in found:
        if not visit.fixed:
            meant.setdefault(visit.first, []).append(visit)
            continue
        for n in range((visit.last - visit.first).days + 1):
            on.setdefault(visit.first + n * ONE_DAY, []).append(visit)
    weeks = []
    while monday < after:
        days = [monday + timedelta(n) for n in range(7)]
        weeks.append(
            Week(
                monday,
                [_day(day, month, on.get(day, []), calendar) for day in days],
                list(_off(monday, days[-1], calendar)),
                [visit for day in days for visit in meant.get(day, ())],
                list({id(visit): visit for day in days for visit in on.get(day, ())}.values()),
            )
        )
        monday += WEEK
    return weeks


def _off(first: date, last: date, calendar: Calendar) -> Iterator[str]:
    vacations = calendar.vacations_between(first, last)
    for one in sorted((*calendar.holidays_between(first, last), *vacations)):
        until = "" if one.first == one.last else f"至{short_day(one.last)}"
        yield f"{short_day(one.first)}{until}{one.name}"
    for day in calendar.makeup_days_between(first, last):
        yield f"{short_day(day)}调休上班"


def _day(day: date, month: date, found: list[Visit], calendar: Calendar) -> Day:
    return Day(
        day,
        (day.year, day.month) == (month.year, month.month),
        name_of(day, calendar),
        calendar.is_working_day(day),
        calendar.is_teaching_day(day),
        found,
    )


def name_of(day: date, calendar: Calendar) -> str:
    """What a day is called that is not as others: a holiday, a make-up workday, the vacations."""
    if off := calendar.holidays_between(day, day):
        return off[0].name
    if calendar.is_makeup_day(day):
        return "调休上班"
    if calendar.is_working_day(day) and not calendar.is_teaching_day(day):
        vacation = calendar.vacations_between(day, day)
        return vacation[0].name if vacation else "不上课"
    return ""


def clashes(found: Iterable[Visit]) -> list[tuple[str, Visit, Visit]]:
    """Who is meant to be in two schools on the same day: person, one visit, the other. ``found``
    are visits in order."""
    busy: dict[str, list[Visit]] = {}
    pairs = []
    for visit in found:
        if visit.fixed and not visit.done:
            for person in visit.people:
                others = busy.setdefault(person, [])
                pairs += [(person, one, visit) for one in others if one.last >= visit.first]
                others.append(visit)
    return sorted(pairs, key=lambda pair: (pair[1].first, pair[0]))
