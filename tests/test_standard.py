"""An indicator standard says what a school is measured by, or is refused line by line."""

from decimal import Decimal
from pathlib import Path

import pytest

from rules.positioned import Mistakes
from rules.standard import SCHOOL_KINDS, Standard, parse_standard
from rules.values import canonical

EXAMPLE = Path(__file__).parents[1] / "processes" / "standards" / "example_1000.yaml"

SMALL = """\
standard: small
title: 小标准（示例，非官方）
points: {provincial: 90, local: 10}
school_kinds: [kindergarten, primary]
grades:
  - {letter: A, at_least: 90, each_area: 80%}
  - {letter: B, at_least: 60}
  - {letter: C}
vetoes:
  - {code: V1, title: 弄虚作假, at_most: C}
areas:
  - code: A1
    title: 办学方向
    titles: {kindergarten: 办园方向}
    points: 50
    leaves:
      - {code: A1.1, title: 自评, points: 20, methods: [听], scoring: {way: points}}
      - code: A1.2
        title: 收费
        points: 30
        weight: 60%
        methods: [查, 问]
        scoring:
          way: deductions
          items:
            - {text: 未公示, each: 2, times: 3}
            - {text: 账目不清, between: [1, 5]}
  - code: A2
    title: 条件
    points: 40
    nodes:
      - code: A2.1
        title: 班额与场地
        points: 40
        leaves:
          - code: A2.1.1
            title: 班额
            points: 40
            applies_to: [primary]
            methods: [查]
            scoring: {way: levels, levels: {优: 1, 良: 0.8, 中: 0.6}}
          - code: A2.1.1Y
            title: 户外场地
            points: 40
            applies_to: [kindergarten]
            methods: [看]
            scoring: {way: measure, of: number, direction: at_least, unit: 平方米, full: 4, zero: 2}
  - code: D1
    title: 地方
    points: 10
    owner: local
    leaves:
      - {code: D1.1, title: 环境, points: 10, methods: [看], scoring: {way: points}}
  - code: Z1
    title: 增值
    points: 10
    owner: value_added
    leaves:
      - {code: Z1.1, title: 进步, points: 10, methods: [评], scoring: {way: points}}
"""


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_standard_is_read_as_it_is_written():
    standard = parse_standard(SMALL, "small.yaml")
    assert standard.full == 100
    primary, kindergarten = standard.for_school("primary"), standard.for_school("kindergarten")
    assert [leaf.code for leaf in primary] == ["A1.1", "A1.2", "A2.1.1", "D1.1", "Z1.1"]
    assert [leaf.code for leaf in kindergarten] == ["A1.1", "A1.2", "A2.1.1Y", "D1.1", "Z1.1"]
    assert [leaf.owner for leaf in primary][2:] == ["provincial", "local", "value_added"]
    assert primary[2].trail == ("条件", "班额与场地")
    assert standard.areas_for("kindergarten")[0].title == "办园方向"
    assert primary[0].points == Decimal("20.0")


def test_the_version_is_the_hash_of_what_is_said_not_of_how_it_is_written():
    version = parse_standard(SMALL, "a").version
    assert len(version) == 12 and int(version, 16)
    commented = "# a comment\n" + SMALL.replace("points: 50", "points: 50.0").replace("0.8", "0.80")
    assert parse_standard(commented, "b").version == version
    assert parse_standard(SMALL.replace("60%", "60.0%"), "b").version == version
    assert parse_standard(SMALL.replace("未公示", "没有公示"), "c").version != version


def test_a_standard_survives_json():
    standard = parse_standard(SMALL, "a")
    again = Standard.model_validate_json(standard.model_dump_json())
    assert again.version == standard.version
    frozen = canonical(standard.model_dump(mode="json"))  # sorts keys, and so the levels
    again = Standard.model_validate_json(frozen)
    assert again.version == standard.version
    assert again.for_school("primary")[2].scoring.choices == ("优", "良", "中")


