"""文书: found, opened, downloaded, signed for - in the portal or on paper."""

from typing import Any
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlalchemy import Connection, Row

from documents.catalogue import LETTERS
from documents.word import built_in_hash
from engine.letter_facts import next_number
from portal import letters
from portal.access import EVERYONE, Visitor
from portal.cleaning import one_line
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.letter_at_hand import LetterAtHand, letter_at_hand, letter_key
from portal.letter_files import name_of_file, place_of, preview, text_of
from portal.letter_life import FILTERS, STATES, UNISSUED, others, printing, replaced, steps
from portal.letters import Asked
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading
from portal.upload_pages import page_number
from rules.letter_life import number_line

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
GONE = "服务器上找不到这份文书的文件，可能被移动或删除。请联系督导室从备份中恢复。"
NO_PDF = "文本修改过或按本室模板排版的文书，印发后才由印发的Word文件生成PDF；请先下载Word文件查看。"

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
        rows=rows,
        more=more,
        kinds=kinds,
        years=years,
        addressed=letters.ADDRESSED,
        whole=visitor.role in letters.WHOLE_OFFICES,
        key=letter_key,
        # What was checked may be issued together: by its own office, from the lists of what waits.
        together=visitor.role == "office" and _state(request) in ("checked", "unnumbered"),
        mine=visitor.organisation,
        ticked=request.query_params.get("all") == "1",
        text_of=text_of,
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
def letter_page(letter: LetterAtHand = Depends(letter_at_hand)) -> Response:
    """One letter. Opened by its addressee for the first time, it is signed for."""
    letters.receive(letter.desk, letter.visitor, letter.row)
    return shown(letter, {})


def shown(letter: LetterAtHand, mistakes: dict[str, str], **typed: str) -> Response:
    """The page of one letter; with what was typed and what is wrong with it."""
    desk, row = letter.desk, letter.row
    path = letters.file_of(desk, row)
    whole = letter.visitor.role in letters.WHOLE_OFFICES
    with desk.database.reading() as now:  # after the receipt
        receipt = letters.receipt_of(now, row.order)
        view: dict[str, Any] = {
            "receipt": receipt,
            "opens": letters.case_opens(desk, now, letter.visitor, row),
            "replaced": replaced(now, row),
            "life": steps(now, row, receipt, whole),
            "others": others(now, row) if row.state in ("issued", "withdrawn") else {},
            "next_line": _next_line(desk, now, row),
            "printing": printing(now, row),
        }
    return render(
        letter.request,
        "letters/one.html",
        422 if mistakes else 200,
        row=row,
        title_of_kind=LETTERS[row.kind].title if row.kind in LETTERS else row.kind,
        there=path is not None,
        unchanged=path is not None and letters.is_unchanged(path, row),
        text=text_of(row),
        pdf=bool(row.pdf) or _previewed(row),
        enters=letter.own,
        whole=whole,
        state=STATES.get(row.state, row.state),
        issues="印发" if row.numbered else "归档",
        key=letter_key,
        mistakes=mistakes,
        typed={"told_by": "", "received_on": "", "reason": "", "by": "", **typed},
        **view,
    )


def _previewed(row: Row) -> bool:
    """Whether the exact PDF of a letter not issued yet can be shown: of a text that was neither
    edited nor set in a template of an office."""
    ours = row.template in ("", built_in_hash())
    return bool(row.state in UNISSUED and text_of(row) == row.sha256 and row.path and ours)


def _next_line(desk: Desk, connection: Connection, row: Row) -> str:
    """The number a letter would bear if it were issued now."""
    if row.state != "checked" or not row.numbered:
        return ""
    year = desk.today().year
    code, number = next_number(connection, row.office, year)
    return number_line(code, year, number) if code else ""


@pages.page("/letters/{order}/file", *EVERYONE)
def letter_file(letter: LetterAtHand = Depends(letter_at_hand)) -> Response:
    """The letter as a Word file."""
    path = letters.file_of(letter.desk, letter.row)
    if path is None:
        return _none(letter, "文件不见了", GONE)
    letters.receive(letter.desk, letter.visitor, letter.row)
    name, headers = name_of_file(letter.row), {"x-content-type-options": "nosniff"}
    return FileResponse(path, media_type=WORD, filename=name, headers=headers)


@pages.page("/letters/{order}/pdf", *EVERYONE)
def letter_pdf(letter: LetterAtHand = Depends(letter_at_hand)) -> Response:
    """The letter as a PDF: the one it was issued with, or a preview of the paper as drafted."""
    desk, row = letter.desk, letter.row
    place = place_of(desk, row.pdf) if row.pdf else None
    if place is not None and not place.is_file():
        return _none(letter, "文件不见了", GONE)
    if place is not None:
        content = place.read_bytes()
    else:
        content = preview(desk, letter.connection, row) if row.state in UNISSUED else None
    if content is None:
        return _none(letter, "没有PDF", printing(letter.connection, row) or NO_PDF)
    letters.receive(desk, letter.visitor, row)
    shown_as = f"inline; filename*=UTF-8''{quote(name_of_file(row, '.pdf'))}"
    headers = {"x-content-type-options": "nosniff", "content-disposition": shown_as}
    return Response(content, media_type=PDF, headers=headers)


def _none(letter: LetterAtHand, heading: str, sentence: str) -> Response:
    return render(letter.request, "sentence.html", 404, heading=heading, sentence=sentence)


@pages.page("/letters/{order}/receipt", "office", methods=("POST",))
def receipt_on_paper(
    letter: LetterAtHand = Depends(letter_at_hand), typed: Typed = Depends(typed_form)
) -> Response:
    """Enter that a letter was received on paper: who said so, and when it was."""
    desk, row = letter.desk, letter.row
    if not letter.own or not letters.addressee_of(row):
        raise NotAllowed("这份文书不由本室送达，或不需要签收。")
    told_by = typed.text("told_by", 30, required=True)
    on = typed.day("received_on")
    if on is not None and not row.drafted_on <= on <= desk.today():
        typed.mistakes["received_on"] = "签收日期应在成文日期与今天之间。"
    if typed.mistakes or on is None:
        return shown(letter, typed.mistakes, told_by=told_by, received_on=typed.raw("received_on"))
    now = letters.receive_on_paper(desk, letter.visitor, row, told_by, on)
    return RedirectResponse(f"{letter.address}?said={'done' if now else 'already'}", 303)
