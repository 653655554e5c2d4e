"""A YAML file an office wrote is read with its lines, or refused with line and what was meant."""

import time
from decimal import Decimal
from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from rules import yaml_reading
from rules.positioned import Mistakes, Positioned, read_yaml, validate


def refused(text: str) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        read_yaml(text, "甲.yaml")
    return caught.value.lines()


def test_values_stay_plain_and_keep_their_lines():
    document = read_yaml(
        "process: demo\n"
        "# a comment\n"
        "stages:\n"
        "  - id: visit\n"
        "    days: 2\n"
        "    share: 0.5\n"
        "    open: true\n"
        "    none:\n"
        "    day: 2026-10-12\n"
        "    at: 08:30\n"
        '    code: "0101"\n'
        "    text: |\n"
        "      two\n"
        "      lines\n"
        "  - {id: letter}\n",
        "demo.yaml",
    )
    visit = {
        "id": "visit",
        "days": 2,
        "share": 0.5,
        "open": True,
        "none": None,
        "day": "2026-10-12",  # dates stay text
        "at": "08:30",  # YAML 1.1 would make base-60 numbers of times
        "code": "0101",
        "text": "two\nlines\n",
    }
    assert document.value == {"process": "demo", "stages": [visit, {"id": "letter"}]}
    assert document.line_of(()) == 1
    assert document.line_of(("stages",)) == 3
    assert document.line_of(("stages", 0)) == 4
    assert document.line_of(("stages", 0, "text")) == 12
    assert document.line_of(("stages", 1, "id")) == 15
    assert document.line_of(("stages", 0, "absent", "deeper")) == 4, "the nearest that is there"
    assert document.line_of(("stages", 7)) == 3


def test_a_file_from_windows_is_read_like_any_other():
    assert read_yaml("\ufeffa: 甲\r\nb: 乙\r\n", "x").value == {"a": "甲", "b": "乙"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        # nothing there, or not one document of keys and values
        ("", 1, "文件是空的"),
        ("# only a comment\n", 1, "文件是空的"),
        ("---\n", 1, "文件是空的"),
        ("just some prose\n", 1, "这不是键和值"),
        ("标题：督导评估\n", 1, "全角冒号"),
        ("a: 1\n---\nb: 2\n", 2, "第二份"),
        # YAML that is not YAML
        ("a: [1, 2\nb: 3\n", 2, "没有配对"),
        ('a: "open\nb: 3\n', 2, "引号没有配对"),
        ("a: b: c\n", 1, "冒号的位置不对"),
        ("a: 1\n   b: 2\n", 2, "不是合法的 YAML"),
        ("a: @x\n", 1, "要加引号"),
        ("a: 1\n标题：x\nb: 2\n", 3, "不是合法的 YAML"),
        # unseen characters
        ("a:\n\tb: 1\n", 2, "制表符"),
        ("a: x\x07y\n", 1, "U+0007"),
        ("a: 1\nb: \u202etxt\n", 2, "U+202E"),
        ("a: \ud800\n", 1, "U+D800"),
        ('a: 1\nb: "\\x1b[31m"\n', 2, "U+001B"),
        # keys
        ("a: 1\nb: 2\na: 3\n", 3, "重复的键“a”：第 1 行"),
        ("x:\n  on: visit.ended\n", 2, "on 不能作键"),
        ("Yes: 1\n", 1, "Yes 不能作键"),
        ("no: 1\n", 1, "no 不能作键"),
        ("true: 1\n", 1, "true 不能作键"),
        ("2026: 1\n", 1, "2026 不能作键"),
        ("~: 1\n", 1, "~ 不能作键"),
        ("? [a, b]\n: 1\n", 1, "键必须是文字"),
        # guesses on which YAML readers disagree
        ("a: yes\n", 1, "有歧义"),
        ("a: [on, off]\n", 1, "有歧义"),
        ("a: 0755\n", 1, "以 0 开头"),
        ("a: .inf\n", 1, "不是有限的数"),
        ("a: 123456789012345678\n", 1, "数字太长"),
        # tags that would run code or build something
        ("a: !!python/object/apply:os.system ['echo']\n", 1, "不支持标签 !!python/object/apply"),
        ("a: 1\nb: !!python/name:os.system\n", 2, "不支持标签"),
        ("a: !mine 1\n", 1, "不支持标签 !mine"),
        ("a: !!binary aGk=\n", 1, "不支持标签 !!binary"),
        ("a: !!set {x, y}\n", 1, "不支持标签 !!set"),
        ("!!python/dict {a: 1}\n", 1, "不支持标签"),
        ("a: !!int x\n", 1, "不符"),
        ("a: !e!x 1\n", 1, "不支持标签"),
        # anchors, aliases, merges
        ("a: &x 1\n", 1, "不支持锚点 &x"),
        ("a: &x [1]\nb: *x\n", 2, "不支持别名 *x"),
        ("a: 1\n<<: {b: 2}\n", 2, "不支持合并键"),
    ],
)
def test_what_is_refused_and_where(text: str, line: int, words: str):
    lines = refused(text)
    assert any(f"甲.yaml:{line}: " in found and words in found for found in lines), lines


