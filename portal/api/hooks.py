"""Calls from other systems by an address of theirs: a form service hands in a school's
self-assessment. Each call is signed, and fresh; the same one again changes nothing."""

import hmac
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Request
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Connection, Row, bindparam, select

from engine.calls import SIGNATURE, TIMESTAMP, secret_of_hook, signature
from engine.journal import Entry
from models.cases import Case
from portal.api.commands import Done, EventName
from portal.api.tokens import SIGNED, Calls, NotTaken
from portal.api.words import Line, Refused, cleaned
from portal.arrival import arrived
from portal.cleaning import one_line
from portal.desk import Desk
from portal.rendering import case_of
from portal.teams import LIVE
from portal.webhooks import hook_called
from rules.self_assessment import SubmitSelfAssessment
from rules.values import Actor, Refusal

_CASES = Case.__table__

WINDOW = 300  # seconds a call may be under way, or clocks differ
UNKNOWN = "地址或签名不对，请核对登记的地址和密钥。"

_LIVE = (
    select(_CASES)
    .where(
        _CASES.c.office == bindparam("office"),
        _CASES.c.subject == bindparam("subject"),
        _CASES.c.of == "case",
        _CASES.c.status.in_(LIVE),
    )
    .order_by(_CASES.c.id.desc())
)

calls = Calls(tags=["接收"])

Short = Annotated[str, AfterValidator(one_line)]


class Submission(BaseModel):
    """A school's self-assessment, as a form service sends it."""

    model_config = ConfigDict(extra="forbid")

    subject: Short = Field(min_length=1, max_length=40, description="学校代码。")
    round: Short = Field("", max_length=120, description="轮次编号；只有一轮进行中时不填。")
    answers: dict[str, Any] = Field(description="各指标的自评，按指标代码。")
    report: dict[str, Any] = Field({}, description="自评报告的文字。")
    plan: list[dict[str, Any]] = Field([], max_length=60, description="整改计划，每行一个问题。")
    key: Short = Field("", max_length=120, description="同一次提交重发时须相同；不填时以签名为准。")

    @model_validator(mode="before")
    @classmethod
    def _cleaned(cls, given: Any) -> Any:
        return cleaned(given)


async def whole_body(request: Request) -> bytes:
    """Depends: the body as it came, which is what was signed."""
    return await request.body()


BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Submission.model_json_schema()}},
    }
}


@calls.answers(
    "POST",
    "/hooks/{hook}",
    SIGNED,
    response_model=Done,
    responses={409: {"model": Refused, "description": "规则不允许，什么也没有改变"}},
    openapi_extra=BODY,
    summary="提交学校自评（签名调用）",
)
def receive(
    request: Request,
    hook: Annotated[Line, Path(max_length=32, description="登记时给出的地址编号。")],
    body: Annotated[bytes, Depends(whole_body)],
    timestamp: Annotated[
        str, Header(alias=TIMESTAMP, max_length=20, description="发送时刻，1970年以来的秒数。")
    ] = "",
    signed: Annotated[
        str,
        Header(
            alias=SIGNATURE,
            max_length=100,
            description="sha256=密钥对“时刻.内容”的HMAC-SHA256（十六进制）。",
        ),
    ] = "",
) -> Any:
    """Hand in a self-assessment for a school."""
    desk: Desk = request.app.state.desk
    with desk.database.reading() as connection:
        row = hook_called(connection, hook)
        _check(desk, row, timestamp, signed, body)
        wish = _read(body)
        case, stage = _place(desk, connection, row, wish)
    entry = Entry(
        SubmitSelfAssessment(stage=stage, form=_form(wish)),
        case,
        Actor(f"接口:{row.name}"[:40], "school", wish.subject),
        arrived(desk),
        f"hook {row.id} {wish.key or sha256(signed.encode()).hexdigest()}",
        None,
        row.name[:40],
    )
    result = desk.journal.record(entry)
    if isinstance(result, Refusal):
        return JSONResponse({"refusal": result.reason, "error": result.reason}, 409)
    desk.wake()
    events = [EventName(seq=seq, type=type_) for seq, type_ in result.events]
    return Done(case=result.case, events=events, again=result.again)


def _check(desk: Desk, row: Row | None, timestamp: str, signed: str, body: bytes) -> None:
    """Who does not know the secret learns nothing: not even whether there is such an address."""
    secret = secret_of_hook(desk.secret, row.id if row is not None else "")
    expected = signature(secret, timestamp, body)
    if row is None or not hmac.compare_digest(expected.encode(), signed.encode()):
        raise NotTaken(401, UNKNOWN)
    fresh = timestamp.isascii() and timestamp.isdecimal()
    if not fresh or abs(desk.now().timestamp() - int(timestamp)) > WINDOW:
        raise NotTaken(401, "发送时刻与现在相差超过5分钟，请校准时钟后重新签名发送。")


def _read(body: bytes) -> Submission:
    try:
        return Submission.model_validate_json(body)
    except ValidationError as error:
        fields = {".".join(map(str, one["loc"])) for one in error.errors()[:5]} - {""}
        raise NotTaken(
            422, f"提交的内容不合要求：{'、'.join(sorted(fields)) or '不是JSON'}。"
        ) from None
    except (ValueError, RecursionError):
        raise NotTaken(422, "提交的内容不合要求。") from None


def _place(desk: Desk, connection: Connection, row: Row, wish: Submission) -> tuple[str, str]:
    """The school's case and the stage in which it assesses itself."""
    asked = {"office": row.office, "subject": wish.subject}
    for case in connection.execute(_LIVE, asked):
        if wish.round and case.round != case_of(wish.round):
            continue
        process = desk.journal.shelf.process(connection, case.definition)
        for stage in process.definition.stages:
            if stage.kind == "self_assessment" and stage.of == "case":
                return case.id, stage.id
    raise NotTaken(403, "没有这个学校进行中的案卷，请核对学校代码和轮次。")


def _form(wish: Submission) -> dict[str, Any]:
    form: dict[str, Any] = {"answers": wish.answers}
    if wish.report:
        form["report"] = wish.report
    if wish.plan:
        form["plan"] = wish.plan
    return form
