"""消息: who was told what and when, what did not arrive, and what the office did about it."""

from datetime import date, timedelta
from functools import partial

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Row

from portal.access import Visitor, leads
from portal.deadlines import of_item
from portal.desk import Desk
from portal.gate import NotAllowed, Pages, entered
from portal.ledgers import messages as ledger
from portal.ledgers.asking import day, link, page_of, word
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading
from rules.explanation import full
from rules.state import parts_of

pages = Pages()

SPANS = ("7", "30", "90")  # days ahead
FORETOLD = ("reminder", "overdue", "escalation")  # what a deadline says if nobody acts


@pages.page("/messages", "office")
def messages_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """The messages of the last month, or of the days asked for; those in trouble of any day."""
    desk: Desk = request.app.state.desk
    asked = _asked(request, desk.today())
    rows, following = ledger.listed(connection, asked, visitor.organisation, _place(request))
    further = ""
    if following:
        further = link(request, after=f"{following.day} {following.key}")
    return render(
        request,
        "messages/list.html",
        asked=asked,
        rows=rows,
        further=further,
        begun=_place(request) is not None,
        trouble=ledger.in_trouble(connection, visitor.organisation),
        kinds=ledger.kinds(),
        states=ledger.STATES,
        choices=ledger.STATE_CHOICES,
        recent=ledger.RECENT.days,
        again=word(request, "again", most=6),
        link=partial(link, request),
        words=request.url.query,
    )


@pages.page("/messages/ahead", "office")
def ahead_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """What will be sent, to whom, and when, if nobody acts: how much each day, one day whole."""
    desk: Desk = request.app.state.desk
    days = int(word(request, "days", SPANS) or SPANS[1])
    kinds = {n: t for n, t in ledger.kinds().items() if n.rpartition(".")[2] in FORETOLD}
    kind, school = word(request, "kind", kinds), word(request, "school")
    today = desk.today()
    until = today + timedelta(days)
    found = desk.ahead(connection, visitor.organisation, today, until, kind=kind, school=school)
    by_day = {one.on: one for one in found.days}
    chosen = by_day.get(day(request, "on"), next(iter(by_day.values()), None))
    page = page_of(request, chosen.deadlines if chosen else 0, ledger.PAGE)
    return render(
        request,
        "messages/ahead.html",
        by_day=by_day,
        chosen=chosen,
        counted=ledger.by_what_is_said(chosen.kinds) if chosen else {},
        messages=found.messages(chosen.on, page.first_row, ledger.PAGE) if chosen else (),
        page=page,
        days=days,
        spans=SPANS,
        kind=kind,
        kinds=kinds,
        school=school,
        item=_item,
        link=partial(link, request),
    )


def _item(name: str, key: str) -> str:
    """Which issue or visit a deadline is about, after its duty; empty where there is but one."""
    return of_item(name.partition(".")[0], parts_of(key)[2])


@pages.page("/messages/one", "office")
def message_page(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
) -> Response:
    """One message with every try."""
    row = _message(connection, visitor, request.query_params.get("key", ""))
    return _one(request, connection, row, {}, {})


@pages.page("/messages/one/told", "office", methods=("POST",))
def told(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Told by phone or on paper: by whom and when."""
    desk: Desk = request.app.state.desk
    row = _message(connection, visitor, typed.raw("key"))
    channel = typed.choice("channel", ledger.BY_HAND)
    by, note = typed.text("by", 40, required=True), typed.text("note", 100)
    on = typed.day("on")
    if on and not row.owed_on <= on <= desk.today():
        typed.mistakes["on"] = f"应在{full(row.owed_on)}到今天之间。"
    if typed.mistakes or on is None:
        shown = {"channel": channel, "by": by, "note": note, "on": typed.text("on")}
        return _one(request, connection, row, shown, typed.mistakes)
    how = ledger.CHANNELS[channel]
    more = f"；{note}" if note else ""
    detail = f"{full(on)}由{by}{how}{more}（{visitor.name}登记）"
    tries = typed.number("tries") or 0
    done = ledger.told_by_hand(desk.database, row.key, tries, channel, detail, desk.now())
    return _back(request, row, done)


@pages.page("/messages/one/again", "office", methods=("POST",))
def once_more(
    request: Request,
    visitor: Visitor = Depends(entered),
    connection: Connection = Depends(reading),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Free to be sent once more."""
    desk: Desk = request.app.state.desk
    row = _message(connection, visitor, typed.raw("key"))
    tries = typed.number("tries") or 0
    detail = f"{full(desk.today())}由{visitor.name}交回重发"
    done = ledger.free(desk.database, row.key, tries, detail, desk.now())
    if done:
        desk.wake()
    return _back(request, row, done)


@pages.page("/messages/again", "office", methods=("POST",))
def all_once_more(
    request: Request,
    visitor: Visitor = Depends(entered),
    typed: Typed = Depends(typed_form),
) -> Response:
    """All that failed are free to be sent once more."""
    desk: Desk = request.app.state.desk
    detail = f"{full(desk.today())}由{visitor.name}交回重发"
    count = ledger.free_failed(desk.database, visitor.organisation, detail, desk.now())
    if count:
        desk.wake()
    return RedirectResponse(f"/messages?again={count}", 303)


def _asked(request: Request, today: date) -> ledger.Asked:
    state = word(request, "state", ledger.STATE_CHOICES)
    first, last = day(request, "first"), day(request, "last")
    if first is None and last is None and state not in ("trouble", *ledger.TROUBLE):
        first = today - ledger.RECENT
    return ledger.Asked(
        state=state,
        kind=word(request, "kind", ledger.kinds()),
        person=word(request, "person"),
        school=word(request, "school"),
        first=first,
        last=last,
    )


def _place(request: Request) -> ledger.Place | None:
    on, _, key = word(request, "after", most=300).partition(" ")
    try:
        return ledger.Place(date.fromisoformat(on), key)
    except ValueError:
        return None


def _message(connection: Connection, visitor: Visitor, key: str) -> Row:
    row = ledger.one(connection, key[:260])
    if row is None or not leads(visitor, row.office):
        raise NotAllowed("没有这条消息，或者它不是本督导室的。")
    return row


def _one(
    request: Request,
    connection: Connection,
    row: Row,
    shown: dict[str, str],
    mistakes: dict[str, str],
) -> Response:
    return render(
        request,
        "messages/one.html",
        422 if mistakes else 200,
        row=row,
        attempts=ledger.attempts(connection, row.key),
        title=ledger.kinds().get(row.name, row.name),
        states=ledger.STATES,
        tried=ledger.TRIED,
        channels=ledger.CHANNELS,
        by_hand={name: ledger.CHANNELS[name] for name in ledger.BY_HAND},
        settle=row.state in ledger.MAY_BE_SETTLED,
        shown=shown,
        mistakes=mistakes,
    )


def _back(request: Request, row: Row, done: bool) -> Response:
    said = "done" if done else "already"
    to = link(request, "/messages/one", key=row.key, said=said)
    return RedirectResponse(to, 303)
