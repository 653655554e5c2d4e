"""A case's files, and photos taken on a visit: evidence of the office that leads the case."""

from collections.abc import Callable, Sequence

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from portal.access import EVERYONE
from portal.evidence import fallback, files_of_case, keeper_of, known, targets
from portal.evidence_uses import PHOTO
from portal.gate import NotAllowed, Pages
from portal.receiving import Typed, typed_form
from portal.rendering import key_of
from portal.sight import Sight, case_at_hand, sight_of
from portal.upload_pages import NOTHING_CHOSEN, all_kept, page_number, upload_page
from portal.uploads import Kept, keep_all

KEEPERS = ("school", "inspector", "office", "department", "township")

pages = Pages(outside=True)


@pages.page("/cases/{case}/files", *EVERYONE)
def case_files(request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """The files a case rests on."""
    return _files(request, sight, [])


def _files(request: Request, sight: Sight, kept: Sequence[Kept]) -> Response:
    page = page_number(request.query_params.get("page", ""))
    files, more = files_of_case(sight, page)
    return upload_page(
        request,
        "files/case.html",
        kept,
        sight=sight,
        groups=targets(sight),
        keeper=keeper_of(sight),
        files=files,
        more=more,
        page=page,
        names={code: row.name for code, row in sight.dossier.organisations.items()},
        ticked=[],
    )


@pages.page("/cases/{case}/files/uploads", *KEEPERS, methods=("POST",))
def upload_to_case(
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Keep files for a case: for the school or unit itself, or for the office that leads it."""
    groups = targets(sight)
    codes = [code for code in typed.many("indicator") if code in known(groups)]
    kept = _keep(sight, typed, codes or [fallback(groups)])
    return _answer(request, sight, "files", _files, kept)


@pages.page("/cases/{case}/photos", "inspector", "office")
@pages.page("/cases/{case}/photos/uploads", "inspector", "office")
def photos(request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """Take photos of a visit."""
    return _photos(request, sight, [])


def _photos(request: Request, sight: Sight, kept: Sequence[Kept]) -> Response:
    if not keeper_of(sight):
        raise NotAllowed("这个案卷已经结束，或不由您承办，不能再上传照片。")
    files, _ = files_of_case(sight)
    taken = [one for one in files if any(use.indicator == PHOTO for use in one.uses)]
    groups = targets(sight)
    return upload_page(request, "files/photos.html", kept, sight=sight, groups=groups, files=taken)


@pages.page("/cases/{case}/photos/uploads", "inspector", "office", methods=("POST",))
def upload_photos(
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Keep photos of a visit, and what they show where that was said."""
    code = typed.text("indicator", 20)
    shown = [code] if code in known(targets(sight)) else []
    kept = _keep(sight, typed, list(dict.fromkeys((PHOTO, *shown))), pictures_only=True)
    return _answer(request, sight, "photos", _photos, kept)


def _keep(sight: Sight, typed: Typed, codes: list[str], pictures_only: bool = False) -> list[Kept]:
    keeper = keeper_of(sight)
    if not keeper:
        raise NotAllowed("这个案卷已经结束，或不由您承办，不能再上传材料。")
    uses = [(sight.id, code) for code in codes]
    return keep_all(sight.desk, keeper, typed.files("files"), uses, pictures_only)


def _answer(
    request: Request,
    sight: Sight,
    place: str,
    page: Callable[[Request, Sight, Sequence[Kept]], Response],
    kept: list[Kept],
) -> Response:
    """On to the page, or the page with what was not taken: anew, the sight is of before."""
    if all_kept(kept):
        return RedirectResponse(f"/cases/{key_of(sight.id)}/{place}?said=saved", 303)
    with sight.desk.database.reading() as after:
        now = sight_of(sight.desk, after, sight.visitor, sight.id)
        return page(request, now, kept or NOTHING_CHOSEN)
