"""A letter's steps as its office takes them: an edited file uploaded, checked, issued, withdrawn,
replaced; and every version of its text, to be read again."""

from collections.abc import Callable

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlalchemy import Connection, Row

from engine.journal import Recorded
from engine.letter_facts import name_of
from portal.access import Visitor, leads
from portal.cleaning import one_line
from portal.desk import Desk
from portal.file_types import NotTaken, shown_name
from portal.gate import NotAllowed, Pages, entered
from portal.letter_files import keep, name_of_file, taken, text_of, version
from portal.letter_life import issue, others, steps, take
from portal.letters import receipt_of
from portal.pages.letters import GONE, WORD, found, letter_key, shown
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading
from rules.letter_words import CheckLetter, EditLetter, SupersedeLetter, WithdrawLetter
from rules.values import Refusal

pages = Pages()
MOST = 500  # characters of a reason


@pages.page("/letters/{order}/versions/{sha256}", "office")
def letter_version(
    order: str,
    sha256: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """One version of the text, for the office that writes it."""
    desk: Desk = request.app.state.desk
    row = _own(desk, connection, visitor, order)
    known = {one.sha256 for one in steps(connection, row, receipt_of(connection, row.order), True)}
    if sha256 not in {text_of(row), *known} - {""}:
        raise NotAllowed("这份文书没有这一版文本。")
    path = version(desk, row, sha256)
    if path is None:
        return render(request, "sentence.html", 404, heading="文件不见了", sentence=GONE)
    name = name_of_file(row, f"-{sha256[:8]}.docx")
    headers = {"x-content-type-options": "nosniff"}
    return FileResponse(path, media_type=WORD, filename=name, headers=headers)


@pages.page("/letters/{order}/edit", "office", methods=("POST",))
def edit_letter(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """A changed file is the new text."""

    def edited(desk: Desk, row: Row) -> Recorded | Refusal | None:
        content = _file(typed)
        form = {"reason": typed.text("reason", MOST)}
        if content is None or typed.mistakes:
            return None
        form["name"] = shown_name(typed.files("file")[0].filename or "")[-60:]
        command = EditLetter(letter=name_of(row.order), sha256=keep(desk, content), form=form)
        return take(desk, visitor, row, command, typed.once, typed.day("happened_on", False))

    return _answered(request, visitor, connection, order, typed, "edit", edited)


@pages.page("/letters/{order}/check", "office", methods=("POST",))
def check_letter(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """核稿: the text whose hash the page bore was read and may go out."""

    def checked(desk: Desk, row: Row) -> Recorded | Refusal | None:
        command = CheckLetter(letter=name_of(row.order), text=_hash(typed, row))
        return take(desk, visitor, row, command, typed.once, typed.day("happened_on", False))

    return _answered(request, visitor, connection, order, typed, "check", checked)


@pages.page("/letters/{order}/issue", "office", methods=("POST",))
def issue_letter(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """印发: numbered, and kept as the file and PDF that go out."""

    def issued(desk: Desk, row: Row) -> Recorded | Refusal | None:
        on = typed.day("happened_on", False)
        if typed.mistakes:
            return None
        return issue(desk, visitor, row, _hash(typed, row), typed.once, on)

    return _answered(request, visitor, connection, order, typed, "issue", issued)


@pages.page("/letters/{order}/withdraw", "office", methods=("POST",))
def withdraw_letter(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """撤回, with a reason."""

    def withdrawn(desk: Desk, row: Row) -> Recorded | Refusal | None:
        form = {"reason": typed.paragraphs("reason", MOST)}
        if typed.mistakes:
            return None
        command = WithdrawLetter(letter=name_of(row.order), form=form)
        return take(desk, visitor, row, command, typed.once, typed.day("happened_on", False))

    return _answered(request, visitor, connection, order, typed, "withdraw", withdrawn)


@pages.page("/letters/{order}/supersede", "office", methods=("POST",))
def supersede_letter(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """以新件替代: by a file uploaded, or by another letter of the case."""

    def superseded(desk: Desk, row: Row) -> Recorded | Refusal | None:
        form = {"reason": typed.paragraphs("reason", MOST)}
        by = typed.choice("by", others(connection, row), required=False)
        content = _file(typed, required=False)
        if typed.mistakes:
            return None
        sha256 = keep(desk, content) if content is not None and not by else ""
        command = SupersedeLetter(letter=name_of(row.order), by=by, sha256=sha256, form=form)
        return take(desk, visitor, row, command, typed.once, typed.day("happened_on", False))

    return _answered(request, visitor, connection, order, typed, "supersede", superseded)


def _own(desk: Desk, connection: Connection, visitor: Visitor, order: str) -> Row:
    row = found(desk, connection, visitor, order)
    if not leads(visitor, row.office):
        raise NotAllowed("这份文书由主办的督导室办理。")
    return row


def _answered(
    request: Request,
    visitor: Visitor,
    connection: Connection,
    order: str,
    typed: Typed,
    step: str,
    taken: Callable[[Desk, Row], Recorded | Refusal | None],
) -> Response:
    """Take a step; back to the letter, or the reason beside the step's form."""
    desk: Desk = request.app.state.desk
    row = _own(desk, connection, visitor, order)
    result = taken(desk, row)
    if result is None or typed.mistakes:
        mistakes = {step: next(iter(typed.mistakes.values()), "请核对。")}
    elif isinstance(result, Refusal):
        mistakes = {step: result.reason}
    else:
        said = "already" if result.again else "done"
        return RedirectResponse(f"/letters/{letter_key(row.order)}?said={said}", 303)
    given = {"reason": typed.raw("reason"), "by": typed.raw("by")}
    return shown(request, visitor, row, mistakes, **given)


def _hash(typed: Typed, row: Row) -> str:
    """The text the page showed; what is no hash is none of ours."""
    given = one_line(typed.raw("text"))
    hexadecimal = len(given) == 64 and set(given) <= set("0123456789abcdef")
    return given if hexadecimal else "0" * 64


def _file(typed: Typed, required: bool = True) -> bytes | None:
    files = typed.files("file")
    if not files:
        if required:
            typed.mistakes["file"] = "请选择修改后的Word文件。"
        return None
    try:
        return taken(files[0])
    except NotTaken as refusal:
        typed.mistakes["file"] = f"“{shown_name(files[0].filename or '')[-60:]}”{refusal}。"
        return None
