"""Letters as people find them: listed, opened, signed for; whether a file is still what it was."""

from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, or_, select, update

from documents.catalogue import LETTERS
from engine.register import named_like
from engine.writing import iso
from models.cases import Case
from models.cycles import Round
from models.letters import Letter
from models.organisations import Organisation
from models.people import Person
from portal.access import Visitor, ledgers_within, may_see_case
from portal.desk import Desk
from portal.letter_access import SCHOOL, open_to, unit_of
from portal.letter_files import text_of, version
from portal.teams import reviews_of
from rules.letter_addressees import ADDRESSED, OF_ROUND, TO_SUBJECT, TO_UNIT
from rules.letter_life import OVER

_LETTERS, _CASES, _PEOPLE = Letter.__table__, Case.__table__, Person.__table__
_ORGANISATIONS, _ROUNDS = Organisation.__table__, Round.__table__

PAGE = 50
FEW = 400  # names that fit a search: their letters are found by case, of more by day
WHOLE_OFFICES = ("office", "government", "superior")  # who may open all letters of some offices

_SHOWN = (
    select(_LETTERS, _CASES.c.of, _CASES.c.subject, _ORGANISATIONS.c.name)
    .join(_CASES, _CASES.c.id == _LETTERS.c.case)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
)
_BY_ORDERS = _SHOWN.where(_LETTERS.c.order.in_(bindparam("orders", expanding=True))).order_by(
    _LETTERS.c.drafted_on.desc(), _LETTERS.c.order.desc()
)
_ONE = _SHOWN.add_columns(
    *(_CASES.c[name].label(f"case_{name}") for name in ("seq", "head", "state")),
    unit_of.label("unit"),
).where(_LETTERS.c.order == bindparam("wanted"))
_CASE = select(_CASES.c.id, _CASES.c.of, _CASES.c.office, _CASES.c.subject).where(
    _CASES.c.id == bindparam("wanted")
)
_RECEIVED = (
    update(_LETTERS)
    .where(_LETTERS.c.order == bindparam("wanted"), _LETTERS.c.received_at == "")
    .values(
        received_at=bindparam("at"), received_by=bindparam("by"), received_note=bindparam("note")
    )
)
# Asked by every first page of a school, so it is written once.
_UNREAD = (
    _SHOWN.where(
        _CASES.c.subject == bindparam("organisation"),
        _LETTERS.c.kind.in_(ADDRESSED),
        _LETTERS.c.received_at == "",
        _LETTERS.c.state.not_in(OVER),
        or_(
            _LETTERS.c.kind.in_(TO_SUBJECT),
            func.coalesce(unit_of, SCHOOL).in_((SCHOOL, "", bindparam("organisation"))),
        ),
    )
    .order_by(_LETTERS.c.drafted_on.desc(), _LETTERS.c.order.desc())
    .limit(PAGE)
)
_FIRST_YEAR = select(func.min(_ROUNDS.c.first))


class Asked(NamedTuple):
    """What a list of letters is asked for; empty or 0 for everything."""

    name: str = ""
    kind: str = ""
    year: int = 0
    waiting: bool = False  # those nobody has signed for
    states: tuple[str, ...] = ()
    numbered: bool = False  # those that bear a number
    page: int = 1


class Receipt(NamedTuple):
    """Who has signed for a letter. ``expected``: the code of the unit that gets it, "" where it
    goes to nobody in particular; ``at`` the moment, as stored; ``told``: on paper, in Chinese."""

    expected: str
    addressee: str = ""
    at: str = ""
    by: str = ""
    told: str = ""


def listed(
    desk: Desk, connection: Connection, visitor: Visitor, asked: Asked
) -> tuple[list[Row], bool]:
    """The letters a seat may open, the latest first, a page of them; and whether there are more."""
    keys = _narrowed(_scope(desk, connection, visitor, asked), asked)
    keys = keys.order_by(_LETTERS.c.drafted_on.desc(), _LETTERS.c.order.desc())
    keys = keys.limit(PAGE + 1).offset((asked.page - 1) * PAGE)
    orders = list(connection.execute(keys).scalars())
    rows = connection.execute(_BY_ORDERS, {"orders": orders[:PAGE]}).all() if orders else []
    return rows, len(orders) > PAGE


def _scope(desk: Desk, connection: Connection, visitor: Visitor, asked: Asked) -> Select:
    """The orders of the letters within sight, found the shorter way: where names or a kind narrow
    it down by case, else by the offices' days."""
    keys = select(_LETTERS.c.order)
    if visitor.role not in WHOLE_OFFICES:
        condition = open_to(connection, visitor, _team_cases(desk, connection, visitor))
        return keys.where(condition, *([_fits(asked.name)] if asked.name else []))
    offices = ledgers_within(connection, visitor)
    if asked.name:
        codes = list(connection.execute(_named(asked.name).limit(FEW + 1)).scalars())
        if len(codes) <= FEW:
            cases = select(_CASES.c.id).where(
                _CASES.c.subject.in_(codes), _CASES.c.office.in_(offices)
            )
            return keys.where(_LETTERS.c.case.in_(cases))
        return keys.where(_LETTERS.c.office.in_(offices), _fits(asked.name))
    if asked.kind in OF_ROUND:
        rounds = select(_ROUNDS.c.id).where(_ROUNDS.c.office.in_(offices))
        return keys.where(_LETTERS.c.case.in_(rounds))
    return keys.where(_LETTERS.c.office.in_(offices))


