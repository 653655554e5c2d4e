"""Rounds: an office opens a period of a process; its subjects are those of the office's subtree."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from engine.journal import SHANGHAI, Entry, Journal, Recorded
from engine.shelf import freeze_definition, freeze_standard
from models.cases import Case
from models.cycles import Cycle, Round
from models.organisations import Organisation
from rules.case_words import OpenCase
from rules.definition import Definition
from rules.messages import Finding
from rules.standard import Standard
from rules.values import Actor, Refusal
from rules.vocabulary import read_state

_ROUNDS, _CYCLES, _CASES = Round.__table__, Cycle.__table__, Case.__table__
_ORGANISATIONS = Organisation.__table__

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
    period = journal.calendar.period_of(on, definition.period)
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
                "calendar": journal.calendar.version,
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
    connection: Connection, office: str, kinds: list[str], on: date
) -> list[Organisation]:
    """The organisations of those kinds that an office supervises: the subtree of its parent, open
    on that day, in the order of their codes."""
    every = select(_ORGANISATIONS).order_by(_ORGANISATIONS.c.code)
    rows = {row.code: row for row in connection.execute(every)}
    top = rows[office].parent if rows[office].kind == "office" else office
    return [
        row
        for row in rows.values()
        if row.kind in kinds
        and _within(rows, row.code, top)
        and (row.opened_on is None or row.opened_on <= on)
        and (row.closed_on is None or row.closed_on > on)
    ]


def _within(rows: dict, code: str | None, top: str) -> bool:
    while code is not None:
        if code == top:
            return True
        code = rows[code].parent
    return False


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
