"""A week of tiered visits in the county of `tests.paper_county`: one school's turn."""

from datetime import date

from rules import case_words as c
from rules import process_guidance as g
from rules.messages import Finding
from tests.paper_county import FIRST, County


def live_through_a_week(county: County) -> County:
    """The plan picks the first school; its visit finds one thing; the bulletin goes out."""
    case = county.case(FIRST)
    answer = c.AnswerPlan(stage="turn", number=1, answer="selected", week=date(2026, 1, 5))
    county.do(case, answer, "system", (1, 5))
    form = {
        "content": "课堂常规",
        "strengths": ["候课到位", "板书规范"],
        "advice": "备课组统一作业量",
        "findings": {"a": "教案缺课后反思"},
    }
    visit = g.RecordGuidance(
        stage="visit",
        methods=("听", "查"),
        findings=(Finding(basis="乡镇学区分层视导制度", text="a"),),
        form=form,
    )
    county.do(case, visit, "inspector", (1, 7))
    report = g.FileGuidanceReport(stage="visit", item="1", form={"summary": "总体平稳"})
    county.do(case, report, "inspector", (1, 8))
    return county