def test_plain_core_tags_do_no_harm():
    value = read_yaml("a: !!str 5\nb: !!int 5\nc: !!map {d: !!seq [!!null ~]}\n", "x").value
    assert value == {"a": "5", "b": 5, "c": {"d": [None]}}


def test_every_mistake_of_a_file_is_told_at_once_in_the_order_of_its_lines():
    lines = refused("a: yes\nb: 1\nb: 2\non: 3\nc: !x 1\n")
    assert [line.split(":")[1] for line in lines] == ["1", "3", "4", "5"]


def test_large_and_exploding_files_are_refused_at_once():
    laughs = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 100)
    )
    bombs = [
        ("ten megabytes", "a: " + "x" * 10_000_000, "文件太大"),
        ("ten megabytes of lines", "a: b\n" * 2_000_000, "文件太大"),
        ("a megabyte in three bytes each", "a: " + "督" * 400_000, "文件太大"),
        ("a hundred levels of laughs", laughs, "不支持别名"),
        ("a hundred levels of nesting", "[" * 100 + "]" * 100, "嵌套太深"),
        ("sixty thousand items", "[" + "1," * 60_000 + "]", "内容太多"),
    ]
    for name, text, words in bombs:
        start = time.process_time()
        assert words in refused(text)[-1], name
        assert time.process_time() - start < 2, name


FRAGMENTS = st.one_of(
    st.sampled_from(["a: ", "b: ", "- ", "[", "]", "{", "}", ",", "? ", ": ", "# ", "'", '"']),
    st.sampled_from(["\n", "\n  ", "|\n", ">-\n", "---\n", "...\n", "%YAML 1.1\n", "%TAG ! x\n"]),
    st.sampled_from(["!!python/object/apply:os.system ", "!x ", "&a ", "*a ", "<<: ", "@", "`"]),
    st.sampled_from(
        ["on", "yes", "~", "0x1F", "1e9", "010", "-", "：", r"\x", r"\uD800", r"\UFFFFFFFF"]
    ),
)


@given(st.one_of(st.text(), st.lists(FRAGMENTS, max_size=30).map("".join)))
def test_whatever_the_text_it_is_read_or_refused_with_a_line(text: str):
    try:
        document = read_yaml(text, "x")
    except Mistakes as mistakes:
        assert mistakes.items
        last = text.count("\n") + text.count("\r") + 1
        assert all(1 <= item.line <= last and item.reason for item in mistakes.items)
    else:
        assert isinstance(document.value, dict | list)


@given(st.lists(FRAGMENTS, max_size=30).map("".join))
def test_without_libyaml_the_same_files_are_refused(text: str):
    """Offices install from wheels without libyaml too."""

    def outcome(loader: type) -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_reading, "Loader", loader)
            try:
                return read_yaml(text, "x").value
            except Mistakes:
                return Mistakes

    slow = outcome(yaml.SafeLoader)
    assert slow is Mistakes or slow == outcome(yaml_reading.Loader)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.text("甲乙ab :#-'\"[]{}", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("甲ab-", min_size=1), inner)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text("甲ab-", min_size=1), PLAIN, min_size=1))
