"""A province of 15,000 organisations in the middle of its year: a county of 36 schools really lived
to the end of June, and its rows written again for four hundred more.

What decides is the size of the tables and what stands in them, so each county's schools have names,
places and inspectors of their own; the hashes of the copies are those of the first and wrong.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    String,
    Table,
    and_,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlmodel import AutoString

from dudao.demo.county import COUNTY, OFFICE
from dudao.demo.run import Demo, play
from engine.register import initials_of
from models.cases import Case
from models.cycles import Round
from models.database import Database
from models.deadlines import DeadlineRow
from models.events import StoredEvent
from models.evidence import Evidence, EvidenceUse
from models.issues import IssueRow
from models.letters import Letter
from models.messages import Message
from models.orders import OrderRow
from models.organisations import Organisation
from models.people import Assignment, Person, Recusal
from models.scores import Score
from models.visits import Visit

_ORGANISATIONS, _PEOPLE, _ASSIGNED = Organisation.__table__, Person.__table__, Assignment.__table__
_CASES, _ISSUES, _LETTERS, _ROUNDS = (
    Case.__table__,
    IssueRow.__table__,
    Letter.__table__,
    Round.__table__,
)
_MESSAGES, _ORDERS, _EVIDENCE = Message.__table__, OrderRow.__table__, Evidence.__table__
_USES, _BARRED = EvidenceUse.__table__, Recusal.__table__

LAST = date(2026, 6, 30)
WHOLE = 15_000
LIVED = 36  # the schools of the county that is really lived
FIRST = 120  # where the others' numbers begin: their schools' codes come after the lived ones
SHARE_TOWNS = 40  # so many counties share their townships: some have 400 schools
THIS, BEFORE = f"{OFFICE}/shaanxi-316/2026", f"{OFFICE}/shaanxi-316/2025"

# In the order in which one may refer to another.
COPIED = tuple(
    model.__table__
    for model in (Case, StoredEvent, DeadlineRow, OrderRow, Message, Letter, IssueRow, Score, Visit)
)
BEGINS = ("S00", "H00", "I0", "I1")
_LIVED = [f"S{n:04}" for n in range(1, LIVED + 1)]
HASHES = ("hash", "prev", "head", "sha256")
LONG = tuple(model.__table__ for model in (StoredEvent, OrderRow, Message, Letter))
_FIRST = "东西南北上下大小新老长青白石金安永平兴龙高"
_SECOND = "山河桥湾坪岭坝塘沟寨坡洞源井林田沙水关口"


def found(folder: Path, quick: bool = False) -> Database:
    """The province in a folder; its database, open. ``quick``: of the log, the orders, messages
    and letters only those of every tenth county."""
    year = play(Demo(LIVED, 1, LAST.year, folder, prefect=False, until=LAST), lambda day: None)
    database = year.house.database
    copying = {table: _copying(table) for table in COPIED}
    with database.writing(redoable=True) as connection:
        for number in range(FIRST, FIRST + counties_of(connection)):
            _enter_county(connection, number)
            for table in COPIED:
                if quick and number % 10 and table in LONG:
                    continue
                connection.execute(copying[table], _renaming(number))
        _last_year(connection)
        _troubles(connection)
        _files(connection)
    return database


def counties_of(connection: Connection) -> int:
    """How many counties more make it 15,000 organisations."""
    there = connection.execute(select(func.count()).select_from(_ORGANISATIONS)).scalar_one()
    return -(-(WHOLE - there) // LIVED)


def place_of(number: int) -> str:
    """What a county is called, an invention."""
    first, second = _FIRST[number % len(_FIRST)], _SECOND[number // len(_FIRST) % len(_SECOND)]
    return f"{first}{second}"


def _renaming(number: int) -> dict[str, str]:
    """How the codes of the lived county's schools, heads and inspectors begin in another one."""
    return dict(
        zip(BEGINS, (f"S{number}", f"H{number}", f"I{number}0", f"I{number}1"), strict=True)
    )


def _renamed(text: str, renaming: dict[str, str]) -> str:
    for old, new in renaming.items():
        text = text.replace(old, new)
    return text


def _copying(table: Table) -> Insert:
    """A table's rows of the lived county's schools once more, for those whose codes begin as bound
    (`_renaming`)."""
    columns = [column for column in table.c if column.name != "id" or table in (_CASES, _ORDERS)]
    values = []
    for column in columns:
        value: Any = column
        if isinstance(column.type, AutoString | String) and column.name not in HASHES:
            for begins in BEGINS:
                value = func.replace(value, begins, bindparam(begins))
        values.append(value)
    case = table.c.id if table is _CASES else table.c.case
    lived = select(*values).where(case.between(f"{THIS}/S0001", f"{THIS}/S0036"))
    return insert(table).from_select([c.name for c in columns], lived)


