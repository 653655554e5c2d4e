"""自查自评: its forms. The account by the standard has a page of its own; a report is text."""

from portal import choices
from portal.commands import CommandForm
from portal.fields import Paragraphs, Ticks
from rules import self_assessment as words

REPORT = (
    Paragraphs("overall", "总体情况", "数字由系统统计，不用填写。"),
    Paragraphs("background", "工作背景"),
    Paragraphs("causes", "问题成因"),
    Paragraphs("improved", "改进情况"),
    Paragraphs("accountability", "问责情况"),
    Paragraphs("next_year", "下一步打算"),
)

FORMS = (
    CommandForm(
        words.SubmitSelfAssessment,
        REPORT,
        explains="提交后如须审核，审核前不能再改。",
        page="/cases/{case}/{stage}/self-assessment",
        where=lambda stage: stage.form == "standard",
        button="提交",
        weighty=True,
    ),
    CommandForm(
        words.AcceptSelfAssessment,
        explains="通过后，本环节即告完成。",
        button="审核通过",
    ),
    CommandForm(
        words.ReturnSelfAssessment,
        (
            Paragraphs("reason", "退回理由", "提交方会看到，请写清要改什么。", required=True),
            Ticks("indicators", "涉及的指标", among=choices.indicators, to_form=False),
        ),
        explains="退回后须在规定期限内修改并重新提交。",
        button="退回修改",
    ),
    CommandForm(
        words.ExcuseSelfAssessment,
        (Paragraphs("reason", "免交理由", "例如：学校停办、新建。", required=True),),
        explains="免交后，本次不再要求该单位提交。",
        button="同意免交",
        weighty=True,
    ),
)
