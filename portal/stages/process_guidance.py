"""过程指导: its forms - a visit's record, problems straight into the issue list, its report."""

from collections.abc import Iterable

from portal import choices
from portal.commands import CommandForm
from portal.fields import Line, Lines, Paragraphs, Ticks
from portal.findings import Findings
from portal.sight import Sight
from rules import process_guidance as words


def _unreported(sight: Sight, stage: str) -> Iterable[tuple[str, str]]:
    for number in sight.state.stages[stage].data.unreported:
        yield number, f"第{number}次指导"


FORMS = (
    CommandForm(
        words.RecordGuidance,
        (
            Line("time", "时间", "例如：上午9:00至11:30"),
            Ticks("methods", "方式", among=lambda sight, item: choices.METHODS, to_form=False),
            Paragraphs("content", "指导内容", required=True),
            Paragraphs("observations", "看到的情况"),
            Lines("strengths", "主要成绩", "一行一条"),
            Lines("problems", "存在的不足", "一行一条；需要整改的写在下面"),
            Lines("advice", "建议", "一行一条"),
            Findings("findings", "需要整改的问题", "登记后进入该校的问题清单。"),
        ),
        explains="登记一次到校指导。发生日期可以补填。",
        button="保存指导记录",
    ),
    CommandForm(
        words.FileGuidanceReport,
        (Paragraphs("summary", "指导小结", required=True),),
        items=_unreported,
        explains="提交后本次指导即告完成。",
        button="提交报告",
    ),
)
