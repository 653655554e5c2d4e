"""发文登记簿: every number an office has given in a year, in order, with the letter that bears it;
as a page and as an Excel table."""

from collections.abc import Sequence
from typing import NamedTuple

from fastapi import Depends, Request, Response
from sqlalchemy import Connection, and_, func, select

from documents.catalogue import LETTERS
from engine.letter_facts import order_of
from models.cases import Case
from models.events import StoredEvent
from models.letters import Letter, LetterNumber
from models.organisations import Organisation
from models.people import Person
from portal.access import Visitor, ledgers_within
from portal.desk import Desk
from portal.gate import Pages, entered
from portal.letter_at_hand import letter_key
from portal.letter_life import MANY, STATES, unissued
from portal.letters import WHOLE_OFFICES, years
from portal.rendering import moment, render
from portal.sight import reading
from portal.tables_out import MOST_ROWS, Column, Sheet, attached, workbook
from portal.upload_pages import page_number
from rules.letter_life import number_line

_NUMBERS, _LETTERS, _EVENTS = LetterNumber.__table__, Letter.__table__, StoredEvent.__table__
_CASES, _UNITS, _PEOPLE = Case.__table__, Organisation.__table__, Person.__table__
PAGE = 100

_ROWS = (
    select(
        _NUMBERS,
        _LETTERS.c.order,
        _LETTERS.c.title,
        _LETTERS.c.kind,
        _LETTERS.c.state,
        _UNITS.c.name.label("unit"),
        func.coalesce(_PEOPLE.c.name, _EVENTS.c.actor).label("by"),
    )
    .join(_CASES, _CASES.c.id == _NUMBERS.c.case)
    .join(_UNITS, _UNITS.c.code == _CASES.c.subject)
    .join(_LETTERS, _LETTERS.c.order == _NUMBERS.c.case + "#" + _NUMBERS.c.letter)
    .join(
        _EVENTS,
        and_(
            _EVENTS.c.case == _NUMBERS.c.case,
            _EVENTS.c.item == _NUMBERS.c.letter,
            _EVENTS.c.type == "letter.issued",
        ),
    )
    .outerjoin(_PEOPLE, _PEOPLE.c.id == _EVENTS.c.actor)
    .order_by(_NUMBERS.c.office, _NUMBERS.c.code, _NUMBERS.c.number)
)

pages = Pages()


class Line(NamedTuple):
    """One number: as it stands on the paper, and the letter."""

    line: str
    order: str
    title: str
    kind: str
    issued_on: object
    unit: str
    by: str
    state: str


@pages.page("/numbers", *WHOLE_OFFICES)
def numbers_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The numbers of a year, the latest year first asked for."""
    desk: Desk = request.app.state.desk
    known, offices = years(connection, desk.today()), ledgers_within(connection, visitor)
    year, page = _year(request, known), page_number(request.query_params.get("page", ""))
    rows = _lines(connection, offices, year, PAGE + 1, (page - 1) * PAGE)
    counted = select(func.count()).where(_NUMBERS.c.office.in_(offices), _NUMBERS.c.year == year)
    return render(
        request,
        "letters/numbers.html",
        year=year,
        years=known,
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        page=page,
        whole=connection.execute(counted).scalar_one(),
        waiting=unissued(connection, offices, numbered=True),
        many=MANY,
        titles=STATES,
        key=letter_key,
    )


@pages.page("/numbers/table", *WHOLE_OFFICES)
def numbers_table(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The same as an Excel table."""
    desk: Desk = request.app.state.desk
    year = _year(request, years(connection, desk.today()))
    offices = ledgers_within(connection, visitor)
    columns = [
        *(Column("发文字号", 26), Column("文书", 46), Column("种类", 18), Column("印发日期", 12)),
        *(Column("所涉单位", 30), Column("印发人", 12), Column("状态", 16)),
    ]
    rows = [
        (one.line, one.title, _kind(one.kind), one.issued_on, one.unit, one.by, STATES[one.state])
        for one in _lines(connection, offices, year, MOST_ROWS, 0)
    ]
    title, now = f"{year}年发文登记簿", desk.now()
    notes = [f"{visitor.seat.title}{visitor.name}于{moment(now.isoformat())}导出。"]
    content = workbook(title, [Sheet("发文登记簿", columns, rows)], notes, now)
    return attached(content, f"{title}.xlsx")


def _kind(kind: str) -> str:
    return LETTERS[kind].title if kind in LETTERS else kind


def _year(request: Request, known: Sequence[int]) -> int:
    given = request.query_params.get("year", "")
    return next((one for one in known if str(one) == given), known[0])


def _lines(
    connection: Connection, offices: Sequence[str], year: int, most: int, past: int
) -> list[Line]:
    wanted = _ROWS.where(_NUMBERS.c.office.in_(offices), _NUMBERS.c.year == year)
    return [
        Line(
            number_line(row.code, row.year, row.number),
            order_of(row.case, row.letter),
            row.title,
            row.kind,
            row.issued_on,
            row.unit,
            row.by,
            row.state,
        )
        for row in connection.execute(wanted.limit(most).offset(past))
    ]
