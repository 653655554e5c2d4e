"""The events of letters as rows: each letter as it stands now, the register of numbers, and the
templates an office has adopted."""

from typing import TYPE_CHECKING

from sqlalchemy import Date, String, bindparam, cast, insert, literal_column, select, update

from engine.letter_facts import order_of
from engine.statements import Prepared, inserting
from models.letter_templates import LetterTemplate
from models.letters import Letter, LetterNumber
from rules import letter_words as w
from rules.letter_templates import TemplateEvent
from rules.state import CaseState

if TYPE_CHECKING:
    from engine.standing import Standing

_LETTERS, _NUMBERS = Letter.__table__, LetterNumber.__table__
_ADD_TEMPLATE = inserting(LetterTemplate.__table__)

ADD_NUMBER = inserting(_NUMBERS)
_MOVE = Prepared(
    update(_LETTERS)
    .where(_LETTERS.c.order == bindparam("b_order"))
    .values(
        state=bindparam("b_state"), text=bindparam("b_text"), replaced_by=bindparam("b_replaced_by")
    )
)
_ISSUE = Prepared(
    update(_LETTERS)
    .where(_LETTERS.c.order == bindparam("b_order"))
    .values(pdf=bindparam("b_pdf"), number=bindparam("b_line"), issued_on=bindparam("b_on"))
)
_PRINTED = Prepared(
    update(_LETTERS).where(_LETTERS.c.order == bindparam("b_order")).values(pdf=bindparam("b_pdf"))
)
_NOTHING = literal_column("''")
# What takes a letter's place is of the same case, kind and title, and nobody has received it.
_SUCCESSOR = {
    "order": cast(bindparam("b_new"), String),
    "drafted_on": bindparam("b_on", type_=Date),
    "sha256": cast(bindparam("b_text"), String),
    "state": literal_column("'edited'"),
    "text": cast(bindparam("b_same_text"), String),
    "issued_on": literal_column("NULL"),
    **{name: _NOTHING for name in ("path", "template", "sources", "pdf", "number")},
    **{name: _NOTHING for name in ("received_at", "received_by", "received_note", "replaced_by")},
}
_REPLACE = Prepared(
    insert(_LETTERS).from_select(
        list(_LETTERS.c.keys()),
        select(*(_SUCCESSOR.get(name, column) for name, column in _LETTERS.c.items())).where(
            _LETTERS.c.order == bindparam("b_order")
        ),
        include_defaults=False,
    )
)

LETTERS_PROJECTED = (_REPLACE, _MOVE, _ISSUE, _PRINTED, ADD_NUMBER, _ADD_TEMPLATE)


def letter_rows(
    case: "Standing", event: w.LetterEvent, state: CaseState
) -> list[tuple[Prepared, dict]]:
    """The statements with their values that a letter's event adds."""
    order, now = order_of(case.id, event.item), state.letters[event.item]
    by = now.by and order_of(case.id, now.by)
    moved = {"b_order": order, "b_state": now.phase, "b_text": now.text, "b_replaced_by": by}
    rows: list[tuple[Prepared, dict]] = [(_MOVE, moved)]
    if isinstance(event, w.LetterSuperseded) and event.sha256:
        new = {"b_order": order, "b_new": by, "b_on": event.happened_on}
        rows.append((_REPLACE, {**new, "b_text": event.sha256, "b_same_text": event.sha256}))
    if isinstance(event, w.LetterPrinted):
        rows.append((_PRINTED, {"b_order": order, "b_pdf": event.pdf_sha256}))
    if isinstance(event, w.LetterIssued):
        issued = {"b_order": order, "b_pdf": event.pdf_sha256, "b_line": event.line}
        rows.append((_ISSUE, {**issued, "b_on": event.happened_on}))
        if event.number:
            entered = {"office": case.office, "case": case.id, "letter": event.item}
            numbered = {name: getattr(event, name) for name in ("code", "year", "number")}
            rows.append((ADD_NUMBER, {**entered, **numbered, "issued_on": event.happened_on}))
    return rows


def template_rows(case: "Standing", seq: int, event: TemplateEvent) -> list[tuple[Prepared, dict]]:
    """The version of a template that an event makes."""
    row = {"office": event.office, "kind": event.item, "version": event.version}
    row |= {"case": case.id, "seq": seq, "sha256": getattr(event, "sha256", "")}
    return [(_ADD_TEMPLATE, row)]
