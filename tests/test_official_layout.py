"""GB/T 9704-2012 measured, in typst's PDF and in what LibreOffice prints of the Word file."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from documents.faces import Faces
from documents.papers import Annex, Heading, Paper, Radar, Series, Text, sections, table
from documents.pdf import to_pdf
from documents.word import to_word
from tests.printed import Glyph, Page, by_libreoffice, printed, said

OFFICE = "示例县人民政府教育督导委员会办公室"
FULL = "督导评估是教育管理的重要环节必须依法依规开展工作并如实记录全过程的情况和结果以便查证"
# Millimetres: the type area of an upright page, and how far off anything may be.
LEFT, RIGHT, TOP, BOTTOM, OFF = 28.0, 210.0 - 26.0, 37.0, 297.0 - 35.0, 1.0
PITCH, STEP = 225 / 22, 156 / 28
ROWS = [[f"第{number}项", "10.0", "9.5"] for number in range(1, 61)]

LETTER = Paper(
    title="关于示例县第一小学的督评意见书",
    signed_on=date(2026, 9, 5),
    mark=f"{OFFICE}文件",
    number="示督评〔2026〕1号",
    addressee="示例县第一小学：",
    blocks=(
        Text(FULL * 26),
        *sections(
            ("得分", [table([("指标", 60), ("满分", 20), ("得分", 20)], ROWS, "得分表")]),
            ("比较", [Radar(tuple("甲乙丙丁"), (Series("自评", (0.9, 0.8, 0.7, 0.6)),), "得分率")]),
            ("问题", [Heading("（一）班额", 2), Text("部分班级超额。")]),
        ),
    ),
    signature=(OFFICE,),
    annexes=(Annex("得分表", (Text("略。"),)),),
    imprint=(("抄送：示例市教育督导室。",), (OFFICE, "2026年9月5日印发")),
)

Print = Callable[[Paper], list[Page]]


@pytest.fixture(scope="module", params=["typst", "LibreOffice"])
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    """The letter, printed the one way and the other."""
    if request.param == "typst":
        return printed(to_pdf(LETTER, OFFICE, Faces())[0])
    folder = tmp_path_factory.mktemp("word")
    return printed(by_libreoffice(to_word(LETTER, OFFICE)[0], folder))


def near(*pairs: tuple[float, float]) -> bool:
    """Whether what was measured is what the standard asks, to the millimetre."""
    return all(abs(measured - asked) <= OFF for measured, asked in pairs)


def test_a_page_of_text_has_22_lines_of_28_characters(pages: list[Page]) -> None:
    page = pages[1]
    *lines, number = page.lines
    assert len(lines) == 22
    assert [len(line) for line in lines] == [28] * 22
    assert said(number) == "—2—"
    assert {round(g.size) for line in lines for g in line} == {16}


def test_lines_and_characters_stand_in_their_grid(pages: list[Page]) -> None:
    lines = pages[1].lines[:22]
    first, last = lines[0][0], lines[-1][-1]
    assert near((first.left, LEFT), (last.right, RIGHT))
    assert near((last.foot - first.foot, 21 * PITCH))
    for line in lines:
        for place, glyph in enumerate(line):
            assert near((glyph.left, LEFT + place * STEP)), (place, glyph)
    # A character of 16 pt stands in the middle of its line: 2.3 mm above it, 2.3 mm below.
    assert first.foot - 16 * 0.3528 + 1 >= TOP and last.foot <= BOTTOM


def test_the_page_is_a4_and_nothing_leaves_the_type_area(pages: list[Page]) -> None:
    for page in pages:
        assert near((page.width, 210), (page.height, 297))
        *written, number = page.lines
        for line in written:
            assert line[0].left >= LEFT - OFF and line[-1].right <= RIGHT + OFF
            assert TOP - OFF <= line[0].foot <= BOTTOM + OFF
        assert BOTTOM + 7 <= number[0].foot <= BOTTOM + 7 + 6


def test_odd_page_numbers_stand_right_and_even_ones_left_a_character_in(pages: list[Page]) -> None:
    for turn, page in enumerate(pages, 1):
        number = page.lines[-1]
        assert said(number) == f"—{turn}—"
        assert round(number[0].size) == 14
        one_in = 14 * 0.3528
        if turn % 2:
            assert near((number[-1].right, RIGHT - one_in))
        else:
            assert near((number[0].left, LEFT + one_in))


def test_the_red_head_is_one_line_as_wide_as_the_text_35_mm_down(pages: list[Page]) -> None:
    head = pages[0].lines[0]
    assert said(head) == LETTER.mark
    assert near((head[0].left, LEFT), (head[-1].right, RIGHT))
    # 48 pt from the head's upper edge to a little over the line it stands on.
    assert near((head[0].foot - 0.86 * 48 * 0.3528, TOP + 35))


def test_the_number_stands_centred_and_a_rule_4_mm_under_it(pages: list[Page]) -> None:
    number = pages[0].line("〔2026〕1号")
    assert near(((number[0].left + number[-1].right) / 2, (LEFT + RIGHT) / 2))
    rule = min(
        (r for r in pages[0].rules if r.bottom - r.top < 2 and r.right - r.left > 150),
        key=lambda r: r.top,
    )
    assert near((rule.left, LEFT), (rule.right, RIGHT))
    assert near(((rule.top + rule.bottom) / 2 - (number[0].foot + 0.14 * 16 * 0.3528), 4))


def test_the_title_is_larger_and_centred(pages: list[Page]) -> None:
    title = pages[0].line(LETTER.title)
    assert {round(g.size) for g in title} == {22}
    assert near(((title[0].left + title[-1].right) / 2, (LEFT + RIGHT) / 2))


def test_a_long_table_repeats_its_head_and_keeps_its_rows_whole(pages: list[Page]) -> None:
    texts = [[said(line) for line in page.lines] for page in pages]
    over = [page for page in texts if any(text.endswith("10.09.5") for text in page)]
    assert len(over) >= 3
    for page in over:
        first = next(place for place, text in enumerate(page) if text.endswith("10.09.5"))
        assert page[first - 1] == "指标满分得分"
    rows = [text for page in over for text in page if text.endswith("10.09.5")]
    assert rows == ["".join(row) for row in ROWS]


def test_a_heading_is_never_the_last_line_of_a_page(pages: list[Page]) -> None:
    for page in pages:
        last = said(page.lines[-2]) if len(page.lines) > 1 else ""
        assert not last.startswith(("一、", "二、", "三、", "（一）"))


def test_the_signature_is_centred_over_the_date_which_ends_four_characters_in(
    pages: list[Page],
) -> None:
    page = next(p for p in pages if any(said(line) == "2026年9月5日" for line in p.lines))
    signed = [line for line in page.lines if said(line) == OFFICE][-1]
    day = page.line("2026年9月5日")
    assert _centred_over(signed, day)
    assert near((day[0].foot - signed[0].foot, PITCH))
    # The name is so long that it reaches the margin before the date is four characters in.
    assert signed[-1].right <= RIGHT + OFF
    assert day[-1].right <= RIGHT - 4 * STEP + OFF


def test_a_short_name_lets_the_date_end_four_characters_in(tmp_path: Path) -> None:
    short = Paper("题", date(2026, 11, 12), (Text("略。"),), signature=("督导室",))
    ways = [to_pdf(short, "", Faces())[0], by_libreoffice(to_word(short)[0], tmp_path)]
    for content in ways:
        page = printed(content)[0]
        day, signed = page.line("2026年11月12日"), page.line("督导室")
        assert near((day[-1].right, RIGHT - 4 * STEP))
        assert _centred_over(signed, day)


def test_the_imprint_stands_at_the_foot_of_the_last_page(pages: list[Page]) -> None:
    page = pages[-1]
    copies, issued = page.line("抄送"), page.line("印发")
    one_in = 14 * 0.3528
    assert {round(g.size) for g in (*copies, *issued)} == {14}
    assert near((copies[0].left, LEFT + one_in), (issued[0].left, LEFT + one_in))
    assert near((issued[-1].right, RIGHT - one_in))
    assert BOTTOM - 10 <= issued[0].foot <= BOTTOM
    foot = [r for r in page.rules if r.top > copies[0].foot - 10 and r.right - r.left > 100]
    assert near((min(r.left for r in foot), LEFT), (max(r.right for r in foot), RIGHT))


def test_the_same_paper_gives_the_same_bytes() -> None:
    assert to_pdf(LETTER, OFFICE, Faces()) == to_pdf(LETTER, OFFICE, Faces())
    assert to_word(LETTER, OFFICE) == to_word(LETTER, OFFICE)


def test_the_archive_gets_pdf_a(tmp_path: Path) -> None:
    content, _ = to_pdf(LETTER, OFFICE, Faces(), archive=True)
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in content


def _middle(line: list[Glyph]) -> float:
    return (line[0].left + line[-1].right) / 2


def _centred_over(signed: list[Glyph], day: list[Glyph]) -> bool:
    """Over the date as it stands (typst measures it), or as Word was told: its digits are half a
    character in Times, whatever stands in for that here."""
    told = sum(STEP if glyph.text in "年月日" else STEP / 2 for glyph in day)
    return near((_middle(signed), _middle(day))) or near(
        (_middle(signed), day[-1].right - told / 2)
    )
