"""A process of rights and duties with a last day, and how far a case must have come for each."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from engine.journal import Entry
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from rules.messages import Command
from rules.on_site_review import words as review
from rules.planning.words import CommentOnPlan, Planned, ProposePlan, PublishPlan
from rules.self_assessment import SubmitSelfAssessment
from rules.values import Actor, Refusal
from tests.county import CLERK, HEAD, ROUND, County, case_of
from tests.county import PROCESS as SMALL_YEAR

SCHOOLS = ("S1", "S2", "S3", "S4")
PROCESS = (
    SMALL_YEAR.partition("    deadlines:")[0]
    + """\
    form: report
    deadlines:
      submit: 10 working days after round.opened
  - id: plan
    kind: planning
    title: 计划
    of: round
    opens: with the round
    cover: {each_year: 1/4}
    deadlines:
      propose: 5 working days after opened
      publish: 5 working days after proposed
      comments: 5 working days after published
      adopt: 5 working days after comments.closed
  - id: look
    kind: on_site_review
    title: 看校
    of: case
    opens: with the round
    scored: false
    team: {at_least: 1}
    deadlines:
      team: 15 working days after opened
      schedule: 20 working days after opened
      announcement: 10 days before visit.starts
      record: 3 working days after visit.ends
      preliminary_opinion: 8 working days after visit.ended
      defence: 5 working days after preliminary_opinion.given
      consider: 1 working day after defence.stated
      opinion_letter: 15 working days after visit.ended
      review_request: 15 days after opinion_letter.issued
      review_answer: 30 days after review.requested
      second_review_request: 15 days after review.answered
      second_review_decision: 20 days after second_review.requested
"""
)
TEXT = {"text": "理由"}
REASON = {"reason": "经研究"}
TEAM = Actor("I-1", "team")
SOMEBODY = Actor("public", "public")


class Last(NamedTuple):
    """Something with a last day: the deadline's key, the command that uses it and by whom, the
    event that then is in the log, and the steps that lead up to it. ``grace``: whether the clock
    leaves a day for typing in. ``of``: in the round's own case."""

    key: str
    command: Command
    actor: Actor
    event: str
    steps: tuple[tuple[Command, Actor, date], ...] = ()
    grace: bool = False
    of_round: bool = False


def _on(day: str) -> date:
    return date.fromisoformat(day)


_SCHEDULED = (
    (review.AppointTeam(stage="look", lead="I-1", members=("I-1",)), CLERK, _on("2026-03-02")),
    (
        review.ScheduleVisit(stage="look", starts=_on("2026-03-23"), ends=_on("2026-03-24")),
        CLERK,
        _on("2026-03-02"),
    ),
)
_HEARD = (
    *_SCHEDULED,
    (review.AnnounceVisit(stage="look"), CLERK, _on("2026-03-05")),
    (review.StartVisit(stage="look"), TEAM, _on("2026-03-23")),
    (review.EndVisit(stage="look"), TEAM, _on("2026-03-24")),
    (review.GivePreliminaryOpinion(stage="look", form=TEXT), CLERK, _on("2026-03-26")),
)
_LETTERED = (
    *_HEARD,
    (review.WaiveDefence(stage="look"), HEAD, _on("2026-03-27")),
    (
        review.IssueOpinionLetter(stage="look", rectify_by=_on("2026-05-29")),
        CLERK,
        _on("2026-03-31"),
    ),
)
_ANSWERED = (
    *_LETTERED,
    (review.RequestReview(stage="look", form=TEXT), HEAD, _on("2026-04-01")),
    (review.AnswerReview(stage="look", upheld=False, form=REASON), CLERK, _on("2026-04-02")),
)
_PUBLISHED = (
    (
        ProposePlan(stage="plan", selected=(Planned(subject="S1", week=_on("2026-04-06")),)),
        CLERK,
        _on("2026-01-06"),
    ),
    (PublishPlan(stage="plan", form={"contact": "0"}), CLERK, _on("2026-01-07")),
)

DUTY = Last("account/submit", SubmitSelfAssessment(stage="account", form=TEXT), HEAD, "submitted")
GUARD = Last(
    "look/announcement", review.AnnounceVisit(stage="look"), CLERK, "visit.announced", _SCHEDULED
)
LETTER = Last(
    "look/opinion_letter",
    review.IssueOpinionLetter(stage="look", rectify_by=_on("2026-05-29")),
    CLERK,
    "opinion_letter.issued",
    (*_HEARD, (review.WaiveDefence(stage="look"), HEAD, _on("2026-03-27"))),
)
DEFENCE = Last(
    "look/defence", review.StateDefence(stage="look", form=TEXT), HEAD, "defence.stated", _HEARD
)
WAIVER = DEFENCE._replace(command=review.WaiveDefence(stage="look"), event="defence.waived")
REQUEST = Last(
    "look/review_request",
    review.RequestReview(stage="look", form=TEXT),
    HEAD,
    "review.requested",
    _LETTERED,
    grace=True,
)
SECOND = Last(
    "look/second_review_request",
    review.RequestSecondReview(stage="look", form=TEXT),
    HEAD,
    "second_review.requested",
    _ANSWERED,
    grace=True,
)
COMMENT = Last(
    "plan/comments",
    CommentOnPlan(stage="plan", form=TEXT),
    SOMEBODY,
    "commented",
    _PUBLISHED,
    of_round=True,
)
RIGHTS = (DEFENCE, WAIVER, REQUEST, SECOND, COMMENT)


def place(last: Last, school: str) -> str:
    """The case it stands in."""
    return ROUND if last.of_round else case_of(school)


def come_to(county: County, last: Last, *schools: str) -> date:
    """Let the year go on until the right or duty runs; its last day, the same for all schools."""
    for command, actor, on in last.steps:
        county.until(on)
        for case in dict.fromkeys(place(last, school) for school in schools):
            county.minute += timedelta(minutes=1)
            entry = Entry(command, case, actor, county.minute, county.minute.isoformat())
            result = county.journal.record(entry)
            assert not isinstance(result, Refusal), result.reason
    days = {_due(county, place(last, school), last.key) for school in schools}
    assert len(days) == 1
    return days.pop()


def _due(county: County, case: str, key: str) -> date:
    rows = DeadlineRow.__table__
    wanted = select(rows.c.due_on).where(rows.c.case == case, rows.c.key == key)
    with county.database.reading() as connection:
        return connection.execute(wanted.where(rows.c.state == "armed")).scalar_one()


def midnight(after: date) -> datetime:
    """The instant at which a day is over in Shanghai."""
    return datetime(after.year, after.month, after.day, 16, tzinfo=UTC)


def ended(county: County, case: str, key: str) -> str:
    """How a deadline ended, by its row: just one arming of it, and just one end."""
    rows = DeadlineRow.__table__
    wanted = select(rows.c.state).where(rows.c.case == case, rows.c.key == key)
    with county.database.reading() as connection:
        return connection.execute(wanted).scalar_one()


def logged(county: County, case: str, key: str) -> list[str]:
    """What the log says of a deadline after its arming, and what was handed in: types in order."""
    stage, name = key.split("/")
    events = StoredEvent.__table__
    wanted = select(events.c.type, events.c.body).where(events.c.case == case)
    with county.database.reading() as connection:
        found = connection.execute(wanted.order_by(events.c.seq)).all()
    spoken = ("deadline.armed", "deadline.reminded", "deadline.escalated")
    return [
        row.type.partition(".")[2]
        for row in found
        if (f'"deadline":"{name}"' in row.body and f'"stage":"{stage}"' in row.body)
        and row.type not in spoken
    ]