@pytest.mark.parametrize(
    ("was", "becomes", "at", "words"),
    [
        # (what stood there, what the writer wrote, where he finds it, what he is told)
        # sums
        (
            "points: 20, methods",
            "points: 25, methods",
            "points: 50",
            "“A1 办学方向”50 分，下级合计 55 分",
        ),
        # a node's sum may be wrong for one kind of school alone
        (
            "            points: 40\n            applies_to: [kind",
            "            points: 35\n            applies_to: [kind",
            "        points: 40",
            "对幼儿园，下级合计 35 分",
        ),
        ("applies_to: [primary]", "core: true", "        points: 40", "对幼儿园，下级合计 80 分"),
        ("provincial: 90", "provincial: 95", "points: {", "省定分值应为 95 分，各指标合计 90 分"),
        ("    owner: local\n", "", "points: {", "地方分值应为 10 分，各指标合计 0 分"),
        # codes, kinds, methods
        ("code: A1.2", "code: A1.1", "code: A1.1\n", "重复的编码 A1.1：“自评”"),
        ("applies_to: [primary]", "applies_to: [primery]", "[primery]", "是否想写“primary”"),
        (
            "applies_to: [primary]",
            "applies_to: [vocational]",
            "[vocational]",
            "不适用于中等职业学校",
        ),
        (
            "methods: [查, 问]",
            "methods: [查, 闻]",
            "[查, 闻]",
            "不认识的值“闻”；可以写：听、查、看",
        ),
        ("methods: [查, 问]", "methods: []", "methods: []", "至少要有 1 项"),
        ("[kindergarten, primary]", "[primary, primary]", "[primary, primary]", "写了两次"),
        ("code: A1.2", "code: 甲", "code: 甲", "的写法不对"),
        ("title: 收费", "titel: 收费", "titel", "不认识的键“titel”，是否想写“title”"),
        ("points: 30", "points: 30.05", "points: 30.05", "分数最多一位小数，写的是30.05"),
        ("points: 30", "points: -30", "points: -30", "分数不能小于 0"),
        ("points: 30", "points: many", "points: many", "这里要写数"),
        ("points: 30", "points: true", "points: true", "这里要写数"),
        ("weight: 60%", "weight: 50%", "weight: 50%", "权重与分值不符"),
        ("weight: 60%", "weight: 0.6", "weight: 0.6", "这里要写百分比，如 80%"),
        ("    nodes:\n", "    leaves: []\n    nodez:\n", "nodez", "是否想写“nodes”"),
        # ways of scoring
        ("{way: points}}\n      - code", "{way: pionts}}\n      - code", "pionts", "想写“points”"),
        ("{way: points}}\n      - code", "{}}\n      - code", "scoring: {}", "缺少“way”"),
        ("each: 2, ", "", "未公示", "二选一"),
        ("each: 2,", "each: 31,", "未公示", "每次扣分应大于 0 且不超过本指标 30 分"),
        ("[1, 5]", "[1]", "账目不清", "缺少第 2 项"),
        ("[1, 5]", "[1, 2, 3]", "账目不清", "最多 2 项"),
        ("[1, 5]", "[5, 1]", "账目不清", "由小到大"),
        ("良: 0.8", "良: 1.2", "良: 1.2", "系数应在 0 到 1 之间"),
        ("中: 0.6", "中: 0.9", "中: 0.9", "等级应由高到低"),
        ("zero: 2", "zero: 5", "zero: 5", "零分值应比满分值差"),
        ("zero: 2", "steps: [{value: 5, share: 50%}]", "steps:", "由好到差"),
        ("of: number", "of: ratio", "of: ratio", "单位只能是 %"),
        (
            "number, direction: at_least, unit: 平方米, full: 4",
            'ratio, direction: at_least, unit: "%", full: 400',
            "full: 400",
            "0 到 100 之间",
        ),
        # owners
        ("{code: A1.1,", "{code: A1.1, owner: value_added,", "A1.1, owner", "增值性评价单列"),
        # grades and vetoes
        ("each_area: 80%", "each_area: 180%", "180%", "百分比应在 0% 到 100% 之间"),
        ("at_least: 60", "at_least: 95", "at_least: 95", "等级应由高到低：B 等的分数线不低于 A 等"),
        ("at_least: 90", "at_least: 901", "at_least: 901", "超过总分 100 分"),
        ("at_least: 60", "at_least: 60, each_area: 90%", "each_area: 90%", "底线高于 A 等"),
        ("at_least: 60", "at_least: 60, areas: {A9: 50%}", "A9", "没有领域“A9”"),
        ("{letter: C}", "{letter: C, at_least: 50}", "letter: C, ", "最后一个等级 C 不设分数线"),
        ("letter: B", "letter: A", "letter: A, at_least: 60", "等级 A 写了两次"),
        ("at_most: C", "at_most: E", "at_most: E", "没有等级“E”"),
        # everything that YAML itself refuses
        ("title: 收费", "on: 收费", "on: 收费", "on 不能作键"),
        ("standard: small", "standard: !!python/name:os.system", "standard:", "不支持标签"),
    ],
)
def test_a_bad_standard_is_refused_by_line(was: str, becomes: str, at: str, words: str):
    assert was in SMALL
    text = SMALL.replace(was, becomes, 1)
    with pytest.raises(Mistakes) as caught:
        parse_standard(text, "bad.yaml")
    start = f"bad.yaml:{line_of(text, at)}: "
    lines = caught.value.lines()
    assert any(line.startswith(start) and words in line for line in lines), (start, lines)


