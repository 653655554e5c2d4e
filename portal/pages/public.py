"""Pages for everybody, without an account: plans with their comments, announced visits, results."""

from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from engine.journal import Entry
from portal.arrival import arrived
from portal.cleaning import one_line
from portal.commands import forms_of_kind
from portal.desk import Desk
from portal.drafts import Values, typed_values
from portal.fields import Written
from portal.gate import ANYBODY, Pages
from portal.notice_board import (
    PLANS,
    RESULTS,
    SORTS,
    VISITS,
    hung,
    page_of,
    results_are_out,
    visit_state,
)
from portal.notices import Opened, amendments, comment_period, opened, overrun
from portal.patience import Patience
from portal.questionnaire_totals import of_round, public_totals
from portal.receiving import Typed, holder_of, typed_form
from portal.rendering import case_of, render
from portal.signing import new_token
from rules.planning.words import CommentOnPlan
from rules.values import Actor, Refusal

pages = Pages(outside=True)

FEW = 5  # of each sort on the first page
PUBLIC = Actor("public", "public")
COMMENT = next(form for form in forms_of_kind("planning") if form.command is CommentOnPlan)

View = dict[str, Any]


def _desk(request: Request) -> Desk:
    return request.app.state.desk


# Each page reads, gives its connection back, and only then is drawn: however many come at once,
# none holds a connection while it waits for anything else.


@pages.page("/public", *ANYBODY)
def board(request: Request) -> Response:
    """The latest of each sort."""
    desk = _desk(request)
    shelf, today = desk.journal.shelf, desk.today()
    with desk.database.reading() as connection:
        found = {which: hung(connection, shelf, which, today, most=FEW) for which in SORTS}
    return render(request, "public/board.html", sorts=SORTS, found=found)


def _listed(request: Request, which: str) -> Response:
    desk = _desk(request)
    name = one_line(request.query_params.get("name", ""))[:40]
    page = page_of(request)
    with desk.database.reading() as connection:
        found = hung(connection, desk.journal.shelf, which, desk.today(), name, page)
    view = {"which": which, "sort": SORTS[which], "found": found, "name": name, "page": page}
    return render(request, "public/list.html", **view)


@pages.page("/public/plans", *ANYBODY)
def plans(request: Request) -> Response:
    return _listed(request, PLANS)


@pages.page("/public/visits", *ANYBODY)
def visits(request: Request) -> Response:
    return _listed(request, VISITS)


@pages.page("/public/results", *ANYBODY)
def results(request: Request) -> Response:
    return _listed(request, RESULTS)


def _opened(request: Request, connection: Connection, which: str, case: str, stage: str) -> Opened:
    found = opened(_desk(request), connection, which, case_of(case), stage)
    if found is None:
        raise HTTPException(404)
    return found


@pages.page("/public/plans/{case}/{stage}", *ANYBODY)
def plan(case: str, stage: str, request: Request) -> Response:
    """A published plan, and the box for comments until the last day for them."""
    return _plan(request, _plan_view(request, case, stage), Values({}))


def _plan_view(request: Request, case: str, stage: str) -> View:
    desk = _desk(request)
    with desk.database.reading() as connection:
        notice = _opened(request, connection, PLANS, case, stage)
        return {
            "notice": notice,
            "period": comment_period(notice, desk.today()),
            "amendments": amendments(notice),
            "busy": overrun(connection, notice.dossier.id, desk.now()),
        }


@pages.page("/public/plans/{case}/{stage}", *ANYBODY, methods=("POST",))
def comment(
    case: str, stage: str, request: Request, typed: Typed = Depends(typed_form)
) -> Response:
    """A comment on a plan. What cannot be taken is shown again, word for word."""
    desk = _desk(request)
    view = _plan_view(request, case, stage)
    written = Written()
    for field in COMMENT.fields:
        field.read(typed, None, "", written)
    values = typed_values(typed)
    if typed.mistakes:
        return _plan(request, view, values, 422, mistakes=typed.mistakes)
    once = typed.once or new_token()
    patience: Patience = desk.__dict__.setdefault("_patience", Patience())
    if not patience.allows(holder_of(request), once, desk.now()):
        return _plan(request, view, values, 429, TOO_MANY_OF_ONE)
    if view["busy"]:
        return _plan(request, view, values, 429, TOO_MANY_OF_ALL)
    command = CommentOnPlan(stage=stage, form=written.form)
    entry = Entry(command, case_of(case), PUBLIC, arrived(desk), f"public {once}")
    result = desk.journal.record(entry)
    if isinstance(result, Refusal):
        return _plan(request, view, values, 409, result.reason)
    desk.wake()
    said = "already" if result.again else "heard"
    return RedirectResponse(f"/public/plans/{case}/{stage}?said={said}", 303)


TOO_MANY_OF_ONE = (
    "您在短时间内已经提交了多条意见，这一条没有收下。请过十分钟再提交，"
    "或把几条意见合在一起；您写的内容还在下面。"
)
TOO_MANY_OF_ALL = (
    "最近一小时收到的意见太多，系统暂时不再接收，这一条没有收下。请过一小时再提交，"
    "或按公告上的联系方式反映；您写的内容还在下面。"
)


def _plan(
    request: Request,
    view: View,
    values: Values,
    status: int = 200,
    refused: str = "",
    mistakes: dict[str, str] | None = None,
) -> Response:
    shown = {**view, "fields": COMMENT.fields, "value": values, "refused": refused}
    # The rules may have closed while somebody was writing: what was written is still theirs.
    unsent = status == 409
    return render(
        request, "public/plan.html", status, mistakes=mistakes or {}, unsent=unsent, **shown
    )


@pages.page("/public/visits/{case}/{stage}", *ANYBODY)
def visit(case: str, stage: str, request: Request) -> Response:
    """An announced visit; once the round's results are out, what was said in its questionnaires."""
    desk = _desk(request)
    with desk.database.reading() as connection:
        notice = _opened(request, connection, VISITS, case, stage)
        data, dossier = notice.standing.data, notice.dossier
        round_ = dossier.round
        out = results_are_out(connection, desk.journal.shelf, round_.id, round_.definition)
        asked = public_totals(connection, dossier.id, stage, desk.today()) if out else []
    state, now = visit_state(data.starts, data.ends, desk.today(), moved=not data.announced)
    view = {"notice": notice, "state": state, "now": now, "asked": asked}
    return render(request, "public/visit.html", **view)


@pages.page("/public/results/{case}/{stage}", *ANYBODY)
def result(case: str, stage: str, request: Request) -> Response:
    """The results of a round as its bulletin gives them, and where questionnaires were asked."""
    desk = _desk(request)
    with desk.database.reading() as connection:
        notice = _opened(request, connection, RESULTS, case, stage)
        asked = of_round(connection, notice.dossier.round.id, desk.today())
    return render(request, "public/result.html", notice=notice, asked=asked)
