"""An office's own words for a message: what may be filled in, what is refused, and its log."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import Recorded
from engine.shelf import Shelf
from rules.office_affairs import own_case
from rules.state import Wording
from rules.values import Actor, Refusal
from rules.wordings import (
    EVERYWHERE,
    OF_AN_EVENT,
    ORIGINAL,
    KeepBuiltIn,
    Reword,
    WordingCommand,
    blanks,
    filled,
    wrong_in,
)
from tests.county import CLERK, HEAD, OFFICE, County, sound

REMINDER, RAISED = "self_assessment.reminder", "issue_list.issue.raised"
OWN = own_case(OFFICE)


@pytest.mark.parametrize(
    ("message", "wording", "wrong"),
    [
        (REMINDER, {"text": "【原文】\n纸质材料一并报送。"}, {}),
        (REMINDER, {"text": "【称呼】\n【事项】，【截止日】前完成，【余期】。"}, {}),
        (REMINDER, {"subject": "【单位简称】：【事项】", "short": "【期限】"}, {}),
        (RAISED, {"text": "【期限】\n【问题号】号：【问题】（【整改类别】）"}, {}),
        (REMINDER, {}, {}),
        # a blank that another kind of message has
        (REMINDER, {"text": "【原文】【问题号】"}, {"text": "没有【问题号】可填"}),
        (RAISED, {"text": "【期限】【截止日】"}, {"text": "没有【截止日】可填"}),
        (REMINDER, {"text": "【原文】【校长】【原文】"}, {"text": "没有【校长】可填"}),
        (REMINDER, {"subject": "【】到期"}, {"subject": "没有【】可填"}),
        (REMINDER, {"text": "【原文】【期限\n】"}, {"text": "没有成对"}),
        (REMINDER, {"text": "【原文】】"}, {"text": "没有成对"}),
        (REMINDER, {"subject": "【" + "长" * 21 + "】"}, {"subject": "没有成对"}),
        # the day would be lost
        (REMINDER, {"text": "请尽快办理。"}, {"text": "要有【原文】或【期限】"}),
        # a group is read by everybody
        (RAISED, {"short": "【问题】"}, {"short": "群里人人可见，不能用【问题】"}),
        (RAISED, {"short": "【原因】【内容】"}, {"short": "不能用【内容】、【原因】"}),
    ],
)
def test_what_is_wrong_with_a_wording_is_said_part_by_part(message, wording, wrong):
    found = {one.part: one.reason for one in wrong_in(message, Wording(**wording))}
    assert found.keys() == wrong.keys()
    assert all(wrong[part] in found[part] for part in wrong)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("【称呼】\n【事项】", "马校长，您好！\n提交自评报告"),
        ("文号【文号】\n【事项】", "提交自评报告"),  # a line whose blanks are all empty
        ("【文号】【事项】", "提交自评报告"),
        ("没有空\n【文号】", "没有空"),
        ("【事项】【", "提交自评报告【"),
    ],
)
def test_blanks_are_filled_and_a_line_that_says_nothing_is_left_out(text, said):
    values = {"称呼": "马校长，您好！", "事项": "提交自评报告", "文号": ""}
    assert filled(text, values) == said


@given(st.text(st.sampled_from("【】原文期限a\n{}%")), st.text(st.sampled_from("【】{原文}\\1")))
def test_whatever_is_filled_in_is_text_and_not_looked_at_again(text: str, value: str) -> None:
    said = filled(text, dict.fromkeys(EVERYWHERE, value) | {ORIGINAL: value})
    apart = text
    for name in EVERYWHERE:
        apart = apart.replace(f"【{name}】", "\0")
    whole = [line.replace("\0", value) for line in apart.split("\n") if value or "\0" not in line]
    unknown = _unknown(text)
    assert unknown or said == "\n".join(whole)


def _unknown(text: str) -> bool:
    return any(one.reason for one in wrong_in(REMINDER, Wording.model_construct(subject=text)))


@given(st.text(), st.sampled_from([REMINDER, RAISED, "letter.withdrawn"]))
def test_checking_takes_any_text(text, message):
    wording = Wording.model_construct(subject=text, text=text, short=text)
    assert all(wrong.reason for wrong in wrong_in(message, wording))


def test_every_kind_has_the_blanks_of_its_own():
    assert "截止日" in blanks(REMINDER) and "得分" not in blanks(REMINDER)
    for stage, own in OF_AN_EVENT.items():
        assert own.items() <= blanks(f"{stage}.happened").items()


# -- in the office's log -------------------------------------------------------------------------


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    county = County(database_url)
    yield county
    county.close()


def told(county: County, command: WordingCommand, actor: Actor = CLERK) -> Recorded | Refusal:
    return county.journal.record(county.entry("S1", command, actor)._replace(case=OWN))


def reworded(text: str, message: str = REMINDER) -> Reword:
    return Reword(office=OFFICE, message=message, wording=Wording(text=text))


def held(county: County) -> dict[str, tuple[int, str]]:
    with county.database.reading() as connection:
        found = Shelf().own_affairs(connection, OFFICE).wordings
    return {message: (one.version, one.wording.text) for message, one in found.items()}


def test_versions_are_counted_and_what_holds_already_is_no_event(county: County) -> None:
    assert len(told(county, reworded("【原文】甲")).events) == 1
    assert told(county, reworded("【原文】甲")).events == ()
    told(county, reworded("【原文】乙"))
    told(county, reworded("【期限】丙", RAISED))
    assert held(county) == {REMINDER: (2, "【原文】乙"), RAISED: (1, "【期限】丙")}
    assert len(told(county, KeepBuiltIn(office=OFFICE, message=REMINDER)).events) == 1
    assert told(county, KeepBuiltIn(office=OFFICE, message=REMINDER)).events == ()
    assert held(county)[REMINDER] == (3, "")


def test_of_two_who_reword_at_once_the_later_one_looks_again(county: County) -> None:
    told(county, reworded("【原文】甲").model_copy(update={"over": 0}))
    late = told(county, reworded("【原文】乙").model_copy(update={"over": 0}))
    assert isinstance(late, Refusal) and "别人刚改过" in late.reason
    assert held(county) == {REMINDER: (1, "【原文】甲")}
    again = KeepBuiltIn(office=OFFICE, message=REMINDER, over=0)
    assert isinstance(told(county, again), Refusal)
    assert told(county, reworded("【原文】乙").model_copy(update={"over": 1})).events


def test_it_is_the_offices_own_affair_and_what_is_wrong_is_refused(county: County) -> None:
    refused = told(county, reworded("请尽快办理。"))
    assert isinstance(refused, Refusal) and "正文：正文里要有" in refused.reason
    assert isinstance(told(county, reworded("【原文】"), HEAD), Refusal)
    other = reworded("【原文】").model_copy(update={"office": "X"})
    assert isinstance(told(county, other), Refusal)
    assert held(county) == {}


def test_the_log_holds_it_whole(county: County) -> None:
    told(county, reworded("【原文】甲"))
    told(county, KeepBuiltIn(office=OFFICE, message=REMINDER))
    assert sound(county.database)
