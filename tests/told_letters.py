"""The letters of the year that is told: drafted where its process called for them, issued, and then
taken back or replaced."""

from collections.abc import Iterator

from sqlalchemy import Row, insert, select

from documents.catalogue import LETTERS
from engine.letter_facts import name_of
from models.letters import Letter
from models.orders import OrderRow
from rules.letter_words import (
    CheckLetter,
    IssueLetter,
    LetterCommand,
    SupersedeLetter,
    WithdrawLetter,
)
from rules.orders import Order
from rules.values import digest
from tests.told_year import OFFICE, ToldYear

_ORDERS, _LETTERS = OrderRow.__table__, Letter.__table__
TEXT, NEW = digest("the text"), digest("another text")
REASON = {"reason": "引用的条款有误。"}


def _called_for(year: ToldYear, subject: str, kind: str, item: str) -> Iterator[Row]:
    wanted = select(_ORDERS).where(_ORDERS.c.case == year.case(subject)).order_by(_ORDERS.c.id)
    with year.database.reading() as connection:
        rows = connection.execute(wanted).all()
    for row in rows:
        order = Order.model_validate_json(row.body)
        if (order.kind, order.name) == ("draft", kind) and order.about.get("item", "") == item:
            yield row


def drafted(year: ToldYear, subject: str, kind: str, item: str = "", again: str = "") -> str:
    """The letter that the process called for (of an issue), as its flow drafts it; its name within
    the case. ``again`` tells one apart that was drafted before."""
    row = next(_called_for(year, subject, kind, item))
    order = f"{row.id}{again}"
    known = {"order": order, "called_by": row.id, "case": row.case, "office": row.office}
    letter = {**known, "kind": kind, "title": LETTERS[kind].title, "drafted_on": row.owed_on}
    with year.database.writing() as connection:
        connection.execute(insert(_LETTERS), {**letter, "path": "a.docx", "sha256": TEXT})
    return name_of(order)


def issued(year: ToldYear, subject: str, kind: str, item: str = "", again: str = "") -> str:
    """The same, checked and issued."""
    name = drafted(year, subject, kind, item, again)
    year.do(subject, CheckLetter(letter=name, text=TEXT), OFFICE)
    year.do(subject, IssueLetter(letter=name, text=TEXT, sha256=TEXT), OFFICE)
    return name


def withdraw(name: str) -> LetterCommand:
    """It holds no longer."""
    return WithdrawLetter(letter=name, form=REASON)


def supersede(name: str) -> LetterCommand:
    """A new text takes its place."""
    return SupersedeLetter(letter=name, sha256=NEW, form=REASON)


def letters_of_the_year(year: ToldYear) -> None:
    """An opinion letter is replaced and its successor issued, a notice taken back, and a bulletin
    that every school has."""
    year.do("S1", supersede(issued(year, "S1", "opinion_letter")), OFFICE)
    year.do("S1", withdraw(issued(year, "S1", "visit_notice")), OFFICE)
    year.do("", withdraw(issued(year, "", "annual_bulletin")), OFFICE)