def test_a_node_without_indicators_and_a_narrower_node_are_refused():
    text = SMALL.replace("    title: 条件\n", "    title: 条件\n    applies_to: [primary]\n")
    with pytest.raises(Mistakes, match=r"上级“A2\.1 班额与场地”不适用于幼儿园"):
        parse_standard(text, "bad.yaml")
    text = SMALL + "  - {code: E1, title: 空, points: 0}\n"
    with pytest.raises(Mistakes, match="“E1 空”下面没有指标"):
        parse_standard(text, "bad.yaml")


# ---- the example standard --------------------------------------------------------------------


@pytest.fixture(scope="module")
def example() -> Standard:
    return parse_standard(EXAMPLE.read_text(encoding="utf-8"), EXAMPLE.name)


def test_the_example_says_that_it_is_one(example: Standard):
    assert "示例，非官方" in example.title and "示例，非官方" in example.note
    assert example.standard == "example-1000"
    assert all("示例" in veto.title for veto in example.vetoes)


def test_the_example_splits_a_thousand_points_as_announced(example: Standard):
    split = {area.title: int(area.points) for area in example.areas}
    assert split == {
        "办学方向": 110,
        "内部管理": 130,
        "教育质量": 200,
        "教师队伍": 140,
        "学生发展": 160,
        "办学条件": 100,
        "发展特色": 60,
        "地方指标": 100,
        "增值性评价": 100,  # stands apart from the thousand
    }
    assert example.full == 1000


@pytest.mark.parametrize("kind", SCHOOL_KINDS)
def test_every_kind_of_school_has_its_own_leaves_out_of_the_same_points(
    example: Standard, kind: str
):
    leaves = example.for_school(kind)
    points = {
        owner: sum(leaf.points for leaf in leaves if leaf.owner == owner)
        for owner in ("provincial", "local", "value_added")
    }
    assert points == {"provincial": 900, "local": 100, "value_added": 100}
    assert 60 <= len(leaves) <= 80
    assert {leaf.scoring.way for leaf in leaves} == {"points", "deductions", "levels", "measure"}


def test_a_kindergarten_is_asked_in_its_own_words(example: Standard):
    titles = [area.title for area in example.areas_for("kindergarten")]
    assert titles[0] == "办园方向" and "保教质量" in titles and "办园条件" in titles
    school = {leaf.title for leaf in example.for_school("primary")}
    assert not any("幼儿" in title or "保教" in title for title in school)
    kindergarten = {leaf.title for leaf in example.for_school("kindergarten")}
    assert not any("课堂" in title or "作业" in title or "考试" in title for title in kindergarten)
