"""日志: every event there is; whether it was tampered with; and a checkpoint to keep elsewhere."""

from functools import partial

from fastapi import Depends, Request, Response
from sqlalchemy import Connection, select

from engine.checkpoint import BadCheckpoint, Checkpoint, read_checkpoint, write_checkpoint
from engine.findings import MOST, Findings
from engine.verification import verify
from models.cycles import Round
from portal.access import Visitor, offices_within
from portal.alone import alone
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.ledgers import log as ledger
from portal.ledgers.asking import day, link, word
from portal.receiving import Typed, typed_form
from portal.rendering import case_of, render
from portal.sight import reading, sight_of
from portal.tables_out import attached
from rules.office_affairs import own_case

_ROUNDS = Round.__table__

MOST_OF_A_CHECKPOINT = 5 * 1024 * 1024  # bytes; fifteen thousand cases take two million

pages = Pages()


@pages.page("/log", "office")
def log_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The events, newest first."""
    desk: Desk = request.app.state.desk
    asked, place = _asked(request), _place(request)
    lines, following = ledger.listed(
        connection, desk.journal.shelf, asked, visitor.organisation, place
    )
    older = link(request, before=" ".join(map(str, following))) if following else ""
    return render(
        request,
        "log/list.html",
        asked=asked,
        lines=lines,
        older=older,
        begun=place is not None,
        types=ledger.types(),
        by=ledger.BY,
        link=partial(link, request),
        words=request.url.query,
    )


@pages.page("/log/verify", "office")
def verification_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """What a verification can show, and the form for one."""
    return _result(request, None, _whole(connection, visitor), {})


@pages.page("/log/verify", "office", methods=("POST",))
def verification(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Recompute the log, and hold it against the checkpoint that was uploaded."""
    desk: Desk = request.app.state.desk
    whole = _whole(connection, visitor)
    checkpoint = _checkpoint(typed)
    if typed.mistakes:
        return _result(request, None, whole, typed.mistakes)
    with alone(desk, "log") as free:
        if not free:
            said = {"checkpoint": "另一次核对正在进行，请稍候再试。"}
            return _result(request, None, whole, said)
        findings = verify(connection, checkpoint)
    if not whole:
        findings = _own(findings, visitor.organisation)
    return _result(request, findings, whole, {}, checkpoint is not None)


@pages.page("/log/checkpoint.json", "office")
def checkpoint_file(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """A checkpoint of the log as it is now, to be kept where nobody of this house can change it."""
    desk: Desk = request.app.state.desk
    office = "" if _whole(connection, visitor) else visitor.organisation
    with alone(desk, "log") as free:
        if not free:
            raise NotAllowed("另一次核对或导出正在进行，请稍候再试。")
        text = write_checkpoint(connection, desk.now(), office)
    return attached(text.encode(), f"日志校验点{desk.today()}.json", "application/json")


@pages.page("/log/{case}/{number}", "office")
def event_page(
    case: str,
    number: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """One event, as it is stored: of a case the visitor may see, or of their office's own log."""
    desk: Desk = request.app.state.desk
    id_ = case_of(case)
    own = id_ == own_case(visitor.organisation)
    subject = "" if own else sight_of(desk, connection, visitor, id_).subject.name
    seq = int(number) if number.isdecimal() and len(number) < 10 else 0
    line = ledger.one(connection, desk.journal.shelf, id_, seq)
    if line is None:
        raise NotAllowed("日志里没有这一条。")
    return render(
        request,
        "log/one.html",
        subject=subject,
        line=line,
        last=ledger.last_of(connection, id_),
        written=ledger.written(connection, line.row),
    )


def _asked(request: Request) -> ledger.Asked:
    return ledger.Asked(
        type=word(request, "type", ledger.types()),
        by=word(request, "by", ledger.BY),
        person=word(request, "person"),
        school=word(request, "school"),
        first=day(request, "first"),
        last=day(request, "last"),
    )


def _place(request: Request) -> ledger.Place | None:
    parts = word(request, "before", most=240).split(" ")
    if len(parts) != 3 or not parts[2].isdecimal() or len(parts[2]) > 9:
        return None
    return ledger.Place(parts[0], parts[1], int(parts[2]))


def _whole(connection: Connection, visitor: Visitor) -> bool:
    """Whether all there is lies within what the visitor looks after: then nothing is left out."""
    offices = set(connection.execute(select(_ROUNDS.c.office).distinct()).scalars())
    return offices <= {visitor.organisation, *offices_within(connection, visitor)}


def _checkpoint(typed: Typed) -> Checkpoint | None:
    for file in typed.files("checkpoint"):
        content = file.file.read(MOST_OF_A_CHECKPOINT + 1)
        if len(content) > MOST_OF_A_CHECKPOINT:
            typed.mistakes["checkpoint"] = "文件太大，不是校验点文件。"
            return None
        try:
            return read_checkpoint(content.decode("utf-8"))
        except UnicodeDecodeError:
            typed.mistakes["checkpoint"] = "这不是校验点文件，无法读取。"
        except BadCheckpoint as reason:
            typed.mistakes["checkpoint"] = str(reason)
    return None


def _own(findings: Findings, office: str) -> Findings:
    """Only what concerns the office's own cases, or none in particular."""
    kept = [one for one in findings.found if not one.case or one.case.startswith(f"{office}/")]
    own = Findings(kept, len(kept), list(findings.notes), findings.cases, findings.events)
    if findings.count > MOST:
        own.notes.append("发现的问题太多，没有逐条列出，请由上级督导室核对全部日志。")
    return own


def _result(
    request: Request,
    findings: Findings | None,
    whole: bool,
    mistakes: dict[str, str],
    held: bool = False,
) -> Response:
    return render(
        request,
        "log/verify.html",
        422 if mistakes else 200,
        findings=findings,
        more=findings.count - len(findings.found) if findings else 0,
        whole=whole,
        held=held,
        mistakes=mistakes,
    )
