"""A school's work: what is asked of it and until when, its problems to mend, what it waits for."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from models.cases import Case
from models.people import Person
from models.visits import Visit
from portal.access import Visitor
from portal.choices import issue_title
from portal.deadlines import Due, dues
from portal.desk import Desk
from portal.offers import Offer, offers
from portal.rendering import key_of
from portal.sight import Sight, sight_of
from portal.teams import LIVE
from rules.explanation import full
from rules.issue_list import OPEN, STATES
from rules.issue_list.words import RaiseIssue, ReportRectification
from rules.state import deadline_key

_CASES, _PEOPLE, _VISITS = Case.__table__, Person.__table__, Visit.__table__

_OWN = (
    select(_CASES.c.id)
    .where(_CASES.c.subject == bindparam("code"), _CASES.c.of == "case", _CASES.c.status.in_(LIVE))
    .order_by(_CASES.c.id.desc())
)
_PHONES = select(_PEOPLE.c.id, _PEOPLE.c.phone).where(
    _PEOPLE.c.id.in_(bindparam("people", expanding=True))
)
_BETWEEN = (
    select(_VISITS.c.happened_on, _VISITS.c.kind, _VISITS.c.case)
    .where(
        _VISITS.c.subject == bindparam("code"),
        _VISITS.c.happened_on.between(bindparam("first"), bindparam("last")),
    )
    .order_by(_VISITS.c.happened_on.desc(), _VISITS.c.seq.desc())
)
RECTIFYING = ("at_once", "dated", "long_term", "redo", "reopened")


class Link(NamedTuple):
    """Where something is done, and what the button says."""

    address: str
    title: str
    hint: str = ""


class Task(NamedTuple):
    """One thing asked of the school: until when, where it is done, in which process."""

    due: Due
    links: tuple[Link, ...]
    process: str


class Problem(NamedTuple):
    """One issue the school has to mend: ``due`` is None where nothing counts any more."""

    title: str
    state: str
    day: date | None
    left: str
    late: bool
    near: bool
    provisional: bool
    link: Link


class Coming(NamedTuple):
    """A review that will come into the school, or is there."""

    starts: date
    ends: date
    address: str


class Contact(NamedTuple):
    """Whom to ask."""

    title: str
    name: str
    phone: str


class Work(NamedTuple):
    """All of it: over all live cases of a school."""

    sights: list[Sight]
    tasks: list[Task]
    problems: list[Problem]
    others: list[Link]
    waiting: list[Due]
    visits: list[Coming]
    contacts: list[Contact]


def work_of(desk: Desk, connection: Connection, visitor: Visitor) -> Work:
    """What a school has to do today, and what it may."""
    ids = connection.execute(_OWN, {"code": visitor.organisation}).scalars().all()
    sights = [sight_of(desk, connection, visitor, case) for case in ids]
    work = Work(sights, [], [], [], [], [], _contacts(connection, sights))
    for sight in sights:
        _add(work, sight)
    work.tasks.sort(key=lambda task: task.due.day)
    work.problems.sort(key=lambda one: (one.day or date.max, one.title))
    work.waiting.sort(key=lambda due: due.day)
    return work


def _add(work: Work, sight: Sight) -> None:
    """One case's part of it."""
    offered = offers(sight)
    running = dues(sight.dossier, sight.today, sight.dossier.calendar)
    by_key = {due.key: due for due in running}
    own = [due for due in running if _is_own(sight, due)]
    process = sight.process.definition.title
    used: set[str] = set()
    for due in own:
        if _rectifies(due):
            continue
        found = [offer for offer in offered if _fits(offer, due) and offer.name not in used]
        used |= {offer.name for offer in found}
        links = tuple(_link(sight, offer) for offer in found)
        if due.window:  # a right: nobody is asked for it
            until = f"{full(due.day)}前可以提出。"
            work.others.extend(link._replace(hint=until + link.hint) for link in links)
            continue
        stage = sight.process.stages[due.stage]
        at = Link(f"/cases/{key_of(sight.id)}/{due.stage}", stage.title)
        work.tasks.append(Task(due, links or (at,), process))
    work.problems.extend(_problems(sight, offered, by_key))
    work.others.extend(
        _link(sight, offer)
        for offer in offered
        if offer.name not in used
        and not offer.fold
        and offer.form.command is not ReportRectification  # stands beside its problem
    )
    work.waiting.extend(due for due in running if due not in own and not _rectifies(due))
    work.visits.extend(_visits(sight))


