"""A title's lines: 词意完整、排列对称、长短适宜, in Word as in the PDF."""

from datetime import date
from itertools import pairwise

import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from documents.faces import Faces
from documents.papers import Annex, Paper, Text
from documents.pdf import to_pdf
from documents.titles import MOST, MOST_LINES, MOST_WIDE, title_lines, wide
from documents.word import to_word
from tests.paper_reading import read
from tests.printed import printed, said

# A title as papers have it, and where it breaks (/)
TITLES = [
    # it fits: one line, whatever it says
    "关于示例县第一小学的督评意见书",
    "学校督导评估“316工程”自评手册",
    "关于对西河九年制学校开展实地督导的公告",
    # the name whole, then what is done there
    "关于对示例县城关镇中心小学/开展实地督导的通知书",
    "关于对北京师范大学附属示例县实验学校/开展实地督导的公告",
    "对示例县城关镇中心幼儿园/实地督导的初步意见",
    # 第4号 is not torn; nor is 问题的整改通知书, which would leave 的通知书 alone
    "关于示例县城关镇中心小学/第4号问题的整改通知书",
    "关于示例县人力资源和社会保障局/第12号问题整改情况的报告",
    "关于协商解决示例县城关镇第二中心小学/有关问题的函",
    # 情况的通报 stays together, and what stands in quotation marks
    "关于2026年度学校督导评估/“316工程”情况的通报",
    "关于公示2026年度学校督导评估/“316工程”计划的公告",
    "2026年度学校督导评估/“316工程”专项督导报告",
    # days and school years are one word
    "关于示例县城关镇第一小学/2026年5月11日分层视导情况的通报",
    "关于示例县2026—2027学年度/义务教育均衡发展督导评估结果的通报",
    # a unit of government is a name too
    "关于示例县马蹄镇人民政府/履行教育职责情况的督评意见书",
    # what is too long to stay in its brackets breaks between words
    "关于印发《示例县义务教育/学校督导评估实施方案》的通知",
]


@pytest.mark.parametrize("shown", TITLES)
def test_a_title_breaks_where_its_meaning_allows(shown: str) -> None:
    assert title_lines(shown.replace("/", "")) == tuple(shown.split("/"))


def test_a_name_that_is_known_is_never_torn() -> None:
    title = "关于示例县第2实验小学开展义务教育质量监测情况的通报"
    name = "示例县第2实验小学"
    lines = title_lines(title, (name,))
    assert lines == (f"关于{name}", "开展义务教育质量监测情况的通报")


def test_a_name_of_sixty_characters_fills_lines_of_the_same_length() -> None:
    name = f"示例县城关镇{'希望' * 26}小学"
    lines = title_lines(f"关于{name}的督评意见书", (name,))
    assert len(name) == 60 and len(lines) == 4
    assert max(map(wide, lines)) - min(map(wide, lines)) <= 3
    assert lines[-1].endswith("小学的督评意见书")


def test_three_lines_are_no_hourglass() -> None:
    """A trapezoid or a lozenge: the middle one is not the shortest."""
    title = "关于示例县城关镇中心小学等十二所学校2026年度义务教育质量监测和教学常规检查情况的通报"
    widths = [wide(line) for line in title_lines(title)]
    assert len(widths) == 3
    assert not widths[0] > widths[1] < widths[2]


def test_a_page_on_its_side_has_longer_lines() -> None:
    title = "关于示例县2026—2027学年度义务教育均衡发展督导评估结果的通报"
    assert title_lines(title, most=MOST_WIDE) == (title,)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=120))
def test_nothing_of_a_title_is_lost_and_no_line_is_too_long(title: str) -> None:
    lines = title_lines(title)
    assert "".join(lines) == title
    assert len(lines) == 1 or all(wide(line) <= MOST for line in lines)
    assert len(lines) <= MOST_LINES


@given(st.text("关于对的第1号示例县小学《》“”（）情况通报", min_size=21, max_size=60))
def test_no_line_begins_with_what_closes_the_one_before(title: str) -> None:
    for before, line in pairwise(title_lines(title)):
        assert line[0] not in "》”）的" or before[-1] in "》”）的", (before, line)


def test_a_megabyte_of_title_takes_no_time() -> None:
    assert title_lines("题" * 1_000_000) == ("题" * 1_000_000,)


def test_word_and_the_pdf_break_it_at_the_same_places() -> None:
    title, annex = (shown.replace("/", "") for shown in (TITLES[5], TITLES[3]))
    paper = Paper(
        title, date(2026, 5, 8), (Text("略。"),), annexes=(Annex(annex, (Text("略。"),)),)
    )
    document = read(to_word(paper)[0]).document
    titles = [p for p in document.paragraphs if p.style.name == "公文标题"]
    assert [p.text.split("\n") for p in titles] == [TITLES[5].split("/"), TITLES[3].split("/")]
    assert all(len(p._p.findall(f".//{qn('w:br')}")) == 1 for p in titles)
    assert document.core_properties.title == title
    pages = printed(to_pdf(paper, "", Faces())[0])
    lines = [said(line) for page in pages for line in page.lines]
    assert set(TITLES[5].split("/")) | set(TITLES[3].split("/")) <= set(lines)