def _enter_county(connection: Connection, number: int) -> None:
    """Its organisations and people, and who holds what."""
    renaming, place = _renaming(number), place_of(number)
    town = f"T{number // SHARE_TOWNS:02}"
    schools = connection.execute(
        select(_ORGANISATIONS).where(_ORGANISATIONS.c.code.in_(_LIVED))
    ).all()
    rows = list(_branches("zone", f"Z{number}", f"{place}第{{}}督学责任区"))
    if number % SHARE_TOWNS == 0:
        rows += _branches("township", town, f"{place}第{{}}镇")
    connection.execute(insert(_ORGANISATIONS), rows)
    rows = []
    for row in schools:
        name = f"{place}{row.name}"
        changed = {"code": _renamed(row.code, renaming), "name": name}
        changed |= {"initials": initials_of(name)}
        changed |= {"zone": f"Z{number}{row.zone[1:]}", "parent": f"{town}{row.parent[1:]}"}
        rows.append({**row._mapping, **changed})
    connection.execute(insert(_ORGANISATIONS), rows)
    _enter_people(connection, number, place)


def _branches(kind: str, code: str, name: str) -> Iterator[dict[str, Any]]:
    for n in range(1, 6):
        called = name.format("一二三四五"[n - 1])
        row = {"code": f"{code}{n}", "name": called, "initials": initials_of(called)}
        yield {**row, "kind": kind, "parent": COUNTY, "facts": {}, "invented": True}


def _enter_people(connection: Connection, number: int, place: str) -> None:
    """Heads of its schools, inspectors of its zones, and who must not judge what."""
    renaming = _renaming(number)
    lived = select(_ASSIGNED, _PEOPLE.c.name).join(_PEOPLE, _PEOPLE.c.id == _ASSIGNED.c.person)
    at = _ASSIGNED.c.organisation
    lived = lived.where(at.in_([*_LIVED, *(f"Z{n}" for n in range(1, 6))]))
    people, posts = {}, []
    for row in connection.execute(lived):
        person, code = _renamed(row.person, renaming), _renamed(row.organisation, renaming)
        people[person] = {"id": person, "name": f"{place}{row.name}", "mail": "", "phone": ""}
        code = f"Z{number}{code[1:]}" if code.startswith("Z") else code
        post = {"person": person, "role": row.role, "organisation": code}
        posts.append({**post, "rank": row.rank})
    connection.execute(insert(_PEOPLE), list(people.values()))
    connection.execute(insert(_ASSIGNED), posts)
    barred = connection.execute(select(_BARRED).where(_BARRED.c.organisation.in_(_LIVED))).all()
    rows = [
        {
            "person": _renamed(row.person, renaming),
            "organisation": _renamed(row.organisation, renaming),
            "reason": row.reason,
        }
        for row in barred
    ]
    connection.execute(insert(_BARRED), rows)


def _last_year(connection: Connection) -> None:
    """The round before: over, its issues solved, its letters written."""
    row = connection.execute(select(_ROUNDS).where(_ROUNDS.c.id == THIS)).one()
    days = {"first": date(2025, 1, 1), "last": date(2025, 12, 31)}
    before = {**row._mapping, "id": BEFORE, "period": "2025", **days}
    connection.execute(insert(_ROUNDS), [before])
    for table, fixed in (
        (_CASES, {"status": "closed", "round": BEFORE}),
        (_ISSUES, {"state": "closed"}),
        (_LETTERS, {}),
    ):
        values = []
        for column in table.c:
            value: Any = column
            if column.name in fixed:
                value = literal(fixed[column.name])
            elif column.name in ("id", "case", "order"):
                value = func.replace(column, THIS, BEFORE)
            elif column.name in ("raised_on", "closed_on", "drafted_on"):
                value = literal(date(2025, 10, 9))
            values.append(value)
        connection.execute(insert(table).from_select([c.name for c in table.c], select(*values)))


def _troubles(connection: Connection) -> None:
    """A few messages that did not arrive, an order that could not be done."""
    some = _MESSAGES.c.key.like("%/S__30#%") & _MESSAGES.c.owed_on.between(
        date(2026, 6, 1), date(2026, 6, 20)
    )
    connection.execute(update(_MESSAGES).where(some).values(state="failed", reason="对方信箱已满"))
    orders = and_(_ORDERS.c.case == f"{THIS}/S00101", _ORDERS.c.flow == "issue_list")
    connection.execute(update(_ORDERS).where(orders).values(state="failed", outcome="磁盘已满"))


def _files(connection: Connection) -> None:
    """Four pieces of evidence of every school, each for one answer."""
    schools = select(_CASES.c.id, _CASES.c.subject).where(
        _CASES.c.round == THIS, _CASES.c.of == "case"
    )
    rows = connection.execute(schools).all()
    files, uses = [], []
    for row in rows:
        for n in range(4):
            # The last is the county's own paper, which every school hands in.
            hashed = f"{row.subject if n < 3 else COUNTY}{n}".ljust(64, "0")
            fields = {"name": f"佐证材料{n}.pdf", "media_type": "application/pdf", "size": 30_000}
            at = {"added_at": "2026-02-01T02:00:00Z"}
            files.append({"sha256": hashed, "organisation": row.subject, **fields, **at})
            uses.append({"sha256": hashed, "case": row.id, "indicator": f"A1.1.{n + 1}"})
    connection.execute(insert(_EVIDENCE), files)
    connection.execute(insert(_USES), uses)
