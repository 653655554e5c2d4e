"""自查自评: a school's account by the standard - filled in, saved as it grows, handed in, read."""

from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from engine.journal import SHANGHAI
from portal import drafts
from portal.access import EVERYONE
from portal.answers import Tally
from portal.commands import record
from portal.drafts import Values
from portal.gate import NotAllowed, Pages
from portal.receiving import Typed, typed_form
from portal.self_assessment_at_hand import AtHand, at_hand
from portal.self_assessment_form import Fields, wrong_days
from portal.self_assessment_page import Link, form_page, read_page, words
from portal.sheets import MOST_OF_A_FILE, Unreadable
from portal.sight import Sight, case_at_hand
from portal.tables_out import attached
from portal.workbook import workbook
from portal.workbook_reading import read_workbook
from rules.self_assessment import SubmitSelfAssessment
from rules.values import Refusal

pages = Pages(outside=True)

PATH = "/cases/{case}/{stage}/self-assessment"
OVER = "自评现在不能修改：可能已经提交，或这个环节已经结束。"


@pages.page(PATH, *EVERYONE)
def open_account(stage: str, request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """The form for those who fill it in; what was handed in for everyone else."""
    here = at_hand(sight, stage)
    if here.offer is None:
        return read_page(request, here)
    return form_page(request, here, here.start())


@pages.page(PATH, *EVERYONE, methods=("POST",))
def send_account(
    stage: str,
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Save it, take over last year's answers, or hand it in - which needs its own button."""
    here = at_hand(sight, stage)
    found = here.account.came(typed.form.multi_items())
    version = typed.number("version", required=False) or 0
    if here.offer is None:
        return _too_late(request, here, typed, found)
    if typed.yes("reuse"):
        return _reuse(request, here)
    mine = Values(found, version)
    if wrong := here.account.too_long(found):
        return form_page(request, here, mine, wrong=wrong, status=422)
    saved, _ = here.keep(found, version)
    if not saved:
        return _met(request, here, mine)
    mine = Values(found, saved)
    if typed.yes("submit"):
        return _submit(request, here, typed, mine)
    return RedirectResponse(f"{here.address}?said=saved", 303)


def _submit(request: Request, here: AtHand, typed: Typed, mine: Values) -> Response:
    """Hand it in; refused, all of it is still there, and what has to be mended is named."""
    counted = here.account.tally(mine)
    wrong = {**counted.wrong, **wrong_days(mine)}
    if wrong:
        return form_page(request, here, mine, wrong=wrong, status=422)
    command = _command(here, mine, counted)
    result = record(here.sight, command, here.offer.role, f"web {typed.once}")
    if isinstance(result, Refusal):
        return form_page(request, here, mine, refused=result.reason, status=422)
    drafts.forget(here.sight, here.offer)
    said = "already" if result.again else "sent"
    return RedirectResponse(f"{here.stage_address}?said={said}", 303)


def _too_late(request: Request, here: AtHand, typed: Typed, found: Fields) -> Response:
    """Nothing is on offer any more. The same wish sent twice is answered as the first time."""
    if not typed.yes("submit") or not here.sight.roles:
        return read_page(request, here, refused=OVER, status=409)
    mine = Values(found)
    command = _command(here, mine, here.account.tally(mine))
    result = record(here.sight, command, here.sight.roles[0], f"web {typed.once}")
    if isinstance(result, Refusal):
        return read_page(request, here, refused=result.reason, status=409)
    return RedirectResponse(f"{here.stage_address}?said=already", 303)


def _command(here: AtHand, value: Values, counted: Tally) -> SubmitSelfAssessment:
    form = here.account.form(value, counted, here.uploaded)
    return SubmitSelfAssessment(stage=here.stage, form=form)


def _reuse(request: Request, here: AtHand) -> Response:
    """Last year's answers become the draft, once, while there is none."""
    before = here.last_year()
    if before is None:
        return RedirectResponse(here.address, 303)
    here.keep(before.fields, 0)
    return RedirectResponse(f"{here.address}?note=reused", 303)


def _met(request: Request, here: AtHand, mine: Values) -> Response:
    """Somebody else has saved meanwhile: both stand side by side, and the sender decides."""
    theirs = here.start()
    differing = here.account.differing(mine, theirs)
    return form_page(
        request, here, Values(mine.found, theirs.version), theirs=(theirs, differing), status=409
    )


@pages.page(f"{PATH}/draft", *EVERYONE, methods=("POST",))
def save_draft(
    stage: str,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """The fields that have changed, saved by the page itself: {version, total, said, …}; 409 when
    somebody else has saved meanwhile, or when it has been handed in."""
    here = at_hand(sight, stage)
    if here.offer is None:
        return JSONResponse({"said": OVER}, 409)
    sent = here.account.came(typed.form.multi_items())
    if wrong := here.account.too_long(sent):
        where, why = next(iter(wrong.items()))
        return JSONResponse({"said": f"没有保存。{here.account.place(where)[1]}：{why}"}, 422)
    start = here.start()
    version = typed.number("version", required=False) or 0
    found = {**start.found, **sent}
    saved, said = here.keep(found, version)
    if not saved:
        return JSONResponse({"said": said}, 409)
    return JSONResponse({"version": saved, **_standing(here, Values(found))})


def _standing(here: AtHand, value: Values) -> dict[str, Any]:
    """What the page shows beside the fields after each saving."""
    counted = here.account.tally(value)
    left = len(counted.missing)
    return {
        "total": str(counted.sheet.total),
        "added": str(counted.sheet.value_added),
        "grade": counted.grade,
        "left": left,
        "areas": {one.area.code: [one.answered, str(one.points)] for one in counted.areas},
        "wrong": counted.wrong,
        "said": "已保存。" + (f"还差{left}项。" if left else "指标已全部填写，可以提交。"),
    }


@pages.page(f"{PATH}/workbook", *EVERYONE)
def download_workbook(stage: str, sight: Sight = Depends(case_at_hand)) -> Response:
    """The same form as an Excel workbook, with what is drafted; for those who fill it in."""
    here = at_hand(sight, stage)
    if here.offer is None:
        raise NotAllowed(OVER)
    title = f"{sight.subject.name}{sight.dossier.round.period}自查自评表"
    made = sight.desk.now() + SHANGHAI
    return attached(workbook(here.account, here.start(), title, made), f"{title}.xlsx")


@pages.page(f"{PATH}/uploads", *EVERYONE, methods=("POST",))
def upload_workbook(
    stage: str,
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """A workbook that came back becomes the draft, and what it changes is shown; it never hands
    anything in. What cannot be read is named by its cell, and changes nothing."""
    here = at_hand(sight, stage)
    if here.offer is None:
        return read_page(request, here, refused=OVER, status=409)
    start = here.start()
    try:
        files = typed.files("workbook")
        if not files:
            raise Unreadable("请先选择要上传的表格。")
        with files[0].file as file:
            came = read_workbook(here.account, file.read(MOST_OF_A_FILE + 1))
    except Unreadable as why:
        return form_page(request, here, start, unread=[str(why)], status=422)
    if came.wrong:
        return form_page(request, here, start, unread=came.wrong, status=422)
    found = here.account.merged(start.found, came.fields)
    saved, said = here.keep(found, start.version)
    if not saved:
        return form_page(request, here, start, unread=[said], status=409)
    mine = Values(found, saved)
    return form_page(request, here, mine, changes=_changes(here, start, mine), read=True)


def _changes(here: AtHand, before: Values, after: Values) -> list[tuple[Link, str, str]]:
    names = here.account.differing(before, after)
    return [
        (Link(*here.account.place(name)), words(before, name), words(after, name)) for name in names
    ]
