"""Several checked letters issued at one go: each by a command of its own, in the order in which
they were drafted, and what was refused beside its reason."""

from typing import NamedTuple

from fastapi import Depends, Request, Response
from sqlalchemy import Connection, Row

from engine.journal import Recorded
from portal.access import Visitor, leads
from portal.desk import Desk
from portal.gate import Pages, entered
from portal.letter_at_hand import found, letter_key
from portal.letter_life import STATES, issue
from portal.letters import PAGE
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading

pages = Pages()
NOT_FOUND = "没有这份文书，或者它不由本室办理。"


class Issued(NamedTuple):
    """What came of one letter; ``row`` as it then stands, ``why`` it was not issued, if it was
    not."""

    row: Row
    why: str = ""


@pages.page("/letters/issue", "office", methods=("POST",))
def issue_letters(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """印发所选文书. The same form sent twice issues nothing twice, and is answered as the first."""
    desk: Desk = request.app.state.desk
    chosen: dict[str, tuple[Row, str]] = {}
    lost = 0
    for given in typed.many("letter")[:PAGE]:
        key, _, text = given.partition(" ")
        row = found(desk, connection, visitor, key)
        if row is None or not leads(visitor, row.office):
            lost += 1
        else:
            chosen[row.order] = row, text
    issued = [
        _issued(desk, visitor, row, text, typed.once)
        for row, text in sorted(chosen.values(), key=lambda one: (one[0].drafted_on, one[0].order))
    ]
    return render(
        request,
        "letters/issued.html",
        issued=[one for one in issued if not one.why],
        refused=[one for one in issued if one.why],
        lost=NOT_FOUND if lost else "",
        chosen=bool(issued or lost),
        titles=STATES,
        key=letter_key,
    )


def _issued(desk: Desk, visitor: Visitor, row: Row, text: str, once: str) -> Issued:
    result = issue(desk, visitor, row, text, f"{once} {letter_key(row.order)[-40:]}", None)
    with desk.database.reading() as now:
        row = found(desk, now, visitor, letter_key(row.order)) or row
    return Issued(row, "" if isinstance(result, Recorded) else result.reason)
