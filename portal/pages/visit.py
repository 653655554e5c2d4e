"""入校现场: the days, the team, who looks at what, and everybody's notes of a visit."""

from datetime import date, timedelta
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from portal import choices, drafts, visit_notes
from portal.drafts import Values
from portal.findings import Findings
from portal.gate import NotAllowed, Pages
from portal.offers import offers
from portal.receiving import Typed, typed_form
from portal.rendering import key_of, render
from portal.sight import Sight, case_at_hand
from portal.visit_groups import groups_of, keep_groups, may_divide

pages = Pages(outside=True)

WHO = ("office", "inspector")
PATH = "/cases/{case}/{stage}/visit"
KINDS = ("on_site_review", "process_guidance")
FINDINGS = Findings("findings", "发现的问题", "写意见书、指导记录时自动带入，不用再填。")
LONGEST = 14  # days of a visit shown one by one


def _look(sight: Sight, stage: str) -> str:
    """The kind of a stage that is a visit. NotAllowed for the others, before it has begun, and
    for whoever does not go along."""
    declared, standing = sight.process.stages.get(stage), sight.state.stages.get(stage)
    if declared is None or declared.kind not in KINDS or standing is None:
        raise NotAllowed("这个环节没有入校现场，或还没有开始。")
    if declared.kind == "on_site_review" and not {"team", "office"} & set(sight.roles):
        raise NotAllowed("实地督导的现场记录由督导组填写，您现在不在督导组里。")
    return declared.kind


def _address(sight: Sight, stage: str) -> str:
    return f"/cases/{key_of(sight.id)}/{stage}"


@pages.page(PATH, *WHO)
def visit(stage: str, request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """A visit on one page."""
    return _page(request, sight, stage, visit_notes.own_notes(sight, stage))


@pages.page(PATH, *WHO, methods=("POST",))
def save_notes(
    stage: str,
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Save the notes, and stay."""
    saved, said, came = _keep(sight, stage, typed)
    if not saved:
        value = drafts.typed_values(came)
        theirs = visit_notes.own_notes(sight, stage)
        shown = Values(value.found, theirs.version)  # saved again, it stands
        return _page(request, sight, stage, shown, refused=said, mistakes=came.mistakes)
    return RedirectResponse(f"{_address(sight, stage)}/visit?said=saved", 303)


@pages.page(f"{PATH}/notes", *WHO, methods=("POST",))
def save_by_itself(
    stage: str, sight: Sight = Depends(case_at_hand), typed: Typed = Depends(typed_form)
) -> Response:
    """The page saves by itself: {version, said}."""
    try:
        saved, said, came = _keep(sight, stage, typed)
    except NotAllowed as refused:
        return JSONResponse({"said": str(refused)}, 409)
    if not saved:
        return JSONResponse({"said": said}, 422 if came.mistakes else 409)
    return JSONResponse({"version": saved, "said": "已保存"})


def _keep(sight: Sight, stage: str, typed: Typed) -> tuple[int, str, Typed]:
    """The new version, or 0 and why not; and what was typed, as far as it belongs here."""
    _look(sight, stage)
    came = visit_notes.came(typed)
    if came.mistakes:
        return 0, "没有保存：" + next(iter(came.mistakes.values())), came
    place: Any = visit_notes.place_of(sight, stage)
    saved, said = drafts.keep(sight, place, drafts.typed_values(came))
    return saved, said, came


@pages.page(f"{PATH}/groups", *WHO, methods=("POST",))
def divide(
    stage: str, sight: Sight = Depends(case_at_hand), typed: Typed = Depends(typed_form)
) -> Response:
    """Say who looks at which area."""
    if _look(sight, stage) != "on_site_review" or not may_divide(sight, stage):
        raise NotAllowed("分工由组长或督导室安排。")
    team = set(sight.state.stages[stage].data.team)
    groups = {
        area: [person for person in typed.many(f"area.{area}") if person in team]
        for area, _ in _areas(sight)
    }
    keep_groups(sight, stage, {area: people for area, people in groups.items() if people})
    return RedirectResponse(f"{_address(sight, stage)}/visit?said=saved#groups", 303)


def _areas(sight: Sight) -> list[tuple[str, str]]:
    standard, kind = sight.dossier.standard, sight.state.subject_kind
    if standard is None or kind not in standard.school_kinds:
        return []
    return [(area.code, area.title) for area in standard.areas_for(kind)]


def _days(sight: Sight, starts: date | None, ends: date | None) -> list[tuple[date, bool]]:
    """The days of a visit, and whether the school teaches on each."""
    if starts is None or ends is None:
        return []
    count = min((ends - starts).days + 1, LONGEST)
    days = [starts + timedelta(n) for n in range(count)]
    return [(day, sight.dossier.calendar.is_teaching_day(day)) for day in days]


def _page(
    request: Request,
    sight: Sight,
    stage: str,
    value: Values,
    refused: str = "",
    mistakes: dict[str, str] | None = None,
) -> Response:
    kind = _look(sight, stage)
    data = sight.state.stages[stage].data
    review = kind == "on_site_review"
    noticed = sight.dossier.last("on_site_review.visit.noticed") if review else None
    groups = groups_of(sight, stage) if review else {}
    return render(
        request,
        "visit/review.html" if review else "visit/guidance.html",
        422 if refused else 200,
        sight=sight,
        stage=sight.process.stages[stage],
        data=data,
        phase=sight.process.kinds[stage].phases.get(data.phase, ""),
        address=_address(sight, stage),
        photos=f"/cases/{key_of(sight.id)}/photos",
        offers=offers(sight, stage),
        days=_days(sight, data.starts, data.ends) if review else [],
        noticed=noticed.form if noticed else {},
        areas=_areas(sight) if review and getattr(sight.process.stages[stage], "scored", 0) else [],
        groups=groups,
        divides=review and may_divide(sight, stage),
        value=value,
        blocks=visit_notes.BLOCKS,
        rows=visit_notes.rows,
        texts=visit_notes.TEXTS,
        whom=visit_notes.WHOM,
        findings=FINDINGS,
        methods=choices.METHODS,
        others=visit_notes.colleagues(sight, stage) if review else [],
        lines=visit_notes.lines,
        refused=refused,
        mistakes=mistakes or {},
        lists=[
            id_ for id_, one in sight.state.stages.items() if one.kind == "issue_list" and one.open
        ],
    )
