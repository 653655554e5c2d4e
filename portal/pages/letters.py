"""文书: found, opened, downloaded, signed for - in the portal or on paper."""

from typing import Any
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlalchemy import Connection, Row

from documents.numbering import NUMBERED
from engine.letter_facts import next_number
from portal import letters
from portal.access import EVERYONE, Visitor, leads
from portal.cleaning import one_line
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.letter_files import name_of_file, place_of, preview, text_of
from portal.letter_life import FILTERS, STATES, UNISSUED, others, replaced, steps
from portal.letters import Asked
from portal.receiving import Typed, typed_form
from portal.rendering import case_of, key_of, render
from portal.sight import reading
from portal.upload_pages import page_number
from rules.letter_life import number_line

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
GONE = "服务器上找不到这份文书的文件，可能被移动或删除。请联系督导室从备份中恢复。"
NO_PDF = "这份文书的文本经过修改，PDF在印发时由改后的文本生成；请下载Word文件查看。"

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
        state=_state(request),
        states={key: title for key, (title, *_) in FILTERS.items()},
        titles=STATES,
        numbered=NUMBERED,
        rows=rows,
        more=more,
        kinds=kinds,
        years=years,
        addressed=letters.ADDRESSED,
        whole=visitor.role in letters.WHOLE_OFFICES,
        key=letter_key,
    )


def _state(request: Request) -> str:
    given = request.query_params.get("state", "")
    return given if given in FILTERS else ""


def _asked(request: Request, kinds: dict[str, str], years: list[int]) -> Asked:
    query = request.query_params
    kind, year = query.get("kind", ""), query.get("year", "")
    _, states, numbered = FILTERS.get(_state(request), ("", (), False))
    return Asked(
        one_line(query.get("name", ""))[:60],
        kind if kind in kinds else "",
        next((one for one in years if str(one) == year), 0),
        query.get("waiting") == "1",
        states,
        numbered,
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
    row = found(desk, connection, visitor, order)
    letters.receive(desk, visitor, row)
    return shown(request, visitor, row, {})


def shown(
    request: Request, visitor: Visitor, row: Row, mistakes: dict[str, str], **typed: str
) -> Response:
    """The page of one letter; with what was typed and what is wrong with it."""
    desk: Desk = request.app.state.desk
    path = letters.file_of(desk, row)
    with desk.database.reading() as now:  # after the receipt
        receipt = letters.receipt_of(now, row.order)
        view: dict[str, Any] = {
            "receipt": receipt,
            "opens": letters.case_opens(desk, now, visitor, row),
            "replaced": replaced(now, row),
            "life": steps(now, row, receipt, visitor.role in letters.WHOLE_OFFICES),
            "others": others(now, row) if row.state in ("issued", "withdrawn") else {},
            "next_line": _next_line(desk, now, row),
        }
    return render(
        request,
        "letters/one.html",
        422 if mistakes else 200,
        row=row,
        title_of_kind=letters.LETTERS[row.kind].title if row.kind in letters.LETTERS else row.kind,
        there=path is not None,
        unchanged=path is not None and letters.is_unchanged(path, row),
        text=text_of(row),
        pdf=bool(row.pdf) or (row.state in UNISSUED and text_of(row) == row.sha256 and row.path),
        enters=leads(visitor, row.office),
        whole=visitor.role in letters.WHOLE_OFFICES,
        state=STATES.get(row.state, row.state),
        issues="印发" if row.kind in NUMBERED else "归档",
        key=letter_key,
        mistakes=mistakes,
        typed={"told_by": "", "received_on": "", "reason": "", "by": "", **typed},
        **view,
    )


def _next_line(desk: Desk, connection: Connection, row: Row) -> str:
    """The number a letter would bear if it were issued now."""
    if row.state != "checked" or row.kind not in NUMBERED:
        return ""
    year = desk.today().year
    code, number = next_number(connection, row.office, year)
    return number_line(code, year, number) if code else ""


@pages.page("/letters/{order}/file", *EVERYONE)
def letter_file(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The letter as a Word file."""
    desk: Desk = request.app.state.desk
    row = found(desk, connection, visitor, order)
    path = letters.file_of(desk, row)
    if path is None:
        return render(request, "sentence.html", 404, heading="文件不见了", sentence=GONE)
    letters.receive(desk, visitor, row)
    headers = {"x-content-type-options": "nosniff"}
    return FileResponse(path, media_type=WORD, filename=name_of_file(row), headers=headers)


@pages.page("/letters/{order}/pdf", *EVERYONE)
def letter_pdf(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The letter as a PDF: the one it was issued with, or a preview of the paper as drafted."""
    desk: Desk = request.app.state.desk
    row = found(desk, connection, visitor, order)
    place = place_of(desk, row.pdf) if row.pdf else None
    if place is not None and not place.is_file():
        return render(request, "sentence.html", 404, heading="文件不见了", sentence=GONE)
    if place is not None:
        content = place.read_bytes()
    else:
        content = preview(desk, connection, row) if row.state in UNISSUED else None
    if content is None:
        return render(request, "sentence.html", 404, heading="没有PDF", sentence=NO_PDF)
    letters.receive(desk, visitor, row)
    shown_as = f"inline; filename*=UTF-8''{quote(name_of_file(row, '.pdf'))}"
    headers = {"x-content-type-options": "nosniff", "content-disposition": shown_as}
    return Response(content, media_type=PDF, headers=headers)


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
    row = found(desk, connection, visitor, order)
    if not leads(visitor, row.office) or not letters.addressee_of(row):
        raise NotAllowed("这份文书不由本室送达，或不需要签收。")
    told_by = typed.text("told_by", 30, required=True)
    on = typed.day("received_on")
    if on is not None and not row.drafted_on <= on <= desk.today():
        typed.mistakes["received_on"] = "签收日期应在成文日期与今天之间。"
    if typed.mistakes or on is None:
        given = {"told_by": told_by, "received_on": typed.raw("received_on")}
        return shown(request, visitor, row, typed.mistakes, **given)
    now = letters.receive_on_paper(desk, visitor, row, told_by, on)
    said = "done" if now else "already"
    return RedirectResponse(f"/letters/{letter_key(row.order)}?said={said}", 303)


def found(desk: Desk, connection: Connection, visitor: Visitor, key: str) -> Row:
    """The letter an address names; NotAllowed where there is none or it is not the visitor's."""
    order = case_of(key).replace("@", "#")
    row = letters.one(desk, connection, visitor, order) if order.isprintable() else None
    if row is None:
        raise NotAllowed("没有这份文书，或者它不是送给您单位的。")
    return row


def letter_key(order: str) -> str:
    """A letter's order as one part of an address."""
    return key_of(order).replace("#", "@")
