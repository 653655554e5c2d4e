"""No page holds nothing but a signature: something of the text, of the table or of the chart before
it stands there too - wherever the page happens to end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from documents.converted import converter, to_pdfs
from documents.faces import Faces
from documents.papers import Annex, Bars, Block, Paper, Radar, Series, Text, table
from documents.pdf import to_pdf
from documents.word import to_word
from tests.printed import Page, printed, said

OFFICE = "示例县人民政府教育督导室"
DAY = date(2026, 9, 5)
SENTENCE = "督导评估是教育管理的重要环节必须依法依规开展工作。"
COLUMNS = [("编码", 14), ("指标", 60), ("得分", 16)]
RADAR = Radar(tuple("甲乙丙丁"), (Series("自评", (0.9, 0.8, 0.7, 0.6)),), "得分率")
BARS = Bars(("甲等", "乙等"), (Series("学校", (3, 5)),), "等级分布", "所")


RECEIPT = table([("项目", 28), ("内容", 100)], [("送达日期", "　"), ("签收人", "　")])


def paper(*blocks: Block, annexed: bool = True, ends: tuple[Block, ...] = (Text("略。"),)) -> Paper:
    annexes = (Annex("送达回证", ends),) if annexed else ()
    return Paper("关于示例的通知", DAY, blocks, signature=(OFFICE,), annexes=annexes)


def lines(count: int) -> Text:
    return Text("\n".join(["短句。"] * count))


def text_of(count: int) -> str:
    """A paragraph so long that it fills so many lines of 28 characters."""
    return SENTENCE[:24] * 1 + "长" * (28 * count - 30)


def rows(count: int) -> list[list[str]]:
    return [[f"A{n}", f"第{n}项指标", "9.5"] for n in range(count)]


def papers() -> Iterator[tuple[str, Paper]]:
    """Papers that end in every way, at every place of a page."""
    for count in range(10, 22):
        yield f"short-{count}", paper(lines(count), annexed=count % 2 == 0)
        yield f"note-{count}", paper(lines(count), Text("注：略。", "note"))
        yield f"radar-{count}", paper(lines(count), RADAR)
        yield f"bars-{count}", paper(lines(count), BARS)
    for count in range(12, 21):
        yield f"long-{count}", paper(lines(1), Text(text_of(count)), annexed=count % 2 == 0)
    for count in range(22, 38):
        yield f"table-{count}", paper(lines(2), table(COLUMNS, rows(count)), annexed=count % 2 == 0)
    for count in range(8, 18):
        yield f"whole-{count}", paper(lines(count), table(COLUMNS, rows(6), "得分"))


def closing(text: str) -> bool:
    """Whether a line closes a paper: annexes by name, who signs, the day, the page's number."""
    return text.startswith("附件") or text in (OFFICE, "2026年9月5日") or text.strip("—").isdigit()


def content_beside_signature(pages: list[Page]) -> list[str]:
    """What else stands on the page of the signature."""
    for page in pages:
        told = [said(line) for line in page.lines]
        if "2026年9月5日" in told:
            return [text for text in told if not closing(text)]
    raise AssertionError("nobody signed")


PAPERS = dict(papers())


@pytest.mark.parametrize("name", PAPERS)
def test_in_the_pdf_something_stands_with_the_signature(name: str) -> None:
    written = PAPERS[name]
    beside = content_beside_signature(printed(to_pdf(written, OFFICE, Faces())[0]))
    assert beside, name
    if name.startswith("table"):
        # The head of a table is no content: a row of it stands there.
        assert any(text.endswith("9.5") for text in beside), beside


@pytest.mark.skipif(not converter(), reason="no LibreOffice here")
def test_printed_by_libreoffice_too() -> None:
    """But for a long table and half a page of text at the very end, which it lets go: no paper
    ends in one."""
    let_go = ("table", *(f"long-{count}" for count in range(15, 21)))
    written = {name: made for name, made in PAPERS.items() if not name.startswith(let_go)}
    files = {name: to_word(made, OFFICE)[0] for name, made in written.items()}
    for name, content in to_pdfs(files).items():
        assert content_beside_signature(printed(content)), name


# What ends the last annex or, without one, the signature, by how far down the page it begins.
WITH_IMPRINT = {
    **{f"signed-{n}": paper(lines(n), annexed=False) for n in range(10, 18)},
    **{f"annex-{n}": paper(Text("略。"), ends=(lines(n),)) for n in range(12, 20)},
    **{
        f"note-{n}": paper(Text("略。"), ends=(table(COLUMNS, rows(n)), Text("注：略。", "note")))
        for n in range(22, 32)
    },
    **{f"receipt-{n}": paper(Text("略。"), ends=(lines(n), RECEIPT)) for n in range(8, 17)},
}


def beside_imprint(pages: list[Page]) -> list[str]:
    """What else stands on the page of the imprint, but for its number."""
    told = [said(line) for line in pages[-1].lines]
    assert any(text.endswith("印发") for text in told)
    return [t for t in told if not t.endswith("印发") and not t.strip("—").isdigit()]


@pytest.mark.parametrize("name", WITH_IMPRINT)
def test_the_imprint_stands_on_no_page_of_its_own(name: str) -> None:
    written = replace(WITH_IMPRINT[name], imprint=((OFFICE, "2026年9月5日印发"),))
    assert beside_imprint(printed(to_pdf(written, OFFICE, Faces())[0])), name


@pytest.mark.skipif(not converter(), reason="no LibreOffice here")
def test_nor_does_it_printed_by_libreoffice() -> None:
    imprint = ((OFFICE, "2026年9月5日印发"),)
    files = {
        name: to_word(replace(made, imprint=imprint), OFFICE)[0]
        for name, made in WITH_IMPRINT.items()
    }
    for name, content in to_pdfs(files).items():
        assert beside_imprint(printed(content)), name


def test_a_closing_line_brings_what_it_closes() -> None:
    """特此通知。 alone with the signature is hardly more than nothing."""
    for count in range(9, 15):
        last = paper(lines(count), RECEIPT, Text("特此通知。"))
        beside = content_beside_signature(printed(to_pdf(last, OFFICE, Faces())[0]))
        assert beside[-1] == "特此通知。" and len(beside) > 1, (count, beside)


def test_a_table_that_ends_a_paper_is_whole_and_repeats_its_head_before_the_signature() -> None:
    pages = printed(to_pdf(paper(lines(2), table(COLUMNS, rows(60))), OFFICE, Faces())[0])
    told = [[said(line) for line in page.lines] for page in pages]
    found = [text for page in told for text in page if text.endswith("9.5")]
    assert found == ["".join(row) for row in rows(60)]
    assert all("编码指标得分" in page for page in told if any(t.endswith("9.5") for t in page))
    assert sum(OFFICE in page for page in told) == 1


def test_a_long_last_paragraph_keeps_its_words_and_its_signature_its_place() -> None:
    long = text_of(40)
    pages = printed(to_pdf(paper(Text(long), annexed=False), OFFICE, Faces())[0])
    told = "".join(said(line) for page in pages for line in page.lines[:-1])
    assert told == f"关于示例的通知{long}{OFFICE}2026年9月5日"
    day = pages[-1].line("2026年9月5日")
    assert abs(day[-1].right - (210 - 26 - 4 * 156 / 28)) < 1
