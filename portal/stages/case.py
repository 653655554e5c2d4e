"""The case's own commands as forms: a deadline extended, a date corrected, a school merged."""

from dataclasses import dataclass, replace
from typing import ClassVar

from sqlalchemy import select

from engine.register import named_like
from models.cases import Case
from models.organisations import Organisation
from portal.commands import CommandForm
from portal.deadlines import item_title, of_item
from portal.fields import Choice, Day, Field, Line, Options, Paragraphs, Written
from portal.receiving import Typed
from portal.sight import Sight
from portal.story import happening_title
from rules import case_words as w
from rules.explanation import full
from rules.process import OPENS
from rules.state import deadline_key

_CASES, _ORGANISATIONS = Case.__table__, Organisation.__table__

MOST_NAMED = 6


def extendable(sight: Sight, item: str = "") -> Options:
    """The running deadlines that the definition lets be extended, with the day they fall on."""
    found = {}
    for key, deadline in sorted(sight.state.deadlines.items(), key=lambda one: one[1].due_on):
        stage = sight.process.stages.get(deadline.stage)
        if stage is not None and deadline.name in stage.extendable:
            rule = sight.process.rule(deadline.stage, deadline.name)
            of = of_item(stage.kind, deadline.item)
            # the day first: a phone cuts a choice off at its end
            found[key] = f"{full(deadline.due_on)}前：{rule.title}{of}，{stage.title}"
    return found


def happenings(sight: Sight, item: str = "") -> Options:
    """What happened on a day that may have been typed in wrong: ``stage|event|item`` with the day.
    Of issues only those from whose day something still runs."""
    found = {}
    for reference, day in sorted(sight.state.dates.items(), key=lambda one: one[1]):
        stage, _, event = reference.partition(".")
        title = happening_title(sight.process, reference)
        if not title:
            continue
        items = _items(sight, reference)
        if not event.startswith("issue."):
            found[f"{stage}|{event}|"] = f"{title}，登记为{full(day)}"
        for number, start in items:
            of = item_title(sight.process.kinds[stage].name, number)
            found[f"{stage}|{event}|{number}"] = f"{title}（{of}），登记为{full(start)}"
    return found


def _items(sight: Sight, reference: str) -> list[tuple[str, object]]:
    """The items of which a deadline runs from this event, with the day it runs from."""
    return [
        (deadline.item, deadline.start)
        for arm in sight.process.arms.get(reference, ())
        if arm.name != OPENS and sight.process.rule(arm.stage, arm.name).per_item
        for deadline in sight.state.deadlines.values()
        if deadline.item
        and deadline_key(arm.stage, arm.name, deadline.item) in sight.state.deadlines
        and (deadline.stage, deadline.name) == (arm.stage, arm.name)
    ]


@dataclass(frozen=True)
class Happening(Choice):
    """One event of the case; it fills three fields of the command."""

    def read(self, typed: Typed, sight: Sight, item: str, into: Written) -> None:
        value = typed.choice(self.name, self.among(sight, item))
        if self.name not in typed.mistakes:
            stage, event, of = value.split("|", 2)
            into.command |= {"stage": stage, "event": event, "item": of}


@dataclass(frozen=True)
class Successor(Field):
    """The school merged into, by name, initials or code, among those with a case in this round."""

    macro: ClassVar[str] = "line"

    def read(self, typed: Typed, sight: Sight, item: str, into: Written) -> None:
        text = typed.text(self.name, self.most, self.required)
        if self.name in typed.mistakes:
            return
        wanted = (
            select(_CASES.c.id, _ORGANISATIONS.c.name, _ORGANISATIONS.c.code)
            .join(_ORGANISATIONS, _ORGANISATIONS.c.code == _CASES.c.subject)
            .where(_CASES.c.round == sight.state.round, _CASES.c.of == "case")
            .where(_CASES.c.id != sight.id, named_like(text))
            .order_by(_ORGANISATIONS.c.code)
            .limit(MOST_NAMED)
        )
        rows = sight.connection.execute(wanted).all()
        meant = [row for row in rows if text in (row.name, row.code)] or rows
        if len(meant) == 1:
            into.command[self.name] = meant[0].id
        elif meant:
            named = "、".join(f"{row.name}（{row.code}）" for row in meant)
            typed.mistakes[self.name] = f"符合的不止一所：{named}。请写全称或代码。"
        else:
            typed.mistakes[self.name] = "本轮没有这所学校的案卷，请核对名称。"


REASON = Paragraphs("reason", "理由", required=True)

FORMS = (
    CommandForm(
        w.ExtendDeadline,
        (
            Choice("deadline", "要延长的期限", among=extendable),
            Day("due_on", "延长到"),
            replace(REASON, hint="写明为什么不能按期完成；会记入日志和问题台账。"),
            Line("approver", "批准人", "写明批准延期的负责人", required=True, most=40),
        ),
        explains="只有本流程允许延长的期限才能延长；延长后告知责任方。",
        button="延长期限",
    ),
    CommandForm(
        w.CorrectDate,
        (
            Happening("happening", "哪件事的日期登记错了", among=happenings),
            Day("happened_on", "正确的日期"),
            replace(REASON, hint="原来的日期仍留在日志里。"),
        ),
        explains="从这一天起算、还没有办结的期限会重新计算，并告知有关人员。下一步先列出会改变什么、"
        "谁已经按原日期得到通知，核对后再确认。",
        button="下一步：核对会改变什么",
    ),
    CommandForm(
        w.MergeCase,
        (Successor("successor", "并入的学校", "写名称、拼音首字母或代码", required=True),),
        explains="未销号的问题移交并入的学校，本校的案卷随即结束，不能恢复。",
        button="办理学校合并",
        weighty=True,
    ),
)
