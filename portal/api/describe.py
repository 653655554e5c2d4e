"""The description of the API (OpenAPI 3.1), and the page that shows it in Chinese."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi

from portal.api.words import Mistake

PLACE = "/api/v1"
TITLE = "督导 API"
INTRODUCTION = (
    "供其他系统读取督导数据、代督导室办理事项。令牌由督导室在“系统对接”页面生成，"
    "权限等同于该督导室的经办人，只及本督导室负责的单位。"
)
STATUSES = {
    400: "内容无法识别",
    401: "没有令牌，或令牌无效",
    403: "不在负责范围内，或令牌不能办理",
    404: "没有这个地址或文件",
    413: "内容太大",
    422: "内容不合要求",
}
MISTAKES: dict[int | str, dict[str, Any]] = {
    status: {"model": Mistake, "description": said} for status, said in STATUSES.items()
}


def described(routers: Sequence[APIRouter]) -> dict[str, Any]:
    """The OpenAPI document of these routers."""
    return get_openapi(
        title=TITLE,
        version="1",
        openapi_version="3.1.0",
        description=INTRODUCTION,
        routes=[route for router in routers for route in router.routes],
        servers=[{"url": PLACE}],
    )


class Part(NamedTuple):
    """One thing that is sent or answered: where it stands, its name, kind, and what it means."""

    where: str
    name: str
    kind: str
    required: bool
    said: str


class Call(NamedTuple):
    """One call as the page shows it."""

    method: str
    path: str
    title: str
    parts: list[Part]
    answers: list[tuple[str, str]]
    body: str


def calls_of(document: dict[str, Any]) -> Iterator[Call]:
    """The calls of a document, in their order."""
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            answers = [(status, one["description"]) for status, one in call["responses"].items()]
            body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
            yield Call(
                method.upper(),
                document["servers"][0]["url"] + path,
                call.get("summary", ""),
                list(_parts(document, call, name)),
                answers,
                name,
            )


def _parts(document: dict[str, Any], call: dict[str, Any], body: str) -> Iterator[Part]:
    places = {"path": "地址", "query": "查询", "header": "请求头"}
    for one in call.get("parameters", ()):
        said = one.get("description", "")
        kind = _kind(one["schema"])
        yield Part(places[one["in"]], one["name"], kind, one.get("required", False), said)
    model = document["components"]["schemas"].get(body, {})
    for name, one in model.get("properties", {}).items():
        required = name in model.get("required", ())
        yield Part("内容", name, _kind(one), required, one.get("description", ""))


def _kind(schema: dict[str, Any]) -> str:
    """What kind of value it is, in Chinese."""
    if "$ref" in schema or "oneOf" in schema:
        return "对象"
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"] if one.get("type") != "null"]
        return kinds[0] if kinds else ""
    if schema.get("format") == "date":
        return "日期"
    return _KINDS.get(schema.get("type", ""), "")


_KINDS = {
    "string": "文字",
    "integer": "整数",
    "boolean": "是或否",
    "array": "列表",
    "object": "对象",
}


class CommandWords(NamedTuple):
    """A command as the page lists it."""

    type: str
    title: str
    fields: list[Part]


def commands_of(document: dict[str, Any], commands: Sequence[type]) -> Iterator[CommandWords]:
    """The commands with what each needs."""
    for command in commands:
        model = document["components"]["schemas"][command.__name__]
        fields = [
            Part("", name, _kind(one), name in model.get("required", ()), "")
            for name, one in model["properties"].items()
            if name not in ("type", "v")
        ]
        yield CommandWords(command.__name__, command.title, fields)
