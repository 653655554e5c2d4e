"""文书模板: an office's own Word templates - downloaded, edited in Word, checked, taken back."""

import json
from typing import NamedTuple

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Row, select

from documents.catalogue import LETTERS
from documents.converted import NotConverted, converter, to_pdfs
from documents.template_rendering import TemplateFailed, UnfitTemplate
from documents.template_specimen import tried
from documents.template_store import chosen, content_of, keep, versions
from documents.template_tags import FILTERS
from documents.word import built_in, built_in_hash
from documents.word_fields import PIECES, described
from documents.word_safety import MOST_OF_A_FILE
from models.events import Payload
from models.letter_templates import ALL_KINDS
from portal.access import Visitor
from portal.file_types import shown_name
from portal.gate import NotAllowed, Pages, entered
from portal.own_affairs import OwnAffair, record_own
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading
from rules.letter_templates import TEMPLATE_EVENTS, AdoptTemplate, GiveUpTemplate
from rules.office_affairs import OfficeCommand
from rules.values import Refusal

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
GENERAL = "all"  # ALL_KINDS in an address
_PAYLOADS = Payload.__table__
_TYPES = tuple(event.model_fields["type"].default for event in TEMPLATE_EVENTS)

pages = Pages()


class TemplateAtHand(OwnAffair):
    """One kind of letter, and the office whose template for it is asked for."""

    @property
    def key(self) -> str:
        """The kind as a part of an address."""
        return GENERAL if self.kind == ALL_KINDS else self.kind

    @property
    def title(self) -> str:
        """The kind as people call it."""
        return "各类文书通用" if self.kind == ALL_KINDS else LETTERS[self.kind].title

    @property
    def versions(self) -> list[Row]:
        """The versions there were, the latest, which holds, first."""
        return versions(self.connection, self.office).get(self.kind, [])

    def version(self, number: str) -> Row:
        """A version by its number; NotAllowed where there is none."""
        for row in self.versions:
            if str(row.version) == number:
                return row
        raise NotAllowed("没有这个版本的模板。")


