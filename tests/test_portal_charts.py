"""Charts: drawings that stand on a page by themselves, say in words what they show, and hold
whatever they are given - nothing, one area, the longest name of a county."""

import time
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from portal import charts
from portal.charts import Bar, Series

AREAS = ["办学方向", "内部管理", "教育质量", "教师队伍", "学生发展", "办学条件", "发展特色"]
OWN = Series("自评", "own", [0.9, 0.8, 0.85, 0.7, 0.95, 0.6, 1.0])
REVIEW = Series("督评", "review", [0.8, 0.7999, 0.85, 0.5, None, 0.6, 0.4])
LONG = "石榴县第一初级中学与职业技术教育中心联合办学北校区"
NASTY = '<script>alert("1")</script>&'

EVERY = {
    "areas": charts.areas("各领域得分率", AREAS, [OWN, REVIEW]),
    "one area": charts.areas("各领域得分率", AREAS[:1], [Series("自评", "own", [0.5])]),
    "no areas": charts.areas("各领域得分率", [], []),
    "nothing scored": charts.areas("各领域得分率", AREAS, [Series("督评", "review", [None] * 7)]),
    "grades": charts.columns("等级分布", [Bar("A等", 7), Bar("B等", 5), Bar("D等", 0)]),
    "no grades": charts.columns("等级分布", [Bar("A等", 0)]),
    "loads": charts.loads("督学承担", [Bar(LONG, 5, 2), Bar("周督学", 1), Bar("吴督学", 0)]),
    "no loads": charts.loads("督学承担", []),
    "progress": charts.progress("评估进度", 36, 15, 3, 12),
    "no progress": charts.progress("评估进度", 0, 0, 0, 0),
    "weeks": charts.weeks("进度", ["第1周", "第2周"], [Series("已入校", "review", [1, 3])], 12),
    "one week": charts.weeks("进度", ["第1周"], [Series("计划", "plan", [1])]),
    "no weeks": charts.weeks("进度", [], []),
}


@pytest.mark.parametrize("name", EVERY)
def test_a_chart_is_a_whole_drawing_with_its_words(name: str) -> None:
    drawing = EVERY[name]
    assert isinstance(drawing, Markup)
    root = ElementTree.fromstring(str(drawing))
    assert (root.tag, root.get("role"), root.get("class")) == ("svg", "img", "chart")
    title, says = root[0], root[1]
    assert (title.tag, says.tag) == ("title", "desc") and title.text and says.text
    assert all("style" not in element.attrib for element in root.iter())
    assert "nan" not in str(drawing) and "inf" not in str(drawing)


@pytest.mark.parametrize(
    "name", ["no areas", "nothing scored", "no grades", "no loads", "no progress", "no weeks"]
)
def test_a_chart_without_figures_says_so(name: str) -> None:
    assert "还没有数据" in EVERY[name]


def test_a_radar_says_every_share_and_rounds_none_up() -> None:
    says = ElementTree.fromstring(str(EVERY["areas"]))[1].text or ""
    assert "自评：办学方向90%" in says and "内部管理79.9%" in says
    assert "学生发展" not in says.partition("督评")[2]


def test_a_long_name_is_cut_and_stands_whole_in_its_tooltip() -> None:
    texts = [t for t in ElementTree.fromstring(str(EVERY["loads"])).iter("text")]
    name = next(t for t in texts if (t.text or "").startswith("石榴县"))
    assert len(name.text or "") == 8 and name.findtext("title") == LONG


def test_names_are_never_markup() -> None:
    drawings = [
        charts.areas(NASTY, [NASTY] * 3, [Series(NASTY, "own", [0.1, 0.2, 0.3])]),
        charts.areas(NASTY, [NASTY], [Series(NASTY, "own", [0.1])]),
        charts.columns(NASTY, [Bar(NASTY, 1)]),
        charts.loads(NASTY, [Bar(NASTY, 1, 1)]),
        charts.weeks(NASTY, [NASTY, NASTY], [Series(NASTY, "plan", [1, 2])], 3),
    ]
    for drawing in drawings:
        assert "<script" not in drawing
        ElementTree.fromstring(str(drawing))


def test_a_goal_is_a_line_with_its_number() -> None:
    assert "应达到12所" in EVERY["weeks"]
    assert "至少12所" in EVERY["progress"]


def test_a_chart_is_drawn_in_well_under_a_millisecond_or_so() -> None:
    begun = time.process_time()
    for _ in range(100):
        charts.areas("各领域得分率", AREAS, [OWN, REVIEW])
    assert (time.process_time() - begun) / 100 < 0.005
