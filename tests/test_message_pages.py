"""The page of a mail: it says what the text says, looks after its reader and loads nothing."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html

from notifications.catalogue import MESSAGES
from notifications.page import page, page_of
from notifications.parcels import Hand, parcels
from notifications.sender import Addressee, Outgoing
from tests.told_ledger import Channel
from tests.told_story import told_all
from tests.told_year import ToldYear

LINK = "https://dudao.test/read/a.b"
PORTAL = "https://dudao.test/"
CONFIRM = "我已阅知"
COLOURS = {"#14539a", "#8a4b00", "#b3261e", "#0b6166", "#1e6b34"}
ELEMENTS = {"html", "head", "meta", "title", "body", "table", "tr", "td", "th", "h1", "h2", "p"}
ELEMENTS |= {"strong", "span", "a"}
ATTRIBUTES = {"lang", "charset", "name", "content", "style", "role", "width", "cellspacing", "href"}
ATTRIBUTES |= {"cellpadding", "border", "bgcolor", "align", "valign"}


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Iterator[ToldYear]:
    yield from told_all(tmp_path_factory.mktemp("told"))


def page_of_row(row, link: str = "") -> str:
    """The page of a message as it stands in the ledger."""
    return page(row.name, row.subject, row.text, link, row.role)


def read(source: str) -> html.HtmlElement:
    """A page as a mail program reads it: nothing of it is broken, and nothing in it acts."""
    tree = html.document_fromstring(source, html.HTMLParser(recover=False))
    for element in tree.iter(html.etree.Element):
        assert element.tag in ELEMENTS, element.tag
        assert set(element.keys()) <= ATTRIBUTES, element.keys()
        assert "url(" not in element.get("style", "") and "@" not in element.get("style", "")
    return tree


def said_on(tree: html.HtmlElement) -> str:
    """What can be read on a page, without its gaps."""
    return "".join(tree.find("body").text_content().split())


def left_of(said: str, text: str) -> str:
    """What is said beyond the lines of a text, and that none of them is missing."""
    for line in sorted(("".join(line.split()) for line in text.split("\n")), key=len, reverse=True):
        told = line if line in said else line.replace("：", "", 1)  # its label has its own cell
        assert told in said, line
        said = said.replace(told, "", 1)
    return said


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_page_says_every_line_of_its_text_and_beyond_them_only_its_subject(told, name):
    for row in told.messages(name):
        assert left_of(said_on(read(page_of_row(row))), row.text) == "".join(row.subject.split())


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_where_there_is_a_portal_it_says_what_to_do_there_and_how_to_confirm(told, name):
    for row in told.messages(name):
        tree = read(page_of_row(row, LINK))
        *acts, confirm = tree.iter("a")
        assert (confirm.get("href"), confirm.text) == (LINK, CONFIRM)
        assert len(acts) <= 1 and all(act.get("href") == PORTAL for act in acts)
        for act in acts:
            assert re.fullmatch(r"[\u4e00-\u9fff，“”]{2,16}", act.text), act.text
            assert row.role != "public"


# what is asked of whom, by the words on the button and by the colour
ASKED = [
    ("self_assessment.opened", "school", "开始填写", "#8a4b00"),
    ("self_assessment.reminder", "school", "提交自评报告", "#8a4b00"),
    ("self_assessment.overdue", "office", "审核自评报告", "#b3261e"),
    ("self_assessment.accepted", "school", "", "#1e6b34"),
    ("self_assessment.returned", "school", "修改后重新提交", "#8a4b00"),
    ("self_assessment.returned", "township", "", "#14539a"),
    ("process_guidance.reminder", "inspector", "登记到校指导", "#8a4b00"),
    ("follow_up_visit.overdue", "inspector", "登记回访情况", "#b3261e"),
    ("issue_list.reminder", "school", "报告整改情况", "#8a4b00"),
    ("issue_list.escalation", "government", "查看办理情况", "#b3261e"),
    ("issue_list.issue.reported", "inspector", "核查整改情况", "#8a4b00"),
    ("issue_list.issue.closed", "school", "", "#1e6b34"),
    ("on_site_review.opinion_letter.issued", "school", "查看意见书", "#0b6166"),
    ("on_site_review.opinion_letter.issued", "township", "查看意见书", "#14539a"),
    ("on_site_review.reminder", "school", "提出申辩或确认无异议", "#0b6166"),
    ("planning.moved", "office", "", "#14539a"),
]


@pytest.mark.parametrize(("name", "role", "act", "colour"), ASKED)
def test_each_message_has_its_own_tone_and_its_own_call(told, name, role, act, colour):
    found = set()
    for row in told.messages(name):
        if row.role == role:
            source = page_of_row(row, LINK)
            said = "".join(one.text for one in list(read(source).iter("a"))[:-1])
            (shown,) = set(re.findall("border-top:4px solid (#......)", source))
            assert shown in COLOURS
            found.add((said, shown))
    assert (act, colour) in found


def test_dates_are_marked_and_notes_stand_in_a_table(told):
    row = next(r for r in told.messages("self_assessment.returned") if "期限：" in r.text)
    tree = read(page_of_row(row))
    notes = {tr.find("th").text: tr.find("td").text_content() for tr in tree.xpath("//tr[th]")}
    assert list(notes) == ["退回理由", "期限", "期限说明", "所属工作"]
    assert notes["退回理由"] == "教师队伍部分数据与年报不一致，请核对后重新填报。"
    assert [mark.text for mark in tree.iter("strong")] == ["2026年1月12日（周一）"]
    assert [kept.text for kept in tree.iter("span")] == ["0000-0000000"]  # on one line


BAD = "<script>alert(1)</script>"


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_school_may_be_called_whatever_it_likes(told, name):
    for row in told.messages(name)[:3]:
        bad = {at: getattr(row, at).replace("马蹄小学", BAD) + BAD for at in ("subject", "text")}
        source = page(name, bad["subject"], bad["text"], LINK + '"onclick="x', row.role)
        tree = read(source)
        assert "<script" not in source and BAD in tree.text_content()


WRITTEN = st.text(st.sampled_from("甲：。\n<>&\"'{}%#期限说明 /a"), max_size=60)


@given(st.sampled_from(sorted(MESSAGES)), WRITTEN.filter(str.strip), WRITTEN)
@example("self_assessment.reminder", "{{ 7*7 }}", "{% include 'x' %}\n<img src=x>：&lt;")
def test_whatever_is_written_is_said_and_not_obeyed(name, subject, text):
    tree = read(page(name, subject, text, LINK))
    assert "".join(subject.split()) in said_on(tree)
    assert {a.get("href") for a in tree.iter("a")} <= {LINK, PORTAL}
    left_of(said_on(tree), text)


# -- several as one ------------------------------------------------------------------------------


def hand(number: int, name: str, subject: str, text: str) -> Hand:
    """One message in hand for the same person."""
    to = Addressee("p", "示例校长", "head@school.test")
    outgoing = Outgoing(f"o#{number}", to, subject, text, date(2026, 3, 2), role="school")
    row = type("Row", (), {"key": f"o#{number}", "tries": 0})
    return Hand(row, outgoing._replace(name=name, link=f"{LINK}{number}"), Channel())


def test_a_digest_is_one_page_with_each_message_below_the_other():
    greeting = "示例校长，您好！\n"
    (parcel,) = parcels(
        [
            hand(1, "self_assessment.accepted", "自评报告已通过", greeting + "不用再补材料。"),
            hand(
                2, "issue_list.overdue", "整改逾期", greeting + f"已经逾期：{BAD}。\n对象：某校。"
            ),
        ]
    )
    source = page_of(parcel.outgoing)
    tree = read(source)
    assert [h.text for h in tree.iter("h1")] == ["督导消息2条（截至3月2日）"]
    assert [h.text for h in tree.iter("h2")] == ["一、自评报告已通过", "二、整改逾期"]
    assert re.findall("border-top:4px solid (#......)", source) == ["#1e6b34", "#b3261e"]
    assert [a.get("href") for a in tree.iter("a")] == [PORTAL, f"{LINK}1"]  # one to confirm by
    assert parcel.outgoing.text.count("您好") == 1 and said_on(tree).count("您好") == 1
    lines = "\n".join(line for line in parcel.outgoing.text.split("\n") if line)
    beyond = parcel.outgoing.subject + next(tree.iter("a")).text + CONFIRM
    assert left_of(said_on(tree), lines) == beyond


def test_a_message_that_is_none_of_ours_has_a_page_as_well():
    assert "测试消息" in said_on(read(page("test", "测试消息", "示例校长，您好！")))