def test_what_was_dumped_is_read_back(value: dict):
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    text = yaml.dump(value, Dumper=Plain, allow_unicode=True, default_flow_style=False)
    assert read_yaml(text, "x").value == value


# ---- giving a document its shape -------------------------------------------------------------


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Visit(Strict):
    kind: Literal["visit"]
    id: str
    days: int = Field(ge=1, default=2)
    visit: str = ""


class Letter(Strict):
    kind: Literal["letter"]
    id: str
    deadlines: dict[str, str] = {}


class Process(Strict):
    title: str = Field(min_length=2)
    version: str
    period: Literal["year", "term", "month"] = "year"
    weight: Decimal = Decimal(1)
    stages: tuple[Annotated[Visit | Letter, Field(discriminator="kind")], ...] = Field(min_length=1)


GOOD = """\
title: 示例
version: "4.1"
stages:
  - kind: visit
    id: v
  - kind: letter
    id: l
    deadlines:
      submit: 5 working days
"""


def test_a_good_document_becomes_a_value():
    assert validate(Process, read_yaml(GOOD, "x")).stages[1].deadlines == {
        "submit": "5 working days"
    }


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        # (what the writer wrote instead), the line it stands on, what he is told
        (("title: 示例", "titel: 示例"), 1, "不认识的键“titel”，是否想写“title”？"),
        (("title: 示例", "titel: 示例"), 1, "缺少“title”"),
        (("title: 示例", "title: 5"), 1, "这里要写文字，写的却是5"),
        (("title: 示例", "title: 短"), 1, "至少要有 2 个字"),
        (('"4.1"', "4.1"), 2, "这里要写文字，写的却是4.1；编号、版本这样的数字请加引号"),
        (("stages:", "period: yeer\nstages:"), 3, "不认识的值“yeer”，是否想写“year”？"),
        (("stages:", "period: xx\nstages:"), 3, "可以写：year、term、month"),
        (("stages:", "weight: heavy\nstages:"), 3, "这里要写数，写的却是“heavy”"),
        (("kind: visit", "kind: vist"), 4, "“kind”不认识“vist”，是否想写“visit”？"),
        (("- kind: visit\n    id: v", "- id: v"), 4, "缺少“kind”"),
        (("    id: v", "    days: 2"), 4, "缺少“id”"),
        (("    id: v", "    id: v\n    days: 0"), 6, "不能小于 1，写的是0"),
        (("    id: v", "    id: v\n    days: two"), 6, "这里要写整数，写的却是“two”"),
        (("    id: v", "    id: v\n    dayss: 2"), 6, "不认识的键“dayss”，是否想写“days”？"),
        # a key named like its union member does not lead astray
        (("    id: v", "    visit: x\n    id: 7"), 6, "这里要写文字，写的却是7"),
        (("    id: v", "    id: v\n    deadlines: {}"), 6, "不认识的键“deadlines”"),
        (("submit: 5 working days", "submit: 5"), 9, "这里要写文字，写的却是5"),
        (("submit: 5 working days", "submit:"), 9, "这里要写文字，写的却是空"),
        (("  - kind: letter", "  - x\n  - kind: letter"), 6, "这里要写一组键和值，写的却是“x”"),
    ],
)
def test_a_wrong_shape_is_told_by_line(change: tuple[str, str], line: int, words: str):
    with pytest.raises(Mistakes) as caught:
        validate(Process, read_yaml(GOOD.replace(*change), "甲.yaml"))
    lines = caught.value.lines("乙.yaml")
    assert any(found.startswith(f"乙.yaml:{line}: ") and words in found for found in lines), lines


def test_a_document_made_in_code_has_lines_too():
    assert Positioned({"a": 1}, "x", {(): 1}).line_of(("a",)) == 1
