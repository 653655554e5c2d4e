"""Work: what a person has to do - the open duties of their cases, by day, each with its form."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, literal_column, or_, select

from models.cases import Case
from models.deadlines import DeadlineRow
from models.issues import IssueRow
from models.organisations import Organisation
from models.people import Assignment
from portal.access import Visitor, offices_within, schools_of_inspector
from portal.deadlines import is_near, left_of, of_item
from portal.desk import Desk
from portal.rendering import key_of
from portal.teams import LIVE
from rules.process import OPENS
from rules.state import parts_of

_CASES, _DEADLINES, _ISSUES = Case.__table__, DeadlineRow.__table__, IssueRow.__table__
_ORGANISATIONS, _ASSIGNED = Organisation.__table__, Assignment.__table__

# The form that fulfils a duty, by stage kind and deadline; elsewhere the stage's page says more.
_FORMS = {
    ("process_guidance", "visit"): "RecordGuidance",
    ("process_guidance", "report"): "FileGuidanceReport~{item}",
    ("on_site_review", "record"): "visit",
    ("issue_list", "plan"): "SubmitRectificationPlan",
    ("issue_list", "verify"): "VerifyRectification~{item}",
    ("follow_up_visit", "visit"): "RecordFollowUp",
    ("follow_up_visit", "again"): "RecordFollowUp",
    ("follow_up_visit", "report"): "FileFollowUpReport",
    **{
        ("issue_list", name): "ReportRectification~{item}"
        for name in ("at_once", "dated", "long_term", "redo", "reopened")
    },
}


class Duty(NamedTuple):
    """One open deadline that somebody must meet. ``address`` is where it is done; ``own``: this
    person's own, not a colleague's of the same zone."""

    case: str
    subject: str
    school: str
    stage: str
    title: str
    who: str
    day: date
    left: str
    late: bool
    near: bool
    provisional: bool
    window: bool
    address: str
    own: bool = True


# The state is written out, so that the index of armed rows serves (see engine.deadlines).
_ARMED = (
    select(
        _DEADLINES.c.case,
        _DEADLINES.c.key,
        _DEADLINES.c.office,
        _DEADLINES.c.who,
        _DEADLINES.c.due_on,
        _DEADLINES.c.provisional,
        _CASES.c.subject,
        _CASES.c.definition,
        _ORGANISATIONS.c.name,
    )
    .join(_CASES, _CASES.c.id == _DEADLINES.c.case)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .where(_DEADLINES.c.state == literal_column("'armed'"), _CASES.c.status.in_(LIVE))
    .order_by(_DEADLINES.c.due_on, _DEADLINES.c.case, _DEADLINES.c.seq)
)


def _cases_of(subjects: Select) -> Select:
    return select(_CASES.c.id).where(_CASES.c.subject.in_(subjects))


_MINE = schools_of_inspector(bindparam("person"), bindparam("on"))
_OF_INSPECTOR = _ARMED.where(
    _DEADLINES.c.case.in_(_cases_of(_MINE)), _DEADLINES.c.who == "inspector"
)
_OF_TEAM = _ARMED.where(
    _DEADLINES.c.case.in_(bindparam("cases", expanding=True)), _DEADLINES.c.who == "team"
)
_OF_SUBJECT = _ARMED.where(
    _DEADLINES.c.case.in_(select(_CASES.c.id).where(_CASES.c.subject == bindparam("code"))),
    _DEADLINES.c.who == bindparam("role"),
)
_OF_UNIT = _ARMED.where(
    _DEADLINES.c.case.in_(select(_ISSUES.c.case).where(_ISSUES.c.unit == bindparam("code"))),
    _DEADLINES.c.who == bindparam("unit"),
)
_OF_OFFICES = _ARMED.where(
    _DEADLINES.c.who == bindparam("role"),
    _DEADLINES.c.office.in_(bindparam("offices", expanding=True)),
)

# Who is responsible for a school: its own inspectors, else those of its zone.
_RESPONSIBLE = select(_ORGANISATIONS.c.code).where(
    _ORGANISATIONS.c.code.in_(bindparam("codes", expanding=True)),
    or_(
        _ORGANISATIONS.c.code.in_(
            select(_ASSIGNED.c.organisation).where(
                _ASSIGNED.c.person == bindparam("person"),
                _ASSIGNED.c.role == "inspector",
                _ASSIGNED.c.until.is_(None),
            )
        ),
        _ORGANISATIONS.c.code.not_in(
            select(_ASSIGNED.c.organisation).where(
                _ASSIGNED.c.role == "inspector", _ASSIGNED.c.until.is_(None)
            )
        ),
    ),
)


def responsible_for(connection: Connection, person: str, schools: Iterable[str]) -> set[str]:
    """Those of an inspector's schools that look to this person: their own, and those of the zone
    that have no inspector of their own."""
    values = {"person": person, "codes": sorted(set(schools))}
    return set(connection.execute(_RESPONSIBLE, values).scalars())


def duties(
    desk: Desk, connection: Connection, visitor: Visitor, cases: Iterable[str] = ()
) -> list[Duty]:
    """What a person has to do from this seat, soonest first. ``cases`` are those in whose team
    an inspector is (`portal.teams`)."""
    rows = _rows(desk, connection, visitor, list(cases))
    own: set[str] | None = None
    if visitor.role == "inspector":
        own = responsible_for(connection, visitor.person, [row.subject for row in rows])
    made = (
        _duty(desk, connection, row, own is None or row.who == "team" or row.subject in own)
        for row in rows
    )
    return [duty for duty in made if duty is not None]


def _rows(desk: Desk, connection: Connection, visitor: Visitor, cases: list[str]) -> list[Row]:
    role, code = visitor.role, visitor.organisation
    if role == "inspector":
        found = connection.execute(_OF_INSPECTOR, {"person": visitor.person, "on": desk.today()})
        team = connection.execute(_OF_TEAM, {"cases": cases}) if cases else ()
        return sorted([*found, *team], key=lambda row: (row.due_on, row.case, row.key))
    if role in ("office", "superior"):
        offices = [code] if role == "office" else offices_within(connection, visitor)
        return list(connection.execute(_OF_OFFICES, {"role": role, "offices": offices}))
    if role == "government":  # looks, and owes nothing
        return []
    unit = connection.execute(_OF_UNIT, {"code": code, "unit": f"unit:{code}"})
    found = connection.execute(_OF_SUBJECT, {"role": role, "code": code})
    return sorted([*found, *unit], key=lambda row: (row.due_on, row.case, row.key))


def _duty(desk: Desk, connection: Connection, row: Row, own: bool) -> Duty | None:
    stage_id, name, item = parts_of(row.key)
    process = desk.journal.shelf.process(connection, row.definition)
    stage = process.stages.get(stage_id)
    if stage is None or name == OPENS:
        return None
    today, rule = desk.today(), process.rule(stage_id, name)
    calendar = desk.journal.shelf.calendar(connection, row.office)
    form = _FORMS.get((stage.kind, name), "").format(item=item)
    about = of_item(stage.kind, item)
    return Duty(
        row.case,
        row.subject,
        row.name,
        stage.title,
        rule.title + about,
        row.who,
        row.due_on,
        left_of(row.due_on, today, calendar),
        row.due_on < today and not rule.window,
        is_near(row.due_on, today, calendar),
        bool(row.provisional),
        rule.window,
        f"/cases/{key_of(row.case)}/{stage_id}" + (f"/{form}" if form else ""),
        own,
    )


class When(NamedTuple):
    """A stretch of time with what falls into it."""

    key: str
    title: str
    duties: list[Duty]


def by_time(found: Iterable[Duty], today: date) -> list[When]:
    """Overdue, today, by Sunday, later; each of the four, even with nothing in it."""
    sunday = today + timedelta(6 - today.weekday())
    times = [
        When("late", "已逾期", []),
        When("today", "今天到期", []),
        When("week", "本周内", []),
        When("later", "以后", []),
    ]
    for duty in found:
        place = (
            0 if duty.day < today else 1 if duty.day == today else 2 if duty.day <= sunday else 3
        )
        times[place].duties.append(duty)
    return times
