"""日历订阅: calendars for phones and mail programs, by addresses that are secrets."""

from hashlib import sha256

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from portal import feed_links
from portal.access import EVERYONE, Visitor
from portal.calendar_feed import feed
from portal.desk import Desk
from portal.feed_links import PERSON, SCHOOL
from portal.gate import ANYBODY, NotAllowed, Pages, entered
from portal.receiving import Typed, typed_form
from portal.rendering import render
from portal.sight import reading

pages = Pages(outside=True)


@pages.page("/feeds", *EVERYONE)
def feeds_page(request: Request, visitor: Visitor = Depends(entered)) -> Response:
    """The addresses there are, and how to use one."""
    return _page(request, visitor)


def _page(request: Request, visitor: Visitor, made: str = "", refused: str = "") -> Response:
    desk: Desk = request.app.state.desk
    with desk.database.reading() as connection:
        links = feed_links.links_of(connection, visitor)
    return render(
        request,
        "connections/feeds.html",
        422 if refused else 200,
        links=links,
        made=made,
        refused=refused,
        of_school=visitor.role == "school",
        titles={PERSON: "我的日历", SCHOOL: "学校日历"},
    )


@pages.page("/feeds", *EVERYONE, methods=("POST",))
def new_feed(
    request: Request,
    visitor: Visitor = Depends(entered),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Make an address; it is shown this once."""
    desk: Desk = request.app.state.desk
    of = typed.choice("of", (PERSON, SCHOOL) if visitor.role == "school" else (PERSON,))
    if typed.mistakes:
        raise NotAllowed("请从页面上的按钮生成订阅地址。")
    token = feed_links.make_link(desk, visitor, of)
    if not token:
        said = f"最多同时使用{feed_links.MOST}个订阅地址，请先停用不再使用的。"
        return _page(request, visitor, refused=said)
    base = (desk.public_url or str(request.base_url)).rstrip("/")
    return _page(request, visitor, made=f"{base}/feeds/{token}.ics")


@pages.page("/feeds/revoke", *EVERYONE, methods=("POST",))
def revoke_feed(
    request: Request,
    visitor: Visitor = Depends(entered),
    typed: Typed = Depends(typed_form),
) -> Response:
    """Whoever holds the address sees nothing any more."""
    feed_links.revoke_link(request.app.state.desk, visitor, typed.text("link", 64))
    return RedirectResponse("/feeds?said=done", 303)


@pages.page("/feeds/{token}.ics", *ANYBODY)
def calendar_file(
    token: str, request: Request, connection: Connection = Depends(reading)
) -> Response:
    """The calendar; 304 where it has not changed since it was fetched last."""
    desk: Desk = request.app.state.desk
    owner = feed_links.owner_of(connection, token, desk.today())
    if owner is None:
        return Response("没有这个日历，地址可能已停用。", 404, media_type="text/plain")
    content = feed(desk, connection, owner)
    mark = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"etag": mark, "cache-control": "private, max-age=900"}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = 'inline; filename="dudao.ics"'
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)
