"""A case's pages: the whole file of one subject, each stage of it, and what can be done there."""

from collections.abc import Callable
from datetime import date

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from models.letters import Letter
from portal import drafts
from portal.about import about
from portal.access import EVERYONE
from portal.archives import may_archive
from portal.commands import read_command, record
from portal.deadlines import dues
from portal.gate import NotAllowed, Pages
from portal.letter_access import open_to
from portal.offers import Offer, offer_of, offers
from portal.receiving import Typed, typed_form
from portal.rendering import key_of, render
from portal.sight import Sight, case_at_hand
from portal.story import told
from portal.visit_notes import begun
from rules.values import Refusal

_LETTERS = Letter.__table__

pages = Pages(outside=True)


@pages.page("/cases/{case}", *EVERYONE)
def case_page(request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """The file of one subject in one round."""
    wanted = select(_LETTERS).where(_LETTERS.c.case == sight.id)
    team = () if sight.limited else (sight.id,)
    wanted = wanted.where(open_to(sight.connection, sight.visitor, team))
    letters = sight.connection.execute(wanted.order_by(_LETTERS.c.drafted_on, _LETTERS.c.order))
    return render(
        request,
        "case.html",
        sight=sight,
        offers=offers(sight),
        dues=dues(sight.dossier, sight.today, sight.dossier.calendar),
        story=told(sight.dossier),
        letters=letters.all(),
        archives=may_archive(sight),
    )


@pages.page("/cases/{case}/{stage}", *EVERYONE)
def stage_page(stage: str, request: Request, sight: Sight = Depends(case_at_hand)) -> Response:
    """One stage of it: where it stands, its deadlines, and the forms on offer."""
    if stage not in sight.process.stages or (sight.limited and stage not in sight.state.stages):
        raise NotAllowed("这个流程没有这个环节。")
    return _stage(request, sight, stage)


@pages.page("/cases/{case}/{stage}/{name}", *EVERYONE)
def form_page(
    stage: str, name: str, request: Request, sight: Sight = Depends(case_at_hand)
) -> Response:
    """One form by itself."""
    offer = _offered(sight, stage, name)
    values = drafts.values(sight, offer)
    if not values.found:
        values = begun(sight, stage, offer.form.command.__name__)
    return _form(request, sight, offer, values, {})


@pages.page("/cases/{case}/{stage}/{name}", *EVERYONE, methods=("POST",))
def give_command(
    stage: str,
    name: str,
    request: Request,
    sight: Sight = Depends(case_at_hand),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Give a command: recorded, or refused with what was typed still there."""
    offer = offer_of(sight, stage, name)
    if offer is None and not typed.once:
        raise NotAllowed("现在不能办理这件事：可能已经办过，或还没有轮到。")
    if offer is None:
        return RedirectResponse(f"/cases/{key_of(sight.id)}/{stage}?said=already", 303)
    offer = _offered(sight, stage, name)
    command = read_command(offer.form, typed, sight, stage, offer.item)
    happened_on = typed.day("happened_on", required=False)
    behalf = typed.text("on_behalf_of", 40)
    if command is None or typed.mistakes:
        return _form(request, sight, offer, drafts.typed_values(typed), typed.mistakes)
    result = record(sight, command, offer.role, f"web {typed.once}", happened_on, behalf)
    if isinstance(result, Refusal):
        mistakes = {"": result.reason}
        return _form(request, sight, offer, drafts.typed_values(typed), mistakes)
    drafts.forget(sight, offer)
    said = "already" if result.again else "done"
    return RedirectResponse(f"/cases/{key_of(sight.id)}/{stage}?said={said}", 303)


def _offered(sight: Sight, stage: str, name: str) -> Offer:
    offer = offer_of(sight, stage, name)
    if offer is None or not offer.address(sight).endswith(f"/{offer.name}"):
        raise NotAllowed("现在不能办理这件事：可能已经办过，或还没有轮到您。")
    return offer


def _stage(request: Request, sight: Sight, stage: str) -> Response:
    return render(
        request,
        "stage.html",
        sight=sight,
        stage=sight.process.stages[stage],
        kind=sight.process.kinds[stage],
        standing=sight.state.stages.get(stage),
        offers=offers(sight, stage),
        dues=dues(sight.dossier, sight.today, sight.dossier.calendar, stage),
        story=told(sight.dossier, stage),
    )


Value = Callable[..., object]


def _form(
    request: Request,
    sight: Sight,
    offer: Offer,
    values: drafts.Values,
    mistakes: dict[str, str],
) -> Response:
    return render(
        request,
        "form.html",
        422 if mistakes else 200,
        sight=sight,
        offer=offer,
        about=about(sight, offer),
        stage=sight.process.stages[offer.stage],
        value=values,
        mistakes=mistakes,
        refused=mistakes.get("", ""),
        earliest=date.fromordinal(sight.today.toordinal() - 60),
    )
