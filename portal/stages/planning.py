"""制定计划: its forms. Whom to select is worked out on a page of its own."""

from portal.commands import CommandForm
from portal.fields import Line, Paragraphs
from rules.planning import words

FORMS = (
    CommandForm(
        words.ProposePlan,
        explains="选定本轮接受评估的学校、周次和督学，作为公示稿。",
        page="/cases/{case}/{stage}/plan",
        button="提出计划",
    ),
    CommandForm(
        words.PublishPlan,
        (Line("contact", "意见联系方式", "电话、邮箱或地址，印在公示上。", required=True),),
        explains="公示后，公众在期限内可以提出意见，各校同时得知结果。",
        button="公示计划",
        weighty=True,
    ),
    CommandForm(
        words.CommentOnPlan,
        (
            Line("name", "姓名或单位", "单位意见请以单位名义提出。", required=True, most=80),
            Line("contact", "联系方式", required=True, most=100),
            Paragraphs("text", "意见", required=True, most=3000),
        ),
        explains="意见由督导室研究，不公开您的联系方式。",
        button="提交意见",
    ),
    CommandForm(
        words.AdoptPlan,
        explains="公示期满、意见研究完毕后确定计划。",
        button="确定计划",
        weighty=True,
    ),
    CommandForm(
        words.AmendPlan,
        explains="增加或减少接受评估的学校，写明理由；有关学校会重新得到通知。",
        page="/cases/{case}/{stage}/plan",
        button="调整计划",
    ),
)
