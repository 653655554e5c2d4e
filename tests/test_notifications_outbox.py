"""The local outbox: a page a person can read, whole or not there, wherever its folder went."""

import shutil
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.catalogue import MESSAGES, render
from notifications.cleaning import clean, one_line, shorten
from notifications.outbox import Outbox
from notifications.sender import Addressee, Outgoing

HEAD = Addressee("school-1", "示例校长")
LETTER = Outgoing(
    "C/p/2026/S1#00002.0/school-1",
    HEAD,
    "马蹄小学：自评报告已退回，请修改",
    "示例校长，您好！\n请修改<b>后</b>重新提交 & 100%。",
    date(2026, 3, 2),
)


def test_a_page_is_readable_and_its_name_says_to_whom_and_what(tmp_path):
    assert Outbox(tmp_path).send(LETTER).state == "sent"
    (page,) = tmp_path.rglob("*.txt")
    assert page.parent.name == "2026-03-02"
    assert page.name.startswith("示例校长-马蹄小学：自评报告已退回，请修改-")
    assert page.read_text("utf-8") == (
        "收件人：示例校长\n日期：2026年3月2日（周一）\n主题：马蹄小学：自评报告已退回，请修改\n\n"
        "示例校长，您好！\n请修改<b>后</b>重新提交 & 100%。\n"
    )


def test_sent_again_it_is_the_same_page(tmp_path):
    outbox = Outbox(tmp_path)
    outbox.send(LETTER)
    outbox.send(LETTER)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_two_people_of_one_name_have_two_pages(tmp_path):
    outbox = Outbox(tmp_path)
    outbox.send(LETTER)
    outbox.send(LETTER._replace(key="C/p/2026/S1#00002.0/school-2"))
    assert len(list(tmp_path.rglob("*.txt"))) == 2


def test_it_knows_what_it_sent_and_half_a_page_is_not_sent(tmp_path):
    outbox = Outbox(tmp_path)
    assert not outbox.was_sent(LETTER)
    outbox.send(LETTER)
    assert outbox.was_sent(LETTER)
    (page,) = tmp_path.rglob("*.txt")
    page.write_bytes(page.read_bytes()[:90])  # as a power cut may leave it
    assert not outbox.was_sent(LETTER)


def test_a_folder_that_vanished_is_made_again(tmp_path):
    outbox = Outbox(tmp_path / "outbox")
    outbox.send(LETTER)
    shutil.rmtree(tmp_path / "outbox")
    assert not outbox.was_sent(LETTER)
    assert outbox.send(LETTER).state == "sent"
    assert outbox.was_sent(LETTER)


def test_a_folder_that_cannot_be_made_is_a_matter_for_later(tmp_path):
    (tmp_path / "outbox").write_text("这里已经有一个文件")
    result = Outbox(tmp_path / "outbox").send(LETTER)
    assert result.state == "later"
    assert result.detail.startswith("发件箱文件夹不能写入")


def test_who_has_no_name_has_no_address_here(tmp_path):
    nobody = LETTER._replace(to=Addressee("x", ""))
    assert Outbox(tmp_path).send(nobody).state == "skipped"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\c:d", "...", " ", "长" * 300, "\x00"])
def test_no_name_leads_out_of_the_outbox(tmp_path, name):
    outbox = Outbox(tmp_path / "outbox")
    letter = LETTER._replace(to=Addressee("x", name), subject=name)
    assert outbox.send(letter).state == "sent"
    (page,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert page.parent.parent == tmp_path / "outbox"


@given(st.text(), st.integers(1, 60))
def test_whatever_is_typed_is_cleaned_to_one_line_of_bounded_length(text, most):
    line = one_line(text, most)
    assert len(line) <= most and "\n" not in line
    assert line.isprintable()
    assert clean(clean(text)) == clean(text)
    clean(text).encode("utf-8")
    assert len(shorten(text, most)) <= most


BAD = "甲\x00\x1b\u202e\ud800{{ 7*7 }}{% include 'x' %}\r\n乙"


@pytest.mark.parametrize("name", sorted(n for n in MESSAGES if n.endswith(".reminder")))
def test_bad_text_in_a_view_is_told_and_not_obeyed(name):
    deadline = dict.fromkeys(
        ["title", "day", "short_day", "left", "why", "role", "bearer", "right", "of", "how", "was"],
        BAD,
    )
    view = {
        **dict.fromkeys(["process", "period", "stage", "subject", "subject_short"], BAD),
        **dict.fromkeys(["office", "phone", "note"], BAD),
        "deadline": deadline | {"late": False},
        "reader": {"name": BAD, "role": "school", "bears": True},
    }
    words = render(name, view)
    said = words.subject + words.text
    assert "49" not in said and "{{ 7*7 }}" in words.text
    assert said.replace("\n", "").isprintable()
    assert len(words.subject) <= 40 and len(words.text) <= 500
