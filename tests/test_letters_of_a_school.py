"""What stands in the papers of one school: sections as the regulation lists them, figures of the
case, dates with their reason."""

from collections.abc import Iterator
from datetime import date

import pytest

from rules.on_site_review import words as w
from tests.paper_county import FIRST, GARDEN, SECOND, County, found_county
from tests.paper_reading import Letter, read
from tests.paper_week import live_through_a_week
from tests.paper_year import assess, live_through_2026, plan

# letter, school, and its sections in order
SECTIONS = [
    ("self_assessment_handbook", FIRST, "依据 怎样自评 评估标准 日程 联系方式"),
    (
        "self_assessment_report",
        FIRST,
        "学校概况 自评工作的组织 各领域自评情况 增值性评价 自评总分与等级 "
        "存在的问题与整改计划 改进打算",
    ),
    (
        "process_guidance_record",
        FIRST,
        "指导内容 现场情况 主要成绩 存在问题 指导建议 处理结果",
    ),
    ("visit_announcement", FIRST, "督导对象 督导时间 主要内容 反映渠道 受理时间"),
    (
        "visit_notice",
        FIRST,
        "依据 内容和标准 时间 督导组 程序和日程 需要准备的材料 工作纪律 联系方式",
    ),
    (
        "preliminary_opinion",
        FIRST,
        "基本情况 总体评价 得分与等级（初步） 主要成绩 存在的主要问题 申辩",
    ),
    (
        "opinion_letter",
        FIRST,
        "基本情况 总体评价与等级 主要成绩 存在的问题 整改要求 意见建议 申辩及处理 权利告知",
    ),
]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    county = live_through_2026(found_county(tmp_path_factory.mktemp("year") / "county.db"))
    yield county
    county.database.close()


@pytest.fixture
def written(county: County):
    """Write and open a letter."""

    def open_(kind: str, school: str = FIRST, item: str = "", nth: int = -1) -> Letter:
        return read(county.write(kind, school, item, nth))

    return open_


@pytest.mark.parametrize(("kind", "school", "sections"), SECTIONS)
def test_sections(written, kind: str, school: str, sections: str):
    assert written(kind, school).sections == sections.split()


def test_handbook_gives_the_standard_as_this_kind_of_school_meets_it(written):
    school, garden = (
        written("self_assessment_handbook"),
        written("self_assessment_handbook", GARDEN),
    )
    leaves = [row for table in school.tables if table[0][0] == "编码" for row in table[1:]]
    codes = {row[0] for row in leaves}
    assert {"A1.1.3", "Z1.1.1"} <= codes and "A1.1.3Y" not in codes
    assert "A1.1.3Y" in garden.text and "办园方向" in garden.text
    way = next(row for row in leaves if row[0] == "A1.1.1")
    assert way[1].startswith("党组织领导的校长负责制★")
    assert way[3:5] == ["按等级：优×1、良×0.8、中×0.6、差×0.3", "听、查、谈"]
    assert way[5] == "党组织会议记录*\n议事决策制度"
    due = school.table("事项", "日期")
    assert due[0][:2] == ["提交自评报告", "2026年2月14日（周六）"]
    assert "计入调休上班日2月14日" in due[0][2]
    assert school.fact("责任督学") == "督学甲、督学乙、督学丙、督学丁"


def test_report_quotes_the_scores_of_its_own_submission(written):
    report = written("self_assessment_report")
    assert report.fact("在校学生（幼儿）") == "1411人"
    assert report.fact("其中女生") == "653人"
    assert report.fact("县级以上骨干教师") == "15人"
    assert "自评110.0分，满分110分，得分率100.0%。" in report.paragraphs
    assert report.table("编码", "领域", "自评")[-1] == ["", "合计", "100.0", "100.0"]  # value-added
    assert "自评总分1000.0分（满分1000分），自定等级A等。" in report.text
    assert report.table("问题", "整改措施")[0][1:] == [
        "功能室使用记录不全",
        "管理员兼职",
        "明确专人，每周核对",
        "教务主任",
        "2026年3月31日",
    ]
    assert ["A1.1.1", "党组织领导的校长负责制", "党组织领导的校长负责制材料.pdf"] in report.table(
        "编码", "材料"
    )
    assert "附件：1．自评得分表" in report.paragraphs


def test_guidance_record_names_day_semester_and_what_becomes_of_each_finding(written):
    record = written("process_guidance_record")
    assert record.fact("学期") == "2026年春季学期"
    assert record.fact("督学") == "督学甲"
    assert record.fact("时间") == "2026年3月18日（周三） 上午8:00至11:30"
    assert record.fact("方式") == "听、查、看"
    rows = record.table("问题", "整改期限")
    assert rows[0] == [
        "1",
        "课后服务点名册缺两天",
        "A2.1.1 章程与发展规划",
        "个性",
        "即知即改\n当面建议",
        "示例第一小学",
        "2026年3月23日（周一）",
    ]
    assert rows[1][3:5] == ["共性", "限期整改\n整改通知书"]
    assert "报告应于2026年3月23日（周一）前提交" in record.text


def test_announcement_says_until_when_and_through_which_channels(written):
    paper = written("visit_announcement")
    assert "2026年5月11日（周一）至2026年5月12日（周二）。" in paper.paragraphs
    assert "自公告之日起至2026年5月12日（周二）止。" in paper.paragraphs
    assert paper.fact("电话") == "0000-0000000"
    assert paper.fact("电子邮箱") == "dudao@county.example"
    assert paper.paragraphs[-2:] == ["示例县人民政府教育督导室", "2026年4月20日"]


