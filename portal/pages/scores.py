"""督评打分: the team's sheet, area by area, beside the school's own; the answer to a defence."""

from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from portal.commands import record
from portal.gate import NotAllowed, Pages
from portal.offers import Offer, offer_of
from portal.pages import cases
from portal.receiving import Typed, typed_form
from portal.rendering import key_of
from portal.score_page import area_page, overview_page, said_after
from portal.score_sheet import Scoring, scoring_of
from portal.sight import Sight, case_at_hand
from rules.on_site_review.words import ConsiderDefence, EnterScores
from rules.values import Refusal

pages = Pages(outside=True)

WHO = ("office", "inspector")
SCORES = "/cases/{case}/{stage}/scores"
ANSWER = "/cases/{case}/{stage}/ConsiderDefence"


def _offer(scoring: Scoring) -> Offer | None:
    """What the sheet can be handed in as now: the scores, or the answer to a defence."""
    name = ConsiderDefence.__name__ if scoring.again else EnterScores.__name__
    return offer_of(scoring.sight, scoring.stage, name)


def _address(scoring: Scoring, *more: str) -> str:
    return "/".join((f"/cases/{key_of(scoring.sight.id)}/{scoring.stage}", *more))


@pages.page(SCORES, *WHO)
def sheet(stage: str, request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """The sheet at a glance: every area, what is missing, the total and the grade so far."""
    scoring = scoring_of(sight, stage)
    return overview_page(request, scoring, _offer(scoring))


@pages.page(SCORES, *WHO, methods=("POST",))
def hand_in(
    stage: str,
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Hand the sheet in as the review's scores."""
    scoring = scoring_of(sight, stage)
    answers = scoring.answers(scoring.leaves())
    command = EnterScores(stage=stage, form={"answers": answers})
    role = next(role for role in sight.roles if role in ("team", "office"))
    result = record(sight, command, role, f"web {typed.once}", typed.day("happened_on", False))
    if isinstance(result, Refusal):
        view = {"refused": result.reason, "status": 422}
        return overview_page(request, scoring, _offer(scoring), **view)
    scoring.forget()
    said = "already" if result.again else "sent"
    return RedirectResponse(f"{_address(scoring)}?said={said}", 303)


@pages.page(f"{SCORES}/{{area}}", *WHO)
def one_area(
    stage: str, area: str, request: Request, sight: Sight = Depends(case_at_hand)
) -> Response:
    """One area to fill in."""
    scoring = scoring_of(sight, stage)
    return area_page(request, scoring, scoring.block(area), _offer(scoring), scoring.leaves())


@pages.page(f"{SCORES}/{{area}}", *WHO, methods=("POST",))
def save_area(
    stage: str,
    area: str,
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Save an area and stay, or go on to the next."""
    scoring, offer = _open(sight, stage)
    block = scoring.block(area)
    came = scoring.came(typed, block)
    if typed.mistakes:
        view = {"mine": came, "marks": _marks(typed, came), "wrong": typed.mistakes}
        return area_page(request, scoring, block, offer, scoring.leaves(), **view)
    kept = scoring.keep(came, _marks(typed, came))
    if kept.met:
        return area_page(request, scoring, block, offer, kept.leaves, met=kept.met)
    onwards = typed.text("next", 20)
    known = {one.area.code for one in scoring.blocks}
    place = ("scores", onwards) if onwards in known else ("scores",)
    place = ("scores", area) if onwards == "here" else place
    return RedirectResponse(f"{_address(scoring, *place)}?said=saved", 303)


@pages.page(f"{SCORES}/{{area}}/draft", *WHO, methods=("POST",))
def save_by_itself(
    stage: str,
    area: str,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """The page saves by itself: what it shows beside the fields afterwards."""
    try:
        scoring, _ = _open(sight, stage)
    except NotAllowed as refused:
        return JSONResponse({"said": str(refused)}, 409)
    block = scoring.block(area)
    came = scoring.came(typed, block)
    if typed.mistakes:
        return JSONResponse({"said": "没有保存：" + next(iter(typed.mistakes.values()))}, 422)
    kept = scoring.keep(came, _marks(typed, came))
    told: dict[str, Any] = said_after(scoring, block, kept)
    return JSONResponse(told, 409 if kept.met else 200)


def _open(sight: Sight, stage: str) -> tuple[Scoring, Offer]:
    scoring = scoring_of(sight, stage)
    offer = _offer(scoring)
    if offer is None:
        raise NotAllowed("现在不能改动得分：可能还没有入校，或初步意见已经反馈。")
    return scoring, offer


def _marks(typed: Typed, codes: Any) -> dict[str, str]:
    return {code: typed.text(f"was.{code}", 20) for code in codes}


@pages.page(ANSWER, "office")
def defence(stage: str, request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """The answer to a defence: with the scores beside it, where the review is scored."""
    if not getattr(sight.process.stages.get(stage), "scored", False):
        return cases.form_page(stage, ConsiderDefence.__name__, request, sight)
    scoring, offer = _open(sight, stage)
    return overview_page(request, scoring, offer)


@pages.page(ANSWER, "office", methods=("POST",))
def answer_defence(
    stage: str,
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Answer it; the scores go along where they were changed."""
    if not getattr(sight.process.stages.get(stage), "scored", False):
        return cases.give_command(stage, ConsiderDefence.__name__, request, sight, typed)
    scoring = scoring_of(sight, stage)
    upheld = typed.choice("upheld", {"yes", "no"}) == "yes"
    form: dict[str, Any] = {"reason": typed.paragraphs("reason", 5000, required=True)}
    if typed.mistakes:
        view = {"typed": typed, "wrong": typed.mistakes, "status": 422}
        return overview_page(request, scoring, _offer(scoring), **view)
    leaves = scoring.leaves()
    if scoring.changed(leaves):
        form["answers"] = scoring.answers(leaves)
    command = ConsiderDefence(stage=stage, upheld=upheld, form=form)
    result = record(sight, command, "office", f"web {typed.once}", typed.day("happened_on", False))
    if isinstance(result, Refusal):
        view = {"typed": typed, "refused": result.reason, "status": 422}
        return overview_page(request, scoring, _offer(scoring), **view)
    scoring.forget()
    said = "already" if result.again else "done"
    return RedirectResponse(f"{_address(scoring)}?said={said}", 303)