def template_at_hand(
    kind: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> TemplateAtHand:
    """Depends: the kind named in the address; NotAllowed where there is none."""
    if kind != GENERAL and kind not in LETTERS:
        raise NotAllowed("没有这种文书，请从“文书模板”页面进入。")
    return TemplateAtHand(ALL_KINDS if kind == GENERAL else kind, request, visitor, connection)


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


class Version(NamedTuple):
    """A version as its page tells of it: who made it so and when, and what was said to it."""

    version: int
    sha256: str
    by: str
    at: str
    said: str


def _told(template: TemplateAtHand) -> list[Version]:
    """The versions there were, with what the log says of each."""
    told = {row.seq: row for row in template.steps(*_TYPES)}
    digests = {seq: json.loads(row.body).get("payload", "") for seq, row in told.items()}
    wanted = select(_PAYLOADS.c.digest, _PAYLOADS.c.body).where(
        _PAYLOADS.c.digest.in_(sorted(set(digests.values())))
    )
    written = {row.digest: row.body for row in template.connection.execute(wanted)}
    return [
        Version(
            row.version,
            row.sha256,
            told[row.seq].name or told[row.seq].actor,
            told[row.seq].at,
            _words(written.get(digests[row.seq], "")) if row.sha256 else "停用本室模板",
        )
        for row in template.versions
    ]


def _words(written: str) -> str:
    """What was said to a version, else the file's name; empty where it was erased."""
    form = json.loads(written) if written else {}
    return str(form.get("note") or form.get("file") or "")


@pages.page("/templates/{kind}", "office")
def template_page(template: TemplateAtHand = Depends(template_at_hand)) -> Response:
    """One kind: the template that holds, the versions before it, and the way to a new one."""
    return _page(template, [])


def _page(template: TemplateAtHand, problems: list[str]) -> Response:
    rows = _told(template)
    hashed = chosen(template.connection, template.office, template.kind)
    own = _version(template.versions)
    return render(
        template.request,
        "letter_templates/one.html",
        422 if problems else 200,
        key=template.key,
        title=template.title,
        everything=template.kind == ALL_KINDS,
        rows=rows,
        own=own,
        general=bool(hashed) and not own,
        hashed=hashed or built_in_hash(),
        problems=problems,
        prints=bool(converter()),
    )


@pages.page("/templates/{kind}/file", "office")
def template_file(template: TemplateAtHand = Depends(template_at_hand)) -> Response:
    """The template that holds, or ``?version=`` of one's own, as a Word file."""
    try:
        content = _content(template)
    except TemplateFailed as failed:
        return _none(template, "模板不见了", failed, 404)
    return _download(content, f"template-{template.key}.docx", WORD)


def _content(template: TemplateAtHand) -> bytes:
    """The template asked for: a version of the visitor's own office, else the one that holds."""
    version = template.request.query_params.get("version", "")
    if version:
        hashed = template.version(version).sha256
    else:
        hashed = chosen(template.connection, template.office, template.kind)
    return content_of(template.desk.home, hashed) if hashed else built_in()


def _none(template: TemplateAtHand, heading: str, why: Exception, status: int) -> Response:
    return render(template.request, "sentence.html", status, heading=heading, sentence=str(why))


def _download(content: bytes, name: str, media_type: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


@pages.page("/templates/{kind}/specimen/file", "office")
def specimen_file(template: TemplateAtHand = Depends(template_at_hand)) -> Response:
    """A specimen paper in the template: as Word, or with ``?as=pdf`` printed by LibreOffice."""
    try:
        content = tried(_content(template), template.title)
        if template.request.query_params.get("as") == "pdf":
            content = to_pdfs({"样张": content})["样张"]
            return _download(content, f"specimen-{template.key}.pdf", "application/pdf")
    except (TemplateFailed, NotConverted) as failed:
        return _none(template, "没有样张", failed, 422)
    return _download(content, f"specimen-{template.key}.docx", WORD)


@pages.page("/uploads/templates/{kind}", "office", methods=("POST",))
def upload(
    template: TemplateAtHand = Depends(template_at_hand), typed: Typed = Depends(typed_form)
) -> Response:
    """A new version: in use from now on if nothing is wrong with it, else every problem."""
    note = typed.text("note", 200)
    files = typed.files("file")
    if not files or typed.mistakes:
        problems = [] if files else ["请选择文件。"]
        return _page(template, [*problems, *typed.mistakes.values()])
    content = files[0].file.read(MOST_OF_A_FILE + 1)
    try:
        tried(content, template.title)
    except UnfitTemplate as unfit:
        return _page(template, unfit.problems)
    except TemplateFailed as failed:
        return _page(template, [str(failed)])
    form = {"file": shown_name(files[0].filename or "")[-200:], "note": note}
    return _taken(template, _adopting(template, keep(template.desk.home, content), form), typed)


@pages.page("/templates/{kind}/use", "office", methods=("POST",))
def use_version(
    template: TemplateAtHand = Depends(template_at_hand), typed: Typed = Depends(typed_form)
) -> Response:
    """Go back: to an earlier version, or (0) to none of one's own. It becomes the newest one."""
    version = typed.text("version", 10)
    before = template.version(version) if version != "0" else None
    if before is None or not before.sha256:
        command: OfficeCommand = GiveUpTemplate(office=template.office, kind=template.kind)
    else:
        command = _adopting(template, before.sha256, {"note": f"恢复第{version}版"})
    return _taken(template, command, typed)


def _adopting(template: TemplateAtHand, hashed: str, form: dict[str, str]) -> AdoptTemplate:
    return AdoptTemplate(office=template.office, kind=template.kind, sha256=hashed, form=form)


def _taken(template: TemplateAtHand, command: OfficeCommand, typed: Typed) -> Response:
    """Record a step, and back to the page; what holds already is said so."""
    result = record_own(template.desk, template.visitor, command, f"template {typed.once}")
    if isinstance(result, Refusal):
        return _page(template, [result.reason])
    said = "done" if result.events and not result.again else "already"
    return RedirectResponse(f"/templates/{template.key}?said={said}", 303)
