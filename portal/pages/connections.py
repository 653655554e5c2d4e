"""系统对接: the office's tokens, the addresses it calls, and those by which others call it."""

from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from engine.calls import EVERY, flaw_of_address
from portal import api, webhooks
from portal.access import Visitor
from portal.api import tokens
from portal.desk import Desk
from portal.gate import Pages, entered
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.story import TITLES
from portal.webhooks import IN, OUT

pages = Pages()

TYPES = {**TITLES, "deadline.armed": "期限起算或变动", "deadline.met": "期限办结"}
FULL = "已达到数量上限，请先停用不再使用的。"


@pages.page("/connections", "office")
def connections_page(request: Request, visitor: Visitor = Depends(entered)) -> Response:
    """Everything there is, and the forms for more."""
    return _page(request, visitor)


def _page(
    request: Request, visitor: Visitor, mistakes: dict[str, str] | None = None, **view: Any
) -> Response:
    desk: Desk = request.app.state.desk
    with desk.database.reading() as connection:
        hooks = webhooks.hooks_of(connection, visitor.organisation)
        out = [row for row in hooks if row.direction == OUT]
        ids = [row.id for row in out]
        seen = {
            "tokens": tokens.tokens_of(connection, visitor.organisation),
            "out": out,
            "in_": [row for row in hooks if row.direction == IN],
            "counts": webhooks.counts_of(connection, ids),
            "not_taken": webhooks.not_taken(connection, ids),
        }
    base = (desk.public_url or str(request.base_url)).rstrip("/")
    shown = {"made": "", "secret": "", "typed": {}, **view}
    return render(
        request,
        "connections/list.html",
        422 if mistakes else 200,
        mistakes=mistakes or {},
        types=TYPES,
        place=f"{base}{api.PLACE}",
        states={"open": "待发", "sent": "已送达", "failed": "未送达", "unknown": "不能确认"},
        **seen,
        **shown,
    )


@pages.page("/connections/tokens", "office", methods=("POST",))
def new_token(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    """Make a token; it is shown this once."""
    name = typed.text("token_name", 80, required=True)
    made = ""
    if not typed.mistakes:
        desk: Desk = request.app.state.desk
        made = tokens.make_token(desk, visitor, name, typed.yes("may_write"))
        if not made:
            typed.mistakes["token_name"] = FULL
    return _page(request, visitor, typed.mistakes, made=made, typed={"token_name": name})


@pages.page("/connections/tokens/revoke", "office", methods=("POST",))
def revoke_token(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    """A token opens nothing any more, from now on."""
    desk: Desk = request.app.state.desk
    tokens.revoke_token(desk, visitor.organisation, typed.text("token", 64))
    return RedirectResponse("/connections?said=done", 303)


@pages.page("/connections/out", "office", methods=("POST",))
def new_address(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    """Register an address to be called, and about what."""
    name, url = typed.text("out_name", 80, required=True), typed.text("url", 400, required=True)
    chosen = list(dict.fromkeys(typed.many("events")))
    if url and (flaw := flaw_of_address(url)):
        typed.mistakes["url"] = flaw
    events = ",".join(chosen) or EVERY
    if set(chosen) - TYPES.keys():
        typed.mistakes["events"] = "请从列表中选择。"
    if len(events) > 1000:
        typed.mistakes["events"] = "选得太多，请少选几种；一种都不选即为全部。"
    secret = ""
    if not typed.mistakes:
        desk: Desk = request.app.state.desk
        _, secret = webhooks.make_hook(desk, visitor, OUT, name, url, events)
        if not secret:
            typed.mistakes["out_name"] = FULL
    kept = {"out_name": name, "url": url, "events": chosen}
    return _page(request, visitor, typed.mistakes, secret=secret, typed=kept)


@pages.page("/connections/in", "office", methods=("POST",))
def new_service(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    """Register a service that may hand in self-assessments."""
    name = typed.text("in_name", 30, required=True)
    secret = ""
    if not typed.mistakes:
        desk: Desk = request.app.state.desk
        _, secret = webhooks.make_hook(desk, visitor, IN, name)
        if not secret:
            typed.mistakes["in_name"] = FULL
    return _page(request, visitor, typed.mistakes, secret=secret, typed={"in_name": name})


@pages.page("/connections/stop", "office", methods=("POST",))
def stop_address(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    """Use an address no more."""
    desk: Desk = request.app.state.desk
    webhooks.stop_hook(desk, visitor.organisation, typed.text("hook", 32))
    return RedirectResponse("/connections?said=done", 303)


@pages.page("/connections/again", "office", methods=("POST",))
def call_again(
    request: Request, visitor: Visitor = Depends(entered), typed: Typed = Depends(typed_form)
) -> Response:
    """Try once more what was not taken."""
    desk: Desk = request.app.state.desk
    webhooks.call_again(desk, visitor.organisation, typed.text("hook", 32))
    return RedirectResponse("/connections?said=done", 303)
