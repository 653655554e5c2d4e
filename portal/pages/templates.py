"""文书模板: an office's own Word templates - downloaded, edited in Word, checked, taken back."""

from typing import NamedTuple

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Row, select

from documents.catalogue import LETTERS
from documents.converted import NotConverted, converter, to_pdfs
from documents.template_rendering import TemplateFailed, UnfitTemplate
from documents.template_specimen import tried
from documents.template_store import add, chosen, content_of, keep, versions
from documents.template_tags import FILTERS
from documents.word import built_in, built_in_hash
from documents.word_fields import PIECES, described
from documents.word_safety import MOST_OF_A_FILE
from models.letter_templates import ALL_KINDS
from models.people import Person
from portal.access import Visitor
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
GENERAL = "all"  # ALL_KINDS in an address
_PEOPLE = Person.__table__

pages = Pages()


class Line(NamedTuple):
    """One kind in the list: its address and title, the version of its own that holds (0 for none),
    and whether the office's template for all kinds holds in its place."""

    key: str
    title: str
    version: int
    general: bool


@pages.page("/templates", "office")
def templates_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """Every kind of letter, and the template it is set in."""
    held = versions(connection, visitor.organisation)
    general = _version(held.get(ALL_KINDS, []))
    lines = [
        Line(kind, letter.title, own := _version(held.get(kind, [])), bool(general and not own))
        for kind, letter in LETTERS.items()
    ]
    return render(request, "letter_templates/list.html", lines=lines, general=general)


def _version(rows: list[Row]) -> int:
    return rows[0].version if rows and rows[0].sha256 else 0


@pages.page("/templates/tags", "office")
def tags_page(request: Request, visitor: Visitor = Depends(entered)) -> Response:
    """What a template may say."""
    fields = list(described())
    return render(
        request, "letter_templates/tags.html", pieces=PIECES, fields=fields, filters=FILTERS
    )


@pages.page("/templates/{kind}", "office")
def template_page(
    kind: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """One kind: the template that holds, the versions before it, and the way to a new one."""
    return _page(request, visitor, connection, _kind(kind), [])


def _page(
    request: Request, visitor: Visitor, connection: Connection, kind: str, problems: list[str]
) -> Response:
    rows = versions(connection, visitor.organisation).get(kind, [])
    wanted = select(_PEOPLE.c.id, _PEOPLE.c.name).where(
        _PEOPLE.c.id.in_(sorted({row.added_by for row in rows}))
    )
    hashed = chosen(connection, visitor.organisation, kind)
    return render(
        request,
        "letter_templates/one.html",
        422 if problems else 200,
        key=_key(kind),
        title=_title(kind),
        everything=kind == ALL_KINDS,
        rows=rows,
        names={row.id: row.name for row in connection.execute(wanted)},
        own=_version(rows),
        general=bool(hashed) and not _version(rows),
        hashed=hashed or built_in_hash(),
        problems=problems,
        prints=bool(converter()),
    )


def _kind(key: str) -> str:
    if key == GENERAL:
        return ALL_KINDS
    if key not in LETTERS:
        raise NotAllowed("没有这种文书，请从“文书模板”页面进入。")
    return key


def _key(kind: str) -> str:
    return GENERAL if kind == ALL_KINDS else kind


def _title(kind: str) -> str:
    return "各类文书通用" if kind == ALL_KINDS else LETTERS[kind].title


@pages.page("/templates/{kind}/file", "office")
def template_file(
    kind: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The template that holds, or ``?version=`` of one's own, as a Word file."""
    kind = _kind(kind)
    try:
        content = _content(request, visitor, connection, kind)
    except TemplateFailed as failed:
        return render(request, "sentence.html", 404, heading="模板不见了", sentence=str(failed))
    return _download(content, f"template-{_key(kind)}.docx", WORD)


def _content(request: Request, visitor: Visitor, connection: Connection, kind: str) -> bytes:
    """The template asked for: a version of the visitor's own office, else the one that holds."""
    desk: Desk = request.app.state.desk
    version = request.query_params.get("version", "")
    if not version:
        hashed = chosen(connection, visitor.organisation, kind)
        return content_of(desk.home, hashed) if hashed else built_in()
    row = _row(connection, visitor, kind, version)
    return content_of(desk.home, row.sha256) if row.sha256 else built_in()


def _row(connection: Connection, visitor: Visitor, kind: str, version: str) -> Row:
    for row in versions(connection, visitor.organisation).get(kind, []):
        if str(row.version) == version:
            return row
    raise NotAllowed("没有这个版本的模板。")


def _download(content: bytes, name: str, media_type: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


@pages.page("/templates/{kind}/specimen/file", "office")
def specimen_file(
    kind: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """A specimen paper in the template: as Word, or with ``?as=pdf`` printed by LibreOffice."""
    kind = _kind(kind)
    try:
        content = tried(_content(request, visitor, connection, kind), _title(kind))
        if request.query_params.get("as") == "pdf":
            content = to_pdfs({"样张": content})["样张"]
            return _download(content, f"specimen-{_key(kind)}.pdf", "application/pdf")
    except (TemplateFailed, NotConverted) as failed:
        return render(request, "sentence.html", 422, heading="没有样张", sentence=str(failed))
    return _download(content, f"specimen-{_key(kind)}.docx", WORD)


@pages.page("/uploads/templates/{kind}", "office", methods=("POST",))
def upload(
    kind: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """A new version: in use from now on if nothing is wrong with it, else every problem."""
    desk, kind = request.app.state.desk, _kind(kind)
    note = typed.text("note", 200)
    files = typed.files("file")
    if not files or typed.mistakes:
        problems = [] if files else ["请选择文件。"]
        return _page(request, visitor, connection, kind, [*problems, *typed.mistakes.values()])
    content = files[0].file.read(MOST_OF_A_FILE + 1)
    try:
        tried(content, _title(kind))
    except UnfitTemplate as unfit:
        return _page(request, visitor, connection, kind, unfit.problems)
    except TemplateFailed as failed:
        return _page(request, visitor, connection, kind, [str(failed)])
    hashed = keep(desk.home, content)
    _enter(desk, visitor, kind, hashed, (files[0].filename or "")[-200:], note)
    return RedirectResponse(f"/templates/{_key(kind)}?said=saved", 303)


@pages.page("/templates/{kind}/use", "office", methods=("POST",))
def use_version(
    kind: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Go back: to an earlier version, or (0) to none of one's own. It becomes the newest one."""
    desk, kind = request.app.state.desk, _kind(kind)
    version, rows = typed.text("version", 10), versions(connection, visitor.organisation)
    if version == "0":
        if not _version(rows.get(kind, [])):
            return RedirectResponse(f"/templates/{_key(kind)}?said=already", 303)
        _enter(desk, visitor, kind, "", "", "停用本室模板")
    else:
        row = _row(connection, visitor, kind, version)
        if row.version == rows[kind][0].version:
            return RedirectResponse(f"/templates/{_key(kind)}?said=already", 303)
        _enter(desk, visitor, kind, row.sha256, row.file_name, f"恢复第{row.version}版")
    return RedirectResponse(f"/templates/{_key(kind)}?said=done", 303)


def _enter(desk: Desk, visitor: Visitor, kind: str, hashed: str, file_name: str, note: str) -> None:
    row = {"office": visitor.organisation, "kind": kind, "sha256": hashed, "file_name": file_name}
    add(desk.database, {**row, "added_by": visitor.person, "note": note}, desk.now())
