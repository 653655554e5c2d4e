"""What a whole file tells besides its letters: scores and how they came about, the issues, the
evidence, and everything that was recorded."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Row, bindparam, select

from documents.case_view import CaseView
from documents.happenings import doer_of, title_of
from documents.issue_list import issue_ledger
from documents.on_site_review.results import (
    own_points,
    own_told,
    read_sheets,
    result,
    score_sheet,
    scored_by,
)
from documents.papers import Block, Heading, Paper, Table, Text, numeral, table
from documents.payloads import form_of
from documents.score_tables import area_table, score_annex, sheet_of, unofficial
from documents.wording import said
from engine.dossier import Dossier, Told
from engine.journal import SHANGHAI
from models.events import StoredEvent
from models.evidence import Evidence, EvidenceUse

_EVENTS = StoredEvent.__table__
_FILES, _USES = Evidence.__table__, EvidenceUse.__table__
_HASHES = (
    select(_EVENTS.c.seq, _EVENTS.c.hash)
    .where(_EVENTS.c.case == bindparam("case"))
    .order_by(_EVENTS.c.seq)
)
_EVIDENCE = (
    select(_FILES, _USES.c.indicator)
    .join(_USES, _USES.c.sha256 == _FILES.c.sha256)
    .where(_USES.c.case == bindparam("case"))
    .order_by(_FILES.c.added_at, _FILES.c.sha256, _FILES.c.organisation, _USES.c.indicator)
)
_GENERAL = {"photo": "现场照片", "other": "综合材料"}
_ISSUE = "issue-"

# The events after which a review's scores stand as they are then.
_SCORING = (
    "on_site_review.scores.entered",
    "on_site_review.veto.confirmed",
    "on_site_review.preliminary_opinion.given",
    "on_site_review.defence.considered",
    "on_site_review.opinion_letter.issued",
    "on_site_review.review.answered",
    "on_site_review.second_review.decided",
)
_STATED = "self_assessment.submitted"


def last_day(dossier: Dossier) -> date:
    """The day up to which the file goes: that of the last entry."""
    return (datetime.fromisoformat(dossier.story[-1].at) + SHANGHAI).date()


def clock(at: str) -> str:
    """A stored time (UTC) as Shanghai reads it, to the minute."""
    return f"{datetime.fromisoformat(at) + SHANGHAI:%Y-%m-%d %H:%M}"


def _sheet(dossier: Dossier, title: str, blocks: Iterable[Block], wide: bool = False) -> Paper:
    return Paper(
        title=title,
        signed_on=last_day(dossier),
        blocks=tuple(blocks),
        signature=(dossier.office.name,),
        landscape=wide,
    )


# -- scores --------------------------------------------------------------------------------------


def scores(dossier: Dossier) -> Paper:
    """Each review's result beside the school's own, with its reasons, indicator by indicator, and
    the steps by which it came to stand."""
    blocks: list[Block] = [*_steps(dossier)]
    reviews = _reviews(dossier)
    for stage, told in reviews.items():
        view = CaseView(dossier, told.seq)
        blocks.append(Heading(f"{numeral(_next(blocks))}、{dossier.process.stages[stage].title}"))
        blocks += _of_review(view)
    if not reviews:
        blocks += _own(dossier)
    if not blocks:
        blocks = [Text("本案卷没有评分。")]
    return _sheet(dossier, "得分情况及其由来", blocks)


def _next(blocks: list[Block]) -> int:
    return 1 + sum(isinstance(block, Heading) and block.level == 1 for block in blocks)


def _reviews(dossier: Dossier) -> dict[str, Told]:
    """The reviews that scored, by stage, with the event after which their scores stand."""
    scored = {t.event.stage for t in dossier.by_type.get("on_site_review.scores.entered", ())}
    return {
        t.event.stage: t
        for t in dossier.story
        if t.event.type in _SCORING and t.event.stage in scored
    }


def _of_review(view: CaseView) -> list[Block]:
    told = scored_by(view)
    if told is None:
        return [Text("本次督导不评分。")]
    sheets = read_sheets(view)
    letter = view.own("opinion_letter.issued")
    total = letter.event.total if letter else told.event.scored.total
    grade = letter.event.grade if letter else told.event.scored.grade
    blocks = result(view, total, grade, "评定" if letter else "初步", sheets)
    for annex in score_sheet(view, sheets):
        blocks += [Heading(f"（一）{annex.title}", 2), *annex.blocks]
    return blocks


def _own(dossier: Dossier) -> list[Block]:
    """The school's own scores where no review has given any."""
    view = CaseView(dossier, len(dossier.story))
    told, standard = own_told(view), dossier.standard
    if told is None or standard is None:
        return []
    kind = dossier.state.subject_kind
    sheet = sheet_of(standard, kind, form_of(told), "self")
    return [
        Heading("二、学校自评"),
        Text(f"本轮没有督评得分。学校自评总分{told.event.total}分。"),
        area_table(standard, kind, (("自评", own_points(view)),), "各领域得分"),
        *unofficial(standard),
        *score_annex(standard, kind, sheet),
    ]


