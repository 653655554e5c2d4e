"""Rounds: an office opens a period of a process; its subjects are those of the office's subtree."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Row, case, func, insert, or_, select

from engine.journal import SHANGHAI, Entry, Journal, Recorded
from engine.shelf import freeze_definition, freeze_standard
from engine.subtree import within
from models.cases import Case
from models.cycles import Cycle, Round
from models.organisations import Organisation
from models.people import Assignment
from rules.case_words import OpenCase
from rules.definition import Definition
from rules.messages import Finding
from rules.standard import Standard
from rules.values import Actor, Refusal
from rules.vocabulary import read_state

_ROUNDS, _CYCLES, _CASES = Round.__table__, Cycle.__table__, Case.__table__
_ORGANISATIONS, _ASSIGNED = Organisation.__table__, Assignment.__table__

CLOCK = Actor("system", "system")


def round_id(office: str, process: str, period: str) -> str:
    """The natural key of a round, which is also that of its own case."""
    return f"{office}/{process}/{period}"


def case_id(round_key: str, subject: str) -> str:
    """The natural key of a subject's case in a round."""
    return f"{round_key}/{subject}"


def open_round(
    journal: Journal,
    office: str,
    definition: Definition,
    standard: Standard | None,
    on: date,
    at: datetime,
    actor: Actor = CLOCK,
) -> Recorded | Refusal:
    """Open the round of the period in which ``on`` lies; opening it again changes nothing."""
    with journal.database.reading() as connection:
        calendar = journal.shelf.calendar(connection, office)
    period = calendar.period_of(on, definition.period)
    key = round_id(office, definition.process, period.key)
    with journal.database.writing() as connection:
        known = select(_ROUNDS.c.id).where(_ROUNDS.c.id == key)
        if connection.execute(known).first() is None:
            row = {
                "id": key,
                "office": office,
                "process": definition.process,
                "definition": freeze_definition(connection, definition),
                "standard": freeze_standard(connection, standard) if standard else "",
                "calendar": calendar.version,
                "period": period.key,
                "first": period.first,
                "last": period.last,
                "cycle": _cycle(connection, office, definition, on.year),
            }
            connection.execute(insert(_ROUNDS).values(row))
    command = OpenCase(
        of="round", subject=office, subject_kind="office", round=key, period_ends=period.last
    )
    return journal.record(Entry(command, key, actor, at, f"open {key}"))


def _cycle(connection: Connection, office: str, definition: Definition, year: int) -> str | None:
    """The cycle this year belongs to, begun anew when the last one's years are over."""
    if definition.cycle is None:
        return None
    last = (
        select(_CYCLES)
        .where(_CYCLES.c.office == office, _CYCLES.c.process == definition.process)
        .order_by(_CYCLES.c.first_year.desc())
    )
    found = connection.execute(last).first()
    if found is not None and year < found.first_year + found.years:
        return found.id
    row = {
        "id": f"{office}/{definition.process}/{year}",
        "office": office,
        "process": definition.process,
        "first_year": year,
        "years": definition.cycle.years,
    }
    connection.execute(insert(_CYCLES).values(row))
    return row["id"]


def subjects_of(
    connection: Connection, office: str, kinds: Sequence[str], on: date
) -> Sequence[Row]:
    """The organisations of those kinds that an office supervises: the subtree of its parent, open
    on that day, in the order of their codes."""
    wanted = select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.kind, _ORGANISATIONS.c.tier)
    wanted = wanted.where(*_supervised(connection, office, kinds, on))
    return connection.execute(wanted.order_by(_ORGANISATIONS.c.code)).all()


def count_subjects(
    connection: Connection, office: str, kinds: Sequence[str], on: date
) -> dict[str, tuple[int, int]]:
    """How many subjects of each kind an office supervises, and at how many of these nobody is the
    school's own: they would be told nothing."""
    held = select(_ASSIGNED.c.id).where(
        _ASSIGNED.c.organisation == _ORGANISATIONS.c.code,
        _ASSIGNED.c.role == "school",
        _ASSIGNED.c.until.is_(None),
    )
    counted = (
        select(_ORGANISATIONS.c.kind, func.count(), func.sum(case((held.exists(), 0), else_=1)))
        .where(*_supervised(connection, office, kinds, on))
        .group_by(_ORGANISATIONS.c.kind)
    )
    return {kind: (whole, headless) for kind, whole, headless in connection.execute(counted)}


def _supervised(
    connection: Connection, office: str, kinds: Sequence[str], on: date
) -> list[ColumnElement[bool]]:
    own = select(_ORGANISATIONS.c.kind, _ORGANISATIONS.c.parent)
    found = connection.execute(own.where(_ORGANISATIONS.c.code == office)).one()
    opened, closed = _ORGANISATIONS.c.opened_on, _ORGANISATIONS.c.closed_on
    return [
        _ORGANISATIONS.c.kind.in_(kinds),
        within(found.parent if found.kind == "office" and found.parent else office),
        or_(opened.is_(None), opened <= on),
        or_(closed.is_(None), closed > on),
    ]


def openings(journal: Journal, round_key: str, at: datetime) -> Iterator[Entry]:
    """The commands that open a case for every subject of a round, long-term issues carried over
    from the subject's last case."""
    today = (at + SHANGHAI).date()
    with journal.database.reading() as connection:
        row = connection.execute(select(_ROUNDS).where(_ROUNDS.c.id == round_key)).one()
        process = journal.shelf.process(connection, row.definition)
        found = subjects_of(connection, row.office, process.definition.subjects, today)
        carried = _carried(connection, row, process.definition)
    for subject in found:
        command = OpenCase(
            of="case",
            subject=subject.code,
            subject_kind=subject.kind,
            tier=subject.tier,
            round=round_key,
            period_ends=row.last,
            carried=carried.get(subject.code, ()),
        )
        key = case_id(round_key, subject.code)
        yield Entry(command, key, CLOCK, at, f"open {key}")


def _carried(connection: Connection, row, definition: Definition) -> dict[str, tuple]:
    """Issues the last round's cases carried on to this one, by subject."""
    before = (
        select(_ROUNDS.c.id)
        .where(_ROUNDS.c.office == row.office, _ROUNDS.c.process == row.process)
        .where(_ROUNDS.c.first < row.first)
        .order_by(_ROUNDS.c.first.desc())
    )
    last = connection.execute(before).scalar()
    if last is None:
        return {}
    wanted = select(_CASES.c.subject, _CASES.c.state).where(
        _CASES.c.round == last, _CASES.c.of == "case"
    )
    return {r.subject: carried_findings(r.state) for r in connection.execute(wanted)}


def carried_findings(state: str) -> tuple[Finding, ...]:
    """The issues that go on in the next case, from the state's text of the last."""
    return tuple(
        Finding(
            severity=issue.severity,
            outcome=issue.outcome,
            nature=issue.nature,
            basis=issue.basis,
            unit=issue.unit,
            text=issue.text,
            payload=issue.payload,
        )
        for stage in read_state(state).stages.values()
        if stage.kind == "issue_list"
        for issue in stage.data.issues.values()
        if issue.state == "carried"
    )
