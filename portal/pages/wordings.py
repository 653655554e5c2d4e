"""消息用语: messages in the office's own words - written with blanks, tried on messages that were
really sent, taken back."""

import json
from typing import NamedTuple

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import Connection

from portal.access import Visitor
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.ledgers.messages import kinds
from portal.own_affairs import OwnAffair, record_own
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading
from rules.state import WORDING_AT_MOST, Wording, WordingState
from rules.values import Refusal
from rules.wordings import (
    PARTS,
    WORDING_EVENTS,
    KeepBuiltIn,
    Reword,
    WordingCommand,
    blanks,
    wrong_in,
)

_TYPES = tuple(event.model_fields["type"].default for event in WORDING_EVENTS)

pages = Pages()


class MessageAtHand(OwnAffair):
    """One kind of message, and the office whose words for it are asked for."""

    @property
    def held(self) -> WordingState:
        """The words that hold."""
        own = self.desk.journal.shelf.own_affairs(self.connection, self.office)
        return own.wordings.get(self.kind, WordingState())


def message_at_hand(
    kind: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> MessageAtHand:
    """Depends: the kind named in the address; NotAllowed where there is none."""
    if kind not in request.app.state.desk.messages:
        raise NotAllowed("没有这种消息，请从“消息用语”页面进入。")
    return MessageAtHand(kind, request, visitor, connection)


def titled(kind: str) -> str:
    """A kind of message as people call it."""
    return kinds().get(kind, kind)


@pages.page("/messages/words", "office")
def words_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """Every kind of message, stage by stage, and whose words hold."""
    desk: Desk = request.app.state.desk
    own = desk.journal.shelf.own_affairs(connection, visitor.organisation).wordings
    stages: dict[str, list[tuple[str, str, int]]] = {}
    for kind, called in kinds().items():
        if kind in desk.messages:
            version = own.get(kind, WordingState()).own
            stage, _, title = called.partition("：")
            stages.setdefault(stage, []).append((kind, title, version))
    return render(request, "messages/words.html", stages=stages)


class Version(NamedTuple):
    """A version as its page tells of it: who made it so and when; its words, "" for built in."""

    version: int
    by: str
    at: str
    wording: Wording


def _versions(message: MessageAtHand) -> list[Version]:
    """The versions there were, the latest first, as the log has them."""
    found = []
    for row in message.steps(*_TYPES):
        said = json.loads(row.body)
        wording = Wording.model_validate(said.get("wording", {}))
        found.append(Version(said["version"], row.name or row.actor, row.at, wording))
    return found


@pages.page("/messages/words/{kind}", "office")
def wording_page(message: MessageAtHand = Depends(message_at_hand)) -> Response:
    """One kind: its words, the blanks there are, and how the latest messages read."""
    return _page(message, message.held.wording)


@pages.page("/messages/words/{kind}", "office", methods=("POST",))
def reword(
    message: MessageAtHand = Depends(message_at_hand), typed: Typed = Depends(typed_form)
) -> Response:
    """The words typed: tried (``do=try``), or in use from now on if nothing is wrong with them."""
    written = {part: typed.paragraphs(part, WORDING_AT_MOST[part]) for part in PARTS}
    try:
        wording = Wording(**written)
    except ValidationError:  # too long; said field by field
        return _page(message, Wording.model_construct(**written), typed.mistakes)
    mistakes = dict(typed.mistakes)
    for wrong in wrong_in(message.kind, wording):
        mistakes.setdefault(wrong.part, wrong.reason)
    if mistakes or typed.text("do") == "try":
        return _page(message, wording, mistakes, tried=True)
    named = {"office": message.office, "message": message.kind, "over": typed.number("over")}
    command: WordingCommand = Reword(**named, wording=wording)
    return _taken(message, command, typed)


@pages.page("/messages/words/{kind}/built_in", "office", methods=("POST",))
def keep_built_in(
    message: MessageAtHand = Depends(message_at_hand), typed: Typed = Depends(typed_form)
) -> Response:
    """The built-in words hold again."""
    named = {"office": message.office, "message": message.kind, "over": typed.number("over")}
    return _taken(message, KeepBuiltIn(**named), typed)


def _taken(message: MessageAtHand, command: WordingCommand, typed: Typed) -> Response:
    result = record_own(message.desk, message.visitor, command, f"wording {typed.once}")
    if isinstance(result, Refusal):
        wanted = command.wording if isinstance(command, Reword) else message.held.wording
        return _page(message, wanted, {"text": result.reason})
    said = "done" if result.events and not result.again else "already"
    return RedirectResponse(f"/messages/words/{message.kind}?said={said}", 303)


def _page(
    message: MessageAtHand,
    wording: Wording,
    mistakes: dict[str, str] | None = None,
    tried: bool = False,
) -> Response:
    held = message.held
    previews = []
    if not mistakes:
        asked = message.office, message.kind, wording
        previews = message.desk.previews(message.connection, *asked)
    return render(
        message.request,
        "messages/wording.html",
        422 if mistakes else 200,
        kind=message.kind,
        title=titled(message.kind),
        wording=wording,
        own=held.own,
        mistakes=mistakes or {},
        tried=tried,
        parts=PARTS,
        longest=WORDING_AT_MOST,
        blanks=blanks(message.kind),
        previews=previews,
        version=held.version,
        versions=_versions(message),
    )
