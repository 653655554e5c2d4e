"""A command from another system: handed to the journal in the office's role, like any page's."""

from datetime import date
from typing import Annotated, Any, Union

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.exc import DataError

from portal.access import leads
from portal.api.reads import AtCall
from portal.api.tokens import WRITE, Caller, Calls, NotTaken, writer
from portal.api.words import Answered, Refused, cleaned
from portal.cleaning import one_line
from portal.commands import record
from rules.letter_words import EditLetter, IssueLetter, SupersedeLetter
from rules.values import Refusal
from rules.vocabulary import COMMANDS

THEIRS = {"office", "responsible", "reviewer"}  # a stage may make the office either of the latter
# What comes with a file of a letter has to bring it: that is done on the letter's page.
WITH_FILE = (EditLetter, IssueLetter, SupersedeLetter)
OF_OFFICE = tuple(
    command
    for command in COMMANDS
    if THEIRS & {*command.roles} and not issubclass(command, WITH_FILE)
)
AnyOfOffice = Annotated[Union[OF_OFFICE], Field(discriminator="type")]  # noqa: UP007

calls = Calls(tags=["办理"])


class Wish(BaseModel):
    """A command with who it is for and when it happened."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "command": {
                        "type": "AcceptSelfAssessment",
                        "stage": "self_assessment",
                    },
                    "key": "accept S0001 2026-02-06",
                    "happened_on": "2026-02-06",
                }
            ]
        },
    )

    command: AnyOfOffice
    key: Annotated[str, AfterValidator(one_line)] = Field(
        min_length=1,
        max_length=120,
        description="同一件事重发时须相同，不会重复登记。",
    )
    happened_on: date | None = Field(None, description="发生日期，默认今天。")
    on_behalf_of: Annotated[str, AfterValidator(one_line)] = Field(
        "", max_length=40, description="代谁办理。"
    )

    @model_validator(mode="before")
    @classmethod
    def _cleaned(cls, given: Any) -> Any:
        return cleaned(given)


class EventName(Answered):
    """An event the command led to."""

    seq: int
    type: str


class Done(Answered):
    """The command was taken. ``again``: it had been before, under the same key."""

    case: str
    events: list[EventName]
    again: bool


@calls.answers(
    "POST",
    "/cases/{case}/commands",
    WRITE,
    response_model=Done,
    responses={409: {"model": Refused, "description": "规则不允许，什么也没有改变"}},
    summary="办理一件事",
)
def give(
    request: Request, sight: AtCall, wish: Wish, one: Annotated[Caller, Depends(writer)]
) -> Any:
    """Give a command to a case. Whether it is allowed the rules say: 409 if not."""
    if not leads(one.visitor, sight.row.office):
        raise NotTaken(403, "这个案卷由下级督导室办理，您只能查看。")
    key = f"api {one.token[:16]} {wish.key}"
    try:
        result = record(sight, wish.command, "office", key, wish.happened_on, wish.on_behalf_of)
    except DataError:
        raise NotTaken(422, "有的内容太长，无法登记，请缩短后再提交。") from None
    if isinstance(result, Refusal):
        return JSONResponse({"refusal": result.reason, "error": result.reason}, 409)
    events = [EventName(seq=seq, type=type_) for seq, type_ in result.events]
    return Done(case=result.case, events=events, again=result.again)
