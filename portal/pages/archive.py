"""归档案卷: what a case's whole file holds, and the file itself to take away."""

from fastapi import Depends, Request, Response

from documents.archive.bundle import named, pack
from documents.archive.volume import NotArchived, Shelfmark, bind
from portal.alone import alone
from portal.archives import ROLES, may_archive, papers
from portal.gate import NotAllowed, Pages
from portal.ledgers.asking import word
from portal.letter_files import faces
from portal.rendering import render
from portal.sight import Sight, case_at_hand
from portal.tables_out import attached
from rules.retention import TERMS, Term, longest

PDF, ZIP = "application/pdf", "application/zip"
_CHOSEN: dict[str, Term] = {key: key for key in TERMS}
MOST = 20  # characters of a number on the cover

pages = Pages()


@pages.page("/cases/{case}/archive", *ROLES)
def archive_page(request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """What would be in the file, how long each paper is kept, and the form for taking it."""
    return _page(request, _allowed(sight))


@pages.page("/cases/{case}/archive/file", *ROLES)
def archive_file(request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """The bundle, or the volume alone (``of=pdf``)."""
    desk = _allowed(sight).desk
    marks = (word(request, name, most=MOST) for name in ("fonds", "catalogue", "number"))
    mark = Shelfmark(*marks, _CHOSEN.get(word(request, "term")))
    with alone(desk, "archive") as free:
        if not free:
            return _page(request, sight, "另一份案卷正在整理，请稍候再试。")
        try:
            volume = bind(sight.dossier, desk.letters, faces(desk), mark)
        except NotArchived as reason:
            return _page(request, sight, str(reason))
        if word(request, "of") == "pdf":
            return attached(volume.pdf, named(volume, ".pdf"), PDF)
        return attached(pack(sight.dossier, volume), named(volume, ".zip"), ZIP)


def _allowed(sight: Sight) -> Sight:
    if not may_archive(sight):
        raise NotAllowed("这个案卷由别的督导室承办，不能由您归档。")
    return sight


def _page(request: Request, sight: Sight, wrong: str = "") -> Response:
    listed = papers(sight)
    return render(
        request,
        "archive.html",
        422 if wrong else 200,
        sight=sight,
        papers=listed,
        terms={key: title for key, (title, _) in TERMS.items()},
        usual=TERMS[longest(paper.kind for paper in listed)][0],
        wrong=wrong,
        most=MOST,
    )
