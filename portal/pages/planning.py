"""制定计划: the page where an office works out whom to evaluate when, and where others read it."""

from collections import Counter
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from portal import charts, drafts
from portal.access import EVERYONE, leads
from portal.charts import Bar
from portal.commands import record
from portal.gate import NotAllowed, Pages
from portal.offers import Offer, offer_of
from portal.plan_form import read, titled
from portal.plans import Draft, Table, change, command_of, doubts, lay, refused, schools
from portal.receiving import Typed, typed_form
from portal.rendering import key_of, render
from portal.sight import Sight, case_at_hand
from rules.values import Refusal

PROPOSE, AMEND = "ProposePlan", "AmendPlan"
CHECK, AFRESH, GIVE = "check", "afresh", "give"

pages = Pages()


def _offer(sight: Sight, stage: str) -> Offer | None:
    """What the visitor may do with the plan now: propose it, amend it, or nothing."""
    return offer_of(sight, stage, PROPOSE) or offer_of(sight, stage, AMEND)


def _planning(sight: Sight, stage: str) -> None:
    fields = sight.process.stages.get(stage)
    if fields is None or fields.kind != "planning" or stage not in sight.state.stages:
        raise NotAllowed("制定计划还没有开始。")


@pages.page("/cases/{case}/{stage}/plan", *EVERYONE)
def plan_page(stage: str, request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """The plan: on the office's table to be changed, for everybody else to read."""
    _planning(sight, stage)
    offer = _offer(sight, stage)
    table = lay(sight, stage)
    if offer is None:
        return _page(request, sight, stage, table, Draft(table.standing), None)
    kept = drafts.values(sight, offer)
    if request.query_params.get("from") == "proposal":
        draft = Draft(table.proposal)
    else:
        draft = read(table, kept) if kept.version else Draft(table.standing or table.proposal)
    return _page(request, sight, stage, table, draft, offer, kept.version)


@pages.page("/cases/{case}/{stage}/plan", "office", methods=("POST",))
def change_plan(
    stage: str,
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Check it and keep it as a draft, start afresh from the proposal, or put it on record."""
    _planning(sight, stage)
    offer = _offer(sight, stage)
    if offer is None:
        return RedirectResponse(f"/cases/{key_of(sight.id)}/{stage}?said=already", 303)
    table = lay(sight, stage)
    if typed.text("do") == AFRESH:
        drafts.forget(sight, offer)
        return RedirectResponse(f"/cases/{key_of(sight.id)}/{stage}/plan", 303)
    draft = read(table, drafts.typed_values(typed))
    if typed.text("do") == CHECK or draft.mistakes:
        version, other = drafts.keep(sight, offer, drafts.typed_values(typed))
        status = 422 if draft.mistakes or other else 200
        return _page(request, sight, stage, table, draft, offer, version, other, status)
    command = command_of(table, stage, draft, offer.form.command.__name__ == AMEND)
    result = record(sight, command, offer.role, f"web {typed.once}")
    if isinstance(result, Refusal):
        version, _ = drafts.keep(sight, offer, drafts.typed_values(typed))
        return _page(request, sight, stage, table, draft, offer, version, result.reason, 422)
    drafts.forget(sight, offer)
    said = "already" if result.again else "done"
    return RedirectResponse(f"/cases/{key_of(sight.id)}/{stage}?said={said}", 303)


def _page(
    request: Request,
    sight: Sight,
    stage: str,
    table: Table,
    draft: Draft,
    offer: Offer | None,
    version: int = 0,
    other: str = "",
    status: int = 200,
) -> Response:
    """``other``: what else went wrong, in a sentence."""
    amends = offer is not None and offer.form.command.__name__ == AMEND
    found = schools(sight, table, draft.selected)
    against = ""
    if offer is not None and not draft.mistakes:
        against = refused(sight, command_of(table, stage, draft, amends), offer.role)
    changed = change(table, draft.selected) if amends else None
    return render(
        request,
        "planning/plan.html",
        status,
        sight=sight,
        stage=sight.process.stages[stage],
        standing=sight.state.stages[stage],
        phase=sight.process.kinds[stage].phases[sight.state.stages[stage].data.phase],
        offer=offer,
        amends=amends,
        table=table,
        draft=draft,
        mistakes=draft.mistakes,
        version=version,
        other=other,
        chosen=[one for one in found if one.planned],
        rest=[one for one in found if not one.planned],
        against="" if amends and not changed else against,
        changed=changed,
        unchanged=amends and not changed,
        doubts=list(doubts(sight, table, draft.selected)) if offer else [],
        people=titled(table.inspectors),
        comments=_comments(sight, stage),
        tiers=any(one.tier for one in found),
        **_loads(table, draft),
    )


def _loads(table: Table, draft: Draft) -> dict[str, Any]:
    """How the plan spreads: schools by inspector and by week."""
    people = Counter(person for one in draft.selected for person in one.inspectors)
    names = table.inspectors
    bars = [Bar(names.get(person, person), count) for person, count in people.most_common()]
    return {
        "load": charts.loads("每名督学承担的学校", bars) if bars else "",
        "crowd": sorted(Counter(one.week for one in draft.selected).items()),
    }


def _comments(sight: Sight, stage: str) -> list[dict[str, Any]]:
    """The comments received, for the office that hears them: who said it stays there."""
    if not leads(sight.visitor, sight.row.office):
        return []
    return [
        {"day": told.event.happened_on, **told.form}
        for told in sight.dossier.by_type.get("planning.commented", ())
        if told.event.stage == stage
    ]
