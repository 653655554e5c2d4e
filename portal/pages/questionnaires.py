"""The questionnaires of a review: made and printed by the office; their totals for the office and
the review's team."""

from datetime import date, timedelta
from typing import NamedTuple

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from portal.desk import Desk
from portal.drafts import Values, typed_values
from portal.fields import Day, Field, Line, Lines, Written
from portal.gate import NotAllowed, Pages
from portal.notice_board import page_of
from portal.qr import qr
from portal.questionnaire_totals import FEWEST_TEXTS, texts, totals
from portal.questionnaires import (
    AUDIENCES,
    LONGEST_RUN,
    Asked,
    Sheet,
    by_code,
    change,
    example,
    make,
    of_review,
    withdraw,
)
from portal.receiving import Typed, typed_form
from portal.rendering import key_of, render
from portal.sight import Sight, case_at_hand

pages = Pages(outside=True)

READERS = ("office", "inspector")
AT_HAND = Depends(case_at_hand)
AT_LEAST = 30  # the smallest sample, unless the office says otherwise
MOST_QUESTIONS, LONGEST_QUESTION = 30, 100
SAMPLE = "回收不足这个份数，数字只作参考，不对外公布。"

SHEET = (
    Line("title", "标题", required=True, most=60),
    Lines("questions", "题目", "一行一题，都用同一组五级选项。", required=True),
    Line("open", "最后的开放题", "可以不设。", most=100),
)
DAYS = (Day("opens_on", "开始日期"), Day("closes_on", "截止日期", "含当日。"))


class Review(NamedTuple):
    """A review whose questionnaires are at hand. ``may_make``: the office, until the visit ends;
    ``may_change``: the office."""

    sight: Sight
    stage: str
    title: str
    audiences: list[str]
    may_make: bool
    may_change: bool

    @property
    def address(self) -> str:
        """Where they are."""
        return f"/cases/{key_of(self.sight.id)}/{self.stage}/questionnaires"


def _review(sight: Sight, stage_id: str) -> Review:
    stage, state = sight.process.stages.get(stage_id), sight.state.stages.get(stage_id)
    if stage is None or stage.kind != "on_site_review" or state is None:
        raise NotAllowed("问卷属于实地督导；这个环节没有问卷，或还没有开始。")
    office = "office" in sight.roles
    if not office and "team" not in sight.roles:
        raise NotAllowed("问卷只由督导室和本次督导组查看。")
    running = sight.state.live and state.open and state.data.phase in ("preparing", "visiting")
    audiences = [key for key in AUDIENCES if key in stage.questionnaires]
    return Review(sight, stage_id, stage.title, audiences, office and running, office)


def _one(review: Review, code: str) -> Asked:
    asked = by_code(review.sight.connection, code) if code.isascii() and code.isalnum() else None
    if asked is None or (asked.case, asked.stage) != (review.sight.id, review.stage):
        raise NotAllowed("没有这份问卷，可能已经撤回。")
    return asked


@pages.page("/cases/{case}/{stage}/questionnaires", *READERS)
def questionnaires(stage: str, request: Request, sight: Sight = AT_HAND) -> Response:
    """Those of a review, and which are still to be made."""
    review = _review(sight, stage)
    made = of_review(sight.connection, sight.id, stage)
    there = {asked.audience for asked in made}
    missing = {key: AUDIENCES[key] for key in review.audiences if key not in there}
    return render(request, "questionnaires/list.html", review=review, made=made, missing=missing)


def address_of(request: Request, code: str) -> str:
    """What the QR code holds: the address people outside reach us at."""
    desk: Desk = request.app.state.desk
    return f"{(desk.public_url or str(request.base_url)).rstrip('/')}/q/{code}"


@pages.page("/cases/{case}/{stage}/questionnaires/print", *READERS)
def posters(stage: str, request: Request, sight: Sight = AT_HAND) -> Response:
    """A sheet of paper for each audience, with the code to be scanned."""
    review = _review(sight, stage)
    desk: Desk = request.app.state.desk
    sheets = [
        (asked, address, qr(address))
        for asked in of_review(sight.connection, sight.id, stage)
        if asked.phase(sight.today) != "over"
        for address in [address_of(request, asked.code)]
    ]
    known = bool(desk.public_url)
    return render(request, "questionnaires/posters.html", review=review, sheets=sheets, known=known)


# -- made by the office ----------------------------------------------------------------------------


@pages.page("/cases/{case}/{stage}/questionnaires/new/{audience}", "office")
def new(stage: str, audience: str, request: Request, sight: Sight = AT_HAND) -> Response:
    """The form, with the example's questions in it."""
    review = _makeable(sight, stage, audience)
    sheet, today = example(audience), sight.today
    ends = sight.state.stages[stage].data.ends
    closes = ends if ends and ends >= today else today + timedelta(days=14)
    first = {
        "title": f"{sheet.title}（{sight.subject.name}）",
        "questions": "\n".join(sheet.questions),
        "open": sheet.open,
        "opens_on": today.isoformat(),
        "closes_on": closes.isoformat(),
        "at_least": str(AT_LEAST),
    }
    values = Values({name: [text] for name, text in first.items()})
    return _form(request, review, audience, values, {})


