"""文书: found, opened, downloaded, signed for - in the portal or on paper."""

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlalchemy import Connection, Row

from portal import letters
from portal.access import EVERYONE, Visitor, leads
from portal.cleaning import one_line
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.letters import Asked
from portal.receiving import Typed, typed_form
from portal.rendering import case_of, key_of, render
from portal.sight import reading
from portal.upload_pages import page_number

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

pages = Pages(outside=True)


@pages.page("/letters", *EVERYONE)
def letters_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The letters a seat may open, the latest first."""
    desk: Desk = request.app.state.desk
    kinds, years = letters.kinds(visitor), letters.years(connection, desk.today())
    asked = _asked(request, kinds, years)
    rows, more = letters.listed(desk, connection, visitor, asked)
    return render(
        request,
        "letters/list.html",
        asked=asked,
        rows=rows,
        more=more,
        kinds=kinds,
        years=years,
        addressed=letters.ADDRESSED,
        key=letter_key,
    )


def _asked(request: Request, kinds: dict[str, str], years: list[int]) -> Asked:
    query = request.query_params
    kind, year = query.get("kind", ""), query.get("year", "")
    return Asked(
        one_line(query.get("name", ""))[:60],
        kind if kind in kinds else "",
        next((one for one in years if str(one) == year), 0),
        query.get("waiting") == "1",
        page_number(query.get("page", "")),
    )


@pages.page("/letters/{order}", *EVERYONE)
def letter_page(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """One letter. Opened by its addressee for the first time, it is signed for."""
    desk: Desk = request.app.state.desk
    row = _found(desk, connection, visitor, order)
    letters.receive(desk, visitor, row)
    return _letter(request, visitor, row, {})


def _letter(
    request: Request, visitor: Visitor, row: Row, mistakes: dict[str, str], **typed: str
) -> Response:
    desk: Desk = request.app.state.desk
    path = letters.file_of(desk, row)
    with desk.database.reading() as now:  # after the receipt
        receipt = letters.receipt_of(now, row.order)
        opens = letters.case_opens(desk, now, visitor, row)
    return render(
        request,
        "letters/one.html",
        422 if mistakes else 200,
        row=row,
        title_of_kind=letters.LETTERS[row.kind].title if row.kind in letters.LETTERS else row.kind,
        there=path is not None,
        unchanged=path is not None and letters.is_unchanged(path, row),
        receipt=receipt,
        opens=opens,
        enters=leads(visitor, row.office),
        key=letter_key,
        mistakes=mistakes,
        typed={"told_by": "", "received_on": "", **typed},
    )


@pages.page("/letters/{order}/file", *EVERYONE)
def letter_file(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The letter as a Word file."""
    desk: Desk = request.app.state.desk
    row = _found(desk, connection, visitor, order)
    path = letters.file_of(desk, row)
    if path is None:
        sentence = "服务器上找不到这份文书的文件，可能被移动或删除。请联系督导室从备份中恢复。"
        return render(request, "sentence.html", 404, heading="文件不见了", sentence=sentence)
    letters.receive(desk, visitor, row)
    name = path.name.partition("-")[2] or path.name  # without its number in the case
    headers = {"x-content-type-options": "nosniff"}
    return FileResponse(path, media_type=WORD, filename=name, headers=headers)


@pages.page("/letters/{order}/receipt", "office", methods=("POST",))
def receipt_on_paper(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Enter that a letter was received on paper: who said so, and when it was."""
    desk: Desk = request.app.state.desk
    row = _found(desk, connection, visitor, order)
    if not leads(visitor, row.office) or not letters.addressee_of(row):
        raise NotAllowed("这份文书不由本室送达，或不需要签收。")
    told_by = typed.text("told_by", 30, required=True)
    on = typed.day("received_on")
    if on is not None and not row.drafted_on <= on <= desk.today():
        typed.mistakes["received_on"] = "签收日期应在成文日期与今天之间。"
    if typed.mistakes or on is None:
        given = {"told_by": told_by, "received_on": typed.raw("received_on")}
        return _letter(request, visitor, row, typed.mistakes, **given)
    now = letters.receive_on_paper(desk, visitor, row, told_by, on)
    said = "done" if now else "already"
    return RedirectResponse(f"/letters/{letter_key(row.order)}?said={said}", 303)


def _found(desk: Desk, connection: Connection, visitor: Visitor, key: str) -> Row:
    order = case_of(key).replace("@", "#")
    row = letters.one(desk, connection, visitor, order) if order.isprintable() else None
    if row is None:
        raise NotAllowed("没有这份文书，或者它不是送给您单位的。")
    return row


def letter_key(order: str) -> str:
    """A letter's order as one part of an address."""
    return key_of(order).replace("#", "@")
