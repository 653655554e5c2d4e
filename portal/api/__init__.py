"""The JSON API for other systems under /api/v1: an application of its own, whose every answer,
mistakes too, is JSON with a sentence in Chinese."""

from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.api import commands, hooks, papers, reads
from portal.api.describe import PLACE, TITLE, described
from portal.api.tokens import ANYBODY, Calls, NotTaken
from portal.desk import Desk
from portal.gate import NotAllowed

__all__ = ("PLACE", "ROUTERS", "build", "document")

ROUTERS: tuple[Calls, ...] = (reads.calls, papers.calls, commands.calls, hooks.calls)
MOST_OF_A_BODY = 1024 * 1024

description = Calls(tags=["说明"])


@cache
def document() -> dict[str, Any]:
    """The description of all of it."""
    return described(ROUTERS)


@description.answers("GET", "/openapi.json", ANYBODY, include_in_schema=False)
def openapi() -> JSONResponse:
    """The description as machines read it."""
    return JSONResponse(document())


def build(desk: Desk) -> FastAPI:
    """The API at a desk. From outside only signed calls come in: a form service may stand there."""
    api = FastAPI(
        title=TITLE, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    api.state.desk = desk
    for router in (hooks.calls,) if desk.outside else (*ROUTERS, description):
        api.include_router(router)
    api.add_middleware(Bounded)
    for error, answer in _ANSWERS.items():
        api.add_exception_handler(error, answer)
    return api


class Bounded:
    """Takes the whole body first, and no more than this API ever needs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body in one piece."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MOST_OF_A_BODY:
                said = f"内容太大：一次最多{MOST_OF_A_BODY // 1024 // 1024}兆字节。"
                await JSONResponse({"error": said}, 413)(scope, receive, send)
                return
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def again() -> Message:
            return whole.pop() if whole else await receive()

        await self.app(scope, again, send)


# -- mistakes ------------------------------------------------------------------------------------


def _not_taken(request: Request, error: NotTaken) -> JSONResponse:
    headers = {"www-authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse({"error": str(error)}, error.status, headers)


def _not_allowed(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 403)


def _of_http(request: Request, error: HTTPException) -> JSONResponse:
    said = {
        400: "提交的内容无法识别，应为JSON。",
        404: "没有这个地址，请对照接口说明。",
        405: "这个地址不能这样访问，请对照接口说明。",
    }
    sentence = said.get(error.status_code, "请求有误。")
    return JSONResponse({"error": sentence}, error.status_code, error.headers)


def _unfit(request: Request, error: RequestValidationError) -> JSONResponse:
    fields = {}
    for mistake in error.errors()[:50]:
        place = [str(part)[:60] for part in mistake["loc"] if part not in _AROUND]
        name = ".".join(place).encode("utf-8", "replace").decode()
        fields[name] = _SAID.get(mistake["type"], "填写的内容不合要求。")
    said = "提交的内容不合要求，请对照接口说明核对：" + "、".join(list(fields)[:5]) + "。"
    return JSONResponse({"error": said, "fields": fields}, 422)


def _broken(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "系统出错了，这次操作没有生效，请稍后再试。"}, 500)


_AROUND = {"body", *(command.__name__ for command in commands.OF_OFFICE)}
_SAID = {
    "missing": "缺少这一项。",
    "extra_forbidden": "没有这一项。",
    "union_tag_invalid": "没有这种事项，或者它不能由督导室办理。",
    "union_tag_not_found": "缺少事项的 type。",
    "string_too_long": "内容太长。",
    "string_too_short": "内容太短。",
    "json_invalid": "不是JSON。",
    "date_from_datetime_parsing": "日期应写成2026-09-18这样。",
    "date_parsing": "日期应写成2026-09-18这样。",
    "int_parsing": "应是整数。",
}
_ANSWERS: dict[Any, Callable] = {
    NotTaken: _not_taken,
    NotAllowed: _not_allowed,
    HTTPException: _of_http,
    RequestValidationError: _unfit,
    500: _broken,
}
