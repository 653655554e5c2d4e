"""What is told of a definition's mistakes as a whole, and of texts that are no definition."""

import time

import pytest

from rules.loading import load_definition
from tests.definitions import GOOD, KNOWN, mistakes


def line_of(told: list[str], words: str) -> int:
    return int(next(line for line in told if words in line).split(":")[1])


def test_a_mistakes_line_is_exact():
    text = GOOD.replace("review: 5 working days after submitted", "review: 5 days after sumbitted")
    (told,) = mistakes(text)
    assert told == "definition.yaml:18: 没有“sumbitted”这个事件，是否想写 submitted"


def test_every_mistake_is_told_at_once_in_the_order_of_its_lines():
    text = GOOD.replace("after returned", "after retuned").replace("1/3", "5/3")
    text = text.replace("issue.refused", "issue.refusd")
    told = mistakes(text.replace("5/3", "1/3"))
    assert [line.split(":")[1] for line in told] == ["17", "54"]


def test_messages_without_a_template_are_mistakes():
    without = KNOWN._replace(
        messages=KNOWN.messages - {"self_assessment.submitted", "planning.overdue"}
    )
    told = mistakes(GOOD, without)
    assert "消息 self_assessment.submitted 没有模板" in told[0]
    assert line_of(told, "消息 planning.overdue 没有模板") == 22


def test_circles_of_stages_are_mistakes():
    """Each opens when the other is finished: neither ever begins."""
    circle = GOOD.replace("opens: when plan.selected", "opens: when again.finished")
    told = mistakes(circle)
    assert line_of(told, "环节“督导”要等自己结束后才能开始，成了没有出口的循环")
    assert line_of(told, "环节“回访”要等自己结束后才能开始，成了没有出口的循环")


def test_two_plans_would_answer_a_school_twice():
    second = GOOD[GOOD.index("  - id: plan") : GOOD.index("  - id: visit")]
    told = mistakes(GOOD + second.replace("id: plan", "id: plan_2"))
    assert "一个流程只能有一个“制定计划”环节" in told[0]


# -- what is no definition at all ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "文件是空的"),
        ("process: [", "不是合法的 YAML"),
        ("process: a\n\ttitle: b\n", "有制表符（Tab）"),
        ("- a\n- b\n", "一组键和值"),
        ("只有一句话", "这不是键和值"),
        ("a: 1\n---\nb: 2\n", "一个文件只能有一份文档"),
        ("\x00\x01", "看不见的控制字符"),
        # tags that would run code where YAML is read carelessly
        ('process: !!python/object/apply:os.system ["true"]\n', "不支持标签"),
        ("process: !!python/name:os.system\n", "不支持标签"),
        ("!!python/object/new:type {}\n", "不支持标签"),
        # words YAML guesses at
        ("on: 1\n", "on 不能作键"),
        ("process: yes\n", "有歧义"),
        ("version: 0123\n", "以 0 开头：编号请加引号"),
    ],
)
def test_text_that_is_no_definition(text: str, words: str):
    told = mistakes(text)
    assert any(words in line for line in told), told


def test_anchors_that_would_explode_are_refused_at_once():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    began = time.process_time()
    told = mistakes("\n".join(lines))
    assert time.process_time() - began < 1
    assert "锚点" in told[0] or "别名" in told[0]


def test_ten_megabytes_are_refused_at_once():
    began = time.process_time()
    (told,) = mistakes("title: " + "长" * 10_000_000)
    assert told == "definition.yaml:1: 文件太大：最多 1024 KB"
    assert time.process_time() - began < 1


def test_a_thousand_stages_are_many_mistakes_but_no_wait():
    began = time.process_time()
    stage = GOOD[GOOD.index("  - id: account") : GOOD.index("  - id: plan")]
    text = GOOD + "".join(stage.replace("id: account", f"id: s{n}") for n in range(1000))
    definition = load_definition(text, "definition.yaml", KNOWN)
    assert len(definition.stages) == 1005
    assert time.process_time() - began < 10
