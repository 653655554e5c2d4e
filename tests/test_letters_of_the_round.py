"""What stands in the papers of a round: who is evaluated, and what it came to, counted."""

import io
import re
import zipfile
from collections.abc import Iterator

import pytest

from documents.case_view import CaseView
from documents.papers import Text
from documents.round_charts import areas, grade_bars, problem_bars
from documents.round_figures import IssueFigure, RoundFigures, SchoolFigures
from documents.round_tables import common_problems, where_common
from documents.word_reading import read_word
from tests.paper_county import County, found_county
from tests.paper_reading import Letter, read
from tests.paper_year import live_through_2026


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    county = live_through_2026(found_county(tmp_path_factory.mktemp("year") / "county.db"))
    yield county
    county.database.close()


@pytest.fixture
def written(county: County):
    """Write and open a letter of the round."""

    def open_(kind: str) -> Letter:
        return read(county.write(kind))

    return open_


def test_the_plan_is_published_by_kind_of_school_with_its_comment_period(written):
    notice = written("annual_plan_notice")
    assert notice.sections == [
        "依据",
        "评估对象",
        "评估标准",
        "公示时间",
        "怎样提出意见",
        "联系方式",
    ]
    assert "2026年度范围内共5所，列入计划2所，占40.0%，不少于规定的1/3" in notice.text
    assert "小学（2所）" in notice.paragraphs
    assert notice.table("学校（单位）") == [
        ["1", "示例第一小学", "示例镇", "2026年5月11日当周", "多年未督导"],
        ["2", "示例第二小学", "示例镇", "2026年5月18日当周", "新任校长"],
    ]
    assert "自2026年3月5日起至2026年3月12日（周四）止。" in notice.paragraphs
    assert "单位提出意见的，请出具加盖公章的书面意见" in notice.text


def test_the_special_report_counts_what_schools_have_in_common(written):
    report = written("special_report")
    assert report.sections == [
        "背景",
        "总体情况",
        "主要问题",
        "共性问题",
        "原因分析",
        "分部门建议",
    ]
    assert "共性问题1类，涉及学校2所，占2026年度范围内5所学校的40.0%。" in report.paragraphs
    assert report.table("涉及学校\n及占比", "学校名单") == [
        ["1", "A6.1.1 班额", "3", "2所\n40.0%", "示例第一小学、示例第二小学"]
    ]
    assert report.table("部门", "建议") == [["县财政局", "保障图书经费。"]]
    assert report.table("责任单位", "整改完成率") == [
        ["学校", "6", "5", "1", "0", "0", "83.3%"],
        ["县财政局", "1", "0", "0", "0", "1", "0.0%"],
    ]
    assert "示例县人民政府：" in report.paragraphs


def test_the_bulletin_counts_grades_progress_rectification_and_accountability(written):
    bulletin = written("annual_bulletin")
    assert bulletin.sections == [
        "总体情况",
        "等级情况",
        "进步情况",
        "主要问题",
        "整改情况",
        "问责情况",
        "下一步工作",
    ]
    assert (
        "范围内共5所学校（其中年内合并1所），提交自评5所；列入实地督导计划2所，占40.0%，"
        "已完成入校2所，已印发督评意见书2所，平均989.5分。开展过程指导1次。"
    ) in bulletin.text
    assert bulletin.table("学校类型") == [
        ["小学", "2", "1", "0", "1", "0", "50.0%"],
        ["合计", "2", "1", "0", "1", "0", "50.0%"],
    ]
    assert "注：一票否决事项：V5 在评估中弄虚作假（示例）。" in bulletin.paragraphs
    assert bulletin.table("上次督评") == [["1", "示例第一小学", "850.0\nB", "989.5\nA", "+139.5"]]
    assert bulletin.table("整改类型") == [
        ["即知即改", "2", "2", "0", "0", "0", "100.0%"],
        ["限期整改", "4", "2", "1", "0", "1", "50.0%"],
        ["长期整改", "1", "1", "0", "0", "0", "100.0%"],
        ["合计", "7", "5", "1", "0", "1", "71.4%"],
    ]
    assert (
        "示例第一小学第4号问题（A6.1.1 班额）重新整改2次仍未完成，已转问责。" in bulletin.paragraphs
    )
    assert bulletin.table("意见书日期") == [
        ["1", "示例第一小学", "小学", "1000.0", "989.5", "100.0", "A", "—", "2026年5月28日"],
        ["2", "示例第二小学", "小学", "1000.0", "989.5", "100.0", "C", "V5", "2026年5月29日"],
    ]
    left = bulletin.table("自评得分")
    assert [row[1] for row in left] == ["示例幼儿园", "示例教学点", "示例初级中学"]
    assert "抄送：示例市人民政府教育督导室，示例县人民政府。" in bulletin.imprint
    assert bulletin.paragraphs[-1] == "注：未列入的学校继续接受经常性督导，由以后年度安排。"


