"""Answering a questionnaire: by the code on the poster, on any phone, without a name."""

import re

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from portal.desk import Desk
from portal.drafts import Values, typed_values
from portal.gate import ANYBODY, Pages
from portal.questionnaire_totals import FEWEST_TEXTS
from portal.questionnaires import (
    AGAIN,
    GONE,
    LONGEST_TEXT,
    STEPS,
    TAKEN,
    TWICE,
    Asked,
    Given,
    answer,
    by_code,
    school_of,
)
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.signing import new_token

pages = Pages(outside=True)

ANSWERED = "dudao_answered"  # on its own questionnaire's path only; says that, and no more
REMEMBERED = 30  # days after the end
CODE = re.compile(r"[a-z2-7]{26}")
MARKS = {str(mark) for mark in range(1, STEPS + 1)}


def _asked(request: Request, code: str) -> tuple[Asked, str] | None:
    """The questionnaire of a code and the school's name; no connection is held afterwards, so
    that a whole school may answer at once."""
    if not CODE.fullmatch(code.lower()):
        return None
    with _desk(request).database.reading() as connection:
        asked = by_code(connection, code)
        return (asked, school_of(connection, asked.case).name) if asked else None


@pages.page("/q/{code}", *ANYBODY)
def questionnaire(code: str, request: Request) -> Response:
    """The questionnaire, or why it cannot be answered now."""
    found = _asked(request, code)
    if found is None:
        return _closed(request, None, GONE, 404)
    asked, _ = found
    if code != asked.code:
        return RedirectResponse(f"/q/{asked.code}", 303)
    phase = asked.phase(_desk(request).today())
    if phase != "open":
        return _closed(request, asked, phase)
    insists = request.query_params.get("again") == "1"
    if ANSWERED in request.cookies and not insists:
        return render(request, "questionnaires/answered.html", asked=asked, thanks=False)
    return _sheet(request, found, Values({}), insists=insists)


@pages.page("/q/{code}", *ANYBODY, methods=("POST",))
def give_answer(code: str, request: Request, typed: Typed = Depends(typed_form)) -> Response:
    """Take an answer; what cannot be taken is shown again."""
    desk, found = _desk(request), _asked(request, code)
    if found is None:
        return _closed(request, None, GONE, 404, typed.raw("text"))
    asked = found[0]
    given, values = _given(typed, asked), typed_values(typed)
    insists, answered = typed.yes("again"), ANSWERED in request.cookies
    if typed.mistakes:
        return _sheet(request, found, values, 422, mistakes=typed.mistakes, insists=insists)
    if not any(given.marks) and not given.text:
        return _sheet(request, found, values, 422, EMPTY, insists=insists)
    today, once = desk.today(), typed.once or new_token()
    how = {"answered": answered, "insisted": insists}
    outcome = answer(desk.database, desk.secret, asked.code, given, today, once, **how)
    if outcome == TWICE:
        return _sheet(request, found, values, 409, ALREADY, insists=True)
    if outcome not in (TAKEN, AGAIN):
        return _closed(request, asked, outcome, 409, given.text)
    response = RedirectResponse(f"/q/{asked.code}/thanks", 303)
    lasts = max((asked.closes_on - today).days, 0) + REMEMBERED
    response.set_cookie(
        ANSWERED,
        "1",
        max_age=lasts * 86400,
        httponly=True,
        samesite="lax",
        secure=desk.secure,
        path=f"/q/{asked.code}",
    )
    return response


EMPTY = "还没有作答：请至少回答一题再提交。"
ALREADY = (
    "这台手机（浏览器）已经填过一份，这一份还没有提交。"
    "如果是另一个人填写，请按最下面的“仍要再填一份”。"
)


@pages.page("/q/{code}/thanks", *ANYBODY)
def thanks(code: str, request: Request) -> Response:
    found = _asked(request, code)
    if found is None:
        return _closed(request, None, GONE, 404)
    return render(request, "questionnaires/answered.html", asked=found[0], thanks=True)


def _desk(request: Request) -> Desk:
    return request.app.state.desk


def _given(typed: Typed, asked: Asked) -> Given:
    raw = [typed.raw(f"m{number}") for number in range(len(asked.sheet.questions))]
    marks = tuple(int(mark) if mark in MARKS else 0 for mark in raw)
    return Given(marks, typed.paragraphs("text", LONGEST_TEXT))


def _sheet(
    request: Request,
    found: tuple[Asked, str],
    values: Values,
    status: int = 200,
    refused: str = "",
    mistakes: dict[str, str] | None = None,
    insists: bool = False,
) -> Response:
    return render(
        request,
        "questionnaires/answer.html",
        status,
        asked=found[0],
        school=found[1],
        value=values,
        mistakes=mistakes or {},
        refused=refused,
        insists=insists,
        fewest=FEWEST_TEXTS,
        longest=LONGEST_TEXT,
    )


def _closed(
    request: Request, asked: Asked | None, why: str, status: int = 200, unsent: str = ""
) -> Response:
    view = {"asked": asked, "why": why, "unsent": unsent, "sent": status == 409 or bool(unsent)}
    return render(request, "questionnaires/closed.html", status, **view)
