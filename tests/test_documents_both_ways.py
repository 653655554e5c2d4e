"""Whatever stands in a paper: the PDF, read by poppler, says what the Word file says, nothing is
dropped, nothing of it is run, and the reader is told what had to be replaced."""

import ctypes
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from shutil import which

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

from documents.catalogue import LETTERS, write_letter, write_paper, write_pdf
from documents.faces import Faces
from documents.papers import Annex, Bars, Heading, Paper, Series, Text, table
from documents.pdf import BLANK, to_pdf
from documents.word import to_word
from tests.paper_county import SCHOOLS, County, found_county
from tests.paper_reading import Letter, read
from tests.paper_year import live_through_2026
from tests.printed import by_libreoffice
from tests.test_documents_word import everywhere

pytestmark = pytest.mark.skipif(not which("pdftotext"), reason="no poppler here")

NUMBER = re.compile(r"— \d+ —")
MENDED = "有{}个{}，已用“\ufffd”代替。"
ILLEGAL, HALF = "控制字符无法写入文书", "残缺字符无法显示"


def told(content: bytes) -> str:
    """What a PDF says, without spaces and page numbers."""
    command = ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    return squeezed("\n".join(line for line in lines if not NUMBER.fullmatch(line.strip("\f "))))


def squeezed(text: str) -> str:
    return "".join(text.split())


def pieces(letter: Letter) -> list[str]:
    """What a Word file says, piece by piece."""
    cells = (cell for table in letter.tables for row in table for cell in row)
    imprint = (part for line in letter.imprint for part in line.split("\t"))
    return [text for text in map(squeezed, (*letter.paragraphs, *cells, *imprint)) if text]


def missing_from_pdf(paper: Paper) -> tuple[list[str], tuple[str, ...]]:
    """Which pieces of the Word file the PDF does not say, and what the PDF's reader is told."""
    content, mended = to_pdf(paper, "", Faces())
    said, word = told(content), to_word(paper)[0]
    return [text for text in pieces(read(word)) if text not in said], mended


# What somebody typed, everywhere a paper has text (34 or 17 places), and what the reader is told.
TYPED = [
    ("甲 & 乙 < 丙 > 丁 <w:p>&amp;</w:p>", ()),
    ("{{ 7*7 }} {% for x in y %}{{ x }}{% endfor %} {# 注 #}", ()),
    ("#typst $x^2$ *粗* _斜_ // 不是注释 /* 也不是 */ `码` @引 <标> = 题", ()),
    ('#let x = 1; #x #[块] ~ -- --- ... \\ \\u{41} \\n \\" 完', ()),
    ("\"引号\" '单' 1/2 “中”", ()),
    ("示例县喆昇堃祎小学", ()),
    ("校长𬀩𠮷", ()),
    ("é ñ ﬁ ㎡ ℃ № ① １２Ａ", ()),
    ("一\r\n二\r三\u2028四\t五", ()),
    ("a\x00b\x07c", (MENDED.format(34, ILLEGAL),)),
    ("坏\ud800字", (MENDED.format(17, HALF),)),
    # it would turn the order of what follows
    ("审\u202e批", (MENDED.format(17, ILLEGAL),)),
    ("\ufffe\uffff", (MENDED.format(34, ILLEGAL),)),
    ("", ()),
    ("校" * 60, ()),  # the name of a school
    ("督" * 1200, ()),
]


@pytest.mark.parametrize(("typed", "mended"), TYPED)
def test_both_say_the_same_wherever_it_stands(typed: str, mended: tuple[str, ...]) -> None:
    if len(typed) > 100:  # heads of tables are the paper's own words
        rows = [[typed], ["末行"]]
        blocks = (Heading(typed), Text(typed), table([("列", 9)], rows, typed), Text(typed, "note"))
        paper = Paper(typed, date(2026, 4, 3), blocks, signature=(typed,), imprint=((typed,),))
    else:
        paper = everywhere(typed)
    assert missing_from_pdf(paper) == ([], mended)
    assert to_word(paper)[1] == mended


# What no font of a usual machine has, and how its reader is told of it.
UNSHOWN = [
    ("造\ue863字", "U+E863"),  # an office's own character, of its own font
    ("\ufdd0", "U+FDD0"),
    ("甲\U0010fff0乙\U0010fff1", "U+10FFF0、U+10FFF1"),
]


