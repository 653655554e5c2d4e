"""问题清单: its forms - entering a problem, the plan, a report with evidence, the check."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from portal import choices
from portal.commands import CommandForm
from portal.fields import Field, Lines, Paragraphs, Written, YesNo
from portal.findings import Findings
from portal.receiving import Typed
from portal.sight import Sight
from rules.issue_list import words


@dataclass(frozen=True)
class Measures(Field):
    """The rectification plan: for each open issue cause, measure, person and day."""

    macro: ClassVar[str] = "measures"

    def issues(self, sight: Sight) -> list[tuple[str, str]]:
        """The issues to plan for, with their descriptions."""
        stages = [id_ for id_, state in sight.state.stages.items() if state.kind == "issue_list"]
        return [pair for stage in stages for pair in choices.open_issues(sight, stage)]

    def read(self, typed: Typed, sight: Sight, item: str, into: Written) -> None:
        items = []
        for number, _ in self.issues(sight):
            row = f"items.{number}"
            measure = typed.paragraphs(f"{row}.measure", 2000)
            if not measure:
                continue
            day = typed.day(f"{row}.date", required=False)
            items.append(
                {
                    "issue": number,
                    "cause": typed.paragraphs(f"{row}.cause", 1000),
                    "measure": measure,
                    "person": typed.text(f"{row}.person", 40),
                    "date": day.isoformat() if day else "",
                }
            )
        if not items and self.issues(sight):
            typed.mistakes["items"] = "请至少为一个问题写明整改措施。"
        into.form["items"] = items


def _to_plan(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    """While there is something to mend, or a plan is owed although nothing is left."""
    if sight.state.stages[stage].data.open() or f"{stage}/plan" in sight.state.deadlines:
        yield "", ""


def _to_report(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    """Issues that are the visitor's own to rectify and not reported yet."""
    listed = sight.state.stages[stage].data
    own = {"school"} if sight.visitor.role == "school" else {sight.visitor.organisation}
    own.add(sight.visitor.organisation)
    for number, title in choices.open_issues(sight, stage):
        issue = listed.issues[number]
        if issue.unit in own and issue.state in ("raised", "refused", "reopened"):
            yield number, title


def _to_verify(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    listed = sight.state.stages[stage].data
    for number, title in choices.open_issues(sight, stage):
        if listed.issues[number].state == "reported":
            yield number, title


FORMS = (
    CommandForm(
        words.SubmitRectificationPlan,
        (
            Measures("items", "整改措施"),
            Paragraphs("safeguards", "保障措施"),
        ),
        items=_to_plan,
        explains="整改计划提交后可以再次提交更新。",
        button="提交整改计划",
    ),
    CommandForm(
        words.ReportRectification,
        (
            Paragraphs("done", "做了什么", required=True),
            Lines("evidence", "佐证材料名称", "一行一条；文件在“佐证材料”中上传"),
            Paragraphs("not_done", "尚未完成的及原因"),
        ),
        items=_to_report,
        explains="报告后由督学核查，通过即销号。",
        button="报告已整改",
    ),
    CommandForm(
        words.VerifyRectification,
        (
            YesNo("passed", "核查结论", yes="整改到位，销号", no="未到位，退回重新整改"),
            Paragraphs("looked", "核查情况"),
            Paragraphs("reason", "退回理由", "未到位时必填。"),
        ),
        items=_to_verify,
        explains="核查结论会告知责任单位。",
        button="登记核查结论",
    ),
    CommandForm(
        words.RaiseIssue,
        (Findings("finding", "问题", single=True),),
        explains="自查发现的问题也可以登记。",
        button="登记问题",
    ),
)