def test_the_bulletin_draws_grades_areas_and_common_problems(county: County) -> None:
    """One school is graded A (B before), one C by a veto (never reviewed before)."""
    found = read_word(county.write("annual_bulletin").content)
    assert ("A等", "B等", "C等", "D等") in found
    assert ("本次督评", "1", "0", "1", "0") in found
    assert ("上次督评", "0", "1", "0", "0") in found
    areas = next(line for line in found if line[:2] == ("办学方向", "内部管理"))
    own, review = (next(line for line in found if line[0] == side) for side in ("自评", "督评"))
    assert len(own) == len(review) == len(areas) + 1 == 9
    assert set(own[1:]) == {"1.0000"}
    # 10.5 of 110 points were lost in the first area by both schools: A1.2.1 (see paper_year).
    assert review[1] == f"{(110 - 10.5) / 110:.4f}" and set(review[2:]) == {"1.0000"}
    assert ("A6.1.1 班额",) in found and ("涉及学校（所）", "2") in found


def test_the_special_report_draws_them_too_and_says_the_areas_in_figures(
    county: County, written
) -> None:
    found = read_word(county.write("special_report").content)
    assert ("本次督评", "1", "0", "1", "0") in found and ("涉及学校（所）", "2") in found
    areas = written("special_report").table("领域", "督评平均得分率")
    assert areas[0] == ["办学方向", "100.0%", "90.5%"]
    assert [row[0] for row in areas][-1] == "地方指标"


def test_each_chart_is_word_s_own_and_says_in_words_what_it_shows(county: County) -> None:
    content = county.write("annual_bulletin").content
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        drawn = [n for n in file.namelist() if n.startswith("word/charts/")]
        kinds = [re.findall(r"<c:(\w+)Chart>", file.read(name).decode()) for name in drawn]
        body = file.read("word/document.xml").decode()
        assert not [name for name in file.namelist() if name.startswith("word/media/")]
    assert kinds == [["bar"], ["bar"], ["bar"]]
    assert 'descr="本次督评：A等1所，B等0所，C等1所，D等0所；' in body


def test_the_plan_says_who_goes_where_month_by_month(written) -> None:
    notice = written("annual_plan_notice")
    assert "2026年5月（2所）" in notice.paragraphs
    assert notice.table("计划时间", "拟派督学") == [
        ["1", "2026年5月11日当周", "示例第一小学", "小学", "督学甲、督学乙、督学丙"],
        ["2", "2026年5月18日当周", "示例第二小学", "小学", "另行组建"],
    ]


def shared_by(count: int) -> RoundFigures:
    """A round in which so many schools share a problem, the first has it twice, and one has one of
    its own."""
    schools = []
    for number in range(count + 1):
        school = SchoolFigures(f"S{number}", f"示例第{number}小学", "primary", "示例镇")
        for item in range(2 if number == 0 else 1):
            basis = "A6.1.1" if number < count else "A1.1.1"
            issue = IssueFigure(str(item), basis, "school", "dated", "notice", "individual")
            school.issues["issue_list", str(item)] = issue
        schools.append(school)
    return RoundFigures(tuple(schools))


def test_common_problems_name_a_dozen_schools_and_the_annex_all_of_them(county: County) -> None:
    with county.database.reading() as connection:
        view = CaseView(county.dossier(connection, ""), 1)
        few, many = shared_by(12), shared_by(13)
        assert where_common(view, few) == ()
        text, listed = common_problems(view, many)
        whole, _ = where_common(view, many)
    assert text.text == "共性问题1类，涉及学校13所，占2026年度范围内14所学校的92.9%。"
    (row,) = listed.rows
    assert row[:4] == ("1", "A6.1.1 班额", "14", "13所\n92.9%")
    assert row[4].startswith("示例第0小学、") and row[4].endswith("示例第11小学等13所")
    assert whole.rows[0][2].split("、") == [f"示例第{n}小学" for n in range(13)]


def test_a_round_without_common_problems_says_so(county: County) -> None:
    with county.database.reading() as connection:
        view = CaseView(county.dossier(connection, ""), 1)
        assert common_problems(view, RoundFigures()) == [Text("没有多所学校共有的问题。")]
        assert problem_bars(view, RoundFigures()) == []
        assert grade_bars(view, RoundFigures()) == areas(view, RoundFigures()) == []
