"""A message's own link, and the channel one wants to be told by.

Chat programs and mail filters open every link they pass on: opening records nothing, only the
button does.
"""

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from engine.receipts import PATH, key_of
from portal.access import EVERYONE, Visitor
from portal.desk import Desk
from portal.gate import ANYBODY, Pages, entered
from portal.ledgers import receipts
from portal.ledgers.asking import word
from portal.ledgers.messages import CHANNELS
from portal.receiving import Typed, typed_form
from portal.rendering import render

pages = Pages(outside=True)

WRONG = "这个链接无效，可能复制时缺了一段，请核对，或向督导室询问。"


@pages.page(PATH + "{token}", *ANYBODY, methods=("GET", "HEAD"))
def look(token: str, request: Request) -> Response:
    """What was sent, and the button."""
    desk: Desk = request.app.state.desk
    key = key_of(desk.secret, token)
    with desk.database.reading() as connection:
        rows = receipts.came_with(connection, key) if key else ()
    if not rows:
        return render(request, "sentence.html", 410, heading="链接不能使用", sentence=WRONG)
    return render(
        request,
        "messages/read.html",
        rows=rows,
        token=token,
        read=all(row.state == "read" for row in rows),
    )


@pages.page(PATH + "{token}", *ANYBODY, methods=("POST",))
def read(token: str, request: Request, typed: Typed = Depends(typed_form)) -> Response:
    """The button: read, with all that came with it."""
    desk: Desk = request.app.state.desk
    key = key_of(desk.secret, token)
    if key:
        receipts.read_by_link(desk.database, key, desk.now())
    return RedirectResponse(f"{PATH}{token}", 303)


@pages.page("/preferences", *EVERYONE)
def preferences(request: Request, visitor: Visitor = Depends(entered)) -> Response:
    """The channels there are for me, and the one I asked for."""
    desk: Desk = request.app.state.desk
    with desk.database.reading() as connection:
        asked = receipts.preferred(connection, visitor.person)
    return render(
        request,
        "messages/preferences.html",
        choices=_channels(desk, visitor),
        asked=asked,
        done=word(request, "said", most=4),
    )


@pages.page("/preferences", *EVERYONE, methods=("POST",))
def prefer(
    request: Request,
    visitor: Visitor = Depends(entered),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Ask for another."""
    desk: Desk = request.app.state.desk
    channel = typed.choice("channel", _channels(desk, visitor), required=False)
    if not typed.mistakes:
        receipts.prefer(desk.database, visitor.person, channel, desk.now())
    return RedirectResponse("/preferences?said=" + ("bad" if typed.mistakes else "done"), 303)


def _channels(desk: Desk, visitor: Visitor) -> dict[str, str]:
    """The channels that serve a role, with their titles."""
    return {
        name: CHANNELS.get(name, name)
        for name, roles in desk.channels
        if not roles or visitor.role in roles
    }
