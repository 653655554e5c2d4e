"""Word's traps: what people type stands in the paper as they typed it, and nothing of it runs."""

import io
import re
import zipfile
from datetime import date

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from hypothesis import given
from hypothesis import strategies as st

from documents import cleaning
from documents.cleaning import Cleaner, file_name
from documents.papers import Annex, Heading, Paper, Text, numeral, sections, table
from documents.payloads import ERASED, Form
from documents.word import to_word
from tests.paper_reading import read

DAY = date(2026, 4, 3)


def everywhere(text: str) -> Paper:
    """A paper with the same text wherever a paper can have text."""
    return Paper(
        title=text,
        signed_on=DAY,
        mark=text,
        number=text,
        addressee=text,
        blocks=(Heading(text, 1), Heading(text, 2), Text(text), table([(text, 9)], [[text]], text)),
        signature=(text,),
        annexes=(Annex(text, (Text(text, "note"),)),),
        imprint=((text,), (text, text)),
    )


# what somebody typed, and how it stands in the paper
TYPED = [
    ("甲 & 乙", "甲 & 乙"),
    ("a < b > c", "a < b > c"),
    ("<w:p>&amp;</w:p>", "<w:p>&amp;</w:p>"),
    ("{{ 7*7 }}", "{{ 7*7 }}"),
    ("{% for x in y %}", "{% for x in y %}"),
    ("{# 注 #} {%p if x %} {{r x }}", "{# 注 #} {%p if x %} {{r x }}"),
    ("{{ ''.__class__.__mro__ }}", "{{ ''.__class__.__mro__ }}"),
    ("表现很好😀👩‍🏫", "表现很好😀👩‍🏫"),
    ("喆昇堃祎𠮷", "喆昇堃祎𠮷"),
    ("a\x00b\x07c", "a\ufffdb\ufffdc"),
    ("坏\ud800字", "坏\ufffd字"),
    ("\udc00\ud83d\ude00", "\ufffd😀"),  # a lone half, then two halves that belong together
    ("\ufffe\uffff", "\ufffd\ufffd"),
    ("两\t列", "两 列"),
    ("“引号”’", "“引号”’"),
    ("<![CDATA[x]]> <?xml?> <!-- -->", "<![CDATA[x]]> <?xml?> <!-- -->"),
    ("%{=`$(rm -rf x)", "%{=`$(rm -rf x)"),
    ("", ""),
    ("很" * 5000, "很" * 5000),
]


@pytest.mark.parametrize(("typed", "shown"), TYPED)
def test_a_text_stands_as_typed_wherever_it_is_put(typed: str, shown: str):
    letter = read(to_word(everywhere(typed))[0])
    optional = 2 if shown else 0  # number and addressee are left out where there are none
    assert letter.paragraphs.count(shown) >= 6 + optional
    assert letter.tables == [[[shown], [shown]]]
    if not re.search("[\ufffd]", shown):
        assert letter.document.core_properties.title == shown


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_at_all_makes_a_file_word_can_open(text: str):
    content, _ = to_word(Paper("题", DAY, (Text(text), table([("列", 1)], [[text]]))))
    lines = Cleaner().clean(text).split("\n")
    letter = read(content)
    assert letter.paragraphs[1 : 1 + len(lines)] == lines
    assert letter.tables[0][1] == ["\n".join(lines)]


def test_line_ends_of_every_system_begin_a_new_paragraph():
    content, mended = to_word(Paper("题", DAY, (Text("一\r\n二\r三\n四\u2028五"),)))
    assert read(content).paragraphs[1:6] == ["一", "二", "三", "四", "五"]
    assert mended == ()


def test_what_had_to_be_replaced_is_reported():
    _, mended = to_word(Paper("题", DAY, (Text("a\x00\x01\ud800"),)))
    assert mended == (
        "有1个残缺字符无法显示，已用“\ufffd”代替。",
        "有2个控制字符无法写入文书，已用“\ufffd”代替。",
    )


def test_a_megabyte_of_text_is_all_there():
    text = "督" * 1_000_000
    content, mended = to_word(Paper("题", DAY, (Text(text),)))
    assert read(content).paragraphs[1] == text
    assert mended == ()


def test_beyond_that_a_text_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cleaning, "MOST", 10)
    content, mended = to_word(Paper("题", DAY, (Text("一二三四五六七八九十甲乙"),)))
    cut = "一二三四五六七八九十……（原文共12字，以下从略，全文见案卷）"
    assert read(content).paragraphs[1] == cut
    assert mended == ("有1处文字过长，文书中已截短。",)


