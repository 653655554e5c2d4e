"""The pages of the team's score sheet, put together for their templates."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from fastapi import Request, Response
from sqlalchemy import bindparam, select

from models.evidence import Evidence, EvidenceUse
from portal.answers import AreaTally, Given, Tally
from portal.drafts import Values
from portal.offers import Offer, offers
from portal.receiving import Typed
from portal.rendering import key_of, moment, render
from portal.score_sheet import EMPTY, Fields, Kept, Leaf, Met, Scoring
from portal.sheet_layout import Block, Line
from portal.visit_groups import areas_of, groups_of
from rules.indicators import Indicator
from rules.points import shown_number

_FILES, _USES = Evidence.__table__, EvidenceUse.__table__
_UPLOADED = (
    select(_USES.c.indicator, _FILES.c.name)
    .join(_FILES, _FILES.c.sha256 == _USES.c.sha256)
    .where(_USES.c.case == bindparam("case_id"), _FILES.c.organisation == bindparam("subject"))
    .order_by(_FILES.c.added_at, _FILES.c.name)
)


class AreaRow(NamedTuple):
    """One area in the overview: the team's, the school's own points, and who looks at it."""

    tally: AreaTally
    own: Decimal
    people: str
    mine: bool
    wrong: int


class OwnAnswer(NamedTuple):
    """What the school said of one indicator: points, why some are lost, remark, evidence."""

    points: str
    why: str
    note: str
    evidence: tuple[str, ...]
    files: tuple[str, ...]


class Meeting(NamedTuple):
    """Two changed one indicator: what whoever was first put there, in words."""

    who: str
    at: str
    said: str


def overview_page(
    request: Request,
    scoring: Scoring,
    offer: Offer | None,
    *,
    refused: str = "",
    typed: Typed | None = None,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The sheet at a glance."""
    sight, leaves = scoring.sight, scoring.leaves()
    counted = scoring.tally_of(leaves)
    stated = sight.dossier.last("on_site_review.defence.stated") if scoring.again else None
    vetoes = [one for one in offers(sight, scoring.stage) if one.name.startswith("ConfirmVeto~")]
    return render(
        request,
        "scores/overview.html",
        status,
        sight=sight,
        scoring=scoring,
        stage=sight.process.stages[scoring.stage],
        address=f"/cases/{key_of(sight.id)}/{scoring.stage}",
        offer=offer,
        refused=refused,
        mistakes=dict(wrong or {}),
        typed=typed,
        counted=counted,
        grade=scoring.grade_of(counted),
        lost=_lost(counted),
        rows=_rows(scoring, counted),
        titles=_titles(scoring),
        changed=scoring.changed(leaves) if scoring.recorded else [],
        stated=stated,
        disputed=stated.event.indicators if stated else (),
        vetoes=vetoes,
        area_of=_area_of(scoring),
    )


def _rows(scoring: Scoring, counted: Tally) -> list[AreaRow]:
    sight = scoring.sight
    groups = groups_of(sight, scoring.stage)
    mine = areas_of(groups, sight.visitor.person, [block.area.code for block in scoring.blocks])
    divided = any(groups.values())
    areas = _area_of(scoring)
    rows = [
        AreaRow(
            one,
            own.points,
            "、".join(sight.dossier.name(person) for person in groups.get(one.area.code, ())),
            divided and one.area.code in mine,
            sum(areas[code] == one.area.code for code in counted.wrong),
        )
        for one, own in zip(counted.areas, scoring.own.areas, strict=True)
    ]
    return sorted(rows, key=lambda row: not row.mine)


def _titles(scoring: Scoring) -> dict[str, str]:
    return {leaf.code: leaf.title for leaf in scoring.standard.for_school(scoring.kind)}


def _area_of(scoring: Scoring) -> dict[str, str]:
    return {leaf.code: leaf.area for leaf in scoring.standard.for_school(scoring.kind)}


def _lost(counted: Tally) -> str:
    """The points lost so far in the total."""
    lost = (
        given.lost
        for one in counted.areas
        if one.area.owner != "value_added"
        for given in (counted.given[leaf.code] for leaf in one.area.indicators)
        if given.lost is not None
    )
    return shown_number(sum(lost, Decimal(0)))


