"""A letter at hand: the one an address names, and who asks for it."""

from typing import NamedTuple

from fastapi import Depends, Request
from sqlalchemy import Connection, Row

from engine.letter_facts import name_of
from portal.access import Visitor, leads
from portal.desk import Desk
from portal.gate import NotAllowed, entered
from portal.letters import one
from portal.rendering import case_of, key_of
from portal.sight import reading


class LetterAtHand(NamedTuple):
    """One letter, one visitor who may open it. ``row`` is the letter's with its case's subject and
    its unit (`portal.letters.one`)."""

    row: Row
    desk: Desk
    visitor: Visitor
    connection: Connection
    request: Request

    @property
    def name(self) -> str:
        """Its name within its case."""
        return name_of(self.row.order)

    @property
    def address(self) -> str:
        """Its page."""
        return f"/letters/{letter_key(self.row.order)}"

    @property
    def own(self) -> bool:
        """Whether it is the visitor's office that handles it."""
        return leads(self.visitor, self.row.office)


def letter_at_hand(
    order: str,
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> LetterAtHand:
    """Depends: the letter named in the address; NotAllowed where there is none or it is not the
    visitor's to open."""
    desk: Desk = request.app.state.desk
    row = found(desk, connection, visitor, order)
    if row is None:
        raise NotAllowed("没有这份文书，或者它不是送给您单位的。")
    return LetterAtHand(row, desk, visitor, connection, request)


def own_letter(letter: LetterAtHand = Depends(letter_at_hand)) -> LetterAtHand:
    """Depends: a letter that the visitor's own office handles."""
    if not letter.own:
        raise NotAllowed("这份文书由主办的督导室办理。")
    return letter


def found(desk: Desk, connection: Connection, visitor: Visitor, key: str) -> Row | None:
    """The letter an address names, as far as the visitor may open it."""
    order = case_of(key).replace("@", "#")
    return one(desk, connection, visitor, order) if order.isprintable() else None


def letter_key(order: str) -> str:
    """A letter's order as one part of an address."""
    return key_of(order).replace("#", "@")
