"""What stands in the papers of issues: demanded, planned, reported, listed, looked at again."""

from collections.abc import Iterator

import pytest

from rules.case_words import ReceiveIssues
from rules.messages import Finding
from tests.paper_county import FIRST, SECOND, County, found_county
from tests.paper_reading import Letter, read
from tests.paper_year import live_through_2026


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    county = live_through_2026(found_county(tmp_path_factory.mktemp("year") / "county.db"))
    yield county
    county.database.close()


@pytest.fixture
def written(county: County):
    """Write and open a letter of the first school."""

    def open_(kind: str, item: str = "", nth: int = -1) -> Letter:
        return read(county.write(kind, FIRST, item, nth))

    return open_


# issue, what the paper is, to whom, and how long it gives
DEMANDS = [
    (
        "1",
        "改进建议单",
        "示例第一小学：",
        "2026年3月23日（周一）前（含当日，自2026年3月18日次日起3个工作日内）",
    ),
    (
        "2",
        "关于示例第一小学第2号问题的整改通知书",
        "示例第一小学：",
        "2026年4月17日（周五）前（含当日，自2026年3月18日次日起30日内）",
    ),
    (
        "3",
        "关于示例第一小学第3号问题的整改通知书",
        "示例第一小学：",
        "2026年6月26日（周五）前（含当日，按督导意见确定的期限）",
    ),
    (
        "4",
        "关于协商解决示例第一小学有关问题的函",
        "县财政局：",
        "2026年6月29日（周一）前（含当日，自2026年5月28日次日起30日内）",
    ),
]


@pytest.mark.parametrize(("item", "title", "addressee", "until"), DEMANDS)
def test_the_outcome_of_a_finding_decides_which_paper_goes_to_whom(
    written, item: str, title: str, addressee: str, until: str
):
    paper = written("issue_demand", item)
    assert paper.title == title
    assert addressee in paper.paragraphs
    assert until in paper.text


def test_a_demand_quotes_the_finding_and_the_letter_s_own_words(written):
    paper = written("issue_demand", "3")
    assert paper.fact("问题") == "德育工作体系不完整"
    assert paper.fact("依据") == "A1.2.1 德育工作体系"
    assert paper.fact("联系人") == "示例第一小学校长"
    assert "补齐德育工作计划并实施。" in paper.paragraphs
    assert "送达回证" in paper.paragraphs  # its receipt


def test_a_consultation_asks_the_department_that_can_solve_it(written):
    paper = written("issue_demand", "4")
    assert paper.sections == ["问题", "商请事项", "期限", "联系方式"]
    assert paper.fact("责任单位") == "县财政局"
    assert paper.fact("联系人") == "财政局联系人"
    assert "把图书经费列入下年度预算。" in paper.paragraphs


def test_an_issue_carried_on_says_where_it_comes_from(tmp_path):
    county = found_county(tmp_path / "county.db")
    found = Finding(severity="at_once", outcome="advice", basis="A2.2.1", text="1")
    moved = ReceiveIssues(source=county.case(SECOND), findings=(found,))
    county.do(county.case(FIRST), moved, "system", (3, 2))
    advice = read(county.write("issue_demand", FIRST, "1"))
    assert (
        "以下问题于2026年3月2日由示例第二小学转入示例第一小学问题清单，请改进。"
        in advice.paragraphs
    )
    county.database.close()


def test_the_plan_names_problem_cause_measure_person_and_date(written):
    plan = written("rectification_plan")
    assert plan.sections == ["依据", "组织", "问题、原因、措施、责任人和时间", "保障措施"]
    assert plan.table("问题", "原因", "整改措施", "责任人", "完成时间") == [
        ["1", "课后服务点名册缺两天", "点名员漏记", "每日核对", "德育主任", "2026年3月20日"],
        ["3", "德育工作体系不完整", "计划缺专题", "重订德育计划", "副校长", "2026年6月20日"],
    ]
    assert "2026年5月28日印发的《关于示例第一小学的督评意见书》" in plan.text
    assert "问题清单现有5个问题，其中5个尚未销号" in plan.text


def test_the_report_says_what_was_done_what_not_and_every_extension(written):
    report = written("rectification_report", "3")
    assert report.sections == [
        "依据",
        "组织",
        "整改计划",
        "整改完成情况",
        "证据",
        "未完成事项及原因",
        "延期情况",
    ]
    assert report.fact("整改期限") == "2026年7月10日（周五）"
    assert {"已补齐并装订。", "1．点名册照片.jpg。"} <= set(report.paragraphs)
    assert "两名教师尚未培训，六月底前完成。" in report.paragraphs
    assert "延至2026年7月10日：教材到货推迟（批准人：督导室主任）" in report.text
    assert "延至" not in written("rectification_report", "1").text


def test_the_ledger_lists_every_issue_with_all_that_is_known_of_it(written):
    ledger = written("issue_ledger", nth=0)
    rows = ledger.table("编号", "来源", "状态")
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert rows[0] == [
        "1",
        "过程指导",
        "A2.1.1 章程与发展规划",
        "课后服务点名册缺两天",
        "个性\n即知即改\n当面建议",
        "示例第一小学\n德育主任",
        "每日核对",
        "2026年3月23日",
        "已销号",
        "点名册照片.jpg\n整改说明.pdf",
        "督学甲\n2026年6月10日",
        "—",
    ]
    assert rows[2][10:] == [
        "督学甲（回访）\n2026年7月14日",
        "延至2026年7月10日：教材到货推迟（批准人：督导室主任）",
    ]
    assert rows[3][8] == "回访未完成，重新整改\n（第1次重新整改）"
    assert (
        "共6个问题：待整改1个，回访未完成，重新整改1个，已销号4个。整改完成率66.7%。" in ledger.text
    )
    last = written("issue_ledger").table("编号", "状态")
    assert last[3][8] == "已转问责\n（第2次重新整改）"


def test_the_follow_up_goes_item_by_item_and_counts(written):
    report = written("follow_up_report", nth=0)
    assert report.sections == [
        "依据",
        "回访方式",
        "逐项情况",
        "新发现的问题",
        "完成情况",
        "未完成问题的处理",
        "意见建议",
    ]
    rows = report.table("结论", "现场情况")
    assert [(row[0], row[3]) for row in rows] == [
        ("2", "已完成"),
        ("3", "基本完成"),
        ("4", "未完成"),
        ("5", "基本完成"),
    ]
    assert (
        "回访核查4个问题：已完成1个，基本完成2个，未完成1个；新发现1个。完成率75.0%" in report.text
    )
    assert report.table("程度")[0][1] == "消防通道堆物"
    assert "在2026年8月17日（周一）前再次回访" in report.text
    last = written("follow_up_report")
    assert "第4号问题已转问责" in last.text
    assert "已达回访次数上限，不再组织回访" in last.text
    assert last.fact("次数") == "第3次（最多3次）"