def _is_own(sight: Sight, due: Due) -> bool:
    who = sight.state.deadlines[due.key].who
    return who in (sight.visitor.role, f"unit:{sight.visitor.organisation}")


def _rectifies(due: Due) -> bool:
    """Whether it is about one issue: that stands in the list of problems."""
    return due.key.split("/")[1] in RECTIFYING


def _fits(offer: Offer, due: Due) -> bool:
    same = (offer.stage, offer.item) == (due.stage, due.item)
    return same and not offer.fold and offer.form.command is not RaiseIssue


def _link(sight: Sight, offer: Offer) -> Link:
    return Link(offer.address(sight), offer.line, offer.explains)


def _problems(sight: Sight, offered: Sequence[Offer], by_key: dict[str, Due]) -> Iterator[Problem]:
    """The open issues that are the school's own to mend."""
    reports = {
        (offer.stage, offer.item): offer
        for offer in offered
        if offer.form.command is ReportRectification
    }
    own = ("school", sight.visitor.organisation)
    for stage, standing in sight.state.stages.items():
        if standing.kind != "issue_list":
            continue
        for number, issue in standing.data.issues.items():
            if issue.state not in OPEN or issue.unit not in own:
                continue
            keys = (deadline_key(stage, name, number) for name in RECTIFYING)
            due = next((by_key[key] for key in keys if key in by_key), None)
            offer = reports.get((stage, number))
            yield Problem(
                issue_title(sight, stage, number),
                STATES[issue.state],
                due.day if due else None,
                due.left if due else "",
                bool(due and due.late),
                bool(due and due.near),
                bool(due and due.provisional),
                Link(offer.address(sight), "报告已整改")
                if offer
                else Link(f"/cases/{key_of(sight.id)}/{stage}", "查看"),
            )


def _visits(sight: Sight) -> Iterator[Coming]:
    """The days on which a team comes, from today on."""
    for stage, standing in sight.state.stages.items():
        data = standing.data
        coming = standing.kind == "on_site_review" and standing.open and data.starts
        if coming and data.ends >= sight.today:
            yield Coming(data.starts, data.ends, f"/cases/{key_of(sight.id)}/{stage}")


def visits_of(connection: Connection, code: str, first: date, last: date) -> list[Row]:
    """The visits to an organisation between two days (``happened_on``, ``kind``), latest first."""
    return connection.execute(_BETWEEN, {"code": code, "first": first, "last": last}).all()


def _contacts(connection: Connection, sights: Sequence[Sight]) -> list[Contact]:
    """The offices of the cases with their phones, and the responsible inspectors."""
    offices: dict[str, Contact] = {}
    people: dict[str, str] = {}
    for sight in sights:
        dossier = sight.dossier
        phone = str((dossier.office.facts or {}).get("phone", ""))
        offices[dossier.office.code] = Contact("督导室", dossier.office.name, phone)
        held = dossier.holders("inspector", dossier.subject.code)
        if not held and dossier.subject.zone:
            held = dossier.holders("inspector", dossier.subject.zone)
        people |= {person: dossier.name(person) for person in held}
    phones = {}
    if people:
        found = connection.execute(_PHONES, {"people": sorted(people)})
        phones = {row.id: row.phone for row in found}
    inspectors = [Contact("责任督学", name, phones.get(p, "")) for p, name in people.items()]
    return [*offices.values(), *inspectors]