def _named(name: str) -> Select:
    return select(_ORGANISATIONS.c.code).where(named_like(name))


def _fits(name: str):
    """Whether a letter's subject bears a name: asked letter by letter, where these are few or most
    of them fit."""
    subject = _ORGANISATIONS.c.code == _CASES.c.subject
    found = select(_CASES.c.id).join(_ORGANISATIONS, subject)
    return found.where(_CASES.c.id == _LETTERS.c.case, named_like(name)).exists()


def unread(connection: Connection, organisation: str) -> list[Row]:
    """The letters to an organisation itself that nobody there has opened, the latest first."""
    return connection.execute(_UNREAD, {"organisation": organisation}).all()


def _narrowed(keys: Select, asked: Asked) -> Select:
    if asked.kind:
        keys = keys.where(_LETTERS.c.kind == asked.kind)
    if asked.year:
        days = date(asked.year, 1, 1), date(asked.year, 12, 31)
        keys = keys.where(_LETTERS.c.drafted_on.between(*days))
    if asked.states:
        keys = keys.where(_LETTERS.c.state.in_(asked.states))
    if asked.numbered:
        keys = keys.where(_LETTERS.c.numbered.is_(True))
    if asked.waiting:
        keys = keys.where(_LETTERS.c.kind.in_(ADDRESSED), _LETTERS.c.received_at == "")
        keys = keys.where(_LETTERS.c.state.not_in(OVER))
    return keys


def _team_cases(desk: Desk, connection: Connection, visitor: Visitor) -> list[str]:
    if visitor.role != "inspector":
        return []
    return [review.case for review in reviews_of(desk, connection, visitor.person)]


def years(connection: Connection, today: date) -> list[int]:
    """The years there may be letters of, the latest first."""
    first = connection.execute(_FIRST_YEAR).scalar() or today
    return list(range(today.year, min(first.year, today.year) - 1, -1))


def kinds(visitor: Visitor) -> dict[str, str]:
    """The kinds a seat may find, by key."""
    all_of_them = {kind: letter.title for kind, letter in LETTERS.items()}
    if visitor.role == "school":
        all_of_them.pop("special_report")
    return all_of_them


def one(desk: Desk, connection: Connection, visitor: Visitor, order: str) -> Row | None:
    """A letter with its case's subject and its unit; None where there is none or it is not the
    visitor's to open."""
    row = connection.execute(_ONE, {"wanted": order}).first()
    if row is None:
        return None
    condition = open_to(connection, visitor)
    mine = select(_LETTERS.c.order).where(_LETTERS.c.order == order, condition)
    if connection.execute(mine).first() is not None:
        return row
    if visitor.role in ("school", "department"):
        return None
    return row if case_opens(desk, connection, visitor, row) else None


def case_opens(desk: Desk, connection: Connection, visitor: Visitor, row: Row) -> bool:
    """Whether the visitor may open the letter's case too: not every bulletin's reader does."""
    case = connection.execute(_CASE, {"wanted": row.case}).one()
    state = desk.journal.shelf.memory.state(row.case, row.case_seq, row.case_head, row.case_state)
    return may_see_case(connection, visitor, case, state)


def addressee_of(row: Row) -> str:
    """The code of the unit a letter goes to; "" for nobody in particular."""
    if row.kind in TO_SUBJECT:
        return row.subject
    if row.kind in TO_UNIT:
        return row.subject if row.unit in (None, "", SCHOOL) else row.unit
    return ""


def receive(desk: Desk, visitor: Visitor, row: Row) -> bool:
    """Note that the addressee has opened a letter: the first of them, once. Whether it was now."""
    theirs = visitor.role in ("school", "department", "township")
    waiting = not row.received_at and row.state not in OVER
    if not waiting or not theirs or visitor.organisation != addressee_of(row):
        return False
    return _sign(desk, row.order, visitor.person, "")


def receive_on_paper(desk: Desk, visitor: Visitor, row: Row, told_by: str, on: date) -> bool:
    """Note that a letter was received on paper; False where it was signed for before."""
    note = f"{told_by}，{on.year}年{on.month}月{on.day}日"
    return _sign(desk, row.order, visitor.person, note)


def _sign(desk: Desk, order: str, person: str, note: str) -> bool:
    values = {"wanted": order, "at": iso(desk.now()), "by": person, "note": note}
    with desk.database.writing() as connection:
        return connection.execute(_RECEIVED, values).rowcount == 1


def receipt_of(connection: Connection, order: str) -> Receipt:
    """Who has signed for a letter, as it stands now."""
    row = connection.execute(_ONE, {"wanted": order}).one()
    code = addressee_of(row)
    if not code:
        return Receipt("")
    name = select(_ORGANISATIONS.c.name).where(_ORGANISATIONS.c.code == code)
    person = select(_PEOPLE.c.name).where(_PEOPLE.c.id == row.received_by)
    return Receipt(
        code,
        connection.execute(name).scalar() or code,
        row.received_at,
        connection.execute(person).scalar() or row.received_by,
        row.received_note,
    )


def file_of(desk: Desk, row: Row) -> Path | None:
    """Where the file lies that holds now; None where it is gone, or would lie outside."""
    return version(desk, row, text_of(row))


def is_unchanged(path: Path, row: Row) -> bool:
    """Whether a file is byte by byte what was written."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest() == text_of(row)
