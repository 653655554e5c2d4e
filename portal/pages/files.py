"""佐证材料: a file is handed up once and serves every indicator that needs it."""

import re
from collections.abc import Sequence

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlalchemy import Connection, Row, delete

from models.evidence import EvidenceUse
from portal.access import EVERYONE, Visitor
from portal.cleaning import one_line
from portal.desk import Desk
from portal.evidence import (
    File,
    as_files,
    files_of,
    keeper_of,
    known,
    live_cases,
    shown_size,
    targets,
    visible,
)
from portal.gate import NotAllowed, Pages, entered
from portal.receiving import Typed, typed_form
from portal.rendering import case_of, key_of, render
from portal.sight import Sight, reading, sight_of
from portal.upload_pages import NOTHING_CHOSEN, all_kept, page_number, upload_page
from portal.uploads import Kept, keep_all, place_of, remove, room_of, support

_USES = EvidenceUse.__table__

OWNERS = ("school", "department", "township")  # who have files of their own organisation
KEEPERS = (*OWNERS, "inspector", "office")

pages = Pages(outside=True)


@pages.page("/files", *OWNERS)
def own_files(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """All files of the visitor's organisation, and what they support."""
    return _own(request, visitor, connection, [])


def _own(
    request: Request, visitor: Visitor, connection: Connection, kept: Sequence[Kept]
) -> Response:
    desk: Desk = request.app.state.desk
    query = request.query_params
    name, page = one_line(query.get("name", ""))[:60], page_number(query.get("page", ""))
    files, more = files_of(desk, connection, visitor, name, page)
    at_hand = _at_hand(desk, connection, visitor, query.get("case", ""))
    groups = targets(at_hand) if at_hand else []
    room = room_of(desk, connection, visitor.organisation)
    return upload_page(
        request,
        "files/own.html",
        kept,
        sight=at_hand,
        groups=groups,
        files=files,
        more=more,
        page=page,
        name=name,
        ticked=[code for code in query.getlist("indicator") if code in known(groups)],
        room=room,
        size=shown_size(room.size),
    )


def _at_hand(desk: Desk, connection: Connection, visitor: Visitor, key: str) -> Sight | None:
    """The running case whose indicators are offered: the one asked for, else the first."""
    running = live_cases(connection, visitor.organisation)
    wanted = case_of(key) if case_of(key) in running else next(iter(running), "")
    return sight_of(desk, connection, visitor, wanted) if wanted else None


@pages.page("/uploads/files", *OWNERS, methods=("POST",))
def upload(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Keep files for the visitor's organisation."""
    desk: Desk = request.app.state.desk
    at_hand = _at_hand(desk, connection, visitor, typed.text("case"))
    offered = known(targets(at_hand)) if at_hand else {}
    uses = [(at_hand.id, code) for code in typed.many("indicator") if code in offered]
    kept = keep_all(desk, visitor.organisation, typed.files("files"), uses)
    if all_kept(kept):
        return RedirectResponse("/files?said=saved", 303)
    with desk.database.reading() as after:
        return _own(request, visitor, after, kept or NOTHING_CHOSEN)


@pages.page("/files/{sha256}", *EVERYONE)
def one_file(
    sha256: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """One file: what it supports, and changing that."""
    return _one(request, visitor, connection, sha256, {})


def _one(
    request: Request,
    visitor: Visitor,
    connection: Connection,
    sha256: str,
    mistakes: dict[str, str],
) -> Response:
    desk: Desk = request.app.state.desk
    row, file = _found(desk, connection, visitor, sha256)
    wanted = case_of(request.query_params.get("case", ""))
    sights = _changeable(desk, connection, visitor, row, file, wanted)
    at_hand = sights[0] if sights else None
    mine = bool(sights) or (visitor.role in OWNERS and row.organisation == visitor.organisation)
    used = [use for use in file.uses if at_hand and use.case == at_hand.id]
    return render(
        request,
        "files/one.html",
        422 if mistakes else 200,
        file=file,
        there=place_of(desk, row.sha256).is_file(),
        sight=at_hand,
        others=sights[1:],
        groups=targets(at_hand) if at_hand else [],
        ticked={use.indicator for use in used},
        fixed={use.indicator for use in used if use.settled},
        mine=mine,
        refused=mistakes.get("", ""),
        mistakes={},
    )


def _found(desk: Desk, connection: Connection, visitor: Visitor, sha256: str) -> tuple[Row, File]:
    row = visible(desk, connection, visitor, sha256 if _HASH.fullmatch(sha256) else "")
    return row, as_files(desk, connection, visitor, [row])[0]


def _changeable(
    desk: Desk, connection: Connection, visitor: Visitor, row: Row, file: File, wanted: str
) -> list[Sight]:
    """The running cases in which the visitor decides what the file supports, the wanted first."""
    codes = list(dict.fromkeys(use.case for use in file.uses))
    if row.organisation == visitor.organisation and visitor.role == "school":
        codes = list(dict.fromkeys([*live_cases(connection, visitor.organisation), *codes]))
    codes.sort(key=lambda code: code != wanted)
    sights = [sight_of(desk, connection, visitor, code) for code in codes[:12]]
    return [sight for sight in sights if keeper_of(sight) == row.organisation]


@pages.page("/files/{sha256}/file", *EVERYONE)
def download(
    sha256: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The file itself: never shown in the browser, as the kind we found it to be."""
    desk: Desk = request.app.state.desk
    row = visible(desk, connection, visitor, sha256 if _HASH.fullmatch(sha256) else "")
    place = place_of(desk, row.sha256)
    if not place.is_file():
        sentence = (
            "服务器上找不到这个文件。上传单位重新上传同一个文件即可恢复；如不清楚，请联系督导室。"
        )
        return render(request, "sentence.html", 404, heading="文件不见了", sentence=sentence)
    return FileResponse(
        place,
        media_type=row.media_type,
        filename=row.name,
        headers={"x-content-type-options": "nosniff"},
    )


@pages.page("/files/{sha256}/uses", *KEEPERS, methods=("POST",))
def change_uses(
    sha256: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Say anew what a file supports in one case. What was handed in stays."""
    desk: Desk = request.app.state.desk
    row, file = _found(desk, connection, visitor, sha256)
    sight = sight_of(desk, connection, visitor, case_of(typed.text("case")))
    if keeper_of(sight) != row.organisation:
        raise NotAllowed("这个文件不是您单位的，或案卷已经结束，不能更改它的用途。")
    offered = set(known(targets(sight)))
    before = {use.indicator: use for use in file.uses if use.case == sight.id}
    fixed = {code for code, use in before.items() if use.settled or code not in offered}
    wanted = fixed | (offered & set(typed.many("indicator")))
    if not wanted and row.organisation != visitor.organisation:
        said = {"": "请至少保留一项用途；不需要的文件请直接删除。"}
        return _one(request, visitor, connection, sha256, said)
    with desk.database.writing() as writing:
        gone = (_USES.c.sha256 == row.sha256) & (_USES.c.case == sight.id)
        gone &= _USES.c.indicator.in_(sorted(before.keys() - wanted))
        writing.execute(delete(_USES).where(gone))
        support(writing, row.sha256, [(sight.id, code) for code in wanted])
    return RedirectResponse(f"/files/{row.sha256}?case={key_of(sight.id)}&said=saved", 303)


@pages.page("/files/{sha256}/remove", *KEEPERS, methods=("POST",))
def remove_file(
    sha256: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Delete a file that nothing handed in rests on."""
    desk: Desk = request.app.state.desk
    row, file = _found(desk, connection, visitor, sha256)
    sights = _changeable(desk, connection, visitor, row, file, "")
    mine = visitor.role in OWNERS and row.organisation == visitor.organisation
    if not mine and not sights:
        raise NotAllowed("这个文件不是您单位的，不能删除。")
    if file.settled:
        said = {"": "这个文件已随材料报送，须留存备查，不能删除。"}
        return _one(request, visitor, connection, sha256, said)
    with desk.database.writing() as writing:
        remove(desk, writing, row.organisation, row.sha256)
    back = "/files" if mine else f"/cases/{key_of(sights[0].id)}/files"
    return RedirectResponse(f"{back}?said=done", 303)


_HASH = re.compile("[0-9a-f]{64}")