@pytest.mark.parametrize(("typed", "named"), UNSHOWN)
def test_what_no_font_has_is_a_box_that_is_named(typed: str, named: str) -> None:
    content, mended = to_pdf(everywhere(typed), "", Faces())
    assert mended == (f"本机字体没有“{named}”，PDF中以“{BLANK}”代替。",)
    assert re.sub("[^甲乙造字]", BLANK, typed) in told(content)
    assert typed in read(to_word(everywhere(typed))[0]).paragraphs


def test_marks_that_nobody_sees_are_not_missed() -> None:
    """Joiners, selectors of a variant, spaces of every kind."""
    _, mended = to_pdf(everywhere("甲\u200b乙\u200d丙\ufe0f丁\u00a0戊\u3000"), "", Faces())
    assert mended == ()


def test_of_many_missing_characters_twenty_are_named_and_all_are_counted() -> None:
    typed = "".join(map(chr, range(0x10FF00, 0x10FF00 + 30)))
    _, (mended,) = to_pdf(Paper("题", date(2026, 4, 3), (Text(typed),)), "", Faces())
    assert "U+10FF13等30个”" in mended and "U+10FF14" not in mended


def test_the_archive_takes_a_paper_with_characters_no_font_has() -> None:
    content, mended = to_pdf(everywhere("造\ue863字"), "", Faces(), archive=True)
    assert f"造{BLANK}字" in told(content) and len(mended) == 1


def test_a_megabyte_of_text_is_all_there_and_does_not_take_long() -> None:
    sentence = "督导评估结果"
    for blocks in (
        (Text(sentence * 170_000),),
        (table([("列", 1)], [[sentence * 170_000]]), Text("末段。")),
    ):
        content, mended = to_pdf(Paper("题", date(2026, 4, 3), blocks), "", Faces())
        assert told(content).count("督") == 170_000
        assert mended == ()


def test_three_hundred_issues_are_three_hundred_rows() -> None:
    rows = [[str(n), f"第{n}项", "#x {{ x }} & < 甲" * (1 + n % 7)] for n in range(1, 301)]
    issues = table([("编号", 10), ("指标", 20), ("问题", 80)], rows)
    paper = Paper("问题清单", date(2026, 4, 3), (issues, Text("注：略。", "note")), landscape=True)
    assert missing_from_pdf(paper) == ([], ())


# next to nothing: the title, and what is empty
EMPTY = [
    Paper("题", date(2026, 4, 3), ()),
    Paper("", date(2026, 4, 3), (Text(""),)),
    Paper("题", date(2026, 4, 3), (table([("列", 1)], []),)),
    Paper("题", date(2026, 4, 3), (table([("", 1)], [[""]]),), signature=("",)),
    Paper("题", date(2026, 4, 3), (Text(None),), addressee=None or ""),  # type: ignore[arg-type]
    Paper("题", date(2026, 4, 3), (Bars(("甲",), (Series("学校", (0,)),), "", "所"),)),
    Paper("题", date(2026, 4, 3), (Text("甲"),), annexes=(Annex("附", ()),)),
]


@pytest.mark.parametrize("paper", EMPTY)
def test_a_paper_that_says_next_to_nothing_is_a_paper(paper: Paper) -> None:
    assert missing_from_pdf(paper) == ([], ())


def test_rare_characters_of_names_are_shown_in_the_pdf_and_by_libreoffice(tmp_path: Path) -> None:
    """Some font here has them (Noto CJK); that of Word's own text is LibreOffice's to find."""
    name = "示例县喆昇堃𬀩小学"
    assert Faces().missing(name) == []
    paper = Paper(f"关于{name}的督评意见书", date(2026, 9, 1), (Text(f"{name}："),))
    for content in (
        to_pdf(paper, "", Faces())[0],
        by_libreoffice(to_word(paper)[0], tmp_path),
    ):
        assert told(content).count(name) == 2
        drawn = [(c, font.partition("-")[0]) for c, font in drawn_in(content) if c in [*"喆昇堃"]]
        assert len(drawn) == 6
        assert all(font in fonts_with(character) for character, font in drawn)


