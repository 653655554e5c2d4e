"""What a letter's command needs to know: the paper as drafted, its office's people, the number that
is free. Read in the journal's transaction, with the office held where a number is given."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from models.events import StoredEvent
from models.letters import Letter, LetterNumber
from models.organisations import Organisation
from models.people import Assignment
from rules.letter_words import IssueLetter, LetterCommand, SupersedeLetter

_LETTERS, _NUMBERS = Letter.__table__, LetterNumber.__table__
_EVENTS = StoredEvent.__table__
_ORGANISATIONS, _ASSIGNED = Organisation.__table__, Assignment.__table__

# Held until the commit, so that no draft is drafted again while somebody takes a step with it.
_ONE = select(_LETTERS).where(_LETTERS.c.order == bindparam("wanted")).with_for_update()
_OF_CASE = select(_LETTERS.c.order, _LETTERS.c.kind).where(_LETTERS.c.case == bindparam("wanted"))
# Whoever gives a number holds the office's row until the commit: on PostgreSQL the next one waits
# here and then counts what the first has left (SQLite has one writer).
_OFFICE = (
    select(_ORGANISATIONS.c.facts)
    .where(_ORGANISATIONS.c.code == bindparam("wanted"))
    .with_for_update(key_share=True)
)
_CODE = select(_ORGANISATIONS.c.facts).where(_ORGANISATIONS.c.code == bindparam("wanted"))
_CALLED = select(_EVENTS.c.stage, _EVENTS.c.item).where(
    _EVENTS.c.case == bindparam("case"), _EVENTS.c.seq == bindparam("seq")
)
_LAST = select(func.max(_NUMBERS.c.number)).where(
    _NUMBERS.c.office == bindparam("office"),
    _NUMBERS.c.code == bindparam("code"),
    _NUMBERS.c.year == bindparam("year"),
)


def order_of(case: str, letter: str) -> str:
    """A letter's key from its case and its name within it."""
    return f"{case}#{letter}"


def name_of(order: str) -> str:
    """A letter's name within its case."""
    return order.rpartition("#")[2]


def gather_letter(
    connection: Connection,
    case: str,
    office: str,
    command: LetterCommand,
    actor: str,
    happened_on: date,
    today: date,
) -> dict[str, Any]:
    """The facts of one command to a letter; ``letter`` is None where there is no such paper."""
    row = connection.execute(_ONE, {"wanted": order_of(case, command.letter)}).first()
    if row is None or row.case != case:
        return {"letter": None}
    facts: dict[str, Any] = {
        "letter": {
            "kind": row.kind,
            "sha256": row.sha256,
            "drafted_on": row.drafted_on,
            "received": bool(row.received_at),
            **_called_by(connection, row.called_by),
        },
        "colleagues": _colleagues(connection, office, actor, today),
    }
    if isinstance(command, SupersedeLetter):
        rows = connection.execute(_OF_CASE, {"wanted": case})
        facts["others"] = {name_of(other.order): {"kind": other.kind} for other in rows}
    if isinstance(command, IssueLetter) and command.number:
        held = connection.execute(_OFFICE, {"wanted": office}).scalar() or {}
        facts["code"] = str(held.get("doc_code", ""))
        facts["next"] = _free(connection, office, facts["code"], happened_on.year)
    return facts


def _called_by(connection: Connection, called_by: str) -> dict[str, str]:
    """The stage of the event that called for a letter, and the item it spoke of."""
    case, _, name = called_by.rpartition("#")
    seq = name.partition(".")[0]
    values = {"case": case, "seq": int(seq) if seq.isdecimal() else 0}
    found = connection.execute(_CALLED, values).first()
    return {"called_in": found.stage if found else "", "about": found.item if found else ""}


def _colleagues(connection: Connection, office: str, actor: str, today: date) -> int:
    """How many others hold the office's role today."""
    wanted = select(func.count(_ASSIGNED.c.person.distinct())).where(
        _ASSIGNED.c.organisation == office,
        _ASSIGNED.c.role == "office",
        _ASSIGNED.c.person != actor,
        or_(_ASSIGNED.c.since.is_(None), _ASSIGNED.c.since <= today),
        or_(_ASSIGNED.c.until.is_(None), _ASSIGNED.c.until >= today),
    )
    return connection.execute(wanted).scalar_one()


def _free(connection: Connection, office: str, code: str, year: int) -> int:
    values = {"office": office, "code": code, "year": year}
    return (connection.execute(_LAST, values).scalar() or 0) + 1


def next_number(connection: Connection, office: str, year: int) -> tuple[str, int]:
    """The office's 代字 and the number that is free just now, to prepare a paper with: whether it
    still is when the paper is issued, the journal says. No code: none can be given."""
    code = str((connection.execute(_CODE, {"wanted": office}).scalar() or {}).get("doc_code", ""))
    return code, _free(connection, office, code, year)