@pages.page("/cases/{case}/{stage}/questionnaires/new/{audience}", "office", methods=("POST",))
def make_one(
    stage: str,
    audience: str,
    request: Request,
    sight: Sight = AT_HAND,
    typed: Typed = Depends(typed_form),
) -> Response:
    review = _makeable(sight, stage, audience)
    written = _written(typed, SHEET)
    questions = tuple(written.form.get("questions", ()))
    if len(questions) > MOST_QUESTIONS:
        typed.mistakes["questions"] = f"最多{MOST_QUESTIONS}题，现在有{len(questions)}题。"
    elif long := next((q for q in questions if len(q) > LONGEST_QUESTION), ""):
        typed.mistakes["questions"] = f"每题最多{LONGEST_QUESTION}个字：“{long[:20]}…”太长。"
    days, at_least = _days(typed, sight.today)
    if days is None or at_least is None or typed.mistakes:
        return _form(request, review, audience, typed_values(typed), typed.mistakes)
    given = example(audience)
    kept = (questions, written.form.get("open", "")) == (given.questions, given.open)
    sheet = Sheet(
        audience=audience,
        title=written.form["title"],
        note=given.note if kept else "",
        scale=given.scale,
        questions=questions,
        open=written.form.get("open", ""),
    )
    with sight.desk.database.writing() as connection:
        make(connection, sight.id, stage, sheet, days, at_least)
    return RedirectResponse(f"{review.address}?said=saved", 303)


def _makeable(sight: Sight, stage: str, audience: str) -> Review:
    review = _review(sight, stage)
    if audience not in review.audiences:
        raise NotAllowed("这个流程的实地督导不对这类对象发问卷。")
    if not review.may_make:
        raise NotAllowed("督导已经结束，不能再发新的问卷。")
    return review


def _written(typed: Typed, fields: tuple[Field, ...]) -> Written:
    written = Written()
    for field in fields:
        field.read(typed, None, "", written)
    return written


def _days(typed: Typed, today: date) -> tuple[tuple[date, date] | None, int | None]:
    """The days it is open and its smallest sample; None with the mistake noted."""
    given = _written(typed, DAYS).command
    opens, closes = given.get("opens_on"), given.get("closes_on")
    at_least = typed.number("at_least", 1, 10_000)
    if opens is None or closes is None:
        return None, at_least
    if closes < opens:
        typed.mistakes["closes_on"] = "截止日期不能早于开始日期。"
    elif (closes - opens).days >= LONGEST_RUN:
        typed.mistakes["closes_on"] = f"问卷最多开放{LONGEST_RUN}天。"
    return (opens, closes), at_least


def _form(
    request: Request, review: Review, audience: str, values: Values, mistakes: dict[str, str]
) -> Response:
    return render(
        request,
        "questionnaires/new.html",
        422 if mistakes else 200,
        review=review,
        audience=audience,
        asks=AUDIENCES[audience],
        scale=example(audience).scale,
        fields=(*SHEET, *DAYS),
        sample=SAMPLE,
        value=values,
        mistakes=mistakes,
    )


# -- one of them -----------------------------------------------------------------------------------


@pages.page("/cases/{case}/{stage}/questionnaires/{code}", *READERS)
def one(stage: str, code: str, request: Request, sight: Sight = AT_HAND) -> Response:
    """Its totals."""
    review = _review(sight, stage)
    asked = _one(review, code)
    first = {
        "opens_on": [asked.opens_on.isoformat()],
        "closes_on": [asked.closes_on.isoformat()],
        "at_least": [str(asked.at_least)],
    }
    return _totals(request, review, asked, Values(first), {})


@pages.page("/cases/{case}/{stage}/questionnaires/{code}", "office", methods=("POST",))
def change_one(
    stage: str,
    code: str,
    request: Request,
    sight: Sight = AT_HAND,
    typed: Typed = Depends(typed_form),
) -> Response:
    """Other days, or another smallest sample."""
    review = _review(sight, stage)
    asked = _one(review, code)
    days, at_least = _days(typed, sight.today)
    if days is None or at_least is None or typed.mistakes:
        return _totals(request, review, asked, typed_values(typed), typed.mistakes)
    with sight.desk.database.writing() as connection:
        change(connection, asked.code, days, at_least)
    return RedirectResponse(f"{review.address}/{asked.code}?said=saved", 303)


@pages.page("/cases/{case}/{stage}/questionnaires/{code}/withdraw", "office", methods=("POST",))
def withdraw_one(
    stage: str,
    code: str,
    request: Request,
    sight: Sight = AT_HAND,
    typed: Typed = Depends(typed_form),
) -> Response:
    review = _review(sight, stage)
    asked = _one(review, code)
    with sight.desk.database.writing() as connection:
        gone = withdraw(connection, asked.code)
    if not gone:
        raise NotAllowed("这份问卷已经有人填写，不能撤回；可以把截止日期改为今天。")
    return RedirectResponse(f"{review.address}?said=done", 303)


def _totals(
    request: Request, review: Review, asked: Asked, values: Values, mistakes: dict[str, str]
) -> Response:
    found = totals(review.sight.connection, asked)
    return render(
        request,
        "questionnaires/totals.html",
        422 if mistakes else 200,
        review=review,
        totals=found,
        texts=texts(review.sight.connection, found.asked),
        fewest=FEWEST_TEXTS,
        page=page_of(request),
        most=_most(review.sight, asked),
        phase=asked.phase(review.sight.today),
        fields=DAYS,
        sample=SAMPLE,
        value=values,
        mistakes=mistakes,
    )


def _most(sight: Sight, asked: Asked) -> int:
    """How many answers a school of this size can give; 0 where that is not known."""
    facts = sight.subject.facts or {}
    key, each = {"teachers": ("staff", 1), "students": ("pupils", 1), "parents": ("pupils", 2)}[
        asked.audience
    ]
    known = facts.get(key)
    return known * each if isinstance(known, int) else 0