def drawn_in(content: bytes) -> Iterator[tuple[str, str]]:
    """Every character of a PDF's first page, and the font it is drawn in."""
    with pdfium.PdfDocument(content) as document:
        text = document[0].get_textpage()
        for place in range(text.count_chars()):
            name = ctypes.create_string_buffer(200)
            raw.FPDFText_GetFontInfo(text, place, name, 200, None)
            yield text.get_text_range(place, 1), name.value.decode().rpartition("+")[2]


@cache
def fonts_with(character: str) -> set[str]:
    """The fonts of this machine that have a glyph of their own for a character."""
    command = ["fc-list", f":charset={ord(character):x}", "postscriptname"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line.rpartition("=")[2].partition("-")[0] for line in listed.splitlines()}


# -- a font put in ---------------------------------------------------------------------------------


def test_a_font_put_into_the_house_s_folder_is_seen_by_the_next_letter(tmp_path: Path) -> None:
    """2026-09-01, the office's IT puts the font of a school's own character into fonts/."""
    name = "示例县\ue863小学"
    paper = Paper(f"关于{name}的督评意见书", date(2026, 9, 1), (Text(f"{name}："),))
    (tmp_path / "fonts").mkdir()
    before, mended = to_pdf(paper, "", Faces.at(tmp_path))
    assert "U+E863" in "".join(mended) and name not in told(before)
    (tmp_path / "fonts" / "own.ttf").write_bytes(a_font("Eigen", 0xE863))
    content, mended = to_pdf(paper, "", Faces.at(tmp_path))
    assert mended == ()
    assert told(content).count(name) == 2
    (tmp_path / "fonts" / "own.ttf").unlink()
    assert to_pdf(paper, "", Faces.at(tmp_path))[0] == before


def test_a_house_without_a_folder_has_the_machine_s_fonts(tmp_path: Path) -> None:
    assert Faces.at(tmp_path) == Faces()


def test_a_file_that_is_no_font_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "half.ttf").write_bytes(b"\x00\x01\x00\x00broken")
    paper = Paper("题", date(2026, 9, 1), (Text("甲"),))
    assert to_pdf(paper, "", Faces.at(tmp_path)) == to_pdf(paper, "", Faces())


def a_font(family: str, *characters: int) -> bytes:
    """A font that has these characters, each a square."""
    from io import BytesIO

    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    names = [".notdef", *(f"u{c:X}" for c in characters)]
    pen = TTGlyphPen(None)
    for draw, point in (
        (pen.moveTo, (100, 0)),
        (pen.lineTo, (900, 0)),
        (pen.lineTo, (900, 800)),
        (pen.lineTo, (100, 800)),
    ):
        draw(point)
    pen.closePath()
    square = pen.glyph()
    build = FontBuilder(1000, isTTF=True)
    build.setupGlyphOrder(names)
    build.setupCharacterMap({c: f"u{c:X}" for c in characters})
    build.setupGlyf(dict.fromkeys(names, square))
    build.setupHorizontalMetrics(dict.fromkeys(names, (1000, 100)))
    build.setupHorizontalHeader(ascent=880, descent=-120)
    build.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family})
    build.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    build.setupPost()
    kept = BytesIO()
    build.save(kept)
    return kept.getvalue()


# -- real letters ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    county = live_through_2026(found_county(tmp_path_factory.mktemp("year") / "county.db"))
    yield county
    county.database.close()


def test_every_letter_of_a_year_says_the_same_both_ways(year: County) -> None:
    kinds = set()
    for school in ("", *SCHOOLS):
        with year.database.reading() as connection:
            dossier = year.dossier(connection, school)
            for seq, order in year.letters(school):
                kinds.add(order.name)
                asked = (dossier, order.name, order.about, seq)
                # A table or somebody's long text at the very end might leave a signature alone.
                assert isinstance(write_paper(*asked)[0].blocks[-1], Text), order.name
                said = told(write_pdf(*asked, Faces()).content)
                word = read(write_letter(*asked))
                lost = [text for text in pieces(word) if text not in said]
                # A cell may be torn by the head of the next page: then piece by piece.
                assert [text for text in lost if not torn(text, said)] == [], order.name
    assert kinds >= set(LETTERS) - {"visit_bulletin"}


def torn(text: str, said: str) -> bool:
    """Whether a text stands there in two pieces."""
    return any(text[:cut] in said and text[cut:] in said for cut in range(1, len(text)))
