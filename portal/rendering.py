"""Pages: one Jinja environment, the words and dates every page uses, and how an answer is made."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from engine.journal import SHANGHAI
from portal.desk import Desk
from portal.paper_charts import drawn
from portal.receiving import GUEST, ONCE, holder_of
from portal.signing import new_token, seal
from rules.explanation import full
from rules.values import ROLE_TITLES

STATIC = Path(__file__).parent / "static"

_PAGES = Environment(
    loader=PackageLoader("portal", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
    cache_size=-1,
)


def short_day(day: date | None) -> str:
    """9月18日; empty for none."""
    return f"{day.month}月{day.day}日" if day else ""


def moment(text: str) -> str:
    """A stored time (UTC, ISO 8601) as people in Shanghai read it: 2026年9月18日 14:05."""
    if not text:
        return ""
    at = datetime.fromisoformat(text) + SHANGHAI
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


def _whole(day: date | str | None, words: str) -> Markup | str:
    """A date in the page: never torn at the end of a line, and read by machines too."""
    mark = day.isoformat() if isinstance(day, date) else day
    return Markup('<time datetime="{}">{}</time>').format(mark, words) if mark else ""


def key_of(case: str) -> str:
    """A case's id as one part of an address."""
    return case.replace("/", "~")


def case_of(key: str) -> str:
    """The case's id from an address."""
    return key.replace("~", "/")


@cache
def static_version() -> str:
    """Changes with the files, so that a browser may keep them for ever."""
    files = sorted(path for path in STATIC.rglob("*") if path.is_file())
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:10]


_PAGES.filters |= {
    "full": lambda day: _whole(day, full(day) if day else ""),
    "short_day": lambda day: _whole(day, short_day(day)),
    "moment": lambda text: _whole(text, moment(text)),
    "key": key_of,
    "role": lambda role: ROLE_TITLES.get(role, role),
    "drawn": drawn,
}
_PAGES.globals |= {"static_version": static_version}


def read_every_page() -> None:
    """Compile every template beforehand (2 s), so that nobody waits for it later."""
    for name in _PAGES.list_templates(extensions=["html"]):
        _PAGES.get_template(name)
    static_version()


def macro(template: str, name: str) -> Callable[..., Markup]:
    """One macro of a template, to be called from outside of any page."""
    return getattr(_PAGES.get_template(template).module, name)


def render(request: Request, template: str, status: int = 200, /, **view: Any) -> HTMLResponse:
    """A page. Every template sees ``visitor``, ``today``, ``seal``, ``once``, ``here`` (the path),
    ``said`` (a sentence from the page before) and what is passed."""
    desk: Desk = request.app.state.desk
    holder, guest = holder_of(request), ""
    if not holder:
        holder = guest = new_token()
    seen: Mapping[str, Any] = {
        "visitor": getattr(request.state, "visitor", None),
        "today": desk.today(),
        "outside": desk.outside,
        "here": request.url.path,
        "query": request.query_params,
        "seal": seal(desk.secret, "form", holder),
        ONCE: new_token()[:22],
        "said": SAID.get(request.query_params.get("said", ""), ""),
        "mistakes": {},
        "typed": {},
    }
    body = _PAGES.get_template(template).render({**seen, **view})
    response = HTMLResponse(body, status)
    if guest:
        response.set_cookie(
            GUEST, guest, httponly=True, samesite="lax", secure=desk.secure, path="/"
        )
    return response


# What a page may be told by the one before it; never free text from an address.
SAID = {
    "saved": "已保存。",
    "done": "已办理。",
    "sent": "已提交。",
    "heard": "意见已收到，谢谢您。督导室会逐件登记并研究答复。",
    "already": "这件事已经办理过了，没有重复登记。",
    "left": "您已退出登录。",
    "changed": "密码已修改。",
    "revoked": "其他设备上的登录已全部退出。",
}
