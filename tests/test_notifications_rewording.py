"""Messages in an office's own words, over a whole year in which everything is told to everybody:
every blank is filled from what the message at hand says and knows, and no date or note is lost."""

from collections.abc import Iterator

import pytest

from notifications.catalogue import MESSAGES, SHORT_AT_MOST, SUBJECT_AT_MOST, TEXT_AT_MOST, Rendered
from notifications.previewing import previews
from notifications.rewording import reworded, values_of
from rules.state import Wording
from rules.wordings import OF_AN_EVENT, ORIGINAL, blanks
from tests.told_story import told_all
from tests.told_year import ToldYear

# What the view of a message knows, whatever its kind.
KNOWN = dict.fromkeys(
    ("subject", "subject_short", "office", "phone", "process", "period", "stage"), "某"
)
KNOWN |= {"reader": {"name": "甲"}, "said": {}, "note": ""}
# The year has no standard to score by, and no letter with a number.
SILENT = {"self_assessment": {"得分", "等级"}, "letter": {"文号"}}


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Iterator[ToldYear]:
    yield from told_all(tmp_path_factory.mktemp("told"))


def tried(told: ToldYear, kind: str, **wording: str) -> list[Rendered]:
    with told.database.reading() as connection:
        asked = connection, told.journal.shelf, "O", kind, Wording(**wording)
        return [one.own for one in previews(*asked)]


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_every_blank_of_every_message_is_filled(told, kind):
    lines = "\n".join(f"{name}＝【{name}】" for name in blanks(kind) if name != ORIGINAL)
    found = tried(told, kind, text=f"【期限】\n{lines}"[:600], subject="【单位简称】")
    assert found, kind
    for one in found:
        assert "【" not in one.text + one.subject and "None" not in one.text
        assert len(one.text) <= TEXT_AT_MOST and 0 < len(one.subject) <= SUBJECT_AT_MOST


@pytest.mark.parametrize("stage", OF_AN_EVENT)
def test_each_blank_of_a_stage_has_something_to_say_in_some_message_of_it(told, stage):
    own = OF_AN_EVENT[stage]
    lines = "\n".join(["【原文】", *(f"{name}＝【{name}】" for name in own)])
    kinds = [kind for kind in MESSAGES if own.items() <= blanks(kind).items()]
    texts = [one.text for kind in kinds for one in tried(told, kind, text=lines)]
    said = {line.partition("＝")[0] for text in texts for line in text.split("\n")}
    assert own.keys() - said == SILENT.get(stage, set())


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_the_original_stands_whole_in_a_wording_that_adds_a_line(told, kind):
    with told.database.reading() as connection:
        asked = connection, told.journal.shelf, "O", kind, Wording(text="【原文】\n谢谢。")
        for one in previews(*asked):
            assert one.own == one.built_in._replace(text=f"{one.built_in.text}\n谢谢。")


@pytest.mark.parametrize("kind", ["self_assessment.reminder", "issue_list.overdue"])
def test_what_the_clock_says_knows_its_day_and_how_long_still(told, kind):
    for one in tried(told, kind, text="【事项】|【截止日】|【余期】|【责任单位】\n【期限】"):
        task, day, left, who = one.text.split("\n")[0].split("|")
        assert all((task, day, left, who))
        assert one.text.split("\n")[1] == f"期限：{day}前（含当日）{task}，{left}。"


def test_a_note_of_the_original_is_never_lost():
    """Whoever gets it instead of another must know; the office need not think of it."""
    built_in = Rendered("主题", "甲，您好！\n请办理。\n注意：乙外出，本消息由您代收。", "请办理。")
    view = KNOWN | {"note": "注意：乙外出，本消息由您代收。"}
    own = reworded("planning.published", Wording(text="【称呼】\n请看。\n【期限】"), view, built_in)
    assert own.text == "甲，您好！\n请看。\n注意：乙外出，本消息由您代收。"
    assert own.subject == "主题" and own.short == "请办理。"


def test_a_wording_that_says_nothing_this_time_leaves_the_original():
    built_in = Rendered("主题", "请办理。", "请办理。")
    own = Wording(subject="【电话】", text="【期限】", short="【电话】")
    assert reworded("planning.published", own, KNOWN | {"phone": ""}, built_in) == built_in


def test_the_values_are_the_blanks_there_are():
    deadline = {"title": "提交", "day": "3月2日", "left": "今天到期", "bearer": "学校"}
    for kind in MESSAGES:
        of_the_clock = "截止日" in blanks(kind)
        seen = KNOWN | ({"deadline": deadline} if of_the_clock else {})
        values = values_of(kind, seen, Rendered("主题", "请办理。", "请办理。"))
        assert values.keys() == blanks(kind).keys() - {ORIGINAL}, kind


def test_too_long_is_cut_as_every_message_is(told):
    long = "很长的话" * 140
    [one, *_] = tried(told, "planning.published", text=f"【原文】{long}"[:600], short="长" * 160)
    assert len(one.text) == TEXT_AT_MOST and one.text.endswith("…")
    assert len(one.short) == SHORT_AT_MOST


NOTED = Rendered(
    "主题",
    "甲，您好！\n请办理。\n期限：2026年3月2日（周一）前（含当日）提交。\n注意：乙外出，由您代收。",
    "请在3月2日前（含当日）提交。",
)


@pytest.mark.parametrize(
    "words",
    [
        {"text": "长" * 590 + "【原文】"},
        {"text": "长" * 590 + "\n【期限】"},
        {"text": "长" * 590 + "【截止日】"},
        {"text": "【期限】\n" + "长" * 590},  # the note comes last
        {"text": "【期限】" * 150},
        {"short": "长" * 150 + "【原文】"},
        {"short": "长" * 150 + "【截止日】"},
    ],
)
def test_however_long_an_offices_words_are_neither_day_nor_note_is_cut_off(words):
    day = {"title": "提交", "day": "2026年3月2日（周一）", "left": "今天到期", "bearer": "学校"}
    view = KNOWN | {"deadline": day, "note": "注意：乙外出，由您代收。"}
    own = reworded("self_assessment.reminder", Wording(**words), view, NOTED)
    assert own == NOTED  # too long to be said: then as it is built in