def test_the_same_paper_gives_the_same_bytes_and_tells_nothing_of_its_making():
    paper = everywhere("文书")
    assert to_word(paper) == to_word(paper)
    with zipfile.ZipFile(io.BytesIO(to_word(paper, "示例督导室")[0])) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert len(file.namelist()) == len(set(file.namelist()))
        assert file.testzip() is None
        core = file.read("docProps/core.xml").decode()
    assert "2026-04-03T00:00:00" in core and "示例督导室" in core
    assert "python" not in core.lower()


def test_a_wide_paper_lies_on_its_side_and_every_table_fills_the_page():
    columns = [("两字", n + 1) for n in range(12)]
    wide = table(columns, [[str(n)] * 12 for n in range(300)])
    content, _ = to_word(Paper("清单", DAY, (wide,), landscape=True))
    document = docx.Document(io.BytesIO(content))
    page = document.sections[0]
    assert page.page_width > page.page_height
    widths = [column.width for column in document.tables[0].columns]
    text = page.page_width - page.left_margin - page.right_margin
    assert abs(sum(widths) - text) < Mm(1)
    assert min(widths) >= Pt(2 * 10.5)  # a head of two characters is not broken
    assert len(read(content).tables[0]) == 301


# a title, and the name of its file
NAMES = [
    ("关于示例小学的督评意见书", "关于示例小学的督评意见书.docx"),
    ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j.docx"),
    ("../../etc/passwd", "etc_passwd.docx"),
    ("甲\u202e乙\x00\ud800", "甲乙.docx"),
    (" .. ", "文书.docx"),
    ("", "文书.docx"),
    ("长" * 500, "长" * 60 + ".docx"),
]


@pytest.mark.parametrize(("title", "name"), NAMES)
def test_file_names_suit_every_system(title: str, name: str):
    assert file_name(title) == name


@given(st.text(st.characters(exclude_categories=())))
def test_no_title_makes_a_dangerous_name(title: str):
    name = file_name(title)
    assert len(name.encode()) < 255
    assert name.endswith(".docx") and not name.startswith(".")
    assert not set('/\\:*?"<>|\n\r\0') & set(name)


# what a form holds under a key, as one text, and as several
HELD = [
    ("文字", "文字", ["文字"]),
    (["甲", "", None, "乙"], "甲；乙", ["甲", "乙"]),
    ([], "", []),
    (None, "", []),
    (7.5, "7.5", ["7.5"]),
    (True, "是", ["是"]),
    ({"甲": 1}, "甲：1", ["甲：1"]),
    ("  ", "", []),
]


@pytest.mark.parametrize(("held", "text", "texts"), HELD)
def test_a_form_is_read_whatever_shape_it_has(held: object, text: str, texts: list[str]):
    form = Form({"key": held})
    assert (form.text("key"), form.texts("key")) == (text, texts)
    assert form.part("key").text("x") == "" and form.part("no").parts("x") == []


def test_an_erased_form_says_so_in_every_part():
    gone = Form({}, erased=True)
    assert gone.text("x") == gone.part("a").part("b").text("x") == ERASED
    assert gone.texts("x") == [ERASED]
    assert gone.parts("x")[0].text("y") == ERASED


def test_sections_are_numbered_as_offices_do():
    assert [numeral(n) for n in (1, 9, 10, 11, 20, 21, 99, 100)] == [
        *("一", "九", "十", "十一", "二十", "二十一", "九十九"),
        "100",
    ]
    assert sections(("甲", []), ("乙", [Text("丙")])) == (
        Heading("一、甲"),
        Text("无。"),
        Heading("二、乙"),
        Text("丙"),
    )


def test_the_signature_never_stands_alone_on_a_page():
    blocks = (Text("甲"), Text("乙\n丙"))
    document = read(to_word(Paper("题", DAY, blocks, signature=("某室",)))[0]).document
    kept = {p.text: p.paragraph_format.keep_with_next for p in document.paragraphs}
    assert kept["丙"] and kept["某室"]
    assert not kept["甲"] and not kept["乙"]


def test_a_line_does_not_end_in_the_middle_of_a_number():
    styles = read(to_word(Paper("题", DAY, ()))[0]).document.styles.element
    languages = list(styles.iter(qn("w:lang")))
    assert languages
    for language in languages:
        assert language.get(qn("w:val")) == "en-US"
        assert language.get(qn("w:eastAsia")) == "zh-CN"
