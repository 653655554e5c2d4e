"""One notice of the board: the very paper that was issued, read as a page, and what has followed.

The papers are those the documents room writes; a bulletin counts a whole round, so it is kept for
a few minutes.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Lock
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from documents.case_view import CaseView
from documents.catalogue import LETTERS, LetterKind
from documents.papers import Paper
from documents.round_figures import read_figures
from engine.dossier import Dossier, Told, read_dossiers
from engine.writing import iso
from models.cases import Case
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from portal.cleaning import clean
from portal.desk import Desk
from portal.notice_board import SORTS, Sort, told_to_public
from rules.explanation import full
from rules.stages import StageFields
from rules.state import StageState

_CASES, _DEADLINES, _EVENTS = Case.__table__, DeadlineRow.__table__, StoredEvent.__table__
_THERE = select(_CASES.c.id).where(_CASES.c.id == bindparam("case"))

KEPT = timedelta(minutes=5)  # how long a bulletin's page may be old
COMMENTS_AN_HOUR = 60  # of one plan: more than an office could read, and enough for a county


class Opened(NamedTuple):
    """A notice that was opened. ``told`` is the event that hung it out; ``paper`` is None where
    the definition calls for none; ``contact`` says how the office is reached."""

    sort: Sort
    dossier: Dossier
    stage: StageFields
    told: Told
    paper: Paper | None
    contact: str

    @property
    def standing(self) -> StageState:
        """Where the stage stands now."""
        return self.dossier.state.stages[self.stage.id]


def opened(
    desk: Desk, connection: Connection, which: str, case: str, stage_id: str
) -> Opened | None:
    """The latest notice of a sort in a case's stage; None where nothing is hung out there."""
    sort = SORTS[which]
    if clean(case) != case or connection.execute(_THERE, {"case": case}).first() is None:
        return None
    dossier = read_dossiers(connection, desk.journal.shelf, [case])[case]
    stage = dossier.process.stages.get(stage_id)
    if stage is None or not told_to_public(stage, sort):
        return None
    told = [one for one in dossier.by_type.get(sort.type, ()) if one.event.stage == stage_id]
    if not told:
        return None
    called = [LETTERS[kind] for kind in stage.letters.get(sort.event, []) if kind in LETTERS]
    paper = _paper(desk, dossier, told[-1], called[0]) if called else None
    facts = dossier.office.facts or {}
    written = told[-1].form.get("contact") or told[-1].form.get("phone")
    contact = str(written or facts.get("phone") or dossier.office.name)
    return Opened(sort, dossier, stage, told[-1], paper, contact)


_writing = Lock()


def _paper(desk: Desk, dossier: Dossier, told: Told, letter: LetterKind) -> Paper:
    if not letter.of_round:
        return letter.write(CaseView(dossier, told.seq))
    kept: dict[tuple[str, int], tuple[datetime, Paper]] = desk.__dict__.setdefault("_papers", {})
    key, now = (dossier.id, told.seq), desk.now()
    with _writing:  # counting a round takes its time: once is enough, however many ask
        if key not in kept or not now - KEPT < kept[key][0] <= now:
            figures = read_figures(dossier.connection, dossier, told.seq)
            kept[key] = (now, letter.write(CaseView(dossier, told.seq), figures))
        return kept[key][1]


# -- a plan open for comments ----------------------------------------------------------------------


class CommentPeriod(NamedTuple):
    """Until when a plan may be commented on, and whether it still may be."""

    until: date | None
    open: bool

    @property
    def over(self) -> str:
        """What is said when it is over."""
        ended = f"已于{full(self.until)}结束" if self.until else "已经结束"
        return f"意见征求{ended}，不再接收新的意见。"


_PERIOD = (
    select(_DEADLINES.c.due_on)
    .where(_DEADLINES.c.case == bindparam("case"), _DEADLINES.c.key == bindparam("key"))
    .order_by(_DEADLINES.c.seq.desc())
)


def comment_period(notice: Opened, today: date) -> CommentPeriod:
    """The period of a plan's notice."""
    where = {"case": notice.dossier.id, "key": f"{notice.stage.id}/comments"}
    until = notice.dossier.connection.execute(_PERIOD, where).scalar()
    published = notice.standing.open and notice.standing.data.phase == "published"
    return CommentPeriod(until, published and until is not None and today <= until)


class Amendment(NamedTuple):
    """How a published plan changed: who came in and who went out, by name."""

    day: date
    added: list[str]
    removed: list[str]


def amendments(notice: Opened) -> list[Amendment]:
    """What has changed in a plan since it was published."""
    known = notice.dossier.organisations
    name: Callable[[str], str] = lambda code: known[code].name if code in known else code  # noqa: E731
    return [
        Amendment(
            one.event.happened_on,
            [name(planned.subject) for planned in one.event.add],
            [name(code) for code in one.event.remove],
        )
        for one in notice.dossier.by_type.get("planning.amended", ())
        if one.event.stage == notice.stage.id
    ]


_LAST_COMMENTS = (
    select(_EVENTS.c.at)
    .where(_EVENTS.c.case == bindparam("case"), _EVENTS.c.role == "public")
    .where(func.coalesce(_EVENTS.c.type, "") == "planning.commented")
    .order_by(_EVENTS.c.seq.desc())
    .limit(1)
    .offset(COMMENTS_AN_HOUR - 1)
)


def overrun(connection: Connection, case: str, now: datetime) -> bool:
    """Whether a plan got as many comments within the last hour as it may."""
    at = connection.execute(_LAST_COMMENTS, {"case": case}).scalar()
    return at is not None and at > iso(now - timedelta(hours=1))
