"""An office's own wording of a message: its subject, its text, what a chat says of it.

A wording is plain text with blanks in 【】, filled with the words of the message at hand; a line
whose blanks are all empty is left out. Nothing in it is a program. What a wording leaves empty
stays as it is built in.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import StringConstraints

from rules.kinds import Context, Decided
from rules.office_affairs import OfficeCommand, OfficeEvent
from rules.state import CaseState, Wording, WordingState
from rules.values import Refusal

Name = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)+$", max_length=80)]

PARTS = {"subject": "主题", "text": "正文", "short": "群消息"}
OF_THE_CLOCK = ("reminder", "overdue", "escalation", "moved")
ORIGINAL = "原文"

# What may be filled in, and what that is.
EVERYWHERE = {
    ORIGINAL: "系统原来的写法",
    "称呼": "“某某，您好！”一行",
    "内容": "原来正文里讲事情的几行",
    "期限": "讲办理期限的一行",
    "期限说明": "期限怎样算出的一行",
    "收件人": "姓名",
    "单位": "学校或单位全称",
    "单位简称": "学校或单位简称",
    "督导室": "本室名称",
    "电话": "本室电话",
    "工作": "评估工作的名称",
    "周期": "年度或学期",
    "环节": "环节的名称",
}
OF_A_DEADLINE = {
    "事项": "要办的事",
    "截止日": "到期的日子",
    "余期": "还有或超过几个工作日",
    "责任单位": "由谁办理",
}
# By the kind of stage the message belongs to, the first part of its name.
OF_AN_EVENT = {
    "self_assessment": {"得分": "自评得分", "等级": "自评等级", "原因": "督导室写给学校的原因"},
    "planning": {"数量": "列入计划的单位数", "原因": "调整计划的原因"},
    "process_guidance": {"督学": "到校的督学", "日期": "到校的日子", "数量": "发现问题数"},
    "on_site_review": {
        "入校日": "入校的日子",
        "离校日": "离校的日子",
        "组长": "督导组组长",
        "组员": "督导组成员",
        "得分": "督导得分",
        "等级": "督导等级",
        "整改期限": "意见书所定的日子",
        "原因": "督导室写给学校的原因",
    },
    "issue_list": {
        "问题号": "清单上的号",
        "问题": "问题是什么",
        "整改类别": "即知即改、限期整改或长期整改",
        "责任单位": "由谁整改",
        "原因": "督导室写给学校的原因",
    },
    "follow_up_visit": {"督学": "回访的督学", "日期": "回访的日子"},
    "letter": {"文书": "文书的标题", "文号": "文书的文号", "原因": "撤回或替代的原因"},
}
# A group is read by everybody in it.
NOT_IN_A_GROUP = frozenset({"内容", "原因", "问题", "称呼"})
NAMES_THE_DAY = frozenset({ORIGINAL, "期限", "截止日"})

_BLANK = re.compile("【([^【】\n]{0,20})】")
_STRAY = re.compile("[【】]")


def blanks(kind: str) -> dict[str, str]:
    """What may be filled into the wording of a kind of message, and what each is. ``kind`` is the
    message's name; one of the clock knows its deadline, another what happened."""
    stage, _, event = kind.partition(".")
    return EVERYWHERE | (OF_A_DEADLINE if event in OF_THE_CLOCK else OF_AN_EVENT.get(stage, {}))


class Wrong(NamedTuple):
    """What is wrong with a part of a wording."""

    part: str
    reason: str


def wrong_in(kind: str, wording: Wording) -> Iterator[Wrong]:
    """What is wrong with a wording; nothing where it may be used."""
    known = blanks(kind)
    for part in PARTS:
        text: str = getattr(wording, part)
        used = set(_BLANK.findall(text))
        for name in sorted(used - known.keys()):
            yield Wrong(part, f"没有【{name}】可填，请对照下面的表。")
        if _STRAY.search(_BLANK.sub("", text)):
            yield Wrong(part, "【和】没有成对，或者中间的字太长。")
        if part == "short" and (open_ := sorted(used & NOT_IN_A_GROUP)):
            yield Wrong(part, f"群里人人可见，不能用{'、'.join(f'【{name}】' for name in open_)}。")
        if part == "text" and text and not used & NAMES_THE_DAY:
            yield Wrong(part, "正文里要有【原文】或【期限】，否则收件人看不到期限。")


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its blanks filled. A line whose blanks are all empty says nothing."""
    lines = []
    for line in text.split("\n"):
        used = _BLANK.findall(line)
        if not used or any(values.get(name) for name in used):
            lines.append(_BLANK.sub(lambda blank: values.get(blank[1], ""), line))
    return "\n".join(lines)


# -- the office's own affair ---------------------------------------------------------------------


class WordingCommand(OfficeCommand):
    """A wish for other words; ``message`` is a kind of message by its name. ``over`` is the version
    that was looked at: whoever has seen another one than now holds looks again."""

    message: Name
    over: int | None = None


class Reword(WordingCommand):
    """A kind of message says it so from now on, in this office."""

    title = "改写消息"
    type: Literal["Reword"] = "Reword"
    wording: Wording


class KeepBuiltIn(WordingCommand):
    """A kind of message says it as it is built in."""

    title = "恢复消息原来的写法"
    type: Literal["KeepBuiltIn"] = "KeepBuiltIn"


WORDING_COMMANDS = tuple(WordingCommand.__subclasses__())


class WordingEvent(OfficeEvent):
    """A kind of message (``item``) says it otherwise; ``version`` counts from 1."""

    version: int


class MessageReworded(WordingEvent):
    type: Literal["wording.changed"] = "wording.changed"
    wording: Wording


class MessageRestored(WordingEvent):
    type: Literal["wording.restored"] = "wording.restored"


WORDING_EVENTS = tuple(WordingEvent.__subclasses__())


def decide_wording(context: Context, case: CaseState, command: WordingCommand) -> Decided:
    """Whether an office may take other words. What holds already is no event."""
    held = case.wordings.get(command.message) or WordingState()
    wanted = command.wording if isinstance(command, Reword) else Wording()
    if wanted == held.wording:
        return []
    if command.over not in (None, held.version):
        return Refusal("您改写时，别人刚改过这种消息。请看过现用的写法，再决定怎样改。")
    for wrong in wrong_in(command.message, wanted):
        return Refusal(f"{PARTS[wrong.part]}：{wrong.reason}")
    step = {
        "item": command.message,
        "happened_on": context.happened_on,
        "office": command.office,
        "version": held.version + 1,
    }
    if wanted == Wording():
        return [MessageRestored(**step)]
    return [MessageReworded(**step, wording=wanted)]


def evolve_wording(case: CaseState, event: WordingEvent) -> CaseState:
    """An office's wordings after an event."""
    wording = event.wording if isinstance(event, MessageReworded) else Wording()
    now = WordingState(version=event.version, wording=wording)
    return case.model_copy(update={"wordings": {**case.wordings, event.item: now}})