def _steps(dossier: Dossier) -> list[Block]:
    rows = []
    for told in dossier.story:
        event = told.event
        scored = getattr(event, "scored", event)
        total, grade = getattr(scored, "total", ""), getattr(scored, "grade", "")
        if event.type in _SCORING or (event.type == _STATED and total):
            what = (title_of(dossier, told), doer_of(dossier, told))
            rows.append([said(event.happened_on), *what, total or "—", grade or "—"])
    if not rows:
        return []
    columns = [
        ("日期", 26, "center"),
        ("事项", 40),
        ("办理人", 40),
        ("总分", 14, "center"),
        ("等级", 12, "center"),
    ]
    return [Heading("一、得分的形成过程"), table(columns, rows)]


# -- issues and evidence -------------------------------------------------------------------------


def issues(dossier: Dossier) -> Paper:
    """Every issue list of the case as it stands at the end."""
    blocks: list[Block] = []
    for stage, standing in dossier.state.stages.items():
        if standing.kind == "issue_list":
            told = [t for t in dossier.story if t.event.stage == stage][-1]
            blocks += issue_ledger(CaseView(dossier, told.seq)).blocks
    if any(isinstance(block, Table) for block in blocks):
        blocks.append(Text(f"以上为截至{said(last_day(dossier))}的状态。", "note"))
    return _sheet(dossier, "问题清单", blocks or [Text("没有登记的问题。")], wide=True)


def evidence(dossier: Dossier) -> Paper:
    """The files the case rests on: what each supports, its size in bytes and its SHA-256."""
    files: dict[tuple[str, str], tuple[Row, list[str]]] = {}
    for row in dossier.connection.execute(_EVIDENCE, {"case": dossier.id}):
        files.setdefault((row.sha256, row.organisation), (row, []))[1].append(row.indicator)
    rows = [
        [
            str(number),
            file.name,
            "\n".join(_supported(dossier, code) for code in codes),
            _named(dossier, file.organisation),
            f"{file.size:,}",
            clock(file.added_at),
            f"{file.sha256[:32]}\n{file.sha256[32:]}",
        ]
        for number, (file, codes) in enumerate(files.values(), 1)
    ]
    columns = [
        ("序号", 7, "center"),
        ("文件名", 30),
        ("支撑的指标或问题", 34),
        ("提交单位", 20),
        ("大小（字节）", 15, "right"),
        ("收到时间", 20, "center"),
        ("SHA-256", 36, "center"),
    ]
    ends = f"共{len(rows)}个文件。文件本身存于佐证材料库，按SHA-256核对。"
    found = [table(columns, rows), Text(ends, "note")] if rows else [Text("没有上传佐证材料。")]
    return _sheet(dossier, "佐证材料清单", found, wide=True)


def _supported(dossier: Dossier, code: str) -> str:
    if code.startswith(_ISSUE):
        return f"第{code.removeprefix(_ISSUE)}号问题"
    named = CaseView(dossier, len(dossier.story)).basis_text(code)
    return _GENERAL.get(code, named)


def _named(dossier: Dossier, code: str) -> str:
    found = dossier.organisations.get(code)
    return found.name if found else code


# -- the log -------------------------------------------------------------------------------------


def log(dossier: Dossier) -> Paper:
    """Every event, who and when, each with the beginning of its hash; the head of the chain."""
    hashes = dict(
        (row.seq, row.hash) for row in dossier.connection.execute(_HASHES, {"case": dossier.id})
    )
    rows = [
        [
            str(told.seq),
            clock(told.at),
            _happened(dossier, told),
            doer_of(dossier, told),
            hashes[told.seq][:10],
        ]
        for told in dossier.story
    ]
    columns = [
        ("序号", 10, "center"),
        ("登记时间", 34, "center"),
        ("事项", 49),
        ("办理人", 41),
        ("指纹", 22, "center"),
    ]
    ends = (
        f"案卷标识：{dossier.id}\n事件数：{len(rows)}\n链首（最后一条的SHA-256指纹）：\n"
        f"{hashes[len(rows)]}\n"
        "上表列每条指纹的前10位。每条的指纹都含前一条的，改动任何一条，其后各条都对不上。"
        "完整日志见所附“日志.jsonl”。"
    )
    return _sheet(dossier, "办理过程（事件日志摘录）", [table(columns, rows), Text(ends, "note")])


def _happened(dossier: Dossier, told: Told) -> str:
    """What happened, and on which day where it was recorded on another."""
    title, day = title_of(dossier, told), told.event.happened_on
    recorded = (datetime.fromisoformat(told.at) + SHANGHAI).date()
    return title if day == recorded else f"{title}（{said(day)}）"