def area_page(
    request: Request,
    scoring: Scoring,
    block: Block,
    offer: Offer | None,
    leaves: Mapping[str, Leaf],
    *,
    mine: Mapping[str, Fields] | None = None,
    marks: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    met: Sequence[Met] = (),
) -> Response:
    """One area: the school's own answer beside the fields of each indicator. ``mine`` was typed
    and not saved, over what ``marks`` had shown."""
    sight = scoring.sight
    shown = {code: leaf.fields for code, leaf in leaves.items()} | dict(mine or {})
    shown |= {one.code: one.mine for one in met}
    counted = scoring.tally_of({code: Leaf(found) for code, found in shown.items()})
    codes = [one.area.code for one in scoring.blocks]
    after = codes[codes.index(block.area.code) + 1 :]
    titles = _titles(scoring)
    return render(
        request,
        "scores/area.html",
        409 if met else 422 if wrong else 200,
        sight=sight,
        scoring=scoring,
        stage=sight.process.stages[scoring.stage],
        address=f"/cases/{key_of(sight.id)}/{scoring.stage}",
        offer=offer,
        block=block,
        onwards=next(iter(after), ""),
        next_title=next((b.area.title for b in scoring.blocks if b.area.code in after[:1]), ""),
        value=Values({name: texts for found in shown.values() for name, texts in found.items()}),
        counted=counted,
        area=next(one for one in counted.areas if one.area.code == block.area.code),
        marks=marks
        or {leaf.code: leaves.get(leaf.code, EMPTY).mark for leaf in block.area.indicators},
        by={code: _by(scoring, leaf) for code, leaf in leaves.items() if leaf.by},
        own=_own(scoring, block),
        met={one.code: _meeting(scoring, one) for one in met},
        titles=titles,
        too_long=dict(wrong or {}),
    )


def _by(scoring: Scoring, leaf: Leaf) -> str:
    return f"{scoring.sight.dossier.name(leaf.by)}，{moment(leaf.at)}"


def _own(scoring: Scoring, block: Block) -> dict[str, OwnAnswer]:
    """The school's own answers in an area, with the files uploaded for each."""
    sight = scoring.sight
    of = {"case_id": sight.id, "subject": sight.row.subject}
    files: dict[str, list[str]] = {}
    for indicator, name in sight.connection.execute(_UPLOADED, of):
        files.setdefault(indicator, []).append(name)
    found = {}
    for leaf in block.area.indicators:
        given = scoring.own.given[leaf.code]
        if given.raw is not None or leaf.code in files:
            found[leaf.code] = _own_answer(given, tuple(files.get(leaf.code, ())))
    return found


def _own_answer(given: Given, files: tuple[str, ...]) -> OwnAnswer:
    raw = given.raw or {}
    points = "" if given.points is None else shown_number(given.points)
    evidence = tuple(str(name) for name in raw.get("evidence", ()) if str(name) not in files)
    return OwnAnswer(points, given.why, str(raw.get("note", "")), evidence, files)


def _meeting(scoring: Scoring, one: Met) -> Meeting:
    theirs = one.theirs
    leaf = next(x for x in scoring.standard.for_school(scoring.kind) if x.code == one.code)
    return Meeting(
        scoring.sight.dossier.name(theirs.by), moment(theirs.at), _in_words(scoring, leaf, theirs)
    )


def _in_words(scoring: Scoring, leaf: Indicator, found: Leaf) -> str:
    """An indicator's answer in a few words: 12分，资料不全."""
    given = scoring.tally_of({leaf.code: found}).given[leaf.code]
    if given.raw is None:
        return "清空了这一项"
    points = "" if given.points is None else f"{shown_number(given.points)}分"
    return "，".join(part for part in (points, given.why or given.wrong) if part)


def said_after(scoring: Scoring, block: Block, kept: Kept) -> dict[str, Any]:
    """What the page shows beside the fields after it has saved by itself. Texts go where the page
    has ``data-text``, fields into the fields of those names."""
    counted = scoring.tally_of(kept.leaves)
    area = next(one for one in counted.areas if one.area.code == block.area.code)
    met = {one.code for one in kept.met}
    marks = {
        f"was.{leaf.code}": kept.leaves.get(leaf.code, EMPTY).mark
        for leaf in block.area.indicators
        if leaf.code not in met
    }
    said = "已保存"
    if met:
        names = "、".join(dict.fromkeys(scoring.sight.dossier.name(m.theirs.by) for m in kept.met))
        codes = "、".join(sorted(met))
        said = f"{codes}：{names}刚才也改了，您填的还没有保存。请点“保存”核对后再定。"
    wrong = {f"wrong.{leaf.code}": "" for leaf in block.area.indicators}
    wrong |= {
        f"wrong.{code}": why for code, why in counted.wrong.items() if code in titles_in(block)
    }
    texts = {**wrong, **sums(scoring, counted, area)}
    return {"version": 1, "said": said, "fields": marks, "texts": texts}


def titles_in(block: Block) -> dict[str, Line]:
    """The indicators of an area by code."""
    return {line.code: line for group in block.groups for line in group.lines}


def sums(scoring: Scoring, counted: Tally, area: AreaTally) -> dict[str, str]:
    """The sums at the foot of an area's page."""
    grade = scoring.grade_of(counted)
    left = len(counted.missing)
    return {
        "area": f"本领域 {area.points}/{shown_number(area.full)}",
        "total": f"总分 {counted.sheet.total}/{shown_number(counted.sheet.full)}",
        "left": f"还有{left}项未评" if left else f"拟定{grade}等" if grade else "已评完",
    }
