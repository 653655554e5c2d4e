"""没有办成的事项: work of the house that failed, or of whose end nobody knows - why it did, and the
way to have it done once more."""

import json

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Row, bindparam, literal_column, select

from documents.catalogue import LETTERS
from engine.orders import give_back
from models.cases import Case
from models.orders import OrderRow
from models.organisations import Organisation
from portal.access import Visitor
from portal.desk import Desk
from portal.gate import Pages, entered
from portal.ledgers.messages import kinds
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading

_ORDERS, _CASES = OrderRow.__table__, Case.__table__
_ORGANISATIONS = Organisation.__table__
MOST = 100

# Written out, so that the index of rows in trouble serves.
_BADLY = (
    select(_ORDERS, _ORGANISATIONS.c.name.label("school"))
    .join(_CASES, _CASES.c.id == _ORDERS.c.case)
    .outerjoin(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
    .where(_ORDERS.c.office == bindparam("office"))
    .where(literal_column("orders.state IN ('failed', 'unknown')"))
    .order_by(_ORDERS.c.owed_on.desc(), _ORDERS.c.id)
    .limit(MOST + 1)
)
TITLES_OF_WORK = {
    "open_cases": "开立案卷",
    "answer_cases": "通知各校计划安排",
    "end_cases": "结束各校案卷",
    "move_issues": "移交问题",
    "propose_plan": "拟定评估计划",
    "renew_calendar": "按新日历重算期限",
    "print_letter": "生成文书PDF",
}

pages = Pages()


def told(row: Row) -> str:
    """An order in words: what was to be sent, drafted or done."""
    order = json.loads(row.body)
    kind, name = order["kind"], order["name"]
    if kind == "tell":
        return f"发送消息“{kinds().get(name, name)}”"
    if kind == "draft":
        return f"起草文书“{LETTERS[name].title if name in LETTERS else name}”"
    return TITLES_OF_WORK.get(name, name)


@pages.page("/undone", "office")
def undone_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """What was not done in the office's name, and why."""
    rows = connection.execute(_BADLY, {"office": visitor.organisation}).all()
    return render(
        request,
        "office/undone.html",
        rows=[(row, told(row)) for row in rows[:MOST]],
        more=len(rows) > MOST,
        again=request.query_params.get("again", "")[:6],
    )


@pages.page("/undone/again", "office", methods=("POST",))
def once_more(
    request: Request,
    visitor: Visitor = Depends(entered),
    typed: Typed = Depends(typed_form),
) -> Response:
    """One of them, or (without a number) all: to be done once more."""
    desk: Desk = request.app.state.desk
    order = typed.raw("order")
    count = give_back(desk.database, visitor.organisation, [order] if order else None)
    if count:
        desk.wake()
    return RedirectResponse(f"/undone?again={count}", 303)
