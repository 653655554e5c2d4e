"""The portal as one application: its pages, its answers to mistakes, and what surrounds them."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from portal import api
from portal.desk import Desk
from portal.gate import NotAllowed, NotEntered
from portal.pages import ROUTERS
from portal.protection import Protection, TooLarge
from portal.receiving import MOST_FILES, Forged
from portal.rendering import STATIC, render
from portal.signpost import Signpost

Answer = Callable[[Request, Exception], Response]


def build(desk: Desk) -> FastAPI:
    """The portal for a desk: all of it, or what may be reached from outside."""
    app = FastAPI(
        title="督导 API",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = desk
    shown = [router for router in ROUTERS if not desk.outside or router.outside]
    app.router.routes.append(Signpost(route for router in shown for route in router.routes))
    app.mount(api.PLACE, api.build(desk))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Protection, clock=desk.now, secure=desk.secure)
    for error, answer in _ANSWERS.items():
        app.add_exception_handler(error, answer)
    return app


def _not_entered(request: Request, error: Exception) -> Response:
    wanted = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/login?next={wanted}", 303)


def _not_allowed(request: Request, error: Exception) -> Response:
    return _sentence(request, 403, "不能查看", str(error))


def _forged(request: Request, error: Exception) -> Response:
    said = "页面停留时间太长，或登录已经更换，这次提交没有生效。请返回上一页刷新后再提交。"
    return _sentence(request, 403, "请重新提交", said)


def _too_large(request: Request, error: Exception) -> Response:
    return _sentence(request, 413, "内容太大", str(error))


def _of_http(request: Request, error: HTTPException) -> Response:
    said = {
        404: "没有这个页面，可能地址有误，或内容已经移走。",
        405: "这个地址不能这样访问，请从页面上的按钮进入。",
        400: "提交的内容无法识别，请返回上一页核对后重新提交。",
        429: "操作太频繁，请稍候再试。",
    }
    for begins, sentence in _UNTAKEN.items():
        if str(error.detail).startswith(begins):
            return _sentence(request, 413, "内容太大", sentence)
    return _sentence(
        request, error.status_code, "打不开", said.get(error.status_code, "请求有误。")
    )


# What Starlette says of a form it does not read, and what its sender should know.
_TOO_LONG = "有一栏内容太长（一栏最多约三十万字），请删减，或改为上传文件。"
_UNTAKEN = {
    "Too many files": f"一次最多选择{MOST_FILES}个文件，请分几次上传。",
    "Too many fields": "这一页填写的项目太多，请分几次提交。",
    "Field exceeded": _TOO_LONG,
    "Part exceeded": _TOO_LONG,
}


def _unreadable(request: Request, error: Exception) -> Response:
    return _sentence(request, 400, "打不开", "地址或内容有误，请从页面上的链接进入。")


def _broken(request: Request, error: Exception) -> Response:
    said = "系统出错了，这次操作没有生效。请稍后再试；如仍出现，请告知督导室。"
    return _sentence(request, 500, "系统出错", said)


def _sentence(request: Request, status: int, heading: str, said: str) -> Response:
    return render(request, "sentence.html", status, heading=heading, sentence=said)


_ANSWERS: dict = {
    NotEntered: _not_entered,
    NotAllowed: _not_allowed,
    Forged: _forged,
    TooLarge: _too_large,
    HTTPException: _of_http,
    RequestValidationError: _unreadable,
    500: _broken,
}
