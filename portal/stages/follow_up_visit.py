"""回访督导: its forms - a verdict on every issue, and the report."""

from dataclasses import dataclass
from typing import ClassVar

from portal import choices
from portal.commands import CommandForm
from portal.fields import Field, Lines, Paragraphs, Written
from portal.findings import Findings
from portal.receiving import Typed
from portal.sight import Sight
from rules import follow_up_visit as words


@dataclass(frozen=True)
class Verdicts(Field):
    """One verdict for every open issue, with a remark."""

    macro: ClassVar[str] = "verdicts"

    def issues(self, sight: Sight) -> list[tuple[str, str]]:
        """The issues to judge."""
        stages = [id_ for id_, state in sight.state.stages.items() if state.kind == "issue_list"]
        return [pair for stage in stages for pair in choices.open_issues(sight, stage)]

    def among(self) -> dict[str, str]:
        return choices.VERDICTS

    def read(self, typed: Typed, sight: Sight, item: str, into: Written) -> None:
        verdicts, remarks = {}, {}
        for number, _ in self.issues(sight):
            verdict = typed.choice(f"verdicts.{number}", choices.VERDICTS)
            if verdict in choices.VERDICTS:
                verdicts[number] = verdict
            if remark := typed.paragraphs(f"items.{number}", 1000):
                remarks[number] = remark
        into.command["verdicts"] = verdicts
        if remarks:
            into.form["items"] = remarks


FORMS = (
    CommandForm(
        words.RecordFollowUp,
        (
            Paragraphs("how", "回访情况", "怎样回访、看了什么。", required=True),
            Verdicts("verdicts", "逐项结论"),
            Findings("findings", "新发现的问题"),
        ),
        explains="逐项核对问题整改情况；“未完成”的将重新整改。",
        button="登记回访",
    ),
    CommandForm(
        words.FileFollowUpReport,
        (
            Paragraphs("summary", "回访小结", required=True),
            Lines("suggestions", "建议", "一行一条"),
        ),
        explains="提交后本次回访完成。",
        button="提交回访报告",
    ),
)
