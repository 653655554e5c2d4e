"""The log and the letters as other systems read them."""

import json
from typing import Annotated

from fastapi import Path, Query, Request, Response
from fastapi.responses import FileResponse
from sqlalchemy import Connection, Row, bindparam, select

from models.cases import Case
from models.events import StoredEvent
from models.letters import Letter
from models.organisations import Organisation
from portal import letters as shelf
from portal.access import offices_within
from portal.api.reads import AtCall, Calling, Connected
from portal.api.tokens import READ, Caller, Calls, NotTaken
from portal.api.words import Cursor, EventOut, Events, LetterOut, Letters, Limit, Line, Named
from portal.desk import Desk
from portal.letter_files import name_of_file
from portal.rendering import case_of, key_of
from portal.story import TITLES

_EVENTS, _LETTERS, _CASES = StoredEvent.__table__, Letter.__table__, Case.__table__
_ORGANISATIONS = Organisation.__table__

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
AROUND = ("type", "v", "stage", "item", "happened_on", "payload")  # said beside the event's data

_AFTER = (
    select(_EVENTS)
    .where(_EVENTS.c.case == bindparam("case"), _EVENTS.c.seq > bindparam("after"))
    .order_by(_EVENTS.c.seq)
    .limit(bindparam("most"))
)
_LISTED = (
    select(_LETTERS, _CASES.c.subject, _ORGANISATIONS.c.name)
    .join(_CASES, _CASES.c.id == _LETTERS.c.case)
    .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .order_by(_LETTERS.c.order)
)

calls = Calls(tags=["读取"])

LetterKey = Annotated[Line, Path(max_length=200, description="文书编号，“/”写作“~”，“#”写作“@”。")]


@calls.answers(
    "GET", "/cases/{case}/events", READ, response_model=Events, summary="某序号之后的事件"
)
def events(
    sight: AtCall,
    after: Annotated[int, Query(ge=0, le=10**9, description="已经读到的序号。")] = 0,
    limit: Limit = 100,
) -> Events:
    """The events of a case after a number."""
    asked = {"case": sight.id, "after": after, "most": limit + 1}
    rows = sight.connection.execute(_AFTER, asked).all()
    return Events(items=[event_out(row) for row in rows[:limit]], more=len(rows) > limit)


def event_out(row: Row) -> EventOut:
    """A stored event as other systems see it."""
    body = json.loads(row.body)
    return EventOut(
        case=row.case,
        seq=row.seq,
        type=row.type,
        title=TITLES.get(row.type, ""),
        stage=row.stage,
        item=row.item,
        happened_on=row.happened_on,
        at=row.at,
        actor=row.actor,
        role=row.role,
        on_behalf_of=row.on_behalf_of,
        data={name: value for name, value in body.items() if name not in AROUND},
        hash=row.hash,
    )


@calls.answers("GET", "/letters", READ, response_model=Letters, summary="文书（按编号分页）")
def letters(
    one: Calling,
    connection: Connected,
    case: Annotated[Line, Query(max_length=160, description="只要这个案卷的；“/”写作“~”。")] = "",
    kind: Annotated[Line, Query(max_length=60, description="文书种类，如 opinion_letter。")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Letters:
    """The letters of the office and of those below it, by case and number."""
    wanted = _LISTED.where(_LETTERS.c.office.in_(offices_within(connection, one.visitor)))
    if case:
        wanted = wanted.where(_LETTERS.c.case == case_of(case))
    if kind:
        wanted = wanted.where(_LETTERS.c.kind == kind)
    if cursor:
        wanted = wanted.where(_LETTERS.c.order > _order(cursor))
    rows = connection.execute(wanted.limit(limit + 1)).all()
    items = [_letter(row) for row in rows[:limit]]
    return Letters(items=items, next=items[-1].key if len(rows) > limit else "")


def _key(order: str) -> str:
    return key_of(order).replace("#", "@")


def _order(key: str) -> str:
    return case_of(key).replace("@", "#")


def _letter(row: Row) -> LetterOut:
    return LetterOut(
        order=row.order,
        key=_key(row.order),
        case=row.case,
        kind=row.kind,
        title=row.title,
        subject=Named(code=row.subject, name=row.name),
        drafted_on=row.drafted_on,
        received_at=row.received_at,
        sha256=shelf.text_of(row),
        pdf_sha256=row.pdf,
        state=row.state,
        number=row.number,
        issued_on=row.issued_on,
        replaced_by=_key(row.replaced_by),
    )


@calls.answers("GET", "/letters/{order}", READ, response_model=LetterOut, summary="一份文书")
def letter(request: Request, order: LetterKey, one: Calling, connection: Connected) -> LetterOut:
    """One letter; reading it here signs for nothing."""
    return _letter(_found(request, connection, one, order))


@calls.answers(
    "GET",
    "/letters/{order}/file",
    READ,
    response_class=FileResponse,
    responses={200: {"content": {WORD: {"schema": {"type": "string", "format": "binary"}}}}},
    summary="文书的Word文件",
)
def file(request: Request, order: LetterKey, one: Calling, connection: Connected) -> Response:
    """The file, byte by byte as it was written."""
    row = _found(request, connection, one, order)
    path = shelf.file_of(request.app.state.desk, row)
    if path is None:
        raise NotTaken(404, "服务器上找不到这份文书的文件，请督导室从备份中恢复。")
    return FileResponse(path, media_type=WORD, filename=name_of_file(row))


def _found(request: Request, connection: Connection, one: Caller, key: str) -> Row:
    desk: Desk = request.app.state.desk
    row = shelf.one(desk, connection, one.visitor, _order(key))
    if row is None or row.office not in offices_within(connection, one.visitor):
        raise NotTaken(403, "没有这份文书，或者它不在您负责的范围内。")
    return row
