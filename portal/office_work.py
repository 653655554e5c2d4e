"""What waits for an office: its duties in every round that runs, each with the form that does it,
and what the machine could not do by itself."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache, partial
from typing import NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, literal_column, select

from models.messages import Message
from models.orders import OrderRow
from models.organisations import Organisation
from portal.commands import forms_of_kind
from portal.deadlines import NEAR, left_of, of_item
from portal.desk import Desk
from portal.glances import Glance, Owed
from portal.overview import overview_of, running_rounds
from portal.rendering import key_of
from portal.round_view import FAR, Overview
from rules.days import Calendar

_ORDERS, _MESSAGES = OrderRow.__table__, Message.__table__
_ORGANISATIONS = Organisation.__table__

MOST_ROUNDS = 24  # of those that run: what an office keeps in mind at once

NONE: Mapping[str, Overview] = {}

# The form that meets a duty, by stage kind and deadline; elsewhere the stage's page says more.
_FORMS = {
    ("planning", "propose"): "ProposePlan",
    ("planning", "publish"): "PublishPlan",
    ("planning", "adopt"): "AdoptPlan",
    ("self_assessment", "submit"): "SubmitSelfAssessment",
    ("self_assessment", "resubmit"): "SubmitSelfAssessment",
    ("on_site_review", "team"): "AppointTeam",
    ("on_site_review", "replacement"): "AppointTeam",
    ("on_site_review", "schedule"): "ScheduleVisit",
    ("on_site_review", "announcement"): "AnnounceVisit",
    ("on_site_review", "notice"): "ServeNotice",
    ("on_site_review", "preliminary_opinion"): "GivePreliminaryOpinion",
    ("on_site_review", "consider"): "ConsiderDefence",
    ("on_site_review", "opinion_letter"): "IssueOpinionLetter",
    ("on_site_review", "review_answer"): "AnswerReview",
}


class Waiting(NamedTuple):
    """One duty of the office. ``phase`` is where its stage stands; ``address`` where it is done:
    the form where that is open now, else the stage's page, which says what comes before."""

    kind: str
    name: str
    subject: str
    school: str
    stage: str
    title: str
    phase: str
    day: date
    left: str
    late: bool
    near: bool
    provisional: bool
    address: str


class Owing(NamedTuple):
    """One duty before it is put in words."""

    overview: Overview
    glance: Glance
    owed: Owed

    @property
    def kind(self) -> str:
        """The kind of its stage."""
        return self.overview.process.stages[self.owed.stage].kind


def overviews(
    desk: Desk, connection: Connection, office: str, known: Mapping[str, Overview] = NONE
) -> list[Overview]:
    """The rounds of an office that are not over, the latest first; ``known`` are those at hand."""
    rounds = running_rounds(connection, [office])[:MOST_ROUNDS]
    return [known.get(row.id) or overview_of(desk, connection, row.id) for row in rounds]


def owing(found: Collection[Overview], until: date = FAR, who: str = "office") -> list[Owing]:
    """What the office owes until a day, the soonest first."""
    every = [
        Owing(overview, glance, owed)
        for overview in found
        for glance, owed in overview.owed_by(who, until)
        if owed.stage in overview.process.stages
    ]
    return sorted(every, key=lambda one: one.owed.due_on) if len(found) > 1 else every


def in_words(
    desk: Desk, connection: Connection, found: Iterable[Owing], organisations: dict[str, Row]
) -> list[Waiting]:
    """Duties as a page shows them; ``organisations`` by code."""
    calendar_of = cache(partial(desk.journal.shelf.calendar, connection))
    return [
        _waiting(desk.today(), calendar_of(one.overview.round.office), one, organisations)
        for one in found
    ]


def _waiting(today: date, calendar: Calendar, one: Owing, organisations: dict[str, Row]) -> Waiting:
    overview, glance, owed = one
    stage = overview.process.stages[owed.stage]
    standing = glance.standing(owed.stage)
    phase = standing.phase if standing else ""
    about = of_item(stage.kind, owed.item)
    days = calendar.working_days_between(*sorted((owed.due_on, today)))
    row = organisations.get(glance.subject)
    return Waiting(
        kind=stage.kind,
        name=owed.name,
        subject=glance.subject,
        school=stage.title if stage.of == "round" else row.name if row else glance.subject,
        stage=stage.title,
        title=overview.process.rule(owed.stage, owed.name).title + about,
        phase=overview.phase_title(owed.stage, phase) if phase else "",
        day=owed.due_on,
        left=left_of(owed.due_on, today, calendar),
        late=owed.due_on < today,
        near=owed.due_on >= today and days <= NEAR,
        provisional=owed.provisional,
        address=address(overview, glance, owed, phase),
    )


def address(overview: Overview, glance: Glance, owed: Owed, phase: str) -> str:
    """Where a duty is done: its form if that is open in this phase, else the stage's page."""
    stage = overview.process.stages[owed.stage]
    case = key_of(glance.case)
    wanted = _FORMS.get((stage.kind, owed.name))
    for form in forms_of_kind(stage.kind) if wanted else ():
        command = form.command
        if command.__name__ == wanted and (not command.phases or phase in command.phases):
            return form.own_page(stage, case) or f"/cases/{case}/{stage.id}/{wanted}"
    return f"/cases/{case}/{stage.id}"


# -- what the machine could not do -----------------------------------------------------------------


class Trouble(NamedTuple):
    """Orders that failed, messages that failed or may have gone out: somebody has to look."""

    orders: list[Row]
    failed: int
    unknown: int


# Written out, so that the index of rows in trouble serves.
_FAILED_ORDERS = (
    select(
        _ORDERS.c.id,
        _ORDERS.c.case,
        _ORDERS.c.state,
        _ORDERS.c.outcome,
        _ORDERS.c.owed_on,
        _ORDERS.c.flow,
    )
    .where(_ORDERS.c.office == bindparam("office"))
    .where(literal_column("orders.state IN ('failed', 'unknown')"))
    .order_by(_ORDERS.c.owed_on.desc(), _ORDERS.c.id)
    .limit(20)
)
_FAILED_MESSAGES = (
    select(_MESSAGES.c.state, func.count())
    .where(_MESSAGES.c.office == bindparam("office"))
    .where(literal_column("messages.state IN ('failed', 'unknown')"))
    .group_by(_MESSAGES.c.state)
)


def trouble(connection: Connection, office: str) -> Trouble:
    """What failed in an office's name."""
    counted = dict(connection.execute(_FAILED_MESSAGES, {"office": office}).tuples().all())
    orders = list(connection.execute(_FAILED_ORDERS, {"office": office}))
    return Trouble(orders, counted.get("failed", 0), counted.get("unknown", 0))