def test_notice_names_the_team_who_stepped_back_and_every_day(written):
    notice = written("visit_notice")
    assert notice.table("姓名", "职责") == [
        ["1", "督学甲", "组长"],
        ["2", "督学乙", "成员"],
        ["3", "督学丁", "成员"],
    ]
    assert "已回避的督学：督学丙" in notice.text
    assert [row[:2] for row in notice.table("日程")] == [
        ["第1天", "2026年5月11日（周一）"],
        ["第2天", "2026年5月12日（周二）"],
    ]
    assert "督导结束后15个工作日内印发督评意见书" in notice.text
    assert notice.fact("受送达单位") == "示例第一小学"
    assert "示教督〔2026〕　　号" in notice.paragraphs


def test_preliminary_opinion_tells_the_school_until_when_it_may_defend_itself(written):
    opinion = written("preliminary_opinion")
    assert "督评总分979.0分（满分1000分），初步等级A等" in opinion.text
    assert "在2026年5月27日（周三）前（含当日）提出书面申辩" in opinion.text
    assert "自5月20日次日起算5个工作日，跳过周末" in opinion.text
    assert opinion.fact("工作方法和样本") == "听课12节；访谈教师20人；家长问卷186份"


def test_opinion_letter_sets_the_scores_side_by_side_with_value_added_apart(written):
    letter = written("opinion_letter")
    areas = letter.table("领域", "自评", "督评")
    assert areas[0] == ["A1", "办学方向", "110.0", "110.0", "99.5"]
    assert areas[-1] == ["", "合计", "1000.0", "1000.0", "989.5"]
    assert ["Z1", "增值性评价", "100.0", "100.0", "100.0"] not in areas
    assert "评定等级A等；增值性评价100.0分，单列，不计入总分。" in letter.text
    lost = next(
        row for table in letter.tables for row in table if row[0] == "A1.2.1" and len(row) == 6
    )
    assert lost == ["A1.2.1", "德育工作体系★", "15.0", "15.0", "4.5", "德育工作体系落实不到位"]


def test_opinion_letter_dates_every_demand_and_says_what_became_of_the_defence(written):
    letter = written("opinion_letter")
    assert letter.table("整改要求", "整改期限") == [
        ["1", "补齐德育工作计划并实施", "示例第一小学", "整改通知书", "2026年6月26日（周五）"],
        ["2", "把图书经费列入下年度预算", "县财政局", "协商函", "2026年6月29日（周一）"],
        ["3", "制定长期措施，按期报告进展", "示例第一小学", "整改通知书", "2026年11月30日（周一）"],
    ]
    assert "（三）《教育法》第四十五条" in letter.paragraphs
    assert "请在2026年6月11日（周四）前提交整改计划" in letter.text
    assert "你校于2026年5月22日提出申辩（涉及A1.1.1 党组织领导的校长负责制）" in letter.text
    assert "采纳。理由：经核对属实。总分由979.0分调整为989.5分，等级仍为A等。" in letter.text
    assert (
        "在2026年6月12日（周五）前（含当日）向示例县人民政府教育督导室书面申请复查" in letter.text
    )
    assert "抄送：示例市人民政府教育督导室，示例县人民政府，示例镇人民政府。" in letter.imprint
    assert letter.imprint[-1] == "示例县人民政府教育督导室\t2026年5月28日印发"


def test_a_veto_stands_in_the_letter_with_its_evidence(written):
    letter = written("opinion_letter", SECOND)
    assert "评定等级C等" in letter.text
    assert "经确认的一票否决：V5 在评估中弄虚作假（示例），等级不高于 C" in letter.text
    assert "一票否决V5的证据：伪造听课记录，已核实。" in letter.text
    assert "你校于2026年5月25日确认对初步意见没有异议。" in letter.text


def test_a_review_that_does_not_score_says_so_and_annexes_no_sheet(tmp_path):
    county = found_county(tmp_path / "unscored.db", scored=("scored: true", "scored: false"))
    assess(county, FIRST)
    plan(county)
    stage = {"stage": "on_site_review"}
    for command, day in review_until_the_visit(**stage):
        county.do(county.case(FIRST), command, "office", day)
    given = w.GivePreliminaryOpinion(**stage, form={"overall": "好"})
    county.do(county.case(FIRST), given, "office", (5, 20))
    opinion = read(county.write("preliminary_opinion", FIRST))
    county.database.close()
    assert "本次督导不评分。" in opinion.paragraphs
    assert "附件：督导评估得分表" not in opinion.paragraphs


def review_until_the_visit(**stage):
    """The commands from the team to the end of the visit, with their days."""
    days = {"starts": date(2026, 5, 11), "ends": date(2026, 5, 12)}
    return [
        (w.AppointTeam(**stage, lead="I1", members=("I1", "I2", "I3")), (3, 23)),
        (w.ScheduleVisit(**stage, **days), (3, 24)),
        (w.AnnounceVisit(**stage), (4, 20)),
        (w.ServeNotice(**stage), (4, 20)),
        (w.StartVisit(**stage), (5, 11)),
        (w.EndVisit(**stage), (5, 12)),
    ]


def test_after_a_tiered_visit_the_whole_township_is_told(tmp_path):
    county = live_through_a_week(found_county(tmp_path / "week.db", "tiered_visits.yaml"))
    bulletin = read(county.write("visit_bulletin", FIRST))
    county.database.close()
    assert "示例镇各学校：" in bulletin.paragraphs
    assert bulletin.sections == ["基本情况", "主要成绩", "存在问题", "整改要求", "情况小结"]
    assert bulletin.fact("学校") == "示例第一小学（二层）"
    assert bulletin.table("问题")[0][1:3] == ["教案缺课后反思", "乡镇学区分层视导制度"]
    assert {"1．候课到位。", "2．板书规范。", "总体平稳。"} <= set(bulletin.paragraphs)
