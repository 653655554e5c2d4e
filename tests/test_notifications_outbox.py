"""The local outbox: a page a person can read, each message on it whole or not there, wherever its
folder went."""

import shutil
from concurrent.futures import ThreadPoolExecutor
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


def test_a_page_is_readable_and_its_name_says_whose_it_is_and_of_which_day(tmp_path):
    assert Outbox(tmp_path).send(LETTER).state == "sent"
    (page,) = tmp_path.rglob("*.txt")
    assert page.parent.name == "2026-03-02"
    assert page.name.startswith("示例校长-")
    assert page.read_text("utf-8") == (
        "收件人：示例校长\n日期：2026年3月2日（周一）\n主题：马蹄小学：自评报告已退回，请修改\n\n"
        "示例校长，您好！\n请修改<b>后</b>重新提交 & 100%。\n—— 消息编号f205eb0ee9 ——\n\n\n"
    )


def test_sent_again_it_is_there_once(tmp_path):
    outbox = Outbox(tmp_path)
    outbox.send(LETTER)
    assert outbox.send(LETTER).state == "sent"
    (page,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert page.read_text("utf-8").count("主题：") == 1


def test_what_one_person_is_told_on_one_day_lies_on_one_page(tmp_path):
    outbox = Outbox(tmp_path)
    others = [LETTER._replace(key=f"C/p/2026/S1#0000{n}.0/school-1") for n in range(3, 6)]
    for letter in (LETTER, *others):
        outbox.send(letter)
    (page,) = tmp_path.rglob("*.txt")
    assert page.read_text("utf-8").count("主题：") == 4
    assert all(outbox.was_sent(letter) for letter in (LETTER, *others))
    outbox.send(LETTER._replace(on=date(2026, 3, 3)))
    assert len(list(tmp_path.rglob("*.txt"))) == 2


def test_two_people_of_one_name_have_two_pages(tmp_path):
    outbox = Outbox(tmp_path)
    outbox.send(LETTER)
    namesake = LETTER._replace(
        key="C/p/2026/S1#00002.0/school-2", to=Addressee("school-2", HEAD.name)
    )
    outbox.send(namesake)
    assert len(list(tmp_path.rglob("*.txt"))) == 2


@pytest.mark.parametrize("lost", [1, 12, 30, 60, 90])  # bytes, some of them half a character
def test_it_knows_what_it_sent_and_half_a_message_is_not_sent(tmp_path, lost):
    outbox = Outbox(tmp_path)
    assert not outbox.was_sent(LETTER)
    outbox.send(LETTER)
    assert outbox.was_sent(LETTER)
    (page,) = tmp_path.rglob("*.txt")
    whole = page.read_bytes().rstrip(b"\n")
    page.write_bytes(whole[:-lost])  # as a power cut may leave it
    assert not outbox.was_sent(LETTER)
    assert outbox.send(LETTER).state == "sent"
    assert outbox.was_sent(LETTER)


def test_many_writers_of_one_page_lose_nothing(tmp_path):
    outbox = Outbox(tmp_path)
    letters = [LETTER._replace(key=f"C/p/2026/S{n}#00002.0/school-1") for n in range(200)]
    with ThreadPoolExecutor(8) as writers:
        assert {result.state for result in writers.map(outbox.send, letters)} == {"sent"}
    assert all(outbox.was_sent(letter) for letter in letters)
    (page,) = tmp_path.rglob("*.txt")
    assert page.read_text("utf-8").count("主题：") == 200


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
