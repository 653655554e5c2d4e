"""A letter's steps as its office takes them: an edited file uploaded, checked, issued, withdrawn,
replaced; and every version of its text, to be read again."""

from fastapi import Depends, Response
from fastapi.responses import FileResponse, RedirectResponse

from engine.journal import Recorded
from portal.cleaning import one_line
from portal.file_types import NotTaken, shown_name
from portal.gate import NotAllowed, Pages
from portal.letter_at_hand import LetterAtHand, own_letter
from portal.letter_files import keep, name_of_file, taken, text_of, version
from portal.letter_life import issue, others, steps, take
from portal.letters import receipt_of
from portal.pages.letters import GONE, WORD, shown
from portal.receiving import Typed, typed_form
from portal.rendering import render
from rules.letter_words import (
    CheckLetter,
    EditLetter,
    LetterCommand,
    SupersedeLetter,
    WithdrawLetter,
)
from rules.values import Refusal

pages = Pages()
MOST = 500  # characters of a reason


@pages.page("/letters/{order}/versions/{sha256}", "office")
def letter_version(sha256: str, letter: LetterAtHand = Depends(own_letter)) -> Response:
    """One version of the text, for the office that writes it."""
    row, connection = letter.row, letter.connection
    known = {one.sha256 for one in steps(connection, row, receipt_of(connection, row.order), True)}
    if sha256 not in {text_of(row), *known} - {""}:
        raise NotAllowed("这份文书没有这一版文本。")
    path = version(letter.desk, row, sha256)
    if path is None:
        return render(letter.request, "sentence.html", 404, heading="文件不见了", sentence=GONE)
    name = name_of_file(row, f"-{sha256[:8]}.docx")
    headers = {"x-content-type-options": "nosniff"}
    return FileResponse(path, media_type=WORD, filename=name, headers=headers)


@pages.page("/letters/{order}/edit", "office", methods=("POST",))
def edit_letter(
    letter: LetterAtHand = Depends(own_letter), typed: Typed = Depends(typed_form)
) -> Response:
    """A changed file is the new text."""
    content, form = _file(typed), {"reason": typed.text("reason", MOST)}
    command = None
    if content is not None and not typed.mistakes:
        form["name"] = shown_name(typed.files("file")[0].filename or "")[-60:]
        command = EditLetter(letter=letter.name, sha256=keep(letter.desk, content), form=form)
    return _taken(letter, typed, "edit", command)


@pages.page("/letters/{order}/check", "office", methods=("POST",))
def check_letter(
    letter: LetterAtHand = Depends(own_letter), typed: Typed = Depends(typed_form)
) -> Response:
    """核稿: the text whose hash the page bore was read and may go out."""
    command = CheckLetter(letter=letter.name, text=hash_in(typed, "text"))
    return _taken(letter, typed, "check", command)


@pages.page("/letters/{order}/issue", "office", methods=("POST",))
def issue_letter(
    letter: LetterAtHand = Depends(own_letter), typed: Typed = Depends(typed_form)
) -> Response:
    """印发: numbered, and kept as the file that goes out, with its PDF or before it."""
    on = typed.day("happened_on", False)
    result = None
    if not typed.mistakes:
        text = hash_in(typed, "text")
        result = issue(letter.desk, letter.visitor, letter.row, text, typed.once, on)
    return _answered(letter, typed, "issue", result)


@pages.page("/letters/{order}/withdraw", "office", methods=("POST",))
def withdraw_letter(
    letter: LetterAtHand = Depends(own_letter), typed: Typed = Depends(typed_form)
) -> Response:
    """撤回, with a reason."""
    form = {"reason": typed.paragraphs("reason", MOST)}
    return _taken(letter, typed, "withdraw", WithdrawLetter(letter=letter.name, form=form))


@pages.page("/letters/{order}/supersede", "office", methods=("POST",))
def supersede_letter(
    letter: LetterAtHand = Depends(own_letter), typed: Typed = Depends(typed_form)
) -> Response:
    """以新件替代: by a file uploaded, or by another letter of the case."""
    form = {"reason": typed.paragraphs("reason", MOST)}
    by = typed.choice("by", others(letter.connection, letter.row), required=False)
    content = _file(typed, required=False)
    command = None
    if not typed.mistakes:
        sha256 = keep(letter.desk, content) if content is not None and not by else ""
        command = SupersedeLetter(letter=letter.name, by=by, sha256=sha256, form=form)
    return _taken(letter, typed, "supersede", command)


def _taken(
    letter: LetterAtHand, typed: Typed, step: str, command: LetterCommand | None
) -> Response:
    """Take a step; without a command the form said what is wrong."""
    on = typed.day("happened_on", False)
    if command is None or typed.mistakes:
        return _answered(letter, typed, step, None)
    result = take(letter.desk, letter.visitor, letter.row, command, typed.once, on)
    return _answered(letter, typed, step, result)


def _answered(
    letter: LetterAtHand, typed: Typed, step: str, result: Recorded | Refusal | None
) -> Response:
    """Back to the letter, or the reason beside the step's form."""
    if isinstance(result, Recorded):
        return RedirectResponse(
            f"{letter.address}?said={'already' if result.again else 'done'}", 303
        )
    why = result.reason if result else next(iter(typed.mistakes.values()), "请核对。")
    return shown(letter, {step: why}, reason=typed.raw("reason"), by=typed.raw("by"))


def hash_in(typed: Typed, name: str) -> str:
    """The text a page showed; what is no hash is none of ours."""
    given = one_line(typed.raw(name))
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
